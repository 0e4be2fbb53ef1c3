//! What to look at: the functions of one environment and what hangs on them, by name.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::aws::region;
use crate::graph::Graph;

/// Where an account is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Account id.
    pub account: String,
    /// Region.
    pub region: String,
}

impl Place {
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub fn partition(&self) -> &'static str {
        region::partition(&self.region)
    }

    /// ARN of something in this account and region.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        let Self { account, region } = self;
        format!(
            "arn:{}:{service}:{region}:{account}:{resource}",
            self.partition()
        )
    }
}

/// Names by kind of resource, the kinds of [`crate::catalog::aws::calls::Call::on`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope(BTreeMap<&'static str, BTreeSet<String>>);

/// Resource type, its attribute that holds the name, and the kind in the scope.
const NAMES: [(&str, &str, &str); 20] = [
    ("aws_apigatewayv2_api", "name", "api"),
    ("aws_cloudwatch_event_rule", "name", "rule"),
    ("aws_cloudwatch_log_group", "name", "log_group"),
    ("aws_cloudwatch_metric_alarm", "alarm_name", "alarm"),
    ("aws_dynamodb_table", "name", "table"),
    ("aws_ecr_repository", "name", "repository"),
    ("aws_iam_policy", "name", "policy"),
    ("aws_iam_role", "name", "role"),
    ("aws_iam_role", "permissions_boundary", "policy"),
    ("aws_iam_role_policy_attachment", "policy_arn", "policy"),
    (
        "aws_kinesis_firehose_delivery_stream",
        "name",
        "delivery_stream",
    ),
    ("aws_kinesis_stream", "name", "stream"),
    ("aws_kms_alias", "name", "key"),
    ("aws_lambda_function", "function_name", "function"),
    ("aws_s3_bucket", "bucket", "bucket"),
    ("aws_scheduler_schedule", "name", "schedule"),
    ("aws_scheduler_schedule_group", "name", "schedule_group"),
    ("aws_secretsmanager_secret", "name", "secret"),
    ("aws_sns_topic", "name", "topic"),
    ("aws_sqs_queue", "name", "queue"),
];

impl Scope {
    /// What a graph of code names. Names that are not wholly known are left out.
    pub fn of(graph: &Graph) -> Self {
        let mut scope = Self::default();
        for (kind, attribute, on) in NAMES {
            for resource in graph.of_type(kind) {
                if let Some(name) = resource.get(attribute).and_then(|v| v.as_str()) {
                    scope.add(on, name);
                }
            }
        }
        for layers in graph
            .of_type("aws_lambda_function")
            .filter_map(|r| r.get("layers"))
        {
            for layer in layers.elements().into_iter().flatten() {
                if let Some(arn) = layer.as_str() {
                    scope.add("layer", arn);
                }
            }
        }
        if graph
            .of_type("aws_lambda_code_signing_config")
            .next()
            .is_some()
        {
            scope.add("code_signing_config", "*");
        }
        scope
    }

    /// Adds a name.
    pub fn add(&mut self, on: &'static str, name: &str) {
        self.0.entry(on).or_default().insert(name.to_owned());
    }

    /// The names of a kind, sorted.
    pub fn names(&self, on: &str) -> Vec<String> {
        self.0.get(on).into_iter().flatten().cloned().collect()
    }

    /// Whether this name of a kind is in it.
    pub fn has(&self, on: &str, name: &str) -> bool {
        self.0.get(on).is_some_and(|names| names.contains(name))
    }

    /// What an IAM policy has to name so that calls of the kind `on` can be made on this scope: ARNs, or `*` where
    /// the names are only known to the account. Empty when there is nothing of the kind.
    pub fn arns(&self, on: &str, place: &Place) -> Vec<String> {
        let partition = place.partition();
        let (account, region) = (&place.account, &place.region);
        let mut arns = BTreeSet::new();
        if on == "*" {
            return vec!["*".to_owned()];
        }
        // An alias covers every key: its id is not in the code. API ids neither.
        for name in self.names(on) {
            let mut push = |arn: String| {
                arns.insert(arn);
            };
            match on {
                _ if name.starts_with("arn:") => push(name),
                "alarm" => push(place.arn("cloudwatch", &format!("alarm:{name}"))),
                "api" => {
                    push(format!("arn:{partition}:apigateway:{region}::/apis"));
                    push(format!("arn:{partition}:apigateway:{region}::/apis/*"));
                }
                "bucket" => push(format!("arn:{partition}:s3:::{name}")),
                "code_signing_config" => push(place.arn("lambda", "code-signing-config:*")),
                "delivery_stream" => push(place.arn("firehose", &format!("deliverystream/{name}"))),
                "function" => {
                    push(place.arn("lambda", &format!("function:{name}")));
                    push(place.arn("lambda", &format!("function:{name}:*")));
                }
                "key" => push(place.arn("kms", "key/*")),
                "log_group" => {
                    push(place.arn("logs", &format!("log-group:{name}")));
                    push(place.arn("logs", &format!("log-group:{name}:*")));
                }
                "policy" => push(format!("arn:{partition}:iam::{account}:policy/{name}")),
                "queue" => push(place.arn("sqs", &name)),
                "repository" => push(place.arn("ecr", &format!("repository/{name}"))),
                "role" => push(format!("arn:{partition}:iam::{account}:role/{name}")),
                "rule" => push(place.arn("events", &format!("rule/{name}"))),
                "schedule" => push(place.arn("scheduler", &format!("schedule/*/{name}"))),
                "secret" => push(place.arn("secretsmanager", &format!("secret:{name}-??????"))),
                "stream" => push(place.arn("kinesis", &format!("stream/{name}"))),
                "table" => push(place.arn("dynamodb", &format!("table/{name}"))),
                "topic" => push(place.arn("sns", &name)),
                _ => {}
            }
        }
        arns.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::aws::calls;

    fn place() -> Place {
        Place {
            account: "111111111111".to_owned(),
            region: "eu-west-1".to_owned(),
        }
    }

    #[test]
    fn every_kind_that_is_called_on_has_an_arn() {
        let mut scope = Scope::default();
        for call in calls::calls() {
            scope.add(
                Box::leak(call.on.clone().into_boxed_str()),
                if call.on == "layer" {
                    "arn:aws:lambda:eu-west-1:111111111111:layer:a:1"
                } else {
                    "name"
                },
            );
        }
        for call in calls::calls() {
            assert!(!scope.arns(&call.on, &place()).is_empty(), "{}", call.on);
        }
        assert_eq!(scope.arns("schedule_group", &place()), [""; 0]);
        assert_eq!(Scope::default().arns("function", &place()), [""; 0]);
    }

    #[test]
    fn names_become_the_arns_that_iam_checks() {
        let mut scope = Scope::default();
        scope.add("function", "f");
        scope.add("policy", "arn:aws:iam::1:policy/boundary");
        assert_eq!(
            scope.arns("function", &place()),
            [
                "arn:aws:lambda:eu-west-1:111111111111:function:f",
                "arn:aws:lambda:eu-west-1:111111111111:function:f:*",
            ]
        );
        assert_eq!(
            scope.arns("policy", &place()),
            ["arn:aws:iam::1:policy/boundary"]
        );
    }
}
