//! The files of the pipeline, among those that are generated.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::ci::{self, Content, Place, Project};
use crate::diagnostic::Diagnostic;
use crate::manifest::Loaded;
use crate::pin::{self, Pins};
use crate::render::{Language, Templates};
use crate::service::Service;
use crate::workspace;

/// Adds them; their paths are seen from `out`.
///
/// # Errors
/// What is not pinned, or a place that cannot be looked at.
pub(super) fn add(
    files: &mut BTreeMap<Utf8PathBuf, String>,
    root: &Utf8Path,
    loaded: &Loaded,
    service: &Service,
) -> Result<(), Vec<Diagnostic>> {
    if service.ci.is_none() {
        return Ok(());
    }
    let fault = |message: String, help: String| loaded.error("SLG-CI-001", "/ci", message, help);
    let failed = |message: String| vec![fault(message, "move the project".to_owned())];
    let out = Utf8Path::new(&service.out);
    let site = workspace::site(root, out, &service.name).map_err(failed)?;
    let lock = pin::beside(root, &loaded.file).map_err(|unread| unread.faults)?;
    let project = Project {
        folder: &site.project,
        manifest: loaded.file.file_name().unwrap_or("slgen.yaml"),
    };
    let pins = Pins::new(lock.map(|placed| placed.lock));
    let made = ci::files(service, &pins, project).map_err(|faults| {
        let faults = faults.into_iter();
        faults
            .map(|(message, help)| fault(message, help))
            .collect::<Vec<_>>()
    })?;
    for file in made {
        let text = match file.content {
            Content::Text(text) => text,
            Content::Template(template, context) => Templates::builtin()
                .and_then(|templates| templates.render(Language::Yaml, template, context))
                .map_err(|error| vec![super::pipeline::fault::internal(error.to_string())])?,
        };
        let path = match file.place {
            Place::Out(path) => path.into(),
            Place::Workflow => site.workflow.clone(),
        };
        files.insert(path, text);
    }
    Ok(())
}
