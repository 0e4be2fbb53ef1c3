//! Editing manifests: only the lines of what is added or removed change.

use camino::Utf8Path;
use proptest::prelude::*;
use serde_json::{Value, json};
use slgen::edit;
use slgen::manifest;

/// The manifests of tests/edit, by name.
fn manifests() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/edit");
    let mut found: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    found.sort();
    found
}

/// What a text says, by a reader that is not ours.
fn value(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// What a person may want to add.
fn additions(text: &str) -> Vec<(String, Value)> {
    let said = value(text);
    let function = said["functions"]
        .as_object()
        .unwrap()
        .keys()
        .next()
        .unwrap();
    let large = json!({
        "source": "src/new", "description": "yes: it's \"new\" # really",
        "triggers": [
            { "http": "GET /new/{id}", "scopes": ["new.read"] },
            { "queue": "jobs", "batch": 10, "schema": "schemas/job.json" },
        ],
        "access": [{ "to": "notes", "allow": ["GetItem", "read"] }],
        "env": { "NO": "no", "NUMBER": "0123", "EMPTY": "" },
        "network": { "vpc": true, "egress": ["aws.sqs"] },
    });
    [
        ("/functions/new", large),
        ("/functions/new", json!({ "source": "src/new" })),
        ("/resources/new", json!({ "type": "s3_bucket" })),
        (
            "/resources/new",
            json!({ "type": "dynamodb_table", "partition_key": { "name": "id", "type": "S" } }),
        ),
        ("/environments/new", json!({ "account": "012345678901", "region": "eu-west-1" })),
        (
            "/exceptions/-",
            json!({ "rule": "SLG-PKG-003", "scope": "service", "reason": "no", "owner": "a@example.com", "expires": "2099-12-31" }),
        ),
        ("/functions/F/access/-", json!({ "to": "notes", "allow": ["GetItem"] })),
        ("/functions/F/access/0/allow/-", json!("PutItem")),
        ("/functions/F/triggers/-", json!({ "schedule": "cron(0 3 * * ? *)" })),
        ("/functions/F/env/NEW", json!("2027-01-01")),
        ("/functions/F/secrets/NEW", json!("key")),
        ("/tags/new", json!("1e3")),
    ]
    .into_iter()
    .map(|(pointer, value)| (pointer.replace("/F/", &format!("/{}/", manifest::escape(function))), value))
    .collect()
}

/// Every entry that could be removed.
fn entries(value: &Value, pointer: &str, found: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (manifest::escape(key), value))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, value)| (index.to_string(), value))
            .collect(),
        _ => Vec::new(),
    };
    for (segment, child) in children {
        let pointer = format!("{pointer}/{segment}");
        entries(child, &pointer, found);
        found.push(pointer);
    }
}

/// The lines at the start and end that two texts share, taken away.
fn middle<'a>(a: &'a str, b: &'a str) -> (Vec<&'a str>, Vec<&'a str>) {
    let mut a: Vec<&str> = a.split('\n').collect();
    let mut b: Vec<&str> = b.split('\n').collect();
    while !a.is_empty() && a.last() == b.last() {
        a.pop();
        b.pop();
    }
    let same = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    (a.split_off(same), b.split_off(same))
}

/// Adds, looks at what changed, and removes again.
fn there_and_back(name: &str, text: &str, pointer: &str, new: &Value) {
    let added = edit::add(text, pointer, new)
        .unwrap_or_else(|refused| panic!("{name} {pointer}: {refused}\n{text}"));
    let mut expected = value(text);
    merge(&mut expected, pointer, new);
    assert_eq!(
        value(&added.text),
        expected,
        "{name} {pointer}\n{}",
        added.text
    );
    // One line may be lengthened: by a comma, or since all is on it.
    let (old, _) = middle(text, &added.text);
    assert!(old.len() <= 1, "{name} {pointer}\n{}", added.text);
    let ends = text.matches("\r\n").count();
    if ends > 0 {
        assert_eq!(
            added.text.matches('\n').count(),
            added.text.matches("\r\n").count(),
            "{name} {pointer}"
        );
    }
    assert_eq!(
        text.ends_with('\n'),
        added.text.ends_with('\n'),
        "{name} {pointer}"
    );
    let back = edit::remove(&added.text, &added.pointer)
        .unwrap_or_else(|refused| panic!("{name} {pointer}: {refused}\n{}", added.text));
    assert_eq!(back, text, "{name} {pointer}\n{}", added.text);
}

/// Adds to a value.
fn merge(to: &mut Value, pointer: &str, new: &Value) {
    let mut to = to;
    for segment in pointer.split('/').skip(1) {
        let segment = segment.replace("~1", "/").replace("~0", "~");
        to = if segment == "-" {
            if to.is_null() {
                *to = json!([]);
            }
            let items = to.as_array_mut().unwrap();
            items.push(Value::Null);
            items.last_mut().unwrap()
        } else if to.is_array() {
            &mut to[segment.parse::<usize>().unwrap()]
        } else {
            &mut to[segment]
        };
    }
    *to = new.clone();
}

#[test]
fn there_are_twenty_styles_and_all_are_manifests() {
    let all = manifests();
    assert_eq!(all.len(), 20);
    for (name, text) in all {
        let loaded = manifest::parse(Utf8Path::new(&name), &text);
        let faults = loaded.map_err(|faults| format!("{name}: {faults:#?}"));
        faults.unwrap_or_else(|faults| panic!("{faults}"));
    }
}

#[test]
fn what_is_added_can_be_removed_to_the_same_bytes() {
    let mut count = 0;
    for (name, text) in manifests() {
        for (pointer, new) in additions(&text) {
            if pointer.contains("/access/0/")
                && value(&text).pointer(&pointer.replace("/-", "")).is_none()
            {
                continue;
            }
            there_and_back(&name, &text, &pointer, &new);
            count += 1;
        }
    }
    assert!(count > 220, "{count}");
}

#[test]
fn several_additions_are_removed_one_by_one() {
    for (name, text) in manifests() {
        let mut texts = vec![(text.clone(), String::new())];
        for (index, (pointer, new)) in additions(&text).into_iter().enumerate() {
            let pointer = pointer.replace("/new", &format!("/new-{index}"));
            let pointer = pointer.replace("/NEW", &format!("/NEW{index}"));
            let current = &texts.last().unwrap().0;
            if pointer.contains("/access/0/") {
                continue;
            }
            let added = edit::add(current, &pointer, &new)
                .unwrap_or_else(|refused| panic!("{name} {pointer}: {refused}\n{current}"));
            texts.push((added.text, added.pointer));
        }
        while let Some((with, pointer)) = texts.pop() {
            let Some((without, _)) = texts.last() else {
                break;
            };
            let back = edit::remove(&with, &pointer).unwrap();
            assert_eq!(&back, without, "{name} {pointer}");
        }
    }
}

#[test]
fn removing_takes_the_lines_of_the_item_and_no_others() {
    let (mut done, mut refused) = (0, 0);
    for (name, text) in manifests() {
        let mut pointers = Vec::new();
        entries(&value(&text), "", &mut pointers);
        for pointer in pointers {
            let Ok(less) = edit::remove(&text, &pointer) else {
                refused += 1;
                continue;
            };
            done += 1;
            let (old, new) = middle(&text, &less);
            assert!(new.len() <= 1, "{name} {pointer}\n{less}");
            // A comment of its own line goes only with what it stands in, which is indented less.
            for line in old.iter().filter(|line| line.trim_start().starts_with('#')) {
                let indent = |line: &str| line.len() - line.trim_start().len();
                let first = old.iter().find(|line| !line.trim().is_empty()).unwrap();
                assert!(
                    indent(line) > indent(first) || text.contains("|\n"),
                    "{name} {pointer}: {line}"
                );
            }
            let mut expected = value(&text);
            let mut gone = pointer.as_str();
            // A block collection without entries goes as a whole.
            while take(&mut expected.clone(), gone) != value(&less) {
                gone = gone.rsplit_once('/').unwrap().0;
                assert!(!gone.is_empty(), "{name} {pointer}\n{less}");
            }
            take(&mut expected, gone);
        }
    }
    assert!(done > 500 && refused < 25, "{done} done, {refused} refused");
}

/// Takes an entry out of a value.
fn take(from: &mut Value, pointer: &str) -> Value {
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    let last = last.replace("~1", "/").replace("~0", "~");
    match from.pointer_mut(parent).unwrap() {
        Value::Object(map) => {
            map.shift_remove(&last);
        }
        Value::Array(items) => {
            items.remove(last.parse().unwrap());
        }
        _ => panic!("{pointer}"),
    }
    from.clone()
}

/// How a generated text is laid out; each choice takes the next byte.
struct Dice<'a> {
    bytes: std::iter::Cycle<std::slice::Iter<'a, u8>>,
    newline: &'static str,
    step: usize,
}

impl Dice<'_> {
    fn roll(&mut self, sides: u8) -> u8 {
        self.bytes.next().copied().unwrap_or_default() % sides
    }

    fn comment(&mut self, out: &mut String) {
        if self.roll(5) == 0 {
            out.push_str("   # a note, [not] {a: value}");
        }
    }

    fn between(&mut self, column: usize, out: &mut String) {
        match self.roll(8) {
            0 => out.push_str(self.newline),
            1 => {
                out.push_str(&" ".repeat(column));
                out.push_str("# a line - of: its own");
                out.push_str(self.newline);
            }
            _ => {}
        }
    }

    fn scalar(&mut self, value: &Value) -> String {
        match value {
            Value::String(text) => match self.roll(3) {
                0 => format!("'{text}'"),
                1 => format!("\"{text}\""),
                _ => text.clone(),
            },
            other => other.to_string(),
        }
    }

    fn flow(&mut self, value: &Value) -> String {
        let space = if self.roll(2) == 0 { " " } else { "" };
        let comma = if self.roll(4) == 0 { "," } else { "" };
        match value {
            Value::Array(items) if items.is_empty() => "[]".to_owned(),
            Value::Object(map) if map.is_empty() => "{}".to_owned(),
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(|item| self.flow(item)).collect();
                format!("[{space}{}{comma}{space}]", items.join(", "))
            }
            Value::Object(map) => {
                let entries: Vec<String> = map
                    .iter()
                    .map(|(k, v)| format!("{k}: {}", self.flow(v)))
                    .collect();
                format!("{{{space}{}{comma}{space}}}", entries.join(", "))
            }
            single => self.scalar(single),
        }
    }

    fn block(&mut self, value: &Value, column: usize, out: &mut String) {
        let indent = " ".repeat(column);
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    self.between(column, out);
                    out.push_str(&format!("{indent}{key}:"));
                    self.below(value, column, out);
                }
            }
            Value::Array(items) => {
                for item in items {
                    self.between(column, out);
                    let line = self.flow(item);
                    out.push_str(&format!("{indent}- {line}"));
                    self.comment(out);
                    out.push_str(self.newline);
                }
            }
            _ => unreachable!("only collections are blocks"),
        }
    }

    fn below(&mut self, value: &Value, column: usize, out: &mut String) {
        let empty = value.as_array().is_some_and(Vec::is_empty)
            || value.as_object().is_some_and(serde_json::Map::is_empty);
        let block = (value.is_object() || value.is_array()) && !empty && self.roll(3) > 0;
        if block {
            self.comment(out);
            out.push_str(self.newline);
            let step = if value.is_array() && self.roll(2) == 0 {
                0
            } else {
                self.step
            };
            self.block(value, column + step, out);
        } else {
            out.push(' ');
            let line = self.flow(value);
            out.push_str(&line);
            self.comment(out);
            out.push_str(self.newline);
        }
    }
}

/// Manifest-like values of words that need no quotes.
fn functions() -> impl Strategy<Value = Value> {
    let word = "[a-z][a-z]{2,6}x";
    let access = prop::collection::vec(
        (word, prop::collection::vec(word, 1..3))
            .prop_map(|(to, allow)| json!({ "to": to, "allow": allow })),
        0..3,
    );
    let function = (
        word,
        access,
        prop::collection::btree_map(word, word, 0..3),
        any::<bool>(),
    )
        .prop_map(|(source, access, env, some)| {
            let mut function = json!({ "source": source, "access": access, "memory": 256 });
            if some {
                function["env"] = json!(env);
            }
            function
        });
    prop::collection::btree_map(word, function, 1..4).prop_map(|map| json!(map))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn generated_manifests_there_and_back(
        functions in functions(),
        dice in prop::collection::vec(any::<u8>(), 16..64),
        crlf in any::<bool>(),
        last in any::<bool>(),
        step in 1_usize..5,
    ) {
        let said = json!({ "version": 1, "service": "notes", "functions": functions, "exceptions": [] });
        let newline = if crlf { "\r\n" } else { "\n" };
        let mut dice = Dice { bytes: dice.iter().cycle(), newline, step };
        let mut text = String::new();
        dice.block(&said, 0, &mut text);
        if last {
            text.truncate(text.trim_end().len());
        }
        prop_assert_eq!(value(&text), said.clone());
        for (pointer, new) in additions(&text) {
            if pointer.contains("/access/0/") && said.pointer(&pointer.replace("/-", "")).is_none() {
                continue;
            }
            there_and_back("generated", &text, &pointer, &new);
        }
        let mut pointers = Vec::new();
        entries(&said, "", &mut pointers);
        for pointer in pointers {
            if let Ok(less) = edit::remove(&text, &pointer) {
                let (_, new) = middle(&text, &less);
                prop_assert!(new.len() <= 1, "{}\n{}\n---\n{}", pointer, text, less);
            }
        }
    }
}
