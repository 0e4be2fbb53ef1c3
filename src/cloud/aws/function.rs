//! A function: log group, role, code, alias, triggers, alarms; one file each.

use serde_json::{Value as Json, json};

use super::alarm::{self, Alarm};
use super::builder::Builder;
use super::names::{self, Factor, tf};
use super::policy::{Policy, Principal, Statement, Why};
use super::reference::Reference;
use super::{
    access, allow, api, database, event, filter, network, object, resources, skips, streams,
    topics, url,
};
use crate::iam::{PolicyKind, Text};
use crate::render::Expr;
use crate::service::model::{Architecture, Function, Package, TriggerKind};

/// Adds a function's file and policies.
pub fn add(builder: &mut Builder<'_>, name: &str, function: &Function) {
    let tf_name = tf(name);
    let service = builder.service;
    let triggers = || function.triggers.iter().map(|t| &t.kind);
    let asynchronous = triggers().any(TriggerKind::is_asynchronous);
    let has_dlq = triggers().any(TriggerKind::has_dead_letters);
    let group = Text::literal("/aws/lambda/").join(&names::full(name));
    let log_group = builder.log_group(&tf_name, group.clone());
    let dlq = format!("{name}-dlq");

    let mut policy = Policy::new(format!("aws_iam_role.{tf_name}"), PolicyKind::Identity);
    companions(
        &mut policy,
        name,
        function,
        &group,
        has_dlq.then_some(dlq.as_str()),
    );
    let environment = access::grant(builder, &mut policy, function);
    database::scripts(builder, name, function);
    let policy = builder.policy(policy);
    let trust = builder.policy(trust(&tf_name, "lambda.amazonaws.com", None));
    let repository_policy = (function.package == Package::Image).then(|| {
        let why = Why::companion("Lambda pulls the function's image");
        builder.policy(
            Policy::new(
                format!("aws_ecr_repository.{tf_name}"),
                PolicyKind::Resource,
            )
            .with(
                Statement::allow(
                    "LambdaPull",
                    ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                    &why,
                )
                .by(Principal::Service(Text::literal("lambda.amazonaws.com")))
                .when(
                    "ArnLike",
                    "aws:SourceArn",
                    [
                        names::function_arn(name),
                        names::function_arn(name).then(":*"),
                    ],
                )
                .when(
                    "StringEquals",
                    "aws:SourceAccount",
                    [Text::parse("{var.account_id}")],
                ),
            ),
        )
    });

    let mut context = json!({
        "tf": tf_name,
        "function": name,
        "name": Expr::text(&names::full(name)),
        "description": function.description.as_deref().unwrap_or(name),
        "skips": skips::of("aws_lambda_function", &skips::function_facts(function)),
        "log_group": log_group,
        "trust": trust,
        "policy": policy,
        "image": function.package == Package::Image,
        "repository_policy": repository_policy,
        "runtime": function.runtime,
        "handler": function.handler,
        "signed": function.sign,
        "architecture": architecture(function.architecture),
        "memory_mb": names::setting(&function.memory_mb, &names::variable(name, "memory_mb")),
        "timeout_s": names::setting(&function.timeout_s, &names::variable(name, "timeout_s")),
        "concurrency": names::setting(&function.concurrency, &names::variable(name, "concurrency")),
        "environment": Expr::map(environment),
        "asynchronous": asynchronous,
        "has_dlq": has_dlq,
        "dlq_arn": Expr::text(&names::queue_arn(&dlq)),
        "in_vpc": function.network.is_some(),
        "egress": network::egress(name, function),
        "denied_name": Expr::text(&names::full(&format!("{name}-denied"))),
        "denied_namespace": Expr::text(&Text::parse("slgen/{local.name}")),
    });
    let dead_letters: Vec<Json> = has_dlq
        .then(|| {
            resources::dead_letter_queue(
                builder,
                &dlq,
                &format!("events that {name} could not handle"),
                topics::dead_letters(service, function, &dlq)
                    .into_iter()
                    .chain(event::dead_letters(service, name, function, &dlq)),
            )
        })
        .into_iter()
        .collect();
    let (integration, routes) = api::routes(builder, name, function);
    let objects = object::permissions(builder, name, function);
    let events = event::rules(builder, name, function);
    let mappings = mappings(builder, name, function);
    let streams = streams::mappings(builder, name, function, &dlq);
    let subscriptions = topics::subscriptions(builder, name, function, &dlq);
    let schedules = schedules(builder, name, function, &dlq);
    let alarms: Vec<Json> = alarms(name, function)
        .into_iter()
        .chain(streams::alarms(name, function))
        .chain(topics::alarms(service, name, function))
        .chain(url::alarms(name, function))
        .map(|a| a.context(&builder.topic))
        .collect();
    if let Some(map) = context.as_object_mut() {
        map.insert("dlq".to_owned(), Json::Array(dead_letters));
        map.insert("integration".to_owned(), Json::Array(integration));
        map.insert("routes".to_owned(), Json::Array(routes));
        map.insert("mappings".to_owned(), Json::Array(mappings));
        map.insert("streams".to_owned(), Json::Array(streams));
        map.insert("subscriptions".to_owned(), Json::Array(subscriptions));
        map.insert("objects".to_owned(), Json::Array(objects));
        map.insert("events".to_owned(), Json::Array(events));
        map.insert("urls".to_owned(), Json::Array(url::of(name, function)));
        map.insert(
            "scheduled".to_owned(),
            Json::Bool(!schedules.list.is_empty()),
        );
        map.insert(
            "schedule_role_name".to_owned(),
            json!(Expr::text(&names::full(&format!("{name}-schedule")))),
        );
        map.insert("schedule_trust".to_owned(), schedules.trust);
        map.insert("schedule_policy".to_owned(), schedules.policy);
        map.insert("schedules".to_owned(), Json::Array(schedules.list));
        map.insert("alarms".to_owned(), Json::Array(alarms));
    }
    builder.file(
        format!("fn_{tf_name}.tf"),
        "function.tf",
        context,
        &format!("functions.{name}"),
        &function.pointer,
    );
}

/// Trust policy of a role.
pub fn trust(tf_role: &str, service: &'static str, source: Option<(&'static str, Text)>) -> Policy {
    let why = Why::companion(format!("{service} acts as this role"));
    let mut statement = Statement::allow("Assume", ["sts:AssumeRole"], &why)
        .by(Principal::Service(Text::literal(service)));
    if let Some((operator, source)) = source {
        statement = statement.when(operator, "aws:SourceArn", [source]).when(
            "StringEquals",
            "aws:SourceAccount",
            [Text::parse("{var.account_id}")],
        );
    }
    Policy::new(format!("aws_iam_role.{tf_role}"), PolicyKind::Trust).with(statement)
}

/// What a function needs besides what it asks for, and only where it does.
fn companions(
    policy: &mut Policy,
    name: &str,
    function: &Function,
    group: &Text,
    dlq: Option<&str>,
) {
    policy.add(
        Statement::allow(
            "OwnLogs",
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            &Why::companion("writes its own log group"),
        )
        .on([names::log_group_arn(group).then(":log-stream:*")]),
    );
    policy.add(
        Statement::allow(
            "Trace",
            ["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
            &Why::companion("X-Ray tracing"),
        )
        .on([Text::literal("*")])
        .comment("X-Ray has no resource-level permissions."),
    );
    policy.add(
        Statement::allow(
            "OwnEnvironment",
            ["kms:Decrypt"],
            &Why::companion("decrypts its own environment variables"),
        )
        .on([names::key_arn()])
        .when(
            "StringEquals",
            "kms:EncryptionContext:aws:lambda:FunctionArn",
            [names::function_arn(name)],
        ),
    );
    if let Some(dlq) = dlq {
        let why = Why::companion("puts events it could not handle into its dead-letter queue");
        policy.add(
            Statement::allow("DeadLetters", ["sqs:SendMessage"], &why).on([names::queue_arn(dlq)]),
        );
        allow::stack_key(
            policy,
            "sqs",
            "sqs_queue",
            &["sqs:SendMessage".to_owned()],
            &why,
        );
    }
    if function.network.is_some() {
        network::permissions(policy, name);
    }
}

fn architecture(architecture: Architecture) -> &'static str {
    match architecture {
        Architecture::Arm64 => "arm64",
        Architecture::X86_64 => "x86_64",
    }
}

fn mappings(builder: &mut Builder<'_>, name: &str, function: &Function) -> Vec<Json> {
    let variable = names::variable(name, "concurrency");
    let queues = function.queues();
    function
        .triggers
        .iter()
        .filter_map(|trigger| match &trigger.kind {
            TriggerKind::Queue { queue, batch, filter, .. } => {
                let pattern = filter.as_ref().and_then(|schema| filter::mapping(builder, trigger, "body", schema));
                let reference = Reference::of(builder.service, queue)?;
                let owned = reference.owned.then(|| format!("[aws_sqs_queue.{}, aws_iam_role_policy.{}]", tf(queue), tf(name)));
                Some(json!({
                    "tf": format!("{}_{}", tf(name), tf(queue)),
                    "function_tf": tf(name),
                    "source_arn": Expr::text(&reference.arn()),
                    "batch": batch,
                    "filtered": pattern.is_some(),
                    "pattern": pattern,
                    // Lambda wants a window for batches above 10 (API reference, CreateEventSourceMapping).
                    "window_s": if *batch > 10 { 5 } else { 0 },
                    "maximum_concurrency": names::part(&function.concurrency, &variable, queues, 2),
                    "depends_on": Expr::raw(owned.unwrap_or_else(|| format!("[aws_iam_role_policy.{}]", tf(name)))),
                }))
            }
            _ => None,
        })
        .collect()
}

struct Schedules {
    list: Vec<Json>,
    trust: Json,
    policy: Json,
}

fn schedules(builder: &mut Builder<'_>, name: &str, function: &Function, dlq: &str) -> Schedules {
    let tf_name = tf(name);
    let role = format!("{tf_name}_schedule");
    let mut list = Vec::new();
    for trigger in &function.triggers {
        if let TriggerKind::Schedule {
            expression,
            timezone,
        } = &trigger.kind
        {
            let count = list.len() + 1;
            let suffix = if count == 1 {
                String::new()
            } else {
                format!("-{count}")
            };
            list.push(json!({
                "tf": format!("{tf_name}{}", tf(&suffix)),
                "function_tf": tf_name,
                "name": format!("{name}{suffix}"),
                "description": function.description.as_deref().unwrap_or(name),
                "expression": expression,
                "timezone": timezone,
                "dlq_arn": Expr::text(&names::queue_arn(dlq)),
            }));
        }
    }
    if list.is_empty() {
        return Schedules {
            list,
            trust: Json::Null,
            policy: Json::Null,
        };
    }
    let group = names::arn("scheduler")
        .then("schedule-group/")
        .join(&Text::parse("{local.name}"));
    let trust = builder.policy(trust(
        &role,
        "scheduler.amazonaws.com",
        Some(("ArnEquals", group)),
    ));
    let why = function
        .triggers
        .iter()
        .find(|t| matches!(t.kind, TriggerKind::Schedule { .. }))
        .map_or_else(
            || Why::companion("schedule"),
            |t| Why::asked("the schedule invokes this function", &t.pointer),
        );
    let letters =
        Why::companion("the scheduler's undelivered events go to the function's dead-letter queue");
    let mut policy = Policy::new(format!("aws_iam_role.{role}"), PolicyKind::Identity)
        .with(
            Statement::allow("Invoke", ["lambda:InvokeFunction"], &why)
                .on([names::alias_arn(name)]),
        )
        .with(
            Statement::allow("DeadLetters", ["sqs:SendMessage"], &letters)
                .on([names::queue_arn(dlq)]),
        );
    allow::stack_key(
        &mut policy,
        "sqs",
        "sqs_queue",
        &["sqs:SendMessage".to_owned()],
        &letters,
    );
    policy.add(
        Statement::allow(
            "OwnSchedule",
            ["kms:Decrypt"],
            &Why::companion("the schedule's input is encrypted"),
        )
        .on([names::key_arn()])
        .when(
            "StringEquals",
            "kms:ViaService",
            [names::via_service("scheduler")],
        ),
    );
    let policy = builder.policy(policy);
    Schedules {
        list,
        trust,
        policy,
    }
}

fn alarms(name: &str, function: &Function) -> Vec<Alarm> {
    let timeout = names::variable(name, "timeout_s");
    let concurrency = names::variable(name, "concurrency");
    let mut alarms = vec![
        alarm::lambda(
            name,
            "errors",
            "Errors",
            "Sum",
            Expr::number(1),
            format!("{name} failed."),
        ),
        alarm::lambda(
            name,
            "throttles",
            "Throttles",
            "Sum",
            Expr::number(1),
            format!("{name} was throttled: its reserved concurrency is used up."),
        ),
        alarm::lambda(
            name,
            "duration",
            "Duration",
            "Maximum",
            names::share(
                &function.timeout_s,
                &timeout,
                Factor {
                    times: 900,
                    over: 1,
                },
                0,
            ),
            format!("{name} ran for nine tenths of its timeout."),
        ),
        alarm::lambda(
            name,
            "concurrency",
            "ConcurrentExecutions",
            "Maximum",
            names::share(
                &function.concurrency,
                &concurrency,
                Factor { times: 9, over: 10 },
                1,
            ),
            format!("{name} uses nine tenths of its reserved concurrency."),
        ),
        Alarm {
            tf: format!("{}_denied", tf(name)),
            name: format!("{name}-denied"),
            description: format!(
                "{name} was refused a permission: a defect, or someone is trying."
            ),
            namespace: Expr::text(&Text::parse("slgen/{local.name}")),
            metric: Expr::raw(format!(
                "aws_cloudwatch_log_metric_filter.{}_denied.name",
                tf(name)
            )),
            dimensions: Vec::new(),
            statistic: "Sum",
            threshold: Expr::number(1),
        },
    ];
    // Schedules keep their own dead letters; what S3 and EventBridge handed over is then gone.
    if function.triggers.iter().any(|t| {
        matches!(
            t.kind,
            TriggerKind::Object { .. } | TriggerKind::Event { .. }
        )
    }) {
        alarms.push(alarm::lambda(
            name,
            "lost",
            "DeadLetterErrors",
            "Sum",
            Expr::number(1),
            format!("An event that {name} could not handle did not reach its dead-letter queue."),
        ));
    }
    alarms
}
