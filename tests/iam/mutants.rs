//! `mutants.json`, which `scripts/mutate-access` makes of the decision: each still stands in the code.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

#[test]
fn each_mutant_changes_one_place() {
    let mutants: Vec<Value> = serde_json::from_str(include_str!("mutants.json")).unwrap();
    let mut names = BTreeSet::new();
    for mutant in &mutants {
        let text = |key: &str| mutant[key].as_str().unwrap();
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(text("file"));
        let code = std::fs::read_to_string(file).unwrap();
        let (name, from) = (text("name"), text("from"));
        assert_eq!(code.matches(from).count(), 1, "{name}: {from}");
        assert_ne!(from, text("to"), "{name}");
        assert!(names.insert(name), "{name} twice");
    }
    assert!(names.len() >= 5);
}
