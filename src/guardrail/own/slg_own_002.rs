//! Terraform of the user weakens a generated resource.

use super::Input;
use crate::guardrail::{Finding, Metadata, Risk, Severity};

pub(super) const META: Metadata = Metadata {
    id: "SLG-OWN-002",
    name: "override-weakens-generated",
    severity: Severity::Medium,
    risk: Risk::Resilience,
    title: "Terraform of your own weakens what is generated",
    why: "Whoever reviews the manifest and the generated files sees a defence that is not applied, and a value that the blueprint \
          locks is changed past it. Only what no other rule finds at the same attribute is found here, and only what gets weaker: \
          an override that changes nothing about security, or makes something stricter, is not. What `slgen diff` calls low only warns.",
    fix: "Say it in the manifest, or in the blueprint if it locks the value, and take the override out.",
    references: &[
        "CIS Controls v8, 4.1 Establish and Maintain a Secure Configuration Process",
        "AWS Well-Architected Security Pillar, SEC01-BP06 Automate deployment of standard security controls",
    ],
};

pub(super) fn check(input: &Input<'_>) -> Vec<Finding> {
    let weakened = input.weakened.iter().map(|weakened| {
        let attribute = &weakened.attribute;
        let message = format!("{}: {}", weakened.address, weakened.meaning);
        Finding {
            attribute: (!attribute.is_empty()).then(|| attribute.clone()),
            severity: weakened.severity.min(META.severity),
            ..input.finding(&META, &weakened.address, message)
        }
    });
    weakened.collect()
}
