//! What policies see: the graph of an environment in the form in which `terraform show -json` writes the plan that
//! creates it all, so that what was written for that form holds here, too
//! (developer.hashicorp.com/terraform/internals/json-format).
//!
//! Two things differ from a real plan. What Terraform reads in the account while it plans (data sources) is not known
//! here. And `configuration` has the values of variables and locals where Terraform has references to them.

mod known;
mod shape;

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use crate::graph::{Address, Graph, InstanceKey, Kind, Resource, Value, schema};
pub(super) use known::Known;
use shape::{Shaped, shaped};

/// The version of the form, and the Terraform whose plans were compared with it.
const FORMAT: &str = "1.2";
const TERRAFORM: &str = "1.11.4";

/// The plan that creates everything in a graph.
pub fn plan(graph: &Graph) -> Json {
    let known = Known::of(graph);
    let managed: Vec<Planned> = graph
        .resources
        .values()
        .filter(|resource| !resource.address.data)
        .map(|resource| Planned::of(resource, &known, graph))
        .collect();
    let variables = graph.variables.iter().map(|(name, value)| {
        let value = shape::anything(&known.value(value)).after;
        (name.clone(), json!({ "value": value.unwrap_or_default() }))
    });
    json!({
        "format_version": FORMAT,
        "terraform_version": TERRAFORM,
        "variables": variables.collect::<Map<_, _>>(),
        "planned_values": { "root_module": modules(&managed) },
        "resource_changes": managed.iter().map(Planned::change).collect::<Vec<_>>(),
        "configuration": configuration(graph),
        "applyable": true,
        "complete": graph.not_read.is_empty(),
        "errored": false,
    })
}

/// A resource with its values as planned.
struct Planned<'a> {
    address: &'a Address,
    values: Shaped,
    version: u64,
    provider: String,
}

impl<'a> Planned<'a> {
    fn of(resource: &'a Resource, known: &Known<'_>, graph: &Graph) -> Self {
        let schema = schema::resource(&resource.address.kind, resource.address.data);
        let attributes: BTreeMap<String, Value> = known.attributes(resource);
        Self {
            address: &resource.address,
            values: shaped(schema.as_ref().map(|s| s.block.as_ref()), &attributes),
            version: schema.map_or(0, |schema| schema.version),
            provider: provider(&resource.address.kind, graph),
        }
    }

    /// What `planned_values` and `resource_changes` both say of it.
    fn head(&self) -> Map<String, Json> {
        let address = self.address;
        let mut head = Map::new();
        head.insert("address".into(), address.to_string().into());
        if !address.module.is_empty() {
            let module = address.prefix();
            head.insert("module_address".into(), module.trim_end_matches('.').into());
        }
        let mode = if address.data { "data" } else { "managed" };
        head.insert("mode".into(), mode.into());
        head.insert("type".into(), address.kind.clone().into());
        head.insert("name".into(), address.name.clone().into());
        match &address.key {
            None => {}
            Some(InstanceKey::Index(index)) => {
                head.insert("index".into(), (*index).into());
            }
            Some(InstanceKey::Name(name)) => {
                head.insert("index".into(), name.clone().into());
            }
        }
        head.insert("provider_name".into(), self.provider.clone().into());
        head
    }

    fn change(&self) -> Json {
        let mut change = self.head();
        let body = json!({
            "actions": ["create"],
            "before": null,
            "after": self.values.after,
            "after_unknown": self.values.unknown,
            "before_sensitive": false,
            "after_sensitive": self.values.sensitive,
        });
        change.insert("change".into(), body);
        Json::Object(change)
    }

    fn planned(&self) -> Json {
        let mut planned = self.head();
        planned.remove("module_address");
        planned.insert("schema_version".into(), self.version.into());
        planned.insert("values".into(), self.values.after.clone().into());
        planned.insert("sensitive_values".into(), self.values.sensitive.clone());
        Json::Object(planned)
    }
}

/// The resources of the root module, and those of each other module beside it.
fn modules(planned: &[Planned<'_>]) -> Json {
    let mut modules: BTreeMap<String, Vec<Json>> = BTreeMap::new();
    for resource in planned {
        let module = resource.address.prefix();
        let of_module = modules.entry(module).or_default();
        of_module.push(resource.planned());
    }
    let root = modules.remove("").unwrap_or_default();
    let mut module = json!({ "resources": root });
    if !modules.is_empty() {
        let children = modules.into_iter().map(|(prefix, resources)| {
            json!({ "address": prefix.trim_end_matches('.'), "resources": resources })
        });
        module["child_modules"] = children.collect();
    }
    module
}

/// The provider's full name, by the resource type: `registry.terraform.io/hashicorp/aws`.
fn provider(kind: &str, graph: &Graph) -> String {
    let name = kind.split('_').next().unwrap_or_default();
    full_name(name, graph)
}

fn full_name(provider: &str, graph: &Graph) -> String {
    let required = graph.required_providers.get(provider);
    let source = required.map_or_else(|| format!("hashicorp/{provider}"), |r| r.source.clone());
    if source.matches('/').count() == 1 {
        format!("registry.terraform.io/{source}")
    } else {
        source
    }
}

/// What is written: attributes with their values, or what they refer to.
fn configuration(graph: &Graph) -> Json {
    let mut providers = Map::new();
    for (name, blocks) in &graph.providers {
        for attributes in blocks {
            let alias = attributes.get("alias").and_then(Value::as_str);
            let key = alias.map_or_else(|| name.clone(), |alias| format!("{name}.{alias}"));
            let mut provider = json!({ "name": name, "full_name": full_name(name, graph) });
            if let Some(alias) = alias {
                provider["alias"] = alias.into();
            }
            if let Some(required) = graph.required_providers.get(name) {
                provider["version_constraint"] = required.version.clone().into();
            }
            let written = attributes.iter().filter(|(name, _)| *name != "alias");
            let written =
                written.map(|(name, value)| (name.clone(), expression(value, nested(value))));
            provider["expressions"] = Json::Object(written.collect());
            providers.insert(key, provider);
        }
    }
    let mut resources: Vec<Json> = Vec::new();
    let mut last: Option<(bool, &str, &str)> = None;
    for resource in graph.resources.values() {
        let address = &resource.address;
        let block = (address.data, &*address.kind, &*address.name);
        // One block, whatever instances it has; those of a module are its own matter.
        if !address.module.is_empty() || last == Some(block) {
            continue;
        }
        last = Some(block);
        let plain = Address {
            key: None,
            ..address.clone()
        };
        let schema = schema::resource(&address.kind, address.data);
        let blocks = schema.as_ref().map(|s| &s.block.blocks);
        let written = resource.attributes.iter().filter(|(_, v)| !v.is_null());
        let written = written.map(|(name, value)| {
            let is_block = blocks.is_some_and(|blocks| blocks.contains_key(name));
            (name.clone(), expression(value, is_block))
        });
        resources.push(json!({
            "address": plain.to_string(),
            "mode": if address.data { "data" } else { "managed" },
            "type": address.kind,
            "name": address.name,
            "provider_config_key": address.kind.split('_').next().unwrap_or_default(),
            "expressions": written.collect::<Map<_, _>>(),
            "schema_version": schema.map_or(0, |s| s.version),
        }));
    }
    json!({ "provider_config": providers, "root_module": { "resources": resources } })
}

/// Whether a value is that of a nested block.
fn nested(value: &Value) -> bool {
    let items = value.elements().unwrap_or_default();
    !items.is_empty() && items.iter().all(|item| matches!(item.kind, Kind::Map(_)))
}

fn expression(value: &Value, is_block: bool) -> Json {
    if is_block {
        let block = |value: &Value| match &value.kind {
            Kind::Map(map) => {
                let map = map.iter().filter(|(_, v)| !v.is_null());
                let map = map.map(|(name, v)| (name.clone(), expression(v, nested(v))));
                Json::Object(map.collect())
            }
            _ => expression(value, false),
        };
        return match value.elements() {
            Some(items) => items.iter().map(block).collect(),
            None => block(value),
        };
    }
    if value.is_known() {
        return json!({ "constant_value": shape::anything(value).after });
    }
    let mut references = Vec::new();
    known::symbols(value, &mut |symbol| {
        references.push(Json::from(symbol));
        // As Terraform does: the attribute, then what it is of.
        if let Some(resource) = known::resource_of(symbol) {
            references.push(resource.to_string().into());
        }
    });
    json!({ "references": references })
}
