//! Stack → files, and the files read back.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use camino::Utf8PathBuf;

use super::fault::internal;
use super::foreign::Foreign;
use super::provenance::{Part, Parts};
use super::rendered::Rendered;
use crate::cli::joined;
use crate::cloud::aws::{self, Content, Planned};
use crate::diagnostic::Diagnostic;
use crate::guardrail::{Expected, ReadBack};
use crate::iam::Bindings;
use crate::manifest::Loaded;
use crate::render::Templates;
use crate::service::Service;
use crate::threads;

/// The templates of the service's blueprint, where it has some, and the manifest that names it.
pub(super) type Told<'a> = Option<(&'a Foreign, &'a Loaded)>;

/// What is done on another thread, which then helps to render; without it one thread renders.
pub(super) type First<'a> = Option<&'a mut (dyn FnMut() + Send)>;

/// Path, part and text of a file.
type File = (Utf8PathBuf, Part, String);

/// The files of a stack by the templates of its blueprint, with what the blueprint adds.
pub(super) fn rendered(
    stack: &mut aws::Stack,
    service: &Service,
    told: &Told<'_>,
    first: First<'_>,
) -> Result<Rendered, Vec<Diagnostic>> {
    let Some((foreign, loaded)) = told else {
        let templates = Templates::builtin().map_err(|e| vec![internal(e.to_string())])?;
        return render_all(stack, service, templates, told, first);
    };
    let mut rendered = render_all(stack, service, &foreign.templates, told, first)?;
    foreign.add(&mut rendered, service, loaded)?;
    Ok(rendered)
}

/// Renders the files of a stack; of two threads each takes the next one. Their contexts, which are larger than the text,
/// are taken out of it and dropped one by one.
fn render_all(
    stack: &mut aws::Stack,
    service: &Service,
    templates: &Templates,
    told: &Told<'_>,
    first: First<'_>,
) -> Result<Rendered, Vec<Diagnostic>> {
    let planned = std::mem::take(&mut stack.files);
    // Last come the files of the ledger, whose contexts are only made when the others are gone.
    let files = planned.into_iter().map(Some).chain([None]).enumerate();
    let files = Mutex::new(files);
    let next = || files.lock().unwrap_or_else(PoisonError::into_inner).next();
    // The files in front of a fault have all been taken, so the least number is that of the first fault.
    let work = || -> Result<Vec<File>, (usize, Vec<Diagnostic>)> {
        let mut done = Vec::new();
        while let Some((number, planned)) = next() {
            let mut render = |planned| -> Result<(), (usize, Vec<Diagnostic>)> {
                let file = render(planned, templates, told);
                done.push(file.map_err(|faults| (number, faults))?);
                Ok(())
            };
            match planned {
                Some(planned) => render(planned)?,
                None => stack
                    .ledger_files(service)
                    .into_iter()
                    .try_for_each(render)?,
            }
        }
        Ok(done)
    };
    let both = std::thread::scope(|scope| {
        let other = first.map(|first| {
            scope.spawn(|| {
                first();
                work()
            })
        });
        let mut done = vec![work()];
        done.extend(other.map(joined));
        done
    });
    let mut rendered = Rendered {
        files: BTreeMap::new(),
        parts: Parts::new(),
    };
    let mut first: Option<(usize, Vec<Diagnostic>)> = None;
    for done in both {
        match done {
            Ok(done) => {
                for (path, part, text) in done {
                    rendered.parts.insert(path.clone(), part);
                    rendered.files.insert(path, text);
                }
            }
            Err(fault) if first.as_ref().is_none_or(|first| fault.0 < first.0) => {
                first = Some(fault);
            }
            Err(_) => {}
        }
    }
    match first {
        Some((_, faults)) => Err(faults),
        None => Ok(rendered),
    }
}

fn render(
    planned: Planned,
    templates: &Templates,
    told: &Told<'_>,
) -> Result<File, Vec<Diagnostic>> {
    let mut text = match planned.content {
        Content::Text(text) => text,
        Content::Template(language, template, mut context) => {
            if let Some((foreign, _)) = told {
                foreign.complete(template, &mut context);
            }
            let rendered = templates.render(language, template, context);
            rendered.map_err(|error| {
                let foreign =
                    told.and_then(|(foreign, loaded)| foreign.unrendered(loaded, template, &error));
                vec![foreign.unwrap_or_else(|| internal(format!("{}: {error}", planned.path)))]
            })?
        }
    };
    text.shrink_to_fit();
    Ok((planned.path, (planned.scope, planned.pointer), text))
}

/// Reads what was rendered as Terraform would, once for each environment: what is not evaluated,
/// not in the provider's schema, or grants other than the ledger says, is never written.
pub(super) fn read_back(
    files: &BTreeMap<Utf8PathBuf, String>,
    service: &Service,
    stack: aws::Stack,
) -> Result<Vec<ReadBack>, Vec<Diagnostic>> {
    let expected = threads::each(stack.environments.iter().collect(), |(name, bindings)| {
        expected(service, &stack, name, bindings)
    });
    // The policies with their reasons are large, and not needed any more.
    drop(stack);
    ReadBack::all(files, expected).map_err(|(environment, faults)| unlike(&environment, faults))
}

/// What an environment is to be.
fn expected(
    service: &Service,
    stack: &aws::Stack,
    environment: &str,
    bindings: &Bindings,
) -> Expected {
    let boundary = &service.environments[environment].permissions_boundary;
    Expected {
        environment: environment.to_owned(),
        permissions_boundary: boundary.clone(),
        ledger: stack.ledger(bindings),
    }
}

/// An environment that is not what it is to be.
fn unlike(environment: &str, faults: Vec<String>) -> Vec<Diagnostic> {
    let faults = faults.into_iter();
    faults
        .map(|fault| internal(format!("environment {environment}: {fault}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::realise::{Realised, realise};
    use super::*;
    use crate::render::TEMPLATES;

    fn orders() -> Realised {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/orders");
        realise(folder.into(), "slgen.yaml".into())
            .map_err(|failure| failure.diagnostics)
            .unwrap()
    }

    /// What the read-back says once a template has been changed.
    fn corrupted(template: &str, from: &str, to: &str) -> Vec<String> {
        let mut realised = orders();
        let text = TEMPLATES
            .iter()
            .find(|(name, _)| *name == template)
            .unwrap()
            .1;
        let changed = text.replacen(from, to, 1);
        assert_ne!(text, changed, "{template} has no {from:?}");
        let templates = Templates::with(&[(template, &changed)]).unwrap();
        let files = render_all(
            &mut realised.stack,
            &realised.service,
            &templates,
            &None,
            None,
        )
        .unwrap()
        .files;
        match read_back(&files, &realised.service, realised.stack) {
            Ok(_) => Vec::new(),
            Err(faults) => faults.into_iter().map(|fault| fault.message).collect(),
        }
    }

    #[test]
    fn the_built_in_templates_say_what_the_ledger_says() {
        let mut realised = orders();
        let templates = Templates::builtin().unwrap();
        let files = render_all(
            &mut realised.stack,
            &realised.service,
            templates,
            &None,
            None,
        )
        .unwrap()
        .files;
        let environments = read_back(&files, &realised.service, realised.stack).unwrap();
        assert_eq!(environments.len(), 2);
        for environment in environments {
            assert!(environment.permissions.len() > 100);
        }
    }

    #[test]
    fn a_template_that_grants_other_than_the_ledger_says_is_never_written() {
        for (template, from, to, expected) in [
            // Another action, another resource, a lost condition, an effect turned round.
            (
                "policy.tf",
                "{{hcl action}}",
                "[\"iam:PassRole\"]",
                "Allow iam:PassRole on",
            ),
            (
                "policy.tf",
                "{{hcl resource}}",
                "\"*\"",
                " on * is in the rendered text",
            ),
            (
                "policy.tf",
                "Condition = {{hcl condition}}",
                "",
                "is in the ledger, but not in",
            ),
            ("policy.tf", "{{hcl effect}}", "\"Allow\"", "Allow sqs:* on"),
            (
                "policy.tf",
                "Principal = {{hcl principal}}",
                "Principal = \"*\"",
                " to * ",
            ),
            (
                "policy.tf",
                "Action =",
                "NotAction =",
                "\"NotAction\", which is not read",
            ),
            (
                "policy.tf",
                "2012-10-17",
                "2008-10-17",
                "version is not 2012-10-17",
            ),
            // A policy on the wrong role, and one too many.
            (
                "function.tf",
                "role = aws_iam_role.{{tf}}.name",
                "role = \"admin\"",
                "names no aws_iam_role",
            ),
            (
                "locals.tf",
                "locals {",
                "resource \"aws_iam_role_policy_attachment\" \"x\" {\nrole = \"x\"\npolicy_arn = \"arn:aws:iam::aws:policy/AdministratorAccess\"\n}\n\nlocals {",
                "what this attribute of a aws_iam_role_policy_attachment grants is not read",
            ),
            // Who may invoke a function.
            (
                "function.tf",
                "source_account = var.account_id",
                "",
                "is in the ledger, but not in",
            ),
            (
                "function.tf",
                "qualifier = aws_lambda_alias.{{function_tf}}.name",
                "",
                ":function:orders-dev-create-order to",
            ),
            (
                "function.tf",
                "principal = \"apigateway.amazonaws.com\"",
                "principal = \"*\"",
                " to * ",
            ),
        ] {
            let faults = corrupted(template, from, to);
            assert!(
                faults.iter().any(|fault| fault.contains(expected)),
                "{template}: {from:?} → {to:?}: {faults:#?}"
            );
        }
    }
}
