//! The HTTP API: authorizers, stage, routes and who may invoke what.

use serde_json::{Value as Json, json};

use super::alarm::Alarm;
use super::builder::Builder;
use super::names::{self, Factor, tf};
use super::policy::Why;
use super::skips;
use crate::iam::Text;
use crate::render::Expr;
use crate::service::Service;
use crate::service::model::{Auth, Function, Jwt, TriggerKind};

/// Distinct JWT configurations, in the order in which routes name them.
pub fn authorizers(service: &Service) -> Vec<&Jwt> {
    let mut all: Vec<&Jwt> = Vec::new();
    for function in service.functions.values() {
        for trigger in &function.triggers {
            if let TriggerKind::Http {
                auth: Auth::Jwt(jwt),
                ..
            } = &trigger.kind
                && !all.contains(&jwt)
            {
                all.push(jwt);
            }
        }
    }
    all
}

fn authorizer_name(index: usize) -> String {
    if index == 0 {
        "jwt".to_owned()
    } else {
        format!("jwt_{}", index + 1)
    }
}

/// Adds the file of the API, when a function has an HTTP trigger.
pub fn add(builder: &mut Builder<'_>) {
    let Some(api) = &builder.service.api else {
        return;
    };
    let authorizers: Vec<Json> = builder
        .authorizers
        .iter()
        .enumerate()
        .map(|(index, jwt)| {
            let name = authorizer_name(index);
            json!({ "tf": name, "name": name, "issuer": jwt.issuer, "audience": jwt.audience })
        })
        .collect();
    let log_group = builder.log_group(
        "http",
        Text::literal("/aws/vendedlogs/apigateway/").join(&names::full("http")),
    );
    let alarm = |suffix: &str, metric: &str, threshold: u32, description: &str| {
        Alarm {
            tf: format!("http_{suffix}"),
            name: format!("http-{suffix}"),
            description: description.to_owned(),
            namespace: Expr::string("AWS/ApiGateway"),
            metric: Expr::string(metric),
            dimensions: vec![("ApiId", Expr::raw("aws_apigatewayv2_api.http.id"))],
            statistic: "Sum",
            threshold: Expr::number(threshold),
        }
        .context(&builder.topic)
    };
    // 5 % of what the throttle lets through in five minutes is a burst, never fewer than 50.
    let burst = api.throttle.rate.saturating_mul(300).div_euclid(20).max(50);
    let alarms = vec![
        alarm(
            "server_errors",
            "5xx",
            1,
            "The API answered with server errors.",
        ),
        alarm(
            "client_errors",
            "4xx",
            burst,
            "Many requests were refused: a broken client, or someone is probing.",
        ),
    ];
    let context = json!({
        "authorizers": authorizers,
        "rate": api.throttle.rate,
        "burst": api.throttle.burst,
        "log_group": log_group,
        "alarms": alarms,
    });
    builder.file("http_api.tf", "http_api.tf", context, "api", "/api");
}

/// A function's integration (none or one) and routes, with the permission of each route to invoke it.
pub fn routes(
    builder: &mut Builder<'_>,
    name: &str,
    function: &Function,
) -> (Vec<Json>, Vec<Json>) {
    let mut routes = Vec::new();
    for trigger in &function.triggers {
        let TriggerKind::Http {
            method,
            path,
            auth,
            scopes,
        } = &trigger.kind
        else {
            continue;
        };
        let route_key = format!("{method} {path}");
        let slug = slug(&route_key);
        let source = Text::attribute("aws_apigatewayv2_api.http.execution_arn")
            .then(format!("/$default/{method}{path}"));
        let why = Why::asked(
            format!("the route {route_key} invokes this function"),
            &trigger.pointer,
        );
        let account = Text::parse("{var.account_id}");
        builder.invoked_by("apigateway.amazonaws.com", name, &source, account, &why);
        let (authorization, authorizer) = match auth {
            Auth::Jwt(jwt) => (
                "JWT",
                builder
                    .authorizers
                    .iter()
                    .position(|known| *known == jwt)
                    .map(authorizer_name),
            ),
            Auth::Iam => ("AWS_IAM", None),
            // API Gateway sees no signature of a sender: the handler checks it, and the guardrails that it does.
            Auth::Hmac(_) | Auth::None => ("NONE", None),
        };
        routes.push(json!({
            "tf": format!("{}_{slug}", tf(name)),
            "function_tf": tf(name),
            "route_key": route_key,
            "authorization": authorization,
            "jwt": authorizer.is_some(),
            "authorizer": authorizer,
            "scopes": scopes,
            "skips": skips::of("aws_apigatewayv2_route", &skips::route_facts(auth)),
            "statement_id": format!("http-{}", slug.replace('_', "-")),
            "source_arn": Expr::text(&source),
        }));
    }
    if routes.is_empty() {
        return (Vec::new(), routes);
    }
    // The API waits a little longer than the function runs, up to its own limit of 30 s.
    let timeout_ms = names::share(
        &function.timeout_s,
        &names::variable(name, "timeout_s"),
        Factor {
            times: 1000,
            over: 1,
        },
        0,
    );
    let integration = json!({ "tf": tf(name), "function": name, "timeout_ms": timeout_ms });
    (vec![integration], routes)
}

/// `GET /orders/{order_id}` → `get_orders_by_order_id`.
pub(super) fn slug(route_key: &str) -> String {
    let mut slug = String::new();
    for c in route_key.chars() {
        match c {
            '{' => slug.push_str("by_"),
            c if c.is_ascii_alphanumeric() => slug.push(c.to_ascii_lowercase()),
            ' ' | '/' | '_' | '-' if slug.ends_with('_') => {}
            ' ' | '/' | '_' | '-' => slug.push('_'),
            _ => {}
        }
    }
    slug.trim_end_matches('_').to_owned()
}
