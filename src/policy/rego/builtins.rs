//! Built-in functions of OPA that are not there, told before anything runs.

/// First names of OPA's built-ins that have one. A call of what is none of the engine's would otherwise be an error only
/// where it is reached.
const FAMILIES: [&str; 20] = [
    "crypto",
    "graphql",
    "http",
    "io",
    "json",
    "net",
    "opa",
    "providers",
    "rand",
    "regex",
    "rego",
    "semver",
    "strings",
    "time",
    "units",
    "urlquery",
    "uuid",
    "yaml",
    "glob",
    "hex",
];

/// What the engine has and a policy may not use: it gives another answer each time.
const RANDOM: [&str; 1] = ["rand.intn"];

/// The first call in a policy that leads nowhere: line and column from 1, and its name.
pub(super) fn refused(text: &str) -> Option<(usize, usize, String)> {
    let calls = calls(text);
    let known = &*regorus::unstable::BUILTINS;
    let found = calls.into_iter().find(|(_, name)| {
        let family = name.split('.').next().unwrap_or_default();
        RANDOM.contains(&name.as_str())
            || (FAMILIES.contains(&family) && !known.contains_key(name.as_str()))
    });
    found.map(|(at, name)| {
        let (line, column) = crate::diagnostic::position(text, at);
        (line, column, name)
    })
}

/// Names with a point before `(`, outside texts and comments: offset and name.
fn calls(text: &str) -> Vec<(usize, String)> {
    let mut calls = Vec::new();
    let mut chars = text.char_indices().peekable();
    let mut name: Option<usize> = None;
    let mut before = ' ';
    while let Some((at, c)) = chars.next() {
        if c.is_ascii_alphanumeric() || matches!(c, '_' | '.') {
            // What follows a bracket is no name by itself: `a[0].b(`.
            if name.is_none() && before != ']' {
                name = Some(at);
            }
            before = c;
            continue;
        }
        if let (Some(start), '(') = (name, c)
            && let Some(called) = text.get(start..at)
            && called.contains('.')
        {
            calls.push((start, called.to_owned()));
        }
        name = None;
        before = c;
        match c {
            '#' => while chars.next_if(|(_, c)| *c != '\n').is_some() {},
            '`' => while chars.next().is_some_and(|(_, c)| c != '`') {},
            '"' => {
                while let Some((_, c)) = chars.next() {
                    match c {
                        '\\' => {
                            chars.next();
                        }
                        '"' => break,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    calls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reaches_out_is_found_wherever_it_stands() {
        for (text, name) in [
            ("x := http.send({})", Some("http.send")),
            ("x := time.now_ns()", Some("time.now_ns")),
            ("opa.runtime().env", Some("opa.runtime")),
            ("y := rand.intn(\"a\", 3)", Some("rand.intn")),
            ("# http.send({})", None),
            ("\"http.send(\\\" http.send(\"", None),
            ("`http.send(`", None),
            ("regex.match(`a`, \"b\")", None),
            ("http.mine", None),
            ("lib.http.send(1)", None),
            ("input.a[0].http.send", None),
            ("semver.compare(\"1.0.0\", \"2.0.0\")", None),
        ] {
            let found = refused(text).map(|(_, _, name)| name);
            assert_eq!(found.as_deref(), name, "{text}");
        }
        let (line, column, _) = refused("package a\n  x := http.send(1)").unwrap();
        assert_eq!((line, column), (2, 8));
    }
}
