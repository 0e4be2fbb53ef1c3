//! A function writes objects whose events invoke it.

use super::prelude::*;
use crate::iam::{action_matches, patterns_meet};

pub(super) const META: Metadata = Metadata {
    id: "SLG-RES-016",
    name: "object-loop",
    severity: Severity::High,
    risk: Risk::Resilience,
    title: "A function may write, or remove, the objects whose events invoke it",
    why: "One object then invokes the function for ever: the bill grows until somebody looks, and its concurrency is \
          gone for everything else. It compares the prefix and suffix of the notification with the objects that the \
          function's role may write or delete.",
    fix: "Write to another prefix or bucket, and name its keys in paths: of the access line.",
    references: &[
        "Amazon S3 User Guide, Event notification types and destinations: execution loops",
        "AWS Lambda Developer Guide, Process Amazon S3 event notifications with Lambda",
    ],
};

/// How an event begins, and the actions that cause it.
const CAUSES: [(&str, &[&str]); 2] = [
    ("s3:ObjectCreated:", &["s3:PutObject", "s3:ReplicateObject"]),
    (
        "s3:ObjectRemoved:",
        &["s3:DeleteObject", "s3:DeleteObjectVersion"],
    ),
];

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for notification in input.of_type("aws_s3_bucket_notification") {
        let bucket = notification.get("bucket");
        let name = input
            .target("aws_s3_bucket", bucket)
            .and_then(|b| b.get("bucket"))
            .or(bucket)
            .map(text)
            .unwrap_or_default();
        for block in items(notification.get("lambda_function")) {
            let function = input.target("aws_lambda_function", block.get("lambda_function_arn"));
            let role = function.and_then(|f| input.target("aws_iam_role", f.get("role")));
            let Some(role) = role else {
                continue;
            };
            let part = |key: &str| block.get(key).map(text).unwrap_or_default();
            let keys = format!("{name}/{}*{}", part("filter_prefix"), part("filter_suffix"));
            let events: Vec<String> = items(block.get("events")).iter().map(text).collect();
            let causes = CAUSES
                .iter()
                .filter(|(event, _)| events.iter().any(|e| e.starts_with(event) || e == "s3:*"))
                .flat_map(|(_, actions)| *actions);
            let causes: Vec<&str> = causes.copied().collect();
            let held = input.held_by(&role.address.to_string()).iter();
            let looping = held.filter(|p| p.effect == Effect::Allow).find(|p| {
                let objects = p.resource.splitn(6, ':').last().unwrap_or_default();
                causes.iter().any(|cause| action_matches(&p.action, cause))
                    && patterns_meet(objects, &keys)
            });
            if let Some(permission) = looping {
                report.attribute(
                    notification,
                    "lambda_function",
                    format!(
                        "{keys} invokes {}, which may {} on {}",
                        function.map(|f| f.address.to_string()).unwrap_or_default(),
                        permission.action,
                        permission.resource
                    ),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    fn stack(block: &str) -> String {
        format!(
            r#"
resource "aws_s3_bucket" "b" {{ bucket = "b" }}
resource "aws_iam_role" "f" {{}}
resource "aws_lambda_function" "f" {{
  function_name = "f"
  role          = aws_iam_role.f.arn
}}
resource "aws_s3_bucket_notification" "b" {{
  bucket = aws_s3_bucket.b.id
  lambda_function {{
    lambda_function_arn = aws_lambda_function.f.arn
    {block}
  }}
}}
"#
        )
    }

    fn found(block: &str, action: &str, resource: &str) -> usize {
        let permissions = [identity(action, &format!("arn:aws:s3:::{resource}"))];
        findings(META.id, &graph(&stack(block)), &permissions).len()
    }

    const CREATED: &str =
        "events = [\"s3:ObjectCreated:*\"]\n filter_prefix = \"in/\"\n filter_suffix = \".jpg\"";

    #[test]
    fn fires_when_weak() {
        for (action, resource) in [
            ("s3:PutObject", "b/*"),
            ("s3:PutObject", "b/in/*"),
            ("s3:PutObject", "b/in/small/*.jpg"),
            ("s3:PutObject", "b/i?/a.jpg"),
            ("s3:*", "*"),
            ("s3:Put*", "b/*.jpg"),
        ] {
            assert_eq!(found(CREATED, action, resource), 1, "{action} {resource}");
        }
        let all = "events = [\"s3:ObjectRemoved:*\", \"s3:ObjectCreated:Put\"]";
        assert_eq!(found(all, "s3:DeleteObject", "b/x"), 1);
        assert_eq!(found(all, "s3:PutObject", "b/x"), 1);
    }

    #[test]
    fn is_silent_on_near_misses() {
        for (action, resource) in [
            ("s3:PutObject", "b/out/*"),
            ("s3:PutObject", "b/in/*.png"),
            ("s3:PutObject", "other/in/*"),
            ("s3:PutObject", "b"),
            ("s3:GetObject", "b/in/*"),
            ("s3:DeleteObject", "b/in/*"),
        ] {
            assert_eq!(found(CREATED, action, resource), 0, "{action} {resource}");
        }
        let denied = [identity("s3:PutObject", "arn:aws:s3:::b/in/*").denied()];
        assert_eq!(findings(META.id, &graph(&stack(CREATED)), &denied), []);
        let removed = "events = [\"s3:ObjectRemoved:*\"]";
        assert_eq!(found(removed, "s3:PutObject", "b/*"), 0);
    }
}
