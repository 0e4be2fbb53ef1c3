//! Reads Terraform state, format 4, into a [`Graph`]
//! (`internal/states/statefile/version4.go` of Terraform).
//!
//! Attributes are those of the last refresh. What the extract of the provider's schema does not
//! know is kept untyped.

use std::collections::BTreeMap;

use super::address::module_path;
use super::recorded::{self, Unreadable, insert, malformed, object};
use super::{Address, Graph, InstanceKey, Kind, Value};

/// A state file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct State {
    /// Its resources, data sources and outputs.
    pub graph: Graph,
    /// Version of Terraform or `OpenTofu` that wrote it.
    pub terraform_version: String,
    /// Counts the writes; a later one means that it moved on.
    pub serial: u64,
    /// Identity of the state over all its serials.
    pub lineage: String,
    /// What is in the file and not in the graph, and what is not as it should be, in words.
    pub notes: Vec<String>,
}

/// Reads a state file.
///
/// # Errors
/// What is no whole, plain state of format 4.
pub fn read(text: &str) -> Result<State, Unreadable> {
    let file = object(text)?;
    match file.get("version").and_then(Value::as_u64) {
        Some(4) => {}
        Some(version) => {
            return Err(Unreadable::Version(format!(
                "this is state of format {version}, and 4 is read: let Terraform 1.x write it anew (terraform apply -refresh-only)"
            )));
        }
        None if file.contains_key("format_version") => {
            return Err(Unreadable::Malformed(
                "this is what `terraform show -json` writes: give a plan to --plan, and to --state what `terraform state pull` writes".to_owned(),
            ));
        }
        None if lock(text).is_some() => {
            return Err(Unreadable::Malformed(
                "this is the lock of a state, not the state: give what `terraform state pull` writes".to_owned(),
            ));
        }
        None => return Err(malformed("version", "the number 4")),
    }
    let words = |name: &str| file.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut state = State {
        terraform_version: words("terraform_version").to_owned(),
        lineage: words("lineage").to_owned(),
        serial: file.get("serial").and_then(Value::as_u64).unwrap_or(0),
        ..State::default()
    };
    if let Some(Kind::Map(outputs)) = file.get("outputs").map(|v| &v.kind) {
        for (name, output) in outputs {
            let value = output.get("value").cloned().unwrap_or_else(Value::null);
            let sensitive = output.get("sensitive").and_then(Value::as_bool);
            let value = value.marked(sensitive == Some(true));
            state.graph.outputs.insert(name.clone(), value);
        }
    }
    let resources = match file.get("resources").map(|v| &v.kind) {
        Some(Kind::List(resources)) => resources.as_slice(),
        None | Some(Kind::Null) => &[],
        Some(_) => return Err(malformed("resources", "a list")),
    };
    for (number, resource) in resources.iter().enumerate() {
        state.resource(resource, &format!("resources[{number}]"))?;
    }
    state.notes.sort();
    Ok(state)
}

/// Who holds the lock of a state, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// `user@host`.
    pub who: String,
    /// `apply`, `plan`, …
    pub operation: String,
    /// When it was taken.
    pub created: String,
}

/// Reads the file that Terraform lays beside a state while it is locked (`.NAME.lock.info`;
/// `internal/states/statemgr/locker.go`). `None` when it is no such file.
pub fn lock(text: &str) -> Option<Lock> {
    let file = object(text).ok()?;
    let words = |name: &str| {
        let text = file.get(name)?.as_str()?;
        let printable = text.chars().filter(|c| !c.is_control());
        Some(printable.take(80).collect::<String>())
    };
    let operation = words("Operation")?;
    let kind = operation.strip_prefix("OperationType");
    Some(Lock {
        who: words("Who")?,
        created: words("Created").unwrap_or_default(),
        operation: kind.map_or(operation.clone(), str::to_lowercase),
    })
}

impl State {
    fn resource(&mut self, resource: &Value, at: &str) -> Result<(), Unreadable> {
        let word = |name: &str| {
            let word = resource.get(name).and_then(Value::as_str);
            word.ok_or_else(|| malformed(&format!("{at}.{name}"), "a string"))
        };
        let mut address = Address {
            data: match word("mode")? {
                "data" => true,
                "managed" => false,
                _ => return Err(malformed(&format!("{at}.mode"), "managed or data")),
            },
            kind: word("type")?.to_owned(),
            name: word("name")?.to_owned(),
            ..Address::default()
        };
        if resource.get("module").is_some() {
            address.module = module_path(word("module")?)
                .ok_or_else(|| malformed(&format!("{at}.module"), "a module path"))?;
        }
        let instances = resource.get("instances").and_then(Value::elements);
        let instances = instances.ok_or_else(|| malformed(&format!("{at}.instances"), "a list"))?;
        for (number, instance) in instances.iter().enumerate() {
            let at = format!("{at}.instances[{number}]");
            address.key = match instance.get("index_key").map(|v| &v.kind) {
                None | Some(Kind::Null) => None,
                Some(Kind::String(name)) => Some(InstanceKey::Name(name.clone())),
                Some(Kind::Number(number)) => {
                    let number = number.as_u64();
                    let key = number.ok_or_else(|| malformed(&at, "a whole index_key"))?;
                    Some(InstanceKey::Index(key))
                }
                Some(_) => return Err(malformed(&format!("{at}.index_key"), "a string or number")),
            };
            if let Some(deposed) = instance.get("deposed").and_then(Value::as_str) {
                self.notes.push(format!(
                    "{address}: a replaced object ({}) still waits to be destroyed; it is not compared",
                    deposed.chars().filter(char::is_ascii_alphanumeric).collect::<String>()
                ));
                continue;
            }
            if instance.get("status").and_then(Value::as_str) == Some("tainted") {
                self.notes
                    .push(format!("{address} is tainted: the next apply replaces it"));
            }
            let attributes = match instance.get("attributes").map(|v| &v.kind) {
                Some(Kind::Map(map)) => map.clone(),
                _ => return Err(malformed(&format!("{at}.attributes"), "an object")),
            };
            let mut resource = recorded::resource(address.clone(), attributes);
            let marks = instance
                .get("sensitive_attributes")
                .and_then(Value::elements);
            for path in marks.unwrap_or_default() {
                mark(&mut resource.attributes, path);
            }
            let needs = instance.get("dependencies").and_then(Value::elements);
            resource.references = needs
                .unwrap_or_default()
                .iter()
                .filter_map(|v| v.as_str().map(str::to_owned))
                .collect();
            resource.references.sort();
            insert(&mut self.graph, resource);
        }
        Ok(())
    }
}

/// Marks what a path of `sensitive_attributes` leads to; as much as can be followed when it leads
/// through a set or is of an unknown form.
fn mark(attributes: &mut BTreeMap<String, Value>, path: &Value) {
    let steps = path.elements().unwrap_or_default();
    let Some((first, rest)) = steps.split_first() else {
        return;
    };
    let name = first.get("value").and_then(Value::as_str);
    if let Some(value) = name.and_then(|name| attributes.get_mut(name)) {
        mark_value(value, rest);
    }
}

fn mark_value(value: &mut Value, steps: &[Value]) {
    let Some((step, rest)) = steps.split_first() else {
        value.sensitive = true;
        return;
    };
    let key = step.get("value");
    // `get_attr` has the name itself, `index` an object with the key and its type.
    let key = key.and_then(|k| k.get("value").or(Some(k)));
    let next = match (&mut value.kind, key.map(|k| &k.kind)) {
        (Kind::Map(map), Some(Kind::String(name))) => map.get_mut(name),
        (Kind::List(items), Some(Kind::Number(n))) => {
            let index = n.as_u64().and_then(|n| usize::try_from(n).ok());
            index.and_then(|i| items.get_mut(i))
        }
        _ => None,
    };
    match next {
        Some(next) => mark_value(next, rest),
        None => value.sensitive = true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static MODULES: &str = include_str!("../../tests/corpus/state/modules.tfstate");

    fn at<'g>(state: &'g State, address: &str) -> &'g super::super::Resource {
        let address: Address = address.parse().unwrap();
        let found = state.graph.resources.get(&address);
        found.unwrap_or_else(|| panic!("{address} is not read"))
    }

    #[test]
    fn modules_instances_and_marks_are_read() {
        let state = read(MODULES).unwrap();
        assert_eq!((state.serial, state.lineage.as_str()), (7, "a"));
        assert_eq!(state.graph.resources.len(), 5);
        let queue = at(&state, "module.a[\"x.y\"].module.b.aws_sqs_queue.jobs[0]");
        assert_eq!(queue.get("name").unwrap().as_str(), Some("jobs-0"));
        assert!(queue.get("tags.owner").unwrap().sensitive);
        assert!(!queue.get("tags.team").unwrap().sensitive);
        assert_eq!(queue.references, ["aws_kms_key.k"]);
        assert!(!queue.attributes.contains_key("arn"));
        at(&state, "aws_sqs_queue.each[\"a\"]");
        let account = at(&state, "data.aws_caller_identity.me");
        assert_eq!(
            account.get("account_id").unwrap().as_str(),
            Some("111111111111")
        );
        assert!(state.graph.outputs["key"].sensitive && !state.graph.outputs["name"].sensitive);
    }

    #[test]
    fn a_deposed_object_is_noted_and_a_tainted_one_kept() {
        let state = read(MODULES).unwrap();
        let [tainted, deposed] = state.notes.as_slice() else {
            panic!("{:?}", state.notes)
        };
        assert!(tainted.contains("each[\"a\"] is tainted"), "{tainted}");
        assert!(
            deposed.contains("jobs[0]: a replaced object (ab12cd34)"),
            "{deposed}"
        );
    }

    #[test]
    fn what_the_schema_does_not_know_is_kept_and_what_it_knows_is_shaped() {
        let state = read(MODULES).unwrap();
        let foreign = at(&state, "acme_thing.x");
        assert_eq!(
            foreign.get("setting").unwrap().source(),
            "{\"deep\" = [1, null, \"x\"]}"
        );
        let group = at(&state, "aws_security_group.g");
        assert_eq!(
            group.get("future_attribute").unwrap().as_str(),
            Some("kept")
        );
        let egress = group.get("egress").unwrap();
        assert!(matches!(egress.kind, Kind::Set(_)), "{egress:?}");
        assert_eq!(group.get("egress.from_port").unwrap().as_u64(), Some(443));
    }

    #[test]
    fn a_lock_is_read_and_is_no_state() {
        let text = "{\"ID\":\"x\",\"Operation\":\"OperationTypeApply\",\"Info\":\"\",\"Who\":\"ann\\u001b@ci\",\"Version\":\"1.11.4\",\"Created\":\"2026-01-01T00:00:00Z\",\"Path\":\"terraform.tfstate\"}";
        let found = lock(text).unwrap();
        assert_eq!(
            (found.who.as_str(), found.operation.as_str()),
            ("ann@ci", "apply")
        );
        let error = read(text).unwrap_err();
        assert!(error.to_string().contains("the lock of a state"), "{error}");
        assert_eq!(lock(MODULES), None);
        assert_eq!(lock("nonsense"), None);
    }

    #[test]
    fn other_files_are_told_apart() {
        let encrypted = include_str!("../../tests/corpus/state/encrypted.tfstate");
        assert_eq!(read(encrypted), Err(Unreadable::Encrypted));
        assert!(
            Unreadable::Encrypted
                .to_string()
                .contains("tofu state pull")
        );
        let old = read(include_str!("../../tests/corpus/state/v3.tfstate")).unwrap_err();
        assert!(
            matches!(&old, Unreadable::Version(m) if m.contains("format 3")),
            "{old}"
        );
        assert!(old.is_incomplete());
        for (text, says) in [
            ("[]", "no JSON object"),
            ("{}", "version"),
            ("nonsense", "line 1"),
            ("{\"a\":1,\"a\":2}", "repeats a key"),
            ("{\"format_version\":\"1.0\"}", "terraform state pull"),
            ("{\"version\":4,\"resources\":{}}", "a list"),
            ("{\"version\":4,\"resources\":[{}]}", "resources[0].mode"),
            (
                "{\"version\":4,\"resources\":[{\"mode\":\"managed\",\"type\":\"a\",\"name\":\"b\",\"instances\":[{}]}]}",
                "attributes",
            ),
        ] {
            let error = read(text).unwrap_err();
            assert!(!error.is_incomplete(), "{text}");
            assert!(error.to_string().contains(says), "{text}: {error}");
        }
    }
}
