//! Templates and encoders: plain contexts in, files out.
//!
//! Each output language has an environment of its own whose escape function makes plain
//! `{{value}}` safe inside that language's quotes; whole values go through a typed helper.

mod compiled;
pub mod hcl;
pub mod sql;

use std::sync::OnceLock;

use handlebars::{
    Context, Handlebars, Helper, HelperResult, Output, RenderContext, RenderErrorReason, Renderable,
};
pub use hcl::Expr;

/// A language that files are generated in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Terraform.
    Hcl,
    /// Markdown.
    Markdown,
}

impl Language {
    /// By the name of a template; parts without an ending (`header`) are Terraform's.
    fn of(template: &str) -> Self {
        match template.rsplit_once('.') {
            Some((_, "md")) => Self::Markdown,
            _ => Self::Hcl,
        }
    }
}

/// A template that could not be rendered: a defect of slgen or of a blueprint's template.
#[derive(Debug, Clone)]
pub struct RenderError(String);

impl std::fmt::Display for RenderError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "template: {}", self.0)
    }
}

impl std::error::Error for RenderError {}

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        /// Name and text of every built-in template.
        pub const TEMPLATES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../templates/aws/", $name, ".hbs")))),*];
    };
}

templates![
    "access_logs.tf",
    "alarm.tf",
    "alarms.tf",
    "artifacts.tf",
    "bucket.tf",
    "bucket_guard.tf",
    "environment.tfvars",
    "function.tf",
    "header",
    "http_api.tf",
    "kms.tf",
    "locals.tf",
    "logging.tf",
    "log_group.tf",
    "network.tf",
    "outputs.tf",
    "permissions.md",
    "policy.tf",
    "queue.tf",
    "schedule.tf",
    "scheduler.tf",
    "security.md",
    "skips.tf",
    "state.tfbackend",
    "table.tf",
    "topic.tf",
    "variables.tf",
    "versions.tf",
];

/// Templates, ready to be rendered: one environment for each language.
#[derive(Debug)]
pub struct Templates {
    hcl: Handlebars<'static>,
    markdown: Handlebars<'static>,
}

impl Templates {
    /// The built-in templates; made once.
    ///
    /// # Errors
    /// A template that does not parse: a defect of slgen.
    pub fn builtin() -> Result<&'static Self, RenderError> {
        static BUILTIN: OnceLock<Result<Templates, RenderError>> = OnceLock::new();
        BUILTIN
            .get_or_init(|| Self::with(&[]))
            .as_ref()
            .map_err(Clone::clone)
    }

    /// The built-in templates with some replaced: name and text of each.
    ///
    /// # Errors
    /// A template that does not parse.
    pub fn with(replaced: &[(&str, &str)]) -> Result<Self, RenderError> {
        Ok(Self {
            hcl: registry(Language::Hcl, hcl::escape, replaced)?,
            markdown: registry(Language::Markdown, escape_markdown, replaced)?,
        })
    }

    /// Renders a template of a language with a context.
    ///
    /// # Errors
    /// A missing value, an unknown helper or an unknown template.
    pub fn render(
        &self,
        language: Language,
        template: &str,
        context: serde_json::Value,
    ) -> Result<String, RenderError> {
        let registry = match language {
            Language::Hcl => &self.hcl,
            Language::Markdown => &self.markdown,
        };
        let text = registry
            .render_with_context(template, &Context::from(context))
            .map_err(|error| RenderError(error.to_string()))?;
        Ok(match language {
            Language::Hcl => hcl::canonical(&text),
            Language::Markdown => text,
        })
    }
}

fn registry(
    language: Language,
    escape: fn(&str) -> String,
    replaced: &[(&str, &str)],
) -> Result<Handlebars<'static>, RenderError> {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    registry.register_escape_fn(escape);
    registry.register_helper("hcl", Box::new(hcl_helper));
    registry.register_helper("when", Box::new(when_helper));
    let all = TEMPLATES.iter().chain(replaced);
    for (name, text) in all.filter(|(name, _)| Language::of(name) == language) {
        let is_replaced = replaced.iter().any(|(other, _)| other == name);
        match compiled::template(name) {
            Some(template) if !is_replaced => registry.register_template(name, template?),
            _ => registry
                .register_template_string(name, text)
                .map_err(|error| RenderError(format!("{name}: {error}")))?,
        }
    }
    Ok(registry)
}

/// `{{hcl value}}`: the value as an HCL expression.
fn hcl_helper(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let value = helper
        .param(0)
        .filter(|param| !param.is_value_missing())
        .ok_or(RenderErrorReason::ParamNotFoundForIndex("hcl", 0))?;
    out.write(&hcl::encode(value.value()))?;
    Ok(())
}

/// `{{#when flag}}…{{else}}…{{/when}}`: like `if`, but anything other than a boolean is an error;
/// handlebars' own `if` takes a misspelt name for false.
pub(crate) fn when_helper<'reg, 'rc>(
    helper: &Helper<'rc>,
    registry: &'reg Handlebars<'reg>,
    context: &'rc Context,
    render: &mut RenderContext<'reg, 'rc>,
    out: &mut dyn Output,
) -> HelperResult {
    let flag = helper
        .param(0)
        .and_then(|param| param.value().as_bool())
        .ok_or(RenderErrorReason::InvalidParamType("when takes a boolean"))?;
    let branch = if flag {
        helper.template()
    } else {
        helper.inverse()
    };
    branch.map_or(Ok(()), |template| {
        template.render(registry, context, render, out)
    })
}

/// Text inside a Markdown table cell or sentence: nothing of it is markup.
pub(crate) fn escape_markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => out.push(' '),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' | '$' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_never_bypass_the_encoders() {
        for (name, text) in TEMPLATES {
            for banned in ["{{{", "{{&", "{{#if", "{{#unless", "<<"] {
                assert!(!text.contains(banned), "{name} uses {banned}");
            }
        }
    }

    #[test]
    fn every_template_is_there() {
        assert!(Templates::builtin().is_ok(), "{:?}", Templates::builtin());
    }
}
