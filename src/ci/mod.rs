//! The pipeline that checks and deploys a service, and what keeps its inputs fresh: pure, from service and pins.
//!
//! No value stands in a script: each reaches the shell through a variable. Actions are named by commit, tools by
//! checksum, both of `slgen.lock`.

mod context;
mod pinned;
mod updates;

use std::collections::BTreeSet;

use camino::Utf8Path;
use serde_json::Value as Json;

use crate::manifest::model;
use crate::pin::{Needed, Pins};
use crate::service::Service;
use crate::service::model::{Ci, Platform, Scanner, Updates};

/// A file of the pipeline.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// Where it stands.
    pub place: Place,
    /// What is in it.
    pub content: Content,
}

/// Where a file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Below the folder of what is generated.
    Out(&'static str),
    /// Where the platform looks for workflows.
    Workflow,
}

/// Every path below `out` that a file of a pipeline may have.
pub const OWN: [&str; 3] = ["dependabot.yml", "gitlab-ci.yml", "renovate.json"];

/// What is in a file.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A YAML template with its context.
    Template(&'static str, Json),
    /// Text as it is.
    Text(String),
}

/// Where the project stands.
#[derive(Debug, Clone, Copy)]
pub struct Project<'a> {
    /// Its folder, seen from the root of the repository; empty where it is that.
    pub folder: &'a Utf8Path,
    /// Name of the manifest in that folder.
    pub manifest: &'a str,
}

/// What a pipeline needs pinned.
pub fn needed(ci: &model::Ci) -> Needed {
    Needed {
        tools: context::tools(ci.scanner.unwrap_or(Scanner::OsvScanner))
            .map(str::to_owned)
            .into(),
        actions: match ci.platform {
            model::Platform::Github => context::actions().map(str::to_owned).collect(),
            model::Platform::Gitlab => BTreeSet::new(),
        },
        ..Needed::default()
    }
}

/// The files of a service's pipeline; none where it asks for none.
///
/// # Errors
/// What is wrong, and what would be right: something that is not pinned, a name that the platform would evaluate.
pub fn files(
    service: &Service,
    pins: &Pins,
    project: Project<'_>,
) -> Result<Vec<File>, Vec<(String, String)>> {
    let Some(ci) = &service.ci else {
        return Ok(Vec::new());
    };
    let pipeline = context::pipeline(service, ci, pins, project)?;
    let (place, template) = match ci.platform {
        Platform::Github { .. } => (Place::Workflow, "github.yml"),
        Platform::Gitlab { .. } => (Place::Out("gitlab-ci.yml"), "gitlab.yml"),
    };
    let pipeline = File {
        place,
        content: Content::Template(template, pipeline),
    };
    Ok(vec![pipeline, refreshed(service, ci, project)])
}

/// What proposes updates. Both tools read one file for the whole repository, which is not slgen's to write.
fn refreshed(service: &Service, ci: &Ci, project: Project<'_>) -> File {
    match ci.updates {
        Updates::Renovate => File {
            place: Place::Out("renovate.json"),
            content: Content::Text(updates::renovate(service, project)),
        },
        Updates::Dependabot => File {
            place: Place::Out("dependabot.yml"),
            content: Content::Template("dependabot.yml", updates::dependabot(service, project)),
        },
    }
}
