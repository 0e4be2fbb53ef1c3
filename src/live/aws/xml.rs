//! Answers in XML as if they were JSON.

use roxmltree::{Document, Node};
use serde_json::{Map, Value as Json};

/// Nesting beyond which an answer is refused.
const MAX_DEPTH: usize = 64;

/// An answer: what is in `OPERATIONResult`, or in the root where there is none. Text stays text; `member` and `item` make
/// lists, `entry` with key and value makes a map, and what repeats is a list.
///
/// # Errors
/// What is not well formed, declares entities, or is nested too deeply.
pub(super) fn parse(text: &str) -> Result<Json, String> {
    let document = Document::parse(text).map_err(|e| e.to_string())?;
    let root = document.root_element();
    let result = root
        .children()
        .find(|c| c.is_element() && c.tag_name().name().ends_with("Result"));
    value(result.unwrap_or(root), 0)
}

fn value(node: Node, depth: usize) -> Result<Json, String> {
    if depth > MAX_DEPTH {
        return Err("nested too deeply".to_owned());
    }
    let children: Vec<Node> = node.children().filter(Node::is_element).collect();
    if children.is_empty() {
        let text: String = node.children().filter_map(|c| c.text()).collect();
        return Ok(Json::String(text));
    }
    let all = |name: &str| children.iter().all(|c| c.tag_name().name() == name);
    if all("member") || all("item") {
        return children.iter().map(|c| value(*c, depth + 1)).collect();
    }
    if all("entry")
        && let Some(entries) = children
            .iter()
            .map(|c| entry(*c))
            .collect::<Option<Map<_, _>>>()
    {
        return Ok(Json::Object(entries));
    }
    let mut map = Map::new();
    for child in children {
        let found = value(child, depth + 1)?;
        let name = child.tag_name().name();
        match map.get_mut(name) {
            None => drop(map.insert(name.to_owned(), found)),
            Some(Json::Array(items)) if repeats(node, name) => items.push(found),
            Some(first) => *first = Json::Array(vec![first.take(), found]),
        }
    }
    Ok(Json::Object(map))
}

/// Whether the list under this name is of repeated elements and not one element that is a list.
fn repeats(node: Node, name: &str) -> bool {
    node.children()
        .filter(|c| c.tag_name().name() == name)
        .count()
        > 2
}

fn entry(node: Node) -> Option<(String, Json)> {
    let text = |name: &str| {
        let child = node.children().find(|c| c.tag_name().name() == name)?;
        Some(child.text().unwrap_or("").to_owned())
    };
    Some((text("key")?, text("value")?.into()))
}

/// Code and message of an error, wherever the service puts them.
pub(super) fn error(text: &str) -> Option<(String, String)> {
    let document = Document::parse(text).ok()?;
    let find = |name: &str| {
        document
            .descendants()
            .find(|n| n.tag_name().name() == name)
            .and_then(|n| n.text())
            .map(str::to_owned)
    };
    Some((find("Code")?, find("Message").unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_maps_and_repeated_elements() {
        let text = r#"<ListRolePoliciesResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListRolePoliciesResult>
            <PolicyNames><member>a</member><member>b</member></PolicyNames><IsTruncated>false</IsTruncated>
            </ListRolePoliciesResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></ListRolePoliciesResponse>"#;
        assert_eq!(
            parse(text).unwrap(),
            json!({"PolicyNames": ["a", "b"], "IsTruncated": "false"})
        );
        let text = "<R><GetTopicAttributesResult><Attributes><entry><key>Policy</key><value>{&quot;a&quot;: 1}</value></entry>\
            <entry><key>DisplayName</key><value/></entry></Attributes></GetTopicAttributesResult></R>";
        assert_eq!(
            parse(text).unwrap(),
            json!({"Attributes": {"Policy": "{\"a\": 1}", "DisplayName": ""}})
        );
        let text = "<C><Rule><I>1</I></Rule><Rule><I>2</I></Rule><Rule><I>3</I></Rule><E/></C>";
        assert_eq!(
            parse(text).unwrap(),
            json!({"Rule": [{"I": "1"}, {"I": "2"}, {"I": "3"}], "E": ""})
        );
    }

    #[test]
    fn entities_are_not_expanded() {
        let bomb = r#"<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;">]><a>&y;</a>"#;
        assert!(parse(bomb).is_err());
        assert!(parse("<a>").is_err());
        let deep = format!("{}x{}", "<a>".repeat(200), "</a>".repeat(200));
        assert!(parse(&deep).is_err());
    }

    #[test]
    fn errors_have_a_code_wherever_it_stands() {
        let query = "<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>none</Message></Error></ErrorResponse>";
        assert_eq!(
            error(query),
            Some(("NoSuchEntity".to_owned(), "none".to_owned()))
        );
        let ec2 = "<Response><Errors><Error><Code>UnauthorizedOperation</Code></Error></Errors></Response>";
        assert_eq!(
            error(ec2),
            Some(("UnauthorizedOperation".to_owned(), String::new()))
        );
        assert_eq!(error("<html/>"), None);
    }
}
