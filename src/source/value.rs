//! What is known of a value: whether it comes from the event, and how.

/// How far a value comes from the event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    /// It does not.
    #[default]
    Own,
    /// It is a list or an object that holds some of it.
    Held,
    /// It is data of it, or a text made with data of it.
    Event,
}

/// An abstract value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "marks that do not depend on each other"
)]
pub(super) struct Value {
    pub(super) origin: Origin,
    /// It is, shows or holds the event as a whole.
    pub(super) whole: bool,
    /// Data of the event is what it begins with: the host of a URL, the name of a program.
    pub(super) head: bool,
    /// It begins as an SQL statement.
    pub(super) sql: bool,
    /// It is a constant of the code.
    pub(super) literal: bool,
    /// Rules, as bits, for which it was made safe.
    pub(super) safe: u32,
}

impl Value {
    /// Nothing is known of it, and it does not come from the event.
    pub(super) const OWN: Self = Self {
        origin: Origin::Own,
        whole: false,
        head: false,
        sql: false,
        literal: false,
        safe: 0,
    };

    /// Data of the event.
    pub(super) const EVENT: Self = Self {
        origin: Origin::Event,
        head: true,
        ..Self::OWN
    };

    /// The event itself.
    pub(super) const WHOLE: Self = Self {
        whole: true,
        ..Self::EVENT
    };

    /// Whether anything of it comes from the event.
    pub(super) fn is_tainted(self) -> bool {
        self.origin != Origin::Own
    }

    /// A part of it: a member, an element, the answer of a method.
    pub(super) fn part(self) -> Self {
        if self.is_tainted() {
            Self {
                safe: self.safe,
                ..Self::EVENT
            }
        } else {
            Self::OWN
        }
    }

    /// A list or an object that holds it.
    pub(super) fn held(self) -> Self {
        Self {
            origin: self.origin.min(Origin::Held),
            sql: false,
            ..self
        }
    }

    /// One of the two.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            origin: self.origin.max(other.origin),
            whole: self.whole || other.whole,
            head: self.head || other.head,
            sql: self.sql || other.sql,
            literal: self.literal && other.literal,
            safe: match (self.is_tainted(), other.is_tainted()) {
                (true, true) => self.safe & other.safe,
                (true, false) => self.safe,
                _ => other.safe,
            },
        }
    }

    /// A text made of two parts, one after the other. `before` is what is known to stand at its
    /// beginning.
    pub(super) fn then(self, other: Self, before: &str) -> Self {
        let head = if self.literal {
            other.head && leaves_host_open(before)
        } else {
            self.is_tainted() && self.head
        };
        let origin = if self.is_tainted() || other.is_tainted() {
            Origin::Event
        } else {
            Origin::Own
        };
        Self {
            origin,
            head,
            sql: self.sql,
            ..self.or(other)
        }
    }
}

/// Whether what follows a URL's beginning still decides the host.
fn leaves_host_open(before: &str) -> bool {
    match before.split_once("://") {
        Some((_, host)) => !host.contains(['/', '?', '#']),
        None => before.is_empty(),
    }
}

/// Whether a text begins as an SQL statement.
pub(super) fn is_sql(text: &str) -> bool {
    const VERBS: [&str; 12] = [
        "select", "insert", "update", "delete", "create", "drop", "alter", "with", "merge", "call",
        "grant", "replace",
    ];
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
    let verb = text.split(|c: char| !c.is_ascii_alphabetic()).next();
    let verb = verb.unwrap_or_default();
    text[verb.len()..].starts_with(char::is_whitespace)
        && VERBS.iter().any(|known| verb.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_host_is_not_the_events() {
        let fixed = Value {
            literal: true,
            ..Value::OWN
        };
        for (before, open) in [
            ("", true),
            ("https://", true),
            ("https://api.example.com", true),
            ("https://api.example.com/", false),
            ("https://api.example.com?id=", false),
            ("/orders/", false),
        ] {
            assert_eq!(fixed.then(Value::EVENT, before).head, open, "{before}");
        }
        assert!(!Value::OWN.then(Value::EVENT, "").head);
        assert!(Value::EVENT.then(Value::OWN, "").head);
    }

    #[test]
    fn statements_are_told_from_words() {
        for (text, sql) in [
            ("SELECT * FROM t", true),
            ("\n  (select 1)", true),
            ("selection of", false),
            ("update", false),
            ("Hello", false),
        ] {
            assert_eq!(is_sql(text), sql, "{text}");
        }
    }
}
