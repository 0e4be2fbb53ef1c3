//! What a holder that is new is allowed. Whatever a reference in its policies will stand for, it is more than nothing: so
//! that the reference can be taken for the text that it is.

use std::collections::BTreeMap;

use crate::iam::Request;
use crate::iam::access::Grants;

/// References of policies, in the places where each stands for one text: resources and values of conditions. By what is
/// written in their place.
#[derive(Debug, Default)]
pub(super) struct References(BTreeMap<String, String>);

impl References {
    /// The policies with their references as texts.
    pub(super) fn spelled(&mut self, grants: &Grants) -> Grants {
        let mut spelled = grants.clone();
        for statement in spelled.policies.iter_mut().flat_map(|p| &mut p.statements) {
            let resources = statement.resource.iter_mut().flat_map(|r| &mut r.values);
            let conditions = statement.conditions.iter_mut().flat_map(|c| &mut c.values);
            for text in resources.chain(conditions) {
                *text = self.spell(text);
            }
        }
        spelled
    }

    fn spell(&mut self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('<') {
            let Some((name, tail)) = after.split_once('>') else {
                break;
            };
            out.push_str(before);
            // The operators of ARNs match nothing that is not of their form.
            let spelled = if name.ends_with("arn") {
                format!("arn:aws:service:region:account:{name}")
            } else {
                name.to_owned()
            };
            out.push_str(&spelled);
            self.0.insert(spelled, name.to_owned());
            rest = tail;
        }
        out + rest
    }

    /// A request that shows something, with the references as they were.
    pub(super) fn restored(&self, mut request: Request) -> Request {
        let restored = |text: &str| {
            let held = self.0.iter().filter(|(spelled, _)| text.contains(*spelled));
            match held.max_by_key(|(spelled, _)| spelled.len()) {
                Some((spelled, name)) if !spelled.is_empty() => {
                    text.replace(spelled.as_str(), &format!("<{name}>"))
                }
                _ => text.to_owned(),
            }
        };
        request.resource = restored(&request.resource);
        let context: Vec<(String, Vec<String>)> = request
            .context
            .iter()
            .map(|(key, values)| (key.to_owned(), values.iter().map(|v| restored(v)).collect()))
            .collect();
        for (key, values) in context {
            request.context.set(&key, values);
        }
        request
    }
}
