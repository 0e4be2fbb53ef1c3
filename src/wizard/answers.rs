//! Answers, and the file they are kept in.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::{FORMS, INIT, Kind};

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Answer {
    /// A text.
    One(String),
    /// Several.
    Many(Vec<String>),
}

/// Answers by the question's id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Answers(pub IndexMap<String, Answer>);

/// An answers file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Its format.
    #[schemars(example = &"slgen.answers/1")]
    pub schema: String,
    /// The command that it answers.
    #[schemars(example = &"add function")]
    pub command: String,
    /// Of `init`: what the blueprint asks for, by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub inputs: IndexMap<String, Json>,
    /// Answers by the question's id.
    pub answers: Answers,
}

/// The format of an answers file.
pub const FORMAT: &str = "slgen.answers/1";

/// The JSON Schema of answers files, from the questions.
pub fn schema() -> Json {
    let forms: Vec<Json> = FORMS
        .iter()
        .map(|form| {
            let questions = form.questions.iter().map(|question| {
                let texts = json!({ "type": "array", "items": { "type": "string" } });
                let mut schema = match question.kind {
                    Kind::Text | Kind::One => json!({ "type": "string" }),
                    Kind::Many | Kind::List => texts,
                };
                schema["title"] = json!(question.text);
                schema["description"] = json!(question.help);
                (question.id.to_owned(), schema)
            });
            let mut properties = json!({
                "command": { "const": form.command },
                "answers": {
                    "type": "object",
                    "additionalProperties": false,
                    "properties": Json::Object(questions.collect()),
                },
            });
            if form.command != INIT.command {
                properties["inputs"] = json!(false);
            }
            json!({ "properties": properties })
        })
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Answers of slgen init and slgen add",
        "type": "object",
        "required": ["schema", "command", "answers"],
        "properties": {
            "schema": { "const": FORMAT },
            "command": true,
            "inputs": { "type": "object", "description": "What the blueprint asks for, by name" },
            "answers": true,
        },
        "additionalProperties": false,
        "oneOf": forms,
    })
}
