//! A review of the service is overdue.

use crate::guardrail::{Metadata, Risk, Severity};

pub(super) const META: Metadata = Metadata {
    id: "SLG-REV-001",
    name: "review-overdue",
    severity: Severity::High,
    risk: Risk::LeastPrivilege,
    title: "The review that the manifest states is overdue, or of a day still to come",
    why: "Permissions, exceptions and entry points that nobody looks at again outlive what they were \
          for. A manifest that states no review is not found here: its SECURITY.md calls the item \
          open, so that manifests written before keep working.",
    fix: "Review SECURITY.md and PERMISSIONS.md, and set review.last in the manifest to the day.",
    references: &[
        "AWS Well-Architected Security Pillar, SEC03-BP04 Reduce permissions continuously",
        "CIS Controls v8, 6.8 Define and Maintain Role-Based Access Control",
    ],
};
