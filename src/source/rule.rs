//! What a rule looks for, as data.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::pattern::Pattern;

/// What the engine looks for on behalf of one rule; the rest of its file is of no concern here.
#[derive(Debug, Deserialize)]
pub struct RuleData {
    /// `SLG-SRC-NNN`.
    pub id: String,
    /// What is reported; `{call}` stands for what was called.
    pub message: String,
    /// How it is looked for.
    #[serde(default)]
    pub check: Check,
    /// Language → calls that data of the event must not reach.
    #[serde(default)]
    pub sinks: BTreeMap<String, Vec<Sink>>,
    /// Language → calls whose answer is safe for this rule.
    #[serde(default)]
    pub sanitizers: BTreeMap<String, Vec<Pattern>>,
    /// Language → calls that make what they look at safe for this rule, in lower case.
    #[serde(default)]
    pub guards: BTreeMap<String, Vec<Pattern>>,
}

/// How a rule is checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Check {
    /// Calls and what reaches them.
    #[default]
    Flow,
    /// Constants that are secrets.
    Secret,
    /// Handlers that validate nothing.
    Validation,
}

/// Calls, and what makes one of them a finding.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sink {
    /// What is called, by its full name.
    pub call: Vec<Pattern>,
    /// Which arguments are looked at; none means the call itself.
    #[serde(default)]
    pub arguments: Vec<Selector>,
    /// What must be so of one of them.
    #[serde(default)]
    pub needs: Needs,
    /// Arguments that must be as said, each of them.
    #[serde(default)]
    pub when: Vec<Condition>,
    /// Arguments of which none may be as said.
    #[serde(default)]
    pub unless: Vec<Condition>,
}

/// What must be so of an argument.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Needs {
    /// It is data of the event, or a text made with it.
    #[default]
    Data,
    /// So, and data of the event is its beginning.
    Head,
    /// So, and it is called a URL.
    Url,
    /// It is an SQL statement made with data of the event.
    Sql,
    /// A path made with data of the event.
    Path,
    /// It is or holds data of the event.
    Held,
    /// It is or holds the event as a whole.
    Whole,
    /// It is no constant.
    Dynamic,
    /// Nothing: the call is enough.
    Always,
}

/// An argument being as said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Which.
    pub argument: Selector,
    /// Its text, without quotes.
    pub is: Vec<Pattern>,
}

/// An argument: `0`, `name`, `0.property`, `0.1`, `*` for any, `receiver`, or `callee` for the
/// text of what is called.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct Selector {
    /// Position or name; `*` for any.
    pub argument: String,
    /// Key or position in it, when it is written there as an object or a list.
    pub inside: Option<String>,
}

impl From<String> for Selector {
    fn from(text: String) -> Self {
        let (argument, inside) = match text.split_once('.') {
            Some((argument, inside)) => (argument.to_owned(), Some(inside.to_owned())),
            None => (text, None),
        };
        Self { argument, inside }
    }
}
