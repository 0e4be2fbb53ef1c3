//! Scanner checks that a fact of the manifest makes moot: skipped inline, on that resource only.
//!
//! Which check, where, for which fact and in which words is data (`skips.json`); here is how a
//! fact is proved.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::service::Service;
use crate::service::model::{Auth, Function, Package};

/// What the manifest proves about a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fact {
    /// Every trigger of the function waits for its answer: HTTP, queues, streams and URLs.
    InvokedInStep,
    /// The function runs outside any VPC.
    NoNetwork,
    /// The function is a container image.
    ImageByDigest,
    /// Nothing in the manifest lies in another region than the environments.
    OneRegion,
    /// S3 delivers the access logs of other buckets into the bucket.
    ReceivesAccessLogs,
    /// The sender signs requests of the route, and the handler checks that.
    SignedBySender,
}

/// A check that does not apply to a resource.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Skip {
    /// Id of the scanner's check.
    pub check: String,
    /// Why, for the reader of the generated code.
    pub reason: String,
    #[serde(skip_serializing)]
    resource: String,
    #[serde(skip_serializing)]
    fact: Fact,
}

/// Every skip there is. The data is embedded: that it parses is tested.
fn all() -> &'static [Skip] {
    static ALL: OnceLock<Vec<Skip>> = OnceLock::new();
    ALL.get_or_init(|| serde_json::from_str(include_str!("skips.json")).unwrap_or_default())
}

/// The skips of a resource of a type about which these facts hold, in order of their ids.
pub fn of(resource: &str, facts: &BTreeSet<Fact>) -> Vec<&'static Skip> {
    all()
        .iter()
        .filter(|skip| skip.resource == resource && facts.contains(&skip.fact))
        .collect()
}

/// What is proved about a function.
pub fn function_facts(function: &Function) -> BTreeSet<Fact> {
    let in_step = !function.triggers.iter().any(|t| t.kind.is_asynchronous());
    [
        (Fact::InvokedInStep, in_step),
        (Fact::NoNetwork, function.network.is_none()),
        (Fact::ImageByDigest, function.package == Package::Image),
    ]
    .into_iter()
    .filter_map(|(fact, holds)| holds.then_some(fact))
    .collect()
}

/// What is proved about a route.
pub fn route_facts(auth: &Auth) -> BTreeSet<Fact> {
    let signed = matches!(auth, Auth::Hmac(_));
    signed.then_some(Fact::SignedBySender).into_iter().collect()
}

/// What is proved about every bucket of the stack.
pub fn bucket_facts(service: &Service) -> BTreeSet<Fact> {
    let elsewhere = service
        .resources
        .values()
        .filter_map(|resource| resource.existing.as_ref()?.region.as_ref())
        .any(|region| service.environments.values().any(|e| e.region != *region));
    if elsewhere {
        BTreeSet::new()
    } else {
        BTreeSet::from([Fact::OneRegion])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_is_whole_and_in_order() {
        let parsed: Vec<Skip> = serde_json::from_str(include_str!("skips.json")).unwrap();
        assert!(!parsed.is_empty());
        let keys: Vec<(&str, &str)> = parsed
            .iter()
            .map(|s| (s.resource.as_str(), s.check.as_str()))
            .collect();
        assert!(keys.is_sorted_by(|a, b| a < b), "{keys:?}");
        for skip in &parsed {
            // A comment ends with its line, and scanners read up to the end of it.
            assert!(skip.reason.len() > 20, "{}", skip.reason);
            assert!(
                !skip.reason.contains(['\n', '"', '$', '%', '&']),
                "{}",
                skip.reason
            );
            assert!(skip.check.starts_with("CKV"), "{}", skip.check);
        }
    }

    #[test]
    fn a_skip_needs_its_fact_and_its_resource() {
        let ids = |resource, facts: &[Fact]| -> Vec<&str> {
            of(resource, &facts.iter().copied().collect())
                .iter()
                .map(|s| s.check.as_str())
                .collect()
        };
        assert_eq!(
            ids("aws_lambda_function", &[Fact::ImageByDigest]),
            ["CKV_AWS_272"]
        );
        assert_eq!(
            ids("aws_apigatewayv2_route", &[Fact::SignedBySender]),
            ["CKV_AWS_309"]
        );
        assert!(ids("aws_apigatewayv2_route", &[Fact::NoNetwork]).is_empty());
        assert!(ids("aws_lambda_function", &[]).is_empty());
        assert!(ids("aws_lambda_function", &[Fact::OneRegion]).is_empty());
        assert!(ids("aws_sqs_queue", &[Fact::OneRegion]).is_empty());
    }
}
