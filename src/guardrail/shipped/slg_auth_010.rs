//! A route whose requests are signed has a handler that does not check that.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use serde_json::Value as Json;

use crate::guardrail::{Finding, Metadata, Risk, Severity};

pub(super) const META: Metadata = Metadata {
    id: "SLG-AUTH-010",
    name: "signature-not-checked",
    severity: Severity::Critical,
    risk: Risk::Authentication,
    title: "The handler of a signed route does not check signatures",
    why: "API Gateway lets every request of such a route through: only the handler tells the sender's from anybody's. \
          Judged on the source folder: edge/signature and edge/http have to be as this slgen writes them, routes.json \
          has to say of the route what the manifest says, and the entry point has to hand events to edge/http and do \
          nothing else with them.",
    fix: "Take the file away and let `slgen scaffold` write it anew; keep what the routes do in the functions of the entry \
          point's file.",
    references: &[
        "OWASP Serverless A2:2017 Broken Authentication",
        "CWE-345",
        "CWE-347",
    ],
};

/// The handler of a function with signed routes: as slgen writes it, and as it is.
pub struct Signed<'a> {
    /// Function.
    pub function: &'a str,
    /// Source folder, as the user names it.
    pub place: &'a Utf8PathBuf,
    /// Keys of the signed routes.
    pub routes: &'a [String],
    /// Path below the source folder → text, of the files that are written.
    pub written: &'a BTreeMap<String, String>,
    /// File of the entry point, and where the entry point itself begins in it.
    pub entry: (&'a str, &'a str),
}

/// The findings of a handler, exceptions not applied. `found` reads a file below the source folder.
pub fn check_signed(signed: &Signed<'_>, found: &dyn Fn(&str) -> Option<String>) -> Vec<Finding> {
    let finding = |file: &str, message: String| Finding {
        resource: Some(signed.place.join(file).into_string()),
        ..Finding::new(&META, format!("functions.{}", signed.function), message)
    };
    let files = signed.written.iter().filter_map(|(file, written)| {
        let fault = match found(file).map(|text| lines(&text)) {
            None => Some("is not there".to_owned()),
            Some(text) if file == ROUTES => differing(signed.routes, written, &text),
            Some(text) if file == signed.entry.0 => {
                let fits = handed_over(written, &text, signed.entry.1);
                (!fits).then(|| "does not hand events to edge/http alone".to_owned())
            }
            Some(text) => (text != lines(written)).then(|| "is not as slgen writes it".to_owned()),
        }?;
        let message = format!(
            "signatures are not checked for certain: {} {fault}",
            signed.place.join(file)
        );
        Some(finding(file, message))
    });
    files.collect()
}

/// The finding of a function that no handler can be made for.
pub fn unverified(function: &str, why: &str) -> Finding {
    let message = format!("no handler that checks signatures can be made: {why}");
    Finding::new(&META, format!("functions.{function}"), message)
}

/// What says how routes are checked.
const ROUTES: &str = "routes.json";

/// The same text with line feeds alone.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// The first signed route that a file says something else of.
fn differing(routes: &[String], written: &str, found: &str) -> Option<String> {
    let read = |text: &str| serde_json::from_str::<Json>(text).unwrap_or_default();
    let (written, found) = (read(written), read(found));
    let other = |key: &&String| {
        let said =
            ["auth", "hmac"].map(|part| (&written[key.as_str()][part], &found[key.as_str()][part]));
        said.iter()
            .any(|(written, found)| written != found || written.is_null())
    };
    let route = routes.iter().find(other)?;
    Some(format!("says something else of {route} than the manifest"))
}

/// Whether the entry point is as it was written, and what it calls is imported from edge/http.
fn handed_over(written: &str, found: &str, entry: &str) -> bool {
    let written = lines(written);
    let Some(end) = written.find(entry).map(|at| written[at..].trim_end()) else {
        return false;
    };
    let imported = |line: &&str| {
        let from = line.starts_with("from edge.http import ")
            || (line.starts_with("import ") && line.ends_with(" from \"./edge/http.js\";"));
        from && line.split([' ', ',', '}']).any(|word| word == "answer")
    };
    let again = |line: &&str| {
        ["def answer(", "async def answer(", "answer ="]
            .iter()
            .any(|s| line.starts_with(s))
    };
    found.contains(&format!("\n{end}\n"))
        && found.matches(entry).count() == 1
        && found.lines().any(|line| imported(&line))
        && !found.lines().any(|line| again(&line))
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: &str = "from edge.http import Request, Response, answer\n\n\ndef handler(event, context):\n    return answer(event, context, ROUTES)\n";
    const ROUTE: &str = r#"{"POST /hooks": {"auth": "hmac", "hmac": {"header": "x"}, "body": 1}}"#;

    fn found(changed: &[(&str, Option<&str>)]) -> usize {
        let written: BTreeMap<String, String> = [
            ("app.py", APP),
            ("edge/http.py", "a\nb\n"),
            ("edge/signature.py", "c\n"),
            ("routes.json", ROUTE),
        ]
        .map(|(file, text)| (file.to_owned(), text.to_owned()))
        .into();
        let mut disk = written.clone();
        for (file, text) in changed {
            match text {
                Some(text) => disk.insert((*file).to_owned(), (*text).to_owned()),
                None => disk.remove(*file),
            };
        }
        let signed = Signed {
            function: "f",
            place: &"src/f".into(),
            routes: &["POST /hooks".to_owned()],
            written: &written,
            entry: ("app.py", "def handler("),
        };
        check_signed(&signed, &|file| disk.get(file).cloned()).len()
    }

    #[test]
    fn fires_when_weak() {
        for file in ["app.py", "edge/http.py", "edge/signature.py", "routes.json"] {
            assert_eq!(found(&[(file, None)]), 1, "{file}");
            assert_eq!(found(&[(file, Some(""))]), 1, "{file}");
        }
        assert_eq!(found(&[("edge/signature.py", Some("c \n"))]), 1);
        for routes in [
            ROUTE.replace("hmac", "none"),
            ROUTE.replace("\"x\"", "\"y\""),
            ROUTE.replace("/hooks", "/other"),
        ] {
            assert_eq!(found(&[("routes.json", Some(&routes))]), 1, "{routes}");
        }
        for app in [
            APP.replace("edge.http", "mine"),
            APP.replace("return answer", "return mine"),
            APP.replace("    return", "    mine(event)\n    return"),
            format!("{APP}\n\ndef answer(event, context, routes):\n    return None\n"),
            format!("{APP}\n\ndef handler(event, context):\n    return None\n"),
        ] {
            assert_eq!(found(&[("app.py", Some(&app))]), 1, "{app}");
        }
    }

    #[test]
    fn is_silent_on_near_misses() {
        assert_eq!(found(&[]), 0);
        let app = format!(
            "import os\n{}",
            APP.replace("\n\n\ndef", "\n\nX = 1\n\n\ndef")
        );
        let routes = ROUTE.replace("\"body\": 1", "\"body\": 2");
        assert_eq!(
            found(&[("app.py", Some(&app)), ("routes.json", Some(&routes))]),
            0
        );
        let carriage = APP.replace('\n', "\r\n");
        assert_eq!(
            found(&[
                ("app.py", Some(&carriage)),
                ("edge/http.py", Some("a\r\nb\r\n"))
            ]),
            0
        );
    }
}
