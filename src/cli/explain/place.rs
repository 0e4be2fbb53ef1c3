//! A line of generated code.

use camino::Utf8Path;

use super::action::held;
use super::{Answer, Stack, address};

/// `infra/orders/kms.tf:12` → file and line.
pub(super) fn parse(what: &str) -> Option<(&Utf8Path, usize)> {
    let (file, line) = what.rsplit_once(':')?;
    let file = Utf8Path::new(file);
    let generated = matches!(
        file.extension(),
        Some("tf" | "tfvars" | "md" | "json" | "hcl")
    );
    generated.then_some((file, line.parse().ok()?))
}

pub(super) fn explain(stack: &Stack, file: &Utf8Path, line: usize) -> Result<Answer, String> {
    let prepared = &stack.prepared;
    let below = file.strip_prefix(&prepared.out).unwrap_or(file);
    let Some(text) = prepared.files.get(below) else {
        let own = prepared.own.as_ref();
        return Err(if own.is_some_and(|own| own.is_laid(below)) {
            format!(
                "{file} is your own Terraform, which slgen judges and does not generate: ask for a resource by its address"
            )
        } else {
            format!(
                "{file} is not generated; generated code is in {}",
                prepared.out
            )
        });
    };
    let Some(source) = line.checked_sub(1).and_then(|n| text.lines().nth(n)) else {
        return Err(format!("{file} has {} lines", text.lines().count()));
    };
    let graph = address::graph(stack)?;
    let inside = graph.resources.values().filter(|r| {
        let location = r.location.as_ref();
        location.is_some_and(|l| l.file == below && l.line <= line)
    });
    // The resource that begins last before the line.
    let resource = inside.max_by_key(|r| r.location.as_ref().map(|l| l.line));
    let mut answer = Answer::new(format!("{file}:{line}: {}", source.trim()), "line");
    let Some(resource) = resource else {
        answer.fact(
            "belongs to",
            "the module's settings, the same for every service",
        );
        return Ok(answer);
    };
    answer.fact("resource", resource.address.to_string());
    let attributes = resource
        .attribute_lines
        .iter()
        .filter(|(_, at)| **at <= line);
    if let Some((attribute, _)) = attributes.max_by_key(|(_, at)| **at) {
        answer.fact("attribute", attribute);
    }
    answer.include(address::of(stack, resource));
    // A line of a policy: what it allows, and why.
    let quoted = source.split('"').nth(1).unwrap_or_default();
    let address = resource.address.to_string();
    // A policy is carried by the resource it stands in, or by one that this refers to.
    let carries = |holder: &String| *holder == address || resource.references.contains(holder);
    let mut lines = stack
        .ledger
        .permissions
        .iter()
        .filter(|l| l.action == quoted && carries(&l.holder))
        .peekable();
    if lines.peek().is_some() {
        answer.drop_about("policy");
        for line in lines {
            held(&mut answer, "permission", line, stack);
        }
    }
    Ok(answer)
}
