//! What a module declares beside its resources: variables, what these demand, locals, moves,
//! settings.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use hcl_edit::Span as _;
use hcl_edit::expr::{BinaryOperator, Expression};
use hcl_edit::structure::{Block, Body, Structure};

use super::build::Builder;
use super::eval::{Failure, Scope};
use super::module::{Declared, start};
use crate::graph::types::{Extra, Type};
use crate::graph::{Moved, RequiredProvider, Value};

impl<'a> Builder<'a> {
    pub(super) fn variables(&mut self, given: &BTreeMap<String, Value>) {
        for (name, declared) in &self.evaluator.module.variables {
            let value = match self.variable(name, *declared, given.get(*name)) {
                Ok(value) => value,
                Err(failure) => {
                    self.report(failure);
                    // References go on as if it were not bound: one error, not many.
                    self.unbound(name)
                }
            };
            if self.evaluator.place.is_none() {
                self.graph
                    .variables
                    .insert((*name).to_owned(), value.clone());
            }
            let variables = &mut self.evaluator.variables;
            variables.insert((*name).to_owned(), Rc::new(value));
        }
    }

    fn variable(
        &self,
        name: &str,
        declared: Declared<'a, Block>,
        given: Option<&Value>,
    ) -> Result<Value, Failure> {
        let scope = Scope {
            literal_only: true,
            ..Scope::of_file(declared.file)
        };
        let body = &declared.node.body;
        for structure in body {
            let known = match structure {
                Structure::Attribute(a) => matches!(
                    a.key.as_str(),
                    "type"
                        | "default"
                        | "description"
                        | "sensitive"
                        | "nullable"
                        | "ephemeral"
                        | "deprecated"
                ),
                Structure::Block(b) => b.ident.as_str() == "validation",
            };
            if !known {
                return Err(scope.fail(start(structure.span()), "a variable has no such setting"));
            }
        }
        let flag = |name| {
            let attribute = body.get_attribute(name);
            attribute.map(|a| self.evaluator.eval(&a.value, scope))
        };
        let sensitive = flag("sensitive").transpose()?.and_then(|v| v.as_bool());
        let nullable = flag("nullable").transpose()?.and_then(|v| v.as_bool());
        let kind = match body.get_attribute("type") {
            Some(a) => self.evaluator.type_constraint(&a.value, scope)?,
            None => Type::Any,
        };
        let default = body.get_attribute("default");
        let given =
            given.filter(|v| !(v.is_null() && nullable == Some(false) && default.is_some()));
        let (value, at) = match (given, default) {
            (Some(value), _) => (value.clone(), start(declared.node.ident.span())),
            (None, Some(default)) => (
                self.evaluator.eval(&default.value, scope)?,
                start(default.value.span()),
            ),
            (None, None) => (self.unbound(name), 0),
        };
        let value = kind
            .convert(value, Extra::Drop)
            .map_err(|e| scope.fail(at, format!("the value of var.{name} does not fit: {e}")))?;
        Ok(value.marked(sensitive == Some(true)))
    }

    /// What validations demand. Conditions are not evaluated: what is not known before a plan is
    /// what they are for.
    pub(super) fn demands(&mut self) {
        for (name, declared) in &self.evaluator.module.variables {
            let scope = Scope::of_file(declared.file);
            let mut demanded = BTreeSet::new();
            for validation in declared.node.body.get_blocks("validation") {
                if let Some(condition) = validation.body.get_attribute("condition") {
                    for part in conjuncts(&condition.value) {
                        demanded.insert(self.evaluator.source_here(part, scope));
                    }
                }
            }
            if !demanded.is_empty() {
                self.graph.demands.insert((*name).to_owned(), demanded);
            }
        }
    }

    /// `moved` blocks.
    pub(super) fn moves(&mut self) {
        let place = self.evaluator.place.as_ref();
        let within = place.map(|p| p.path.clone()).unwrap_or_default();
        for declared in &self.evaluator.module.moved {
            let scope = Scope::of_file(declared.file);
            let end = |name: &str| {
                let end = declared.node.body.get_attribute(name)?;
                Some(self.evaluator.source_here(&end.value, scope))
            };
            let moved = end("from").zip(end("to"));
            match moved.and_then(|(from, to)| Moved::parse(&within, &from, &to)) {
                Some(moved) => self.graph.moved.push(moved),
                None => self.fail(
                    declared.file,
                    start(declared.node.ident.span()),
                    "a moved block needs from and to, addresses of two resources or two modules",
                ),
            }
        }
    }

    pub(super) fn unbound(&self, name: &str) -> Value {
        Value::symbol(format!("{}var.{name}", self.evaluator.prefix))
    }

    /// Locals that nothing refers to must be sound too.
    pub(super) fn check_locals(&mut self) {
        for (name, declared) in &self.evaluator.module.locals {
            let scope = Scope::of_file(declared.file);
            let at = start(declared.node.span());
            if let Err(failure) = self.evaluator.local(name, at, scope) {
                self.report(failure);
            }
        }
    }

    pub(super) fn settings(&mut self) {
        let module = self.evaluator.module;
        for declared in &module.terraform {
            for structure in &declared.node.body {
                self.setting(declared.file, structure);
            }
        }
        for (name, declared) in &module.providers {
            let scope = Scope::of_file(declared.file);
            let (attributes, _) = self.evaluator.body(&declared.node.body, None, scope, "");
            let entry = self.graph.providers.entry((*name).to_owned());
            entry.or_default().push(attributes);
        }
    }

    fn setting(&mut self, file: usize, structure: &'a Structure) {
        let scope = Scope::of_file(file);
        let at = start(structure.span());
        match structure {
            Structure::Attribute(a) if a.key.as_str() == "required_version" => {
                match self.evaluator.eval(&a.value, scope) {
                    Ok(value) => self.graph.required_version = value.text(),
                    Err(failure) => self.report(failure),
                }
            }
            Structure::Attribute(a) if a.key.as_str() == "experiments" => {}
            Structure::Block(block) => match (block.ident.as_str(), block.labels.as_slice()) {
                ("required_providers", []) => self.required_providers(file, &block.body),
                ("backend", [kind]) => {
                    let (attributes, _) = self.evaluator.body(&block.body, None, scope, "");
                    self.graph.backend = Some((kind.as_str().to_owned(), attributes));
                }
                ("cloud", []) => {
                    let (attributes, _) = self.evaluator.body(&block.body, None, scope, "");
                    self.graph.backend = Some(("cloud".to_owned(), attributes));
                }
                // OpenTofu's encryption of state, and settings of providers.
                ("encryption" | "provider_meta", _) => {}
                (name, _) => {
                    self.fail(file, at, format!("a terraform block has no block {name:?}"));
                }
            },
            Structure::Attribute(a) => {
                let name = a.key.as_str();
                self.fail(
                    file,
                    at,
                    format!("a terraform block has no argument {name:?}"),
                );
            }
        }
    }

    fn required_providers(&mut self, file: usize, body: &'a Body) {
        let scope = Scope::of_file(file);
        for attribute in body.attributes() {
            // `configuration_aliases` refers to providers, which have no value.
            let value = match self.evaluator.eval(&attribute.value, scope) {
                Ok(value) => value,
                Err(failure) => {
                    self.report(failure);
                    continue;
                }
            };
            let field = |name: &str| value.get(name).and_then(Value::text);
            let provider = RequiredProvider {
                source: field("source").unwrap_or_default(),
                version: field("version")
                    .or_else(|| value.as_str().map(str::to_owned))
                    .unwrap_or_default(),
            };
            let name = attribute.key.as_str().to_owned();
            self.graph.required_providers.insert(name, provider);
        }
    }
}

/// The parts of `a && b && …`, each of which has to hold.
fn conjuncts(condition: &Expression) -> Vec<&Expression> {
    let mut open = vec![condition];
    let mut parts = Vec::new();
    while let Some(expression) = open.pop() {
        match expression {
            Expression::Parenthesis(inner) => open.push(inner.inner()),
            Expression::BinaryOp(both) if *both.operator.value() == BinaryOperator::And => {
                open.push(&both.lhs_expr);
                open.push(&both.rhs_expr);
            }
            part => parts.push(part),
        }
    }
    parts
}
