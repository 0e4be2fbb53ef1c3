//! One read of the account, whoever answers it.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value as Json};

use crate::catalog::aws::calls::{self, Call};

/// Most pages of one list: a service that never stops is not followed for ever.
const MOST_PAGES: usize = 1000;

/// A question to the account.
#[derive(Debug, Clone)]
pub struct Query {
    /// What is called.
    pub call: &'static Call,
    /// Its parameters: strings, or lists of strings.
    pub parameters: BTreeMap<String, Json>,
}

impl Query {
    /// A question by the call's name; none when the call is not in the table of reads.
    pub fn new(call: &str, parameters: &[(&str, Json)]) -> Option<Self> {
        Some(Self {
            call: calls::call(call)?,
            parameters: parameters
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
        })
    }

    /// Name and parameters, the same for equal questions.
    pub fn key(&self) -> String {
        let parameters: Map<String, Json> = self.parameters.clone().into_iter().collect();
        format!("{} {}", self.call.name, Json::Object(parameters))
    }
}

/// Why there is no answer. That something does not exist is an answer, and only [`ReadError::Absent`] says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// It does not exist.
    Absent,
    /// The credentials may not ask.
    Denied {
        /// The IAM action that is missing.
        action: String,
    },
    /// Too many requests, and the run's patience is used up.
    Throttled,
    /// There are no credentials, or they are no longer valid: nothing more can be read in this run.
    Credentials(String),
    /// Anything else.
    Other(String),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Absent => f.write_str("does not exist"),
            ReadError::Denied { action } => write!(f, "access denied: {action} is missing"),
            ReadError::Throttled => f.write_str("throttled, and retried in vain"),
            ReadError::Credentials(why) | ReadError::Other(why) => f.write_str(why),
        }
    }
}

/// Whoever answers questions: the account, or a recording of it.
pub trait Read {
    /// One page of the answer.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn get(&self, query: &Query) -> Result<Json, ReadError>;
}

/// The whole answer: all pages of a list, in one.
///
/// # Errors
/// As [`Read::get`]. A list of which a page is missing is no answer.
pub(super) fn whole(read: &dyn Read, query: &Query) -> Result<Json, ReadError> {
    let Some(pages) = &query.call.pages else {
        return read.get(query);
    };
    let mut query = query.clone();
    let mut first: Option<Json> = None;
    let mut items = Vec::new();
    let mut last = None;
    for _ in 0..MOST_PAGES {
        let mut page = read.get(&query)?;
        if let Some(found) = page.get_mut(&pages.items) {
            items.extend(list(found.take()));
        }
        let token = page.get(&pages.answer).cloned().unwrap_or(Json::Null);
        let whole = first.get_or_insert(page);
        let more = token.as_str().is_some_and(|t| !t.is_empty());
        if !more {
            if let Json::Object(whole) = whole {
                whole.insert(pages.items.clone(), Json::Array(items));
                whole.remove(&pages.answer);
            }
            return Ok(first.unwrap_or(Json::Null));
        }
        if last.as_ref() == Some(&token) {
            return Err(ReadError::Other(format!(
                "{} gave the same page token twice",
                query.call.name
            )));
        }
        last = Some(token.clone());
        query.parameters.insert(pages.request.clone(), token);
    }
    Err(ReadError::Other(format!(
        "{} has more than {MOST_PAGES} pages",
        query.call.name
    )))
}

/// The items of a list. In XML an empty list is empty text, and one without a wrapper is its only item.
pub(super) fn list(value: Json) -> Vec<Json> {
    match value {
        Json::Array(items) => items,
        Json::Null => Vec::new(),
        Json::String(text) if text.trim().is_empty() => Vec::new(),
        one => vec![one],
    }
}

/// Member at a dotted path; null when there is none.
pub(super) fn at<'a>(value: &'a Json, path: &str) -> &'a Json {
    path.split('.')
        .fold(value, |value, step| value.get(step).unwrap_or(&Json::Null))
}

/// Text at a dotted path; empty when there is none.
pub(super) fn text<'a>(value: &'a Json, path: &str) -> &'a str {
    at(value, path).as_str().unwrap_or("")
}

/// Items of the list at a dotted path.
pub(super) fn items(value: &Json, path: &str) -> Vec<Json> {
    list(at(value, path).clone())
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use serde_json::json;

    use super::*;

    struct Pages(RefCell<Vec<Result<Json, ReadError>>>, RefCell<Vec<String>>);

    impl Read for Pages {
        fn get(&self, query: &Query) -> Result<Json, ReadError> {
            self.1.borrow_mut().push(query.key());
            self.0.borrow_mut().remove(0)
        }
    }

    fn pages(answers: Vec<Result<Json, ReadError>>) -> Pages {
        Pages(RefCell::new(answers), RefCell::default())
    }

    fn aliases() -> Query {
        Query::new("lambda:ListAliases", &[("FunctionName", json!("f"))]).unwrap()
    }

    #[test]
    fn every_page_is_asked_for_with_its_token() {
        let read = pages(vec![
            Ok(json!({"Aliases": [{"Name": "a"}], "NextMarker": "1"})),
            Ok(json!({"Aliases": [], "NextMarker": "2"})),
            Ok(json!({"Aliases": [{"Name": "b"}], "NextMarker": null})),
        ]);
        let answer = whole(&read, &aliases()).unwrap();
        assert_eq!(answer, json!({"Aliases": [{"Name": "a"}, {"Name": "b"}]}));
        assert_eq!(
            *read.1.borrow(),
            [
                r#"lambda:ListAliases {"FunctionName":"f"}"#,
                r#"lambda:ListAliases {"FunctionName":"f","Marker":"1"}"#,
                r#"lambda:ListAliases {"FunctionName":"f","Marker":"2"}"#,
            ]
        );
    }

    #[test]
    fn a_list_with_a_page_missing_is_no_answer() {
        let read = pages(vec![
            Ok(json!({"Aliases": [{"Name": "a"}], "NextMarker": "1"})),
            Err(ReadError::Throttled),
        ]);
        assert_eq!(whole(&read, &aliases()), Err(ReadError::Throttled));
    }

    #[test]
    fn a_token_that_repeats_ends_it() {
        let page = || Ok(json!({"Aliases": [], "NextMarker": "1"}));
        let read = pages(vec![page(), page(), page()]);
        assert!(matches!(whole(&read, &aliases()), Err(ReadError::Other(_))));
    }
}
