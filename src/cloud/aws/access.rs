//! What a function asks for → statements of its policy, and what it is told of the resources.

use indexmap::IndexMap;

use super::allow::{allow_on, asked, camel, grant_actions};
use super::builder::Builder;
use super::policy::{EXPIRY, Policy, Statement, Why};
use super::reference::{Limits, Reference, variable};
use super::{database, names, streams};
use crate::catalog::aws::grants;
use crate::catalog::webhooks;
use crate::date::Date;
use crate::iam::Text;
use crate::render::Expr;
use crate::service::Service;
use crate::service::model::{Access, Auth, Function, Login, Target, TriggerKind};

/// Adds everything a function asked for to its policy; gives its environment variables.
pub fn grant(
    builder: &mut Builder<'_>,
    policy: &mut Policy,
    function: &Function,
) -> IndexMap<String, Expr> {
    let service = builder.service;
    let mut environment: IndexMap<String, Expr> = function
        .env
        .iter()
        .map(|(key, value)| (key.clone(), Expr::string(value)))
        .collect();

    for access in &function.access {
        let end = access.until.map(|day| format!(", until {day}"));
        let end = end.unwrap_or_default();
        if access.until == Some(Date::LAST) {
            builder.problem(
                &format!("{}/until", access.pointer),
                "there is no midnight after this day",
                "set an earlier day",
            );
        }
        match &access.target {
            Target::Resource {
                name,
                allow,
                index,
                paths,
                login,
            } => {
                let Some(mut reference) = Reference::of(service, name) else {
                    continue;
                };
                reference.user = login.as_ref().map(|login| login.user.clone());
                for (operation, pointer) in allow {
                    let why = Why::asked(format!("{operation} on {name}{end}"), pointer);
                    for (actions, conditions) in asked(reference.kind, operation) {
                        let limits = Limits {
                            part: None,
                            index: index.as_deref(),
                            paths,
                            conditions,
                            until: access.until,
                        };
                        allow_on(policy, &reference, name, &actions, &limits, &why);
                    }
                }
                if let Some(login) = login {
                    let told = log_in(policy, service, &reference, (name, login), access, &end);
                    for (variable, value) in told {
                        environment.entry(variable).or_insert(value);
                    }
                } else if reference.kind.name != "secret" {
                    environment
                        .entry(variable(&reference.kind.name, name))
                        .or_insert_with(|| reference.environment());
                }
            }
            Target::Function { name } => {
                let why = Why::asked(format!("invokes {name}{end}"), &access.pointer);
                policy.add(
                    Statement::allow(
                        format!("Invoke{}", camel(name)),
                        ["lambda:InvokeFunction"],
                        &why,
                    )
                    .on([names::alias_arn(name)])
                    .until(access.until),
                );
                environment
                    .entry(variable("function", name))
                    .or_insert_with(|| Expr::text(&names::alias_arn(name)));
            }
            Target::Raw { statement, reason } => {
                let why = Why::asked(format!("{reason}{end}"), &access.pointer);
                let mut s = Statement::allow("Raw", statement.actions.iter().cloned(), &why)
                    .on(statement.resources.iter().map(Text::literal))
                    .until(access.until);
                for (operator, keys) in &statement.conditions {
                    let Some(operator) = crate::iam::operator(operator) else {
                        builder.problem(
                            &access.pointer,
                            format!("{operator} is no condition operator"),
                            "for example StringEquals, ArnLike, Bool",
                        );
                        continue;
                    };
                    for (key, values) in keys {
                        // Values of one operator and key are alternatives: the later end would win.
                        if operator == EXPIRY.0 && key.eq_ignore_ascii_case(EXPIRY.1) {
                            builder.problem(
                                &format!("{}/raw/conditions", access.pointer),
                                format!("until: is written as {operator} {}", EXPIRY.1),
                                "remove this condition and set until: to its day",
                            );
                            continue;
                        }
                        s = s.when(operator, key.clone(), values.iter().map(Text::literal));
                    }
                }
                policy.add(s);
            }
        }
    }
    for trigger in &function.triggers {
        if let TriggerKind::Queue { queue, .. } = &trigger.kind
            && let Some(reference) = Reference::of(service, queue)
        {
            let why = Why::asked(format!("reads {queue}"), &trigger.pointer);
            let actions = grants::grant("sqs_queue", "event_source")
                .map(grant_actions)
                .unwrap_or_default();
            let limits = Limits::default();
            allow_on(policy, &reference, queue, &actions, &limits, &why);
        }
        // Told, not granted: the handler holds the bucket's name against the event's.
        if let TriggerKind::Object { bucket, .. } = &trigger.kind
            && let Some(reference) = Reference::of(service, bucket)
        {
            environment
                .entry(variable(&reference.kind.name, bucket))
                .or_insert_with(|| reference.environment());
        }
    }
    streams::permissions(policy, service, function);
    for (variable, name) in &function.secrets {
        let Some(reference) = Reference::of(service, name) else {
            continue;
        };
        let pointer = format!("{}/secrets/{variable}", function.pointer);
        let why = Why::asked(format!("reads the secret {name}"), &pointer);
        allow_on(
            policy,
            &reference,
            name,
            &["secretsmanager:GetSecretValue".to_owned()],
            &Limits::default(),
            &why,
        );
        environment.insert(variable.clone(), Expr::text(&reference.arn()));
    }
    signed(builder, policy, function, &mut environment);
    environment.sort_keys();
    environment
}

/// The secrets that requests of routes are signed with: read, and told by a variable for each route.
fn signed(
    builder: &Builder<'_>,
    policy: &mut Policy,
    function: &Function,
    environment: &mut IndexMap<String, Expr>,
) {
    for trigger in &function.triggers {
        let TriggerKind::Http {
            method,
            path,
            auth: Auth::Hmac(hmac),
            ..
        } = &trigger.kind
        else {
            continue;
        };
        let Some(reference) = Reference::of(builder.service, &hmac.key) else {
            continue;
        };
        let route = format!("{method} {path}");
        let what = format!("checks signatures of {route} by the secret {}", hmac.key);
        let why = Why::asked(what, &trigger.pointer);
        let actions = ["secretsmanager:GetSecretValue".to_owned()];
        allow_on(
            policy,
            &reference,
            &hmac.key,
            &actions,
            &Limits::default(),
            &why,
        );
        environment.insert(webhooks::variable(&route), Expr::text(&reference.arn()));
    }
}

/// What a function needs to log in to a database, and what it is told of it.
fn log_in(
    policy: &mut Policy,
    service: &Service,
    database: &Reference,
    (name, login): (&str, &Login),
    access: &Access,
    end: &str,
) -> IndexMap<String, Expr> {
    let declared = service.resources.get(name);
    let Some(declared) = declared.and_then(|resource| resource.database.as_ref()) else {
        return IndexMap::new();
    };
    let secret = login.secret.as_ref();
    let secret = secret.and_then(|secret| Some((secret, Reference::of(service, secret)?)));
    let Some((secret, reference)) = &secret else {
        return database::environment(name, declared, login, None);
    };
    let why = Why::asked(
        format!("the RDS Data API logs in to {name} with the secret {secret}{end}"),
        &format!("{}/secret", access.pointer),
    );
    let actions = ["secretsmanager:GetSecretValue".to_owned()];
    let limits = Limits {
        until: access.until,
        ..Limits::default()
    };
    allow_on(policy, reference, secret, &actions, &limits, &why);
    let arns = (&database.arn(), &reference.arn());
    database::environment(name, declared, login, Some(arns))
}
