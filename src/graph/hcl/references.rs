//! Evaluates traversals: references to variables, locals and resources, and the steps from there.

use std::borrow::Cow;
use std::rc::Rc;

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, Traversal, TraversalOperator};

use super::document;
use super::eval::{Evaluator, Expansion, Failure, Memo, Outcome, Scope};
use super::module::start;
use super::operators::{is_index, list_index};
use super::resource::ResourceKey;
use crate::graph::types::Extra;
use crate::graph::{InstanceKey, Kind, Value, schema};

/// One step of a traversal, evaluated.
enum Step {
    Attr(String),
    Index(Value),
    Splat { full: bool },
}

impl Evaluator<'_> {
    /// The value of a traversal.
    pub(super) fn traversal(&self, t: &Traversal, offset: usize, scope: Scope) -> Outcome {
        let steps = t
            .operators
            .iter()
            .map(|op| self.step(op.value(), scope))
            .collect::<Result<Vec<_>, _>>()?;
        let Expression::Variable(root) = &t.expr else {
            let base = self.eval(&t.expr, scope)?;
            return self.walk(Cow::Owned(base), &steps, offset, scope);
        };
        let root = root.as_str();
        if let Some(value) = scope.lookup(root) {
            return self.walk(Cow::Borrowed(value), &steps, offset, scope);
        }
        if scope.literal_only || scope.names_only {
            return Err(scope.fail(offset, "only literal values are allowed here"));
        }
        let fail = |message: String| Err(scope.fail(offset, message));
        let named = || match steps.first() {
            Some(Step::Attr(name)) => Ok((name.as_str(), &steps[1..])),
            _ => Err(scope.fail(offset, format!("{root} must be followed by a name"))),
        };
        match root {
            "var" => {
                let (name, rest) = named()?;
                match self.variables.get(name) {
                    Some(value) => self.walk(Cow::Borrowed(value), rest, offset, scope),
                    None => fail(format!("no variable is named {name:?}")),
                }
            }
            "local" => {
                let (name, rest) = named()?;
                let value = self.local(name, offset, scope)?;
                self.walk(Cow::Borrowed(&value), rest, offset, scope)
            }
            "each" => {
                let (name, rest) = named()?;
                let bound = match (name, scope.each) {
                    ("key", Some((key, _))) => Cow::Borrowed(key),
                    ("value", Some((_, value))) => Cow::Borrowed(value),
                    _ => return fail(format!("each.{name} has no meaning here")),
                };
                self.walk(bound, rest, offset, scope)
            }
            "count" => match (named()?.0, scope.index) {
                ("index", Some(index)) => Ok(index.clone()),
                (name, _) => fail(format!("count.{name} has no meaning here")),
            },
            "module" if self.lenient() => {
                let (name, rest) = named()?;
                let outputs = self.outputs_of(name, offset, scope)?;
                self.walk(Cow::Owned(outputs), rest, offset, scope)
            }
            "path" if self.lenient() => {
                let (name, rest) = named()?;
                let base = self.path(name);
                self.walk(Cow::Owned(base), rest, offset, scope)
            }
            "path" | "terraform" | "self" | "module" => {
                let base = Cow::Owned(Value::symbol(root));
                self.walk(base, &steps, offset, scope)
            }
            "data" => match steps.as_slice() {
                [Step::Attr(kind), Step::Attr(name), rest @ ..] => {
                    self.resource(true, kind, name, rest, offset, scope)
                }
                _ => fail("a data source is referred to as data.TYPE.NAME".to_owned()),
            },
            kind => {
                let (name, rest) = named()?;
                self.resource(false, kind, name, rest, offset, scope)
            }
        }
    }

    fn step(&self, op: &TraversalOperator, scope: Scope) -> Result<Step, Failure> {
        Ok(match op {
            TraversalOperator::AttrSplat(_) => Step::Splat { full: false },
            TraversalOperator::FullSplat(_) => Step::Splat { full: true },
            TraversalOperator::GetAttr(name) => Step::Attr(name.as_str().to_owned()),
            TraversalOperator::Index(index) => Step::Index(self.eval(index, scope)?),
            TraversalOperator::LegacyIndex(n) => {
                Step::Index(Kind::Number((*n.value()).into()).into())
            }
        })
    }

    /// The value of `local.NAME`, worked out once.
    pub(super) fn local(
        &self,
        name: &str,
        offset: usize,
        scope: Scope,
    ) -> Result<Rc<Value>, Failure> {
        let Some((&name, declared)) = self.module.locals.get_key_value(name) else {
            return Err(scope.fail(offset, format!("no local value is named {name:?}")));
        };
        match self.locals.borrow().get(name) {
            Some(Memo::Done(value)) => return value.clone(),
            Some(Memo::Running) => {
                return Err(scope.fail(offset, format!("local.{name} depends on itself")));
            }
            None => {}
        }
        self.locals.borrow_mut().insert(name, Memo::Running);
        let own = Scope::of_file(declared.file);
        let value = self.eval(declared.node, own).and_then(|value| {
            self.pay(own, start(declared.node.span()), &value)?;
            Ok(Rc::new(value))
        });
        self.locals
            .borrow_mut()
            .insert(name, Memo::Done(value.clone()));
        value
    }

    /// Follows steps from a value.
    fn walk(&self, base: Cow<'_, Value>, steps: &[Step], offset: usize, scope: Scope) -> Outcome {
        let mut current = base;
        for (i, step) in steps.iter().enumerate() {
            let sensitive = current.sensitive;
            current = match step {
                Step::Attr(name) => self.attr(current, name, offset, scope)?,
                Step::Index(index) => self.index(current, index, offset, scope)?,
                Step::Splat { full } => {
                    let rest = &steps[i + 1..];
                    return self.splat(&current, *full, rest, offset, scope);
                }
            };
            if sensitive && !current.sensitive {
                current = Cow::Owned(current.into_owned().marked(true));
            }
        }
        if let Cow::Borrowed(value) = &current {
            self.pay(scope, offset, value)?;
        }
        Ok(current.into_owned())
    }

    fn attr<'v>(
        &self,
        base: Cow<'v, Value>,
        name: &str,
        offset: usize,
        scope: Scope,
    ) -> Result<Cow<'v, Value>, Failure> {
        let missing = || scope.fail(offset, format!("there is no attribute {name:?}"));
        match base {
            Cow::Borrowed(value) => {
                if let Kind::Map(map) = &value.kind {
                    return map.get(name).map(Cow::Borrowed).ok_or_else(missing);
                }
                self.symbolic(value, &format!(".{name}"), offset, scope)
                    .unwrap_or_else(|| Err(missing()))
                    .map(Cow::Owned)
            }
            Cow::Owned(mut value) => {
                if let Kind::Map(map) = &mut value.kind {
                    return map.remove(name).map(Cow::Owned).ok_or_else(missing);
                }
                self.symbolic(&value, &format!(".{name}"), offset, scope)
                    .unwrap_or_else(|| Err(missing()))
                    .map(Cow::Owned)
            }
        }
    }

    fn index<'v>(
        &self,
        base: Cow<'v, Value>,
        index: &Value,
        offset: usize,
        scope: Scope,
    ) -> Result<Cow<'v, Value>, Failure> {
        let missing = || {
            let index = if index.has_sensitive() {
                "(sensitive)".to_owned()
            } else {
                index.source()
            };
            scope.fail(offset, format!("there is no element {index}"))
        };
        if !index.is_known() || matches!(base.kind, Kind::Symbol(_)) {
            if !is_index(index) && index.is_known() {
                return Err(scope.fail(offset, "an index is a number or a string"));
            }
            // A base that is known in parts is looked up in only when the index is known.
            let text = format!("{}[{}]", base.source(), index.source());
            let sensitive = base.has_sensitive() || index.has_sensitive();
            return self.symbol(text, sensitive, offset, scope).map(Cow::Owned);
        }
        let found = match base {
            Cow::Borrowed(value) => match &value.kind {
                Kind::List(items) => list_index(index)
                    .and_then(|i| items.get(i))
                    .map(Cow::Borrowed),
                Kind::Map(map) => index.text().and_then(|k| map.get(&k)).map(Cow::Borrowed),
                _ => None,
            },
            Cow::Owned(value) => match value.kind {
                Kind::List(mut items) => list_index(index)
                    .filter(|i| *i < items.len())
                    .map(|i| Cow::Owned(items.swap_remove(i))),
                Kind::Map(mut map) => index.text().and_then(|k| map.remove(&k)).map(Cow::Owned),
                _ => None,
            },
        };
        let found = found.ok_or_else(missing)?;
        if index.has_sensitive() {
            return Ok(Cow::Owned(found.into_owned().marked(true)));
        }
        Ok(found)
    }

    /// A further step from a symbol; `None` when the base is not one.
    fn symbolic(&self, base: &Value, suffix: &str, offset: usize, scope: Scope) -> Option<Outcome> {
        let Kind::Symbol(symbol) = &base.kind else {
            return None;
        };
        let text = if symbol.contains(' ') && !symbol.ends_with([')', ']']) {
            format!("({symbol}){suffix}")
        } else {
            format!("{symbol}{suffix}")
        };
        Some(self.symbol(text, base.sensitive, offset, scope))
    }

    fn splat(
        &self,
        base: &Value,
        full: bool,
        rest: &[Step],
        offset: usize,
        scope: Scope,
    ) -> Outcome {
        let items = match &base.kind {
            Kind::Symbol(_) => {
                let mut text = operand_suffix(if full { "[*]" } else { ".*" }, rest);
                if !full {
                    text = text.replacen(".*", "[*]", 1);
                }
                return self
                    .symbolic(base, &text, offset, scope)
                    .unwrap_or_else(|| Err(scope.fail(offset, "cannot be evaluated")));
            }
            Kind::List(items) | Kind::Set(items) => items.as_slice(),
            Kind::Null => &[],
            _ => std::slice::from_ref(base),
        };
        // `.*` takes only the attributes that follow; what comes after applies to the list.
        let inner = if full {
            rest.len()
        } else {
            rest.iter()
                .take_while(|s| matches!(s, Step::Attr(_)))
                .count()
        };
        let inner = rest[..inner]
            .iter()
            .position(|s| matches!(s, Step::Splat { .. }))
            .unwrap_or(inner);
        let list = items
            .iter()
            .map(|item| self.walk(Cow::Borrowed(item), &rest[..inner], offset, scope))
            .collect::<Result<Vec<_>, _>>()?;
        let list = Value::from(Kind::List(list)).marked(base.sensitive);
        self.walk(Cow::Owned(list), &rest[inner..], offset, scope)
    }

    fn resource(
        &self,
        data: bool,
        kind: &str,
        name: &str,
        steps: &[Step],
        offset: usize,
        scope: Scope,
    ) -> Outcome {
        let prefix = if data { "data." } else { "" };
        let address = format!("{prefix}{kind}.{name}");
        let key = (data, kind, name);
        let Some(declared) = self.module.resources.get(&key) else {
            return Err(scope.fail(offset, format!("{address} is not declared")));
        };
        let (instance, rest) = match steps.first() {
            Some(Step::Index(index)) => (Some(index), &steps[1..]),
            _ => (None, steps),
        };
        let repeated = declared.node.repeated;
        let mut text = format!("{}{address}", self.prefix);
        if let Some(index) = instance {
            if index.is_known() && !is_index(index) {
                return Err(scope.fail(offset, "an index is a number or a string"));
            }
            text = format!("{text}[{}]", index.source());
        }
        let sensitive = instance.is_some_and(Value::has_sensitive);
        let whole = instance.is_none() && repeated && !matches!(rest.first(), Some(Step::Attr(_)));
        if whole && self.lenient() {
            let all = self.all_instances(key, &text)?;
            return self.walk(Cow::Owned(all), rest, offset, scope);
        }
        let (Some(Step::Attr(attribute)), true) = (rest.first(), repeated == instance.is_some())
        else {
            let base = Cow::Owned(self.symbol(text, sensitive, offset, scope)?);
            return self.walk(base, rest, offset, scope);
        };
        let mut secret = false;
        if let Some(schema) = schema::resource(kind, data) {
            let block = &schema.block;
            let known = block.attributes.get(attribute);
            // Another version of the provider may have it.
            if known.is_none() && !block.blocks.contains_key(attribute) && !self.lenient() {
                return Err(scope.fail(offset, format!("{kind} has no attribute {attribute:?}")));
            }
            secret = known.is_some_and(|a| a.sensitive);
        }
        let document = document::is_document(data, kind, attribute);
        if document || !data && declared.node.writes(attribute) {
            let at = format!("{text}.{attribute}");
            let value = self.written(key, &at, attribute, instance, offset, scope)?;
            if value.is_known() && !value.is_null() || matches!(value.kind, Kind::Template(_)) {
                let marked = value.as_ref().clone().marked(secret || sensitive);
                self.pay(scope, offset, &marked)?;
                return self.walk(Cow::Owned(marked), &rest[1..], offset, scope);
            }
        }
        let base = self.symbol(
            format!("{text}.{attribute}"),
            sensitive || secret,
            offset,
            scope,
        )?;
        self.walk(Cow::Owned(base), &rest[1..], offset, scope)
    }

    /// A repeated resource as a whole: a symbol for each instance, by its key.
    fn all_instances(&self, key: ResourceKey, text: &str) -> Outcome {
        let expansion = self.expansion(key)?;
        let Expansion::Instances(instances) = expansion.as_ref() else {
            return Ok(Value::symbol(text));
        };
        let (mut list, mut map) = (Vec::new(), std::collections::BTreeMap::new());
        for (instance, key, _) in instances {
            let symbol = Value::symbol(format!("{text}[{}]", key.source()));
            match instance {
                InstanceKey::Index(_) => list.push(symbol),
                InstanceKey::Name(name) => drop(map.insert(name.clone(), symbol)),
            }
        }
        Ok(if map.is_empty() {
            Kind::List(list).into()
        } else {
            Kind::Map(map).into()
        })
    }

    /// The value that the code itself gives to an attribute of another resource, worked out once.
    /// A symbol when its instance is not known.
    fn written(
        &self,
        key: ResourceKey,
        at: &str,
        attribute: &str,
        instance: Option<&Value>,
        offset: usize,
        scope: Scope,
    ) -> Result<Rc<Value>, Failure> {
        match self.attributes.borrow().get(at) {
            Some(Memo::Done(value)) => return value.clone(),
            Some(Memo::Running) => {
                return Err(scope.fail(offset, format!("{at} depends on itself")));
            }
            None => {}
        }
        self.attributes
            .borrow_mut()
            .insert(at.to_owned(), Memo::Running);
        let value = self
            .written_value(key, attribute, instance, scope)
            .map(|value| Rc::new(value.unwrap_or_else(|| Value::symbol(at))));
        self.attributes
            .borrow_mut()
            .insert(at.to_owned(), Memo::Done(value.clone()));
        value
    }

    fn written_value(
        &self,
        key: ResourceKey,
        attribute: &str,
        instance: Option<&Value>,
        from: Scope,
    ) -> Result<Option<Value>, Failure> {
        let Some(declared) = self.module.resources.get(&key) else {
            return Ok(None);
        };
        let own = declared.scope();
        let block = self.tree(*declared, Some(from))?;
        let (data, kind, _) = key;
        let document = document::is_document(data, kind, attribute);
        let written = block.body.get_attribute(attribute);
        let value = |own: Scope| match written {
            _ if document => self.document(&block.body, own).map(Some),
            Some(written) => self.eval(&written.value, own).map(Some),
            None => Ok(None),
        };
        let value = match instance {
            None => value(own)?,
            Some(wanted) => {
                let expansion = self.expansion(key)?;
                let Expansion::Instances(instances) = expansion.as_ref() else {
                    return Ok(None);
                };
                let found = instances.iter().find(|(key, ..)| match key {
                    InstanceKey::Index(i) => list_index(wanted).map(|w| w as u64) == Some(*i),
                    InstanceKey::Name(name) => wanted.text().as_ref() == Some(name),
                });
                let Some((instance, key, each)) = found else {
                    return Ok(None);
                };
                let own = match instance {
                    InstanceKey::Index(_) => Scope {
                        index: Some(key),
                        ..own
                    },
                    InstanceKey::Name(_) => Scope {
                        each: Some((key, each)),
                        ..own
                    },
                };
                value(own)?
            }
        };
        let Some(value) = value else {
            return Ok(None);
        };
        if document {
            return Ok(Some(value));
        }
        let Some(schema) = schema::resource(kind, false) else {
            return Ok(Some(value));
        };
        let Some(wanted) = schema.block.attributes.get(attribute) else {
            return Ok(None);
        };
        // What does not fit is reported where it is written.
        Ok(wanted.kind.convert(value, Extra::Refuse).ok())
    }
}

/// Text of a splat and all that follows it.
fn operand_suffix(splat: &str, rest: &[Step]) -> String {
    let mut text = splat.to_owned();
    for step in rest {
        match step {
            Step::Attr(name) => {
                text.push('.');
                text.push_str(name);
            }
            Step::Index(index) => {
                text.push('[');
                text.push_str(&index.source());
                text.push(']');
            }
            Step::Splat { full } => text.push_str(if *full { "[*]" } else { ".*" }),
        }
    }
    text
}
