//! Commands of a shell's script, as far as it takes to see what is fetched and run at once.

/// What fetches.
const FETCHERS: [&str; 5] = ["curl", "wget", "fetch", "aria2c", "http"];

/// Shells.
const SHELLS: [&str; 7] = ["sh", "bash", "dash", "ash", "zsh", "ksh", "fish"];

/// Other interpreters that run what comes on their standard input.
const INTERPRETERS: [&str; 8] = [
    "python", "python2", "python3", "perl", "ruby", "node", "php", "pwsh",
];

/// What runs the text of its arguments, or a file that they name.
const EVALUATING: [&str; 3] = ["eval", "source", "."];

/// The first command of a script that runs what is fetched in it, without a look at it in between.
pub(super) fn fetched_and_run(script: &str) -> Option<String> {
    commands(script).into_iter().find_map(|pipeline| {
        let mut fetching = false;
        for command in &pipeline {
            if (fetching && runs_its_input(command)) || runs_what_it_fetches(command) {
                return Some(shown(&pipeline.join(" | ")));
            }
            fetching |= FETCHERS.contains(&name(command));
        }
        None
    })
}

/// Whether a command runs what comes on its standard input, rather than a text or file of its arguments.
fn runs_its_input(command: &str) -> bool {
    let name = name(command);
    // What says that the program stands in the arguments.
    let given: &[char] = if SHELLS.contains(&name) {
        &['c']
    } else if INTERPRETERS.contains(&name) {
        &['c', 'e', 'm', 'n', 'p', 'r']
    } else {
        return false;
    };
    for argument in arguments(command, name) {
        match argument.strip_prefix('-') {
            Some("" | "s") => return true,
            Some(flags) if flags.starts_with('-') => {}
            Some(flags) if flags.contains(given) => return false,
            Some(_) => {}
            None => return argument.starts_with([')', '}', '>']),
        }
    }
    true
}

/// Whether a command runs what another one, in its arguments, fetches.
fn runs_what_it_fetches(command: &str) -> bool {
    let name = name(command);
    let evaluates = EVALUATING.contains(&name);
    if !evaluates && !SHELLS.contains(&name) && !INTERPRETERS.contains(&name) {
        return false;
    }
    let flags = arguments(command, name).filter(|word| word.starts_with('-'));
    let takes_text = evaluates || flags.into_iter().any(|flag| flag.contains(['c', 'e']));
    [("<(", true), ("$(", takes_text), ("`", takes_text)]
        .iter()
        .filter(|(_, counts)| *counts)
        .any(|(opening, _)| {
            command.match_indices(opening).any(|(at, _)| {
                let inner = command[at + opening.len()..].trim_start();
                FETCHERS.contains(&self::name(inner))
            })
        })
}

/// The words behind the program of a command.
fn arguments<'a>(command: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let at = command
        .find(name)
        .map_or(command.len(), |at| at + name.len());
    command[at..].split_ascii_whitespace()
}

/// The name of the program that a command runs, without its path and what is put before it.
fn name(command: &str) -> &str {
    let mut words = command.split_ascii_whitespace().peekable();
    while let Some(word) = words.next() {
        let assigns = word.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        });
        let program = word.rsplit('/').next().unwrap_or(word);
        let before = [
            "sudo", "env", "exec", "command", "time", "nice", "then", "do", "else", "(", "{", "!",
        ];
        if before.contains(&program) {
            while words.next_if(|word| word.starts_with('-')).is_some() {}
        } else if !assigns {
            return program.trim_matches(['(', '{', ')', '"', '\'']);
        }
    }
    ""
}

/// The pipelines of a script, each as its commands. Quotes are heeded.
fn commands(script: &str) -> Vec<Vec<String>> {
    let mut pipelines = vec![vec![String::new()]];
    let mut quote = None;
    let mut characters = script.chars().peekable();
    while let Some(c) = characters.next() {
        let ends = quote.is_none() && matches!(c, ';' | '\n' | '&' | '|');
        match c {
            '\\' if quote != Some('\'') => {
                push(&mut pipelines, c);
                if let Some(next) = characters.next() {
                    push(&mut pipelines, next);
                }
            }
            '\'' | '"' if quote == Some(c) => quote = None,
            '\'' | '"' if quote.is_none() => quote = Some(c),
            // `|&` and `2>&1` end nothing.
            '|' if ends && characters.peek() != Some(&'|') => {
                characters.next_if_eq(&'&');
                if let Some(pipeline) = pipelines.last_mut() {
                    pipeline.push(String::new());
                }
            }
            '&' if ends && characters.peek() != Some(&'&') => push(&mut pipelines, c),
            _ if ends => {
                characters.next_if_eq(&c);
                pipelines.push(vec![String::new()]);
            }
            _ => push(&mut pipelines, c),
        }
    }
    pipelines
}

fn push(pipelines: &mut [Vec<String>], c: char) {
    if let Some(command) = pipelines
        .last_mut()
        .and_then(|pipeline| pipeline.last_mut())
    {
        command.push(c);
    }
}

fn shown(command: &str) -> String {
    let words: Vec<&str> = command.split_ascii_whitespace().collect();
    let text = words.join(" ");
    if text.chars().count() <= 80 {
        return text;
    }
    text.chars().take(79).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_fetched_and_run() {
        for script in [
            "curl -fsSL https://x | sh",
            "apt-get update && curl https://x 2>&1 | sudo -E bash -",
            "wget -qO- https://x | tee log | /bin/bash -s -- --yes",
            "bash <(curl -s https://x)",
            "sh -c \"$(curl -fsSL https://x)\"",
            "eval \"$(wget -O - https://x)\"",
            "set -e; A=b curl 'https://x?a|b' | python3 -",
            "if true; then curl x | sh; fi",
            "(curl x | sh)",
            "curl x | bash -ex",
            "curl x | sh -s - --version 1",
            "curl x | python3 -u - >log",
        ] {
            assert!(fetched_and_run(script).is_some(), "{script}");
        }
    }

    #[test]
    fn near_misses() {
        for script in [
            "curl -fsSLo x https://x && echo 'abc  x' | sha256sum -c && sh x",
            "curl https://x | tar xz",
            "curl https://x || sh fallback.sh",
            "echo 'curl https://x | sh'",
            "cat script | sh",
            "curl x | python3 -m json.tool",
            "curl x | python3 -c 'import json'",
            "curl x | perl -ne 'print'",
            "curl x | bash check.sh",
            "bash deploy.sh $(curl x)",
            "bash <(cat x)",
            "apt-get install -y curl bash",
            "pip install --require-hashes -r requirements.txt",
            "",
        ] {
            assert_eq!(fetched_and_run(script), None, "{script}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(script in "[ -~\\né]{0,120}") {
            let _ = fetched_and_run(&script);
        }
    }
}
