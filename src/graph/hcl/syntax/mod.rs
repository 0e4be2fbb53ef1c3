//! Terraform's JSON syntax (`.tf.json`), written as the HCL that it stands for
//! (developer.hashicorp.com/terraform/language/syntax/json).
//!
//! What is an argument and what a block is not seen in JSON: the provider's schema says it.

mod tokens;

use std::sync::Arc;

use camino::Utf8Path;
use hcl_edit::expr::Expression;

use super::ReadError;
use crate::graph::types::Type;
use crate::graph::{Value, schema};
use tokens::{Node, Property};

/// HCL, and where each line of the JSON begins in it.
pub(super) struct Written {
    pub(super) text: String,
    pub(super) lines: Vec<usize>,
}

/// Writes a file of JSON syntax as HCL.
pub(super) fn write(path: &Utf8Path, text: &str) -> Result<Written, ReadError> {
    let error = |line, column, message: &str| ReadError {
        file: path.to_owned(),
        line,
        column,
        message: message.to_owned(),
    };
    let parsed = tokens::parse(text);
    let node = parsed.map_err(|f| error(f.line, f.column, f.message))?;
    let mut writer = Writer {
        text: String::with_capacity(text.len() * 2),
        lines: vec![0],
    };
    for top in each(&node) {
        let Node::Object(properties) = top else {
            return Err(error(1, 1, "an object is expected"));
        };
        for property in written(properties) {
            writer.top(property);
        }
    }
    Ok(Written {
        text: writer.text,
        lines: writer.lines,
    })
}

/// Properties that are no comments.
fn written(properties: &[Property]) -> impl Iterator<Item = &Property> {
    properties.iter().filter(|p| p.name != "//")
}

/// What an array stands for where blocks are expected: each of its elements.
fn each(node: &Node) -> &[Node] {
    match node {
        Node::List(items) => items,
        one => std::slice::from_ref(one),
    }
}

/// How the text of a property is to be read.
enum How<'s> {
    /// A template.
    Expression,
    /// As it is.
    Literal,
    /// A reference or a type.
    Reference,
    /// Nothing that is compared.
    Nothing,
    /// Blocks with so many labels.
    Blocks(usize, Inside<'s>),
}

/// What a body belongs to.
#[derive(Clone)]
enum Inside<'s> {
    /// A resource or a block of one, with its schema where that is known.
    Resource(Option<Arc<schema::Block>>, bool),
    /// The `dynamic` blocks of such a body.
    Dynamic(Option<Arc<schema::Block>>),
    /// A block of Terraform's own.
    Own(&'s str),
}

struct Writer {
    text: String,
    lines: Vec<usize>,
}

impl Writer {
    /// What is written from here on stands on this line of the JSON.
    fn at(&mut self, line: usize) {
        while self.lines.len() < line {
            self.lines.push(self.text.len());
        }
    }

    fn top(&mut self, property: &Property) {
        let labels = match property.name.as_str() {
            "resource" | "data" => 2,
            "variable" | "output" | "provider" | "module" | "check" => 1,
            _ => 0,
        };
        let inside = Inside::Own(&property.name);
        self.blocks(&property.name, labels, &inside, property, &mut Vec::new());
    }

    /// Blocks of one name, whose labels are the properties around their bodies.
    fn blocks<'n>(
        &mut self,
        name: &str,
        labels: usize,
        inside: &Inside<'_>,
        property: &'n Property,
        taken: &mut Vec<&'n str>,
    ) {
        self.at(property.line);
        for node in each(&property.value) {
            let Node::Object(properties) = node else {
                // No block at all: the reader of HCL says so.
                self.text.push_str(name);
                self.text.push(' ');
                self.expression(node, true);
                self.text.push('\n');
                continue;
            };
            if labels > taken.len() {
                for property in written(properties) {
                    taken.push(&property.name);
                    self.blocks(name, labels, inside, property, taken);
                    taken.pop();
                }
                continue;
            }
            self.text.push_str(name);
            for label in &*taken {
                self.text.push(' ');
                self.text.push_str(&Value::string(*label).source());
            }
            self.text.push_str(" {\n");
            let inside = match (inside, taken.as_slice()) {
                (Inside::Own(own @ ("resource" | "data")), [kind, _]) => {
                    let schema = schema::resource(kind, *own == "data");
                    Inside::Resource(schema.map(|s| s.block.clone()), true)
                }
                (Inside::Dynamic(block), [label]) => {
                    Inside::Dynamic(block.as_ref().and_then(|b| inner(b, label)))
                }
                (inside, _) => inside.clone(),
            };
            for property in written(properties) {
                self.property(property, &inside);
            }
            self.text.push_str("}\n");
        }
    }

    fn property(&mut self, property: &Property, inside: &Inside<'_>) {
        let name = property.name.as_str();
        self.at(property.line);
        let how = match inside {
            Inside::Resource(block, top) => {
                of_resource(block.as_ref(), *top, name, &property.value)
            }
            Inside::Dynamic(block) => match name {
                "content" => How::Blocks(0, Inside::Resource(block.clone(), false)),
                "iterator" => How::Reference,
                _ => How::Expression,
            },
            Inside::Own(own) => of_own(own, name),
        };
        match how {
            How::Nothing => {}
            How::Blocks(labels, inside) => {
                self.blocks(name, labels, &inside, property, &mut Vec::new());
            }
            how => {
                self.text.push_str(name);
                self.text.push_str(" = ");
                match how {
                    How::Reference => self.reference(&property.value),
                    how => self.expression(&property.value, matches!(how, How::Literal)),
                }
                self.text.push('\n');
            }
        }
    }

    fn expression(&mut self, node: &Node, literal: bool) {
        match node {
            Node::Plain(word) => self.text.push_str(word),
            Node::Text(text) if literal => self.text.push_str(&Value::string(text).source()),
            Node::Text(text) => template(text, &mut self.text),
            Node::List(items) => {
                self.text.push('[');
                for item in items {
                    self.expression(item, literal);
                    self.text.push_str(", ");
                }
                self.text.push(']');
            }
            Node::Object(properties) => {
                self.text.push_str("{ ");
                for property in properties {
                    self.at(property.line);
                    let name = Node::Text(property.name.clone());
                    self.expression(&name, literal);
                    self.text.push_str(" = ");
                    self.expression(&property.value, literal);
                    self.text.push_str(", ");
                }
                self.text.push('}');
            }
        }
    }

    /// A reference is written without quotes, where it is one.
    fn reference(&mut self, node: &Node) {
        match node {
            Node::Text(text) if text.parse::<Expression>().is_ok() => {
                // On one line, lest it be two arguments.
                let words: Vec<&str> = text.split_whitespace().collect();
                self.text.push_str(&words.join(" "));
            }
            Node::List(items) => {
                self.text.push('[');
                for item in items {
                    self.reference(item);
                    self.text.push_str(", ");
                }
                self.text.push(']');
            }
            other => self.expression(other, true),
        }
    }
}

/// A property of a resource, or of a block in one.
fn of_resource(
    block: Option<&Arc<schema::Block>>,
    top: bool,
    name: &str,
    value: &Node,
) -> How<'static> {
    match name {
        "lifecycle" if top => return How::Blocks(0, Inside::Own("lifecycle")),
        "connection" if top => return How::Blocks(0, Inside::Own("connection")),
        "provisioner" if top => return How::Blocks(1, Inside::Own("provisioner")),
        "provider" | "depends_on" if top => return How::Reference,
        "dynamic" => return How::Blocks(1, Inside::Dynamic(block.cloned())),
        _ => {}
    }
    let objects = each(value).iter().all(|v| matches!(v, Node::Object(_)));
    match block.and_then(|b| inner(b, name)).filter(|_| objects) {
        Some(inner) => How::Blocks(0, Inside::Resource(Some(inner), false)),
        None => How::Expression,
    }
}

/// The schema of a nested block; of a collection of objects too, which may be written as blocks.
fn inner(block: &schema::Block, name: &str) -> Option<Arc<schema::Block>> {
    if let Some(nested) = block.blocks.get(name) {
        return Some(nested.block.clone());
    }
    match &block.attributes.get(name)?.kind {
        Type::List(element) | Type::Set(element) if matches!(**element, Type::Object(_)) => {
            Some(Arc::default())
        }
        _ => None,
    }
}

/// A property of a block of Terraform's own.
#[allow(clippy::match_same_arms, reason = "one arm a block")]
fn of_own(block: &str, name: &str) -> How<'static> {
    let own = |name| How::Blocks(0, Inside::Own(name));
    match (block, name) {
        ("terraform", "backend" | "provider_meta") => How::Blocks(1, Inside::Own("backend")),
        ("terraform", "cloud") => own("backend"),
        ("terraform", "required_providers") => own("required_providers"),
        ("terraform" | "backend", _) => How::Literal,
        // `configuration_aliases` refers to providers.
        ("required_providers", _) => How::Literal,
        ("variable", "type") => How::Reference,
        ("variable", "validation") => own("validation"),
        ("variable", _) => How::Literal,
        ("output" | "lifecycle", "precondition" | "postcondition") => own("condition"),
        ("lifecycle", _) | ("output" | "module", "depends_on") => How::Reference,
        ("module", "source" | "version") => How::Literal,
        ("module", "providers") | ("check", _) => How::Nothing,
        ("moved" | "removed" | "import", _) => How::Reference,
        (
            "provider",
            "assume_role"
            | "assume_role_with_web_identity"
            | "default_tags"
            | "endpoints"
            | "ignore_tags",
        ) => own("settings"),
        _ => How::Expression,
    }
}

/// A template as a quoted string: what is interpolated stays, everything else is escaped.
fn template(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let marks = ["$${", "%%{"].iter().find(|mark| rest.starts_with(**mark));
        if let Some(mark) = marks {
            out.push_str(mark);
            rest = &rest[mark.len()..];
            continue;
        }
        if (rest.starts_with("${") || rest.starts_with("%{"))
            && let Some(end) = interpolation(rest)
        {
            out.push_str(&rest[..end]);
            rest = &rest[end..];
            continue;
        }
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
        rest = &rest[c.len_utf8()..];
    }
    out.push('"');
}

/// Length of the interpolation or directive that a text begins with.
fn interpolation(text: &str) -> Option<usize> {
    // Open brackets, and open strings with the brackets around them.
    let (mut open, mut strings) = (0_usize, Vec::new());
    let mut quoted = false;
    let mut bytes = text.bytes().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' if quoted => drop(bytes.next()),
            b'"' if quoted => {
                open = strings.pop()?;
                quoted = false;
            }
            b'"' => {
                strings.push(open);
                quoted = true;
            }
            b'$' | b'%' if quoted => {
                let next = bytes.peek().map(|(_, b)| *b);
                let doubled = next == Some(byte);
                if doubled {
                    bytes.next();
                } else if next == Some(b'{') {
                    // Back in an expression, inside the string.
                    let end = at + interpolation(&text[at..])?;
                    while bytes.peek().is_some_and(|(at, _)| *at < end) {
                        bytes.next();
                    }
                }
            }
            b'{' if !quoted => open += 1,
            b'}' if !quoted => {
                open = open.checked_sub(1)?;
                if open == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hcl(json: &str) -> String {
        let written = write("main.tf.json".into(), json).unwrap_or_else(|e| panic!("{e}"));
        let lines: Vec<&str> = written.text.lines().map(str::trim).collect();
        lines.join("\n")
    }

    #[test]
    fn blocks_have_labels_and_arrays_are_several() {
        let json = r#"{"//": "x", "resource": {"aws_sqs_queue": {"a": {"name": "n", "//": 1},
            "b": [{"name": null}, {"delay_seconds": 5}]}}, "locals": [{"x": 1}, {"y": [true]}]}"#;
        assert_eq!(
            hcl(json),
            "resource \"aws_sqs_queue\" \"a\" {\nname = \"n\"\n}\nresource \"aws_sqs_queue\" \"b\" {\nname = null\n}\nresource \"aws_sqs_queue\" \"b\" {\ndelay_seconds = 5\n}\nlocals {\nx = 1\n}\nlocals {\ny = [true, ]\n}"
        );
    }

    #[test]
    fn the_schema_tells_blocks_from_arguments() {
        let json = r#"{"resource": {"aws_lambda_function": {"f": {
            "environment": {"variables": {"A": "${var.a}"}},
            "dynamic": {"vpc_config": {"for_each": "${var.v}", "iterator": "it", "content": {"subnet_ids": ["${it.value}"]}}},
            "lifecycle": {"ignore_changes": ["tags"], "prevent_destroy": true},
            "depends_on": ["aws_sqs_queue.q"]}},
            "aws_security_group": {"g": {"ingress": [{"from_port": 1}]}},
            "acme_thing": {"t": {"nested": {"a": 1}}}}}"#;
        assert_eq!(
            hcl(json),
            "resource \"aws_lambda_function\" \"f\" {\nenvironment {\nvariables = { \"A\" = \"${var.a}\", }\n}\ndynamic \"vpc_config\" {\nfor_each = \"${var.v}\"\niterator = it\ncontent {\nsubnet_ids = [\"${it.value}\", ]\n}\n}\nlifecycle {\nignore_changes = [tags, ]\nprevent_destroy = true\n}\ndepends_on = [aws_sqs_queue.q, ]\n}\nresource \"aws_security_group\" \"g\" {\ningress {\nfrom_port = 1\n}\n}\nresource \"acme_thing\" \"t\" {\nnested = { \"a\" = 1, }\n}"
        );
    }

    #[test]
    fn literals_references_and_templates() {
        let json = r#"{"variable": {"v": {"type": "map(string)", "default": "${x}"}},
            "module": {"m": {"source": "./m", "providers": {"aws": "aws.x"},
                "in": "a\\b\n\"${f(\"}\", \"$${y} ${\"${z}\"}\")}\" $${q} 100%"}},
            "moved": {"from": "a_a.a", "to": "a_a.b"}}"#;
        assert_eq!(
            hcl(json),
            "variable \"v\" {\ntype = map(string)\ndefault = \"$${x}\"\n}\nmodule \"m\" {\nsource = \"./m\"\nin = \"a\\\\b\\n\\\"${f(\"}\", \"$${y} ${\"${z}\"}\")}\\\" $${q} 100%\"\n}\nmoved {\nfrom = a_a.a\nto = a_a.b\n}"
        );
    }

    #[test]
    fn a_text_that_is_no_reference_does_not_become_code() {
        let json = r#"{"variable": {"v": {"type": "string\n}\nresource \"a\" \"b\" {"}}}"#;
        let written = hcl(json);
        assert!(!written.contains("\nresource"), "{written}");
    }

    #[test]
    fn lines_are_those_of_the_json() {
        let json = "{\n  \"resource\": {\n    \"aws_sqs_queue\": {\n\n      \"q\": {\n        \"name\": \"n\"\n      }\n    }\n  }\n}\n";
        let written = write("x.tf.json".into(), json).unwrap();
        let line = |part: &str| {
            let at = written.text.find(part).unwrap();
            written.lines.partition_point(|start| *start <= at)
        };
        assert_eq!((line("resource"), line("name")), (5, 6));
    }
}
