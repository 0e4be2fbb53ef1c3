//! Which resources a pattern of a policy can mean.

use crate::iam::document::Version;
use crate::iam::template::{Template, Token};

/// Whether a resource pattern can mean the resource with this ARN, or a part of it (`…/index/x`, `…:live`).
pub(super) fn meets(pattern: &str, arn: &str) -> bool {
    let tokens = Template::parse(pattern, Version::V2012, true).skeleton();
    let mut at = start(&tokens);
    for c in arn.chars() {
        at = step(&tokens, &at, c);
        if at.is_empty() {
            return false;
        }
    }
    at.contains(&tokens.len())
        || [':', '/']
            .iter()
            .any(|c| !step(&tokens, &at, *c).is_empty())
}

/// Positions from which no character has been read yet.
fn start(tokens: &[Token]) -> Vec<usize> {
    closed(tokens, vec![0])
}

/// With what a `*` that matches nothing leads to.
fn closed(tokens: &[Token], mut at: Vec<usize>) -> Vec<usize> {
    let mut next = 0;
    while next < at.len() {
        let position = at[next];
        let many = matches!(
            tokens.get(position),
            Some(Token::Many | Token::ManyInSegment)
        );
        if many && !at.contains(&(position + 1)) {
            at.push(position + 1);
        }
        next += 1;
    }
    at
}

fn step(tokens: &[Token], at: &[usize], c: char) -> Vec<usize> {
    let mut next: Vec<usize> = Vec::new();
    for position in at {
        let to = match tokens.get(*position) {
            Some(Token::Many | Token::ManyInSegment) => *position,
            Some(Token::One | Token::OneInSegment) => position + 1,
            Some(Token::Char(x)) if *x == c => position + 1,
            Some(Token::Fold(x)) if x.eq_ignore_ascii_case(&c) => position + 1,
            _ => continue,
        };
        if !next.contains(&to) {
            next.push(to);
        }
    }
    closed(tokens, next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::template::matches;
    use proptest::prelude::*;

    #[test]
    fn a_part_of_a_resource_is_meant_too() {
        let function = "arn:aws:lambda:eu-west-1:111111111111:function:f";
        for (pattern, expected) in [
            (function, true),
            ("*", true),
            ("arn:aws:lambda:*", true),
            (
                "arn:aws:lambda:eu-west-1:111111111111:function:f:live",
                true,
            ),
            ("arn:aws:lambda:*:live", true),
            ("arn:aws:lambda:eu-west-1:111111111111:function:?", true),
            (
                "arn:aws:lambda:eu-west-1:111111111111:function:fulfil",
                false,
            ),
            ("arn:aws:lambda:eu-west-1:111111111111:function", false),
            ("arn:aws:lambda:eu-west-1:222222222222:function:f", false),
            ("", false),
        ] {
            assert_eq!(meets(pattern, function), expected, "{pattern}");
        }
        assert!(meets("arn:aws:s3:::b/orders/*", "arn:aws:s3:::b"));
        assert!(!meets("arn:aws:s3:::bb/orders/*", "arn:aws:s3:::b"));
    }

    proptest! {
        #[test]
        fn agrees_with_the_matcher(pattern in "[ab:*?]{0,8}", text in "[ab]{0,6}", tail in "[:/][ab]{0,4}") {
            let tokens = Template::parse(&pattern, Version::V2012, true).skeleton();
            if matches(&tokens, &text) || matches(&tokens, &format!("{text}{tail}")) {
                prop_assert!(meets(&pattern, &text));
            }
            if !pattern.contains(['*', '?']) {
                let part = |c| pattern.starts_with(&format!("{text}{c}"));
                prop_assert_eq!(meets(&pattern, &text), pattern == text || part(':') || part('/'));
            }
        }
    }
}
