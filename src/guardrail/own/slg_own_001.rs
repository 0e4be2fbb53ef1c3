//! Terraform of the user that could not be judged.

use super::Input;
use crate::graph::Location;
use crate::guardrail::{Finding, Metadata, Risk, Severity, place_of};

pub(super) const META: Metadata = Metadata {
    id: "SLG-OWN-001",
    name: "own-terraform-not-judged",
    severity: Severity::Medium,
    risk: Risk::Dependencies,
    title: "Terraform of your own could not be judged",
    why: "Terraform applies it together with what is generated, so it may open what the rest closes. Found are files that cannot \
          be read, modules that are not in the repository, what cannot be evaluated, and what grants access in a way that is not \
          read. Values that only the account knows are none of it: the rules judge what is written.",
    fix: "Write it so that it can be read: a module from the repository (./x or ../x), a policy as jsonencode or \
          aws_iam_policy_document. Or review it and except it: scope service, resource: the address or file that is named.",
    references: &[
        "OWASP CI/CD Security Top 10, CICD-SEC-3 Dependency Chain Abuse",
        "CIS Controls v8, 16.4 Establish and Manage an Inventory of Third-Party Software Components",
    ],
};

/// Its id.
pub const NOT_JUDGED: &str = META.id;

/// A file that was not read, and the sentence that says so. Its path is from the root module.
pub fn unread(file: Location, message: String) -> Finding {
    Finding {
        location: Some(file.clone()),
        ..Finding::new(&META, file.file.into_string(), message)
    }
}

pub(super) fn check(input: &Input<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for not in &input.whole.graph.not_read {
        if input.generated.graph.not_read.contains(not) {
            continue;
        }
        let message = if not.location.as_ref().is_some_and(|l| l.file == not.what) {
            format!("this could not be evaluated: {}", not.why)
        } else {
            format!("{} was not judged: {}", not.what, not.why)
        };
        findings.push(Finding {
            location: not.location.clone(),
            ..input.finding(&META, &not.what, message)
        });
    }
    for one in input.unread() {
        let resources = &input.whole.graph.resources;
        let resource = resources
            .values()
            .find(|r| r.address.to_string() == one.address);
        // What is attached to a generated role is SLG-IAM-018's.
        if input.role(&one.address).is_some() {
            continue;
        }
        let attribute = (one.attribute != "*").then(|| one.attribute.clone());
        let message = format!("{} was not judged: {}", one.address, one.message);
        findings.push(Finding {
            location: resource.and_then(|r| place_of(r, &one.attribute)),
            attribute,
            ..input.finding(&META, &one.address, message)
        });
    }
    findings
}

#[cfg(test)]
mod tests {
    use crate::guardrail::own::testing::found;

    fn rules(text: &str) -> Vec<(String, String)> {
        let found = found("own.tf", text).into_iter();
        found.map(|(rule, address, _)| (rule, address)).collect()
    }

    #[test]
    fn what_is_not_read_is_found() {
        for (text, address) in [
            ("module \"x\" {\n  source = \"acme/x/aws\"\n}\n", "module.x"),
            (
                "resource \"aws_kms_grant\" \"x\" {\n  key_id = \"k\"\n  grantee_principal = \"p\"\n  operations = [\"Decrypt\"]\n}\n",
                "aws_kms_grant.x",
            ),
            (
                "resource \"aws_sqs_queue_policy\" \"x\" {\n  queue_url = aws_sqs_queue.q.id\n  policy = data.http.p.body\n}\nresource \"aws_sqs_queue\" \"q\" {}\ndata \"http\" \"p\" {}\n",
                "aws_sqs_queue_policy.x",
            ),
            ("resource \"x\" {\n", "own.tf"),
            ("locals {\n  x = nothing()\n}\n", "own.tf"),
        ] {
            let found = rules(text);
            let expected = ("SLG-OWN-001".to_owned(), address.to_owned());
            assert!(found.contains(&expected), "{text}: {found:?}");
        }
    }

    #[test]
    fn what_is_read_is_not_found() {
        let text = "resource \"aws_sqs_queue\" \"x\" {\n  name = \"x-${data.aws_region.here.name}\"\n}\ndata \"aws_region\" \"here\" {}\n";
        assert_eq!(rules(text), []);
    }
}
