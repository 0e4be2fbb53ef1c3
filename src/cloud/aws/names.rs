//! Names and ARNs, composed so that every policy is known at plan time.

use crate::catalog::aws::region;
use crate::iam::{Bindings, Text};
use crate::render::Expr;
use crate::service::model::{Environment, Setting};

/// The Terraform name of a manifest name: `create-order` → `create_order`.
pub fn tf(name: &str) -> String {
    name.replace('-', "_")
}

/// `<service>-<environment>-<name>`.
pub fn full(name: &str) -> Text {
    Text::parse("{local.name}-").then(name)
}

/// `arn:<partition>:<service>:<region>:<account>:`.
pub fn arn(service: &'static str) -> Text {
    Text::parse("arn:{local.partition}:")
        .then(service)
        .join(&Text::parse(":{var.region}:{var.account_id}:"))
}

/// ARN of one of the stack's functions.
pub fn function_arn(name: &str) -> Text {
    arn("lambda").then("function:").join(&full(name))
}

/// ARN of the alias that triggers invoke.
pub fn alias_arn(name: &str) -> Text {
    function_arn(name).then(":live")
}

/// ARN of a queue of the stack.
pub fn queue_arn(name: &str) -> Text {
    arn("sqs").join(&full(name))
}

/// ARN of a log group of the stack.
pub fn log_group_arn(name: &Text) -> Text {
    arn("logs").then("log-group:").join(name)
}

/// Bucket names are global: the account id makes them ours.
pub fn bucket(name: &str) -> Text {
    full(name).join(&Text::parse("-{var.account_id}"))
}

/// ARN of a bucket.
pub fn bucket_arn(bucket: &Text) -> Text {
    Text::parse("arn:{local.partition}:s3:::").join(bucket)
}

/// The stack's own key, the one ARN that only apply knows.
pub fn key_arn() -> Text {
    Text::attribute("aws_kms_key.stack.arn")
}

/// Host name under which a service calls KMS, for `kms:ViaService`.
pub fn via_service(host: &str) -> Text {
    via_service_in(host, &Text::parse("{var.region}"))
}

/// The same of a region, which is that of the resource.
pub fn via_service_in(host: &str, region: &Text) -> Text {
    let host = Text::literal(host).then(".").join(region);
    host.join(&Text::parse(".{local.dns_suffix}"))
}

/// Variable that carries a setting some environment overrides.
pub fn variable(scope: &str, setting: &str) -> String {
    format!("{}_{setting}", tf(scope))
}

/// A setting as an expression: its number, or its variable where an environment overrides it.
pub fn setting(setting: &Setting, variable: &str) -> Expr {
    if setting.overrides.is_empty() {
        Expr::number(setting.default)
    } else {
        Expr::raw(format!("var.{variable}"))
    }
}

/// A share of a setting, rounded up; at least `least`.
pub fn share(setting: &Setting, variable: &str, factor: Factor, least: u32) -> Expr {
    if setting.overrides.is_empty() {
        return Expr::number(factor.of(setting.default).max(least));
    }
    let Factor { times, over } = factor;
    Expr::raw(format!(
        "max({least}, ceil(var.{variable} * {times} / {over}))"
    ))
}

/// What each of several readers may use of a setting, so that all together use no more than four fifths; at least
/// `least`.
pub fn part(setting: &Setting, variable: &str, readers: u32, least: u32) -> Expr {
    let over = readers.saturating_mul(5).max(1);
    if setting.overrides.is_empty() {
        return Expr::number((setting.default.saturating_mul(4) / over).max(least));
    }
    Expr::raw(format!("max({least}, floor(var.{variable} * 4 / {over}))"))
}

/// A rational factor.
#[derive(Debug, Clone, Copy)]
pub struct Factor {
    /// Numerator.
    pub times: u32,
    /// Denominator.
    pub over: u32,
}

impl Factor {
    fn of(self, number: u32) -> u32 {
        number.saturating_mul(self.times).div_ceil(self.over)
    }
}

/// What the references of [`Text`]s are in an environment.
pub fn bindings(service: &str, name: &str, environment: &Environment) -> Bindings {
    let region = &environment.region;
    let mut bindings: Bindings = [
        ("local.name", format!("{service}-{name}")),
        ("local.partition", region::partition(region).to_owned()),
        ("local.dns_suffix", region::dns_suffix(region).to_owned()),
        ("var.environment", name.to_owned()),
        ("var.account_id", environment.account.clone()),
        ("var.region", region.clone()),
    ]
    .map(|(name, value)| (name.to_owned(), vec![value]))
    .into();
    if let Some(vpc) = &environment.vpc {
        bindings.insert("var.vpc.id".to_owned(), vec![vpc.id.clone()]);
        bindings.insert("var.vpc.subnets".to_owned(), vpc.subnets.clone());
    }
    for (name, endpoint) in &environment.databases {
        let id = format!("var.{}.id", database(name));
        bindings.insert(id, vec![endpoint.id.clone()]);
    }
    for (name, arn) in &environment.kms_keys {
        bindings.insert(format!("var.{}", key(name)), vec![arn.clone()]);
    }
    bindings
}

/// Variable that says where a database is.
pub fn database(name: &str) -> String {
    format!("database_{}", tf(name))
}

/// Variable that holds the ARN of the key of an existing resource.
pub fn key(name: &str) -> String {
    format!("kms_key_{}", tf(name))
}

/// A name in the capitals of a variable: `orders-table` → `ORDERS_TABLE`.
pub fn shout(name: &str) -> String {
    name.to_ascii_uppercase().replace('-', "_")
}
