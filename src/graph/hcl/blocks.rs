//! Evaluates the body of a block and brings it into the shape of the provider's schema.

use std::collections::BTreeMap;
use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::structure::{Attribute, Block, Body, Structure};

use super::build::{Builder, is_meta};
use super::eval::{Binding, Scope, entries};
use super::module::start;
use crate::graph::types::{Extra, Type};
use crate::graph::{Kind, Value, schema};

type Attributes = BTreeMap<String, Value>;
type Lines = BTreeMap<String, usize>;

/// Where a body stands.
struct Place<'p> {
    /// Resource type, for messages; empty in provider and terraform blocks.
    kind: &'p str,
    /// Dotted path of the block inside the resource, with a final dot.
    path: String,
}

impl Builder<'_> {
    /// Attributes and nested blocks of a top-level block, with the line of each.
    pub(super) fn body(
        &mut self,
        body: &Body,
        block: Option<&schema::Block>,
        scope: Scope,
        kind: &str,
    ) -> (Attributes, Lines) {
        let mut lines = Lines::new();
        let place = Place {
            kind,
            path: String::new(),
        };
        let attributes = self.nested(body, block, scope, &place, &mut lines);
        (attributes, lines)
    }

    fn nested(
        &mut self,
        body: &Body,
        block: Option<&schema::Block>,
        scope: Scope,
        place: &Place,
        lines: &mut Lines,
    ) -> Attributes {
        let top = place.path.is_empty() && !place.kind.is_empty();
        let mut attributes = Attributes::new();
        let mut groups: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for structure in body {
            let line = self.line(scope, start(structure.span()));
            match structure {
                Structure::Attribute(a) if top && is_meta(a.key.as_str()) => {}
                Structure::Attribute(a) => {
                    let name = a.key.as_str();
                    lines.entry(format!("{}{name}", place.path)).or_insert(line);
                    if let Some(value) = self.attribute(a, block, scope, place) {
                        attributes.insert(name.to_owned(), value);
                    }
                }
                Structure::Block(b) if top && matches!(b.ident.as_str(), "lifecycle") => {}
                Structure::Block(b) => {
                    let (name, dynamic) = match (b.ident.as_str(), b.labels.as_slice()) {
                        ("dynamic", [label]) => (label.as_str(), true),
                        (name, []) => (name, false),
                        (name, _) => {
                            let at = start(b.ident.span());
                            // Provisioners are kept, so that a rule can see them.
                            if name != "provisioner" {
                                let message = format!("a nested block {name:?} has no labels");
                                self.report(scope.fail(at, message));
                                continue;
                            }
                            (name, false)
                        }
                    };
                    let Some(inner) = self.block_schema(name, b, block, scope, place, top) else {
                        continue;
                    };
                    lines.entry(format!("{}{name}", place.path)).or_insert(line);
                    let place = Place {
                        kind: place.kind,
                        path: format!("{}{name}.", place.path),
                    };
                    let items = groups.entry(name).or_default();
                    if dynamic {
                        items.extend(self.dynamic(name, b, inner.as_deref(), scope, &place, lines));
                    } else {
                        let inner = inner.as_deref();
                        let map = self.nested(&b.body, inner, scope, &place, lines);
                        items.push(Kind::Map(map).into());
                    }
                }
            }
        }
        for (name, items) in groups {
            if attributes.contains_key(name) {
                let message = format!("{name:?} is both an argument and a block");
                self.report(scope.fail(start(body.span()), message));
                continue;
            }
            let value = self.grouped(name, items, block, scope, start(body.span()));
            attributes.insert(name.to_owned(), value);
        }
        attributes
    }

    fn line(&self, scope: Scope, offset: usize) -> usize {
        let file = self.evaluator.module.files.get(scope.file);
        file.map_or(0, |f| f.line(scope.base + offset))
    }

    fn attribute(
        &mut self,
        attribute: &Attribute,
        block: Option<&schema::Block>,
        scope: Scope,
        place: &Place,
    ) -> Option<Value> {
        let name = attribute.key.as_str();
        let at = start(attribute.key.span());
        let mut wanted = None;
        if let Some(block) = block {
            wanted = block.attributes.get(name);
            let message = match wanted {
                None if block.blocks.contains_key(name) => {
                    Some(format!("{name:?} is a block: write it without ="))
                }
                None => Some(format!(
                    "{} has no argument \"{}{name}\"",
                    place.kind, place.path
                )),
                Some(a) if !a.optional && !a.required => Some(format!(
                    "{name:?} is set by the provider and cannot be written"
                )),
                Some(_) => None,
            };
            if let Some(message) = message {
                self.report(scope.fail(at, message));
                return None;
            }
        }
        let value = match self.evaluator.eval(&attribute.value, scope) {
            Ok(value) => value,
            Err(failure) => {
                self.report(failure);
                return None;
            }
        };
        let Some(wanted) = wanted else {
            return Some(value);
        };
        match wanted.kind.convert(value, Extra::Refuse) {
            Ok(value) => Some(value.marked(wanted.sensitive)),
            Err(message) => {
                let at = start(attribute.value.span());
                self.report(scope.fail(at, format!("{name}: {message}")));
                None
            }
        }
    }

    /// Schema of a nested block: `Some(None)` where the type is not in the extract, `None` when
    /// there is no such block (reported).
    #[expect(
        clippy::option_option,
        reason = "not checked, checked and absent, present"
    )]
    fn block_schema(
        &mut self,
        name: &str,
        b: &Block,
        block: Option<&schema::Block>,
        scope: Scope,
        place: &Place,
        top: bool,
    ) -> Option<Option<Arc<schema::Block>>> {
        let Some(block) = block else {
            return Some(None);
        };
        if top && matches!(name, "provisioner" | "connection") {
            return Some(None);
        }
        if let Some(nested) = block.blocks.get(name) {
            return Some(Some(nested.block.clone()));
        }
        // Collections of objects may be written as blocks too (`ingress` of a security group).
        if let Some(attribute) = block.attributes.get(name)
            && let Type::List(element) | Type::Set(element) = &attribute.kind
            && let Type::Object(fields) = element.as_ref()
        {
            let fields = fields.iter().map(|(name, field)| {
                let attribute = schema::Attribute {
                    kind: field.kind.clone(),
                    required: false,
                    optional: true,
                    computed: false,
                    sensitive: false,
                    write_only: false,
                };
                (name.clone(), attribute)
            });
            return Some(Some(Arc::new(schema::Block {
                attributes: fields.collect(),
                blocks: BTreeMap::new(),
            })));
        }
        let message = if block.attributes.contains_key(name) {
            format!("{name:?} is an argument: write it with =")
        } else {
            format!("{} has no block \"{}{name}\"", place.kind, place.path)
        };
        self.report(scope.fail(start(b.ident.span()), message));
        None
    }

    /// The blocks that a dynamic block stands for; one symbol while their number is unknown.
    fn dynamic(
        &mut self,
        name: &str,
        b: &Block,
        inner: Option<&schema::Block>,
        scope: Scope,
        place: &Place,
        lines: &mut Lines,
    ) -> Vec<Value> {
        let at = start(b.ident.span());
        let mut content = b.body.get_blocks("content");
        let (Some(for_each), Some(content), None) = (
            b.body.get_attribute("for_each"),
            content.next(),
            content.next(),
        ) else {
            let message = "a dynamic block needs for_each and one content block";
            self.report(scope.fail(at, message));
            return Vec::new();
        };
        let iterator = b
            .body
            .get_attribute("iterator")
            .and_then(|a| a.value.as_variable())
            .map_or(name, |ident| ident.as_str());
        let collection = match self.evaluator.eval(&for_each.value, scope) {
            Ok(collection) => collection,
            Err(failure) => {
                self.report(failure);
                return Vec::new();
            }
        };
        let Some(entries) = entries(&collection) else {
            if collection.is_known() {
                let at = start(for_each.value.span());
                self.report(scope.fail(at, "for_each takes a collection"));
                return Vec::new();
            }
            let text = format!("dynamic({name}, {})", collection.source());
            return vec![Value::symbol(text).marked(collection.has_sensitive())];
        };
        let mut blocks = Vec::new();
        for (key, value) in entries {
            if let Err(failure) = self.evaluator.charge(scope, at, 10) {
                self.report(failure);
                break;
            }
            let each = Kind::Map(BTreeMap::from([
                ("key".to_owned(), key),
                ("value".to_owned(), value),
            ]));
            let each = each.into();
            let names = Binding {
                name: iterator,
                value: &each,
                next: scope.names,
            };
            let scope = Scope {
                names: Some(&names),
                ..scope
            };
            let map = self.nested(&content.body, inner, scope, place, lines);
            blocks.push(Kind::Map(map).into());
        }
        blocks
    }

    /// Blocks of one name in the nesting that the schema says; lists where it says nothing.
    fn grouped(
        &mut self,
        name: &str,
        mut items: Vec<Value>,
        block: Option<&schema::Block>,
        scope: Scope,
        at: usize,
    ) -> Value {
        let Some(block) = block else {
            return Kind::List(items).into();
        };
        if let Some(attribute) = block.attributes.get(name) {
            let list = Kind::List(items).into();
            return match attribute.kind.convert(list, Extra::Refuse) {
                Ok(value) => value.marked(attribute.sensitive),
                Err(message) => {
                    self.report(scope.fail(at, format!("{name}: {message}")));
                    Value::null()
                }
            };
        }
        let Some(nested) = block.blocks.get(name) else {
            return Kind::List(items).into();
        };
        let single = nested.nesting == schema::Nesting::Single;
        let most = if single { 1 } else { nested.max_items };
        if most > 0 && items.len() as u64 > most {
            self.report(scope.fail(at, format!("at most {most} {name:?} blocks are allowed")));
        }
        match nested.nesting {
            schema::Nesting::Single => items.pop().unwrap_or_else(Value::null),
            schema::Nesting::List => Kind::List(items).into(),
            schema::Nesting::Set => Value::set(items),
        }
    }
}
