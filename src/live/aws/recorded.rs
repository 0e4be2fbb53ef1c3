//! Answers from a file, for tests and for what no local AWS can do.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::read::{Query, Read, ReadError};

/// Recorded answers. What was not recorded does not exist.
#[derive(Debug, Default)]
pub struct Recorded(BTreeMap<String, Result<Json, ReadError>>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    call: String,
    #[serde(default)]
    parameters: Map<String, Json>,
    #[serde(default)]
    answer: Option<Json>,
    #[serde(default)]
    error: Option<Kind>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Absent,
    Denied,
    Throttled,
    Credentials,
    Other,
}

impl Recorded {
    /// From a list of `{call, parameters, answer}` or `{call, parameters, error}`, the error being one of `absent`,
    /// `denied`, `throttled`, `credentials`, `other`.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let entries: Vec<Entry> = serde_json::from_str(text).map_err(|e| e.to_string())?;
        let mut answers = BTreeMap::new();
        for entry in entries {
            let parameters: Vec<(&str, Json)> = entry
                .parameters
                .iter()
                .map(|(name, value)| (name.as_str(), value.clone()))
                .collect();
            let query = Query::new(&entry.call, &parameters)
                .ok_or_else(|| format!("{} is no call of the reader", entry.call))?;
            let answer = match (entry.answer, entry.error) {
                (Some(answer), None) => Ok(answer),
                (None, Some(error)) => Err(match error {
                    Kind::Absent => ReadError::Absent,
                    Kind::Denied => ReadError::Denied {
                        action: query.call.action().to_owned(),
                    },
                    Kind::Throttled => ReadError::Throttled,
                    Kind::Credentials => ReadError::Credentials("the token has expired".to_owned()),
                    Kind::Other => ReadError::Other("internal error".to_owned()),
                }),
                _ => return Err(format!("{}: either an answer or an error", entry.call)),
            };
            answers.insert(query.key(), answer);
        }
        Ok(Self(answers))
    }
}

impl Read for Recorded {
    fn get(&self, query: &Query) -> Result<Json, ReadError> {
        self.0
            .get(&query.key())
            .cloned()
            .unwrap_or(Err(ReadError::Absent))
    }
}
