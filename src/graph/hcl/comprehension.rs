//! `for` expressions.

use std::collections::BTreeMap;

use hcl_edit::expr::{Expression, ForExpr};

use super::eval::{Binding, Evaluator, Outcome, Scope, entries, truth};
use crate::graph::{Kind, Value};

impl Evaluator<'_> {
    pub(super) fn for_expression(
        &self,
        f: &ForExpr,
        whole: &Expression,
        offset: usize,
        scope: Scope,
    ) -> Outcome {
        let collection = self.eval(&f.intro.collection_expr, scope)?;
        let mut sensitive = collection.sensitive;
        let hidden = collection.has_sensitive();
        let unknown = || self.symbol(self.source_here(whole, scope), hidden, offset, scope);
        let Some(entries) = entries(&collection) else {
            if collection.is_known() {
                return Err(scope.fail(offset, "a for expression needs a collection"));
            }
            return unknown();
        };
        let mut list = Vec::new();
        let mut map: BTreeMap<String, Value> = BTreeMap::new();
        let mut groups: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for (key, value) in &entries {
            let value_name = Binding {
                name: f.intro.value_var.as_str(),
                value,
                next: scope.names,
            };
            let key_name = f.intro.key_var.as_ref().map(|name| Binding {
                name: name.as_str(),
                value: key,
                next: Some(&value_name),
            });
            let inner = Scope {
                names: Some(key_name.as_ref().unwrap_or(&value_name)),
                ..scope
            };
            if let Some(condition) = &f.cond {
                let condition = self.eval(&condition.expr, inner)?;
                match truth(&condition) {
                    Some(true) => {}
                    Some(false) => continue,
                    None if condition.is_known() => {
                        return Err(scope.fail(offset, "the condition is not a bool"));
                    }
                    None => return unknown(),
                }
            }
            let item = self.eval(&f.value_expr, inner)?;
            let Some(key) = &f.key_expr else {
                list.push(item);
                continue;
            };
            let key = self.eval(key, inner)?;
            if !key.is_known() {
                return unknown();
            }
            sensitive |= key.has_sensitive();
            let key = key
                .text()
                .ok_or_else(|| scope.fail(offset, "a key must be a string"))?;
            if f.grouping {
                groups.entry(key).or_default().push(item);
            } else if map.insert(key.clone(), item).is_some() {
                return Err(scope.fail(offset, format!("two items have the key {key:?}")));
            }
        }
        let kind = if f.key_expr.is_none() {
            Kind::List(list)
        } else if f.grouping {
            let groups = groups.into_iter();
            Kind::Map(groups.map(|(k, v)| (k, Kind::List(v).into())).collect())
        } else {
            Kind::Map(map)
        };
        self.built(Value::from(kind).marked(sensitive), offset, scope)
    }
}
