//! Text with references that only a Terraform evaluation, or an environment, fills in.

use std::collections::BTreeMap;

/// A string of known parts and references to Terraform values.
///
/// `arn:` + `local.partition` + `:sqs:` … stands for `"arn:${local.partition}:sqs:…"`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text(Vec<Piece>);

/// A part of a [`Text`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Piece {
    /// Known text: data, whatever it holds.
    Literal(String),
    /// A Terraform expression of slgen's own, never of the user's.
    Ref(&'static str),
    /// Attribute of a resource or a variable, composed by slgen.
    Attribute(String),
    /// Every element of a Terraform list: the text stands for as many texts.
    Each(&'static str),
}

/// What the references are in one environment: expression → values (one, or a list's).
pub type Bindings = BTreeMap<String, Vec<String>>;

impl Text {
    /// Known text only.
    pub fn literal(text: impl Into<String>) -> Self {
        Self(vec![Piece::Literal(text.into())])
    }

    /// One attribute of a resource.
    pub fn attribute(expression: impl Into<String>) -> Self {
        Self(vec![Piece::Attribute(expression.into())])
    }

    /// Parses slgen's own notation: `{local.name}` is a reference, `{var.vpc.subnets[*]}` each
    /// element of a list; anything else is literal. Only for constants of the program.
    pub fn parse(notation: &'static str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = notation;
        while let Some((before, after)) = rest.split_once('{') {
            let (inside, tail) = after.split_once('}').unwrap_or((after, ""));
            if !before.is_empty() {
                pieces.push(Piece::Literal(before.to_owned()));
            }
            pieces.push(match inside.strip_suffix("[*]") {
                Some(list) => Piece::Each(list),
                None => Piece::Ref(inside),
            });
            rest = tail;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest.to_owned()));
        }
        Self(pieces)
    }

    /// Appends known text.
    #[must_use]
    pub fn then(mut self, literal: impl AsRef<str>) -> Self {
        self.push(literal);
        self
    }

    /// Appends another text.
    #[must_use]
    pub fn join(mut self, other: &Self) -> Self {
        for piece in &other.0 {
            match piece {
                Piece::Literal(text) => self.push(text),
                other => self.0.push(other.clone()),
            }
        }
        self
    }

    fn push(&mut self, literal: impl AsRef<str>) {
        let literal = literal.as_ref();
        if literal.is_empty() {
            return;
        }
        match self.0.last_mut() {
            Some(Piece::Literal(text)) => text.push_str(literal),
            _ => self.0.push(Piece::Literal(literal.to_owned())),
        }
    }

    /// The parts.
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// The text, when it holds no reference.
    pub fn as_literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Piece::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// Resolved for one environment; what is not bound stands as `<expression>`.
    /// One text for each element of a list that it refers to.
    pub fn resolve(&self, bindings: &Bindings) -> Vec<String> {
        let mut texts = vec![String::new()];
        for piece in &self.0 {
            let values: Vec<String> = match piece {
                Piece::Literal(text) => vec![text.clone()],
                Piece::Ref(name) | Piece::Each(name) => bound(name, bindings),
                Piece::Attribute(name) => bound(name, bindings),
            };
            texts = texts
                .iter()
                .flat_map(|head| values.iter().map(move |value| format!("{head}{value}")))
                .collect();
        }
        texts
    }
}

fn bound(name: &str, bindings: &Bindings) -> Vec<String> {
    let values = bindings.get(name).cloned();
    values.unwrap_or_else(|| vec![format!("<{name}>")])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolves_references_lists_and_leaves_the_unknown_named() {
        let bindings = Bindings::from([
            ("var.region".to_owned(), vec!["eu-west-1".to_owned()]),
            (
                "var.vpc.subnets".to_owned(),
                vec!["a".to_owned(), "b".to_owned()],
            ),
        ]);
        let text = Text::parse("x:{var.region}:{var.vpc.subnets[*]}:")
            .join(&Text::attribute("aws_kms_key.stack.arn"));
        assert_eq!(
            text.resolve(&bindings),
            [
                "x:eu-west-1:a:<aws_kms_key.stack.arn>",
                "x:eu-west-1:b:<aws_kms_key.stack.arn>"
            ]
        );
    }

    #[test]
    fn a_literal_is_never_a_reference() {
        let text = Text::literal("{var.region}");
        assert_eq!(text.as_literal(), Some("{var.region}"));
    }
}
