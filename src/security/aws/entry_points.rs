//! What reaches the functions, and who may.

use crate::graph::{Kind, Part, Resource, Value};
use crate::guardrail::signing_secret;
use crate::iam::{Effect, Permission, patterns_meet};
use crate::security::aws::source::Source;
use crate::security::sight::{Row, Sight, evidence, shown};

/// Routes: method and path, function, who may call, scopes, evidence.
pub(in crate::security) fn routes(sight: &Sight<'_>) -> Vec<Row> {
    let routes = sight.context.of_type("aws_apigatewayv2_route");
    let rows = routes.map(|route| {
        let (caller, authorizer) = caller(sight, route);
        let shown_by: Vec<String> = std::iter::once(route)
            .chain(authorizer)
            .map(evidence)
            .collect();
        Row {
            address: route.address.to_string(),
            cells: vec![
                shown(route.get("route_key")),
                function_behind(sight, route),
                caller,
                or(shown(route.get("authorization_scopes")), "none"),
                shown_by.join("; "),
            ],
        }
    });
    rows.collect()
}

fn caller<'a>(sight: &Sight<'a>, route: &Resource) -> (String, Option<&'a Resource>) {
    let kind = shown(route.get("authorization_type"));
    match kind.as_str() {
        "" | "NONE" => match signing_secret(&sight.context, route) {
            Some(secret) => {
                let secret = secret.rsplit(":secret:").next().unwrap_or_default();
                let who = format!(
                    "who signs the body with the secret {secret} (HMAC-SHA-256), which the function checks"
                );
                (who, None)
            }
            None => ("anyone: no authentication".to_owned(), None),
        },
        "AWS_IAM" => (
            "IAM principals that may execute-api:Invoke".to_owned(),
            None,
        ),
        _ => {
            let id = route.get("authorizer_id");
            let authorizer = sight.context.target("aws_apigatewayv2_authorizer", id);
            let Some(authorizer) = authorizer else {
                return (
                    format!("{kind}, authorizer {}", or(shown(id), "none")),
                    None,
                );
            };
            let issuer = shown(authorizer.get("jwt_configuration.issuer"));
            let audience = shown(authorizer.get("jwt_configuration.audience"));
            let caller = format!("{kind} of {issuer} for {audience}");
            (caller, Some(authorizer))
        }
    }
}

/// The function that a route's integration invokes, by its name.
fn function_behind(sight: &Sight<'_>, route: &Resource) -> String {
    let integration = route.get("target").and_then(|target| {
        let symbols: Vec<&str> = match &target.kind {
            Kind::Symbol(symbol) => vec![symbol],
            Kind::Template(parts) => parts
                .iter()
                .filter_map(|part| match part {
                    Part::Symbol(symbol) => Some(symbol.as_str()),
                    Part::Literal(_) => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        symbols.into_iter().find_map(|s| sight.context.owner(s))
    });
    let invoked = integration.and_then(|integration| integration.get("integration_uri"));
    function(sight, invoked)
}

fn function(sight: &Sight<'_>, named: Option<&Value>) -> String {
    match sight.context.target("aws_lambda_function", named) {
        Some(function) => shown(function.get("function_name")),
        None => shown(named),
    }
}

/// Queues, streams, topics, schedules, objects, events and URLs: what it is, function, who may cause it, evidence.
pub(in crate::security) fn sources(sight: &Sight<'_>) -> Vec<Row> {
    let mappings = sight.context.of_type("aws_lambda_event_source_mapping");
    let mappings = mappings.map(|mapping| {
        let source = mapping.get("event_source_arn");
        let from = Source::of(sight, source);
        let senders = senders(sight, &from);
        Row {
            address: mapping.address.to_string(),
            cells: vec![
                from.shown(),
                function(sight, mapping.get("function_name")),
                or(senders.join("; "), "nobody in this stack"),
                evidence(mapping),
            ],
        }
    });
    let schedules = sight.context.of_type("aws_scheduler_schedule");
    let schedules = schedules.map(|schedule| {
        let role = schedule.get("target.role_arn");
        let role = sight.context.target("aws_iam_role", role);
        let role = role.map_or_else(|| "a role".to_owned(), |r| r.address.to_string());
        Row {
            address: schedule.address.to_string(),
            cells: vec![
                format!(
                    "{} {}",
                    shown(schedule.get("schedule_expression")),
                    or(shown(schedule.get("schedule_expression_timezone")), "UTC"),
                ),
                function(sight, schedule.get("target.arn")),
                format!("EventBridge Scheduler as {role}"),
                evidence(schedule),
            ],
        }
    });
    mappings
        .chain(subscriptions(sight))
        .chain(schedules)
        .chain(objects(sight))
        .chain(events(sight))
        .chain(urls(sight))
        .collect()
}

/// What happens in buckets.
fn objects(sight: &Sight<'_>) -> Vec<Row> {
    let notifications = sight.context.of_type("aws_s3_bucket_notification");
    let told = notifications.flat_map(|notification| {
        let bucket = notification.get("bucket");
        let bucket = sight.context.target("aws_s3_bucket", bucket);
        let name = bucket.map_or_else(String::new, |b| shown(b.get("bucket")));
        let blocks = notification.get("lambda_function");
        let blocks = blocks.map_or(&[] as &[Value], |v| {
            v.elements().unwrap_or(std::slice::from_ref(v))
        });
        let rows = blocks.iter().map(move |block| {
            let part = |key: &str| shown(block.get(key));
            let objects = format!("{name}/{}*{}", part("filter_prefix"), part("filter_suffix"));
            Row {
                address: notification.address.to_string(),
                cells: vec![
                    format!("{} of {objects}", part("events")),
                    function(sight, block.get("lambda_function_arn")),
                    or(
                        writers(sight, &objects).join("; "),
                        "nobody in this stack writes there",
                    ),
                    evidence(notification),
                ],
            }
        });
        rows.collect::<Vec<_>>()
    });
    told.collect()
}

/// Who the stack itself lets write or delete such objects, `bucket/key` as a pattern.
fn writers(sight: &Sight<'_>, objects: &str) -> Vec<String> {
    let writes = |p: &&Permission| {
        p.effect == Effect::Allow
            && ["s3:PutObject", "s3:DeleteObject"]
                .iter()
                .any(|action| p.action.eq_ignore_ascii_case(action))
            && p.resource
                .split_once(":::")
                .is_some_and(|(_, written)| patterns_meet(written, objects))
    };
    let permissions = sight.context.permissions.iter();
    let mut who: Vec<String> = permissions.filter(writes).map(who).collect();
    who.sort();
    who.dedup();
    who
}

/// Events of buses.
fn events(sight: &Sight<'_>) -> Vec<Row> {
    let targets = sight.context.of_type("aws_cloudwatch_event_target");
    let rows = targets.filter_map(|target| {
        let rule = sight
            .context
            .target("aws_cloudwatch_event_rule", target.get("rule"))?;
        let pattern = rule.get("event_pattern").and_then(Value::json);
        let part = |key: &str| shown(pattern.as_ref().and_then(|p| p.get(key)));
        Some(Row {
            address: target.address.to_string(),
            cells: vec![
                format!(
                    "events {} of {} on the bus {}",
                    or(part("detail-type"), "of any type"),
                    or(part("source"), "any source"),
                    or(shown(rule.get("event_bus_name")), "default"),
                ),
                function(sight, target.get("arn")),
                format!(
                    "whom the bus lets put such events, of account {}",
                    or(part("account"), "any"),
                ),
                evidence(rule),
            ],
        })
    });
    rows.collect()
}

/// URLs of functions.
fn urls(sight: &Sight<'_>) -> Vec<Row> {
    let urls = sight.context.of_type("aws_lambda_function_url");
    let rows = urls.map(|url| Row {
        address: url.address.to_string(),
        cells: vec![
            "requests to its own URL".to_owned(),
            function(sight, url.get("function_name")),
            match shown(url.get("authorization_type")).as_str() {
                "AWS_IAM" => "IAM principals of the account whose policies grant \
                              lambda:InvokeFunctionUrl and lambda:InvokeFunction"
                    .to_owned(),
                _ => "anyone: no authentication".to_owned(),
            },
            evidence(url),
        ],
    });
    rows.collect()
}

/// Topics that functions listen to.
fn subscriptions<'a>(sight: &'a Sight<'_>) -> impl Iterator<Item = Row> + 'a {
    let subscriptions = sight.context.of_type("aws_sns_topic_subscription");
    let subscriptions = subscriptions.filter(|s| shown(s.get("protocol")) == "lambda");
    subscriptions.map(|subscription| {
        let from = Source::of(sight, subscription.get("topic_arn"));
        let senders = senders(sight, &from);
        Row {
            address: subscription.address.to_string(),
            cells: vec![
                from.shown(),
                function(sight, subscription.get("endpoint")),
                or(senders.join("; "), "nobody in this stack"),
                evidence(subscription),
            ],
        }
    })
}

/// Who the stack itself lets put something into a source.
fn senders(sight: &Sight<'_>, source: &Source<'_>) -> Vec<String> {
    let mut senders: Vec<String> = source.senders(sight).map(who).collect();
    senders.sort();
    senders.dedup();
    if source.resource.is_none() {
        senders.push("whom the source's own policy lets: it is not of this stack".to_owned());
    }
    senders
}

fn who(permission: &Permission) -> String {
    let principal = permission.principal.as_deref();
    principal.unwrap_or(&permission.holder).to_owned()
}

/// Who may invoke: function, principal, only if, evidence.
pub(in crate::security) fn invokers(sight: &Sight<'_>) -> Vec<Row> {
    let permissions = sight.context.permissions.iter().filter(|p| {
        p.effect == Effect::Allow && p.action.to_ascii_lowercase().starts_with("lambda:invoke")
    });
    let rows = permissions.map(|permission| {
        let function = match permission.resource.split_once(":function:") {
            Some((_, name)) => name.to_owned(),
            None => permission.resource.clone(),
        };
        let conditions: Vec<String> = permission
            .conditions
            .iter()
            .flat_map(|(operator, keys)| {
                keys.iter().map(move |(key, values)| {
                    let values: Vec<&str> = values.iter().map(String::as_str).collect();
                    format!("{operator} {key} {}", values.join(" or "))
                })
            })
            .collect();
        let holder = sight.context.resource(&permission.holder);
        Row {
            address: permission.holder.clone(),
            cells: vec![
                function,
                who(permission),
                or(conditions.join("; "), "always"),
                holder.map_or_else(|| permission.holder.clone(), evidence),
            ],
        }
    });
    rows.collect()
}

fn or(text: String, unsaid: &str) -> String {
    if text.is_empty() {
        unsaid.to_owned()
    } else {
        text
    }
}
