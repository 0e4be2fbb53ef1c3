//! The first code of a function whose source folder is begun: a whole handler where there can be one.

use super::super::handler::handler;
use super::super::pipeline::Prepared;
use super::super::scaffold::{Name, house, read};
use crate::wizard::{Asking, Draft};

/// Puts a handler where the draft of a service has a stub, and gives what its author should know. Where none can
/// be made the stub stays, which refuses every event.
pub(super) fn complete(asking: &Asking, after: &Prepared, draft: &mut Draft) -> Vec<String> {
    let service = after.service();
    let begun = asking.begun();
    let Some((name, function)) = begun.and_then(|name| service.functions.get_key_value(name))
    else {
        return Vec::new();
    };
    let language = asking.text("language").and_then(Name::of);
    let schema = |path: &str| {
        let begun = draft.proposal.files.iter().find(|(file, _)| file == path);
        match begun {
            Some((_, text)) => Ok(text.clone()),
            None => read(&asking.project.root.join(path)),
        }
    };
    match handler(service, name, language.map(Name::into), schema) {
        Ok(mut handler) => {
            if let Some(said) = after.loaded.manifest.functions.get(name) {
                house(said, after.blueprint(), &mut handler.files);
            }
            let files = &mut draft.proposal.files;
            files.retain(|(path, _)| !path.starts_with(&function.source));
            files.extend(handler.files.into_iter().map(|f| (f.path, f.content)));
            handler.notes
        }
        Err(fault) => vec![format!(
            "the code of {name} is still to be written: {}; {}",
            fault.message, fault.help
        )],
    }
}
