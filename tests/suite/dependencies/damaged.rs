//! Damaged lockfiles: no reader panics, and every place lies in the text.

use proptest::prelude::*;
use slgen::dependencies::FAMILIES;

use super::{DATA, FORMATS};

fn seeds() -> Vec<(String, String, String)> {
    let seeds = FORMATS.into_iter().map(|(of, lock, manifest)| {
        let read = |name: &str| std::fs::read_to_string(format!("{DATA}/{of}/{name}")).unwrap();
        (lock.to_owned(), read(lock), read(manifest))
    });
    seeds.collect()
}

/// Reads a text as every format does.
fn read(lock: &str, text: &str, manifest: &str) {
    for family in FAMILIES {
        let declared = (family.declared)(manifest);
        for format in family.formats.iter().filter(|format| format.file == lock) {
            let mut summed = declared.clone();
            summed.sums = Some(text.to_owned());
            for declared in [None, Some(&declared), Some(&summed)] {
                let read = (format.read)(text, declared);
                for package in &read.packages {
                    let (start, end) = package.range;
                    assert!(text.get(start..end).is_some(), "{lock}: {start}..{end}");
                    assert!(package.requires.iter().all(|to| *to < read.packages.len()));
                    let _ = package.purl();
                }
                for fault in &read.faults {
                    assert!(
                        text.get(fault.range.0..fault.range.1).is_some(),
                        "{lock}: {fault:?}"
                    );
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn no_reader_panics(seed in 0_usize..FORMATS.len(), cuts in prop::collection::vec((0_usize..4000, 0_usize..60, "\\PC{0,6}|\n|  |\"|\\[|:|é"), 1..6), in_manifest: bool) {
        let (lock, text, manifest) = seeds().swap_remove(seed);
        let mut changed: Vec<char> = if in_manifest { &manifest } else { &text }.chars().collect();
        for (at, length, junk) in cuts {
            let at = at.min(changed.len());
            let end = (at + length).min(changed.len());
            changed.splice(at..end, junk.chars());
        }
        let changed: String = changed.into_iter().collect();
        if in_manifest {
            read(&lock, &text, &changed);
        } else {
            read(&lock, &changed, &manifest);
        }
    }

    #[test]
    fn no_text_at_all_panics(text in "\\PC{0,80}") {
        for (lock, ..) in FORMATS {
            read(lock, &text, &text);
        }
    }
}

#[test]
fn every_beginning_of_a_file_is_read() {
    for (lock, text, manifest) in seeds() {
        for (end, _) in text.char_indices().step_by(7) {
            read(&lock, &text[..end], &manifest);
        }
    }
}
