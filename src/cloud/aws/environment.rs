//! Values of each environment: variables, and where its state is kept.

use serde_json::{Value as Json, json};

use super::builder::{Builder, variables};
use super::{database, keys};
use crate::manifest::interpolate::{self, Piece};
use crate::render::Expr;
use crate::service::model::Environment;

/// Adds `environments/<env>.tfvars` and `.s3.tfbackend`.
pub fn add(builder: &mut Builder<'_>) {
    let service = builder.service;
    let variables = variables(service);
    let uses_vpc = service.functions.values().any(|f| f.network.is_some());
    for (name, environment) in &service.environments {
        let settings: Vec<Json> = variables
            .iter()
            .filter_map(|v| {
                v.setting
                    .overrides
                    .get(name)
                    .map(|value| json!({ "variable": v.name, "value": value }))
            })
            .collect();
        let vpc = environment.vpc.as_ref().filter(|_| uses_vpc).map(|vpc| {
            Expr::map([
                ("id", Expr::string(&vpc.id)),
                (
                    "subnets",
                    Expr::list(vpc.subnets.iter().map(|s| Expr::string(s))),
                ),
            ])
        });
        let context = json!({
            "environment": name,
            "account": environment.account,
            "region": environment.region,
            "permissions_boundary": environment.permissions_boundary,
            "has_vpc": vpc.is_some(),
            "vpc": vpc,
            "databases": database::values(service, environment),
            "kms_keys": keys::values(environment),
            "settings": settings,
        });
        builder.shared(
            format!("environments/{name}.tfvars"),
            "environment.tfvars",
            context,
        );
        let state = state(builder, name, environment);
        builder.shared(
            format!("environments/{name}.s3.tfbackend"),
            "state.tfbackend",
            state,
        );
    }
}

fn state(builder: &Builder<'_>, name: &str, environment: &Environment) -> Json {
    let service = builder.service;
    let fill = |text: &str| filled(text, &service.name, name, environment);
    let bucket = service.state.as_ref().map(|s| fill(&s.bucket));
    let kms_key = service
        .state
        .as_ref()
        .and_then(|s| s.kms_key.as_deref())
        .map(fill)
        .map(|key| {
            if key.starts_with("arn:") {
                key
            } else {
                let partition =
                    super::names::bindings(&service.name, name, environment)["local.partition"]
                        .concat();
                format!(
                    "arn:{partition}:kms:{}:{}:{key}",
                    environment.region, environment.account
                )
            }
        });
    json!({
        "has_bucket": bucket.is_some(),
        "bucket": bucket,
        "key": format!("{}/{name}/terraform.tfstate", service.name),
        "region": environment.region,
        "account": environment.account,
        "has_kms_key": kms_key.is_some(),
        "kms_key": kms_key,
    })
}

/// Interpolated for one environment; the loader has refused what does not parse.
fn filled(text: &str, service: &str, name: &str, environment: &Environment) -> String {
    interpolate::parse(text)
        .unwrap_or_default()
        .into_iter()
        .map(|piece| match piece {
            Piece::Literal(text) => text,
            Piece::Env => name.to_owned(),
            Piece::Account => environment.account.clone(),
            Piece::Region => environment.region.clone(),
            Piece::Service => service.to_owned(),
        })
        .collect()
}
