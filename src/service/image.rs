//! What an image function's image is made of.

use camino::Utf8Path;

use super::build::Build;
use super::model::{Image, Language};
use crate::catalog::aws::images;
use crate::manifest::model::Function;

/// Files by which a Python project declares dependencies.
const PYTHON: [&str; 5] = [
    "Pipfile",
    "poetry.lock",
    "pyproject.toml",
    "requirements.txt",
    "uv.lock",
];

impl Build<'_> {
    /// The image of a function. None for a runtime that slgen makes no image for.
    pub(super) fn image(&self, function: &Function, runtime: &str) -> Option<Image> {
        let files = self.sources.files(Utf8Path::new(&function.source))?;
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let recipe = images::recipe(runtime, &files)?;
        let given = function.settings.image.as_ref();
        let base = given.and_then(|image| image.base.clone());
        let build = given.and_then(|image| image.build.clone());
        let base = base.unwrap_or_else(|| recipe.base.clone());
        let build = build.unwrap_or_else(|| recipe.build.clone());
        Some(Image {
            recipe,
            base,
            build,
            dependencies: match recipe.language {
                Language::Python => files.iter().any(|file| PYTHON.contains(file)),
                Language::Node => files.contains(&"package.json"),
                Language::Go | Language::Rust | Language::Java => true,
            },
            compiled: recipe.language == Language::Node && files.contains(&"tsconfig.json"),
        })
    }
}
