//! The text of a lock file.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use camino::Utf8Path;

use super::faults::{MEND, faults};
use super::{Lock, Placed};
use crate::diagnostic::Diagnostic;
use crate::manifest::read_placed;

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

/// The text of a lock file: every entry, and every hash, on a line of its own, sorted.
pub fn render(lock: &Lock) -> String {
    let mut lock = lock.clone();
    lock.blueprints.sort();
    lock.providers.sort();
    let mut text = format!("{{\n  \"version\": {},\n", lock.version);
    let blueprints = lock.blueprints.iter().map(|blueprint| {
        let further = [("commit", &blueprint.commit), ("digest", &blueprint.digest)];
        let further = further
            .into_iter()
            .filter_map(|(key, value)| Some(format!(", \"{key}\": {}", quoted(value.as_deref()?))));
        format!(
            "{{ \"source\": {}, \"version\": {}, \"sha256\": {}{} }}",
            quoted(&blueprint.source),
            quoted(&blueprint.version),
            quoted(&blueprint.sha256),
            further.collect::<String>()
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
    further(&mut text, &mut lock);
    text.push_str("\n}\n");
    text
}

/// Lists that are not there when they are empty.
fn further(text: &mut String, lock: &mut Lock) {
    lock.images.sort();
    lock.actions.sort();
    lock.tools.sort();
    let images = lock.images.iter().map(|image| {
        format!(
            "{{ \"image\": {}, \"digest\": {}, \"platforms\": {} }}",
            quoted(&image.image),
            quoted(&image.digest),
            map(&image.platforms)
        )
    });
    let actions = lock.actions.iter().map(|action| {
        format!(
            "{{ \"action\": {}, \"version\": {}, \"commit\": {} }}",
            quoted(&action.action),
            quoted(&action.version),
            quoted(&action.commit)
        )
    });
    let tools = lock.tools.iter().map(|tool| {
        format!(
            "{{ \"tool\": {}, \"version\": {}, \"sha256\": {} }}",
            quoted(&tool.tool),
            quoted(&tool.version),
            map(&tool.sha256)
        )
    });
    let lists: [(&str, Vec<String>); 3] = [
        ("images", images.collect()),
        ("actions", actions.collect()),
        ("tools", tools.collect()),
    ];
    for (name, entries) in lists {
        if !entries.is_empty() {
            text.push_str(",\n");
            list(text, name, entries.into_iter());
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn map(entries: &BTreeMap<String, String>) -> String {
    if entries.is_empty() {
        return "{}".to_owned();
    }
    let entries = entries
        .iter()
        .map(|(key, value)| format!("{}: {}", quoted(key), quoted(value)));
    format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
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
    use crate::pin::{
        PinnedAction, PinnedBlueprint, PinnedImage, PinnedProvider, PinnedTool, VERSION,
    };

    fn text() -> String {
        render(&lock())
    }

    /// Everything that a lock file may hold.
    fn whole() -> Lock {
        let digest = |byte: &str| format!("sha256:{}", byte.repeat(32));
        Lock {
            images: vec![PinnedImage {
                image: "public.ecr.aws/lambda/python:3.13".to_owned(),
                digest: digest("2c"),
                platforms: BTreeMap::from([
                    ("linux/amd64".to_owned(), digest("3d")),
                    ("linux/arm64".to_owned(), digest("4e")),
                ]),
            }],
            actions: vec![PinnedAction {
                action: "actions/checkout".to_owned(),
                version: "v7.0.1".to_owned(),
                commit: "5f".repeat(20),
            }],
            tools: vec![PinnedTool {
                tool: "osv-scanner".to_owned(),
                version: "2.3.1".to_owned(),
                sha256: BTreeMap::from([("linux_amd64".to_owned(), "6a".repeat(32))]),
            }],
            ..lock()
        }
    }

    fn lock() -> Lock {
        Lock {
            version: 1,
            blueprints: vec![PinnedBlueprint {
                source: "builtin:aws-baseline".to_owned(),
                version: "1.0.0".to_owned(),
                sha256: "0a".repeat(32),
                commit: None,
                digest: None,
            }],
            providers: vec![PinnedProvider {
                source: "hashicorp/aws".to_owned(),
                version: "5.100.0".to_owned(),
                hashes: vec![
                    format!("zh:{}", "1b".repeat(32)),
                    format!("h1:{}=", "Ab+/".repeat(11).split_at(43).0),
                ],
            }],
            images: Vec::new(),
            actions: Vec::new(),
            tools: Vec::new(),
        }
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
    fn further_lists_have_a_line_for_each_entry() {
        let text = render(&whole());
        assert!(text.starts_with(self::text().trim_end_matches("\n}\n")));
        assert_eq!(text.lines().count(), 12 + 9, "{text}");
        assert_eq!(
            render(&parse("slgen.lock".into(), &text).unwrap().lock),
            text
        );
    }

    #[test]
    fn a_fault_of_a_further_list_has_its_place() {
        for (from, to, line, message) in [
            ("python:3.13", "python", 13, "with its tag"),
            ("python:3.13", "python:3.13\\u001b[31m", 13, "tag is up to"),
            (
                "lambda/python",
                "Lambda/python",
                13,
                "repository is lower-case",
            ),
            ("\"sha256:2c", "\"sha256:2C", 13, "digest is sha256:"),
            ("\"sha256:3d", "\"md5:3d", 13, "digest is sha256:"),
            ("\"linux/amd64\"", "\"amd64\"", 13, "os/architecture"),
            ("\"digest\"", "\"digset\"", 13, "unknown key `digset`"),
            (
                "actions/checkout",
                "actions/checkout/../x",
                16,
                "owner/name",
            ),
            ("actions/checkout", "${{ x }}/checkout", 16, "owner/name"),
            ("v7.0.1", "v7\\n", 16, "a version is"),
            ("5f5f\"", "5f\"", 16, "40 hexadecimal"),
            ("osv-scanner", "osv scanner", 19, "tool's name"),
            ("2.3.1", "$(id)", 19, "a version is"),
            ("6a6a\"", "6a6A\"", 19, "64 hexadecimal"),
            ("linux_amd64", "linux/amd64", 19, "os_architecture"),
        ] {
            let text = render(&whole());
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from}");
            let faults = parse("slgen.lock".into(), &changed).unwrap_err();
            let fault = &faults[0];
            assert_eq!(fault.code, "SLG-LOCK-001");
            assert!(fault.message.contains(message), "{from}: {fault:?}");
            let start = fault.span.as_ref().unwrap().start;
            let at = crate::diagnostic::position(&changed, start);
            assert_eq!(at.0, line, "{from}: {fault:?}");
        }
        let mut lock = whole();
        lock.tools[0].sha256.clear();
        lock.images.push(lock.images[0].clone());
        lock.actions.push(lock.actions[0].clone());
        let faults = parse("slgen.lock".into(), &render(&lock)).unwrap_err();
        let messages: Vec<&str> = faults.iter().map(|f| f.message.as_str()).collect();
        assert_eq!(messages.len(), 3, "{messages:?}");
        assert!(messages[0].contains("python:3.13 stands here twice"));
        assert!(messages[1].contains("actions/checkout stands here twice"));
        assert!(messages[2].contains("any file"));
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
            blueprints in proptest::collection::btree_map(
                "\\PC{1,30}",
                (
                    "\\PC{1,12}",
                    "[0-9a-f]{64}",
                    proptest::option::of("[0-9a-f]{40}"),
                    proptest::option::of("sha256:[0-9a-f]{64}"),
                ),
                0..4,
            ),
            providers in proptest::collection::btree_map(
                "[a-z]{1,9}/[a-z]{1,9}",
                ("[0-9]{1,3}\\.[0-9]\\.[0-9]", proptest::collection::btree_set("(zh:[0-9a-f]{64}|h1:[A-Za-z0-9+/]{43}=)", 1..5)),
                0..3,
            ),
            images in proptest::collection::btree_map(
                "[a-z]{1,9}(/[a-z]{1,9})?:[0-9.]{1,4}[0-9a-z-]{0,4}".prop_filter("tag", |t| !t.contains(":.")),
                (
                    "sha256:[0-9a-f]{64}",
                    proptest::collection::btree_map("linux/[a-z0-9]{1,6}(/v[0-9])?", "sha256:[0-9a-f]{64}", 0..3),
                ),
                0..3,
            ),
            actions in proptest::collection::btree_map("[a-z]{1,9}/[a-z]{1,9}", ("v[0-9]{1,3}(\\.[0-9]){0,2}", "[0-9a-f]{40}"), 0..3),
            tools in proptest::collection::btree_map(
                "[a-z][a-z-]{0,9}",
                ("[0-9]{1,3}\\.[0-9]", proptest::collection::btree_map("[a-z]{1,7}_[a-z0-9]{1,5}", "[0-9a-f]{64}", 1..3)),
                0..3,
            ),
        ) {
            let lock = Lock {
                version: VERSION,
                blueprints: blueprints
                    .into_iter()
                    .map(|(source, (version, sha256, commit, digest))| PinnedBlueprint {
                        source,
                        version,
                        sha256,
                        commit,
                        digest,
                    })
                    .collect(),
                providers: providers
                    .into_iter()
                    .map(|(source, (version, hashes))| PinnedProvider {
                        source,
                        version,
                        hashes: hashes.into_iter().collect(),
                    })
                    .collect(),
                images: images
                    .into_iter()
                    .map(|(image, (digest, platforms))| PinnedImage { image, digest, platforms })
                    .collect(),
                actions: actions
                    .into_iter()
                    .map(|(action, (version, commit))| PinnedAction { action, version, commit })
                    .collect(),
                tools: tools
                    .into_iter()
                    .map(|(tool, (version, sha256))| PinnedTool { tool, version, sha256 })
                    .collect(),
            };
            let text = render(&lock);
            let read = parse("slgen.lock".into(), &text);
            prop_assert_eq!(read.map(|placed| placed.lock), Ok(lock));
        }

        #[test]
        fn damage_never_panics(at in 0_usize..1500, length in 0_usize..20, junk in "[ -~\\n]{0,8}") {
            let mut text: Vec<char> = render(&whole()).chars().collect();
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
