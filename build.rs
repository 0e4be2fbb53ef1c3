//! Compiles the templates, so that none of slgen's own is parsed when it starts: each becomes a
//! constant tree of nodes (`src/render/compiled.rs`).
#![allow(clippy::print_stdout, reason = "how a build script speaks to cargo")]

use std::error::Error;
use std::path::Path as Folder;

use handlebars::template::{
    DecoratorTemplate, HelperTemplate, Parameter, Template, TemplateElement,
};
use handlebars::{Handlebars, Path, PathSeg};

const TEMPLATES: &str = "templates/aws";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={TEMPLATES}");
    let mut files = std::fs::read_dir(TEMPLATES)?.collect::<Result<Vec<_>, _>>()?;
    files.sort_by_key(std::fs::DirEntry::file_name);
    let mut registry = Handlebars::new();
    let mut compiled = String::from("&[\n");
    for file in files {
        let (path, name) = (file.path(), file.file_name());
        let Some(name) = name.to_str().and_then(|name| name.strip_suffix(".hbs")) else {
            continue;
        };
        registry.register_template_string(name, std::fs::read_to_string(&path)?)?;
        let template = registry
            .get_template(name)
            .ok_or("it was just registered")?;
        let nodes = nodes(template).map_err(|error| format!("{}: {error}", path.display()))?;
        compiled.push_str(&format!("({name:?}, {nodes}),\n"));
    }
    compiled.push(']');
    let out = std::env::var("OUT_DIR")?;
    std::fs::write(Folder::new(&out).join("templates.rs"), compiled)?;
    Ok(())
}

/// A list of nodes, as Rust code.
fn nodes(template: &Template) -> Result<String, String> {
    let nodes = template.elements.iter().map(node);
    Ok(format!(
        "&[{}]",
        nodes.collect::<Result<Vec<_>, _>>()?.join(", ")
    ))
}

fn node(element: &TemplateElement) -> Result<String, String> {
    match element {
        TemplateElement::RawString(text) => Ok(format!("Node::Text({text:?})")),
        TemplateElement::Expression(helper) => Ok(format!("Node::Value({})", call(helper)?)),
        TemplateElement::HelperBlock(helper) => Ok(format!(
            "Node::Block {{ call: {}, body: {}, inverse: {}, indent: {} }}",
            call(helper)?,
            optional(helper.template.as_ref())?,
            optional(helper.inverse.as_ref())?,
            is_indented(helper),
        )),
        TemplateElement::PartialExpression(partial) => partial_node(partial),
        other => Err(unknown(other)),
    }
}

fn call(helper: &HelperTemplate) -> Result<String, String> {
    if !helper.hash.is_empty() || helper.block_param.is_some() || helper.chain {
        return Err(unknown(helper));
    }
    named(&helper.name, &helper.params)
}

fn partial_node(partial: &DecoratorTemplate) -> Result<String, String> {
    if !partial.hash.is_empty() || partial.template.is_some() {
        return Err(unknown(partial));
    }
    Ok(format!(
        "Node::Partial {{ call: {}, whitespace: {:?}, indent: {} }}",
        named(&partial.name, &partial.params)?,
        partial.indent,
        is_indented(partial),
    ))
}

fn named(name: &Parameter, arguments: &[Parameter]) -> Result<String, String> {
    let arguments = arguments.iter().map(parameter);
    Ok(format!(
        "Call {{ name: {}, arguments: &[{}] }}",
        parameter(name)?,
        arguments.collect::<Result<Vec<_>, _>>()?.join(", ")
    ))
}

fn parameter(parameter: &Parameter) -> Result<String, String> {
    match parameter {
        Parameter::Name(name) => Ok(format!("Name::Word({name:?})")),
        Parameter::Path(Path::Relative((segments, raw))) => {
            let names = segments.iter().map(|segment| match segment {
                PathSeg::Named(name) => Ok(name.as_str()),
                other => Err(unknown(other)),
            });
            let names = names.collect::<Result<Vec<_>, _>>()?;
            Ok(format!("Name::Path({raw:?}, &{names:?})"))
        }
        other => Err(unknown(other)),
    }
}

fn optional(template: Option<&Template>) -> Result<String, String> {
    Ok(match template {
        Some(template) => format!("Some({})", nodes(template)?),
        None => "None".to_owned(),
    })
}

/// The one field that handlebars keeps to itself; it is the last that is shown.
fn is_indented(shown: &impl std::fmt::Debug) -> bool {
    format!("{shown:?}").ends_with("indent_before_write: true }")
}

fn unknown(what: &impl std::fmt::Debug) -> String {
    format!("build.rs and src/render/compiled.rs know no such part of a template yet: {what:?}")
}
