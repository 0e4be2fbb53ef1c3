//! Statements of resource policies that Lambda itself writes.

use serde_json::Value as Json;

/// A statement as `AddPermission` makes it.
pub(super) struct Statement {
    pub(super) sid: String,
    pub(super) action: Json,
    pub(super) principal: Json,
    pub(super) resource: String,
    pub(super) source_arn: Json,
    pub(super) source_account: Json,
    pub(super) organization: Json,
    pub(super) url_auth: Json,
}

/// The Allow statements of a policy document, one for each action and principal; none when it is no policy. A condition
/// that a permission cannot hold is left out, so that the statement looks no narrower than it is; so are Deny
/// statements, which `AddPermission` cannot make.
pub(super) fn statements(document: &str) -> Option<Vec<Statement>> {
    let document: Json = serde_json::from_str(document).ok()?;
    let mut found = Vec::new();
    for (number, statement) in several(document.get("Statement")?).enumerate() {
        if statement.get("Effect").and_then(Json::as_str) != Some("Allow") {
            continue;
        }
        let sid = statement.get("Sid").and_then(Json::as_str).unwrap_or("");
        let pairs: Vec<(Json, Json)> = statement
            .get("Action")
            .into_iter()
            .flat_map(several)
            .flat_map(|action| {
                principals(statement)
                    .into_iter()
                    .map(move |p| (action.clone(), p))
            })
            .collect();
        for (part, (action, principal)) in pairs.iter().enumerate() {
            let mut sid = if sid.is_empty() {
                format!("#{number}")
            } else {
                sid.to_owned()
            };
            if pairs.len() > 1 {
                sid.push_str(&format!("#{part}"));
            }
            found.push(Statement {
                sid,
                action: action.clone(),
                principal: principal.clone(),
                resource: statement
                    .get("Resource")
                    .and_then(Json::as_str)
                    .unwrap_or("")
                    .to_owned(),
                source_arn: condition(statement, "aws:SourceArn"),
                source_account: condition(statement, "aws:SourceAccount"),
                organization: condition(statement, "aws:PrincipalOrgID"),
                url_auth: condition(statement, "lambda:FunctionUrlAuthType"),
            });
        }
    }
    Some(found)
}

fn several(value: &Json) -> impl Iterator<Item = &Json> {
    let many = value.as_array();
    let one = many.is_none().then_some(value);
    many.into_iter().flatten().chain(one)
}

fn principals(statement: &Json) -> Vec<Json> {
    match statement.get("Principal") {
        Some(Json::Object(kinds)) => kinds.values().flat_map(several).cloned().collect(),
        Some(one @ Json::String(_)) => vec![one.clone()],
        // NotPrincipal: everyone else.
        _ => vec!["*".into()],
    }
}

/// Value of a condition under an operator that compares for equality or likeness; the key is matched without case.
fn condition(statement: &Json, key: &str) -> Json {
    let operators = statement.get("Condition").and_then(Json::as_object);
    for (operator, keys) in operators.into_iter().flatten() {
        if !matches!(
            operator.as_str(),
            "ArnEquals" | "ArnLike" | "StringEquals" | "StringLike"
        ) {
            continue;
        }
        for (name, value) in keys.as_object().into_iter().flatten() {
            if name.eq_ignore_ascii_case(key) {
                let values: Vec<&Json> = several(value).collect();
                // One of several is not what a permission says.
                return match values[..] {
                    [only] => only.clone(),
                    _ => Json::Null,
                };
            }
        }
    }
    Json::Null
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn only(statement: &Json) -> Statement {
        let document = json!({ "Version": "2012-10-17", "Statement": [statement] });
        let mut found = statements(&document.to_string()).unwrap();
        assert_eq!(found.len(), 1);
        found.remove(0)
    }

    #[test]
    fn what_add_permission_wrote_is_read_back() {
        let found = only(&json!({
            "Sid": "http", "Effect": "Allow", "Principal": { "Service": "apigateway.amazonaws.com" },
            "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:eu-west-1:1:function:f:live",
            "Condition": { "StringEquals": { "AWS:SourceAccount": "1" }, "ArnLike": { "AWS:SourceArn": "arn:x" } },
        }));
        assert_eq!(found.principal, json!("apigateway.amazonaws.com"));
        assert_eq!(
            (found.source_account, found.source_arn),
            (json!("1"), json!("arn:x"))
        );
        assert_eq!(found.url_auth, Json::Null);
    }

    #[test]
    fn what_a_permission_cannot_hold_makes_it_no_narrower() {
        let found = only(&json!({
            "Effect": "Allow", "NotPrincipal": { "AWS": "1" }, "Action": "lambda:InvokeFunction", "Resource": "f",
            "Condition": { "StringNotEquals": { "aws:SourceAccount": "1" }, "StringEquals": { "aws:SourceArn": ["a", "b"] } },
        }));
        assert_eq!(found.sid, "#0");
        assert_eq!(found.principal, json!("*"));
        assert_eq!(
            (found.source_account, found.source_arn),
            (Json::Null, Json::Null)
        );
    }

    #[test]
    fn each_action_and_principal_counts_and_deny_does_not() {
        let document = json!({ "Statement": [
            { "Sid": "a", "Effect": "Allow", "Principal": { "AWS": ["1", "2"] }, "Action": ["x", "y"], "Resource": "f" },
            { "Sid": "b", "Effect": "Deny", "Principal": "*", "Action": "x", "Resource": "f" },
        ]});
        let found = statements(&document.to_string()).unwrap();
        let sids: Vec<&str> = found.iter().map(|s| s.sid.as_str()).collect();
        assert_eq!(sids, ["a#0", "a#1", "a#2", "a#3"]);
        assert!(statements("nothing").is_none());
    }
}
