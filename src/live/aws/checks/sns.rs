//! Topics, and who gets what is published to them.

use serde_json::{Value as Json, json};

use super::{About, Answer, Check, Reading, filled};
use crate::live::aws::read::{at, items, text};

pub(super) const CHECK: Check = Check {
    kinds: &[
        "aws_sns_topic",
        "aws_sns_topic_policy",
        "aws_sns_topic_subscription",
    ],
    run,
};

fn run(reading: &mut Reading) {
    for name in reading.scope.names("topic") {
        topic(reading, &name);
    }
}

fn topic(reading: &mut Reading, name: &str) {
    let arn = reading.place.arn("sns", name);
    let about = About {
        check: "topic",
        on: name,
        kinds: CHECK.kinds,
    };
    let call = "sns:GetTopicAttributes";
    let Some(found) = reading
        .ask(about, call, &[("TopicArn", json!(arn))])
        .found()
    else {
        return;
    };
    let topic = at(&found, "Attributes");
    let attributes = json!({
        "id": arn,
        "arn": arn,
        "name": name,
        "kms_master_key_id": filled(text(topic, "KmsMasterKeyId")),
    });
    reading.add(about, "aws_sns_topic", &arn, &attributes, &[call]);
    let policy = text(topic, "Policy");
    if !policy.is_empty() && !is_default(policy, &reading.place.account) {
        let attributes = json!({ "id": arn, "arn": arn, "policy": policy });
        reading.add(about, "aws_sns_topic_policy", &arn, &attributes, &[call]);
    }

    let about = About {
        check: "subscriptions",
        kinds: &["aws_sns_topic_subscription"],
        ..about
    };
    let call = "sns:ListSubscriptionsByTopic";
    let Answer::Found(found) = reading.ask(about, call, &[("TopicArn", json!(arn))]) else {
        return;
    };
    for subscription in items(&found, "Subscriptions") {
        let protocol = text(&subscription, "Protocol");
        let endpoint = endpoint(protocol, text(&subscription, "Endpoint"));
        let own = text(&subscription, "SubscriptionArn");
        let confirmed = own.starts_with("arn:");
        let id = if confirmed {
            own.to_owned()
        } else {
            format!("{arn}:{protocol}:{endpoint}")
        };
        let attributes = json!({
            "id": id,
            "topic_arn": arn,
            "protocol": protocol,
            "endpoint": endpoint,
            "pending_confirmation": !confirmed,
        });
        reading.add(
            about,
            "aws_sns_topic_subscription",
            &id,
            &attributes,
            &[call],
        );
    }
}

/// The policy that SNS gives a topic for which nobody wrote one: its own account only.
fn is_default(policy: &str, account: &str) -> bool {
    let policy: Json = serde_json::from_str(policy).unwrap_or_default();
    match &items(&policy, "Statement")[..] {
        [only] => {
            let owner = at(only, "Condition.StringEquals")
                .as_object()
                .and_then(|keys| {
                    keys.iter()
                        .find(|(key, _)| key.eq_ignore_ascii_case("aws:SourceOwner"))
                })
                .and_then(|(_, value)| value.as_str());
            text(only, "Sid") == "__default_statement_ID" && owner == Some(account)
        }
        _ => false,
    }
}

/// Web hooks carry their secret in the path: only the host is kept.
fn endpoint(protocol: &str, endpoint: &str) -> String {
    if !protocol.starts_with("http") {
        return endpoint.to_owned();
    }
    let rest = endpoint
        .split_once("://")
        .map_or(endpoint, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or("");
    let host = host.rsplit('@').next().unwrap_or("");
    format!("{protocol}://{host}/…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_of_a_web_hook_is_not_kept() {
        assert_eq!(
            endpoint("https", "https://u:p@hooks.example.com/T0/s3cr3t?x=y"),
            "https://hooks.example.com/…"
        );
        assert_eq!(
            endpoint("email", "oncall@example.com"),
            "oncall@example.com"
        );
    }

    #[test]
    fn only_the_policy_that_nobody_wrote_is_the_default() {
        let own = |sid: &str, owner: &str| {
            json!({ "Statement": [{ "Sid": sid, "Principal": { "AWS": "*" }, "Condition": { "StringEquals": { "AWS:SourceOwner": owner } } }] })
                .to_string()
        };
        assert!(is_default(&own("__default_statement_ID", "1"), "1"));
        assert!(!is_default(&own("__default_statement_ID", "2"), "1"));
        assert!(!is_default(&own("public", "1"), "1"));
        assert!(!is_default("{", "1"));
    }
}
