//! What is said of a resource beside its settings: which provider makes it, and what Terraform leaves alone.

use std::collections::BTreeMap;

use crate::graph::{Kind, Resource, Value};

/// Both resources with these as attributes; `None` where they are alike.
pub(super) fn of(before: &Resource, after: &Resource) -> Option<(Resource, Resource)> {
    let alike = before.prevent_destroy == after.prevent_destroy
        && before.ignore_changes == after.ignore_changes
        && provider(before) == provider(after);
    (!alike).then(|| (with(before), with(after)))
}

fn with(resource: &Resource) -> Resource {
    let ignored = resource.ignore_changes.iter().map(|steps| {
        let all = steps.is_empty();
        Value::string(if all {
            "all".to_owned()
        } else {
            steps.join(".")
        })
    });
    let lifecycle = BTreeMap::from([
        (
            "prevent_destroy".to_owned(),
            Kind::Bool(resource.prevent_destroy).into(),
        ),
        ("ignore_changes".to_owned(), Value::set(ignored.collect())),
    ]);
    let mut resource = resource.clone();
    let attributes = &mut resource.attributes;
    attributes.insert("lifecycle".to_owned(), Kind::Map(lifecycle).into());
    if let Some(provider) = provider(&resource).map(Value::string) {
        resource.attributes.insert("provider".to_owned(), provider);
    }
    resource
}

/// The provider that is named, where it is not the one that Terraform takes anyway.
fn provider(resource: &Resource) -> Option<String> {
    let usual = resource.address.kind.split('_').next();
    let named = resource.provider.clone();
    named.filter(|provider| Some(provider.as_str()) != usual)
}
