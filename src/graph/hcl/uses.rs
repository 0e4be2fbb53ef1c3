//! Which resources a piece of code refers to, through locals too.

use std::collections::{BTreeMap, BTreeSet};

use hcl_edit::expr::{Expression, Traversal, TraversalOperator};
use hcl_edit::structure::Body;
use hcl_edit::visit::{Visit, visit_body, visit_expr, visit_traversal};

use super::module::Module;

/// Collects references; what a local refers to is worked out once.
pub(super) struct Uses<'a> {
    module: &'a Module<'a>,
    locals: BTreeMap<&'a str, BTreeSet<String>>,
}

#[derive(Default)]
struct Found {
    /// Root and first two names of each traversal.
    paths: BTreeSet<Vec<String>>,
}

impl Visit for Found {
    fn visit_traversal(&mut self, node: &Traversal) {
        if let Expression::Variable(root) = &node.expr {
            let names = node.operators.iter().map_while(|op| match op.value() {
                TraversalOperator::GetAttr(name) => Some(name.as_str().to_owned()),
                _ => None,
            });
            let root = std::iter::once(root.as_str().to_owned());
            self.paths.insert(root.chain(names).take(3).collect());
        }
        visit_traversal(self, node);
    }
}

impl<'a> Uses<'a> {
    /// Works out what every local refers to.
    pub(super) fn new(module: &'a Module<'a>) -> Self {
        let mut direct = BTreeMap::new();
        for (name, local) in &module.locals {
            let mut found = Found::default();
            visit_expr(&mut found, local.node);
            direct.insert(*name, found.paths);
        }
        let mut uses = Self {
            module,
            locals: BTreeMap::new(),
        };
        // Locals refer to each other in any order, circles included: follow them by a work list.
        for name in direct.keys() {
            let mut seen = BTreeSet::from([*name]);
            let mut open = vec![*name];
            let mut resources = BTreeSet::new();
            while let Some(local) = open.pop() {
                for path in direct.get(local).into_iter().flatten() {
                    if let [root, next, ..] = path.as_slice()
                        && root == "local"
                    {
                        if let Some((next, _)) = direct.get_key_value(next.as_str())
                            && seen.insert(next)
                        {
                            open.push(next);
                        }
                    } else {
                        resources.extend(uses.declared(path));
                    }
                }
            }
            uses.locals.insert(name, resources);
        }
        uses
    }

    /// Addresses (`type.name`, `data.type.name`) that a body refers to, sorted.
    pub(super) fn of_body(&self, body: &Body) -> Vec<String> {
        let mut found = Found::default();
        visit_body(&mut found, body);
        let mut addresses = BTreeSet::new();
        for path in &found.paths {
            match path.as_slice() {
                [root, local, ..] if root == "local" => {
                    addresses.extend(
                        self.locals
                            .get(local.as_str())
                            .into_iter()
                            .flatten()
                            .cloned(),
                    );
                }
                _ => addresses.extend(self.declared(path)),
            }
        }
        addresses.into_iter().collect()
    }

    fn declared(&self, path: &[String]) -> Option<String> {
        let (data, kind, name) = match path {
            [data, kind, name, ..] if data == "data" => (true, kind, name),
            [kind, name, ..] => (false, kind, name),
            _ => return None,
        };
        let key = (data, kind.as_str(), name.as_str());
        self.module.resources.contains_key(&key).then(|| {
            let prefix = if data { "data." } else { "" };
            format!("{prefix}{kind}.{name}")
        })
    }
}
