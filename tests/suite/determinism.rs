//! The same manifest gives the same bytes on another day and with its mappings in another order.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value};

use crate::example_files;
use crate::fields;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What is generated from a manifest.
fn generated(manifest: &str, environment: &[(&str, &Path)]) -> BTreeMap<PathBuf, String> {
    let folder = tempfile::tempdir().unwrap();
    for example in ["orders", "compact"] {
        example_files::lay_out(example, folder.path());
    }
    std::fs::write(folder.path().join("slgen.yaml"), manifest).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_slgen"))
        .arg("-C")
        .arg(folder.path())
        .arg("generate")
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.path().join("infra")];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                let path = entry.path().strip_prefix(folder.path()).unwrap().to_owned();
                files.insert(path, std::fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    assert!(files.len() > 15);
    files
}

fn example(name: &str) -> String {
    let path = Path::new(ROOT)
        .join("examples")
        .join(name)
        .join("slgen.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    // What is said of a review holds on some days only.
    let lines = text.lines().filter(|line| !line.starts_with("review:"));
    lines.map(|line| format!("{line}\n")).collect()
}

/// Every mapping in another order; lists, whose order says something, as they are.
fn shuffled(value: &Value, seed: &mut u64) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(String, Value)> = map
                .iter()
                .map(|(key, value)| (key.clone(), shuffled(value, seed)))
                .collect();
            for last in (1..entries.len()).rev() {
                // Knuth's linear congruential generator (MMIX).
                *seed = seed
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let other = usize::try_from(*seed >> 33).unwrap() % (last + 1);
                entries.swap(last, other);
            }
            Value::Object(entries.into_iter().collect::<Map<String, Value>>())
        }
        Value::Array(items) => items.iter().map(|item| shuffled(item, seed)).collect(),
        other => other.clone(),
    }
}

#[test]
fn the_order_of_mappings_means_nothing() {
    let wide = fields::yaml(&fields::manifests()[0]);
    let mut plain: Value = serde_yaml::from_str(&wide).unwrap();
    assert!(plain.as_object_mut().unwrap().remove("ci").is_some());
    let plain = fields::yaml(&plain);
    for text in [example("orders"), example("compact"), wide, plain] {
        let manifest: Value = serde_yaml::from_str(&text).unwrap();
        let expected = generated(&fields::yaml(&manifest), &[]);
        assert_eq!(expected, generated(&text, &[]));
        let mut seed = 7;
        for _ in 0..3 {
            let mut other = shuffled(&manifest, &mut seed);
            if manifest.get("ci").is_some() {
                // The order of environments is the order in which a pipeline deploys.
                other["environments"] = manifest["environments"].clone();
            }
            assert_ne!(fields::yaml(&other), fields::yaml(&manifest));
            let files = generated(&fields::yaml(&other), &[]);
            assert_eq!(
                expected.keys().collect::<Vec<_>>(),
                files.keys().collect::<Vec<_>>()
            );
            // The record of checksums last: what differs is better seen in the files themselves.
            let record = |path: &&PathBuf| path.ends_with(".slgen.json");
            let paths = expected.keys().filter(|path| !record(path));
            for path in paths.chain(expected.keys().filter(record)) {
                assert_eq!(expected[path], files[path], "{}", path.display());
            }
        }
    }
}

/// A library that stands before the C library's clock: it is noon on 29 February 2020.
#[cfg(target_os = "linux")]
const CLOCK: &str = "
#include <sys/time.h>
#include <time.h>
#define THEN 1582977600
int clock_gettime(clockid_t id, struct timespec *t) { (void)id; t->tv_sec = THEN; t->tv_nsec = 0; return 0; }
int gettimeofday(struct timeval *t, void *zone) { (void)zone; t->tv_sec = THEN; t->tv_usec = 0; return 0; }
time_t time(time_t *t) { if (t) *t = THEN; return THEN; }
";

#[cfg(target_os = "linux")]
#[test]
fn the_day_means_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("clock.c");
    let library = folder.path().join("clock.so");
    std::fs::write(&source, CLOCK).unwrap();
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .arg(&library)
        .arg(&source)
        .status()
        .expect("cc, with which Rust links: install a C compiler");
    assert!(built.success());
    let day = Command::new("date")
        .args(["-u", "+%F"])
        .env("LD_PRELOAD", &library)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&day.stdout).trim(), "2020-02-29");
    for name in ["orders", "compact"] {
        let then = generated(&example(name), &[("LD_PRELOAD", &library)]);
        assert_eq!(then, generated(&example(name), &[]));
    }
}
