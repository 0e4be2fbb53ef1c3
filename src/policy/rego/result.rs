//! What a rule of Rego finds: a text, or an object with `msg`.

use serde_json::{Map, Value as Json};

use super::Kind;
use crate::guardrail::{CustomRule, Severity};

/// What a rule says of one thing that it found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) message: String,
    pub(super) id: Option<String>,
    pub(super) severity: Option<Severity>,
    /// Address of a resource.
    pub(super) resource: Option<String>,
    pub(super) fix: Option<String>,
}

/// Reads what a rule found.
///
/// # Errors
/// What is wrong with it, as a sentence that goes on after the name of the rule.
pub(super) fn read(value: &Json, title: &str) -> Result<Said, String> {
    match value {
        Json::Bool(true) => Ok(Said {
            message: title.to_owned(),
            ..Said::default()
        }),
        Json::String(text) => Ok(Said {
            message: one_line(text),
            ..Said::default()
        }),
        Json::Object(map) => object(map),
        other => Err(format!(
            "gives {other}: a message is a text, or an object with one under msg"
        )),
    }
}

fn object(map: &Map<String, Json>) -> Result<Said, String> {
    let text = |key: &str| map.get(key).and_then(Json::as_str).map(str::to_owned);
    let Some(message) = text("msg") else {
        return Err("gives an object without a text under msg".to_owned());
    };
    let id = text("id").or_else(|| text("rule_id"));
    if let Some(id) = &id
        && !CustomRule::is_id(id)
    {
        return Err(format!("gives the id {id:?}: {ID_FORM}"));
    }
    let severity = match map.get("severity") {
        None | Some(Json::Null) => None,
        Some(said) => {
            let said = said.as_str().unwrap_or_default();
            Some(
                severity(said)
                    .ok_or_else(|| format!("gives the severity {said:?}: {SEVERITIES}"))?,
            )
        }
    };
    let resource = ["resource", "address"].iter().find_map(|key| {
        let value = map.get(*key)?;
        let address = value.get("address").unwrap_or(value);
        address.as_str().map(str::to_owned)
    });
    Ok(Said {
        message: one_line(&message),
        id,
        severity,
        resource,
        fix: text("fix"),
    })
}

/// What an id looks like.
pub(super) const ID_FORM: &str =
    "an id is a word of letters, digits, points, `_` and `-`, and does not begin with SLG-";
/// What a severity can be.
pub(super) const SEVERITIES: &str = "it is low, medium, high or critical";

/// A severity in whatever case.
pub(super) fn severity(text: &str) -> Option<Severity> {
    serde_json::from_value(text.to_ascii_lowercase().into()).ok()
}

/// How bad a finding is: what warns never gates, whatever it says.
pub(super) fn settled(kind: Kind, said: Option<Severity>, rule: Severity) -> Severity {
    match kind {
        Kind::Warn => Severity::Low,
        Kind::Deny => said.unwrap_or(rule),
    }
}

/// A message is one line, without what moves a terminal's cursor.
fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_and_objects_are_messages() {
        let read = |value: Json| read(&value, "its title");
        assert_eq!(read(json!("a\n b")).unwrap().message, "a b");
        assert_eq!(read(json!(true)).unwrap().message, "its title");
        let said = read(json!({
            "msg": "m", "id": "ORG-1", "severity": "CRITICAL", "fix": "f", "other": [1],
            "resource": { "address": "a.b" },
        }));
        let said = said.unwrap();
        assert_eq!(said.severity, Some(Severity::Critical));
        assert_eq!(said.resource.as_deref(), Some("a.b"));
        assert_eq!(
            (said.id.as_deref(), said.fix.as_deref()),
            (Some("ORG-1"), Some("f"))
        );
        for wrong in [
            json!({ "message": "m" }),
            json!({ "msg": 1 }),
            json!({ "msg": "m", "id": "SLG-IAM-001" }),
            json!({ "msg": "m", "severity": "bad" }),
            json!({ "msg": "m", "severity": 3 }),
            json!(3),
            json!([]),
        ] {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
