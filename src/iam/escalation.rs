//! Ways to more privilege that the policies of one principal open together.
//!
//! Data: [`risk::privilege_escalation`]. A path is open when each of its actions can be used on some resource under some
//! circumstances, after the boundary and every Deny; which policy allows which action does not matter.

use std::collections::BTreeMap;

use super::access::Grants;
use super::reach::{Limits, Reach, identity};
use crate::catalog::aws::risk::{self, EscalationPath};

/// A way to more privilege.
#[derive(Debug, Clone)]
pub struct Escalation {
    /// The path.
    pub path: &'static EscalationPath,
    /// Whether each action is certainly allowed; otherwise it depends on what is not known here.
    pub certain: bool,
}

/// The paths that are open, in the order of the data.
pub fn escalations(grants: &Grants) -> Vec<Escalation> {
    let mut known: BTreeMap<&str, Reach> = BTreeMap::new();
    let mut open = Vec::new();
    for path in risk::privilege_escalation() {
        let mut certain = true;
        let mut possible = !path.all_of.is_empty();
        for action in &path.all_of {
            let reach = known.entry(action).or_insert_with(|| {
                let limits = Limits {
                    actions: vec![action.clone()],
                    ..Limits::default()
                };
                identity(grants, &limits)
            });
            possible &= reach.possible();
            certain &= matches!(reach, Reach::Yes(_));
            if !possible {
                break;
            }
        }
        if possible {
            open.push(Escalation { path, certain });
        }
    }
    open
}
