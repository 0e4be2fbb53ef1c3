//! Handlers of routes whose requests are signed: whether they check that.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::handler;
use super::judged::Judged;
use crate::catalog::aws::runtimes;
use crate::guardrail::Finding;
use crate::guardrail::shipped::{Signed, check_signed, unverified};
use crate::manifest::{self, Loaded};
use crate::scaffold::Language;
use crate::service::Service;
use crate::service::model::{Auth, Function, TriggerKind};

/// What the rule says of them. `begun` are files that are not written yet.
pub(super) fn judge(
    root: &Utf8Path,
    loaded: &Loaded,
    service: &Service,
    begun: &[(Utf8PathBuf, String)],
) -> Judged {
    let read = |path: &Utf8Path| {
        let begun = begun.iter().find(|(file, _)| file == path);
        begun.map_or_else(
            || manifest::read(&root.join(path)).ok(),
            |(_, text)| Some(text.clone()),
        )
    };
    let mut judged = Judged::default();
    for (name, function) in &service.functions {
        let (routes, pointers): (Vec<String>, Vec<&String>) = routes(function).unzip();
        if let Some(pointer) = pointers.first() {
            let mut findings = of(service, name, function, &routes, (&loaded.file, &read));
            for finding in &mut findings {
                finding.span = loaded.span(pointer);
            }
            judged.findings.extend(findings);
        }
    }
    judged
}

/// Keys of the signed routes, and where the manifest asks for them.
fn routes(function: &Function) -> impl Iterator<Item = (String, &String)> {
    function
        .triggers
        .iter()
        .filter_map(|trigger| match &trigger.kind {
            TriggerKind::Http {
                method,
                path,
                auth: Auth::Hmac(_),
                ..
            } => Some((format!("{method} {path}"), &trigger.pointer)),
            _ => None,
        })
}

type Read<'a> = &'a dyn Fn(&Utf8Path) -> Option<String>;

fn of(
    service: &Service,
    name: &str,
    function: &Function,
    routes: &[String],
    (manifest, read): (&Utf8Path, Read<'_>),
) -> Vec<Finding> {
    let source = Utf8Path::new(&function.source);
    let beside = manifest.parent().unwrap_or(Utf8Path::new(""));
    let place = beside.join(source);
    let schema =
        |path: &str| read(Utf8Path::new(path)).ok_or_else(|| format!("{path} cannot be read"));
    let language = runtimes::runtime(&function.runtime)
        .and_then(|runtime| Language::of_runtime(&runtime.language));
    let written = handler::handler(service, name, language, schema);
    let handler = match written {
        Ok(handler) => handler,
        Err(fault) => return vec![unverified(name, &fault.message)],
    };
    let (entry, files) = match language {
        Some(Language::Typescript) => ("ts", ["edge/http.ts", "edge/signature.ts"]),
        _ => ("py", ["edge/http.py", "edge/signature.py"]),
    };
    let Some((module, called)) = function.handler.split_once('.') else {
        return vec![unverified(name, "the handler names no file and function")];
    };
    let app = format!("{module}.{entry}");
    let begins = match language {
        Some(Language::Typescript) => format!("export const {called} ="),
        _ => format!("def {called}("),
    };
    let named = |path: &str| path == app || path == "routes.json" || files.contains(&path);
    let written: BTreeMap<String, String> = handler
        .files
        .into_iter()
        .filter_map(|file| {
            let path = file.path.strip_prefix(source).ok()?.to_string();
            named(&path).then_some((path, file.content))
        })
        .collect();
    let signed = Signed {
        function: name,
        place: &place,
        routes,
        written: &written,
        entry: (&app, &begins),
    };
    check_signed(&signed, &|file| read(&source.join(file)))
}
