//! Other people's Terraform: local modules, and notes instead of errors.

use std::collections::BTreeMap;

use hcl_edit::structure::Block;

use super::eval::{Binding, Evaluator, Expansion, Failure, MAX_STRING, Memo, Outcome, Scope};
use super::module::{Declared, start};
use super::tree::{Place, local_source, source_of};
use crate::graph::{Graph, InstanceKey, Kind, Location, ModuleStep, NotRead, Value};
use hcl_edit::Span as _;

/// Deepest nesting of modules.
const MAX_MODULES: usize = 16;
/// What evaluating a module anew costs at least.
const PER_MODULE: usize = 1000;

impl Evaluator<'_> {
    /// Errors become notes, and what fails becomes a symbol.
    pub(super) fn lenient(&self) -> bool {
        self.tree.is_some()
    }

    /// Records a failure: an error of generated code, a note of other people's.
    pub(super) fn report(&self, failure: Failure) {
        let Some(file) = self.module.files.get(failure.file) else {
            return;
        };
        let error = file.error(failure.offset, failure.message);
        match self.tree {
            Some(tree) => tree.note_error(error),
            None => self.errors.borrow_mut().push(error),
        }
    }

    /// The outputs of a module, as an object, or a collection of objects where it is repeated.
    pub(super) fn outputs_of(&self, name: &str, offset: usize, scope: Scope) -> Outcome {
        let Some((&name, declared)) = self.module.calls.get_key_value(name) else {
            return Err(scope.fail(offset, format!("module.{name} is not declared")));
        };
        match self.calls.borrow().get(name) {
            Some(Memo::Done(value)) => return value.clone().map(|v| v.as_ref().clone()),
            // Its inputs rest on its own outputs: legal, and not followed.
            Some(Memo::Running) => {
                return Ok(Value::symbol(format!("{}module.{name}", self.prefix)));
            }
            None => {}
        }
        self.calls.borrow_mut().insert(name, Memo::Running);
        let value = self.called(name, *declared).map(std::rc::Rc::new);
        self.calls
            .borrow_mut()
            .insert(name, Memo::Done(value.clone()));
        value.map(|v| v.as_ref().clone())
    }

    fn called(&self, name: &str, declared: Declared<'_, Block>) -> Outcome {
        let call = declared.node;
        let scope = Scope::of_file(declared.file);
        let at = start(call.ident.span());
        let unknown = Value::symbol(format!("{}module.{name}", self.prefix));
        let (Some(tree), Some(place)) = (self.tree, &self.place) else {
            return Ok(unknown);
        };
        let missing = |why: String, call: Option<String>| {
            let file = self.module.files.get(declared.file);
            let location = file.map(|f| Location {
                file: f.path.to_owned(),
                line: f.line(at),
            });
            tree.notes.borrow_mut().insert(NotRead {
                what: format!("{}module.{name}", self.prefix),
                why,
                location,
                call,
            });
            Ok(unknown.clone())
        };
        let Some(folder) = local_source(&place.folder, call) else {
            let source = source_of(call).unwrap_or("no literal text");
            let why = format!(
                "its source ({source}) is not in these files, so what it makes is not known"
            );
            return missing(why, self.called_with(call, scope));
        };
        match tree.modules.get(&folder) {
            Some(module) if !module.files.is_empty() => {}
            _ => {
                let why = format!("{folder} is not among these files");
                tree.missing.borrow_mut().insert(folder);
                return missing(why, None);
            }
        }
        if folder == place.folder || place.chain.contains(&folder) {
            return missing("it contains itself".to_owned(), None);
        }
        if place.path.len() >= MAX_MODULES {
            return missing("modules are nested too deep".to_owned(), None);
        }
        let below = |key| {
            let mut place = place.clone();
            place
                .chain
                .push(std::mem::replace(&mut place.folder, folder.clone()));
            place.path.push(ModuleStep {
                name: name.to_owned(),
                key,
            });
            place
        };
        let expansion = match self.expanded(&call.body, scope) {
            Ok(expansion) => expansion,
            Err(failure) => {
                self.report(failure);
                Expansion::Unknown("each".to_owned())
            }
        };
        match expansion {
            Expansion::Single => self.instance_of(call, below(None), scope, None),
            Expansion::Unknown(source) => {
                let symbol = |text: &str| Value::symbol(text);
                let (key, value) = (symbol("each.key"), symbol("each.value"));
                let index = symbol("count.index");
                let repeated = call.body.has_attribute("count");
                let scope = Scope {
                    each: (!repeated).then_some((&key, &value)),
                    index: repeated.then_some(&index),
                    ..scope
                };
                self.instance_of(call, below(None), scope, Some(&source))?;
                Ok(unknown)
            }
            Expansion::Instances(instances) => {
                let counted = call.body.has_attribute("count");
                let (mut list, mut map) = (Vec::new(), BTreeMap::new());
                for (instance, key, value) in &instances {
                    let scope = match instance {
                        InstanceKey::Index(_) => Scope {
                            index: Some(key),
                            ..scope
                        },
                        InstanceKey::Name(_) => Scope {
                            each: Some((key, value)),
                            ..scope
                        },
                    };
                    let outputs =
                        self.instance_of(call, below(Some(instance.clone())), scope, None)?;
                    match instance {
                        InstanceKey::Index(_) => list.push(outputs),
                        InstanceKey::Name(name) => drop(map.insert(name.clone(), outputs)),
                    }
                }
                Ok(if counted {
                    Kind::List(list).into()
                } else {
                    Kind::Map(map).into()
                })
            }
        }
    }

    /// Everything that a module is called with; `None` where some of it is not understood.
    fn called_with(&self, call: &Block, scope: Scope) -> Option<String> {
        let mut arguments = BTreeMap::new();
        for argument in call.body.attributes() {
            let value = match argument.key.as_str() {
                "depends_on" => continue,
                // Names, no values.
                "providers" => argument.value.to_string().split_whitespace().collect(),
                _ => self.eval(&argument.value, scope).ok()?.source(),
            };
            arguments.insert(argument.key.as_str(), value);
        }
        Some(format!("{arguments:?}"))
    }

    /// Evaluates a module with the inputs of one instance; its resources are set aside.
    fn instance_of(
        &self,
        call: &Block,
        place: Place,
        scope: Scope,
        unexpanded: Option<&String>,
    ) -> Outcome {
        static META: [&str; 6] = [
            "source",
            "version",
            "providers",
            "depends_on",
            "count",
            "for_each",
        ];
        self.charge(scope, start(call.ident.span()), PER_MODULE)?;
        let mut inputs = BTreeMap::new();
        for input in call.body.attributes() {
            let name = input.key.as_str();
            if !META.contains(&name) {
                inputs.insert(name.to_owned(), self.eval(&input.value, scope)?);
            }
        }
        let Some(tree) = self.tree else {
            return Ok(Value::null());
        };
        let mut graph = super::read::module_graph(tree, place, &inputs, &self.meter);
        if let Some(given) = call.body.get_attribute("providers") {
            let given: String = given.value.to_string().split_whitespace().collect();
            for resource in graph.resources.values_mut(|_| true) {
                let own = resource.provider.take();
                resource.provider =
                    Some(own.map_or_else(|| given.clone(), |own| format!("{own} of {given}")));
            }
        }
        if let Some(source) = unexpanded {
            let addresses = graph.resources.keys().cloned();
            let all: Vec<_> = addresses.map(|a| (a, source.clone())).collect();
            graph.unexpanded.extend(all);
        }
        let outputs = std::mem::take(&mut graph.outputs);
        self.below.borrow_mut().push(graph);
        Ok(Kind::Map(outputs).into())
    }

    /// Resources of the modules that were evaluated, and of those nobody referred to.
    pub(super) fn modules(&self) -> Vec<Graph> {
        for (name, declared) in &self.module.calls {
            let scope = Scope::of_file(declared.file);
            if let Err(failure) = self.outputs_of(name, 0, scope) {
                self.report(failure);
            }
        }
        self.below.take()
    }

    /// `path.module`, `path.root`, and whatever else has no meaning here.
    pub(super) fn path(&self, name: &str) -> Value {
        match (name, self.tree, &self.place) {
            ("module", Some(tree), Some(place)) => Value::string(tree.path_of(&place.folder)),
            ("root", Some(_), _) => Value::string("."),
            _ => Value::symbol(format!("path.{name}")),
        }
    }

    /// `file` and `templatefile` of a file that was given; `None` for other functions, and for
    /// files that are not there.
    pub(super) fn of_file(
        &self,
        name: &str,
        arguments: &[Value],
        offset: usize,
        scope: Scope,
    ) -> Option<Outcome> {
        let path = arguments.first()?.as_str()?;
        match (name, arguments) {
            ("file", [_]) => {
                let text = self.tree?.file(path)?;
                Some(self.charge(scope, offset, text.len()).and_then(|()| {
                    if text.len() > MAX_STRING {
                        return Err(scope.fail(offset, format!("{path} is longer than 1 MiB")));
                    }
                    Ok(Value::string(text))
                }))
            }
            ("templatefile", [_, values]) => {
                let text = self.tree?.file(path)?;
                let Kind::Map(values) = &values.kind else {
                    return None;
                };
                Some(self.filled(path, text, values, offset, scope))
            }
            _ => None,
        }
    }

    /// A template file, with its values under their names and no others.
    fn filled(
        &self,
        path: &str,
        text: &str,
        values: &BTreeMap<String, Value>,
        offset: usize,
        scope: Scope,
    ) -> Outcome {
        self.charge(scope, offset, text.len())?;
        let template = hcl_edit::parser::parse_template(text)
            .map_err(|_| scope.fail(offset, format!("{path} is no template")))?;
        let own = Scope {
            names_only: true,
            ..Scope::of_file(scope.file)
        };
        // One binding leads to the next: the list is built from its end.
        self.bound(&template, values.iter().collect::<Vec<_>>().as_slice(), own)
            .map_err(|failure| {
                let fatal = failure.fatal;
                let message = format!("{path}: {}", failure.message);
                Failure {
                    fatal,
                    ..scope.fail(offset, message)
                }
            })
    }

    fn bound(
        &self,
        template: &hcl_edit::template::Template,
        values: &[(&String, &Value)],
        scope: Scope,
    ) -> Outcome {
        match values.split_first() {
            None => {
                // Offsets are those of another file: failures are told by the caller.
                self.catching.set(self.catching.get() + 1);
                let outcome = self.template(template, 0, scope);
                self.catching.set(self.catching.get() - 1);
                outcome
            }
            Some(((name, value), rest)) => {
                let names = Binding {
                    name,
                    value,
                    next: scope.names,
                };
                let scope = Scope {
                    names: Some(&names),
                    ..scope
                };
                self.bound(template, rest, scope)
            }
        }
    }
}
