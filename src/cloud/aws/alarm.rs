//! Alarms: what is watched, as contexts of the `alarm.tf` template.

use serde_json::{Value as Json, json};

use crate::iam::Text;
use crate::render::Expr;

/// Where alarms go: the service's topic or an existing one.
#[derive(Debug, Clone)]
pub struct Topic(pub Expr);

/// A metric and the bound at which it alarms (5-minute periods, at or above).
pub struct Alarm {
    /// Terraform name.
    pub tf: String,
    /// Alarm name after `<service>-<environment>-`.
    pub name: String,
    /// What it means, for who is woken by it.
    pub description: String,
    /// `CloudWatch` namespace.
    pub namespace: Expr,
    /// `CloudWatch` metric.
    pub metric: Expr,
    /// Dimensions.
    pub dimensions: Vec<(&'static str, Expr)>,
    /// `Sum`, `Maximum`.
    pub statistic: &'static str,
    /// Bound.
    pub threshold: Expr,
}

impl Alarm {
    /// The context of the template.
    pub fn context(self, topic: &Topic) -> Json {
        json!({
            "tf": self.tf,
            "name": Expr::text(&super::names::full(&self.name)),
            "description": self.description,
            "namespace": self.namespace,
            "metric": self.metric,
            "dimensions": Expr::map(self.dimensions),
            "statistic": self.statistic,
            "threshold": self.threshold,
            "topic": topic.0,
        })
    }
}

/// An alarm on a Lambda metric of one function.
pub fn lambda(
    function: &str,
    suffix: &str,
    metric: &str,
    statistic: &'static str,
    threshold: Expr,
    description: String,
) -> Alarm {
    Alarm {
        tf: format!(
            "{}_{}",
            super::names::tf(function),
            super::names::tf(suffix)
        ),
        name: format!("{function}-{suffix}"),
        description,
        namespace: Expr::string("AWS/Lambda"),
        metric: Expr::string(metric),
        dimensions: vec![("FunctionName", Expr::text(&super::names::full(function)))],
        statistic,
        threshold,
    }
}

/// An alarm on an SQS metric of one queue, named after `owner`.
pub fn sqs(
    owner: &str,
    suffix: &str,
    queue: &Text,
    metric: &str,
    threshold: Expr,
    description: String,
) -> Alarm {
    Alarm {
        tf: format!("{}_{}", super::names::tf(owner), super::names::tf(suffix)),
        name: format!("{owner}-{suffix}"),
        description,
        namespace: Expr::string("AWS/SQS"),
        metric: Expr::string(metric),
        dimensions: vec![("QueueName", Expr::text(queue))],
        statistic: "Maximum",
        threshold,
    }
}
