//! Builds the graph of a module: its resources, instance by instance, and its outputs.

use std::rc::Rc;

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, TraversalOperator};
use hcl_edit::structure::Body;

use super::document;
use super::eval::{Evaluator, Expansion, Failure, Scope};
use super::module::{Declared, start};
use super::resource::ResourceBlock;
use crate::graph::{Address, Graph, InstanceKey, Location, Resource, Value, schema};

/// A graph while it is put together, and what evaluates its module.
pub(super) struct Builder<'a> {
    pub(super) evaluator: Evaluator<'a>,
    pub(super) graph: Graph,
}

impl<'a> Builder<'a> {
    pub(super) fn report(&self, failure: Failure) {
        self.evaluator.report(failure);
    }

    pub(super) fn fail(&self, file: usize, offset: usize, message: impl Into<String>) {
        self.report(Scope::of_file(file).fail(offset, message));
    }

    pub(super) fn resource(
        &mut self,
        declared: Declared<'a, ResourceBlock>,
        references: &[String],
    ) {
        let key = declared.node.key();
        let (data, kind, name) = key;
        let block = match self.evaluator.tree(declared, None) {
            Ok(block) => block,
            Err(failure) => return self.report(failure),
        };
        let expansion = match self.evaluator.expansion(key) {
            Ok(expansion) => expansion,
            Err(failure) => {
                self.report(failure);
                if !self.evaluator.lenient() {
                    return;
                }
                Rc::new(Expansion::Unknown("each".to_owned()))
            }
        };
        let path = self.evaluator.place.as_ref();
        let path = path.map(|p| p.path.clone()).unwrap_or_default();
        let address = |key| Address {
            data,
            kind: kind.to_owned(),
            module: path.clone(),
            name: name.to_owned(),
            key,
        };
        let file = declared.scope();
        let symbol = |text: &str| Value::symbol(text);
        let add = |builder: &mut Self, key, scope: Scope| {
            builder.instance(address(key), &block.body, references, scope);
        };
        match expansion.as_ref() {
            Expansion::Single => add(self, None, file),
            Expansion::Unknown(source) => {
                let (key, value, index) = (
                    symbol("each.key"),
                    symbol("each.value"),
                    symbol("count.index"),
                );
                let repeated = block.body.has_attribute("count");
                let scope = Scope {
                    each: (!repeated).then_some((&key, &value)),
                    index: repeated.then_some(&index),
                    ..file
                };
                add(self, None, scope);
                self.graph.unexpanded.insert(address(None), source.clone());
            }
            Expansion::Instances(instances) => {
                for (instance, key, value) in instances {
                    let scope = match instance {
                        InstanceKey::Index(_) => Scope {
                            index: Some(key),
                            ..file
                        },
                        InstanceKey::Name(_) => Scope {
                            each: Some((key, value)),
                            ..file
                        },
                    };
                    add(self, Some(instance.clone()), scope);
                }
            }
        }
    }

    fn instance(&mut self, address: Address, body: &Body, references: &[String], scope: Scope) {
        let Some(file) = self.evaluator.module.files.get(scope.file) else {
            return;
        };
        let schema = schema::resource(&address.kind, address.data);
        let block = schema.as_ref().map(|s| s.block.as_ref());
        let (mut attributes, attribute_lines) =
            self.evaluator.body(body, block, scope, &address.kind);
        if document::is_document(address.data, &address.kind, "json")
            && let Some(json) = document::encoded(&attributes)
        {
            attributes.insert("json".to_owned(), json);
        }
        let lifecycle = |name| {
            let blocks = body.get_blocks("lifecycle");
            blocks.filter_map(move |block| block.body.get_attribute(name))
        };
        let prevent_destroy = lifecycle("prevent_destroy").any(|a| a.value.as_bool() == Some(true));
        let ignore_changes = lifecycle("ignore_changes").flat_map(|a| ignored(&a.value));
        let provider = body.get_attribute("provider");
        let provider = provider.map(|a| self.evaluator.source_here(&a.value, scope));
        let own = format!(
            "{}{}.{}",
            if address.data { "data." } else { "" },
            address.kind,
            address.name
        );
        let resource = Resource {
            address: address.clone(),
            attributes,
            location: Some(Location {
                file: file.path.to_owned(),
                line: file.line(scope.base),
            }),
            attribute_lines,
            references: references
                .iter()
                .filter(|r| **r != own)
                .map(|r| format!("{}{r}", self.evaluator.prefix))
                .collect(),
            provider,
            prevent_destroy,
            ignore_changes: ignore_changes.collect(),
        };
        self.graph.resources.insert(address, resource);
    }

    pub(super) fn outputs(&mut self) {
        for (name, declared) in &self.evaluator.module.outputs {
            let scope = Scope::of_file(declared.file);
            let body = &declared.node.body;
            let Some(value) = body.get_attribute("value") else {
                let at = start(declared.node.ident.span());
                self.fail(declared.file, at, "an output needs a value");
                continue;
            };
            let sensitive = body.get_attribute("sensitive");
            let sensitive = sensitive.is_some_and(|a| a.value.as_bool() == Some(true));
            match self.evaluator.eval(&value.value, scope) {
                Ok(value) => {
                    let outputs = &mut self.graph.outputs;
                    outputs.insert((*name).to_owned(), value.marked(sensitive));
                }
                Err(failure) => self.report(failure),
            }
        }
    }
}

/// The steps of each path of `ignore_changes`; one without steps for `all`.
fn ignored(paths: &Expression) -> Vec<Vec<String>> {
    match paths {
        Expression::Variable(name) if name.as_str() == "all" => vec![Vec::new()],
        Expression::Array(paths) => paths.iter().filter_map(path).collect(),
        _ => Vec::new(),
    }
}

/// The steps of a path; the number of a block is none. In old code it is a text.
fn path(path: &Expression) -> Option<Vec<String>> {
    match path {
        Expression::Variable(name) => Some(vec![name.as_str().to_owned()]),
        Expression::String(text) => Some(text.split('.').map(str::to_owned).collect()),
        Expression::Traversal(traversal) => {
            let Expression::Variable(first) = &traversal.expr else {
                return None;
            };
            let mut steps = vec![first.as_str().to_owned()];
            for operator in &traversal.operators {
                match operator.value() {
                    TraversalOperator::GetAttr(name) => steps.push(name.as_str().to_owned()),
                    TraversalOperator::Index(Expression::String(key)) => {
                        steps.push(key.as_str().to_owned());
                    }
                    TraversalOperator::Index(_) | TraversalOperator::LegacyIndex(_) => {}
                    _ => return None,
                }
            }
            Some(steps)
        }
        _ => None,
    }
}

/// Meta-arguments, which are not attributes.
pub(super) fn is_meta(name: &str) -> bool {
    static META: [&str; 4] = ["count", "for_each", "provider", "depends_on"];
    META.contains(&name)
}
