//! The handler that `slgen scaffold` makes of a function, for what writes it and for what compares with it.

use std::collections::BTreeMap;

use crate::catalog::aws::runtimes;
use crate::scaffold::{self, Fault, Handler, Language};
use crate::service::Service;

/// The handler of a function, in the language of its runtime unless one is given; `schema` reads a
/// schema by the path that the manifest gives.
pub(super) fn handler(
    service: &Service,
    function: &str,
    language: Option<Language>,
    schema: impl Fn(&str) -> Result<String, String>,
) -> Result<Handler, Fault> {
    let language = match language {
        Some(language) => language,
        None => of_runtime(service, function)?,
    };
    let mut schemas = BTreeMap::new();
    let declared = service.functions.get(function);
    for trigger in declared.iter().flat_map(|function| &function.triggers) {
        if let Some(path) = &trigger.schema {
            let text = schema(path).map_err(|message| Fault {
                pointer: format!("{}/schema", trigger.pointer),
                message,
                help: "a schema is a file of at most 1 MiB in UTF-8".to_owned(),
            })?;
            schemas.insert(path.clone(), text);
        }
    }
    scaffold::handler(service, function, language, &schemas)
}

fn of_runtime(service: &Service, function: &str) -> Result<Language, Fault> {
    let Some(found) = service.functions.get(function) else {
        // Which is told with what it is like.
        return Ok(Language::Python);
    };
    runtimes::runtime(&found.runtime)
        .and_then(|runtime| Language::of_runtime(&runtime.language))
        .ok_or_else(|| Fault {
            pointer: format!("{}/runtime", found.pointer),
            message: format!("the runtime {} does not say the language", found.runtime),
            help: "give it with --language".to_owned(),
        })
}
