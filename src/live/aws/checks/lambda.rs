//! Functions, their code and settings, and who may invoke them.

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
    mappings(reading);
    for arn in reading.scope.names("layer") {
        layer(reading, &arn);
    }
}

fn function(reading: &mut Reading, name: &str) {
    let about = About {
        check: "function",
        on: name,
        kinds: CHECK.kinds,
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
        kinds: &["aws_lambda_alias"],
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
        permissions(reading, name, qualifier.as_deref());
        url(reading, name, qualifier.as_deref());
    }
    invoke_configs(reading, name);
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

/// Name of a function and qualifier, as a parameter list.
fn qualified(function: &str, qualifier: Option<&str>) -> Vec<(&'static str, Json)> {
    let mut parameters = vec![("FunctionName", json!(function))];
    if let Some(qualifier) = qualifier {
        parameters.push(("Qualifier", json!(qualifier)));
    }
    parameters
}

/// `name` or `name:qualifier`.
fn label(function: &str, qualifier: Option<&str>) -> String {
    qualifier.map_or_else(|| function.to_owned(), |q| format!("{function}:{q}"))
}

fn permissions(reading: &mut Reading, function: &str, qualifier: Option<&str>) {
    let on = label(function, qualifier);
    let about = About {
        check: "resource_policy",
        on: &on,
        kinds: &["aws_lambda_permission"],
    };
    let call = "lambda:GetPolicy";
    let Answer::Found(found) = reading.ask(about, call, &qualified(function, qualifier)) else {
        return;
    };
    let Some(statements) = policy::statements(text(&found, "Policy")) else {
        reading.unknown(
            about,
            call,
            super::super::Reason::Other("the policy is not understood".to_owned()),
        );
        return;
    };
    for statement in statements {
        // The policy of a qualifier names it; what does not, was asked for without one.
        let named = statement.resource.split(':').nth(7).map(str::to_owned);
        let qualifier = named.as_deref().filter(|q| *q != "$LATEST");
        let on = label(function, qualifier);
        let id = format!("{on}/{}", statement.sid);
        let Statement {
            sid,
            action,
            principal,
            source_arn,
            source_account,
            organization,
            url_auth,
            ..
        } = statement;
        let attributes = json!({
            "id": sid,
            "statement_id": sid,
            "action": action,
            "function_name": function,
            "qualifier": qualifier,
            "principal": principal,
            "source_arn": source_arn,
            "source_account": source_account,
            "principal_org_id": organization,
            "function_url_auth_type": url_auth,
        });
        reading.add(about, "aws_lambda_permission", &id, &attributes, &[call]);
    }
}

fn url(reading: &mut Reading, function: &str, qualifier: Option<&str>) {
    let on = label(function, qualifier);
    let about = About {
        check: "function_url",
        on: &on,
        kinds: &["aws_lambda_function_url"],
    };
    let call = "lambda:GetFunctionUrlConfig";
    let Answer::Found(found) = reading.ask(about, call, &qualified(function, qualifier)) else {
        return;
    };
    let cors = at(&found, "Cors");
    let cors = if cors.as_object().is_none_or(Map::is_empty) {
        json!([])
    } else {
        json!([{
            "allow_credentials": at(cors, "AllowCredentials"),
            "allow_headers": at(cors, "AllowHeaders"),
            "allow_methods": at(cors, "AllowMethods"),
            "allow_origins": at(cors, "AllowOrigins"),
            "expose_headers": at(cors, "ExposeHeaders"),
            "max_age": at(cors, "MaxAge"),
        }])
    };
    let attributes = json!({
        "id": on,
        "function_name": function,
        "qualifier": qualifier,
        "function_arn": at(&found, "FunctionArn"),
        "authorization_type": at(&found, "AuthType"),
        "invoke_mode": at(&found, "InvokeMode"),
        "cors": cors,
    });
    reading.add(about, "aws_lambda_function_url", &on, &attributes, &[call]);
}

fn invoke_configs(reading: &mut Reading, function: &str) {
    let about = About {
        check: "event_invoke_config",
        on: function,
        kinds: &["aws_lambda_function_event_invoke_config"],
    };
    let call = "lambda:ListFunctionEventInvokeConfigs";
    let Answer::Found(found) = reading.ask(about, call, &[("FunctionName", json!(function))])
    else {
        return;
    };
    for config in items(&found, "FunctionEventInvokeConfigs") {
        let qualifier = text(&config, "FunctionArn")
            .split(':')
            .nth(7)
            .filter(|q| *q != "$LATEST");
        let destination = |on: &str| {
            let target = at(&config, &format!("DestinationConfig.{on}.Destination"));
            block_if(target, json!({ "destination": target }))
        };
        let (failure, success) = (destination("OnFailure"), destination("OnSuccess"));
        let destinations = if failure == json!([]) && success == json!([]) {
            json!([])
        } else {
            json!([{ "on_failure": failure, "on_success": success }])
        };
        let id = label(function, qualifier);
        let attributes = json!({
            "id": id,
            "function_name": function,
            "qualifier": qualifier,
            "maximum_event_age_in_seconds": at(&config, "MaximumEventAgeInSeconds"),
            "maximum_retry_attempts": at(&config, "MaximumRetryAttempts"),
            "destination_config": destinations,
        });
        reading.add(
            about,
            "aws_lambda_function_event_invoke_config",
            &id,
            &attributes,
            &[call],
        );
    }
}

/// All of the account, compared here: a filter by name misses what was made by ARN or for an alias.
fn mappings(reading: &mut Reading) {
    let functions = reading.scope.names("function");
    if functions.is_empty() {
        return;
    }
    let on = functions.join(", ");
    let about = About {
        check: "event_source_mapping",
        on: &on,
        kinds: &["aws_lambda_event_source_mapping"],
    };
    let call = "lambda:ListEventSourceMappings";
    let Answer::Found(found) = reading.ask(about, call, &[]) else {
        return;
    };
    for mapping in items(&found, "EventSourceMappings") {
        let arn = text(&mapping, "FunctionArn");
        let name = arn.split(':').nth(6).unwrap_or(arn);
        if !functions.iter().any(|f| f == name) {
            continue;
        }
        let filters: Vec<Json> = items(&mapping, "FilterCriteria.Filters")
            .iter()
            .map(|f| json!({ "pattern": at(f, "Pattern") }))
            .collect();
        let filters = if filters.is_empty() {
            json!([])
        } else {
            json!([{ "filter": filters }])
        };
        let failure = at(&mapping, "DestinationConfig.OnFailure.Destination");
        let concurrency = at(&mapping, "ScalingConfig.MaximumConcurrency");
        let id = text(&mapping, "UUID");
        let attributes = json!({
            "id": id,
            "uuid": id,
            "event_source_arn": at(&mapping, "EventSourceArn"),
            "function_name": arn,
            "function_arn": arn,
            "enabled": !matches!(text(&mapping, "State"), "Disabled" | "Disabling"),
            "batch_size": at(&mapping, "BatchSize"),
            "maximum_batching_window_in_seconds": at(&mapping, "MaximumBatchingWindowInSeconds"),
            "filter_criteria": filters,
            "function_response_types": at(&mapping, "FunctionResponseTypes"),
            "kms_key_arn": at(&mapping, "KMSKeyArn"),
            "destination_config": block_if(failure, json!({ "on_failure": [{ "destination_arn": failure }] })),
            "scaling_config": block_if(concurrency, json!({ "maximum_concurrency": concurrency })),
        });
        reading.add(
            about,
            "aws_lambda_event_source_mapping",
            id,
            &attributes,
            &[call],
        );
    }
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
