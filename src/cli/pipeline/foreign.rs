//! Templates of the service's blueprint, rendered beside the built-in ones.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use serde_json::{Value as Json, json};

use super::rendered::Rendered;
use crate::blueprint::{self, Blueprint};
use crate::cloud::aws::names;
use crate::diagnostic::Diagnostic;
use crate::manifest::Loaded;
use crate::render::foreign::{LARGEST_TOTAL, is_encoded};
use crate::render::{Language, TEMPLATES, Templates};
use crate::service::Service;

/// What a blueprint's template does and may not.
const CODE: &str = "SLG-BLUEPRINT-007";

/// Templates of a blueprint.
pub(super) struct Foreign {
    /// All that can be rendered: the built-in ones, and those that add to them or replace them.
    pub(super) templates: Templates,
    own: BTreeMap<String, blueprint::Template>,
    inputs: blueprint::Inputs,
}

/// The templates of a blueprint; `None` when it has none.
///
/// # Errors
/// Everything that they may not do, told where the manifest names the blueprint.
pub(super) fn foreign(
    blueprint: &Blueprint,
    loaded: &Loaded,
) -> Result<Option<Foreign>, Vec<Diagnostic>> {
    let fault = |message: String, help: &str| fault(loaded, message, help);
    let own = blueprint.templates().map_err(|faults| {
        let faults = faults.into_iter();
        faults
            .map(|message| fault(message, "rename it, or take it out"))
            .collect::<Vec<_>>()
    })?;
    if own.is_empty() {
        return Ok(None);
    }
    let sources = own.iter().map(|(name, t)| (name.clone(), t.text.clone()));
    let templates = Templates::foreign(&sources.collect()).map_err(|faults| {
        let faults = faults.into_iter();
        let told = faults.map(|found| {
            let file = own
                .get(&found.template)
                .map_or("a template", |t| t.file.as_str());
            let line = found
                .line
                .map_or_else(String::new, |line| format!(":{line}"));
            fault(format!("{file}{line}: {}", found.message), found.help)
        });
        told.collect::<Vec<_>>()
    })?;
    for template in own.values() {
        if template.inputs.values().any(is_encoded) {
            let message = "an input has a key `$hcl`, which slgen keeps for itself".to_owned();
            return Err(vec![fault(message, "name the key otherwise")]);
        }
    }
    let inputs = blueprint.members.first();
    let inputs = inputs
        .map(|member| member.inputs.clone())
        .unwrap_or_default();
    Ok(Some(Foreign {
        templates,
        own,
        inputs,
    }))
}

fn fault(loaded: &Loaded, message: String, help: &str) -> Diagnostic {
    loaded.error(CODE, "/baseline/source", message, help)
}

impl Foreign {
    /// Adds the inputs to the context of a built-in template, which a blueprint may replace, or a part of it: those of
    /// the blueprint whose template it is, else those of the baseline.
    pub(super) fn complete(&self, template: &str, context: &mut Json) {
        if let Json::Object(map) = context {
            let own = self
                .own
                .get(template)
                .map_or(&self.inputs, |own| &own.inputs);
            map.insert("input".to_owned(), Json::Object(own.clone()));
        }
    }

    /// Renders the files that a blueprint adds.
    ///
    /// # Errors
    /// A file that is there already, a missing value, or too much text.
    pub(super) fn add(
        &self,
        rendered: &mut Rendered,
        service: &Service,
        loaded: &Loaded,
    ) -> Result<(), Vec<Diagnostic>> {
        let built_in = |name: &str| TEMPLATES.iter().any(|(known, _)| *known == name);
        let added = self
            .own
            .iter()
            .filter(|(name, _)| name.strip_suffix(".tf").is_some() && !built_in(name));
        for (name, template) in added {
            let path = Utf8PathBuf::from(name);
            if rendered.files.contains_key(&path) {
                let message = format!("{}: slgen generates {path} itself", template.file);
                return Err(vec![fault(loaded, message, "name it otherwise")]);
            }
            let text = self
                .templates
                .render(Language::Hcl, name, context(service, template))
                .map_err(|error| vec![told(loaded, template, &error)])?;
            rendered
                .parts
                .insert(path.clone(), ("service".to_owned(), "/baseline".to_owned()));
            rendered.files.insert(path, text);
        }
        let total: usize = rendered.files.values().map(String::len).sum();
        if total > LARGEST_TOTAL {
            let message = "the templates of the blueprint write more than 16 MiB".to_owned();
            return Err(vec![fault(loaded, message, "let them write less")]);
        }
        Ok(())
    }

    /// A template that could not be rendered, as the blueprint's fault where it is from there.
    pub(super) fn unrendered(
        &self,
        loaded: &Loaded,
        template: &str,
        error: &crate::render::RenderError,
    ) -> Option<Diagnostic> {
        Some(told(loaded, self.own.get(template)?, error))
    }

    /// Faults of what was read back: with templates of its own they are the blueprint's, not slgen's.
    pub(super) fn unread(
        &self,
        faults: Vec<Diagnostic>,
        loaded: &Loaded,
        blueprint: &Blueprint,
    ) -> Vec<Diagnostic> {
        let files: Vec<&str> = self.own.values().map(|t| t.file.as_str()).collect();
        let help = format!(
            "the templates of {} ({}) emit permissions that no manifest line asks for, or what cannot be read: mend them",
            blueprint.name,
            files.join(", ")
        );
        let faults = faults.into_iter();
        faults
            .map(|found| fault(loaded, found.message, &help))
            .collect()
    }
}

fn told(
    loaded: &Loaded,
    template: &blueprint::Template,
    error: &crate::render::RenderError,
) -> Diagnostic {
    let help = "docs/blueprints.md lists what a template knows";
    fault(loaded, format!("{}: {error}", template.file), help)
}

/// What a template that adds a file knows.
fn context(service: &Service, template: &blueprint::Template) -> Json {
    let functions = service.functions.iter().map(|(name, function)| {
        json!({
            "name": name,
            "tf": names::tf(name),
            "runtime": function.runtime,
            "image": function.package == crate::service::model::Package::Image,
        })
    });
    let resources = service
        .resources
        .iter()
        .map(|(name, _)| json!({ "name": name, "tf": names::tf(name) }));
    let environments = service
        .environments
        .iter()
        .map(|(name, e)| json!({ "name": name, "account": e.account, "region": e.region }));
    json!({
        "service": service.name,
        "owner": service.owner.clone().unwrap_or_default(),
        "functions": functions.collect::<Vec<_>>(),
        "resources": resources.collect::<Vec<_>>(),
        "environments": environments.collect::<Vec<_>>(),
        "input": template.inputs,
    })
}
