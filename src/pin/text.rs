//! The text of a lock file.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use camino::Utf8Path;

use super::{Lock, Placed, VERSION, hex};
use crate::diagnostic::Diagnostic;
use crate::manifest::read_placed;

/// What to do about a file that cannot be read.
pub(super) const MEND: &str = "mend it, or remove it and run `slgen pin`";

/// Reads the text of a lock file.
///
/// # Errors
/// Every fault, each with its place.
pub fn parse(file: &Utf8Path, text: &str) -> Result<Placed, Vec<Diagnostic>> {
    let (lock, map) = read_placed::<Lock>(file, text).map_err(|faults| {
        let faults = faults.into_iter();
        faults
            .map(|fault| Diagnostic {
                code: "SLG-LOCK-001".to_owned(),
                help: Some(MEND.to_owned()),
                ..fault
            })
            .collect::<Vec<_>>()
    })?;
    let placed = Placed {
        lock,
        file: file.to_owned(),
        text: text.to_owned(),
        map,
    };
    let faults = faults(&placed);
    if faults.is_empty() {
        Ok(placed)
    } else {
        Err(faults)
    }
}

/// What the types cannot say.
fn faults(placed: &Placed) -> Vec<Diagnostic> {
    let lock = &placed.lock;
    if lock.version != VERSION {
        // The rest may have another meaning.
        return vec![Diagnostic {
            code: "SLG-LOCK-001".to_owned(),
            ..placed.error(
                "/version",
                format!("this slgen reads version {VERSION} of the lock file"),
                "update slgen, or remove the file and run `slgen pin`",
            )
        }];
    }
    let mut found: Vec<(String, String)> = Vec::new();
    let mut sources = BTreeSet::new();
    for (index, blueprint) in lock.blueprints.iter().enumerate() {
        let at = format!("/blueprints/{index}");
        if !sources.insert(&blueprint.source) {
            found.push((
                format!("{at}/source"),
                format!("{} stands here twice", blueprint.source),
            ));
        }
        if !hex(&blueprint.sha256) {
            found.push((
                format!("{at}/sha256"),
                "a SHA-256 is 64 hexadecimal digits in lower case".to_owned(),
            ));
        }
    }
    let mut sources = BTreeSet::new();
    for (index, provider) in lock.providers.iter().enumerate() {
        let at = format!("/providers/{index}");
        if !sources.insert(&provider.source) {
            found.push((
                format!("{at}/source"),
                format!("{} stands here twice", provider.source),
            ));
        }
        if provider.hashes.is_empty() {
            found.push((
                format!("{at}/hashes"),
                "without a hash Terraform takes any package".to_owned(),
            ));
        }
        for (number, hash) in provider.hashes.iter().enumerate() {
            if !is_hash(hash) {
                found.push((
                    format!("{at}/hashes/{number}"),
                    "a hash is h1: with 44 characters of Base64, or zh: with 64 hexadecimal digits"
                        .to_owned(),
                ));
            }
        }
    }
    let found = found.into_iter();
    found
        .map(|(pointer, message)| Diagnostic {
            code: "SLG-LOCK-001".to_owned(),
            ..placed.error(&pointer, message, MEND)
        })
        .collect()
}

/// Terraform's forms: `h1:`, a SHA-256 in Base64; `zh:`, one in hexadecimal (Terraform documentation, "Dependency
/// Lock File").
fn is_hash(text: &str) -> bool {
    let base64 = |text: &str| {
        text.len() == 44
            && text.strip_suffix('=').is_some_and(|digits| {
                digits
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
            })
    };
    text.strip_prefix("zh:").is_some_and(hex) || text.strip_prefix("h1:").is_some_and(base64)
}

/// The text of a lock file: every entry, and every hash, on a line of its own, sorted.
pub fn render(lock: &Lock) -> String {
    let mut lock = lock.clone();
    lock.blueprints.sort();
    lock.providers.sort();
    let mut text = format!("{{\n  \"version\": {},\n", lock.version);
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let blueprints = lock.blueprints.iter().map(|blueprint| {
        format!(
            "{{ \"source\": {}, \"version\": {}, \"sha256\": {} }}",
            quoted(&blueprint.source),
            quoted(&blueprint.version),
            quoted(&blueprint.sha256)
        )
    });
    list(&mut text, "blueprints", blueprints);
    text.push_str(",\n");
    let providers = lock.providers.iter_mut().map(|provider| {
        provider.hashes.sort();
        provider.hashes.dedup();
        let hashes: Vec<String> = provider
            .hashes
            .iter()
            .map(|hash| format!("\n      {}", quoted(hash)))
            .collect();
        format!(
            "{{ \"source\": {}, \"version\": {}, \"hashes\": [{}\n    ] }}",
            quoted(&provider.source),
            quoted(&provider.version),
            hashes.join(",")
        )
    });
    list(&mut text, "providers", providers);
    text.push_str("\n}\n");
    text
}

fn list(text: &mut String, name: &str, entries: impl Iterator<Item = String>) {
    let entries: Vec<String> = entries.map(|entry| format!("\n    {entry}")).collect();
    let end = if entries.is_empty() { "" } else { "\n  " };
    // Writing to a string cannot fail.
    let _ = write!(text, "  \"{name}\": [{}{end}]", entries.join(","));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pin::{PinnedBlueprint, PinnedProvider};

    fn text() -> String {
        render(&Lock {
            version: 1,
            blueprints: vec![PinnedBlueprint {
                source: "builtin:aws-baseline".to_owned(),
                version: "1.0.0".to_owned(),
                sha256: "0a".repeat(32),
            }],
            providers: vec![PinnedProvider {
                source: "hashicorp/aws".to_owned(),
                version: "5.100.0".to_owned(),
                hashes: vec![
                    format!("zh:{}", "1b".repeat(32)),
                    format!("h1:{}=", "Ab+/".repeat(11).split_at(43).0),
                ],
            }],
        })
    }

    #[test]
    fn it_is_json_with_a_line_for_each_entry() {
        let text = text();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["providers"][0]["version"], "5.100.0");
        assert_eq!(text.lines().count(), 12, "{text}");
        assert!(text.find("\"h1:").unwrap() < text.find("\"zh:").unwrap());
        assert_eq!(
            render(&parse("slgen.lock".into(), &text).unwrap().lock),
            text
        );
    }

    #[test]
    fn a_fault_has_its_place() {
        for (from, to, line, message) in [
            ("\"version\": 1,", "\"version\": 2,", 2, "reads version 1"),
            ("\"sha256\"", "\"sha265\"", 4, "unknown key `sha265`"),
            ("0a0a\"", "0A0A\"", 4, "64 hexadecimal"),
            ("0a0a\"", "0a\"", 4, "64 hexadecimal"),
            ("\"h1:Ab", "\"h1:${", 8, "a hash is h1:"),
            ("\"zh:1b", "\"zh:1\\\"", 9, "a hash is h1:"),
            ("\"zh:", "\"h1:", 9, "a hash is h1:"),
            (
                "[\n    { \"source\": \"b",
                "[[\n    { \"source\": \"b",
                13,
                "not YAML",
            ),
            ("<<<<", "", 0, ""),
        ] {
            let text = text();
            if to.is_empty() {
                // What a merge leaves behind.
                let text = text.replacen("  \"providers\"", "<<<<<<< HEAD\n  \"providers\"", 1);
                assert!(parse("slgen.lock".into(), &text).is_err());
                continue;
            }
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from}");
            let faults = parse("slgen.lock".into(), &changed).unwrap_err();
            let fault = &faults[0];
            assert_eq!(fault.code, "SLG-LOCK-001");
            assert!(fault.message.contains(message), "{from}: {fault:?}");
            assert!(fault.help.is_some());
            let start = fault.span.as_ref().unwrap().start;
            let at = crate::diagnostic::position(&changed, start);
            assert_eq!(at.0, line, "{from}: {fault:?}");
        }
    }

    #[test]
    fn no_entry_stands_twice_and_none_is_without_hashes() {
        let text = text();
        let entry = text.lines().nth(3).unwrap();
        let twice = text.replacen(entry, &format!("{entry},\n{entry}"), 1);
        let faults = parse("slgen.lock".into(), &twice).unwrap_err();
        assert!(faults[0].message.contains("twice"), "{faults:?}");
        let mut lock = parse("slgen.lock".into(), &text).unwrap().lock;
        lock.providers[0].hashes.clear();
        let faults = parse("slgen.lock".into(), &render(&lock)).unwrap_err();
        assert!(faults[0].message.contains("any package"), "{faults:?}");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            blueprints in proptest::collection::btree_map("\\PC{1,30}", ("\\PC{1,12}", "[0-9a-f]{64}"), 0..4),
            providers in proptest::collection::btree_map(
                "[a-z]{1,9}/[a-z]{1,9}",
                ("[0-9]{1,3}\\.[0-9]\\.[0-9]", proptest::collection::btree_set("(zh:[0-9a-f]{64}|h1:[A-Za-z0-9+/]{43}=)", 1..5)),
                0..3,
            ),
        ) {
            let lock = Lock {
                version: VERSION,
                blueprints: blueprints
                    .into_iter()
                    .map(|(source, (version, sha256))| PinnedBlueprint { source, version, sha256 })
                    .collect(),
                providers: providers
                    .into_iter()
                    .map(|(source, (version, hashes))| PinnedProvider {
                        source,
                        version,
                        hashes: hashes.into_iter().collect(),
                    })
                    .collect(),
            };
            let text = render(&lock);
            let read = parse("slgen.lock".into(), &text);
            prop_assert_eq!(read.map(|placed| placed.lock), Ok(lock));
        }

        #[test]
        fn damage_never_panics(at in 0_usize..600, length in 0_usize..20, junk in "[ -~\\n]{0,8}") {
            let mut text: Vec<char> = text().chars().collect();
            let at = at.min(text.len());
            let end = (at + length).min(text.len());
            text.splice(at..end, junk.chars());
            let text: String = text.into_iter().collect();
            if let Err(faults) = parse("slgen.lock".into(), &text) {
                prop_assert!(faults.iter().all(|f| f.span.is_some() && f.help.is_some()));
            }
        }
    }
}
