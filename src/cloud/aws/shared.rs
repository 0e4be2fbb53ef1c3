//! What the whole stack shares: key, alarm topic, artifacts, variables, locals, outputs; and the
//! checks of names and sizes over all of it.

use indexmap::IndexMap;
use serde_json::{Value as Json, json};

use super::access_logs;
use super::builder::{Builder, variables};
use super::database;
use super::event;
use super::keys;
use super::names::{self, tf};
use super::policy::{Policy, Principal, Statement, Why};
use super::resources::{guarded_bucket, tls_only};
use super::topics;
use crate::catalog::aws::provider;
use crate::iam::{Bindings, Piece, PolicyKind, Text};
use crate::render::Expr;
use crate::service::model::{Alerts, Package, TriggerKind};

/// Adds every shared file. Comes last: the key's policy names every log group.
pub fn add(builder: &mut Builder<'_>) {
    let service = builder.service;
    artifacts(builder);
    access_logs::add(builder);
    if service
        .functions
        .values()
        .flat_map(|f| &f.triggers)
        .any(|t| matches!(t.kind, TriggerKind::Schedule { .. }))
    {
        builder.shared("scheduler.tf", "scheduler.tf", json!({}));
    }
    if let Alerts::Email(emails) = &service.alerts {
        alarms(builder, emails);
    }
    key(builder);
    builder.shared(
        "versions.tf",
        "versions.tf",
        json!({ "provider_version": provider::pin().version }),
    );
    locals(builder);
    module_variables(builder);
    outputs(builder);
}

fn key(builder: &mut Builder<'_>) {
    let (operator, groups) = log_groups(builder);
    let this_key = || [Text::literal("*")];
    let mut policy = Policy::new("aws_kms_key.stack", PolicyKind::Resource)
        .with(
            Statement::allow(
                "DelegateToIam",
                ["kms:*"],
                &Why::companion("the account's IAM policies decide who uses the key"),
            )
            .by(Principal::Aws(Text::parse(
                "arn:{local.partition}:iam::{var.account_id}:root",
            )))
            .on(this_key())
            .comment("In a key policy \"*\" is this key."),
        )
        .with(
            // CloudWatch Logs user guide, "Encrypt log data in CloudWatch Logs using AWS KMS".
            Statement::allow(
                "LogGroups",
                [
                    "kms:Decrypt",
                    "kms:Encrypt",
                    "kms:GenerateDataKey",
                    "kms:GenerateDataKeyWithoutPlaintext",
                    "kms:ReEncryptFrom",
                    "kms:ReEncryptTo",
                ],
                &Why::companion("CloudWatch Logs encrypts the stack's log groups, and no others"),
            )
            .by(Principal::Service(Text::parse(
                "logs.{var.region}.{local.dns_suffix}",
            )))
            .on(this_key())
            .when(operator, "kms:EncryptionContext:aws:logs:arn", groups),
        );
    if matches!(builder.service.alerts, Alerts::Email(_)) {
        policy.add(
            Statement::allow(
                "Alarms",
                ["kms:Decrypt", "kms:GenerateDataKey"],
                &Why::companion("alarms reach the encrypted topic"),
            )
            .by(Principal::Service(Text::literal(
                "cloudwatch.amazonaws.com",
            )))
            .on(this_key())
            .when("ArnLike", "aws:SourceArn", [alarm_arns()])
            .when(
                "StringEquals",
                "aws:SourceAccount",
                [Text::parse("{var.account_id}")],
            ),
        );
    }
    for statement in topics::key(builder.service)
        .into_iter()
        .chain(event::key(builder.service))
    {
        policy.add(statement);
    }
    let policy = builder.policy(policy);
    builder.shared("kms.tf", "kms.tf", json!({ "policy": policy }));
}

/// The stack's log groups as the key's policy names them: each by its name or, where a key policy
/// would grow too large for that (32 KB, KMS developer guide, "Quotas"), the functions' by their
/// prefix.
fn log_groups(builder: &Builder<'_>) -> (&'static str, Vec<Text>) {
    const MOST_NAMES: usize = 100;
    const FUNCTIONS: &str = "/aws/lambda/";
    if builder.log_groups.len() <= MOST_NAMES {
        let groups = builder.log_groups.iter().map(names::log_group_arn);
        return ("ArnEquals", groups.collect());
    }
    let others = builder.log_groups.iter().filter(
        |group| !matches!(group.pieces().first(), Some(Piece::Literal(head)) if head == FUNCTIONS),
    );
    let functions = Text::literal(FUNCTIONS).join(&names::full("*"));
    let groups = others.chain([&functions]).map(names::log_group_arn);
    ("ArnLike", groups.collect())
}

fn alarm_arns() -> Text {
    names::arn("cloudwatch")
        .then("alarm:")
        .join(&names::full("*"))
}

fn alarms(builder: &mut Builder<'_>, emails: &[String]) {
    let topic = names::arn("sns").join(&names::full("alarms"));
    let policy = builder.policy(
        Policy::new("aws_sns_topic.alarms", PolicyKind::Resource)
            .with(
                Statement::allow(
                    "Alarms",
                    ["sns:Publish"],
                    &Why::companion("the stack's alarms, and no others, publish"),
                )
                .by(Principal::Service(Text::literal(
                    "cloudwatch.amazonaws.com",
                )))
                .on([topic.clone()])
                .when("ArnLike", "aws:SourceArn", [alarm_arns()])
                .when(
                    "StringEquals",
                    "aws:SourceAccount",
                    [Text::parse("{var.account_id}")],
                ),
            )
            .with(tls_only("InsecureTransport", "sns:Publish", [topic])),
    );
    let mut emails = emails.to_vec();
    emails.sort();
    builder.shared(
        "alarms.tf",
        "alarms.tf",
        json!({ "policy": policy, "emails": emails }),
    );
}

fn artifacts(builder: &mut Builder<'_>) {
    let mut zips = builder
        .service
        .functions
        .values()
        .filter(|f| f.package == Package::Zip)
        .peekable();
    if zips.peek().is_none() {
        return;
    }
    let signed = zips.any(|f| f.sign);
    let bucket = guarded_bucket(builder, "artifacts");
    // Profile names are alphanumeric (Signer API reference, PutSigningProfile).
    let profile_name = Expr::raw("\"${replace(local.name, \"-\", \"_\")}_artifacts\"");
    builder.shared(
        "artifacts.tf",
        "artifacts.tf",
        json!({ "bucket": bucket, "signed": signed, "profile_name": profile_name }),
    );
}

fn locals(builder: &mut Builder<'_>) {
    let service = builder.service;
    let own = [
        ("Service", Expr::string(&service.name)),
        ("Environment", Expr::raw("var.environment")),
        ("ManagedBy", Expr::string("slgen")),
    ];
    let owner = service
        .owner
        .as_deref()
        .map(|owner| ("Owner", Expr::string(owner)));
    let tags = service
        .tags
        .iter()
        .map(|(key, value)| (key.as_str(), Expr::string(value)))
        .chain(own)
        .chain(owner);
    // Later wins: slgen's own tags hold.
    let tags: IndexMap<&str, Expr> = tags.collect();
    let context = json!({ "service": service.name, "tags": Expr::map(tags) });
    builder.shared("locals.tf", "locals.tf", context);
}

fn module_variables(builder: &mut Builder<'_>) {
    let service = builder.service;
    let environments: Vec<&String> = service.environments.keys().collect();
    let text = environments
        .iter()
        .map(|e| e.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    let settings: Vec<Json> = variables(service)
        .iter()
        .map(|v| json!({ "variable": v.name, "description": v.description, "default": v.setting.default }))
        .collect();
    let checks: Vec<Json> = service
        .functions
        .iter()
        .map(|(name, f)| json!({ "name": name, "image": f.package == Package::Image }))
        .collect();
    let context = json!({
        "environments": environments,
        "environments_text": text,
        "has_vpc": service.functions.values().any(|f| f.network.is_some()),
        "databases": database::variables(service),
        "kms_keys": keys::variables(service),
        "artifact_checks": checks,
        "settings": settings,
    });
    builder.shared("variables.tf", "variables.tf", context);
}

fn outputs(builder: &mut Builder<'_>) {
    let service = builder.service;
    let functions = service.functions.keys().map(|name| {
        (
            name,
            Expr::raw(format!("aws_lambda_alias.{}.arn", tf(name))),
        )
    });
    let images: Vec<(&String, Expr)> = service
        .functions
        .iter()
        .filter(|(_, f)| f.package == Package::Image)
        .map(|(name, _)| {
            (
                name,
                Expr::raw(format!("aws_ecr_repository.{}.repository_url", tf(name))),
            )
        })
        .collect();
    let context = json!({
        "functions": Expr::map(functions),
        "has_images": !images.is_empty(),
        "has_zips": images.len() < service.functions.len(),
        "has_api": service.api.is_some(),
        "repositories": Expr::map(images),
    });
    builder.shared("outputs.tf", "outputs.tf", context);
}

/// Names that slgen itself uses at the addresses of functions and resources.
const RESERVED: [&str; 10] = [
    "access-logs",
    "alarms",
    "artifacts",
    "firehose",
    "http",
    "log-delivery",
    "logs",
    "stack",
    "jwt",
    "live",
];
const RESERVED_SUFFIXES: [&str; 3] = ["-dlq", "-schedule", "-denied"];

/// Refuses names that slgen uses itself, and names too long for AWS once they are composed
/// (64 characters for roles and functions, IAM and Lambda API references; 63 for buckets, S3 user guide).
pub fn check_names(builder: &mut Builder<'_>, environments: &IndexMap<String, Bindings>) {
    let service = builder.service;
    let functions = service
        .functions
        .iter()
        .map(|(name, f)| (name, &f.pointer, None));
    let resources = service
        .resources
        .iter()
        .filter(|(_, r)| r.is_ours())
        .map(|(name, r)| (name, &r.pointer, Some(r.kind.as_str())));
    let mut problems = Vec::new();
    for (name, pointer, kind) in functions.chain(resources) {
        if RESERVED.contains(&name.as_str())
            || RESERVED_SUFFIXES
                .iter()
                .any(|suffix| name.ends_with(suffix))
        {
            problems.push((
                pointer,
                format!("the name {name} is one that slgen uses itself"),
                "choose another name".to_owned(),
            ));
        }
        let (text, limit) = match kind {
            None => (names::full(&format!("{name}-schedule")), 64),
            Some("s3_bucket") => (names::bucket(name), 63),
            Some(_) => (names::full(&format!("{name}-dlq")), 80),
        };
        let longest = environments
            .values()
            .flat_map(|b| text.resolve(b))
            .max_by_key(String::len)
            .unwrap_or_default();
        if longest.len() > limit {
            problems.push((
                pointer,
                format!("the name {name} is too long: AWS allows {limit} characters and {longest} has {}", longest.len()),
                format!("shorten it, or the service's name, by {} characters", longest.len() - limit),
            ));
        }
    }
    for (pointer, message, help) in problems {
        builder.problem(pointer, message, help);
    }
}

/// Refuses policies larger than AWS takes (IAM and AWS STS quotas; KMS 32 KB, bucket policy 20 KB,
/// function resource policy 20,480 bytes).
pub fn check_sizes(builder: &mut Builder<'_>, environments: &IndexMap<String, Bindings>) {
    let mut problems = Vec::new();
    for policy in &builder.policies {
        let limit = match policy.kind {
            PolicyKind::Identity => 10_240,
            PolicyKind::Trust => 2_048,
            PolicyKind::Resource if policy.holder.starts_with("aws_kms_key.") => 32_768,
            PolicyKind::Resource => 20_480,
        };
        let size = environments
            .values()
            .map(|b| policy.size(b))
            .max()
            .unwrap_or(0);
        if size > limit {
            problems.push(format!(
                "the policy of {} would have about {size} characters; AWS allows {limit}",
                policy.holder
            ));
        }
    }
    for message in problems {
        builder.problem("/functions", message, "split the function, or grant less");
    }
}
