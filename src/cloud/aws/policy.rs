//! Policies as slgen writes them: statements for the templates, ledger lines for everyone else.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::date::Date;
use crate::iam::{Bindings, Conditions, Effect, Permission, PolicyKind, Text};
use crate::render::Expr;

/// Why a permission exists.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Why {
    /// In words.
    pub reason: String,
    /// JSON pointer of the manifest line that asked, when one did.
    pub pointer: Option<String>,
}

impl Why {
    /// A reason that a manifest line gives.
    pub fn asked(reason: impl Into<String>, pointer: &str) -> Self {
        Self {
            reason: reason.into(),
            pointer: Some(pointer.to_owned()),
        }
    }

    /// A companion: what slgen adds, and for what.
    pub fn companion(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            pointer: None,
        }
    }
}

/// Who a resource or trust policy is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Principal {
    /// Anyone; only in Deny.
    Any,
    /// An AWS service.
    Service(Text),
    /// An account or principal ARN.
    Aws(Text),
}

/// Condition: operator, key, values.
pub type Condition = (&'static str, String, Vec<Text>);

/// Operator and key by which a statement ends.
pub(super) const EXPIRY: (&str, &str) = ("DateLessThan", "aws:CurrentTime");

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    sid: String,
    comments: Vec<&'static str>,
    effect: Effect,
    principal: Option<Principal>,
    actions: BTreeMap<String, BTreeSet<Why>>,
    resources: Vec<Text>,
    conditions: Vec<Condition>,
}

impl Statement {
    /// An Allow of exact actions.
    pub fn allow<A: Into<String>>(
        sid: impl Into<String>,
        actions: impl IntoIterator<Item = A>,
        why: &Why,
    ) -> Self {
        Self {
            sid: sid.into(),
            comments: Vec::new(),
            effect: Effect::Allow,
            principal: None,
            actions: actions
                .into_iter()
                .map(|a| (a.into(), BTreeSet::from([why.clone()])))
                .collect(),
            resources: Vec::new(),
            conditions: Vec::new(),
        }
    }

    /// A Deny.
    pub fn deny<A: Into<String>>(
        sid: impl Into<String>,
        actions: impl IntoIterator<Item = A>,
        why: &Why,
    ) -> Self {
        Self {
            effect: Effect::Deny,
            ..Self::allow(sid, actions, why)
        }
    }

    /// On these resources.
    #[must_use]
    pub fn on(mut self, resources: impl IntoIterator<Item = Text>) -> Self {
        self.resources.extend(resources);
        self.resources.sort();
        self.resources.dedup();
        self
    }

    /// Where this condition holds.
    #[must_use]
    pub fn when(
        mut self,
        operator: &'static str,
        key: impl Into<String>,
        values: impl IntoIterator<Item = Text>,
    ) -> Self {
        let mut values: Vec<Text> = values.into_iter().collect();
        values.sort();
        values.dedup();
        self.conditions.push((operator, key.into(), values));
        self.conditions.sort();
        self
    }

    /// Up to the end of this UTC day, where there is one (IAM user guide, "Date condition operators"):
    /// the day itself is included.
    #[must_use]
    pub fn until(self, day: Option<Date>) -> Self {
        match day.and_then(Date::next) {
            None => self,
            Some(next) => {
                let midnight = Text::literal(format!("{next}T00:00:00Z"));
                self.when(EXPIRY.0, EXPIRY.1, [midnight])
            }
        }
    }

    /// By this principal.
    #[must_use]
    pub fn by(mut self, principal: Principal) -> Self {
        self.principal = Some(principal);
        self
    }

    /// With a comment above it in the generated policy.
    #[must_use]
    pub fn comment(mut self, comment: &'static str) -> Self {
        self.comments.push(comment);
        self
    }
}

/// A policy document and the role or resource that carries it.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Terraform address of the role or resource.
    pub holder: String,
    /// Kind.
    pub kind: PolicyKind,
    statements: Vec<Statement>,
}

/// A line of the ledger, open for every environment.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// Terraform address of the role or resource.
    pub holder: &'a str,
    /// Kind of policy.
    pub kind: PolicyKind,
    /// Allow or deny.
    pub effect: Effect,
    /// Who, in resource and trust policies.
    pub principal: Option<&'a Principal>,
    /// Action.
    pub action: &'a str,
    /// Resource; `None` in trust policies.
    pub resource: Option<&'a Text>,
    /// Conditions.
    pub conditions: &'a [Condition],
    /// Why, each reason once.
    pub why: &'a BTreeSet<Why>,
}

impl Policy {
    /// An empty policy.
    pub fn new(holder: impl Into<String>, kind: PolicyKind) -> Self {
        Self {
            holder: holder.into(),
            kind,
            statements: Vec::new(),
        }
    }

    /// Adds a statement, merged into one with the same resources, conditions and principal.
    pub fn add(&mut self, mut statement: Statement) {
        let base = |sid: &str| {
            sid.trim_end_matches(|c: char| c.is_ascii_digit())
                .to_owned()
        };
        let twin = self.statements.iter_mut().find(|s| {
            base(&s.sid) == base(&statement.sid)
                && s.effect == statement.effect
                && s.principal == statement.principal
                && s.resources == statement.resources
                && s.conditions == statement.conditions
        });
        if let Some(twin) = twin {
            for (action, why) in statement.actions {
                twin.actions.entry(action).or_default().extend(why);
            }
            return;
        }
        let taken = self
            .statements
            .iter()
            .filter(|s| base(&s.sid) == base(&statement.sid))
            .count();
        if taken > 0 {
            statement.sid = format!("{}{}", statement.sid, taken + 1);
        }
        self.statements.push(statement);
    }

    /// With a statement.
    #[must_use]
    pub fn with(mut self, statement: Statement) -> Self {
        self.add(statement);
        self
    }

    /// The ledger lines of this policy.
    pub fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        self.statements.iter().flat_map(move |s| {
            let resources: Vec<Option<&Text>> = if s.resources.is_empty() {
                vec![None]
            } else {
                s.resources.iter().map(Some).collect()
            };
            s.actions.iter().flat_map(move |(action, why)| {
                resources.clone().into_iter().map(move |resource| Line {
                    holder: &self.holder,
                    kind: self.kind,
                    effect: s.effect,
                    principal: s.principal.as_ref(),
                    action,
                    resource,
                    conditions: &s.conditions,
                    why,
                })
            })
        })
    }

    /// The context of the `policy.tf` template.
    pub fn context(&self) -> Json {
        let statements: Vec<Json> = self.statements.iter().map(statement_context).collect();
        json!({ "statements": statements })
    }

    /// Characters of the document as IAM counts them, without white space, in one environment.
    pub fn size(&self, bindings: &Bindings) -> usize {
        let list = |texts: &[Text]| {
            texts
                .iter()
                .flat_map(|t| t.resolve(bindings))
                .map(|t| t.len() + 3)
                .sum::<usize>()
        };
        40 + self
            .statements
            .iter()
            .map(|s| {
                60 + s.sid.len()
                    + s.actions.keys().map(|a| a.len() + 3).sum::<usize>()
                    + list(&s.resources)
                    + s.conditions
                        .iter()
                        .map(|(op, key, values)| op.len() + key.len() + 12 + list(values))
                        .sum::<usize>()
            })
            .sum::<usize>()
    }
}

impl Line<'_> {
    /// The line in canonical form for one environment.
    pub fn resolve(&self, bindings: &Bindings) -> Vec<Permission> {
        let conditions: Conditions =
            self.conditions
                .iter()
                .fold(Conditions::new(), |mut all, (op, key, values)| {
                    all.entry((*op).to_owned())
                        .or_default()
                        .entry(key.clone())
                        .or_default()
                        .extend(values.iter().flat_map(|v| v.resolve(bindings)));
                    all
                });
        let principals: Vec<Option<String>> = match self.principal {
            None => vec![None],
            Some(Principal::Any) => vec![Some("*".to_owned())],
            Some(Principal::Service(text)) => text
                .resolve(bindings)
                .into_iter()
                .map(|t| Some(format!("Service:{t}")))
                .collect(),
            Some(Principal::Aws(text)) => text
                .resolve(bindings)
                .into_iter()
                .map(|t| Some(format!("AWS:{t}")))
                .collect(),
        };
        let resources = self
            .resource
            .map_or_else(|| vec!["*".to_owned()], |r| r.resolve(bindings));
        principals
            .iter()
            .flat_map(|principal| {
                resources.iter().map(|resource| Permission {
                    holder: self.holder.to_owned(),
                    kind: self.kind,
                    effect: self.effect,
                    principal: principal.clone(),
                    action: self.action.to_owned(),
                    resource: resource.clone(),
                    conditions: conditions.clone(),
                })
            })
            .collect()
    }
}

fn statement_context(s: &Statement) -> Json {
    let actions: Vec<Expr> = s.actions.keys().map(|a| Expr::string(a)).collect();
    let action = if let [one] = actions.as_slice() {
        one.clone()
    } else {
        Expr::list(actions)
    };
    let principal = s.principal.as_ref().map(|p| match p {
        Principal::Any => Expr::string("*"),
        Principal::Service(text) => {
            Expr::raw(format!("{{ Service = {} }}", Expr::text(text).as_str()))
        }
        Principal::Aws(text) => Expr::raw(format!("{{ AWS = {} }}", Expr::text(text).as_str())),
    });
    let mut operators: BTreeMap<&str, Vec<(&str, Expr)>> = BTreeMap::new();
    for (operator, key, values) in &s.conditions {
        operators
            .entry(operator)
            .or_default()
            .push((key, Expr::texts(values)));
    }
    let condition = Expr::map(
        operators
            .into_iter()
            .map(|(op, keys)| (op, Expr::map(keys))),
    );
    json!({
        "comments": s.comments,
        "sid": s.sid,
        "effect": s.effect,
        "has_principal": principal.is_some(),
        "principal": principal,
        "action": action,
        "has_resource": !s.resources.is_empty(),
        "resource": Expr::texts(&s.resources),
        "has_condition": !s.conditions.is_empty(),
        "condition": condition,
    })
}
