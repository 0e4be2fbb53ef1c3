//! The hardening of the generated trees: they are clean, and whatever weakens them is caught.
//!
//! Weakenings are made in the text and read back as generated code is. What is derived takes in
//! every attribute, block and resource that stands in the trees; `listed` adds weak values and
//! additions. A place that may be weakened without opening anything stands in `listed::HARMLESS`
//! with the reason; everything else has to be caught.
#![allow(clippy::print_stdout, reason = "the score is the result")]

mod derived;
mod edit;
mod listed;
mod scale;
mod tree;

use std::collections::BTreeSet;

use camino::Utf8PathBuf;
use derived::Mutation;
use edit::{Edit, apply};
use listed::{HARMLESS, Harmless};
use tree::{Outcome, Tree};

const BOUNDARY: &str = "arn:aws:iam::222222222222:policy/service-boundary";

/// Index of the larger tree.
const ORDERS: usize = 0;

fn trees() -> [Tree; 2] {
    [
        Tree::of("orders", "prod", Some(BOUNDARY)),
        Tree::of("compact", "prod", None),
    ]
}

#[test]
fn the_generated_trees_are_clean() {
    let dev = Tree::of("orders", "dev", None);
    for tree in trees().iter().chain([&dev]) {
        let mut found = tree.findings();
        // The manifest excepts nightly-report from it.
        found.retain(|f| {
            !(f.rule == "SLG-PKG-003" && f.address == "aws_lambda_function.nightly_report")
        });
        assert_eq!(found, [], "{}", tree.example);
    }
}

/// One weakening: title, place, tree, file, changed text.
struct Weakened {
    title: String,
    /// Type and attribute.
    place: (String, String),
    address: String,
    how: &'static str,
    /// Listed, and not derived.
    listed: bool,
    tree: usize,
    file: Utf8PathBuf,
    text: String,
}

impl Weakened {
    fn is(&self, harmless: &Harmless) -> bool {
        let (kind, path) = &self.place;
        (harmless.resource == "*" || harmless.resource == kind || harmless.resource == self.address)
            && harmless.path == path
            && harmless.how == self.how
    }
}

fn weakened(trees: &[Tree]) -> Vec<Weakened> {
    let mut all: Vec<Weakened> = derived::all(trees)
        .into_iter()
        .map(|mutation| of_mutation(trees, &mutation, false))
        .collect();
    let derived = all.len();
    for (resource, path, value) in listed::WEAK {
        let edit = Edit::Set((*path).to_owned(), (*value).to_owned());
        all.push(of_mutation(trees, &find(trees, resource, path, edit), true));
    }
    for (resource, added) in listed::ADDED {
        let edit = Edit::Add((*added).to_owned());
        all.push(of_mutation(
            trees,
            &find(trees, resource, added, edit),
            true,
        ));
    }
    for (file, from, to) in listed::TEXT {
        let text = &trees[ORDERS].files[&Utf8PathBuf::from(*file)];
        assert!(text.contains(from), "{file} has no {from:?}");
        all.push(Weakened {
            title: format!("{file}: {from:?} → {to:?}"),
            place: ((*file).to_owned(), (*from).to_owned()),
            address: (*file).to_owned(),
            how: "changed",
            listed: true,
            tree: ORDERS,
            file: (*file).into(),
            text: text.replacen(from, to, 1),
        });
    }
    println!(
        "{derived} weakenings derived, {} listed",
        all.len() - derived
    );
    all
}

/// The first resource of that type, or with that address.
fn find(trees: &[Tree], resource: &str, path: &str, edit: Edit) -> Mutation {
    let (kind, name) = resource
        .split_once('.')
        .map_or((resource, None), |(k, n)| (k, Some(n)));
    let head = format!("resource \"{kind}\" \"");
    let mut places = trees.iter().enumerate().flat_map(|(tree, t)| {
        t.files.iter().flat_map(move |(file, text)| {
            text.split("resource \"")
                .skip(1)
                .map(move |block| (tree, file, block))
        })
    });
    let (tree, file, name) = places
        .find_map(|(tree, file, block)| {
            let block = format!("resource \"{block}");
            let found = block.strip_prefix(&head)?.split('"').next()?.to_owned();
            name.is_none_or(|name| name == found)
                .then_some((tree, file.clone(), found))
        })
        .unwrap_or_else(|| panic!("no {resource}"));
    Mutation {
        tree,
        file,
        kind: kind.to_owned(),
        name,
        path: path.to_owned(),
        edit,
    }
}

fn of_mutation(trees: &[Tree], mutation: &Mutation, listed: bool) -> Weakened {
    let Mutation { tree, file, .. } = mutation;
    let original = &trees[*tree].files[file];
    let text = apply(original, &mutation.kind, &mutation.name, &mutation.edit);
    let mut text = text.unwrap_or_else(|| panic!("{} changes nothing", mutation.title()));
    if text.contains("var.unset") {
        text.push_str("\nvariable \"unset\" {\n  type = bool\n}\n");
    }
    Weakened {
        title: mutation.title(),
        place: (mutation.kind.clone(), mutation.path.clone()),
        address: format!("{}.{}", mutation.kind, mutation.name),
        how: match mutation.edit {
            Edit::RemoveResource | Edit::Remove(_) => "removed",
            Edit::Set(..) | Edit::Add(_) | Edit::Statement(..) => "changed",
        },
        listed,
        tree: *tree,
        file: file.clone(),
        text,
    }
}

#[test]
fn every_weakening_is_caught() {
    let trees = trees();
    let weakened = weakened(&trees);
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let size = weakened.len().div_ceil(workers);
    let outcomes: Vec<Outcome> = std::thread::scope(|scope| {
        let running: Vec<_> = weakened
            .chunks(size)
            .map(|chunk| {
                let trees = &trees;
                scope.spawn(move || {
                    let outcome = |w: &Weakened| {
                        assert_ne!(w.text, trees[w.tree].files[&w.file], "{}", w.title);
                        trees[w.tree].outcome(&w.file, w.text.clone())
                    };
                    chunk.iter().map(outcome).collect::<Vec<_>>()
                })
            })
            .collect();
        running
            .into_iter()
            .flat_map(|r| r.join().unwrap())
            .collect()
    });
    let mut score = Score::default();
    for (w, outcome) in weakened.iter().zip(&outcomes) {
        score.count(w, outcome);
    }
    score.print();
    assert_eq!(score.missed, [""; 0], "not caught");
    assert!(
        score.caught() >= 80 && score.places.len() >= 60,
        "too few weakenings"
    );
    let unused: Vec<_> = (0..HARMLESS.len())
        .filter(|index| !score.harmless.contains(index))
        .map(|index| (HARMLESS[index].resource, HARMLESS[index].path))
        .collect();
    assert_eq!(unused, [], "found after all, or not there");
    assert!(HARMLESS.iter().all(|h| h.reason.len() > 10));
}

#[derive(Default)]
struct Score {
    rules: BTreeSet<&'static str>,
    by_rules: usize,
    by_invariant: usize,
    unreadable: usize,
    /// Indexes of entries that were needed.
    harmless: BTreeSet<usize>,
    harmless_count: usize,
    missed: Vec<String>,
    /// Type and attribute of what was caught.
    places: BTreeSet<(String, String)>,
}

impl Score {
    fn count(&mut self, weakened: &Weakened, outcome: &Outcome) {
        match outcome {
            Outcome::Rules(rules) => {
                self.by_rules += 1;
                self.rules.extend(rules);
                self.places.insert(weakened.place.clone());
            }
            Outcome::Invariant => {
                self.by_invariant += 1;
                self.places.insert(weakened.place.clone());
            }
            Outcome::Unreadable if weakened.listed => {
                self.missed.push(format!("{} is not read", weakened.title));
            }
            Outcome::Unreadable => self.unreadable += 1,
            Outcome::Missed => match HARMLESS.iter().position(|h| weakened.is(h)) {
                Some(index) => {
                    self.harmless_count += 1;
                    self.harmless.insert(index);
                }
                None => self.missed.push(weakened.title.clone()),
            },
        }
    }

    fn caught(&self) -> usize {
        self.by_rules + self.by_invariant
    }

    fn print(&self) {
        let all = self.caught() + self.missed.len();
        println!(
            "{} of {all} weakenings caught: {} by {} rules, {} by the first invariant alone; \
             {} places; {} refused as Terraform would; {} at {} harmless places",
            self.caught(),
            self.by_rules,
            self.rules.len(),
            self.by_invariant,
            self.places.len(),
            self.unreadable,
            self.harmless_count,
            self.harmless.len(),
        );
        for title in &self.missed {
            println!("MISSED {title}");
        }
    }
}
