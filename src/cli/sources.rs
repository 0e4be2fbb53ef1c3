//! Handler sources, read while the Terraform is rendered.

use camino::Utf8Path;

use super::judged::Judged;
use crate::diagnostic::Diagnostic;
use crate::service::Service;

/// Reads and judges the sources of every function, below the folder of the manifest.
#[cfg(feature = "source")]
pub(super) fn judge(root: &Utf8Path, manifest: &Utf8Path, service: &Service) -> Judged {
    use camino::Utf8PathBuf;

    use crate::guardrail::source::{check, data};
    use crate::source::{Events, Function, STACK, scan};

    let functions = service.functions.iter().map(|(name, function)| Function {
        name: name.clone(),
        source: Utf8PathBuf::from(&function.source),
        handler: function.handler.clone(),
    });
    let functions: Vec<Function> = functions.collect();
    let scanned = std::thread::scope(|scope| {
        let read = || scan(root, &functions, data(), Events::Handlers);
        let thread = std::thread::Builder::new().stack_size(STACK);
        // What was not read must not pass for clean: without a thread it is read here.
        match thread.spawn_scoped(scope, read) {
            Ok(thread) => super::joined(thread),
            Err(_) => read(),
        }
    });
    // Files as the manifest's own: relative to the working folder.
    let folder = manifest
        .parent()
        .map(Utf8Path::to_owned)
        .unwrap_or_default();
    let unread = scanned.unread.iter().map(|unread| {
        let message = format!(
            "{} was not read: {}",
            folder.join(&unread.path),
            unread.reason
        );
        Diagnostic::warning("SLG-SOURCE-001", message)
            .help("rules on sources say nothing of it: split it, or review it by hand")
    });
    Judged {
        findings: check(&scanned, |file| folder.join(file)),
        advice: unread.collect(),
        texts: scanned
            .texts
            .into_iter()
            .map(|(file, text)| (folder.join(file), text))
            .collect(),
    }
}

/// This slgen reads no sources, and says so.
#[cfg(not(feature = "source"))]
pub(super) fn judge(_: &Utf8Path, _: &Utf8Path, _: &Service) -> Judged {
    let message =
        "handler sources were not read: this slgen was built without the feature `source`";
    Judged {
        advice: vec![Diagnostic::info("SLG-SOURCE-001", message)],
        ..Judged::default()
    }
}
