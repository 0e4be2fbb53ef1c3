//! The graph of resources that every source (generated code, state, plan, account) is read into.

mod address;
mod expand;
pub mod hcl;
pub(crate) mod json;
mod mirror;
pub(crate) mod moved;
pub mod plan;
mod recorded;
mod resources;
pub mod schema;
pub mod state;
pub mod types;
pub mod value;

use std::collections::{BTreeMap, BTreeSet};

pub use address::{Address, InstanceKey, ModuleStep};
use camino::Utf8PathBuf;
pub use moved::Moved;
pub use recorded::Unreadable;
pub use resources::Resources;
pub use value::{Kind, Part, Value};

/// A place in generated or foreign code.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// File, relative to the root module.
    pub file: Utf8PathBuf,
    /// Line, from 1.
    pub line: usize,
}

/// One resource with normalised attributes (nested blocks are lists of maps).
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// Address.
    pub address: Address,
    /// Attributes and nested blocks; meta-arguments are not among them.
    pub attributes: BTreeMap<String, Value>,
    /// Where it is written, when it came from code.
    pub location: Option<Location>,
    /// Line of each attribute, when it came from code.
    pub attribute_lines: BTreeMap<String, usize>,
    /// Addresses (`type.name`) this resource refers to anywhere, `depends_on` included.
    pub references: Vec<String>,
    /// The provider that it names (`aws.other`), where it is not left to its type; with those that its module is given.
    pub provider: Option<String>,
    /// `lifecycle.prevent_destroy`.
    pub prevent_destroy: bool,
    /// `lifecycle.ignore_changes`: the steps of each path; one without steps is everything.
    pub ignore_changes: Vec<Vec<String>>,
}

impl Resource {
    /// Attribute at a dotted path; a list or set step takes its only element
    /// (`server_side_encryption.kms_key_arn`). `None` when absent, null or ambiguous.
    pub fn get(&self, path: &str) -> Option<&Value> {
        let mut steps = path.split('.');
        let mut value = self.attributes.get(steps.next()?)?;
        for step in steps {
            value = value.sole().get(step)?;
        }
        (!matches!(value.kind, Kind::Null)).then_some(value)
    }

    /// Every value at a dotted path that is not null, through all blocks on the way; elements of a list one by one.
    pub fn values(&self, path: &str) -> Vec<&Value> {
        let mut steps = path.split('.');
        let first = steps.next().and_then(|first| self.attributes.get(first));
        let mut found: Vec<&Value> = first.into_iter().flat_map(Value::each).collect();
        for step in steps {
            let below = found.into_iter().filter_map(|value| value.get(step));
            found = below.flat_map(Value::each).collect();
        }
        found.retain(|value| !value.is_null());
        found
    }
}

impl Value {
    /// The only element of a list or set of one; otherwise the value itself.
    pub fn sole(&self) -> &Value {
        match &self.kind {
            Kind::List(items) | Kind::Set(items) if items.len() == 1 => &items[0],
            _ => self,
        }
    }

    /// Entry of a map.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match &self.kind {
            Kind::Map(map) => map.get(key),
            _ => None,
        }
    }
}

/// Provider requirement of the `terraform` block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequiredProvider {
    /// Source address, `hashicorp/aws`.
    pub source: String,
    /// Version constraint as written.
    pub version: String,
}

/// Everything read from one source, for one environment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Graph {
    /// Resources and data sources by address.
    pub resources: Resources,
    /// `required_version` of the `terraform` block.
    pub required_version: Option<String>,
    /// `required_providers`.
    pub required_providers: BTreeMap<String, RequiredProvider>,
    /// Attributes of each `provider` block, by provider name.
    pub providers: BTreeMap<String, Vec<BTreeMap<String, Value>>>,
    /// Backend type and attributes.
    pub backend: Option<(String, BTreeMap<String, Value>)>,
    /// Variable → what its validations demand of it, each condition that has to hold by itself as
    /// canonical source text.
    pub demands: BTreeMap<String, BTreeSet<String>>,
    /// Variables of the root module with their values, where it came from code.
    pub variables: BTreeMap<String, Value>,
    /// Outputs.
    pub outputs: BTreeMap<String, Value>,
    /// Resources whose `count` or `for_each` is not known: their one entry in `resources` has no
    /// key and stands for any number of instances. The value is the expression, canonical.
    pub unexpanded: BTreeMap<Address, String>,
    /// What has another address now: `moved` blocks of code, previous addresses of a plan.
    pub moved: Vec<Moved>,
    /// Files and folders that code names and that were not given.
    pub missing: BTreeSet<Utf8PathBuf>,
    /// What of the source could not be read, and so may hide anything. Empty for code that slgen
    /// generated, where it is an error instead.
    pub not_read: Vec<NotRead>,
}

/// A piece of a source that was not read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotRead {
    /// What it is: an address, `module.NAME`, a file.
    pub what: String,
    /// Why, in words.
    pub why: String,
    /// Where, when it came from code.
    pub location: Option<Location>,
    /// Of a module that is not here: everything that it is called with.
    pub call: Option<String>,
}

impl Graph {
    /// Managed resources of a type, by address.
    pub fn of_type<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Resource> {
        let first = Address {
            kind: kind.to_owned(),
            ..Address::default()
        };
        // They stand together in the order of addresses.
        self.resources
            .range(first..)
            .map(|(_, resource)| resource)
            .take_while(move |r| !r.address.data && r.address.kind == kind)
    }
}
