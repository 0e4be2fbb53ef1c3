//! Instances of resources and modules: `count` and `for_each`.

use std::rc::Rc;

use hcl_edit::Span as _;
use hcl_edit::structure::Body;

use super::eval::{Evaluator, Expansion, Failure, Memo, Scope};
use super::module::{Declared, start};
use super::operators::list_index;
use super::resource::{ResourceBlock, ResourceKey};
use crate::graph::{InstanceKey, Kind, Value};

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
