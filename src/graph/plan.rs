//! Reads a plan as `terraform show -json` writes it, format 1.x, into graphs of before and after
//! (developer.hashicorp.com/terraform/internals/json-format).
//!
//! What is known only after apply is a symbol: the address of the attribute itself.

use std::collections::BTreeMap;

use super::mirror::{marked, marked_map, step, unknown};
use super::recorded::{self, Unreadable, insert, malformed, object};
use super::{Address, Graph, InstanceKey, Kind, Moved, Value, address::module_path};

/// A plan.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// What stands before, by the addresses of then. Data sources are as they were read.
    pub before: Graph,
    /// What is to stand after.
    pub after: Graph,
    /// What is to be done, by the address of after (or of before, where there is none after).
    pub changes: BTreeMap<Address, Change>,
    /// Addresses of after whose resource had another address before: that one.
    pub moved: BTreeMap<Address, Address>,
    /// `resource_drift`: what Terraform found changed outside it, mostly spelling. Kept apart.
    pub drift: Drift,
    /// The planning failed: what is here is not all.
    pub errored: bool,
    /// All of it is here: nothing was deferred, no `-target` (Terraform 1.8 and later say so).
    pub complete: bool,
    /// There is something to apply.
    pub applyable: bool,
    /// Version of Terraform or `OpenTofu` that wrote it.
    pub terraform_version: String,
    /// What is in the plan and in no graph, in words.
    pub notes: Vec<String>,
}

/// What is to be done to one resource.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Change {
    /// Steps in their order; `create` and `delete` together replace.
    pub actions: Vec<Action>,
    /// Attributes that force the replacement, as dotted paths.
    pub replace_paths: Vec<String>,
    /// Terraform's reason (`replace_because_cannot_update`).
    pub reason: Option<String>,
    /// It is imported.
    pub importing: bool,
}

/// A step of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Nothing.
    NoOp,
    /// Created.
    Create,
    /// Read (data sources).
    Read,
    /// Changed in place.
    Update,
    /// Destroyed.
    Delete,
    /// Left alone and no longer managed.
    Forget,
}

/// Two readings of the same resources.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Drift {
    /// As the state had them.
    pub before: Graph,
    /// As the refresh found them; what was deleted is missing.
    pub after: Graph,
}

impl Plan {
    /// Why nothing can be concluded from this plan; `None` when it is whole.
    pub fn incomplete(&self) -> Option<&'static str> {
        if self.errored {
            return Some(
                "the plan failed half way (errored): mend what terraform plan says and plan again",
            );
        }
        (!self.complete).then_some(
            "the plan leaves resources out (complete is false): plan again without -target or -exclude, and after what it was deferred for",
        )
    }
}

/// Reads a plan.
///
/// # Errors
/// What is no whole plan of format 1.
pub fn read(text: &str) -> Result<Plan, Unreadable> {
    let file = object(text)?;
    let version = file.get("format_version").and_then(Value::as_str);
    match version.map(|v| v.split('.').next().unwrap_or(v)) {
        Some("1") => {}
        Some(_) => {
            let said: String = version.unwrap_or_default().chars().take(20).collect();
            return Err(Unreadable::Version(format!(
                "this is a plan of format {said:?}, and 1.x is read: write it with Terraform 1.1 or newer"
            )));
        }
        None if file.contains_key("serial") => {
            return Err(Unreadable::Malformed(
                "this is a state file: give it to --state, and to --plan what `terraform show -json PLAN` writes".to_owned(),
            ));
        }
        None => return Err(malformed("format_version", "\"1.x\"")),
    }
    if !file.contains_key("resource_changes") && !file.contains_key("planned_values") {
        return Err(Unreadable::Malformed(
            "this is no plan but the JSON of a state: name the plan file, terraform show -json PLAN".to_owned(),
        ));
    }
    let flag = |name: &str| file.get(name).and_then(Value::as_bool);
    let version = file.get("terraform_version").and_then(Value::as_str);
    let mut plan = Plan {
        errored: flag("errored").unwrap_or(false),
        // Older versions say nothing.
        complete: flag("complete").unwrap_or(true),
        applyable: flag("applyable").unwrap_or(true),
        terraform_version: version.unwrap_or_default().to_owned(),
        ..Plan::default()
    };
    let prior = file.get("prior_state").and_then(|v| v.get("values"));
    if let Some(root) = prior.and_then(|v| v.get("root_module")) {
        plan.data_sources(root, "prior_state")?;
    }
    for (number, change) in list(file.get("resource_changes"), "resource_changes")?
        .iter()
        .enumerate()
    {
        plan.change(change, &format!("resource_changes[{number}]"))?;
    }
    for (number, change) in list(file.get("resource_drift"), "resource_drift")?
        .iter()
        .enumerate()
    {
        let at = format!("resource_drift[{number}]");
        let entry = Entry::of(change, &at)?;
        let (before, after) = entry.graphs();
        if let Some(before) = before {
            insert(&mut plan.drift.before, before);
        }
        if let Some(after) = after {
            insert(&mut plan.drift.after, after);
        }
    }
    if let Some(Kind::Map(outputs)) = file.get("output_changes").map(|v| &v.kind) {
        for (name, change) in outputs {
            plan.output(name, change);
        }
    }
    plan.notes.sort();
    Ok(plan)
}

fn list<'v>(value: Option<&'v Value>, at: &str) -> Result<&'v [Value], Unreadable> {
    match value.map(|v| &v.kind) {
        None | Some(Kind::Null) => Ok(&[]),
        Some(Kind::List(items)) => Ok(items),
        Some(_) => Err(malformed(at, "a list")),
    }
}

impl Plan {
    /// Data sources that were read before planning; those read anew are among the changes too.
    fn data_sources(&mut self, module: &Value, at: &str) -> Result<(), Unreadable> {
        for resource in list(module.get("resources"), at)? {
            if resource.get("mode").and_then(Value::as_str) != Some("data") {
                continue;
            }
            let address = address(resource, at)?;
            let Some(Kind::Map(values)) = resource.get("values").map(|v| &v.kind) else {
                continue;
            };
            let values = marked_map(values.clone(), resource.get("sensitive_values"));
            let resource = recorded::resource(address, values);
            insert(&mut self.before, resource.clone());
            insert(&mut self.after, resource);
        }
        for child in list(module.get("child_modules"), at)? {
            self.data_sources(child, at)?;
        }
        Ok(())
    }

    fn change(&mut self, change: &Value, at: &str) -> Result<(), Unreadable> {
        let entry = Entry::of(change, at)?;
        if let Some(deposed) = change.get("deposed").and_then(Value::as_str) {
            self.notes.push(format!(
                "{}: a replaced object ({}) is to be destroyed; it is not compared",
                entry.address,
                deposed
                    .chars()
                    .filter(char::is_ascii_alphanumeric)
                    .collect::<String>()
            ));
            return Ok(());
        }
        let (before, after) = entry.graphs();
        if let Some(mut before) = before {
            if let Some(previous) = &entry.previous {
                before.address = previous.clone();
                self.moved.insert(entry.address.clone(), previous.clone());
                let moved = Moved::resource(previous.clone(), entry.address.clone());
                self.after.moved.push(moved);
            }
            insert(&mut self.before, before);
        }
        if let Some(after) = after {
            insert(&mut self.after, after);
        }
        let words = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let details = entry.details;
        let mut actions = Vec::new();
        for action in list(details.get("actions"), at)? {
            actions.push(match action.as_str() {
                Some("no-op") => Action::NoOp,
                Some("create") => Action::Create,
                Some("read") => Action::Read,
                Some("update") => Action::Update,
                Some("delete") => Action::Delete,
                Some("forget") => Action::Forget,
                _ => return Err(malformed(&format!("{at}.change.actions"), "a known action")),
            });
        }
        let paths = list(details.get("replace_paths"), at)?.iter();
        let change = Change {
            actions,
            replace_paths: paths.filter_map(dotted).collect(),
            reason: words(change.get("action_reason")),
            importing: details.get("importing").is_some_and(|v| !v.is_null()),
        };
        self.changes.insert(entry.address, change);
        Ok(())
    }

    fn output(&mut self, name: &str, change: &Value) {
        let path = format!("output.{name}");
        let value = |side: &str, marks: &str| {
            let value = change.get(side).cloned().filter(|v| !v.is_null());
            value.map(|v| marked(v, change.get(marks)))
        };
        if let Some(before) = value("before", "before_sensitive") {
            self.before.outputs.insert(name.to_owned(), before);
        }
        let after = value("after", "after_sensitive").unwrap_or_else(Value::null);
        let after = unknown(after, change.get("after_unknown"), &path);
        if !after.is_null() {
            self.after.outputs.insert(name.to_owned(), after);
        }
    }
}

/// One entry of `resource_changes` or `resource_drift`.
struct Entry<'v> {
    address: Address,
    previous: Option<Address>,
    details: &'v Value,
}

impl<'v> Entry<'v> {
    fn of(change: &'v Value, at: &str) -> Result<Self, Unreadable> {
        let details = change.get("change");
        let details = details.ok_or_else(|| malformed(&format!("{at}.change"), "an object"))?;
        let previous = match change.get("previous_address").map(|v| &v.kind) {
            None | Some(Kind::Null) => None,
            Some(Kind::String(text)) => Some(
                text.parse()
                    .map_err(|_| malformed(&format!("{at}.previous_address"), "an address"))?,
            ),
            Some(_) => return Err(malformed(&format!("{at}.previous_address"), "an address")),
        };
        Ok(Self {
            address: address(change, at)?,
            previous,
            details,
        })
    }

    /// The resource before and after, each where there is one.
    fn graphs(&self) -> (Option<super::Resource>, Option<super::Resource>) {
        let side = |name: &str, marks: &str| match self.details.get(name).map(|v| &v.kind) {
            Some(Kind::Map(map)) => Some(marked_map(map.clone(), self.details.get(marks))),
            _ => None,
        };
        let before = side("before", "before_sensitive")
            .map(|map| recorded::resource(self.address.clone(), map));
        let after = side("after", "after_sensitive").map(|mut map| {
            if let Some(Kind::Map(mirror)) = self.details.get("after_unknown").map(|v| &v.kind) {
                for (name, mirror) in mirror {
                    let value = map.remove(name).unwrap_or_else(Value::null);
                    let path = format!("{}.{name}", self.address);
                    let value = unknown(value, Some(mirror), &path);
                    map.insert(name.clone(), value);
                }
            }
            recorded::resource(self.address.clone(), map)
        });
        (before, after)
    }
}

/// Address from the fields of a resource.
fn address(resource: &Value, at: &str) -> Result<Address, Unreadable> {
    let word = |name: &str| {
        let word = resource.get(name).and_then(Value::as_str);
        word.ok_or_else(|| malformed(&format!("{at}.{name}"), "a string"))
    };
    let module = match resource.get("module_address").map(|v| &v.kind) {
        None | Some(Kind::Null) => {
            // Resources of `prior_state` name their module only in their address.
            let text = word("address")?;
            text.parse::<Address>()
                .map(|a| a.module)
                .unwrap_or_default()
        }
        Some(Kind::String(path)) => module_path(path)
            .ok_or_else(|| malformed(&format!("{at}.module_address"), "a module path"))?,
        Some(_) => return Err(malformed(&format!("{at}.module_address"), "a module path")),
    };
    Ok(Address {
        data: word("mode")? == "data",
        kind: word("type")?.to_owned(),
        module,
        name: word("name")?.to_owned(),
        key: match resource.get("index").map(|v| &v.kind) {
            None | Some(Kind::Null) => None,
            Some(Kind::String(name)) => Some(InstanceKey::Name(name.clone())),
            Some(Kind::Number(number)) => {
                let number = number.as_u64();
                let key =
                    number.ok_or_else(|| malformed(&format!("{at}.index"), "a whole number"))?;
                Some(InstanceKey::Index(key))
            }
            Some(_) => return Err(malformed(&format!("{at}.index"), "a string or number")),
        },
    })
}

/// `["environment", 0, "variables"]` as `environment[0].variables`.
fn dotted(path: &Value) -> Option<String> {
    let mut text = String::new();
    for part in path.elements()? {
        match &part.kind {
            Kind::Number(n) => text.push_str(&format!("[{n}]")),
            Kind::String(name) if text.is_empty() => text.push_str(name),
            Kind::String(name) => text.push_str(&step(name)),
            _ => return None,
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    static SMALL: &str = include_str!("../../tests/corpus/plan/small.json");

    #[test]
    fn only_true_leaves_are_unknown() {
        let plan = read(SMALL).unwrap();
        let address: Address = "module.m[0].aws_lambda_function.f[\"a\"]".parse().unwrap();
        let function = &plan.after.resources[&address];
        let at = |path: &str| function.get(path).map(Value::source).unwrap_or_default();
        assert_eq!(at("arn"), format!("{address}.arn"));
        assert_eq!(at("environment.variables.A"), "\"canary\"");
        assert_eq!(
            at("environment.variables.B"),
            format!("{address}.environment[0].variables.B")
        );
        assert_eq!(at("layers"), format!("{address}.layers"));
        assert_eq!(at("vpc_config"), format!("{address}.vpc_config"));
        assert!(function.get("tags").unwrap().is_known());
        assert!(function.get("environment.variables.A").unwrap().sensitive);
    }

    #[test]
    fn marks_outputs_and_notes() {
        let plan = read(SMALL).unwrap();
        let gone: Address = "aws_sqs_queue.gone".parse().unwrap();
        assert_eq!(plan.changes[&gone].actions, [Action::Forget]);
        assert_eq!(
            plan.changes[&gone].replace_paths,
            ["environment[0].variables[\"a.b\"]"]
        );
        let before = &plan.before.resources[&gone];
        assert!(before.attributes.values().all(|v| v.sensitive));
        assert!(!plan.after.resources.contains_key(&gone));
        assert_eq!(plan.notes.len(), 1);
        assert!(plan.notes[0].contains("deadbeef"), "{:?}", plan.notes);
        assert_eq!(plan.after.outputs["arn"], Value::symbol("output.arn"));
        assert!(!plan.before.outputs.contains_key("arn"));
        assert!(plan.after.outputs["key"].sensitive && plan.before.outputs["key"].sensitive);
        let region: Address = "module.m.data.aws_region.r".parse().unwrap();
        assert!(plan.before.resources.contains_key(&region));
    }

    #[test]
    fn a_plan_that_is_not_whole_says_so() {
        let mut plan = read(SMALL).unwrap();
        assert!(plan.incomplete().unwrap().contains("errored"));
        plan.errored = false;
        assert!(plan.incomplete().unwrap().contains("complete is false"));
        plan.complete = true;
        assert_eq!(plan.incomplete(), None);
        // Versions before 1.8 say nothing.
        let old = read("{\"format_version\":\"1.0\",\"resource_changes\":[]}").unwrap();
        assert_eq!(old.incomplete(), None);
    }

    #[test]
    fn other_files_are_told_apart() {
        let error = read("{\"format_version\":\"2.0\"}").unwrap_err();
        assert!(
            matches!(&error, Unreadable::Version(m) if m.contains("\"2.0\"")),
            "{error}"
        );
        for (text, says) in [
            ("{\"version\":4,\"serial\":1}", "--state"),
            (
                "{\"format_version\":\"1.0\",\"values\":{}}",
                "terraform show -json PLAN",
            ),
            ("{}", "format_version"),
            (
                "{\"format_version\":\"1.0\",\"resource_changes\":[{\"change\":{},\"mode\":\"managed\",\"type\":\"a\",\"name\":\"b\",\"address\":\"a.b\",\"previous_address\":\"x\"}]}",
                "previous_address",
            ),
            (
                "{\"format_version\":\"1.0\",\"resource_changes\":[{\"change\":{\"actions\":[\"dance\"]},\"mode\":\"managed\",\"type\":\"a\",\"name\":\"b\",\"address\":\"a.b\"}]}",
                "known action",
            ),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.to_string().contains(says), "{text}: {error}");
        }
    }
}
