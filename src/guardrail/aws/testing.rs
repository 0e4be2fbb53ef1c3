//! What rule tests are written with.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::{Address, Graph, Kind, Part, RequiredProvider, Resource, Value};
use crate::guardrail::{Finding, Input, check};
use crate::iam::{Conditions, Effect, Permission, PolicyKind};

fn value(kind: Kind) -> Value {
    Value {
        kind,
        sensitive: false,
    }
}

fn expression(e: &hcl::Expression) -> Value {
    value(match e {
        hcl::Expression::Null => Kind::Null,
        hcl::Expression::Bool(b) => Kind::Bool(*b),
        hcl::Expression::Number(n) => Kind::Number(
            n.as_i64()
                .map_or_else(|| 0.into(), serde_json::Number::from),
        ),
        hcl::Expression::String(s) => Kind::String(s.clone()),
        hcl::Expression::Array(items) => Kind::List(items.iter().map(expression).collect()),
        hcl::Expression::Object(map) => Kind::Map(
            map.iter()
                .map(|(k, v)| {
                    let key = match k {
                        hcl::ObjectKey::Identifier(i) => i.to_string(),
                        other => other.to_string().trim_matches('"').to_owned(),
                    };
                    (key, expression(v))
                })
                .collect(),
        ),
        hcl::Expression::TemplateExpr(template) => {
            let template = hcl::Template::from_expr(template).unwrap();
            Kind::Template(
                template
                    .elements()
                    .iter()
                    .map(|element| match element {
                        hcl::template::Element::Literal(s) => Part::Literal(s.clone()),
                        hcl::template::Element::Interpolation(i) => {
                            Part::Symbol(i.expr.to_string())
                        }
                        hcl::template::Element::Directive(_) => panic!("no directives in tests"),
                    })
                    .collect(),
            )
        }
        hcl::Expression::FuncCall(call) if call.name.name.as_str() == "jsonencode" => {
            Kind::Template(vec![Part::Literal(
                hcl::format::to_string(&call.args[0]).unwrap(),
            )])
        }
        other => Kind::Symbol(hcl::format::to_string(other).unwrap()),
    })
}

fn body(body: &hcl::Body) -> BTreeMap<String, Value> {
    let mut map: BTreeMap<String, Value> = BTreeMap::new();
    for attribute in body.attributes() {
        map.insert(attribute.key().to_owned(), expression(attribute.expr()));
    }
    for block in body.blocks() {
        let nested = value(Kind::Map(self::body(block.body())));
        let entry = map
            .entry(block.identifier().to_owned())
            .or_insert_with(|| value(Kind::List(Vec::new())));
        if let Kind::List(list) = &mut entry.kind {
            list.push(nested);
        }
    }
    map
}

/// A graph from Terraform text.
pub(super) fn graph(text: &str) -> Graph {
    let mut graph = Graph::default();
    for block in hcl::parse(text).unwrap().blocks() {
        let label = |i: usize| block.labels()[i].as_str().to_owned();
        let mut attributes = body(block.body());
        match block.identifier() {
            "resource" => {
                attributes.remove("lifecycle");
                let source = hcl::format::to_string(block.body()).unwrap();
                let references = source
                    .split(|c: char| !(c.is_ascii_alphanumeric() || "_.-".contains(c)))
                    .filter_map(|word| {
                        let mut parts = word.split('.');
                        let (kind, name) = (parts.next()?, parts.next()?);
                        kind.starts_with("aws_").then(|| format!("{kind}.{name}"))
                    })
                    .collect();
                attributes.remove("depends_on");
                let address = Address {
                    data: false,
                    kind: label(0),
                    name: label(1),
                    key: None,
                };
                graph.resources.insert(
                    address.clone(),
                    Resource {
                        address,
                        attributes,
                        location: None,
                        attribute_lines: BTreeMap::new(),
                        references,
                        prevent_destroy: false,
                    },
                );
            }
            "provider" => graph
                .providers
                .entry(label(0))
                .or_default()
                .push(attributes),
            "terraform" => {
                let string = |v: Option<&Value>| match v.map(|v| &v.kind) {
                    Some(Kind::String(s)) => Some(s.clone()),
                    _ => None,
                };
                graph.required_version = string(attributes.get("required_version"));
                if let Some(Kind::Map(map)) =
                    attributes.get("required_providers").map(|v| &v.sole().kind)
                {
                    for (name, provider) in map {
                        graph.required_providers.insert(
                            name.clone(),
                            RequiredProvider {
                                source: string(provider.get("source")).unwrap_or_default(),
                                version: string(provider.get("version")).unwrap_or_default(),
                            },
                        );
                    }
                }
                for backend in block
                    .body()
                    .blocks()
                    .filter(|b| b.identifier() == "backend")
                {
                    graph.backend = Some((
                        backend.labels()[0].as_str().to_owned(),
                        body(backend.body()),
                    ));
                }
            }
            other => panic!("{other} blocks are not needed by rule tests"),
        }
    }
    graph
}

/// Findings of one rule on a graph and permissions.
pub(super) fn findings(rule: &str, graph: &Graph, permissions: &[Permission]) -> Vec<Finding> {
    let permissions: BTreeSet<Permission> = permissions.iter().cloned().collect();
    let input = Input {
        graph,
        permissions: &permissions,
        environment: "dev",
        permissions_boundary: None,
    };
    let mut findings = check(&input);
    findings.retain(|finding| finding.rule == rule);
    findings
}

/// Asserts that the rule fires on this Terraform text.
#[track_caller]
pub(super) fn fires(rule: &str, text: &str) {
    assert_ne!(findings(rule, &graph(text), &[]), [], "{rule} on\n{text}");
}

/// Asserts that the rule stays silent on this Terraform text.
#[track_caller]
pub(super) fn silent(rule: &str, text: &str) {
    assert_eq!(findings(rule, &graph(text), &[]), [], "{rule} on\n{text}");
}

/// A stack in account 111111111111.
fn account() -> Graph {
    graph(
        r#"
provider "aws" {
  allowed_account_ids = ["111111111111"]
}
resource "aws_iam_role" "f" {}
"#,
    )
}

/// Asserts that the rule fires on these permissions.
#[track_caller]
pub(super) fn fires_on(rule: &str, permissions: &[Permission]) {
    let found = findings(rule, &account(), permissions);
    assert_ne!(found, [], "{rule} on {permissions:#?}");
}

/// Asserts that the rule stays silent on these permissions.
#[track_caller]
pub(super) fn silent_on(rule: &str, permissions: &[Permission]) {
    let found = findings(rule, &account(), permissions);
    assert_eq!(found, [], "{rule} on {permissions:#?}");
}

/// An Allow of a role.
pub(super) fn identity(action: &str, resource: &str) -> Permission {
    Permission {
        holder: "aws_iam_role.f".into(),
        kind: PolicyKind::Identity,
        effect: Effect::Allow,
        principal: None,
        action: action.into(),
        resource: resource.into(),
        conditions: Conditions::new(),
    }
}

/// An Allow of a resource policy, or of a trust policy when the holder is a role.
pub(super) fn allows(holder: &str, principal: &str, action: &str) -> Permission {
    Permission {
        holder: holder.into(),
        kind: if holder.starts_with("aws_iam_role.") {
            PolicyKind::Trust
        } else {
            PolicyKind::Resource
        },
        principal: Some(principal.into()),
        ..identity(action, "*")
    }
}

impl Permission {
    /// The same with a condition more.
    pub(super) fn when(mut self, operator: &str, key: &str, value: &str) -> Self {
        self.conditions
            .entry(operator.into())
            .or_default()
            .entry(key.into())
            .or_default()
            .insert(value.into());
        self
    }

    /// The same as a Deny.
    pub(super) fn denied(mut self) -> Self {
        self.effect = Effect::Deny;
        self
    }
}
