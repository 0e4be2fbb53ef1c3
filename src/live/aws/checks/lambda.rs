//! Functions, their code and settings, and who may invoke them.

mod entry;

use serde_json::{Map, Value as Json, json};

use super::policy::{self, Statement};
use super::{About, Answer, Check, Reading, block_if, filled, last};
use crate::live::aws::read::{at, items, text};

pub(super) const CHECK: Check = Check {
    kinds: &[
        "aws_lambda_alias",
        "aws_lambda_code_signing_config",
        "aws_lambda_event_source_mapping",
        "aws_lambda_function",
        "aws_lambda_function_event_invoke_config",
        "aws_lambda_function_url",
        "aws_lambda_layer_version_permission",
        "aws_lambda_permission",
    ],
    run,
};

fn run(reading: &mut Reading) {
    for name in reading.scope.names("function") {
        function(reading, &name);
    }
    entry::mappings(reading);
    for arn in reading.scope.names("layer") {
        layer(reading, &arn);
    }
}

/// What is only looked for where the function is known: its own, and its security groups.
const OF_A_FUNCTION: [&str; 10] = [
    "aws_lambda_alias",
    "aws_lambda_code_signing_config",
    "aws_lambda_function",
    "aws_lambda_function_event_invoke_config",
    "aws_lambda_function_url",
    "aws_lambda_layer_version_permission",
    "aws_lambda_permission",
    "aws_security_group",
    "aws_vpc_security_group_egress_rule",
    "aws_vpc_security_group_ingress_rule",
];

/// Which qualifiers a function has says where to look for these.
const OF_AN_ALIAS: [&str; 3] = [
    "aws_lambda_alias",
    "aws_lambda_function_url",
    "aws_lambda_permission",
];

fn function(reading: &mut Reading, name: &str) {
    let about = About {
        check: "function",
        on: name,
        kinds: &OF_A_FUNCTION,
    };
    let call = "lambda:GetFunctionConfiguration";
    let Some(found) = reading
        .ask(about, call, &[("FunctionName", json!(name))])
        .found()
    else {
        return;
    };
    let arn = text(&found, "FunctionArn").to_owned();
    let role = text(&found, "Role");
    if role.split(':').nth(4) == Some(&reading.place.account) {
        reading.scope.add("role", last(role, '/'));
    }
    let group = text(&found, "LoggingConfig.LogGroup");
    if !group.is_empty() {
        reading.scope.add("log_group", group);
    }
    let mut attributes = configuration(reading, name, &found);
    let mut calls = vec![call];
    let about = About {
        kinds: &["aws_lambda_function"],
        ..about
    };
    match reading.ask(
        About {
            check: "concurrency",
            ..about
        },
        "lambda:GetFunctionConcurrency",
        &[("FunctionName", json!(name))],
    ) {
        Answer::Found(found) => {
            let reserved = at(&found, "ReservedConcurrentExecutions");
            let reserved = if reserved.is_null() {
                json!(-1)
            } else {
                reserved.clone()
            };
            attributes.insert("reserved_concurrent_executions".to_owned(), reserved);
            calls.push("lambda:GetFunctionConcurrency");
        }
        Answer::Absent | Answer::Unknown => {}
    }
    if text(&found, "PackageType") != "Image" {
        code_signing(
            reading,
            About {
                check: "code_signing",
                kinds: &["aws_lambda_code_signing_config", "aws_lambda_function"],
                ..about
            },
            name,
            &mut attributes,
            &mut calls,
        );
    }
    if let Answer::Found(tags) = reading.ask(
        About {
            check: "tags",
            ..about
        },
        "lambda:ListTags",
        &[("Resource", json!(arn))],
    ) {
        let tags: Map<String, Json> = at(&tags, "Tags")
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(key, _)| !key.starts_with("aws:"))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        attributes.insert("tags_all".to_owned(), Json::Object(tags));
        calls.push("lambda:ListTags");
    }
    reading.add(
        about,
        "aws_lambda_function",
        name,
        &Json::Object(attributes),
        &calls,
    );
    for layer in items(&found, "Layers") {
        let layer = text(&layer, "Arn");
        // Whose it is decides who may see its policy.
        if layer.split(':').nth(4) == Some(&reading.place.account) {
            reading.scope.add("layer", layer);
        }
    }
    let mut qualifiers = vec![None];
    let about = About {
        check: "alias",
        kinds: &OF_AN_ALIAS,
        ..about
    };
    if let Answer::Found(found) = reading.ask(
        about,
        "lambda:ListAliases",
        &[("FunctionName", json!(name))],
    ) {
        for alias in items(&found, "Aliases") {
            qualifiers.push(Some(text(&alias, "Name").to_owned()));
            add_alias(reading, about, name, &alias);
        }
    }
    for qualifier in &qualifiers {
        entry::permissions(reading, name, qualifier.as_deref());
        entry::url(reading, name, qualifier.as_deref());
    }
    entry::invoke_configs(reading, name);
}

fn configuration(reading: &Reading, name: &str, found: &Json) -> Map<String, Json> {
    let variables: Map<String, Json> = at(found, "Environment.Variables")
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| {
            (
                key.clone(),
                reading.fingerprint.of(value.as_str().unwrap_or("")).into(),
            )
        })
        .collect();
    let environment = if variables.is_empty() {
        json!([])
    } else {
        json!([{ "variables": variables }])
    };
    let vpc = at(found, "VpcConfig");
    let vpc = if items(vpc, "SubnetIds").is_empty() {
        json!([])
    } else {
        json!([{
            "subnet_ids": at(vpc, "SubnetIds"),
            "security_group_ids": at(vpc, "SecurityGroupIds"),
            "ipv6_allowed_for_dual_stack": at(vpc, "Ipv6AllowedForDualStack").as_bool().unwrap_or(false),
        }])
    };
    let logging = at(found, "LoggingConfig");
    let image = at(found, "ImageConfigResponse.ImageConfig");
    let file_systems: Vec<Json> = items(found, "FileSystemConfigs")
        .iter()
        .map(|f| json!({ "arn": at(f, "Arn"), "local_mount_path": at(f, "LocalMountPath") }))
        .collect();
    let layers: Vec<Json> = items(found, "Layers")
        .iter()
        .map(|l| at(l, "Arn").clone())
        .collect();
    let attributes = json!({
        "id": name,
        "function_name": name,
        "arn": at(found, "FunctionArn"),
        "role": at(found, "Role"),
        "package_type": at(found, "PackageType"),
        "runtime": filled(text(found, "Runtime")),
        "handler": filled(text(found, "Handler")),
        "code_sha256": at(found, "CodeSha256"),
        "memory_size": at(found, "MemorySize"),
        "timeout": at(found, "Timeout"),
        "architectures": at(found, "Architectures"),
        "layers": layers,
        "kms_key_arn": at(found, "KMSKeyArn"),
        "signing_profile_version_arn": at(found, "SigningProfileVersionArn"),
        "environment": environment,
        "vpc_config": vpc,
        "dead_letter_config": block_if(at(found, "DeadLetterConfig.TargetArn"), json!({ "target_arn": at(found, "DeadLetterConfig.TargetArn") })),
        "tracing_config": block_if(at(found, "TracingConfig.Mode"), json!({ "mode": at(found, "TracingConfig.Mode") })),
        "logging_config": block_if(logging, json!({
            "log_format": at(logging, "LogFormat"),
            "log_group": at(logging, "LogGroup"),
            "application_log_level": at(logging, "ApplicationLogLevel"),
            "system_log_level": at(logging, "SystemLogLevel"),
        })),
        "ephemeral_storage": block_if(at(found, "EphemeralStorage.Size"), json!({ "size": at(found, "EphemeralStorage.Size") })),
        "file_system_config": file_systems,
        "image_config": block_if(image, json!({
            "command": at(image, "Command"),
            "entry_point": at(image, "EntryPoint"),
            "working_directory": at(image, "WorkingDirectory"),
        })),
    });
    match attributes {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}

fn code_signing(
    reading: &mut Reading,
    about: About,
    name: &str,
    attributes: &mut Map<String, Json>,
    calls: &mut Vec<&str>,
) {
    let call = "lambda:GetFunctionCodeSigningConfig";
    let arn = match reading.ask(about, call, &[("FunctionName", json!(name))]) {
        Answer::Found(found) => at(&found, "CodeSigningConfigArn").clone(),
        Answer::Absent => Json::Null,
        Answer::Unknown => return,
    };
    calls.push(call);
    attributes.insert("code_signing_config_arn".to_owned(), arn.clone());
    let Some(arn) = arn.as_str().filter(|arn| !arn.is_empty()) else {
        return;
    };
    let about = About {
        on: arn,
        kinds: &["aws_lambda_code_signing_config"],
        ..about
    };
    let call = "lambda:GetCodeSigningConfig";
    if let Answer::Found(found) = reading.ask(about, call, &[("CodeSigningConfigArn", json!(arn))])
    {
        let config = at(&found, "CodeSigningConfig");
        let attributes = json!({
            "id": arn,
            "arn": arn,
            "allowed_publishers": [{ "signing_profile_version_arns": at(config, "AllowedPublishers.SigningProfileVersionArns") }],
            "policies": [{ "untrusted_artifact_on_deployment": at(config, "CodeSigningPolicies.UntrustedArtifactOnDeployment") }],
        });
        reading.add(
            about,
            "aws_lambda_code_signing_config",
            arn,
            &attributes,
            &[call],
        );
    }
}

fn add_alias(reading: &mut Reading, about: About, function: &str, alias: &Json) {
    let name = text(alias, "Name");
    let weights = at(alias, "RoutingConfig.AdditionalVersionWeights");
    let routing = if weights.as_object().is_none_or(Map::is_empty) {
        json!([])
    } else {
        json!([{ "additional_version_weights": weights }])
    };
    let attributes = json!({
        "id": at(alias, "AliasArn"),
        "arn": at(alias, "AliasArn"),
        "name": name,
        "function_name": function,
        "function_version": at(alias, "FunctionVersion"),
        "routing_config": routing,
    });
    reading.add(
        about,
        "aws_lambda_alias",
        &format!("{function}/{name}"),
        &attributes,
        &["lambda:ListAliases"],
    );
}

fn layer(reading: &mut Reading, arn: &str) {
    let (Some((name, version)), true) = (
        arn.rsplit_once(':'),
        arn.split(':').nth(4) == Some(&reading.place.account),
    ) else {
        return;
    };
    let about = About {
        check: "layer_policy",
        on: arn,
        kinds: &["aws_lambda_layer_version_permission"],
    };
    let call = "lambda:GetLayerVersionPolicy";
    let short = last(name, ':');
    let parameters = [
        ("LayerName", json!(short)),
        ("VersionNumber", json!(version)),
    ];
    let Answer::Found(found) = reading.ask(about, call, &parameters) else {
        return;
    };
    for statement in policy::statements(text(&found, "Policy")).unwrap_or_default() {
        let Statement {
            sid,
            action,
            principal,
            organization,
            ..
        } = statement;
        let attributes = json!({
            "id": arn,
            "layer_name": name,
            "version_number": version,
            "statement_id": sid,
            "action": action,
            "principal": principal,
            "organization_id": organization,
        });
        reading.add(
            about,
            "aws_lambda_layer_version_permission",
            &format!("{arn}/{sid}"),
            &attributes,
            &[call],
        );
    }
}
