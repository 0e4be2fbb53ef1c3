//! `pom.xml`: what a project asks for.

use std::collections::HashMap;

use roxmltree::{Document, Node};

use super::super::exact::{is_clear, is_exact_maven};
use super::super::reading::{Reading, line_at};
use super::super::{Declaration, Declared, Ecosystem, FaultKind, Package, Range};
use super::named;

/// Elements that name an artifact with its version.
const VERSIONED: [&str; 4] = ["dependency", "parent", "plugin", "extension"];

/// Reads a `pom.xml`. A version that its parent or a bill of materials gives stands elsewhere.
pub(in super::super) fn declared(text: &str) -> Declared {
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let line = usize::try_from(error.pos().row).unwrap_or(1);
            let before = text.split_inclusive('\n').take(line.saturating_sub(1));
            let range = line_at(text, before.map(str::len).sum());
            return Declared::unreadable(range, &without_place(&error.to_string()));
        }
    };
    let project = document.root_element();
    let values = properties(project);
    let at = |node: Node<'_, '_>| line_at(text, node.range().start);
    let mut reading = Reading::default();
    for node in project.descendants().filter(|node| {
        let name = node.tag_name().name();
        VERSIONED.contains(&name) && child(*node, "artifactId").is_some()
    }) {
        let version = value(node, "version", &values);
        let place = child(node, "version").map_or_else(|| at(node), at);
        let package = artifact(node, &values, version.as_deref().unwrap_or_default(), place);
        match version {
            Some(version) if !version.contains("${") && !is_exact_maven(&version) => {
                reading.about(&package, FaultKind::Inexact, "is no exact version");
            }
            _ => {}
        }
        if let Some(path) = child(node, "systemPath") {
            let message = "is a path, no package of a registry";
            let package = Package {
                range: at(path),
                ..package
            };
            reading.about(&package, FaultKind::Elsewhere, message);
        }
    }
    let repositories = project
        .descendants()
        .filter(|node| ["repository", "pluginRepository"].contains(&node.tag_name().name()));
    for url in repositories.filter_map(|node| child(node, "url")) {
        let address = url.text().unwrap_or_default().trim();
        if is_clear(address) {
            let message = format!("{address} is asked without TLS");
            reading.about_file(FaultKind::Source, at(url), message);
        }
    }
    let direct = children(project, "dependencies").flat_map(|all| children(all, "dependency"));
    let dependencies = direct.map(|node| {
        let version = value(node, "version", &values).unwrap_or_default();
        let place = child(node, "artifactId").map_or_else(|| at(node), at);
        Declaration {
            name: artifact(node, &values, "", place).name,
            specifier: version,
            development: value(node, "scope", &values).is_some_and(|scope| scope == "test"),
            range: place,
        }
    });
    Declared {
        name: value(project, "artifactId", &values),
        dependencies: dependencies.collect(),
        workspace: child(project, "modules").is_some(),
        faults: reading.finish().faults,
        ..Declared::default()
    }
}

fn artifact(
    node: Node<'_, '_>,
    values: &HashMap<String, String>,
    version: &str,
    range: Range,
) -> Package {
    // Plugins of Maven's own may leave their group out.
    let group = value(node, "groupId", values);
    let group = group.unwrap_or_else(|| "org.apache.maven.plugins".to_owned());
    let artifact = value(node, "artifactId", values).unwrap_or_default();
    Package::new(Ecosystem::Maven, &named(&group, &artifact), version, range)
}

/// What `${…}` stands for, as far as this file says.
fn properties(project: Node<'_, '_>) -> HashMap<String, String> {
    let stated = children(project, "properties").flat_map(|properties| properties.children());
    let stated = stated.filter(Node::is_element);
    let mut values: HashMap<String, String> = stated
        .filter_map(|node| {
            let text = node.text()?.trim();
            Some((node.tag_name().name().to_owned(), text.to_owned()))
        })
        .collect();
    let parent = child(project, "parent");
    for name in ["groupId", "artifactId", "version"] {
        let own = child(project, name).or_else(|| parent.and_then(|parent| child(parent, name)));
        if let Some(text) = own.and_then(|node| node.text()) {
            values.insert(format!("project.{name}"), text.trim().to_owned());
        }
    }
    values
}

/// The text of a child, properties replaced as far as they are known.
fn value(node: Node<'_, '_>, name: &str, values: &HashMap<String, String>) -> Option<String> {
    let mut text = child(node, name)?.text()?.trim().to_owned();
    // A property may name another, and none of them itself for ever.
    for _ in 0..4 {
        let Some((before, rest)) = text.split_once("${") else {
            break;
        };
        let Some((name, after)) = rest.split_once('}') else {
            break;
        };
        let Some(known) = values.get(name) else { break };
        text = format!("{before}{known}{after}");
    }
    Some(text)
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    children(node, name).next()
}

fn children<'a, 'i>(
    node: Node<'a, 'i>,
    name: &str,
) -> impl Iterator<Item = Node<'a, 'i>> + use<'a, 'i> {
    let name = name.to_owned();
    node.children()
        .filter(move |child| child.is_element() && child.tag_name().name() == name)
}

/// A message of the parser without the place at its end.
fn without_place(message: &str) -> String {
    let end = message.rfind(" at ").unwrap_or(message.len());
    message[..end].to_owned()
}
