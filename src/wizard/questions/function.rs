//! A function: its name, its archetype and its code.

use super::super::question::PLAIN;
use super::super::{Asking, Kind, Question, choices, source};
use super::function;
use crate::catalog::aws::runtimes;
use crate::manifest::escape;

/// Of a function.
pub(in crate::wizard) const NAME: Question = Question {
    id: "name",
    text: "Name of the function",
    help: "Small letters, digits and dashes, beginning with a letter",
    place: |asking| Some(format!("/functions/{}", escape(asking.text("name")?))),
    ..PLAIN
};

/// Of the manifest's.
pub(in crate::wizard) const FUNCTION: Question = Question {
    id: "function",
    text: "Which function",
    help: "A function of the manifest",
    kind: Kind::One,
    choices: choices::functions,
    default: |asking| choices::only(choices::functions(asking)),
    ..PLAIN
};

pub(in crate::wizard) const BLUEPRINT: Question = Question {
    id: "blueprint",
    text: "Which archetype",
    help: "By name, which says the trigger; several of the baseline may take one",
    kind: Kind::One,
    when: |asking| choices::archetypes(asking).len() > 1,
    choices: choices::archetypes,
    place: |asking| Some(format!("{}/blueprint", function(asking))),
    ..PLAIN
};

pub(in crate::wizard) const SOURCE: Question = Question {
    id: "source",
    text: "Where is its code",
    help: "A folder, which shows runtime and handler; begun if it is not there yet",
    default: |asking| Some(source_of(asking)),
    place: |asking| Some(format!("{}/source", function(asking))),
    ..PLAIN
};

pub(in crate::wizard) const RUNTIME: Question = Question {
    id: "runtime",
    text: "What does it run on",
    help: "Asked only when the source folder does not show it",
    kind: Kind::One,
    when: |asking| !detected(asking),
    choices: |asking| {
        if begun(asking) {
            choices::scaffolded(asking)
        } else {
            choices::runtimes(asking)
        }
    },
    place: |asking| Some(format!("{}/runtime", function(asking))),
    ..PLAIN
};

pub(in crate::wizard) const LANGUAGE: Question = Question {
    id: "language",
    text: "In which language is it written",
    help: "Asked only when the runtime does not tell",
    kind: Kind::One,
    when: |asking| begun(asking) && asking.text("runtime") == Some(source::OS_ONLY),
    choices: choices::compiled,
    ..PLAIN
};

pub(in crate::wizard) const HANDLER: Question = Question {
    id: "handler",
    text: "Which function of the code is called",
    help: "In the form of the runtime, for example app.handler",
    when: |asking| !detected(asking) && !begun(asking),
    place: |asking| Some(format!("{}/handler", function(asking))),
    ..PLAIN
};

/// A folder of `src` that no function uses, else one of the function's name.
fn source_of(asking: &Asking) -> String {
    let own = format!(
        "src/{}",
        asking.text("name").unwrap_or_default().replace('-', "_")
    );
    if asking.files(&own).is_some() {
        return own;
    }
    let used = |folder: &String| asking.functions().any(|(_, f)| f.source == *folder);
    let folders = asking.files("src").unwrap_or_default();
    let free: Vec<String> = folders
        .iter()
        .map(|name| format!("src/{name}"))
        .filter(|folder| asking.files(folder).is_some() && !used(folder))
        .collect();
    match free.as_slice() {
        [one] => one.clone(),
        _ => own,
    }
}

/// Whether the source folder is not there yet.
pub(in crate::wizard) fn begun(asking: &Asking) -> bool {
    let source = asking.text("source");
    source.is_some_and(|source| asking.files(source).is_none())
}

/// Whether the source folder shows runtime and handler.
fn detected(asking: &Asking) -> bool {
    let files = asking
        .text("source")
        .and_then(|source| asking.files(source));
    files.is_some_and(|files| {
        let names: Vec<&str> = files.iter().map(String::as_str).collect();
        runtimes::detect(&names).is_some()
    })
}
