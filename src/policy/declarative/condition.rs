//! Whether a condition holds for a value.

use serde_json::Value as Json;

use super::format::Condition;
use crate::graph::{Kind, Value};

/// A condition with its expressions compiled.
pub(super) struct Compiled<'r> {
    condition: &'r Condition,
    matches: Option<regex_lite::Regex>,
    not: Option<Box<Compiled<'r>>>,
}

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Yes,
    No,
    /// The value is known only when it has been created.
    Unknown,
}

impl Holds {
    fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    fn opposite(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
        }
    }
}

impl<'r> Compiled<'r> {
    /// Compiles a condition. `tell` gets what is wrong with it: a key and a sentence.
    pub(super) fn of(condition: &'r Condition, tell: &mut dyn FnMut(&str, String)) -> Self {
        let matches = condition.matches.as_ref().and_then(|pattern| {
            let regex = regex_lite::Regex::new(pattern);
            regex
                .map_err(|error| {
                    tell(
                        "matches",
                        format!("`{pattern}` is no regular expression: {error}"),
                    );
                })
                .ok()
        });
        let not = condition.not.as_deref();
        let not = not.map(|not| {
            let mut inner = |key: &str, message: String| tell(&format!("not/{key}"), message);
            Box::new(Compiled::of(not, &mut inner))
        });
        if *condition == Condition::default() {
            tell("", "this condition asks nothing".to_owned());
        }
        Self {
            condition,
            matches,
            not,
        }
    }

    /// Whether it holds for every value at a path; without one, for what is not there.
    pub(super) fn all(&self, values: &[&Value]) -> Holds {
        if values.is_empty() {
            return self.absent();
        }
        let mut holds = Holds::Yes;
        for value in values {
            match self.value(value) {
                Holds::No => return Holds::No,
                Holds::Unknown => holds = Holds::Unknown,
                Holds::Yes => {}
            }
        }
        holds
    }

    /// Whether it holds where nothing is written: only what asks for that does.
    fn absent(&self) -> Holds {
        let c = self.condition;
        let asks_value = c.equals.is_some()
            || c.one_of.is_some()
            || c.matches.is_some()
            || c.at_least.is_some()
            || c.at_most.is_some()
            || c.has_keys.is_some();
        let exists = c.exists != Some(true);
        let not = self.not.as_ref();
        Holds::of(!asks_value && exists && not.is_none_or(|n| n.absent().opposite() == Holds::Yes))
    }

    fn value(&self, value: &Value) -> Holds {
        let c = self.condition;
        if c.exists == Some(false) {
            return Holds::No;
        }
        let unknown = matches!(value.kind, Kind::Symbol(_) | Kind::Template(_));
        let mut parts = Vec::new();
        if let Some(wanted) = &c.equals {
            parts.push(equals(value, wanted));
        }
        if let Some(wanted) = &c.one_of {
            parts.push(wanted.iter().any(|wanted| equals(value, wanted)));
        }
        if c.matches.is_some() {
            let regex = self.matches.as_ref();
            let text = value.text();
            parts.push(
                regex
                    .zip(text)
                    .is_some_and(|(regex, text)| regex.is_match(&text)),
            );
        }
        if let Some(least) = c.at_least {
            parts.push(number(value).is_some_and(|n| n >= least));
        }
        if let Some(most) = c.at_most {
            parts.push(number(value).is_some_and(|n| n <= most));
        }
        if let Some(keys) = &c.has_keys {
            parts.push(
                keys.iter()
                    .all(|key| value.get(key).is_some_and(|v| !v.is_null())),
            );
        }
        let own = if parts.is_empty() {
            Holds::Yes
        } else if unknown {
            Holds::Unknown
        } else {
            Holds::of(parts.into_iter().all(|part| part))
        };
        let not = self.not.as_ref().map(|not| not.value(value).opposite());
        match (own, not) {
            (Holds::No, _) | (_, Some(Holds::No)) => Holds::No,
            (Holds::Unknown, _) | (_, Some(Holds::Unknown)) => Holds::Unknown,
            _ => Holds::Yes,
        }
    }
}

fn number(value: &Value) -> Option<f64> {
    value
        .as_f64()
        .or_else(|| value.as_str()?.parse().ok())
        .filter(|n: &f64| n.is_finite())
}

/// Whether a value is a JSON value; numbers and flags are the same as texts, as Terraform converts them.
fn equals(value: &Value, wanted: &Json) -> bool {
    match (&value.kind, wanted) {
        (Kind::Null, Json::Null) => true,
        (Kind::List(items) | Kind::Set(items), Json::Array(wanted)) => {
            items.len() == wanted.len()
                && items
                    .iter()
                    .zip(wanted)
                    .all(|(item, wanted)| equals(item, wanted))
        }
        (Kind::Map(map), Json::Object(wanted)) => {
            map.values().filter(|v| !v.is_null()).count() == wanted.len()
                && wanted
                    .iter()
                    .all(|(key, wanted)| map.get(key).is_some_and(|item| equals(item, wanted)))
        }
        (Kind::Number(_), Json::Number(wanted)) => value.as_f64() == wanted.as_f64(),
        (Kind::Bool(_) | Kind::Number(_) | Kind::String(_), wanted) => {
            let text = match wanted {
                Json::String(text) => text.clone(),
                Json::Bool(_) | Json::Number(_) => wanted.to_string(),
                _ => return false,
            };
            value.text() == Some(text)
        }
        _ => false,
    }
}

impl std::fmt::Display for Condition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut parts = Vec::new();
        let list = |values: &[Json]| {
            let values: Vec<String> = values.iter().map(crate::blueprint::plain).collect();
            values.join(", ")
        };
        match self.exists {
            Some(true) => parts.push("be there".to_owned()),
            Some(false) => parts.push("not be there".to_owned()),
            None => {}
        }
        parts.extend(
            self.equals
                .iter()
                .map(|v| format!("be {}", crate::blueprint::plain(v))),
        );
        parts.extend(self.one_of.iter().map(|v| format!("be one of {}", list(v))));
        parts.extend(self.matches.iter().map(|v| format!("match {v}")));
        parts.extend(self.at_least.iter().map(|v| format!("be at least {v}")));
        parts.extend(self.at_most.iter().map(|v| format!("be at most {v}")));
        parts.extend(
            self.has_keys
                .iter()
                .map(|v| format!("have {}", v.join(", "))),
        );
        parts.extend(self.not.iter().map(|v| format!("not {v}")));
        f.write_str(&parts.join(" and "))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn holds(condition: Json, values: &[Value]) -> Holds {
        let condition: Condition = serde_json::from_value(condition).unwrap();
        let compiled = Compiled::of(&condition, &mut |key, message| panic!("{key}: {message}"));
        compiled.all(&values.iter().collect::<Vec<_>>())
    }

    #[test]
    fn each_operator_holds_for_what_it_says() {
        use Holds::{No, Unknown, Yes};
        let text = |text: &str| Value::string(text);
        let number = |n: f64| Value::number(n).unwrap();
        let tags: Value = Kind::Map([("team".to_owned(), text("a"))].into()).into();
        for (condition, values, expected) in [
            (json!({"exists": true}), vec![], No),
            (json!({"exists": true}), vec![Value::symbol("a.b.c")], Yes),
            (json!({"exists": false}), vec![], Yes),
            (json!({"exists": false}), vec![text("")], No),
            (json!({"equals": "Active"}), vec![text("Active")], Yes),
            (json!({"equals": "Active"}), vec![text("PassThrough")], No),
            (json!({"equals": "Active"}), vec![], No),
            (
                json!({"equals": "x"}),
                vec![Value::symbol("a.b.c")],
                Unknown,
            ),
            (json!({"equals": 5}), vec![number(5.0)], Yes),
            (json!({"equals": 5}), vec![text("5")], Yes),
            (json!({"equals": true}), vec![Kind::Bool(true).into()], Yes),
            (
                json!({"equals": [1]}),
                vec![Kind::List(vec![number(1.0)]).into()],
                Yes,
            ),
            (json!({"in": ["a", "b"]}), vec![text("b"), text("a")], Yes),
            (json!({"in": ["a", "b"]}), vec![text("b"), text("c")], No),
            (json!({"matches": "^ab"}), vec![text("abc")], Yes),
            (json!({"matches": "^b"}), vec![text("abc")], No),
            (json!({"at_least": 30}), vec![number(30.0)], Yes),
            (
                json!({"at_least": 30, "at_most": 40}),
                vec![number(41.0)],
                No,
            ),
            (json!({"at_least": 30}), vec![text("many")], No),
            (json!({"has_keys": ["team"]}), vec![tags.clone()], Yes),
            (json!({"has_keys": ["team", "cost"]}), vec![tags], No),
            (json!({"not": {"equals": "a"}}), vec![text("b")], Yes),
            (json!({"not": {"equals": "a"}}), vec![text("a")], No),
            (json!({"not": {"equals": "a"}}), vec![], Yes),
            (json!({"not": {"exists": true}}), vec![], Yes),
            (
                json!({"not": {"equals": "a"}}),
                vec![Value::symbol("x.y.z")],
                Unknown,
            ),
        ] {
            assert_eq!(
                holds(condition.clone(), &values),
                expected,
                "{condition} {values:?}"
            );
        }
    }
}
