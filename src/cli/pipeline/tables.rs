//! What is embedded and decoded when it is first asked for.

use crate::catalog::aws::{iam, kinds};
use crate::graph::schema;
use crate::manifest;
use crate::render::{TEMPLATES, Templates};

/// Decodes most of what every run asks for, on a thread that has nothing else to do, in the order in which it is wanted.
/// Whoever is faster decodes; the other waits for that alone.
pub(super) fn read() {
    manifest::schema();
    // Whoever renders tells of a fault.
    let _ = Templates::builtin();
    for (_, text) in TEMPLATES {
        for kind in kinds_in(text) {
            schema::resource(kind, false);
        }
    }
    for kind in kinds::kinds() {
        iam::service_title(&kind.iam_prefix);
    }
}

/// The types of resources in a template.
fn kinds_in(template: &str) -> impl Iterator<Item = &str> {
    let rest = template.split("resource \"").skip(1);
    rest.filter_map(|rest| Some(rest.split_once('"')?.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_types_of_the_templates_are_in_the_schema() {
        let kinds = TEMPLATES.iter().flat_map(|(_, text)| kinds_in(text));
        let kinds: std::collections::BTreeSet<_> = kinds.collect();
        assert!(kinds.len() > 20, "{kinds:?}");
        for kind in kinds {
            assert!(schema::resource(kind, false).is_some(), "{kind}");
        }
    }
}
