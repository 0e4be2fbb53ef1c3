//! The file that a handler names: Lambda looks for it when the function is invoked, long after everything was deployed.

use camino::Utf8Path;

use super::build::Build;
use crate::catalog::aws::runtimes;
use crate::manifest::model::Function;

/// Endings of sources that something compiles to what Lambda runs.
const COMPILED: [&str; 4] = [".ts", ".mts", ".cts", ".tsx"];

impl Build<'_> {
    /// Warns of a handler that nothing in the source folder is, where nothing builds or installs it.
    pub(super) fn handler_file(
        &mut self,
        at: &str,
        function: &Function,
        (runtime, handler): (&str, &str),
        files: &[String],
    ) {
        let damaged = ["handler", "runtime", "source", "image"]
            .iter()
            .any(|key| self.loaded.is_damaged(&format!("{at}/{key}")));
        // An image may be built on one that has the handler.
        if damaged || handler.is_empty() || function.settings.image.is_some() {
            return;
        }
        let Some(language) = runtimes::runtime(runtime).map(|r| r.language.as_str()) else {
            return;
        };
        let source = Utf8Path::new(&function.source);
        let wanted = runtimes::entries(language, handler);
        let there = |path: &str| {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            let name = name.to_owned();
            if folder.is_empty() {
                return files.contains(&name);
            }
            let nested = self.sources.files(&source.join(folder));
            nested.is_some_and(|files| files.contains(&name))
        };
        if wanted.is_empty() || wanted.iter().any(|path| there(path)) {
            return;
        }
        let compiled = || {
            wanted.iter().any(|path| {
                let stem = path
                    .rsplit_once('.')
                    .map_or(path.as_str(), |(stem, _)| stem);
                COMPILED
                    .iter()
                    .any(|ending| there(&format!("{stem}{ending}")))
            })
        };
        if compiled() || self.is_built(source, files) || self.is_installed(source, files, handler) {
            return;
        }
        let said = function.settings.handler.is_some();
        let pointer = format!("{at}/{}", if said { "handler" } else { "source" });
        let warning = self.loaded.warning(
            "SLG-SERVICE-106",
            &pointer,
            format!(
                "the handler {handler} is none of the files of {}",
                function.source
            ),
            format!("Lambda looks for {}", wanted.join(" or ")),
        );
        self.faults.push(warning);
    }

    /// Whether a build leaves files that do not stand in the folder.
    fn is_built(&self, source: &Utf8Path, files: &[String]) -> bool {
        let has = |name: &str| files.iter().any(|file| file == name);
        let script = || {
            let package = self.sources.text(&source.join("package.json"))?;
            let package: serde_json::Value = serde_json::from_str(&package).ok()?;
            package["scripts"].get("build").map(|_| ())
        };
        has("tsconfig.json") || (has("package.json") && script().is_some())
    }

    /// Whether a dependency may bring the handler: it is called like one.
    fn is_installed(&self, source: &Utf8Path, files: &[String], handler: &str) -> bool {
        let plain = |text: &str| text.to_lowercase().replace('-', "_");
        let top = handler.split(['.', '/']).next().unwrap_or_default();
        if top == "node_modules" {
            return true;
        }
        let named = |file: &&str| {
            let text = self.sources.text(&source.join(file)).unwrap_or_default();
            plain(&text).contains(&plain(top))
        };
        [
            "requirements.txt",
            "uv.lock",
            "poetry.lock",
            "pyproject.toml",
            "Pipfile",
        ]
        .iter()
        .any(|file| files.iter().any(|f| f == file) && named(file))
    }
}
