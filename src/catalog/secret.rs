//! What looks like a secret: tokens of known form, and values of variables named like secrets.

use std::sync::LazyLock;

use regex_lite::Regex;

/// Byte range in a text.
pub type Range = (usize, usize);

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
        let mut found = Vec::new();
        if !self.needles.iter().any(|needle| text.contains(needle)) {
            return found;
        }
        // No form goes on over the end of a line.
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            if self.needles.iter().any(|needle| line.contains(needle))
                && let Some(pattern) = &*self.pattern
            {
                let places = pattern.find_iter(line);
                found.extend(places.map(|place| (start + place.start(), start + place.end())));
            }
            start += line.len();
        }
        found
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
pub const WORDS: [&str; 14] = [
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

/// Byte ranges of every token of known form; a private key goes on to where its block ends.
pub fn tokens(text: &str) -> Vec<Range> {
    let mut ranges = Vec::new();
    for form in &FORMS {
        for (start, end) in form.find_all(text) {
            let end = if form.what == PRIVATE_KEY {
                text[end..].find("-----END").map_or(text.len(), |n| end + n)
            } else {
                end
            };
            ranges.push((start, end));
        }
    }
    ranges
}

/// The needles of all forms, by their first byte.
static NEEDLES: LazyLock<[Vec<&[u8]>; 256]> = LazyLock::new(|| {
    let all = || FORMS.iter().flat_map(|form| form.needles);
    let all = || all().map(|needle| needle.as_bytes());
    std::array::from_fn(|first| {
        let begins = |needle: &&[u8]| needle.first().is_some_and(|b| usize::from(*b) == first);
        all().filter(begins).collect()
    })
});

/// Whether a needle of some form stands in a text. Most have none: that is found out in one pass.
fn has_needle(text: &str) -> bool {
    let text = text.as_bytes();
    text.iter().enumerate().any(|(at, byte)| {
        let needles = &NEEDLES[usize::from(*byte)];
        needles.iter().any(|needle| text[at..].starts_with(needle))
    })
}

/// The kind of token that a text holds, when it has a known form.
pub fn known_form(text: &str) -> Option<&'static str> {
    if !has_needle(text) {
        return None;
    }
    FORMS
        .iter()
        .find(|form| !form.find_all(text).is_empty())
        .map(|form| form.what)
}

/// Why a variable's value looks like a secret; `None` when it does not.
pub fn looks_secret(name: &str, value: &str) -> Option<&'static str> {
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
    (is_random(value) && WORDS.iter().any(|word| name.contains(word)))
        .then_some("by its name and its randomness")
}

/// Values that are no secret under any name: references, switches, addresses without credentials.
fn is_harmless(value: &str) -> bool {
    let value = value.trim();
    value.is_empty()
        || value.starts_with("arn:")
        || ["true", "false", "null", "none"]
            .iter()
            .any(|word| value.eq_ignore_ascii_case(word))
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
}
