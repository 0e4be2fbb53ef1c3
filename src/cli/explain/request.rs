//! A request: who may make it, by which line of the ledger, or which line refuses it.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::super::permissions::place::Place;
use super::{Answer, Asked, Stack};
use crate::iam::evaluate::{self, Outcome};
use crate::iam::ledger::RecordedLine;
use crate::iam::{Caller, Context, Document, Effect, PolicyKind, Request};

/// Reads `{"action": …, "resource": …, "context": {…}, "principal": …}`, as a witness is written; context and principal
/// may be left out.
fn parse(text: &str) -> Result<Request, String> {
    let form = "a request is {\"action\": \"s3:GetObject\", \"resource\": \"arn:…\", \"context\": {\"aws:SecureTransport\": \"true\"}}";
    let json: Json = serde_json::from_str(text).map_err(|error| format!("{error}; {form}"))?;
    let Json::Object(map) = &json else {
        return Err(form.to_owned());
    };
    if let Some(key) = map
        .keys()
        .find(|key| !["action", "resource", "context", "principal"].contains(&key.as_str()))
    {
        return Err(format!("{key:?} is unknown; {form}"));
    }
    let text = |key: &str| {
        let value = map.get(key).and_then(Json::as_str);
        value
            .map(str::to_owned)
            .ok_or_else(|| format!("{key} is no text; {form}"))
    };
    let mut context = Context::new();
    match map.get("context") {
        None | Some(Json::Null) => {}
        Some(Json::Object(keys)) => {
            for (key, value) in keys {
                let values = match value {
                    Json::Array(list) => list.iter().map(scalar).collect(),
                    one => scalar(one).map(|one| vec![one]),
                };
                let values: Vec<String> =
                    values.ok_or_else(|| format!("{key} is no text or list of texts; {form}"))?;
                context.set(key, values);
            }
        }
        Some(_) => return Err(format!("context is no object; {form}")),
    }
    let caller = match map.get("principal") {
        None | Some(Json::Null) => None,
        Some(_) => Some(caller(&text("principal")?)?),
    };
    Ok(Request {
        caller,
        action: text("action")?,
        resource: text("resource")?,
        context,
    })
}

fn scalar(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Bool(flag) => Some(flag.to_string()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A principal in the form of a witness, `Service:sns.amazonaws.com`.
fn caller(text: &str) -> Result<Caller, String> {
    let name = |name: &str| name.to_owned();
    match text.split_once(':') {
        None if text == "anonymous" => Ok(Caller::Anonymous),
        Some(("AWS", arn)) => Ok(Caller::Aws(name(arn))),
        Some(("Service", service)) => Ok(Caller::Service(name(service))),
        Some(("Federated", provider)) => Ok(Caller::Federated(name(provider))),
        Some(("CanonicalUser", id)) => Ok(Caller::CanonicalUser(name(id))),
        _ => Err(format!(
            "principal {text:?} is none of anonymous, AWS:…, Service:…, Federated:…, CanonicalUser:…"
        )),
    }
}

pub(super) fn explain(stack: &Stack, text: &str, function: Option<&str>) -> Result<Answer, String> {
    let request = parse(text)?;
    let functions = &stack.prepared.loaded.manifest.functions;
    if let Some(function) = function.filter(|name| !functions.contains_key(*name)) {
        return Err(format!("there is no function {function}"));
    }
    let by = request.caller.as_ref().map(Caller::text);
    let by = by.map_or(String::new(), |by| format!(" by {by}"));
    let subject = format!("{} on {}{by}", request.action, request.resource);
    let mut answer = Answer::new(subject, "request");
    // With a caller the policies on resources decide, without one those of roles.
    let mut policies: BTreeMap<(&str, PolicyKind), Vec<&RecordedLine>> = BTreeMap::new();
    for line in &stack.ledger.permissions {
        let identity = line.policy == PolicyKind::Identity;
        let scope = stack.prepared.provenance.scope(&line.holder);
        let asked = function.is_none_or(|name| scope == Some(format!("functions.{name}")));
        if identity == request.caller.is_none() && asked {
            let lines = policies.entry((&line.holder, line.policy));
            lines.or_default().push(line);
        }
    }
    let mut any = false;
    for ((holder, _), lines) in &policies {
        for place in Place::all(&stack.prepared) {
            any |= judge(
                &mut answer,
                stack,
                &request,
                (holder, lines),
                &place,
                function,
            );
        }
    }
    if !any {
        answer.fact("answer", "no policy of this stack allows or denies it");
    }
    answer.fact(
        "not looked at",
        "permissions boundaries, and policies outside of this stack",
    );
    Ok(answer)
}

/// What the lines of one holder say in one environment; whether there was anything to tell.
fn judge(
    answer: &mut Answer,
    stack: &Stack,
    request: &Request,
    (holder, lines): (&str, &[&RecordedLine]),
    place: &Place<'_>,
    function: Option<&str>,
) -> bool {
    let permissions: Vec<_> = lines.iter().map(|line| place.permission(line)).collect();
    let outcome = |permissions: &[crate::iam::Permission]| {
        let document = [Document::from_permissions(permissions)];
        match request.caller {
            None => evaluate::identity(&document, None, request),
            Some(_) => evaluate::resource(&document, request),
        }
    };
    let (about, deciding) = match outcome(&permissions) {
        Outcome::Allowed => ("allowed", Some(Effect::Allow)),
        Outcome::ExplicitlyDenied => ("denied", Some(Effect::Deny)),
        Outcome::Undetermined => ("not known", None),
        Outcome::ImplicitlyDenied if function.is_some() => {
            let environment = place.environment;
            answer.fact(
                "denied",
                format!("{holder} in {environment}: no line allows it"),
            );
            return true;
        }
        Outcome::ImplicitlyDenied => return false,
    };
    for (line, permission) in lines.iter().zip(&permissions) {
        let own = outcome(std::slice::from_ref(permission));
        if own == Outcome::ImplicitlyDenied || deciding.is_some_and(|effect| effect != line.effect)
        {
            continue;
        }
        for why in &line.why {
            let by = why.pointer.as_deref();
            let by = by.and_then(|pointer| Asked::of(&stack.prepared.loaded, pointer));
            let text = format!("{holder} in {}: {line}", place.environment);
            answer.asked(about, text, Some(&why.reason), by);
        }
    }
    true
}
