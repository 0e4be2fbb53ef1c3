//! Policies by what they mean: what is allowed now and was not, what was denied and is not.

use std::collections::{BTreeMap, BTreeSet};

use super::allowed::{Outcome, decide, lines, variables_alike};
use super::finding::{PolicyLine, Witness};
use super::fresh::References;
use super::held::{Held, Policies};
use super::places::{self, Sort};
use super::severity;
use super::{ChangeKind, Direction, Finding, redact};
use crate::graph::{Location, Value};
use crate::guardrail::Severity;
use crate::iam::Request;
use crate::iam::access::{Boundary, Grants};
use crate::iam::document::Document;

const PERMISSIONS: &str = "SLG-DIFF-101";
const ATTACHED: &str = "SLG-DIFF-102";
const TRUST: &str = "SLG-DIFF-103";
const RESOURCE: &str = "SLG-DIFF-104";
const INVOKE: &str = "SLG-DIFF-105";
const ROLE: &str = "SLG-DIFF-106";

/// The rules of this module and what a widening means.
pub(super) const RULES: &[(&str, &str)] = &[
    (PERMISSIONS, "a role may do more than before"),
    (
        ATTACHED,
        "a policy that does not stand in the code is attached",
    ),
    (TRUST, "somebody else may assume the role"),
    (RESOURCE, "somebody may do more with the resource"),
    (INVOKE, "somebody else may invoke the function"),
    (ROLE, "the function has another role"),
];

/// A permissions boundary: its document, or the text of its ARN.
type KnownBoundary = Option<Result<Document, String>>;

/// The two sides, and how addresses of the first are called on the second.
pub(super) struct Sides<'a> {
    pub(super) before: Held<'a>,
    pub(super) after: Held<'a>,
    pub(super) renamed: &'a BTreeMap<String, String>,
    pub(super) account: Option<&'a str>,
    pub(super) kind: ChangeKind,
    /// Whether all resources of a type were read on the second side.
    pub(super) complete: &'a dyn Fn(&str) -> bool,
}

impl Sides<'_> {
    /// A finding for every holder whose policies mean something else now.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let none = Policies::default();
        let mut old: BTreeMap<(String, Sort), (&Policies<'_>, &str)> = BTreeMap::new();
        for ((holder, sort), policies) in &self.before.of {
            let now = self.renamed.get(holder).unwrap_or(holder);
            old.insert((now.clone(), *sort), (policies, holder));
        }
        let keys: BTreeSet<(String, Sort)> =
            old.keys().chain(self.after.of.keys()).cloned().collect();
        let mut found = Vec::new();
        for key in keys {
            let (before, was) = old.get(&key).copied().unwrap_or((&none, &key.0));
            let after = self.after.of.get(&key).unwrap_or(&none);
            let (holder, sort) = &key;
            let gone = self.after.resource(holder).is_none();
            let new = self.before.resource(was).is_none();
            if *sort == Sort::Identity {
                let mut attached = self.attached(holder, before, after);
                if places::kinds(&key).any(|kind| !(self.complete)(kind)) {
                    attached.retain(|f| f.direction == Direction::Widening);
                }
                found.extend(attached);
            }
            let boundaries = if *sort == Sort::Identity && !gone && !new {
                (self.before.boundary(was), self.after.boundary(holder))
            } else {
                (None, None)
            };
            let compared = self.compared(&key, new, before, after, boundaries);
            // What was not read in full is no less, and may deny what it seems to allow.
            let in_part = || places::kinds(&key).any(|kind| !(self.complete)(kind));
            found.extend(compared.filter(|f| {
                let more = f.direction == Direction::Widening && !f.gained.is_empty();
                more || !in_part()
            }));
        }
        found.extend(self.roles());
        found
    }

    /// Whether the documents of both boundaries of a role are known, so that the comparison of the
    /// policies covers them.
    pub(super) fn boundaries_known(&self, before: &str, after: &str) -> bool {
        matches!(
            (self.before.boundary(before), self.after.boundary(after)),
            (Some(Ok(_)), Some(Ok(_)))
        )
    }

    fn compared(
        &self,
        (holder, sort): &(String, Sort),
        new_holder: bool,
        before: &Policies<'_>,
        after: &Policies<'_>,
        boundaries: (KnownBoundary, KnownBoundary),
    ) -> Option<Finding> {
        let sort = *sort;
        let (rule, path, least) = match sort {
            Sort::Identity => (PERMISSIONS, "permissions", Severity::High),
            Sort::Trust => (TRUST, "assume_role_policy", Severity::High),
            Sort::Resource => (RESOURCE, "policy", Severity::High),
            Sort::Invoke => (INVOKE, "permission", Severity::High),
        };
        let mut finding = Finding::new(
            rule,
            Direction::Undetermined,
            least,
            self.kind,
            holder.clone(),
            path,
        );
        let documents = match boundaries {
            (Some(Ok(old)), Some(Ok(new))) => (Boundary::Document(old), Boundary::Document(new)),
            // What became of the boundary itself is a finding of its own.
            _ => (Boundary::None, Boundary::None),
        };
        let same_boundary = documents.0 == documents.1;
        if same_boundary && before.alike(after) {
            return None;
        }
        finding.location = changed_place(before, after);
        if before.unreadable() != after.unreadable()
            || before.unknown_default != after.unknown_default
        {
            let (old, new) = (lines(before.documents()), lines(after.documents()));
            finding.gained = new.difference(&old).cloned().collect();
            finding.lost = old.difference(&new).cloned().collect();
            finding.meaning = if before.unknown_default || after.unknown_default {
                "AWS's default policy comes or goes: what it allows is not written anywhere"
                    .to_owned()
            } else {
                "the policy is not known before apply, or no policy: what it allows cannot be compared".to_owned()
            };
            return Some(finding);
        }
        let (old, new) = (lines(before.documents()), lines(after.documents()));
        if old == new && same_boundary && variables_alike(before, after) {
            return None;
        }
        let grants = |policies: &Policies, boundary: Boundary| Grants {
            policies: policies.documents().to_vec(),
            boundary,
            definitions: BTreeMap::new(),
        };
        let had = grants(before, documents.0);
        let has = grants(after, documents.1);
        let mut outcome = decide(&had, &has, sort != Sort::Identity);
        let had_nothing = new_holder && before.documents().is_empty();
        if had_nothing && matches!(outcome, Outcome::Unknown(_)) {
            let mut references = References::default();
            let spelled = references.spelled(&has);
            if let Outcome::Wider(request) = decide(&had, &spelled, sort != Sort::Identity) {
                outcome = Outcome::Wider(Box::new(references.restored(*request)));
            }
        }
        finding.gained = new.difference(&old).map(shown).collect();
        finding.lost = old.difference(&new).map(shown).collect();
        let who = self.who(holder);
        match outcome {
            Outcome::Same => return None,
            Outcome::Wider(request) => {
                finding.direction = Direction::Widening;
                finding.severity = match sort {
                    Sort::Identity => self.wider(holder, &request, (&had, &has), new_holder),
                    _ => self.admitted(sort, &request, new_holder),
                };
                finding.meaning = sentence(sort, &who, &request, "may now");
                finding.witness = Some(witness(&request));
            }
            Outcome::DenyLost(request) => {
                finding.direction = Direction::Widening;
                finding.severity = Severity::Medium;
                finding.meaning = format!(
                    "{} on {} is no longer denied",
                    redact::text(&request.action),
                    redact::text(&request.resource)
                );
                finding.witness = Some(witness(&request));
            }
            Outcome::Unknown(reason) => {
                finding.direction = Direction::Undetermined;
                finding.meaning = format!(
                    "it cannot be decided whether more is allowed: {}",
                    redact::text(&reason)
                );
            }
            Outcome::Narrower(request) => {
                finding.direction = Direction::Narrowing;
                finding.severity = Severity::Medium;
                if let Some(request) = request {
                    finding.meaning = sentence(sort, &who, &request, "may no longer");
                    finding.witness = Some(witness(&request));
                } else {
                    "nothing more is allowed, and perhaps less".clone_into(&mut finding.meaning);
                }
            }
            Outcome::DenyGained(request) => {
                finding.direction = Direction::Narrowing;
                finding.severity = Severity::Medium;
                finding.meaning = format!(
                    "{} on {} is denied now",
                    redact::text(&request.action),
                    redact::text(&request.resource)
                );
                finding.witness = Some(witness(&request));
            }
        }
        Some(finding)
    }

    /// Policies that are attached by ARN and whose documents are not at hand.
    fn attached(&self, holder: &str, before: &Policies<'_>, after: &Policies<'_>) -> Vec<Finding> {
        let changed = |from: &Policies<'_>, to: &Policies<'_>, direction: Direction| {
            let gained: Vec<Finding> = to
                .opaque
                .difference(&from.opaque)
                .map(|arn| {
                    let severity = if self.kind == ChangeKind::Drift || broad(arn) {
                        Severity::Critical
                    } else {
                        Severity::High
                    };
                    let mut finding = Finding::new(
                        ATTACHED,
                        direction,
                        severity,
                        self.kind,
                        holder.to_owned(),
                        &format!("attached.{}", redact::text(arn)),
                    );
                    let arn = redact::text(arn);
                    finding.meaning = if direction == Direction::Widening {
                        format!("{} gets everything that {arn} allows", self.who(holder))
                    } else {
                        format!("{} loses what {arn} allows", self.who(holder))
                    };
                    finding
                })
                .collect();
            gained
        };
        let mut found = changed(before, after, Direction::Widening);
        found.extend(changed(after, before, Direction::Narrowing));
        found
    }

    /// Functions that get another role: by what the two allow.
    fn roles(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        for ((was, now), (old_role, new_role)) in self.function_roles() {
            let resource = |held: &Held<'_>, address: &str| {
                held.resource(address)
                    .and_then(|r| Some((r.get("role")?.clone(), r.location.clone())))
            };
            let (Some((old_value, _)), Some((new_value, location))) =
                (resource(&self.before, &was), resource(&self.after, &now))
            else {
                continue;
            };
            let mut finding = Finding::new(
                ROLE,
                Direction::Undetermined,
                if self.kind == ChangeKind::Drift {
                    Severity::Critical
                } else {
                    Severity::High
                },
                self.kind,
                now.clone(),
                "role",
            );
            finding.location = location;
            finding.before = redact::shown("aws_lambda_function", "role", Some(&old_value));
            finding.after = redact::shown("aws_lambda_function", "role", Some(&new_value));
            if let (Some(old), Some(new)) = (old_role, new_role) {
                let called = self.renamed.get(&old).unwrap_or(&old);
                if *called == new {
                    continue;
                }
                let none = Policies::default();
                let key = |role: &str| (role.to_owned(), Sort::Identity);
                let before = self.before.of.get(&key(&old)).unwrap_or(&none);
                let after = self.after.of.get(&key(&new)).unwrap_or(&none);
                let grants = |p: &Policies<'_>| Grants::of(p.documents().iter().cloned());
                let readable = before.unreadable().is_empty()
                    && after.unreadable().is_empty()
                    && after.opaque.is_subset(&before.opaque);
                let (had, has) = (grants(before), grants(after));
                match decide(&had, &has, false) {
                    Outcome::Wider(request) => {
                        finding.direction = Direction::Widening;
                        finding.severity = self.wider(&new, &request, (&had, &has), false);
                        finding.meaning =
                            sentence(Sort::Identity, &self.who(&now), &request, "may now");
                        finding.witness = Some(witness(&request));
                    }
                    Outcome::Narrower(_) | Outcome::DenyGained(_) if readable => {
                        finding.direction = Direction::Narrowing;
                        finding.severity = Severity::Medium;
                        "the new role allows less".clone_into(&mut finding.meaning);
                    }
                    Outcome::Same if readable => {
                        finding.direction = Direction::Neutral;
                        finding.severity = Severity::Low;
                        "the new role allows the same".clone_into(&mut finding.meaning);
                    }
                    _ => "what the new role allows is not known in full"
                        .clone_into(&mut finding.meaning),
                }
            } else {
                let same = old_value.text() == new_value.text();
                let unknown = !old_value.is_known() || !new_value.is_known();
                if same || (self.kind == ChangeKind::Drift && unknown) {
                    continue;
                }
                "what the new role allows does not stand here".clone_into(&mut finding.meaning);
            }
            found.push(finding);
        }
        found
    }

    /// Functions of both sides with the roles they have.
    #[allow(clippy::type_complexity, reason = "used once")]
    fn function_roles(&self) -> Vec<((String, String), (Option<String>, Option<String>))> {
        let functions = self.before.functions();
        functions
            .into_iter()
            .filter_map(|(was, old)| {
                let now = self.renamed.get(&was).unwrap_or(&was).clone();
                let resource = self.after.resource(&now)?;
                let new = self
                    .after
                    .named("aws_iam_role", resource.get("role")?, resource);
                Some(((was, now), (old, new)))
            })
            .collect()
    }

    /// A name that a person knows the holder by.
    fn who(&self, holder: &str) -> String {
        let resource = self
            .after
            .resource(holder)
            .or_else(|| self.before.resource(holder));
        let name = resource.and_then(|r| {
            r.get("name")
                .or_else(|| r.get("function_name"))
                .and_then(Value::as_str)
        });
        redact::text(name.unwrap_or(holder))
    }

    /// How much it matters that a role may do more.
    fn wider(
        &self,
        role: &str,
        request: &Request,
        grants: (&Grants, &Grants),
        new: bool,
    ) -> Severity {
        if self.kind == ChangeKind::Drift {
            return Severity::Critical;
        }
        severity::wider(&severity::Gain {
            grants,
            request,
            own: (self.before.own(), self.after.own()),
            code: &self.after.code_of(role),
            new,
        })
    }

    /// How much it matters that somebody is let in.
    fn admitted(&self, sort: Sort, request: &Request, new: bool) -> Severity {
        if self.kind == ChangeKind::Drift {
            return Severity::Critical;
        }
        severity::admitted(sort, request, self.account, new)
    }
}

impl Held<'_> {
    fn functions(&self) -> Vec<(String, Option<String>)> {
        let of_type = self
            .all()
            .filter(|r| r.address.kind == "aws_lambda_function");
        of_type
            .filter_map(|r| {
                let role = r.get("role")?;
                Some((r.address.to_string(), self.named("aws_iam_role", role, r)))
            })
            .collect()
    }

    /// ARNs of the functions that run with a role.
    fn code_of(&self, role: &str) -> Vec<String> {
        let functions = self.functions().into_iter();
        functions
            .filter(|(_, of)| of.as_deref() == Some(role))
            .map(|(function, _)| self.arn(&function))
            .collect()
    }
}

fn broad(arn: &str) -> bool {
    let name = arn.rsplit('/').next().unwrap_or(arn);
    name.ends_with("FullAccess")
        || name.starts_with("AdministratorAccess")
        || name.starts_with("PowerUserAccess")
}

fn shown(line: &PolicyLine) -> PolicyLine {
    PolicyLine {
        effect: line.effect.clone(),
        principal: line.principal.as_deref().map(redact::text),
        action: redact::text(&canonical_action(&line.action)),
        resource: redact::text(&line.resource),
        conditions: redact::text(&line.conditions),
    }
}

fn witness(request: &Request) -> Witness {
    Witness {
        principal: request.caller.as_ref().map(|c| redact::text(&c.text())),
        action: redact::text(&request.action),
        resource: redact::text(&request.resource),
        context: request
            .context
            .iter()
            .map(|(key, values)| {
                let values = values.iter().map(|v| redact::text(v)).collect();
                (redact::text(key), values)
            })
            .collect(),
    }
}

/// Where the first document stands that is not on both sides; that of the second side first.
fn changed_place(before: &Policies<'_>, after: &Policies<'_>) -> Option<Location> {
    let texts = |p: &Policies<'_>| -> BTreeSet<String> {
        p.places().values().map(|(text, _)| text.clone()).collect()
    };
    let (old, new) = (texts(before), texts(after));
    let first = |p: &Policies<'_>, other: &BTreeSet<String>| {
        let mut places = p.places().values();
        let place = places.find(|(text, location)| !other.contains(text) && location.is_some());
        place.and_then(|(_, location)| location.cloned())
    };
    first(after, &old).or_else(|| first(before, &new))
}

/// Its ARN, service or id, without the kind.
fn caller_name(caller: &crate::iam::Caller) -> String {
    let text = caller.text();
    match text.split_once(':') {
        Some((_, name)) => name.to_owned(),
        None => text,
    }
}

/// The action as AWS writes it, where the facts know it.
fn canonical_action(action: &str) -> String {
    crate::catalog::aws::iam::action(action).map_or_else(|| action.to_owned(), |known| known.name)
}

/// Who may do what, in one sentence.
fn sentence(sort: Sort, who: &str, request: &Request, may: &str) -> String {
    let action = redact::text(&request.action);
    let resource = redact::text(&request.resource);
    let caller = match &request.caller {
        Some(crate::iam::Caller::Anonymous) => "anyone".to_owned(),
        Some(caller) => redact::text(&caller_name(caller)),
        None => who.to_owned(),
    };
    match sort {
        Sort::Identity => format!("{who} {may} {action} on {resource}"),
        Sort::Trust => format!("{caller} {may} assume {who}"),
        // Policies of keys and image repositories name no resource: what they are attached to is meant.
        Sort::Resource
            if resource == "*" || action.starts_with("kms:") || action.starts_with("ecr:") =>
        {
            format!("{caller} {may} {action} on {who}")
        }
        Sort::Resource | Sort::Invoke => format!("{caller} {may} {action} on {resource}"),
    }
}
