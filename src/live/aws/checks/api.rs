//! HTTP APIs: their routes, who may call them, and what is logged.

use serde_json::{Value as Json, json};

use super::{About, Answer, Check, Reading, block_if};
use crate::live::aws::read::{at, items, text};

pub(super) const CHECK: Check = Check {
    kinds: &[
        "aws_apigatewayv2_api",
        "aws_apigatewayv2_authorizer",
        "aws_apigatewayv2_integration",
        "aws_apigatewayv2_route",
        "aws_apigatewayv2_stage",
    ],
    run,
};

fn run(reading: &mut Reading) {
    let names = reading.scope.names("api");
    if names.is_empty() {
        return;
    }
    let on = names.join(", ");
    let about = About {
        check: "api",
        on: &on,
        kinds: CHECK.kinds,
    };
    let call = "apigatewayv2:GetApis";
    let Answer::Found(found) = reading.ask(about, call, &[]) else {
        return;
    };
    // An API's id is the account's: it is found by its name, and a second one of that name counts too.
    for api in items(&found, "items") {
        if !names.iter().any(|n| n == text(&api, "name")) {
            continue;
        }
        let id = text(&api, "apiId");
        let cors = at(&api, "corsConfiguration");
        let place = &reading.place;
        let attributes = json!({
            "id": id,
            // The provider composes it, too.
            "execution_arn": format!(
                "arn:{}:execute-api:{}:{}:{id}",
                place.partition(),
                place.region,
                place.account
            ),
            "name": at(&api, "name"),
            "api_endpoint": at(&api, "apiEndpoint"),
            "protocol_type": at(&api, "protocolType"),
            "disable_execute_api_endpoint": at(&api, "disableExecuteApiEndpoint").as_bool().unwrap_or(false),
            "cors_configuration": block_if(cors, json!({
                "allow_credentials": at(cors, "allowCredentials"),
                "allow_headers": at(cors, "allowHeaders"),
                "allow_methods": at(cors, "allowMethods"),
                "allow_origins": at(cors, "allowOrigins"),
                "expose_headers": at(cors, "exposeHeaders"),
                "max_age": at(cors, "maxAge"),
            })),
        });
        reading.add(about, "aws_apigatewayv2_api", id, &attributes, &[call]);
        for (call, kind, own, attributes) in PARTS {
            let kinds = [kind];
            let about = About {
                check: kind.trim_start_matches("aws_apigatewayv2_"),
                on: id,
                kinds: &kinds,
            };
            let Answer::Found(found) = reading.ask(about, call, &[("ApiId", json!(id))]) else {
                continue;
            };
            for part in items(&found, "items") {
                let own = text(&part, own);
                let mut attributes = attributes(&part);
                attributes["id"] = json!(own);
                attributes["api_id"] = json!(id);
                reading.add(about, kind, &format!("{id}/{own}"), &attributes, &[call]);
            }
        }
    }
}

/// Call, resource type, member that identifies one, and its attributes.
type Part = (&'static str, &'static str, &'static str, fn(&Json) -> Json);

const PARTS: [Part; 4] = [
    (
        "apigatewayv2:GetRoutes",
        "aws_apigatewayv2_route",
        "routeId",
        |route| {
            json!({
                "route_key": at(route, "routeKey"),
                "target": at(route, "target"),
                "api_key_required": at(route, "apiKeyRequired").as_bool().unwrap_or(false),
                "authorization_type": at(route, "authorizationType").as_str().unwrap_or("NONE"),
                "authorizer_id": at(route, "authorizerId"),
                "authorization_scopes": at(route, "authorizationScopes"),
            })
        },
    ),
    (
        "apigatewayv2:GetAuthorizers",
        "aws_apigatewayv2_authorizer",
        "authorizerId",
        |authorizer| {
            let jwt = at(authorizer, "jwtConfiguration");
            json!({
                "name": at(authorizer, "name"),
                "authorizer_type": at(authorizer, "authorizerType"),
                "authorizer_uri": at(authorizer, "authorizerUri"),
                "identity_sources": at(authorizer, "identitySource"),
                "jwt_configuration": block_if(jwt, json!({ "issuer": at(jwt, "issuer"), "audience": at(jwt, "audience") })),
            })
        },
    ),
    (
        "apigatewayv2:GetIntegrations",
        "aws_apigatewayv2_integration",
        "integrationId",
        |integration| {
            json!({
                "integration_type": at(integration, "integrationType"),
                "integration_method": at(integration, "integrationMethod"),
                "integration_uri": at(integration, "integrationUri"),
                "connection_type": at(integration, "connectionType"),
                "credentials_arn": at(integration, "credentialsArn"),
                "payload_format_version": at(integration, "payloadFormatVersion"),
                "timeout_milliseconds": at(integration, "timeoutInMillis"),
            })
        },
    ),
    (
        "apigatewayv2:GetStages",
        "aws_apigatewayv2_stage",
        "stageName",
        |stage| {
            let logs = at(stage, "accessLogSettings");
            let limits = at(stage, "defaultRouteSettings");
            json!({
                "name": at(stage, "stageName"),
                "auto_deploy": at(stage, "autoDeploy").as_bool().unwrap_or(false),
                "access_log_settings": block_if(logs, json!({
                    "destination_arn": text(logs, "destinationArn").trim_end_matches(":*"),
                    "format": at(logs, "format"),
                })),
                "default_route_settings": block_if(limits, json!({
                    "detailed_metrics_enabled": at(limits, "detailedMetricsEnabled"),
                    "throttling_burst_limit": at(limits, "throttlingBurstLimit"),
                    "throttling_rate_limit": at(limits, "throttlingRateLimit"),
                })),
            })
        },
    ),
];
