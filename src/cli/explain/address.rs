//! A resource of the generated Terraform.

use super::action::held;
use super::answer::Asked;
use super::{Answer, Stack};
use crate::catalog::aws::suggest::nearest;
use crate::cli::pipeline::Own;
use crate::graph::{Graph, Resource, hcl};

pub(super) fn explain(stack: &Stack, address: &str) -> Result<Answer, String> {
    let graph = graph(stack)?;
    let Some(resource) = graph
        .resources
        .values()
        .find(|r| r.address.to_string() == address)
    else {
        if let Some(own) = &stack.prepared.own
            && let Some(resource) = own.resource(address)
        {
            return Ok(of_own(own, resource));
        }
        let all: Vec<String> = graph.resources.keys().map(ToString::to_string).collect();
        let near = nearest(address, all.iter().map(String::as_str));
        let near = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
        return Err(format!(
            "{address} is no rule, action or resource of this stack, and no line of its code{near}"
        ));
    };
    Ok(of(stack, resource))
}

/// A resource that the user's own Terraform adds.
fn of_own(own: &Own, resource: &Resource) -> Answer {
    let mut answer = Answer::new(resource.address.to_string(), "resource");
    if let Some(location) = &resource.location {
        let file = own.shown(&location.file);
        answer.fact("own", format!("{file}:{}", location.line));
    }
    let belongs = "your own Terraform, which slgen judges and does not generate";
    answer.fact("belongs to", belongs);
    answer.fact("refers to", resource.references.join(", "));
    answer
}

/// The graph of the first environment: addresses are the same in all.
pub(super) fn graph(stack: &Stack) -> Result<Graph, String> {
    let files = &stack.prepared.files;
    let variables = files
        .iter()
        .find(|(path, _)| path.extension() == Some("tfvars"))
        .map(|(path, text)| (path.clone(), text.clone()));
    hcl::read(files, variables.as_slice()).map_err(|errors| {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        errors.join("\n")
    })
}

/// Where a resource is, who asked for it, and what it may or who may use it.
pub(super) fn of(stack: &Stack, resource: &Resource) -> Answer {
    let address = resource.address.to_string();
    let prepared = &stack.prepared;
    let mut answer = Answer::new(address.clone(), "resource");
    if let Some(location) = &resource.location {
        let file = prepared.out.join(&location.file);
        answer.fact("generated", format!("{file}:{}", location.line));
    }
    let scope = prepared.provenance.scope(&address).unwrap_or_default();
    let pointer = prepared.provenance.pointer(&address).unwrap_or_default();
    // The service as a whole is no one line.
    let by = (!pointer.is_empty())
        .then(|| Asked::of(&prepared.loaded, &pointer))
        .flatten();
    answer.asked("belongs to", scope, None, by);
    answer.fact("refers to", resource.references.join(", "));
    for line in &stack.ledger.permissions {
        if line.holder == address {
            held(&mut answer, "policy", line, stack);
        }
    }
    answer
}
