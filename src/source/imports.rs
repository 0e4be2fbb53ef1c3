//! What names stand for: imports, as the names that rules know.

use std::collections::HashMap;

use tree_sitter::Node;

use super::language::Imports;

/// Name in the file → full name.
pub(super) type Names = HashMap<String, String>;

/// Takes in what one node imports.
pub(super) fn read(style: Imports, node: Node<'_>, text: &str, names: &mut Names) {
    match (style, node.kind()) {
        (Imports::Python, "import_statement") => python_modules(node, text, names),
        (Imports::Python, "import_from_statement") => python_names(node, text, names),
        (Imports::Ecmascript, "import_statement") => ecmascript(node, text, names),
        (Imports::Go, "import_spec") => go(node, text, names),
        (Imports::Rust, "use_declaration") => {
            if let Some(argument) = node.child_by_field_name("argument") {
                rust(argument, "", text, names, 0);
            }
        }
        _ => {}
    }
}

/// Longest name of a module.
const LONGEST: usize = 200;

/// The text of a node.
pub(super) fn whole<'t>(node: Node<'_>, text: &'t str) -> &'t str {
    text.get(node.byte_range()).unwrap_or_default()
}

/// The same of a name; one that is too long is none.
fn source<'t>(node: Node<'_>, text: &'t str) -> &'t str {
    Some(whole(node, text))
        .filter(|name| name.len() <= LONGEST)
        .unwrap_or_default()
}

/// A module's name without the scheme of Node's own.
pub(super) fn module(name: &str) -> String {
    let name = name.trim_matches(['"', '\'', '`']);
    name.strip_prefix("node:").unwrap_or(name).to_owned()
}

fn children<'t>(node: Node<'t>, field: &str) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.children_by_field_name(field, &mut cursor).collect()
}

fn named(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).collect()
}

/// Name and alias of an import that may have one.
fn aliased<'t>(node: Node<'_>, text: &'t str) -> (&'t str, Option<&'t str>) {
    let field = |name| node.child_by_field_name(name).map(|n| source(n, text));
    match field("alias") {
        Some(alias) => (
            field("name").or(field("path")).unwrap_or_default(),
            Some(alias),
        ),
        None => (field("name").unwrap_or_else(|| source(node, text)), None),
    }
}

fn python_modules(node: Node<'_>, text: &str, names: &mut Names) {
    for name in children(node, "name") {
        if let ("aliased_import", (module, Some(alias))) = (name.kind(), aliased(name, text)) {
            names.insert(alias.to_owned(), module.to_owned());
        } else {
            // `import a.b` binds `a`.
            let first = source(name, text).split('.').next().unwrap_or_default();
            names.insert(first.to_owned(), first.to_owned());
        }
    }
}

fn python_names(node: Node<'_>, text: &str, names: &mut Names) {
    let module = node.child_by_field_name("module_name");
    let module = module.map(|m| source(m, text)).unwrap_or_default();
    for name in children(node, "name") {
        let (name, alias) = match name.kind() {
            "aliased_import" => aliased(name, text),
            _ => (source(name, text), None),
        };
        names.insert(alias.unwrap_or(name).to_owned(), format!("{module}.{name}"));
    }
}

fn ecmascript(node: Node<'_>, text: &str, names: &mut Names) {
    let Some(from) = node.child_by_field_name("source") else {
        return;
    };
    let from = module(source(from, text));
    for clause in named(node)
        .into_iter()
        .filter(|n| n.kind() == "import_clause")
    {
        for part in named(clause) {
            match part.kind() {
                "identifier" => {
                    names.insert(source(part, text).to_owned(), from.clone());
                }
                "namespace_import" => {
                    if let Some(name) = named(part).first() {
                        names.insert(source(*name, text).to_owned(), from.clone());
                    }
                }
                _ => {
                    for specifier in named(part) {
                        let (name, alias) = aliased(specifier, text);
                        let full = format!("{from}.{name}");
                        names.insert(alias.unwrap_or(name).to_owned(), full);
                    }
                }
            }
        }
    }
}

/// A package goes by the last part of its path.
fn go(node: Node<'_>, text: &str, names: &mut Names) {
    let Some(path) = node.child_by_field_name("path") else {
        return;
    };
    let path = module(source(path, text));
    let last = path.rsplit('/').next().unwrap_or_default().to_owned();
    let name = node.child_by_field_name("name").map(|n| source(n, text));
    names.insert(name.unwrap_or(&last).to_owned(), last);
    names.insert(format!("\"{path}\""), path);
}

/// Nested lists of names are bounded by `MOST_NESTED`.
fn rust(node: Node<'_>, prefix: &str, text: &str, names: &mut Names, depth: usize) {
    const MOST_NESTED: usize = 16;
    if depth > MOST_NESTED {
        return;
    }
    let join = |name: &str| {
        let name = name.replace("::", ".");
        match prefix {
            "" => name,
            prefix => format!("{prefix}.{name}"),
        }
    };
    let last = |full: &str| full.rsplit('.').next().unwrap_or_default().to_owned();
    match node.kind() {
        "scoped_use_list" => {
            let path = node.child_by_field_name("path").map(|p| source(p, text));
            let prefix = join(path.unwrap_or_default());
            if let Some(list) = node.child_by_field_name("list") {
                rust(list, &prefix, text, names, depth + 1);
            }
        }
        "use_list" => {
            for part in named(node) {
                rust(part, prefix, text, names, depth + 1);
            }
        }
        "use_as_clause" => {
            if let (path, Some(alias)) = aliased(node, text) {
                names.insert(alias.to_owned(), join(path));
            }
        }
        "self" => {
            names.insert(last(prefix), prefix.to_owned());
        }
        "identifier" | "scoped_identifier" => {
            let full = join(source(node, text));
            names.insert(last(&full), full);
        }
        _ => {}
    }
}
