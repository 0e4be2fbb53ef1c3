//! What looks like a secret: tokens of known form, and values of variables named like secrets.
//!
//! The value itself is never printed: messages leave it out and shown source lines are masked.

use std::sync::LazyLock;

use regex_lite::Regex;

use super::tree::{Node, Range, Value};

const PRIVATE_KEY: &str = "a private key";

/// A token's form.
struct Form {
    what: &'static str,
    /// One of these is in every text that has it: looked for first, as that is quick.
    needles: &'static [&'static str],
    pattern: LazyLock<Option<Regex>>,
}

impl Form {
    fn find_all(&self, text: &str) -> Vec<Range> {
        if !self.needles.iter().any(|needle| text.contains(needle)) {
            return Vec::new();
        }
        self.pattern
            .iter()
            .flat_map(|pattern| pattern.find_iter(text))
            .map(|found| (found.start(), found.end()))
            .collect()
    }
}

macro_rules! forms {
    ($($what:expr, [$($needle:literal),*], $pattern:literal;)*) => {
        [$(Form {
            what: $what,
            needles: &[$($needle),*],
            pattern: LazyLock::new(|| Regex::new($pattern).ok()),
        }),*]
    };
}

/// Token forms, as their issuers document them (the list of GitHub's secret scanning names them all).
/// Prefixes that nothing else begins with count without their length.
static FORMS: [Form; 14] = forms! {
    "an AWS access key id", ["AKIA", "ASIA"], r"\b(AKIA|ASIA)[A-Z2-7]{16}\b";
    "a GitHub token", ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"], r"\b(gh[pousr]_[A-Za-z0-9]+|github_pat_[A-Za-z0-9_]+)";
    "a GitLab token", ["glpat-"], r"\bglpat-[A-Za-z0-9_-]{8,}";
    "a Slack token", ["xox"], r"\bxox[abeoprs]-[A-Za-z0-9-]{8,}";
    "a Slack webhook", ["hooks.slack.com"], r"hooks\.slack\.com/services/[A-Za-z0-9/_]{20,}";
    "a Stripe key", ["_live_", "_test_"], r"\b[sr]k_(live|test)_[A-Za-z0-9]{8,}";
    PRIVATE_KEY, ["PRIVATE KEY"], r"-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY( BLOCK)?-----";
    "a JSON Web Token", ["eyJ"], r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*";
    "a Google API key", ["AIza"], r"\bAIza[A-Za-z0-9_-]{35}\b";
    "an npm token", ["npm_"], r"\bnpm_[A-Za-z0-9]{36}\b";
    "a PyPI token", ["pypi-"], r"\bpypi-[A-Za-z0-9_-]{16,}";
    "a SendGrid key", ["SG."], r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}";
    "a password in a URL", ["://"], r"[a-z][a-z0-9+.-]{0,20}://[^\s/:@]+:[^\s/:@]+@";
    "a password in a connection string", ["word=", "WORD=", "Pwd=", "pwd=", "PWD=", "Key=", "key=", "KEY="], r"(?i)\b(password|pwd|accountkey|sharedaccesskey)=[^;\s]{4,}";
};

/// Words that name a secret itself when a variable's name ends with them.
const WORDS: [&str; 14] = [
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "PWD",
    "SECRET",
    "SECRETS",
    "TOKEN",
    "API_KEY",
    "APIKEY",
    "ACCESS_KEY",
    "SECRET_KEY",
    "PRIVATE_KEY",
    "ENCRYPTION_KEY",
    "CREDENTIALS",
];

/// The kind of token that a text holds, when it has a known form.
pub(crate) fn known_form(text: &str) -> Option<&'static str> {
    FORMS
        .iter()
        .find(|form| !form.find_all(text).is_empty())
        .map(|form| form.what)
}

/// Why a variable's value looks like a secret; `None` when it does not.
pub(crate) fn looks_secret(name: &str, value: &str) -> Option<&'static str> {
    if let Some(form) = known_form(value) {
        return Some(form);
    }
    if is_harmless(value) {
        return None;
    }
    let name = name.to_uppercase().replace('-', "_");
    let ends = |word: &str| {
        name.strip_suffix(word)
            .is_some_and(|before| before.is_empty() || before.ends_with('_'))
    };
    if WORDS.iter().any(|word| ends(word)) {
        return Some("by its name");
    }
    (WORDS.iter().any(|word| name.contains(word)) && is_random(value))
        .then_some("by its name and its randomness")
}

/// Values that are no secret under any name: references, switches, addresses without credentials.
fn is_harmless(value: &str) -> bool {
    let value = value.trim();
    value.is_empty()
        || value.starts_with("arn:")
        || ["true", "false", "null", "none"].contains(&value.to_lowercase().as_str())
        || (["https://", "http://"].iter().any(|s| value.starts_with(s)) && !value.contains('@'))
}

/// Long, without spaces, of several kinds of character, and near the entropy of random text.
fn is_random(value: &str) -> bool {
    const LEAST_LENGTH: usize = 20;
    const LEAST_BITS: f64 = 3.5;
    let length = value.len();
    if !(LEAST_LENGTH..=4096).contains(&length) || value.contains(char::is_whitespace) {
        return false;
    }
    let classes: [fn(&u8) -> bool; 3] = [
        u8::is_ascii_lowercase,
        u8::is_ascii_uppercase,
        u8::is_ascii_digit,
    ];
    let mixed = classes
        .iter()
        .filter(|class| value.bytes().any(|b| class(&b)))
        .count()
        >= 2;
    let mut counts = [0_u32; 256];
    for byte in value.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let total = f64::from(u32::try_from(length).unwrap_or(u32::MAX));
    let bits: f64 = counts
        .into_iter()
        .filter(|count| *count > 0)
        .map(|count| f64::from(count) / total)
        .map(|share| -share * share.log2())
        .sum();
    mixed && bits >= LEAST_BITS
}

/// The text with every token of known form, and every value in the tree that looks like a secret,
/// replaced by asterisks: as many bytes on as many lines, so that positions stay.
pub(crate) fn masked(text: &str, root: Option<&Node>) -> String {
    let mut ranges = Vec::new();
    for form in &FORMS {
        for (start, end) in form.find_all(text) {
            // A key's own lines follow its heading, up to where the block ends.
            let end = if form.what == PRIVATE_KEY {
                text[end..].find("-----END").map_or(text.len(), |n| end + n)
            } else {
                end
            };
            ranges.push((start, end));
        }
    }
    match root {
        Some(root) => gather(root, "", &mut ranges),
        None => by_name(text, &mut ranges),
    }
    if ranges.is_empty() {
        return text.to_owned();
    }
    ranges.sort_unstable();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (start, end) in ranges {
        let start = start.max(at);
        if start >= end {
            continue;
        }
        out.push_str(&text[at..start]);
        for c in text[start..end].chars() {
            if matches!(c, '\n' | '\r') {
                out.push(c);
            } else {
                out.extend(std::iter::repeat_n('*', c.len_utf8()));
            }
        }
        at = end;
    }
    out.push_str(&text[at..]);
    out
}

/// What follows a word for a secret, in a text that is no tree: to the end of its line, or of the
/// lines below that are indented further. Rather too much than too little.
fn by_name(text: &str, ranges: &mut Vec<Range>) {
    let mut start = 0;
    // Indentation of the line whose value goes on below, and whether it is a block scalar.
    let mut open: Option<(usize, bool)> = None;
    for line in text.split_inclusive('\n') {
        let end = start + line.trim_end().len();
        let indent = line.len() - line.trim_start().len();
        if let Some((above, block)) = open {
            if end > start && (indent <= above || (!block && line.contains(": "))) {
                open = None;
            } else {
                ranges.push((start, end));
                start += line.len();
                continue;
            }
        }
        match after_secret_word(line) {
            Some("") => open = Some((indent, false)),
            Some(rest) => {
                if rest.starts_with(['|', '>']) {
                    open = Some((indent, true));
                }
                ranges.push((end - rest.len(), end));
            }
            None => {}
        }
        start += line.len();
    }
}

/// What a line holds after a name that ends a word for a secret, when that is a value.
fn after_secret_word(line: &str) -> Option<&str> {
    let folded = line.to_ascii_uppercase().replace('-', "_");
    let mut from = 0;
    while let Some(found) = WORDS
        .iter()
        .filter_map(|word| Some(from + folded[from..].find(word)? + word.len()))
        .min()
    {
        let rest = line[found..]
            .trim_end()
            .trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "_-\"'".contains(c));
        let value = rest.trim_start_matches([' ', '\t', ':', '=']);
        if value.len() < rest.len() && !value.starts_with(['{', '[', '}', ']', ',', '#']) {
            return Some(value);
        }
        from = found;
    }
    None
}

fn gather(node: &Node, key: &str, ranges: &mut Vec<Range>) {
    match &node.value {
        Value::Scalar(scalar) => {
            if looks_secret(key, &scalar.text).is_some() {
                ranges.push(node.range);
            }
        }
        Value::List(items) => items.iter().for_each(|node| gather(node, key, ranges)),
        Value::Map(map) => {
            for (key, (_, node)) in map {
                // Names of secret resources, not secrets.
                if key == "secrets" && matches!(node.value, Value::Map(_)) {
                    gather(node, "", ranges);
                    continue;
                }
                gather(node, key, ranges);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A token of a known form, put together so that no scanner of this repository sees one.
    fn token(parts: &[&str]) -> String {
        parts.concat()
    }

    #[test]
    fn secrets_are_seen() {
        for (name, value) in [
            ("NOTE", token(&["AKIA", "IOSFODNN7EXAMPLE"])),
            ("NOTE", token(&["ghp", "_hunter2"])),
            ("NOTE", token(&["glpat", "-0123456789abcdef"])),
            ("NOTE", token(&["-----BEGIN RSA ", "PRIVATE KEY-----"])),
            ("NOTE", token(&["eyJhbGciOiJI", ".eyJzdWIiOiIx", ".c2ln"])),
            ("DATABASE", token(&["postgres://app:", "hunter2@db/orders"])),
            ("DB", token(&["Server=db;Pass", "word=hunter2;"])),
            ("DB_PASSWORD", "hunter2".to_owned()),
            ("PASSWORD", "12345678".to_owned()),
            ("STRIPE_API_KEY", "abc".to_owned()),
            ("TOKEN_VALUE", token(&["q8Zr2LmX0vB", "n5TyK7wPd3"])),
            ("secret", "hunter2".to_owned()),
        ] {
            assert!(looks_secret(name, &value).is_some(), "{name}");
        }
    }

    #[test]
    fn near_misses_pass() {
        for (name, value) in [
            ("SECRET_NAME", "orders/db"),
            ("TOKEN_URL", "https://login.example.com/oauth2/token"),
            ("PASSWORD_MIN_LENGTH", "12"),
            ("TOKEN_TTL_SECONDS", "3600"),
            ("USE_TOKEN", "true"),
            (
                "DB_SECRET",
                "arn:aws:secretsmanager:eu-west-1:111111111111:secret:db",
            ),
            ("PASSWORD", ""),
            ("GIT_COMMIT", "9fceb02d0ae598e95dc970b74767f19372d61af8"),
            ("KEY_ID", "1b4e28ba-2fa1-11d2-883f-0016d3cca427"),
            ("NOTE", "AKIA is how access keys begin"),
            ("CERTIFICATE", "-----BEGIN CERTIFICATE-----"),
            ("COMPASS", "north"),
            ("DATABASE", "postgres://db.example.com:5432/orders"),
            ("TOKENIZER", "bert-base-uncased"),
        ] {
            assert_eq!(looks_secret(name, value), None, "{name}");
        }
    }

    #[test]
    fn masking_keeps_positions() {
        let token = token(&["ghp", "_hunter2"]);
        let text = format!("a: {token}\nenv: {{ DB_PASSWORD: pässwort, secrets: {{ X: y }} }}\n");
        let map = super::super::SourceMap::build(&text).unwrap();
        let shown = masked(&text, map.root());
        assert_eq!(shown.len(), text.len());
        assert_eq!(shown.lines().count(), text.lines().count());
        assert!(shown.ends_with("DB_PASSWORD: *********, secrets: { X: y } }\n"));
        assert!(!shown.contains("hunter2"));
    }

    #[test]
    fn a_text_that_is_no_tree_is_masked_by_name() {
        for (text, shown) in [
            (
                "a: b\nDB_PASSWORD: hunter2\nc: d\n",
                "a: b\nDB_PASSWORD: *******\nc: d\n",
            ),
            ("  \"api-key\" = hunter2", "  \"api-key\" = *******"),
            (
                "TOKEN: |\n  hunter2\n  two\nc: d",
                "TOKEN: *\n*********\n*****\nc: d",
            ),
            ("TOKEN:\n  hunter2\nc: d", "TOKEN:\n*********\nc: d"),
            ("secrets: { DB: db }", "secrets: { DB: db }"),
            (
                "db: { type: secret, existing: x }",
                "db: { type: secret, existing: x }",
            ),
            ("secrets:\n  DB: db", "secrets:\n  DB: db"),
            ("{ a: b, PWD: x }", "{ a: b, PWD: ***"),
        ] {
            assert_eq!(masked(text, None), shown, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn masking_never_panics(text in "\\PC{0,80}", name in "[A-Z_]{0,20}") {
            proptest::prop_assert_eq!(masked(&text, None).len(), text.len());
            let _ = looks_secret(&name, &text);
        }
    }
}
