//! What an image function's image is made of.

use camino::Utf8Path;

use super::build::{Build, code};
use super::model::{Image, Language};
use crate::catalog::aws::images;
use crate::manifest::model::{Function, FunctionSettings, ImageSettings};
use crate::manifest::{image_fault, shown};

/// Files by which a Python project declares dependencies.
const PYTHON: [&str; 5] = [
    "Pipfile",
    "poetry.lock",
    "pyproject.toml",
    "requirements.txt",
    "uv.lock",
];

impl Build<'_> {
    /// The image of a function; `layers` from the strongest. None for a runtime that slgen makes no image for.
    pub(super) fn image(
        &mut self,
        at: &str,
        function: &Function,
        runtime: &str,
        layers: [Option<&FunctionSettings>; 3],
    ) -> Option<Image> {
        let files = self.sources.files(Utf8Path::new(&function.source))?;
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let recipe = images::recipe(runtime, &files)?;
        let mut settle = |key: &str, of: fn(&ImageSettings) -> Option<&String>, default: &str| {
            let given = layers
                .iter()
                .flatten()
                .filter_map(|layer| of(layer.image.as_ref()?));
            let Some(image) = given.into_iter().next() else {
                return default.to_owned();
            };
            // What the manifest says has been judged with its text.
            let own = function.settings.image.as_ref().and_then(of);
            if let (None, Some(fault)) = (own, image_fault(image)) {
                self.fault(
                    code::CONFLICT,
                    at,
                    format!("the image `{}` of the baseline {fault}", shown(image)),
                    format!(
                        "mend it in the baseline, or give image: {{ {key}: registry/name:tag }}"
                    ),
                );
            }
            image.clone()
        };
        let base = settle("base", |i| i.base.as_ref(), &recipe.base);
        let build = settle("build", |i| i.build.as_ref(), &recipe.build);
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
