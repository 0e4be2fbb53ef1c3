//! Templates and encoders: plain contexts in, files out.
//!
//! Each output language has an environment of its own whose escape function makes plain
//! `{{value}}` safe inside that language's quotes; whole values go through a typed helper.

mod compiled;
mod dockerfile;
pub mod foreign;
pub mod hcl;
pub mod sql;
mod yaml;

use std::sync::OnceLock;

pub use foreign::TemplateFault;
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
    /// Dockerfiles: `{{value}}` stands between double quotes, `{{word value}}` alone, `{{json value}}` in an exec form,
    /// `{{shell value}}` in a command.
    Dockerfile,
    /// Pipelines: values stand between double quotes, and never in a script.
    Yaml,
}

impl Language {
    /// By the name of a template; parts without an ending (`header`) are Terraform's.
    fn of(template: &str) -> Self {
        match template.rsplit_once('.') {
            Some((_, "md")) => Self::Markdown,
            Some((_, "dockerfile")) => Self::Dockerfile,
            Some((_, "yml" | "sh")) => Self::Yaml,
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
    "event.tf",
    "function.tf",
    "go.dockerfile",
    "head.dockerfile",
    "header",
    "http_api.tf",
    "java.dockerfile",
    "kinesis.tf",
    "kms.tf",
    "last.dockerfile",
    "locals.tf",
    "logging.tf",
    "log_group.tf",
    "network.tf",
    "node.dockerfile",
    "object.tf",
    "outputs.tf",
    "permissions.md",
    "policy.tf",
    "python.dockerfile",
    "queue.tf",
    "rust.dockerfile",
    "schedule.tf",
    "scheduler.tf",
    "security.md",
    "skips.tf",
    "stage.dockerfile",
    "state.tfbackend",
    "stream_mapping.tf",
    "subscription.tf",
    "table.tf",
    "topic.tf",
    "url.tf",
    "variables.tf",
    "versions.tf",
];

macro_rules! pipelines {
    ($($name:literal),* $(,)?) => {
        /// Name and text of every template of a pipeline, and of the scripts in it.
        pub const PIPELINES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../templates/ci/", $name, ".hbs")))),*];
    };
}

pipelines![
    "build.sh",
    "checkout.yml",
    "comment.sh",
    "dependabot.yml",
    "dependency_check.sh",
    "download.sh",
    "fetch.sh",
    "github.yml",
    "gitlab.yml",
    "locks.sh",
    "native.sh",
    "node.sh",
    "osv.sh",
    "plan.sh",
    "publish.sh",
    "python.sh",
    "scan.sh",
    "slgen.yml",
    "snyk.sh",
    "terraform.sh",
    "token.sh",
    "tool.yml",
];

/// Templates, ready to be rendered: one environment for each language.
#[derive(Debug)]
pub struct Templates {
    hcl: Handlebars<'static>,
    markdown: Handlebars<'static>,
    dockerfile: Handlebars<'static>,
    /// Some are a blueprint's: what is rendered is bounded.
    bounded: bool,
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
        let mut dockerfiles = registry(Language::Dockerfile, dockerfile::escape, replaced)?;
        dockerfile::register(&mut dockerfiles);
        Ok(Self {
            hcl: registry(Language::Hcl, hcl::escape, replaced)?,
            markdown: registry(Language::Markdown, escape_markdown, replaced)?,
            dockerfile: dockerfiles,
            bounded: false,
        })
    }

    /// The built-in templates with those of blueprints, which add to them or replace them: Terraform's alone.
    ///
    /// # Errors
    /// Everything that they may not do.
    pub fn foreign(sources: &foreign::Sources) -> Result<Self, Vec<TemplateFault>> {
        let faults = sources
            .iter()
            .flat_map(|(name, text)| foreign::text_faults(name, text));
        let faults: Vec<TemplateFault> = faults.collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        let replaced: Vec<(&str, &str)> = sources.iter().map(|(n, t)| (&**n, &**t)).collect();
        let mut templates = Self::with(&replaced).map_err(|error| {
            let name = sources
                .keys()
                .find(|name| error.0.starts_with(&format!("{name}: ")));
            vec![TemplateFault {
                template: name.cloned().unwrap_or_default(),
                line: None,
                message: error.0,
                help: "mend it: it is no template",
            }]
        })?;
        templates.bounded = true;
        let faults = sources
            .keys()
            .flat_map(|name| foreign::faults(name, &templates.hcl));
        let mut faults: Vec<TemplateFault> = faults.collect();
        faults.dedup();
        if faults.is_empty() {
            Ok(templates)
        } else {
            Err(faults)
        }
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
            Language::Dockerfile => &self.dockerfile,
            Language::Yaml => yaml()?,
        };
        let context = Context::from(context);
        let text = if self.bounded {
            foreign::render(registry, template, &context)?
        } else {
            registry
                .render_with_context(template, &context)
                .map_err(|error| RenderError(error.to_string()))?
        };
        Ok(match language {
            Language::Hcl => hcl::canonical(&text),
            Language::Markdown | Language::Dockerfile | Language::Yaml => text,
        })
    }
}

/// Those of pipelines, which most runs do without.
fn yaml() -> Result<&'static Handlebars<'static>, RenderError> {
    static YAML: OnceLock<Result<Handlebars<'static>, RenderError>> = OnceLock::new();
    YAML.get_or_init(|| registry(Language::Yaml, yaml::escape, &[]))
        .as_ref()
        .map_err(Clone::clone)
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
    let all = TEMPLATES.iter().chain(PIPELINES).chain(replaced);
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
        for (name, text) in TEMPLATES.iter().chain(PIPELINES) {
            for banned in ["{{{", "{{&", "{{#if", "{{#unless", "<<"] {
                assert!(!text.contains(banned), "{name} uses {banned}");
            }
        }
    }

    /// A value reaches a script through a variable, and YAML between quotes.
    #[test]
    fn no_value_stands_in_a_script_or_without_quotes() {
        let value = |line: &str| {
            let values = line.split("{{").skip(1);
            let escaped = line.matches("\\{{").count();
            values
                .filter(|v| !v.starts_with(['#', '/', '>']) && !v.starts_with("else"))
                .count()
                - escaped
        };
        for (name, text) in PIPELINES {
            let mut script: Option<usize> = None;
            for line in text.lines() {
                let indent = line.len() - line.trim_start().len();
                if script.is_some_and(|of| {
                    !line.is_empty()
                        && indent <= of
                        && !line.contains("{{#")
                        && !line.contains("{{/")
                }) {
                    script = None;
                }
                let found = value(line);
                if script.is_some() || name.rsplit_once('.').is_some_and(|(_, end)| end == "sh") {
                    assert_eq!((found, line.contains("\\{{")), (0, false), "{name}: {line}");
                } else if found > 0 && !line.trim_start().starts_with('#') {
                    // A number, and the name of a variable of the platform.
                    let other = ["default-days: ", "$\\{{ vars."];
                    let quoted = line.contains('"') || other.iter().any(|o| line.contains(o));
                    assert!(quoted, "{name}: {line}");
                }
                if line.ends_with("run: |") || line.ends_with("- |") {
                    script = Some(indent);
                }
            }
        }
    }

    #[test]
    fn every_template_is_there() {
        assert!(Templates::builtin().is_ok(), "{:?}", Templates::builtin());
        assert!(yaml().is_ok(), "{:?}", yaml());
    }
}
