//! Templates that `build.rs` has compiled, as handlebars takes them: parsing them at every start
//! was a third of a small run.

use std::collections::HashMap;

use handlebars::template::{
    DecoratorTemplate, ExpressionSpec, ExpressionSpecBuilder, HelperTemplate, Parameter, Template,
    TemplateElement,
};
use handlebars::{Path, PathSeg};

use super::RenderError;

/// Part of a template.
enum Node {
    /// Text as it stands.
    Text(&'static str),
    /// `{{name}}`, `{{helper argument}}`.
    Value(Call),
    /// `{{#helper argument}}body{{else}}inverse{{/helper}}`.
    Block {
        call: Call,
        body: Option<&'static [Node]>,
        inverse: Option<&'static [Node]>,
        indent: bool,
    },
    /// `{{> template context}}`.
    Partial {
        call: Call,
        /// What stands before it on its line.
        whitespace: Option<&'static str>,
        indent: bool,
    },
}

struct Call {
    name: Name,
    arguments: &'static [Name],
}

enum Name {
    /// Of a helper or a template.
    Word(&'static str),
    /// Of a value: as it was written, and its parts.
    Path(&'static str, &'static [&'static str]),
}

static COMPILED: &[(&str, &[Node])] = include!(concat!(env!("OUT_DIR"), "/templates.rs"));

/// The compiled template of a name.
pub(super) fn template(name: &str) -> Option<Result<Template, RenderError>> {
    let (_, nodes) = COMPILED.iter().find(|(known, _)| *known == name)?;
    Some(build(nodes).map(|mut template| {
        template.name = Some(name.to_owned());
        template
    }))
}

fn build(nodes: &[Node]) -> Result<Template, RenderError> {
    let mut template = Template::new();
    template.elements = nodes.iter().map(element).collect::<Result<_, _>>()?;
    Ok(template)
}

fn element(node: &Node) -> Result<TemplateElement, RenderError> {
    Ok(match node {
        Node::Text(text) => TemplateElement::RawString((*text).to_owned()),
        Node::Value(call) => {
            let helper = HelperTemplate::new(call.spec()?, false, false);
            TemplateElement::Expression(Box::new(helper))
        }
        Node::Block {
            call,
            body,
            inverse,
            indent,
        } => {
            let mut helper = HelperTemplate::new(call.spec()?, true, *indent);
            helper.template = body.map(build).transpose()?;
            helper.inverse = inverse.map(build).transpose()?;
            TemplateElement::HelperBlock(Box::new(helper))
        }
        Node::Partial {
            call,
            whitespace,
            indent,
        } => {
            let mut partial = DecoratorTemplate::new(call.spec()?, *indent);
            partial.indent = whitespace.map(str::to_owned);
            TemplateElement::PartialExpression(Box::new(partial))
        }
    })
}

impl Call {
    fn spec(&self) -> Result<ExpressionSpec, RenderError> {
        ExpressionSpecBuilder::default()
            .name(self.name.parameter())
            .params(self.arguments.iter().map(Name::parameter).collect())
            .hash(HashMap::new())
            .omit_pre_ws(false)
            .omit_pro_ws(false)
            .build()
            .map_err(|error| RenderError(error.to_string()))
    }
}

impl Name {
    fn parameter(&self) -> Parameter {
        match self {
            Self::Word(name) => Parameter::Name((*name).to_owned()),
            Self::Path(raw, parts) => {
                let parts = parts.iter().map(|part| PathSeg::Named((*part).to_owned()));
                Parameter::Path(Path::Relative((parts.collect(), (*raw).to_owned())))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use handlebars::Handlebars;

    use super::super::TEMPLATES;
    use super::*;

    /// Places of the parts, which only errors show, are not kept.
    fn without_places(template: &mut Template) {
        template.mapping.clear();
        for element in &mut template.elements {
            if let TemplateElement::HelperBlock(helper) = element {
                let inner = [&mut helper.template, &mut helper.inverse];
                inner.into_iter().flatten().for_each(without_places);
            }
        }
    }

    #[test]
    fn a_compiled_template_is_what_handlebars_parses() {
        let mut compared = 0;
        for (name, text) in TEMPLATES {
            let Some(compiled) = template(name) else {
                continue;
            };
            let mut registry = Handlebars::new();
            registry.register_template_string(name, text).unwrap();
            let mut parsed = registry.get_template(name).unwrap().clone();
            without_places(&mut parsed);
            assert_eq!(compiled.unwrap(), parsed, "{name}");
            compared += 1;
        }
        assert_eq!(compared, COMPILED.len());
    }
}
