//! The plain evaluator: does a policy allow one concrete request?
//!
//! After the IAM user guide, "Policy evaluation logic", "Condition operators", "Single-valued vs. multivalued context
//! keys" and "Policy variables". It is slow, simple and shares no step with the decision of `new_access`, whose witnesses it
//! confirms. An answer is undetermined, never guessed, where the document holds something whose meaning is not known
//! here: an operator that AWS does not document, a typed value that cannot be read, a symbol that stands for what is known
//! only after apply.
//!
//! Where AWS's documentation is silent this is how it is read: a pattern with a variable that the request has no single value
//! for, and no default, matches nothing; a plain operator on several values matches when one of them does, its negation when
//! none does; a value that is no number, date or address matches no comparison of that type.

use super::Effect;
use super::document::{
    Condition, Document, Principal, PrincipalKind, Selection, Statement, Version,
};
use super::operator::{Comparison, Operator, Quantifier};
use super::request::{Caller, Context, Request};
use super::template::{Symbols, Template, Token, fold, matches};
use super::typed;

/// What the policies say to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// An Allow matches and no Deny.
    Allowed,
    /// A Deny matches.
    ExplicitlyDenied,
    /// Nothing matches.
    ImplicitlyDenied,
    /// It depends on something that is not known here.
    Undetermined,
}

/// True, false, or not known.
pub(super) type Truth = Option<bool>;

pub(super) fn any(truths: impl IntoIterator<Item = Truth>) -> Truth {
    let mut result = Some(false);
    for truth in truths {
        match truth {
            Some(true) => return Some(true),
            Some(false) => {}
            None => result = None,
        }
    }
    result
}

pub(super) fn all(truths: impl IntoIterator<Item = Truth>) -> Truth {
    not(any(truths.into_iter().map(not)))
}

pub(super) fn not(truth: Truth) -> Truth {
    truth.map(|t| !t)
}

/// What the identity policies of a principal, cut by its boundary, say. The request's caller does not matter.
pub fn identity(policies: &[Document], boundary: Option<&Document>, request: &Request) -> Outcome {
    let denied = any(policies
        .iter()
        .chain(boundary)
        .map(|document| some(document, Effect::Deny, request, false)));
    let granted = any(policies
        .iter()
        .map(|document| some(document, Effect::Allow, request, false)));
    let bounded = boundary.map_or(Some(true), |document| {
        some(document, Effect::Allow, request, false)
    });
    outcome(denied, all([granted, bounded]))
}

/// What the policies on a resource say to a caller. Statements without a principal match nobody.
pub fn resource(policies: &[Document], request: &Request) -> Outcome {
    let effect = |effect| {
        any(policies
            .iter()
            .map(|document| some(document, effect, request, true)))
    };
    outcome(effect(Effect::Deny), effect(Effect::Allow))
}

fn outcome(denied: Truth, allowed: Truth) -> Outcome {
    match (denied, allowed) {
        (Some(true), _) => Outcome::ExplicitlyDenied,
        (_, Some(false)) => Outcome::ImplicitlyDenied,
        (Some(false), Some(true)) => Outcome::Allowed,
        _ => Outcome::Undetermined,
    }
}

fn some(document: &Document, effect: Effect, request: &Request, principals: bool) -> Truth {
    any(document
        .statements
        .iter()
        .filter(|s| s.effect == effect)
        .map(|s| applies(s, document.version, request, principals)))
}

/// Whether a statement applies to a request.
fn applies(statement: &Statement, version: Version, request: &Request, principals: bool) -> Truth {
    let principal = match (&statement.principal, principals) {
        (_, false) => Some(true),
        (None, true) => Some(false),
        (Some(selection), true) => select(selection, |p| principal_matches(p, request)),
    };
    let action = || {
        select(&statement.action, |pattern| {
            let pattern = Template::parse(&fold(pattern), Version::V2008, true);
            Some(matches(&pattern.skeleton(), &fold(&request.action)))
        })
    };
    let resource = || match &statement.resource {
        None => Some(true),
        Some(selection) => select(selection, |pattern| {
            let pattern = Template::parse(pattern, version, true);
            glob(&pattern, &request.resource, &request.context)
        }),
    };
    let mut result = principal;
    for part in [&action as &dyn Fn() -> Truth, &resource] {
        if result == Some(false) {
            return result;
        }
        result = all([result, part()]);
    }
    if result == Some(false) {
        return result;
    }
    all(std::iter::once(result).chain(
        statement
            .conditions
            .iter()
            .map(|c| holds(c, version, &request.context)),
    ))
}

fn select<T>(selection: &Selection<T>, matches: impl FnMut(&T) -> Truth) -> Truth {
    let found = any(selection.values.iter().map(matches));
    if selection.negated { not(found) } else { found }
}

/// The one value of a key, for a variable.
fn lookup(context: &Context) -> impl Fn(&str) -> Option<String> + '_ {
    |key| match context.get(key) {
        [one] => Some(one.clone()),
        _ => None,
    }
}

/// Whether a pattern with wildcards matches; undetermined where a symbol decides.
fn glob(pattern: &Template, text: &str, context: &Context) -> Truth {
    decide(pattern, context, |tokens| matches(tokens, text))
}

fn decide(pattern: &Template, context: &Context, test: impl Fn(&[Token]) -> bool) -> Truth {
    let lookup = lookup(context);
    let Some(exact) = pattern.resolve(Symbols::Named, &lookup) else {
        return Some(false);
    };
    if test(&exact) {
        return Some(true);
    }
    if !pattern.has_symbol() {
        return Some(false);
    }
    match pattern.resolve(Symbols::Anything, &lookup) {
        Some(wide) if test(&wide) => None,
        _ => Some(false),
    }
}

/// Whether a condition holds (IAM user guide, "Condition operators").
pub(super) fn holds(condition: &Condition, version: Version, context: &Context) -> Truth {
    let values = context.get(&condition.key);
    let (comparison, negated, if_exists, quantifier) = match Operator::parse(&condition.operator)? {
        Operator::Null => {
            return any(condition
                .values
                .iter()
                .map(|value| Some(boolean(value)? == values.is_empty())));
        }
        Operator::Compare {
            comparison,
            negated,
            if_exists,
            quantifier,
        } => (comparison, negated, if_exists, quantifier),
    };
    if values.is_empty() {
        return Some(
            if_exists
                || match quantifier {
                    Quantifier::One => negated,
                    Quantifier::All => true,
                    Quantifier::Any => false,
                },
        );
    }
    let wildcards = matches!(comparison, Comparison::Like | Comparison::Arn);
    let patterns: Vec<Template> = condition
        .values
        .iter()
        .map(|value| Template::parse(value, pattern_version(comparison, version), wildcards))
        .collect();
    let one = |value: &String| {
        any(patterns
            .iter()
            .map(|pattern| compare(comparison, pattern, value, context)))
    };
    let flip = |truth: Truth| if negated { not(truth) } else { truth };
    match quantifier {
        Quantifier::One => flip(any(values.iter().map(one))),
        Quantifier::All => all(values.iter().map(|value| flip(one(value)))),
        Quantifier::Any => any(values.iter().map(|value| flip(one(value)))),
    }
}

/// Variables stand only in the values of string and ARN operators.
pub(super) fn pattern_version(comparison: Comparison, version: Version) -> Version {
    match comparison {
        Comparison::Equals | Comparison::EqualsIgnoreCase | Comparison::Like | Comparison::Arn => {
            version
        }
        _ => Version::V2008,
    }
}

fn boolean(text: &str) -> Truth {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// Whether one value of the request matches one value of the policy.
fn compare(comparison: Comparison, pattern: &Template, value: &str, context: &Context) -> Truth {
    match comparison {
        Comparison::Equals | Comparison::Like | Comparison::Binary => glob(pattern, value, context),
        Comparison::EqualsIgnoreCase | Comparison::Bool => {
            let folded = |tokens: &[Token]| {
                let tokens: Vec<Token> = tokens
                    .iter()
                    .map(|token| match token {
                        Token::Char(c) => Token::Fold(*c),
                        other => *other,
                    })
                    .collect();
                matches(&tokens, value)
            };
            decide(pattern, context, folded)
        }
        Comparison::Arn => arn(pattern, value, context),
        Comparison::Numeric(_) | Comparison::Date(_) | Comparison::Ip if pattern.has_symbol() => {
            None
        }
        Comparison::Numeric(order) => {
            let bound = typed::decimal(&literal(pattern))?;
            Some(typed::decimal(value).is_some_and(|value| order.holds(value, bound)))
        }
        Comparison::Date(order) => {
            let bound = typed::instant(&literal(pattern))?;
            Some(typed::instant(value).is_some_and(|value| order.holds(value, bound)))
        }
        Comparison::Ip => {
            let range = typed::Range::parse(&literal(pattern))?;
            Some(typed::Range::address(value).is_some_and(|address| range.contains(&address)))
        }
    }
}

/// The text of a pattern that has neither variables nor wildcards.
pub(super) fn literal(pattern: &Template) -> String {
    pattern
        .skeleton()
        .iter()
        .filter_map(|token| match token {
            Token::Char(c) => Some(*c),
            _ => None,
        })
        .collect()
}

/// The six components of an ARN; the last may hold colons.
pub(super) fn components(arn: &str) -> Option<[&str; 6]> {
    let fields: Vec<&str> = arn.splitn(6, ':').collect();
    fields.try_into().ok()
}

/// Each of the six components is matched on its own (IAM user guide, "ARN condition operators").
///
/// `*` alone matches every ARN; what fewer than six components mean otherwise is documented nowhere, so it is undetermined.
fn arn(pattern: &Template, value: &str, context: &Context) -> Truth {
    let Some(fields) = components(value) else {
        return Some(false);
    };
    let by_component = |tokens: &[Token]| {
        if tokens == [Token::Many] {
            return Some(true);
        }
        let split = split_components(tokens)?;
        Some(
            split
                .iter()
                .zip(fields)
                .all(|(tokens, field)| matches(tokens, field)),
        )
    };
    let lookup = lookup(context);
    let Some(exact) = pattern.resolve(Symbols::Named, &lookup) else {
        return Some(false);
    };
    if !pattern.has_symbol() {
        return by_component(&exact);
    }
    if by_component(&exact) == Some(true) {
        return Some(true);
    }
    // What stands for a symbol may hold colons: compared as one text it can only match more.
    match pattern.resolve(Symbols::Anything, &lookup) {
        Some(wide) if matches(&wide, value) => None,
        _ => Some(false),
    }
}

/// The six components of an ARN pattern; none when it has fewer.
pub(super) fn split_components(tokens: &[Token]) -> Option<[&[Token]; 6]> {
    let fields: Vec<&[Token]> = tokens
        .splitn(6, |token| *token == Token::Char(':'))
        .collect();
    fields.try_into().ok()
}

/// Whether a policy's principal is the caller (IAM user guide, "IAM JSON policy elements: Principal").
///
/// An account, by number or as its root, stands for everyone in it; a role for its sessions.
fn principal_matches(principal: &Principal, request: &Request) -> Truth {
    let Some(caller) = &request.caller else {
        return None;
    };
    caller_is(principal, caller)
}

pub(super) fn caller_is(principal: &Principal, caller: &Caller) -> Truth {
    let (kind, wanted) = match principal {
        Principal::Everyone => return Some(true),
        Principal::Named(kind, wanted) => (*kind, wanted.as_str()),
    };
    if caller.kind() != Some(kind) {
        return Some(false);
    }
    let name = caller.name();
    if wanted == name || wanted == "*" {
        return Some(true);
    }
    if Template::parse(wanted, Version::V2008, false).has_symbol() {
        return None;
    }
    Some(match kind {
        PrincipalKind::Aws => aws_principal_covers(wanted, name),
        PrincipalKind::Service => wanted.eq_ignore_ascii_case(name),
        PrincipalKind::Federated | PrincipalKind::CanonicalUser => false,
    })
}

/// The account a principal of a policy stands for as a whole: `111122223333` or `arn:aws:iam::111122223333:root`.
pub(super) fn whole_account(principal: &str) -> Option<&str> {
    if principal.len() == 12 && principal.bytes().all(|b| b.is_ascii_digit()) {
        return Some(principal);
    }
    match components(principal)? {
        ["arn", _, "iam", "", account, "root"] => Some(account),
        _ => None,
    }
}

fn aws_principal_covers(wanted: &str, caller: &str) -> bool {
    let Some([_, partition, service, _, account, name]) = components(caller) else {
        return false;
    };
    if let Some(whole) = whole_account(wanted) {
        return whole == account;
    }
    // arn:aws:sts::111122223333:assumed-role/NAME/SESSION is a session of arn:aws:iam::111122223333:role/PATH/NAME.
    let session_of = name
        .strip_prefix("assumed-role/")
        .filter(|_| service == "sts")
        .and_then(|rest| rest.split('/').next());
    let Some(role) = session_of else {
        return false;
    };
    matches!(components(wanted),
        Some(["arn", wanted_partition, "iam", "", wanted_account, path])
            if wanted_partition == partition
                && wanted_account == account
                && path.starts_with("role/")
                && path.rsplit('/').next() == Some(role))
}
