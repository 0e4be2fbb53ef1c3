//! A review of the service is due soon.

use crate::guardrail::{Metadata, Risk, Severity};

pub(super) const META: Metadata = Metadata {
    id: "SLG-REV-002",
    name: "review-due-soon",
    severity: Severity::Low,
    risk: Risk::LeastPrivilege,
    title: "A review is due within two weeks",
    why: "Once it is overdue, nothing is generated any more: it is better held before.",
    fix: "Review SECURITY.md and PERMISSIONS.md, and set review.last in the manifest to the day.",
    references: &[
        "AWS Well-Architected Security Pillar, SEC03-BP04 Reduce permissions continuously",
    ],
};
