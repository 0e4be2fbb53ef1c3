//! The first code of a function whose source folder is begun: a whole handler where there can be one.

use std::collections::BTreeMap;

use super::super::scaffold::read;
use crate::catalog::aws::runtimes;
use crate::scaffold::{self, Language};
use crate::service;
use crate::wizard::{Asking, Draft, Overlay};

/// Puts a handler where the draft has a stub, and gives what its author should know. Where none can be made the
/// stub stays, which refuses every event.
pub(super) fn complete(asking: &Asking, draft: &mut Draft) -> Vec<String> {
    let Some(function) = asking.begun() else {
        return Vec::new();
    };
    let project = &asking.project;
    let sources = Overlay {
        disk: project.sources.as_ref(),
        begun: &draft.proposal.files,
    };
    // Faults of the draft are told when it is judged.
    let checked = service::check(&project.file, &draft.text, &project.root, &sources);
    let Some(service) = checked.ok().map(|checked| checked.service) else {
        return Vec::new();
    };
    let Some(found) = service.functions.get(function) else {
        return Vec::new();
    };
    let language = runtimes::runtime(&found.runtime)
        .and_then(|runtime| Language::of_runtime(&runtime.language));
    let Some(language) = language else {
        return Vec::new();
    };
    let mut schemas = BTreeMap::new();
    for schema in found.triggers.iter().filter_map(|t| t.schema.as_ref()) {
        let begun = draft.proposal.files.iter().find(|(path, _)| path == schema);
        let text = match begun {
            Some((_, text)) => Ok(text.clone()),
            None => read(&project.root.join(schema)),
        };
        if let Ok(text) = text {
            schemas.insert(schema.clone(), text);
        }
    }
    match scaffold::handler(&service, function, language, &schemas) {
        Ok(handler) => {
            let files = &mut draft.proposal.files;
            files.retain(|(path, _)| !path.starts_with(&found.source));
            files.extend(handler.files.into_iter().map(|f| (f.path, f.content)));
            handler.notes
        }
        Err(fault) => vec![format!(
            "the code of {function} is still to be written: {}; {}",
            fault.message, fault.help
        )],
    }
}
