//! Lambda's runtimes, and which one a source folder is written for.
//!
//! Dates are those of <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html>.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::suggest::nearest;
use crate::date::Date;

/// A Lambda runtime.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Runtime {
    /// Its identifier, `python3.13`.
    pub name: String,
    /// The language it runs; `custom` for the OS-only ones.
    pub language: String,
    /// The last day AWS patches it, `YYYY-MM-DD`; none if AWS has not said.
    #[serde(default)]
    pub deprecation: Option<String>,
    /// Whether a zip package is run by AWS's own language runtime, not by an executable of ours (`bootstrap`).
    pub managed: bool,
    /// Whether the pinned Terraform provider accepts it; image functions can use the others too.
    pub provider: bool,
}

/// Where a runtime stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// Patched, and for a while.
    Patched,
    /// Patched until this day, which is near.
    Ending(Date),
    /// The last day on which it was patched.
    Over(Date),
}

/// Days before its end in which the support of a runtime is said to end.
const NEAR: i64 = 180;

impl Runtime {
    /// Where it stands on a day; AWS's last day still counts.
    pub fn support(&self, today: Date) -> Support {
        let last = self
            .deprecation
            .as_deref()
            .and_then(|day| day.parse::<Date>().ok());
        match last.map(|last| (last, today.days_until(last))) {
            Some((last, left)) if left < 0 => Support::Over(last),
            Some((last, left)) if left <= NEAR => Support::Ending(last),
            _ => Support::Patched,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    as_of: String,
    #[serde(rename = "source")]
    _source: String,
    runtimes: Vec<Runtime>,
    /// Language → files of which one has to be in the package; `{module}` is the handler's.
    entries: BTreeMap<String, Vec<String>>,
    languages: Vec<Language>,
}

/// How a language is recognised by its files; the first language of the data file that matches wins.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Language {
    runtime: String,
    /// A file of one of these names proves the language.
    files: Vec<String>,
    /// So does a file with one of these endings.
    extensions: Vec<String>,
    /// File → handler; the first file that is there decides.
    handlers: Vec<(String, String)>,
    /// The handler when none of those files is there.
    default_handler: String,
}

/// What a source folder is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detected {
    /// A runtime's name.
    pub runtime: &'static str,
    /// The handler in the form the runtime expects.
    pub handler: &'static str,
}

/// The runtime called `name`, deprecated ones included; none if AWS never had it.
pub fn runtime(name: &str) -> Option<&'static Runtime> {
    data().runtimes.iter().find(|runtime| runtime.name == name)
}

/// All runtimes, in the order of the data file.
pub fn runtimes() -> &'static [Runtime] {
    &data().runtimes
}

/// Paths of which Lambda needs one to find a handler (`app.handler`), in its package; none for a language whose handlers
/// name no file.
pub fn entries(language: &str, handler: &str) -> Vec<String> {
    let module = handler
        .rsplit_once('.')
        .map_or(handler, |(module, _)| module);
    let module = if language == "python" {
        module.replace('.', "/")
    } else {
        module.to_owned()
    };
    let patterns = data().entries.get(language);
    let patterns = patterns.map_or(&[][..], Vec::as_slice).iter();
    patterns
        .map(|pattern| pattern.replace("{module}", &module))
        .collect()
}

/// The day the data were made, `YYYY-MM-DD`.
pub fn as_of() -> &'static str {
    &data().as_of
}

/// The runtime most like `name`, for "did you mean".
pub fn suggest(name: &str) -> Option<&'static str> {
    nearest(
        name,
        data()
            .runtimes
            .iter()
            .filter(|runtime| runtime.provider)
            .map(|runtime| runtime.name.as_str()),
    )
}

/// The runtime and handler for a folder that holds files of these names (its top level, names without a path).
///
/// A build file (`requirements.txt`, `package.json`) outranks mere sources; the order of `file_names` does not matter.
/// None when nothing in it tells.
pub fn detect(file_names: &[&str]) -> Option<Detected> {
    let languages = &data().languages;
    let has = |name: &str| file_names.contains(&name);
    let by_file = languages
        .iter()
        .find(|language| language.files.iter().any(|name| has(name)));
    let by_ending = || {
        languages.iter().find(|language| {
            file_names.iter().any(|file| {
                file.rsplit_once('.').is_some_and(|(stem, ending)| {
                    !stem.is_empty()
                        && language
                            .extensions
                            .iter()
                            .any(|extension| extension == ending)
                })
            })
        })
    };
    let language = by_file.or_else(by_ending)?;
    let handler = language
        .handlers
        .iter()
        .find(|(file, _)| has(file))
        .map(|(_, handler)| handler.as_str());
    Some(Detected {
        runtime: &language.runtime,
        handler: handler.unwrap_or(&language.default_handler),
    })
}

fn data() -> &'static Data {
    static PARSED: OnceLock<Data> = OnceLock::new();
    PARSED.get_or_init(|| {
        serde_json::from_str(include_str!("data/runtimes.json")).unwrap_or_else(|_| Data {
            as_of: String::new(),
            _source: String::new(),
            runtimes: Vec::new(),
            entries: BTreeMap::new(),
            languages: Vec::new(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_data_is_consistent() {
        assert!(runtimes().len() > 15);
        for language in &data().languages {
            let runtime = runtime(&language.runtime).unwrap();
            assert!(
                runtime.provider,
                "{}: the provider must accept what is detected",
                runtime.name
            );
        }
        for runtime in runtimes() {
            let dated = runtime
                .deprecation
                .as_ref()
                .is_none_or(|date| date.len() == 10 && date.starts_with("20"));
            assert!(dated, "{}", runtime.name);
        }
    }

    #[test]
    fn files_of_handlers() {
        assert_eq!(
            entries("python", "orders.app.handler"),
            ["orders/app.py", "orders/app/__init__.py"]
        );
        assert_eq!(
            entries("nodejs", "src/app.handler"),
            ["src/app.js", "src/app.mjs", "src/app.cjs"]
        );
        assert!(entries("java", "app.Handler::handleRequest").is_empty());
    }

    #[test]
    fn lookups() {
        assert_eq!(runtime("python3.13").unwrap().language, "python");
        assert!(runtime("provided.al2023").is_some_and(|runtime| !runtime.managed));
        assert!(runtime("python3.1").is_none());
        assert_eq!(suggest("python3.31"), Some("python3.13"));
        assert_eq!(suggest("nodejs22"), Some("nodejs22.x"));
        assert_eq!(suggest("cobol"), None);
    }

    #[test]
    fn support_ends_after_its_last_day() {
        let python = runtime("python3.10").unwrap();
        let on = |day: &str| python.support(day.parse().unwrap());
        let last: Date = python.deprecation.as_deref().unwrap().parse().unwrap();
        assert_eq!(last.to_string(), "2026-10-31");
        assert_eq!(on("2026-05-03"), Support::Patched);
        assert_eq!(on("2026-05-04"), Support::Ending(last));
        assert_eq!(on("2026-10-31"), Support::Ending(last));
        assert_eq!(on("2026-11-01"), Support::Over(last));
        let custom = runtime("provided.al2023").unwrap();
        assert!(custom.deprecation.is_some() || custom.support(last) == Support::Patched);
    }

    #[test]
    fn detection() {
        for (files, runtime, handler) in [
            (
                &["app.py", "requirements.txt"][..],
                "python3.13",
                "app.handler",
            ),
            (&["handler.py"], "python3.13", "handler.handler"),
            (
                &["index.py", "pyproject.toml"],
                "python3.13",
                "index.handler",
            ),
            (&["main.py"], "python3.13", "main.handler"),
            (
                &["package.json", "index.mjs"],
                "nodejs22.x",
                "index.handler",
            ),
            (
                &["tsconfig.json", "handler.ts"],
                "nodejs22.x",
                "handler.handler",
            ),
            (&["go.mod", "main.go"], "provided.al2023", "bootstrap"),
            (&["Cargo.toml"], "provided.al2023", "bootstrap"),
            (&["pom.xml"], "java21", "app.Handler::handleRequest"),
            (&["package.json", "build.py"], "nodejs22.x", "index.handler"),
        ] {
            assert_eq!(
                detect(files),
                Some(Detected { runtime, handler }),
                "{files:?}"
            );
        }
        assert_eq!(detect(&["README.md", ".py", "py"]), None);
        assert_eq!(detect(&[]), None);
    }

    proptest! {
        #[test]
        fn the_order_of_files_does_not_matter(mut files in prop::collection::vec("[a-z]{1,8}\\.(py|js|go|json|toml|txt|mod)", 0..8)) {
            let first = detect(&files.iter().map(String::as_str).collect::<Vec<_>>());
            files.reverse();
            prop_assert_eq!(detect(&files.iter().map(String::as_str).collect::<Vec<_>>()), first);
        }

        #[test]
        fn no_name_panics(name in "\\PC{0,60}") {
            let _ = (runtime(&name), suggest(&name), detect(&[&name]));
        }
    }
}
