//! Strings of a policy with what is special in them: wildcards, policy variables, symbols.
//!
//! Sources: IAM user guide, "IAM policy elements: Variables and tags" (variables, default values, `${*}`, `${?}`,
//! `${$}`; only in version 2012-10-17) and "IAM JSON policy elements: Resource" (wildcards). A `*` matches any
//! characters, colons and slashes too: the guide says so of one that ends a segment, and services treat the others alike.

use super::document::Version;

/// A part of a [`Template`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Part {
    /// This character.
    Char(char),
    /// Any one character.
    One,
    /// Any characters, also none.
    Many,
    /// The value of a condition key.
    Variable {
        /// Its name, folded.
        key: String,
        /// What stands when the request has no such key.
        default: Option<String>,
    },
    /// What is known only after apply.
    Symbol(String),
}

/// A string of a policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Template(pub(super) Vec<Part>);

/// One element of a pattern without variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Token {
    /// This character.
    Char(char),
    /// This character in either case.
    Fold(char),
    /// Any one character.
    One,
    /// Any one character but a colon.
    OneInSegment,
    /// Any characters.
    Many,
    /// Any characters but colons.
    ManyInSegment,
}

/// What a symbol stands for while a pattern is resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Symbols {
    /// Its own name in angle brackets.
    Named,
    /// Anything.
    Anything,
}

impl Template {
    /// Reads a string; `wildcards` says whether `*` and `?` are special.
    pub(super) fn parse(text: &str, version: Version, wildcards: bool) -> Self {
        let mut parts = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let after = &rest[c.len_utf8()..];
            rest = match c {
                '$' if version == Version::V2012 => {
                    let (part, tail) = variable(after).unwrap_or((Part::Char(c), after));
                    parts.push(part);
                    tail
                }
                '<' => {
                    let (part, tail) = symbol(after).unwrap_or((Part::Char(c), after));
                    parts.push(part);
                    tail
                }
                '*' if wildcards => {
                    if parts.last() != Some(&Part::Many) {
                        parts.push(Part::Many);
                    }
                    after
                }
                '?' if wildcards => {
                    parts.push(Part::One);
                    after
                }
                _ => {
                    parts.push(Part::Char(c));
                    after
                }
            };
        }
        Self(parts)
    }

    /// The condition keys it takes values from, folded.
    pub(super) fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Variable { key, .. } => Some(key.as_str()),
            _ => None,
        })
    }

    /// Whether a symbol stands in it.
    pub(super) fn has_symbol(&self) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Symbol(_)))
    }

    /// The pattern for these values of variables; none when a variable has neither value nor default: such a pattern
    /// matches nothing.
    pub(super) fn resolve(
        &self,
        symbols: Symbols,
        lookup: &dyn Fn(&str) -> Option<String>,
    ) -> Option<Vec<Token>> {
        let mut tokens = Vec::with_capacity(self.0.len());
        for part in &self.0 {
            match part {
                Part::Char(c) => tokens.push(Token::Char(*c)),
                Part::One => tokens.push(Token::One),
                Part::Many => tokens.push(Token::Many),
                Part::Variable { key, default } => {
                    let value = lookup(key).or_else(|| default.clone())?;
                    tokens.extend(value.chars().map(Token::Char));
                }
                Part::Symbol(name) => match symbols {
                    Symbols::Anything => tokens.push(Token::Many),
                    Symbols::Named => {
                        tokens.extend(format!("<{name}>").chars().map(Token::Char));
                    }
                },
            }
        }
        Some(tokens)
    }

    /// The pattern in which variables and symbols match anything.
    pub(super) fn skeleton(&self) -> Vec<Token> {
        self.0
            .iter()
            .map(|part| match part {
                Part::Char(c) => Token::Char(*c),
                Part::One => Token::One,
                Part::Many | Part::Variable { .. } | Part::Symbol(_) => Token::Many,
            })
            .collect()
    }
}

/// The policy variable after a `$`, and what follows it.
fn variable(after: &str) -> Option<(Part, &str)> {
    let inside = after.strip_prefix('{')?;
    let quoted = inside
        .find('\'')
        .filter(|at| inside[..*at].trim_end().ends_with(','));
    let end = match quoted {
        Some(open) if !inside[..open].contains('}') => {
            let close = open + 1 + inside[open + 1..].find('\'')?;
            close + inside[close..].find('}')?
        }
        _ => inside.find('}')?,
    };
    let (name, tail) = (&inside[..end], &inside[end + 1..]);
    let part = match name {
        "*" => Part::Char('*'),
        "?" => Part::Char('?'),
        "$" => Part::Char('$'),
        _ => match name.split_once(',') {
            Some((key, default)) => {
                let default = default.trim().strip_prefix('\'')?.strip_suffix('\'')?;
                Part::Variable {
                    key: fold(key.trim()),
                    default: Some(default.to_owned()),
                }
            }
            None => Part::Variable {
                key: fold(name.trim()),
                default: None,
            },
        },
    };
    Some((part, tail))
}

/// The symbol after a `<`, and what follows it.
fn symbol(after: &str) -> Option<(Part, &str)> {
    let (name, tail) = after.split_once('>')?;
    (!name.is_empty() && !name.contains('<')).then(|| (Part::Symbol(name.to_owned()), tail))
}

/// A condition key or action with its case folded: IAM compares both without case.
pub(super) fn fold(text: &str) -> String {
    text.to_ascii_lowercase()
}

/// Whether an action pattern of a policy (`s3:Get*`) names an action; case counts for nothing.
pub fn action_matches(pattern: &str, action: &str) -> bool {
    if !pattern.contains(['*', '?', '<']) {
        return pattern.eq_ignore_ascii_case(action);
    }
    let pattern = Template::parse(&fold(pattern), Version::V2008, true);
    matches(&pattern.skeleton(), &fold(action))
}

/// Whether some text fits both patterns of characters, `?` (any one) and `*` (any). Takes time and memory by the
/// product and the length of the two.
pub fn patterns_meet(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    // What is reached after `i` of a and `j` of b, row by row.
    let mut row = vec![false; b.len() + 1];
    for i in 0..=a.len() {
        let mut next = vec![false; b.len() + 1];
        for j in 0..=b.len() {
            let (above, left) = (i > 0 && row[j], j > 0 && next[j - 1]);
            next[j] = match (i, j) {
                (0, 0) => true,
                (_, 0) => above && a[i - 1] == '*',
                (0, _) => left && b[j - 1] == '*',
                _ => {
                    let (x, y) = (a[i - 1], b[j - 1]);
                    let both =
                        row[j - 1] && (x == y || x == '?' || y == '?' || x == '*' || y == '*');
                    ((x == '*' || y == '*') && (above || left)) || both
                }
            };
        }
        row = next;
    }
    row[b.len()]
}

/// Whether two characters are the same but for their case.
pub(super) fn same_folded(a: char, b: char) -> bool {
    a.eq_ignore_ascii_case(&b)
}

/// Whether a pattern of characters, `One` and `Many` matches a whole text: the two-pointer method, which needs no memory.
/// In-segment tokens count as their plain forms: the text is a segment.
pub(super) fn matches(pattern: &[Token], text: &str) -> bool {
    let mut chars = text.chars();
    let mut at = 0;
    let mut last_many: Option<(usize, std::str::Chars<'_>)> = None;
    loop {
        match pattern.get(at) {
            Some(Token::Many | Token::ManyInSegment) => {
                at += 1;
                if at == pattern.len() {
                    return true;
                }
                last_many = Some((at, chars.clone()));
                continue;
            }
            Some(token) => {
                let mut ahead = chars.clone();
                if let Some(c) = ahead.next() {
                    let fits = match token {
                        Token::Char(x) => *x == c,
                        Token::Fold(x) => same_folded(*x, c),
                        _ => true,
                    };
                    if fits {
                        chars = ahead;
                        at += 1;
                        continue;
                    }
                } else {
                    // The text ended before the pattern; a longer gap would only leave less of it.
                    return false;
                }
            }
            None => {
                if chars.as_str().is_empty() {
                    return true;
                }
            }
        }
        let Some((after, from)) = &mut last_many else {
            return false;
        };
        if from.next().is_none() {
            return false;
        }
        at = *after;
        chars = from.clone();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn glob(pattern: &str, text: &str) -> bool {
        let tokens = Template::parse(pattern, Version::V2008, true)
            .resolve(Symbols::Named, &|_| None)
            .unwrap();
        matches(&tokens, text)
    }

    proptest! {
        /// A text meets the patterns that match it, and what meets does so in either order.
        #[test]
        fn patterns_meet_where_a_text_fits_both(a in "[ab*?]{0,6}", b in "[ab*?]{0,6}", text in "[ab]{0,6}") {
            prop_assert_eq!(patterns_meet(&a, &text), glob(&a, &text));
            prop_assert_eq!(patterns_meet(&a, &b), patterns_meet(&b, &a));
            if glob(&a, &text) && glob(&b, &text) {
                prop_assert!(patterns_meet(&a, &b));
            }
        }

        /// Where two short patterns meet, some text shows it.
        #[test]
        fn patterns_that_meet_have_a_text(a in "[ab*?]{0,4}", b in "[ab*?]{0,4}") {
            let mut texts = vec![String::new()];
            for _ in 0..8 {
                let longer: Vec<String> = texts.iter().flat_map(|t| [format!("{t}a"), format!("{t}b")]).collect();
                texts.extend(longer);
                texts.sort();
                texts.dedup();
            }
            let shown = texts.iter().any(|text| glob(&a, text) && glob(&b, text));
            prop_assert_eq!(patterns_meet(&a, &b), shown);
        }
    }

    /// The definition, word for word.
    fn plain(pattern: &[Token], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((Token::Many, rest)), Some((_, tail))) => {
                plain(rest, text) || plain(pattern, tail)
            }
            (Some((Token::Many, rest)), None) => plain(rest, text),
            (Some((Token::One, rest)), Some((_, tail))) => plain(rest, tail),
            (Some((Token::Char(x), rest)), Some((c, tail))) => x == c && plain(rest, tail),
            _ => false,
        }
    }

    #[test]
    fn wildcards() {
        for (pattern, text, expected) in [
            ("s3:Get*", "s3:GetObject", true),
            ("s3:GetObjectAc?", "s3:GetObjectAcl", true),
            ("s3:GetObjectAc?", "s3:GetObjectAc", false),
            ("*", "", true),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXcYb", false),
            ("arn:*:f:*", "arn:aws:x:f:log-stream:1", true),
            ("ü?", "üß", true),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn variables_and_their_escapes() {
        let parse = |text| Template::parse(text, Version::V2012, true).0;
        let key = |key: &str, default: Option<&str>| Part::Variable {
            key: key.into(),
            default: default.map(str::to_owned),
        };
        assert_eq!(parse("${aws:UserName}"), [key("aws:username", None)]);
        assert_eq!(
            parse("${aws:PrincipalTag/team, 'a}b'}x"),
            [key("aws:principaltag/team", Some("a}b")), Part::Char('x')]
        );
        assert_eq!(
            parse("${*}${?}${$}*"),
            [
                Part::Char('*'),
                Part::Char('?'),
                Part::Char('$'),
                Part::Many
            ]
        );
        assert_eq!(parse("$a"), [Part::Char('$'), Part::Char('a')]);
        assert_eq!(
            parse("<aws_kms_key.k.arn>/*"),
            [
                Part::Symbol("aws_kms_key.k.arn".into()),
                Part::Char('/'),
                Part::Many
            ]
        );
        let old = Template::parse("${a}", Version::V2008, true);
        assert!(old.0.iter().all(|part| matches!(part, Part::Char(_))));
    }

    proptest! {
        #[test]
        fn the_quick_match_is_the_plain_one(pattern in "[ab*?]{0,8}", text in "[abc]{0,9}") {
            let tokens = Template::parse(&pattern, Version::V2008, true).skeleton();
            let chars: Vec<char> = text.chars().collect();
            prop_assert_eq!(matches(&tokens, &text), plain(&tokens, &chars));
        }

        #[test]
        fn no_text_panics(text in "(\\$|\\{|\\}|'|,|<|>|\\*|\\?|a| ){0,16}") {
            let _ = Template::parse(&text, Version::V2012, true).skeleton();
        }
    }
}
