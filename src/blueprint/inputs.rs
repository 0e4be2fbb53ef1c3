//! Inputs: what a manifest gives a blueprint, and `${input.NAME}` in the blueprint's texts.

use indexmap::IndexMap;
use jsonschema::error::ValidationErrorKind;
use jsonschema::{PatternOptions, Validator};
use serde_json::{Map, Value as Json, json};

use crate::manifest::{escape, similar, unescape};

/// Values by name.
pub type Inputs = Map<String, Json>;

/// What is wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct InputFault {
    /// The input's name; `None` for all of them.
    pub(super) name: Option<String>,
    /// What is wrong.
    pub(super) message: String,
    /// What would be right.
    pub(super) help: String,
}

/// The schema of a blueprint's inputs, ready to be used.
///
/// # Errors
/// What is wrong with the schema.
pub(super) fn schema(schema: &Json) -> Result<Validator, String> {
    if schema["type"] != "object" || !schema["properties"].is_object() {
        return Err(
            "inputs is a JSON Schema of an object: type: object, and properties".to_owned(),
        );
    }
    // Patterns of linear time: a blueprint may be someone else's.
    jsonschema::options()
        .with_pattern_options(PatternOptions::regex().size_limit(1 << 20))
        .build(schema)
        .map_err(|error| error.to_string())
}

/// The inputs with the defaults of their schema.
///
/// # Errors
/// Every input that does not fit, is missing or unknown.
pub(super) fn settle(
    schema_of: Option<&Json>,
    given: &IndexMap<String, Json>,
) -> Result<Inputs, Vec<InputFault>> {
    let of = schema_of.unwrap_or(&Json::Null);
    let properties = of["properties"].as_object().cloned().unwrap_or_default();
    let mut faults: Vec<InputFault> = given
        .keys()
        .filter(|name| !properties.contains_key(*name))
        .map(|name| InputFault {
            message: format!("the blueprint has no input `{name}`"),
            help: similar(name, properties.keys().map(String::as_str)).map_or_else(
                || {
                    let names: Vec<&str> = properties.keys().map(String::as_str).collect();
                    if names.is_empty() {
                        "it has none: leave it out".to_owned()
                    } else {
                        format!("there are: {}", names.join(", "))
                    }
                },
                |near| format!("did you mean `{near}`?"),
            ),
            name: Some(name.clone()),
        })
        .collect();
    let mut values = Inputs::new();
    for (name, property) in &properties {
        if let Some(value) = given.get(name).or_else(|| property.get("default")) {
            values.insert(name.clone(), value.clone());
        }
    }
    let required = of["required"].as_array().into_iter().flatten();
    for name in required.filter_map(Json::as_str) {
        if !values.contains_key(name) {
            let about = properties
                .get(name)
                .and_then(|p| p["description"].as_str())
                .unwrap_or("the blueprint needs it");
            faults.push(InputFault {
                name: None,
                message: format!("the input `{name}` is missing"),
                help: format!("give inputs: {{ {name}: … }}: {about}"),
            });
        }
    }
    let object = Json::Object(values.clone());
    let validator = schema_of.map(schema).transpose().map_err(|message| {
        vec![InputFault {
            name: None,
            message,
            help: "mend the blueprint's inputs".to_owned(),
        }]
    })?;
    let validator = validator.iter();
    for error in validator.flat_map(|validator| validator.iter_errors(&object)) {
        // Told above, with what the input is for.
        if matches!(error.kind(), ValidationErrorKind::Required { .. }) {
            continue;
        }
        let path = error.instance_path().to_string();
        let name = path.split('/').nth(1).map(unescape);
        let about = name
            .as_ref()
            .and_then(|name| properties.get(name)?["description"].as_str());
        faults.push(InputFault {
            message: match &name {
                Some(name) => format!("the input `{name}` does not fit: {error}"),
                None => format!("the inputs do not fit: {error}"),
            },
            help: about
                .unwrap_or("the blueprint's inputs say what does")
                .to_owned(),
            name,
        });
    }
    if faults.is_empty() {
        Ok(values)
    } else {
        Err(faults)
    }
}

/// An input as a question.
#[derive(Debug, Clone)]
pub struct AskedInput {
    /// Its name.
    pub name: String,
    /// What it is, as its schema says.
    pub about: String,
    /// Whether it has to be given, and has no default.
    pub needed: bool,
    schema: Json,
}

impl AskedInput {
    /// The inputs of a schema, in its order.
    pub(super) fn of(schema: &Json) -> Vec<Self> {
        let required = |name: &str| {
            let all = schema["required"].as_array();
            all.is_some_and(|all| all.iter().any(|n| n == name))
        };
        let properties = schema["properties"].as_object().into_iter().flatten();
        let asked = properties.map(|(name, of)| Self {
            name: name.clone(),
            about: of["description"]
                .as_str()
                .unwrap_or("An input of the blueprint.")
                .to_owned(),
            needed: required(name) && of.get("default").is_none(),
            schema: json!({
                "type": "object",
                "properties": { name.as_str(): of },
                "$defs": schema.get("$defs").cloned().unwrap_or(json!({})),
            }),
        });
        asked.collect()
    }

    /// A text that was typed, as the schema's type has it.
    ///
    /// # Errors
    /// Why it does not fit.
    pub fn read(&self, text: &str) -> Result<Json, String> {
        let of = &self.schema["properties"][&self.name]["type"];
        let value = match of.as_str() {
            Some("string") | None => Json::String(text.to_owned()),
            Some("array") => text.split(',').map(|item| json!(item.trim())).collect(),
            Some(_) => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
        };
        let given = json!({ self.name.as_str(): value });
        let validator = schema(&self.schema)?;
        match validator.iter_errors(&given).next() {
            Some(error) => Err(error.to_string()),
            None => Ok(value),
        }
    }
}

/// Inputs that a blueprint's author need not give: the default, the first example, or a value of the type.
pub(super) fn placeholders(schema: &Json) -> Inputs {
    let properties = schema["properties"].as_object().into_iter().flatten();
    let given = properties.map(|(name, of)| {
        let said = [
            &of["default"],
            &of["const"],
            &of["examples"][0],
            &of["enum"][0],
        ];
        let value = said.into_iter().find(|value| !value.is_null()).cloned();
        let value = value.unwrap_or_else(|| match of["type"].as_str() {
            Some("integer" | "number") => of.get("minimum").cloned().unwrap_or(json!(1)),
            Some("boolean") => json!(true),
            Some("array") => json!([]),
            Some("object") => json!({}),
            _ => json!(name),
        });
        (name.clone(), value)
    });
    given.collect()
}

/// Puts inputs into every text of a value: `${input.NAME}`, and `$${` for a `${` that stays. What is missing is noted
/// with its pointer.
pub(super) fn fill(
    value: &mut Json,
    inputs: &Inputs,
    at: &str,
    unknown: &mut Vec<(String, String)>,
) {
    match value {
        Json::String(text) if text.contains("${input.") => match filled(text, inputs) {
            Ok(new) => *text = new,
            Err(name) => unknown.push((at.to_owned(), name)),
        },
        Json::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                fill(item, inputs, &format!("{at}/{index}"), unknown);
            }
        }
        Json::Object(map) => {
            for (key, item) in map {
                fill(item, inputs, &format!("{at}/{}", escape(key)), unknown);
            }
        }
        _ => {}
    }
}

/// Names of the inputs that a text uses.
pub fn used(text: &str) -> impl Iterator<Item = &str> {
    text.split("${input.")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once('}')?.0))
}

fn filled(text: &str, inputs: &Inputs) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${input.") {
        let (before, tail) = rest.split_at(at);
        let (name, tail) = tail["${input.".len()..]
            .split_once('}')
            .ok_or_else(|| "${input.".to_owned())?;
        if let Some(before) = before.strip_suffix('$') {
            out.push_str(before);
            out.push_str(&format!("${{input.{name}}}"));
        } else {
            out.push_str(before);
            match inputs.get(name) {
                Some(value) => out.push_str(&super::format::plain(value)),
                None => return Err(name.to_owned()),
            }
        }
        rest = tail;
    }
    Ok(out + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(all: &[(&str, Json)]) -> IndexMap<String, Json> {
        all.iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect()
    }

    #[test]
    fn inputs_are_held_against_their_schema() {
        let schema = json!({"type": "object", "required": ["team"], "properties": {
            "team": {"type": "string", "pattern": "^team-[a-z]+$", "description": "Who owns it."},
            "tier": {"type": "integer", "default": 2, "maximum": 3},
        }});
        let settled = settle(Some(&schema), &given(&[("team", json!("team-a"))])).unwrap();
        assert_eq!(settled["tier"], 2);
        let faults = |all: &[(&str, Json)]| {
            let faults = settle(Some(&schema), &given(all)).unwrap_err();
            faults.into_iter().map(|f| f.message).collect::<Vec<_>>()
        };
        assert!(faults(&[])[0].contains("`team` is missing"));
        assert!(faults(&[("team", json!("a"))])[0].contains("`team` does not fit"));
        assert!(
            faults(&[("team", json!("team-a")), ("teir", json!(1))])[0].contains("no input `teir`")
        );
        assert!(
            faults(&[("team", json!("team-a")), ("tier", json!(4))])[0].contains("`tier` does not")
        );
    }

    #[test]
    fn a_text_takes_inputs_and_nothing_else() {
        let inputs = json!({"team": "a", "n": 3}).as_object().unwrap().clone();
        for (text, expected) in [
            ("x-${input.team}-${input.n}", "x-a-3"),
            ("${account}/${input.team}", "${account}/a"),
            ("$${input.team}", "${input.team}"),
        ] {
            assert_eq!(filled(text, &inputs).unwrap(), expected);
        }
        assert_eq!(filled("${input.nothing}", &inputs).unwrap_err(), "nothing");
        // What an input holds is not read once more.
        let inputs = json!({"a": "${input.b}"}).as_object().unwrap().clone();
        assert_eq!(filled("${input.a}", &inputs).unwrap(), "${input.b}");
    }
}
