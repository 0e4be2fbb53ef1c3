//! Ways into a function: who may invoke it, its URLs, and the events that reach it.

use serde_json::{Map, Value as Json, json};

use super::super::policy::{self, Statement};
use super::super::{About, Answer, Reading, block_if};
use crate::live::aws::Reason;
use crate::live::aws::read::{at, items, text};

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

pub(super) fn permissions(reading: &mut Reading, function: &str, qualifier: Option<&str>) {
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
            Reason::Other("the policy is not understood".to_owned()),
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

pub(super) fn url(reading: &mut Reading, function: &str, qualifier: Option<&str>) {
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

pub(super) fn invoke_configs(reading: &mut Reading, function: &str) {
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
pub(super) fn mappings(reading: &mut Reading) {
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
            "starting_position": at(&mapping, "StartingPosition"),
            "parallelization_factor": at(&mapping, "ParallelizationFactor"),
            "maximum_retry_attempts": at(&mapping, "MaximumRetryAttempts"),
            "maximum_record_age_in_seconds": at(&mapping, "MaximumRecordAgeInSeconds"),
            "bisect_batch_on_function_error": at(&mapping, "BisectBatchOnFunctionError"),
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
