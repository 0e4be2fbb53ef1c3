//! Builds the graph from a module: settings, variables, instances of resources, outputs.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;

use camino::{Utf8Path, Utf8PathBuf};
use hcl_edit::Span as _;
use hcl_edit::expr::{BinaryOperator, Expression};
use hcl_edit::structure::{Block, Body, Structure};

use super::ReadError;
use super::document;
use super::eval::{BUDGET, Evaluator, Expansion, Failure, Memo, Meter, Scope};
use super::foreign::{self, Place, Tree};
use super::module::{Declared, File, Module, ResourceBlock, ResourceKey, start};
use super::operators::list_index;
use super::spawn;
use super::uses::Uses;
use crate::graph::types::{Extra, Type};
use crate::graph::{
    Address, Graph, InstanceKey, Kind, Location, Moved, RequiredProvider, Resource, Value, json, schema,
};

/// Text from which a second thread pays.
const HALVED_FROM: usize = 64 << 10;

/// Reads and evaluates everything, once for each set of variable files.
pub(super) fn graphs(
    files: &BTreeMap<Utf8PathBuf, String>,
    environments: &[&[(Utf8PathBuf, String)]],
) -> Vec<Result<Graph, Vec<ReadError>>> {
    match quick(files, environments) {
        Some(graphs) => graphs.into_iter().map(Ok).collect(),
        None => environments.iter().map(|e| careful(files, e)).collect(),
    }
}

/// Parses each resource once, when its turn comes. `None` where anything is wrong.
fn quick(
    files: &BTreeMap<Utf8PathBuf, String>,
    environments: &[&[(Utf8PathBuf, String)]],
) -> Option<Vec<Graph>> {
    let mut parsed = Vec::new();
    for (path, text) in files {
        if path.as_str().ends_with(".tf.json") {
            return None;
        }
        if path.extension() == Some("tf") {
            parsed.push(File::split(path, text)?);
        }
    }
    let mut errors = Vec::new();
    let given = environments.iter();
    let given: Vec<_> = given.map(|e| variable_values(e, &mut errors)).collect();
    let module = Module::gather(&parsed, &mut errors);
    if !errors.is_empty() || !module.calls.is_empty() {
        return None;
    }
    let uses = Uses::new(&module);
    // The parts do not depend on the machine: nor does what is too much for one.
    let total: usize = parsed.iter().map(|file| file.text.len()).sum();
    let mut before = 0;
    let first = parsed.iter().take_while(|file| {
        before += file.text.len();
        total < HALVED_FROM || before <= total / 2
    });
    let middle = first.count();
    let sound = |read: Vec<(Graph, Vec<ReadError>)>| -> Option<Vec<Graph>> {
        let graphs = read.into_iter();
        graphs
            .map(|(graph, e)| e.is_empty().then_some(graph))
            .collect()
    };
    let part = |files| sound(evaluate(&module, &uses, &given, files, BUDGET / 2));
    if middle == parsed.len() {
        return part(0..middle);
    }
    std::thread::scope(|scope| {
        let rest = spawn(scope, || part(middle..parsed.len())).ok()?;
        let mut graphs = part(0..middle)?;
        for (graph, rest) in graphs.iter_mut().zip(rest.join().ok()??) {
            graph.resources.extend(rest.resources);
            graph.unexpanded.extend(rest.unexpanded);
        }
        Some(graphs)
    })
}

/// Parses the files whole first, for everything that is wrong with them.
fn careful(
    files: &BTreeMap<Utf8PathBuf, String>,
    tfvars: &[(Utf8PathBuf, String)],
) -> Result<Graph, Vec<ReadError>> {
    let mut errors = Vec::new();
    let mut parsed = Vec::new();
    for (path, text) in files {
        if path.as_str().ends_with(".tf.json") {
            errors.push(ReadError {
                file: path.clone(),
                line: 1,
                column: 1,
                message: "Terraform's JSON syntax is not read".to_owned(),
            });
        } else if path.extension() == Some("tf") {
            match File::parse(path, text) {
                Ok(file) => parsed.push(file.with_resources_aside()),
                Err(e) => errors.push(e),
            }
        }
    }
    let given = variable_values(tfvars, &mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    let module = Module::gather(&parsed, &mut errors);
    for call in module.calls.values() {
        if let Some(file) = parsed.get(call.file) {
            let at = start(call.node.ident.span());
            errors.push(file.error(at, "module blocks are not read"));
        }
    }
    let uses = Uses::new(&module);
    let read = evaluate(&module, &uses, &[given], 0..parsed.len(), BUDGET);
    let mut graph = Graph::default();
    for (read, more) in read {
        graph = read;
        errors.extend(more);
    }
    if errors.is_empty() {
        return Ok(graph);
    }
    errors.sort();
    errors.dedup();
    Err(errors)
}

/// Reads other people's code: a root module, its local modules and its variable files.
pub(super) fn foreign(
    files: &BTreeMap<Utf8PathBuf, String>,
    root: &Utf8Path,
    tfvars: &[(Utf8PathBuf, String)],
) -> Graph {
    let (folders, mut errors) = foreign::parse(files, root);
    // Terraform reads these by itself, in this order.
    let own = |path: &Utf8PathBuf| {
        let name = path.file_name().unwrap_or_default();
        let plain = name.strip_suffix(".json").unwrap_or(name);
        let named = plain == "terraform.tfvars";
        (path.parent() == Some(root) && (named || plain.ends_with(".auto.tfvars")))
            .then(|| (!named, path.clone()))
    };
    let mut found: Vec<_> = files.keys().filter_map(own).collect();
    found.sort();
    let found = found
        .into_iter()
        .filter_map(|(_, path)| files.get(&path).map(|text| (path, text.clone())));
    let all: Vec<_> = found.chain(tfvars.iter().cloned()).collect();
    let given = variable_values(&all, &mut errors);
    let tree = Tree::new(&folders, files, root, errors);
    let mut graph = module_graph(&tree, Place::root(root), &given, &Meter::new(BUDGET));
    (graph.not_read, graph.missing) = tree.into_notes();
    graph
}

/// One module of other people's code, for one instance of it.
pub(super) fn module_graph(
    tree: &Tree,
    place: Place,
    given: &BTreeMap<String, Value>,
    meter: &Rc<Meter>,
) -> Graph {
    let Some(module) = tree.modules.get(&place.folder) else {
        return Graph::default();
    };
    let uses = Uses::new(module);
    let root = place.path.is_empty();
    let evaluator = Evaluator::new(module, Rc::default(), Rc::clone(meter));
    let mut builder = Builder {
        evaluator: evaluator.at(tree, place),
        graph: Graph::default(),
    };
    builder.variables(given);
    builder.check_locals();
    if root {
        builder.settings();
    }
    for (file, parsed) in module.files.iter().enumerate() {
        for node in &parsed.resources {
            let declared = Declared { file, node };
            let references = match builder.evaluator.tree(declared, None) {
                Ok(tree) => uses.of_body(&tree.body),
                Err(_) => Vec::new(),
            };
            builder.resource(declared, &references);
        }
    }
    builder.outputs();
    builder.moves();
    let below = builder.evaluator.modules();
    let mut graph = builder.graph;
    for module in below {
        graph.resources.extend(module.resources);
        graph.unexpanded.extend(module.unexpanded);
        graph.moved.extend(module.moved);
    }
    graph
}

/// Evaluates the resources of some files for each set of variables; with the first file, also
/// what is no resource.
fn evaluate(
    module: &Module,
    uses: &Uses,
    given: &[BTreeMap<String, Value>],
    files: Range<usize>,
    budget: usize,
) -> Vec<(Graph, Vec<ReadError>)> {
    let trees = Rc::default();
    let all = files.start == 0;
    let builders = given.iter().map(|given| {
        let mut builder = Builder {
            evaluator: Evaluator::new(module, Rc::clone(&trees), Meter::new(budget)),
            graph: Graph::default(),
        };
        builder.variables(given);
        if all {
            builder.demands();
            builder.moves();
            builder.check_locals();
            builder.settings();
        }
        builder
    });
    let mut builders: Vec<Builder> = builders.collect();
    // File by file: resources refer to their neighbours most.
    for file in files {
        for node in module
            .files
            .get(file)
            .into_iter()
            .flat_map(|f| &f.resources)
        {
            let declared = Declared { file, node };
            let tree = builders.first().map(|b| b.evaluator.tree(declared, None));
            let references = match tree {
                Some(Ok(tree)) => uses.of_body(&tree.body),
                _ => Vec::new(),
            };
            for builder in &mut builders {
                builder.resource(declared, &references);
            }
        }
    }
    let finished = builders.into_iter().map(|mut builder| {
        if all {
            builder.outputs();
        }
        (builder.graph, builder.evaluator.errors.into_inner())
    });
    finished.collect()
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

/// Values of the variable files; later ones win.
fn variable_values(
    tfvars: &[(Utf8PathBuf, String)],
    errors: &mut Vec<ReadError>,
) -> BTreeMap<String, Value> {
    let mut values = BTreeMap::new();
    for (path, text) in tfvars {
        if path.extension() == Some("json") {
            match json::parse(text).map(|v| v.kind) {
                Some(Kind::Map(map)) => values.extend(map),
                _ => errors.push(ReadError {
                    file: path.clone(),
                    line: 1,
                    column: 1,
                    message: "this is not a JSON object without repeated keys".to_owned(),
                }),
            }
            continue;
        }
        let file = match File::parse(path, text) {
            Ok(file) => file,
            Err(e) => {
                errors.push(e);
                continue;
            }
        };
        let files = [file];
        let module = Module {
            files: &files,
            ..Module::default()
        };
        let evaluator = Evaluator::new(&module, Rc::default(), Meter::new(BUDGET));
        let scope = Scope {
            literal_only: true,
            ..Scope::default()
        };
        for structure in &files[0].body {
            let failure = match structure {
                Structure::Attribute(a) => match evaluator.eval(&a.value, scope) {
                    Ok(value) => {
                        values.insert(a.key.as_str().to_owned(), value);
                        continue;
                    }
                    Err(failure) => failure,
                },
                Structure::Block(b) => scope.fail(start(b.span()), "a block is not expected here"),
            };
            errors.push(files[0].error(failure.offset, failure.message));
        }
    }
    values
}

pub(super) struct Builder<'a> {
    evaluator: Evaluator<'a>,
    graph: Graph,
}

impl<'a> Builder<'a> {
    fn report(&self, failure: Failure) {
        self.evaluator.report(failure);
    }

    fn fail(&self, file: usize, offset: usize, message: impl Into<String>) {
        self.report(Scope::of_file(file).fail(offset, message));
    }

    fn variables(&mut self, given: &BTreeMap<String, Value>) {
        for (name, declared) in &self.evaluator.module.variables {
            let value = match self.variable(name, *declared, given.get(*name)) {
                Ok(value) => value,
                Err(failure) => {
                    self.report(failure);
                    // References go on as if it were not bound: one error, not many.
                    self.unbound(name)
                }
            };
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
    fn demands(&mut self) {
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
    fn moves(&mut self) {
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

    fn unbound(&self, name: &str) -> Value {
        Value::symbol(format!("{}var.{name}", self.evaluator.prefix))
    }

    /// Locals that nothing refers to must be sound too.
    fn check_locals(&mut self) {
        for (name, declared) in &self.evaluator.module.locals {
            let scope = Scope::of_file(declared.file);
            let at = start(declared.node.span());
            if let Err(failure) = self.evaluator.local(name, at, scope) {
                self.report(failure);
            }
        }
    }

    fn settings(&mut self) {
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

    fn resource(&mut self, declared: Declared<'a, ResourceBlock>, references: &[String]) {
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
        let prevent_destroy = body
            .get_blocks("lifecycle")
            .filter_map(|b| b.body.get_attribute("prevent_destroy"))
            .any(|a| a.value.as_bool() == Some(true));
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
            prevent_destroy,
        };
        self.graph.resources.insert(address, resource);
    }

    fn outputs(&mut self) {
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

impl Evaluator<'_> {
    /// Instances of a resource, worked out once.
    pub(super) fn expansion(&self, key: ResourceKey) -> Result<Rc<Expansion>, Failure> {
        let (data, kind, name) = key;
        let id = format!("{data}.{kind}.{name}");
        let Some(declared) = self.module.resources.get(&key) else {
            return Ok(Rc::new(Expansion::Single));
        };
        let scope = declared.scope();
        match self.expansions.borrow().get(&id) {
            Some(Memo::Done(done)) => return done.clone(),
            Some(Memo::Running) => {
                let message = format!("the number of {kind}.{name} depends on itself");
                return Err(scope.fail(0, message));
            }
            None => {}
        }
        self.expansions
            .borrow_mut()
            .insert(id.clone(), Memo::Running);
        let expansion = self.expand(*declared, scope).map(Rc::new);
        self.expansions
            .borrow_mut()
            .insert(id, Memo::Done(expansion.clone()));
        expansion
    }

    fn expand(
        &self,
        declared: Declared<'_, ResourceBlock>,
        scope: Scope,
    ) -> Result<Expansion, Failure> {
        if !declared.node.repeated {
            return Ok(Expansion::Single);
        }
        let block = self.tree(declared, Some(scope))?;
        self.expanded(&block.body, scope)
    }

    /// Instances by the `count` or `for_each` of a body.
    pub(super) fn expanded(&self, body: &Body, scope: Scope) -> Result<Expansion, Failure> {
        let count = body.get_attribute("count");
        let for_each = body.get_attribute("for_each");
        let (attribute, counted) = match (count, for_each) {
            (None, None) => return Ok(Expansion::Single),
            (Some(count), None) => (count, true),
            (None, Some(for_each)) => (for_each, false),
            (Some(_), Some(both)) => {
                let at = start(both.key.span());
                return Err(scope.fail(at, "count and for_each exclude each other"));
            }
        };
        let at = start(attribute.value.span());
        let value = self.eval(&attribute.value, scope)?;
        if counted {
            if !value.is_known() {
                return Ok(Expansion::Unknown(value.source()));
            }
            let count = list_index(&value).ok_or_else(|| scope.fail(at, "count is a number"))?;
            self.charge(scope, at, count.saturating_mul(10))?;
            let instances = (0..count).map(|i| {
                let index = Value::from(Kind::Number(i.into()));
                (InstanceKey::Index(i as u64), index.clone(), index)
            });
            return Ok(Expansion::Instances(instances.collect()));
        }
        let mut instances = Vec::new();
        let sensitive = value.sensitive;
        match &value.kind {
            Kind::Map(map) => {
                for (key, each) in map {
                    let each = each.clone().marked(sensitive);
                    instances.push((
                        InstanceKey::Name(key.clone()),
                        Value::string(key.as_str()),
                        each,
                    ));
                }
            }
            Kind::Set(items) if value.is_known() => {
                for item in items {
                    let Some(key) = item.as_str() else {
                        return Err(scope.fail(at, "for_each takes a set of strings"));
                    };
                    instances.push((
                        InstanceKey::Name(key.to_owned()),
                        item.clone(),
                        item.clone(),
                    ));
                }
            }
            _ if !value.is_known() => return Ok(Expansion::Unknown(value.source())),
            _ => return Err(scope.fail(at, "for_each takes a map or a set of strings")),
        }
        self.pay(scope, at, &value)?;
        Ok(Expansion::Instances(instances))
    }
}

/// Meta-arguments, which are not attributes.
pub(super) fn is_meta(name: &str) -> bool {
    static META: [&str; 4] = ["count", "for_each", "provider", "depends_on"];
    META.contains(&name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Nothing is missing in it.
    const ALONE: &str = r#"# A queue and its key
locals {
  name = "jobs-${upper("}")}"
}

resource "aws_kms_key" "stack" {
  description = "{ $${not} \"quoted\" # neither"
  policy = jsonencode({
    Statement = [{ Action = "kms:*", Resource = "*" }] # all
  })
}

resource "aws_sqs_queue" "jobs" {
  count             = 2
  name              = "${local.name}-${count.index}"
  kms_master_key_id = aws_kms_key.stack.arn
  lifecycle {
    prevent_destroy = true
  }
}
"#;

    fn example() -> BTreeMap<Utf8PathBuf, String> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/orders/infra/orders");
        let entries = camino::Utf8Path::new(folder).read_dir_utf8().unwrap();
        let files = entries.filter_map(|entry| {
            let path = entry.unwrap().into_path();
            let name = Utf8PathBuf::from(path.file_name()?);
            (name.extension() == Some("tf")).then(|| (name, std::fs::read_to_string(path).unwrap()))
        });
        files.collect()
    }

    #[test]
    fn generated_code_is_read_quickly_and_by_both_threads() {
        let files = example();
        assert!(files.values().map(String::len).sum::<usize>() > HALVED_FROM);
        let tfvars = [("x.tfvars".into(), "region = \"eu-west-1\"\n".to_owned())];
        let quick = quick(&files, &[&[], &tfvars]).unwrap();
        let careful = [careful(&files, &[]), careful(&files, &tfvars)];
        assert_ne!(careful[0], careful[1]);
        assert_eq!(quick.into_iter().map(Ok).collect::<Vec<_>>(), careful);
    }

    #[test]
    fn code_that_stands_alone_is_read_quickly() {
        let files = BTreeMap::from([("main.tf".into(), ALONE.to_owned())]);
        assert_eq!(quick(&files, &[&[]]).unwrap()[0].resources.len(), 3);
    }

    proptest! {
        #[test]
        fn what_is_read_quickly_is_what_the_parser_reads(
            at in any::<prop::sample::Index>(),
            removed in 0_usize..12,
            added in prop::sample::select(vec![
                "", "}", "{", "\"", "\n", "\n}\n", "#", "/*", "<<E\n", "${", "$${", "\n\"\n",
                "resource \"a\" \"b\" {}\n", "\nresource \"a\" \"b\" {\n", "count = 2\n", "= ",
            ]),
        ) {
            let name = Utf8PathBuf::from("main.tf");
            let text = ALONE;
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            let from = at.index(places.len());
            let to = (from + removed).min(places.len() - 1);
            let changed = format!("{}{added}{}", &text[..places[from]], &text[places[to]..]);
            let files = BTreeMap::from([(name, changed)]);
            if let Some(read) = quick(&files, &[&[]]) {
                prop_assert_eq!(read.into_iter().next().map(Ok), Some(careful(&files, &[])));
            }
        }
    }
}
