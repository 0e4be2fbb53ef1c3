//! Who can make a request, in finitely many classes: everyone that a policy names, and somebody of each kind and account that
//! none names.

use std::collections::{BTreeMap, BTreeSet};

use super::super::document::{Document, Principal, PrincipalKind};
use super::super::evaluate::{components, whole_account};
use super::super::request::Caller;
use super::compile::{Arena, Bound};
use super::keys::Pin;
use super::solve::Mode;
use crate::iam::document::Version;
use crate::iam::template::{Template, Token};

/// Callers whom no policy tells apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CallerClass {
    /// One of them.
    pub(super) caller: Caller,
    /// Whether there is no other.
    sole: bool,
    /// Whether all have the account of this one.
    one_account: bool,
}

/// All classes that the documents tell apart.
pub(super) fn callers<'a>(documents: impl Iterator<Item = &'a Document>) -> Vec<CallerClass> {
    let mut named: BTreeSet<(PrincipalKind, &str)> = BTreeSet::new();
    let mut accounts: BTreeSet<&str> = BTreeSet::new();
    for statement in documents.flat_map(|document| &document.statements) {
        for principal in statement.principal.iter().flat_map(|p| &p.values) {
            if let Principal::Named(kind, name) = principal
                && name != "*"
                && !Template::parse(name, Version::V2008, false).has_symbol()
            {
                named.insert((*kind, name));
            }
        }
        for condition in &statement.conditions {
            let key = condition.key.to_ascii_lowercase();
            if key == "aws:principalarn" || key == "aws:principalaccount" {
                for value in &condition.values {
                    if key == "aws:principalarn" && !value.contains(['*', '?', '$', '<']) {
                        named.insert((PrincipalKind::Aws, value));
                    }
                    accounts.extend(value.split(':').filter(|part| {
                        part.len() == 12 && part.bytes().all(|b| b.is_ascii_digit())
                    }));
                }
            }
        }
    }
    let mut found: BTreeMap<Caller, (bool, bool)> = BTreeMap::new();
    let mut add = |caller: Caller, sole: bool, one_account: bool| {
        found.entry(caller).or_insert((sole, one_account));
    };
    add(Caller::Anonymous, true, true);
    for (kind, name) in &named {
        let name = (*name).to_owned();
        match kind {
            PrincipalKind::Service => add(Caller::Service(name), true, true),
            PrincipalKind::Federated => add(Caller::Federated(name), true, true),
            PrincipalKind::CanonicalUser => add(Caller::CanonicalUser(name), true, true),
            PrincipalKind::Aws => {
                if let Some(account) = whole_account(&name) {
                    // Everyone in it; the class of its members is added below.
                    accounts.extend(named_account(&named, account));
                    continue;
                }
                if let Some([_, partition, service, _, account, path]) = components(&name) {
                    accounts.extend(named_account(&named, account));
                    if service == "iam" && path.starts_with("role/") {
                        let role = path.rsplit('/').next().unwrap_or_default();
                        let session =
                            format!("arn:{partition}:sts::{account}:assumed-role/{role}/session");
                        add(Caller::Aws(session), false, true);
                    }
                }
                add(Caller::Aws(name), true, true);
            }
        }
    }
    let member = |account: &str| format!("arn:aws:iam::{account}:role/unnamed");
    for account in &accounts {
        add(Caller::Aws(member(account)), false, true);
    }
    let stranger = ["999999999999", "888888888888", "777777777777"]
        .into_iter()
        .map(str::to_owned)
        .chain((0..1_000_u32).map(|n| format!("66666666{n:04}")))
        .find(|account| !accounts.contains(account.as_str()));
    if let Some(account) = stranger {
        add(Caller::Aws(member(&account)), false, false);
    }
    add(
        Caller::Service("unnamed.amazonaws.com".into()),
        false,
        false,
    );
    add(Caller::Federated("unnamed".into()), false, false);
    // An account by its canonical id that nobody names is no other than one by its number.
    found
        .into_iter()
        .map(|(caller, (sole, one_account))| CallerClass {
            caller,
            sole,
            one_account,
        })
        .collect()
}

/// The slice of a name that outlives the loop over names.
fn named_account<'a>(named: &BTreeSet<(PrincipalKind, &'a str)>, account: &str) -> Option<&'a str> {
    named.iter().find_map(|(_, name)| {
        name.split(':')
            .find(|part| *part == account && part.len() == 12)
    })
}

impl CallerClass {
    /// The keys that the caller settles (IAM user guide, "AWS global condition context keys", properties of the principal).
    ///
    /// A service has neither account nor ARN; its source has (`aws:SourceAccount`, `aws:SourceArn`).
    ///
    /// In the search for what is possible only those that are the same for all callers of the class.
    pub(super) fn pins(&self, arena: &Arena, mode: Mode, pins: &mut BTreeMap<usize, Pin>) {
        let mut pin = |name: &str, value: Option<&str>, certain: bool| {
            if let Some(key) = arena.find_key(name)
                && (certain || mode == Mode::Definite || exact_only(arena, key))
            {
                pins.insert(key, value.map(str::to_owned));
            }
        };
        match &self.caller {
            Caller::Anonymous => {
                pin("aws:PrincipalAccount", Some("anonymous"), true);
                for name in [
                    "aws:PrincipalArn",
                    "aws:PrincipalOrgID",
                    "aws:PrincipalIsAWSService",
                    "aws:PrincipalServiceName",
                ] {
                    pin(name, None, true);
                }
            }
            Caller::Aws(arn) => {
                let Some([_, partition, service, _, account, path]) = components(arn) else {
                    return;
                };
                pin("aws:PrincipalAccount", Some(account), self.one_account);
                pin("aws:PrincipalIsAWSService", Some("false"), true);
                if service == "sts" {
                    if mode == Mode::Definite
                        && let Some(role) = path.split('/').nth(1)
                    {
                        let role = format!("arn:{partition}:iam::{account}:role/{role}");
                        pin("aws:PrincipalArn", Some(&role), false);
                    }
                } else {
                    pin("aws:PrincipalArn", Some(arn), self.sole);
                }
            }
            Caller::Service(name) => {
                pin("aws:PrincipalIsAWSService", Some("true"), true);
                pin("aws:PrincipalServiceName", Some(name), self.sole);
                pin("aws:PrincipalAccount", None, true);
                pin("aws:PrincipalArn", None, true);
            }
            // Assuming a role with a token of an identity provider is not signed.
            Caller::Federated(_) => {
                pin("aws:PrincipalAccount", None, true);
                pin("aws:PrincipalArn", None, true);
                pin("aws:PrincipalIsAWSService", None, true);
            }
            Caller::CanonicalUser(_) => {}
        }
    }
}

/// Whether the key is only compared with strings without wildcards, each of which is the caller of a class of its own.
fn exact_only(arena: &Arena, key: usize) -> bool {
    arena.keys[key].tests.iter().all(|test| {
        test.opaque.is_empty()
            && test.any.iter().all(|bound| {
                matches!(bound, Bound::Text(tokens)
                    if tokens.iter().all(|token| matches!(token, Token::Char(_))))
            })
    })
}
