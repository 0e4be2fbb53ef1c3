//! Templates of blueprints: data, held within bounds before they are rendered and while they are.
//!
//! A blueprint may be anyone's. Its templates know values, `{{hcl value}}`, `{{#when flag}}`, `{{#each list}}` and
//! `{{> partial}}`, and nothing else; what they can cost is bounded by what they are, and what they write by size.

use std::collections::BTreeMap;
use std::io::{self, Write};

use handlebars::template::{Parameter, Template, TemplateElement};
use handlebars::{Context, Handlebars};
use serde_json::Value as Json;

use super::{RenderError, hcl};

/// Most bytes of a file.
pub const LARGEST: usize = 1024 * 1024;
/// Most bytes of all files of a service.
pub const LARGEST_TOTAL: usize = 16 * 1024 * 1024;
/// Most blocks inside each other.
const DEEPEST: usize = 16;
/// Steps that a template may take if every list has [`EACH`] items.
const MOST_STEPS: u64 = 100_000_000;
/// Items that a list is taken to have.
const EACH: u64 = 64;

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFault {
    /// The template's name.
    pub template: String,
    /// Line in it, where it is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: &'static str,
}

/// Names of templates in the order of a blueprint's folder: `NAME.tf` are files, the others parts of them.
pub type Sources = BTreeMap<String, String>;

/// What stands between `{{` and `}}` of a template: its line and text.
fn tags(text: &str) -> Vec<(usize, &str)> {
    let mut tags = Vec::new();
    let (mut rest, mut line) = (text, 1);
    while let Some(at) = rest.find("{{") {
        line += rest[..at].matches('\n').count();
        let tail = &rest[at + 2..];
        let end = tail.find("}}").unwrap_or(tail.len());
        tags.push((line, &tail[..end]));
        rest = tail.get(end..).unwrap_or_default();
        line += tail[..end].matches('\n').count();
    }
    tags
}

/// Everything in a template's text that a blueprint may not use. It is looked at before it is parsed, which takes a
/// stack as deep as the text is nested.
pub fn text_faults(name: &str, text: &str) -> Vec<TemplateFault> {
    let mut faults = Vec::new();
    let mut depth = 0_usize;
    for (line, tag) in tags(text) {
        let inner = tag.trim_start_matches('~').trim_start();
        if inner.starts_with('!') {
            continue;
        }
        let mut tell = |message: &str, help| {
            faults.push(TemplateFault {
                template: name.to_owned(),
                line: Some(line),
                message: message.to_owned(),
                help,
            });
        };
        if inner.starts_with(['{', '&']) {
            tell(
                "a value stands here as it is, not escaped",
                "write {{hcl value}}, or {{value}} between double quotes",
            );
        } else if inner.starts_with("#*") || inner.starts_with('*') || inner.starts_with("#>") {
            tell(
                "decorators and blocks of partials are not known here",
                "put it into a file of its own: {{> name}}",
            );
        } else if tag.contains('(') {
            tell(
                "expressions inside others are not known here",
                "write {{hcl value}}",
            );
        }
        if inner.starts_with('#') {
            depth += 1;
            if depth == DEEPEST + 1 {
                tell(
                    "blocks lie too deep in each other",
                    "put some into a partial",
                );
            }
        } else if inner.starts_with('/') {
            depth = depth.saturating_sub(1);
        }
    }
    faults
}

/// Values that stand outside of double quotes, where they are not escaped for: names of slgen's own (`tf`) may.
pub fn unescaped(name: &str, text: &str) -> Vec<TemplateFault> {
    let mut faults = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with('#') {
            continue;
        }
        let mut quoted = false;
        let mut rest = line;
        while let Some(at) = rest.find("{{") {
            quoted ^= rest[..at].matches('"').count() % 2 == 1;
            let tail = &rest[at + 2..];
            let end = tail.find("}}").unwrap_or(tail.len());
            let tag = tail[..end].trim_matches(['~', ' ']);
            let value =
                !tag.starts_with(['#', '/', '>', '!']) && tag != "else" && !tag.contains(' ');
            let own = tag.rsplit(['.', '_', '/']).next() == Some("tf");
            if value && !quoted && !own {
                faults.push(TemplateFault {
                    template: name.to_owned(),
                    line: Some(index + 1),
                    message: format!(
                        "`{{{{{tag}}}}}` stands outside of double quotes, where it is not escaped"
                    ),
                    help: "write {{hcl value}}, or put it between double quotes",
                });
            }
            rest = tail.get(end + 2..).unwrap_or_default();
        }
    }
    faults
}

/// Everything that a parsed template of a blueprint may not do; `of` are all that can be named.
pub(super) fn faults(name: &str, registry: &Handlebars<'_>) -> Vec<TemplateFault> {
    let mut walk = Walk {
        registry,
        path: Vec::new(),
        known: BTreeMap::new(),
        faults: Vec::new(),
    };
    let steps = walk.template(name);
    if steps > MOST_STEPS && walk.faults.is_empty() {
        walk.tell(
            name,
            "it could take too long",
            "nest fewer lists and partials",
        );
    }
    walk.faults
}

struct Walk<'a> {
    registry: &'a Handlebars<'a>,
    path: Vec<String>,
    known: BTreeMap<String, u64>,
    faults: Vec<TemplateFault>,
}

impl Walk<'_> {
    fn tell(&mut self, name: &str, message: impl Into<String>, help: &'static str) {
        self.faults.push(TemplateFault {
            template: name.to_owned(),
            line: None,
            message: message.into(),
            help,
        });
    }

    /// Steps of a template, if every list has [`EACH`] items.
    fn template(&mut self, name: &str) -> u64 {
        if let Some(steps) = self.known.get(name) {
            return *steps;
        }
        if self.path.iter().any(|other| other == name) {
            let circle = format!("{} → {name}", self.path.join(" → "));
            self.tell(
                name,
                format!("templates include each other for ever: {circle}"),
                "break the circle",
            );
            return 0;
        }
        let Some(template) = self.registry.get_template(name) else {
            let from = self.path.last().cloned().unwrap_or_default();
            self.tell(
                &from,
                format!("there is no partial `{name}`"),
                "add templates/NAME.hbs",
            );
            return 0;
        };
        self.path.push(name.to_owned());
        let steps = self.elements(name, template);
        self.path.pop();
        self.known.insert(name.to_owned(), steps);
        steps
    }

    fn elements(&mut self, name: &str, template: &Template) -> u64 {
        let mut steps = 1_u64;
        for element in &template.elements {
            let cost = match element {
                TemplateElement::RawString(_) | TemplateElement::Comment(_) => 1,
                TemplateElement::Expression(helper) => {
                    let called = helper.name.as_name().unwrap_or_default();
                    if !(helper.params.is_empty() || called == "hcl") || !helper.hash.is_empty() {
                        self.tell(
                            name,
                            format!("there is no helper `{called}`"),
                            "use hcl, when and each",
                        );
                    }
                    1
                }
                TemplateElement::HelperBlock(helper) => {
                    let called = helper.name.as_name().unwrap_or_default();
                    if !["when", "each"].contains(&called) {
                        self.tell(
                            name,
                            format!("there is no block `{called}`"),
                            "use when and each",
                        );
                    }
                    let body = helper
                        .template
                        .as_ref()
                        .map_or(0, |t| self.elements(name, t));
                    let inverse = helper
                        .inverse
                        .as_ref()
                        .map_or(0, |t| self.elements(name, t));
                    let times = if called == "each" { EACH } else { 1 };
                    body.saturating_mul(times).saturating_add(inverse)
                }
                TemplateElement::PartialExpression(partial) => match &partial.name {
                    Parameter::Subexpression(_) | Parameter::Literal(_) => {
                        self.tell(name, "a partial is named by a value", "name it as it is");
                        0
                    }
                    other => {
                        let called = other.as_name().unwrap_or_default().to_owned();
                        self.template(&called)
                    }
                },
                _ => {
                    self.tell(
                        name,
                        "this is not known in a blueprint's template",
                        "use values, hcl, when, each and partials",
                    );
                    0
                }
            };
            steps = steps.saturating_add(cost);
        }
        steps
    }
}

/// Text up to a size: what would go beyond is an error.
struct Limited(Vec<u8>);

impl Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > LARGEST {
            return Err(io::Error::other("it writes more than 1 MiB"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Renders within bounds.
///
/// # Errors
/// A missing value, or more than [`LARGEST`] bytes.
pub(super) fn render(
    registry: &Handlebars<'_>,
    template: &str,
    context: &Context,
) -> Result<String, RenderError> {
    let mut out = Limited(Vec::new());
    registry
        .render_with_context_to_write(template, context, &mut out)
        .map_err(|error| RenderError(error.to_string()))?;
    String::from_utf8(out.0).map_err(|error| RenderError(error.to_string()))
}

/// Whether a value of the user's would be taken for HCL that is encoded already.
pub fn is_encoded(value: &Json) -> bool {
    match value {
        Json::Object(map) => map.contains_key(hcl::MARK) || map.values().any(is_encoded),
        Json::Array(items) => items.iter().any(is_encoded),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Templates;
    use super::*;

    fn refused(all: &[(&str, &str)]) -> Vec<String> {
        let sources = all.iter().map(|(n, t)| ((*n).to_owned(), (*t).to_owned()));
        match Templates::foreign(&sources.collect()) {
            Ok(_) => Vec::new(),
            Err(faults) => faults.into_iter().map(|f| f.message).collect(),
        }
    }

    #[test]
    fn what_is_not_known_is_refused() {
        let deep = "{{#each a}}".repeat(1000);
        for (text, expected) in [
            ("{{{a}}}", "not escaped"),
            ("{{&a}}", "not escaped"),
            ("{{#if a}}x{{/if}}", "no block `if`"),
            ("{{lookup a b}}", "no helper `lookup`"),
            ("{{hcl (lookup a b)}}", "inside others"),
            ("{{#*inline \"x\"}}a{{/inline}}{{> x}}", "decorators"),
            ("{{> nothing}}", "no partial `nothing`"),
            ("{{> x.tf}}", "for ever"),
            (deep.as_str(), "too deep"),
            (
                "{{#each a}}{{#each a}}{{#each a}}{{#each a}}{{#each a}}x{{/each}}{{/each}}{{/each}}{{/each}}{{/each}}",
                "too long",
            ),
        ] {
            let told = refused(&[("x.tf", text)]);
            assert!(
                told.iter().any(|m| m.contains(expected)),
                "{text}: {told:?}"
            );
        }
        assert!(refused(&[("x.tf", "{{> header}}\n{{#each a}}{{hcl this}}{{/each}}")]).is_empty());
    }

    #[test]
    fn partials_that_multiply_are_refused() {
        let mut all: Vec<(String, String)> = vec![("p0".to_owned(), "x".to_owned())];
        for index in 1..12 {
            let before = format!("{{{{> p{}}}}}", index - 1);
            all.push((format!("p{index}"), before.repeat(10)));
        }
        all.push(("x.tf".to_owned(), "{{> p11}}".to_owned()));
        let all: Vec<(&str, &str)> = all.iter().map(|(n, t)| (&**n, &**t)).collect();
        assert!(refused(&all).iter().any(|m| m.contains("too long")));
    }

    #[test]
    fn what_it_writes_is_bounded() {
        let line = "x".repeat(1000);
        let text = format!("{{{{#each a}}}}{{{{#each ../a}}}}{line}{{{{/each}}}}{{{{/each}}}}");
        let templates = Templates::foreign(&[("x.tf".to_owned(), text)].into()).unwrap();
        let context = |n: usize| serde_json::json!({"a": vec![0; n]});
        assert!(
            templates
                .render(super::super::Language::Hcl, "x.tf", context(10))
                .is_ok()
        );
        let error = templates.render(super::super::Language::Hcl, "x.tf", context(100));
        assert!(error.unwrap_err().to_string().contains("more than 1 MiB"));
    }

    #[test]
    fn a_value_that_claims_to_be_encoded_is_seen() {
        assert!(is_encoded(&serde_json::json!([{"a": {"$hcl": "aws_x.y"}}])));
        assert!(!is_encoded(&serde_json::json!({"a": "$hcl"})));
    }
}
