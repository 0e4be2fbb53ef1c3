//! Environments and resources.

use std::collections::BTreeMap;

use super::super::model::{Index, Key, Manifest, Resource};
use super::super::structure::shown;
use super::super::{escape, similar};
use super::{Check, shapes};
use crate::catalog::aws::{kinds, quotas};

/// Regions of AWS (AWS General Reference, "AWS Regions", 2025-09); a later one only warns.
pub(super) const REGIONS: [&str; 38] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

impl Check<'_> {
    pub(super) fn environments(&mut self, manifest: &Manifest) {
        if manifest.environments.is_empty() {
            self.missing(
                "/environments",
                "no environment",
                "name at least one, with account and region",
            );
        }
        for (name, environment) in &manifest.environments {
            let at = format!("/environments/{}", escape(name));
            self.name(&at, name);
            self.account(&format!("{at}/account"), &environment.account);
            self.region(&format!("{at}/region"), &environment.region);
            if let Some(boundary) = &environment.permissions_boundary {
                self.shape(
                    &shapes::BOUNDARY,
                    &format!("{at}/permissions_boundary"),
                    boundary,
                    "the ARN of a managed policy",
                );
            }
            if let Some(vpc) = &environment.vpc {
                self.shape(&shapes::VPC, &format!("{at}/vpc/id"), &vpc.id, "a VPC id");
                if vpc.subnets.is_empty() {
                    self.missing(
                        &format!("{at}/vpc/subnets"),
                        "no subnet",
                        "name the private subnets",
                    );
                }
                for (index, subnet) in vpc.subnets.iter().enumerate() {
                    let at = format!("{at}/vpc/subnets/{index}");
                    self.shape(&shapes::SUBNET, &at, subnet, "a subnet id");
                    if vpc.subnets[..index].contains(subnet) {
                        self.value(&at, "this subnet is named twice", "remove it");
                    }
                }
            }
            for (database, endpoint) in &environment.databases {
                let at = format!("{at}/databases/{}", escape(database));
                self.endpoint(&at, endpoint);
            }
            for quota in environment.quotas.keys() {
                self.quota(&format!("{at}/quotas/{}", escape(quota)), quota);
            }
        }
    }

    /// Quota ids are those of the catalog; the first one had another name.
    fn quota(&mut self, at: &str, id: &str) {
        const FORMER: &str = "lambda.concurrent_executions";
        if id == FORMER || quotas::find(id).is_some_and(|quota| quota.adjustable) {
            return;
        }
        if quotas::find(id).is_some() {
            self.key_fault(
                "SLG-MANIFEST-003",
                at,
                format!("AWS does not raise {id}"),
                "remove it",
            );
            return;
        }
        let adjustable = quotas::quotas()
            .iter()
            .filter(|quota| quota.adjustable)
            .map(|quota| quota.id.as_str())
            .chain([FORMER]);
        let help = similar(id, adjustable.clone()).map_or_else(
            || format!("known: {}", adjustable.collect::<Vec<_>>().join(", ")),
            |known| format!("did you mean `{known}`?"),
        );
        self.key_fault(
            "SLG-MANIFEST-003",
            at,
            format!("there is no quota `{}`", shown(id)),
            help,
        );
    }

    fn account(&mut self, at: &str, account: &str) {
        self.shape(&shapes::ACCOUNT, at, account, "an account id of 12 digits");
    }

    fn region(&mut self, at: &str, region: &str) {
        if !shapes::fits(&shapes::REGION, region) {
            self.shape(&shapes::REGION, at, region, "a region such as eu-west-1");
        } else if !REGIONS.contains(&region) {
            let help = similar(region, REGIONS.into_iter()).map_or_else(
                || "check its name".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            self.faults.push(self.loaded.warning(
                "SLG-MANIFEST-101",
                at,
                format!("slgen does not know the region {region}"),
                help,
            ));
        }
    }

    pub(super) fn resources(&mut self, manifest: &Manifest) {
        for (name, resource) in &manifest.resources {
            let at = format!("/resources/{}", escape(name));
            self.name(&at, name);
            self.existing(&at, resource);
            let keys = [
                ("partition_key", &resource.partition_key),
                ("sort_key", &resource.sort_key),
            ];
            for (key, value) in keys {
                if let Some(value) = value {
                    self.attribute(&format!("{at}/{key}"), value);
                }
            }
            self.table(&at, resource);
            self.retention(&at, resource);
            self.database(&at, resource);
        }
        // Names allow no `_`, so only names that are equal would be equal in Terraform.
    }

    fn existing(&mut self, at: &str, resource: &Resource) {
        if let Some(existing) = &resource.existing {
            let at = format!("{at}/existing");
            self.interpolated(&at, existing);
            // A name with interpolation is only known for each environment.
            if let Some(kind) = kinds::kind(&resource.kind)
                && !existing.contains("${")
                && !existing.is_empty()
            {
                if existing.starts_with("arn:") {
                    if kind.parse_arn(existing).is_none() {
                        self.value(
                            &at,
                            format!("this is not the ARN of {}", kind.titled()),
                            format!("its form is {}", kind.arn()),
                        );
                    }
                } else if let Err(rule) = kind.check_name(existing) {
                    self.value(&at, rule, "give the name or the ARN of one that exists");
                }
            }
        }
        if let Some(account) = &resource.account {
            self.account(&format!("{at}/account"), account);
        }
        if let Some(region) = &resource.region {
            self.region(&format!("{at}/region"), region);
        }
        if let Some(key) = &resource.kms_key {
            self.interpolated(&format!("{at}/kms_key"), key);
        }
        let foreign = [
            ("kms_key", resource.kms_key.is_some()),
            ("account", resource.account.is_some()),
            ("region", resource.region.is_some()),
        ];
        for (key, given) in foreign {
            if given && resource.existing.is_none() && !self.loaded.is_doubtful(at) {
                self.fault(
                    "SLG-MANIFEST-008",
                    &format!("{at}/{key}"),
                    format!("`{key}` belongs to an existing resource"),
                    "remove it, or say existing: <name or ARN>",
                );
            }
        }
    }

    fn table(&mut self, at: &str, resource: &Resource) {
        if resource.kind != "dynamodb_table" && kinds::kind(&resource.kind).is_some() {
            let foreign = [
                ("partition_key", resource.partition_key.is_some()),
                ("sort_key", resource.sort_key.is_some()),
                ("indexes", !resource.indexes.is_empty()),
            ];
            for (key, given) in foreign {
                if given {
                    self.fault(
                        "SLG-MANIFEST-008",
                        &format!("{at}/{key}"),
                        format!("{} has no `{key}`", resource.kind),
                        "remove it",
                    );
                }
            }
            return;
        }
        let most = quotas::quota("table_global_indexes");
        if resource.indexes.len() as u64 > most.value {
            self.fault(
                "SLG-SERVICE-005",
                &format!("{at}/indexes"),
                format!("a table has at most {} indexes", most.value),
                "remove some",
            );
        }
        let mut types = BTreeMap::new();
        for key in resource.partition_key.iter().chain(&resource.sort_key) {
            types.insert(key.name.as_str(), key.kind);
        }
        if let (Some(partition), Some(sort)) = (&resource.partition_key, &resource.sort_key)
            && partition.name == sort.name
        {
            self.same_key(&format!("{at}/sort_key"), &sort.name);
        }
        for (name, index) in &resource.indexes {
            let at = format!("{at}/indexes/{}", escape(name));
            self.key_shape(
                &shapes::INDEX,
                &at,
                name,
                "an index name of 3 to 255 letters, digits, `_`, `.`, `-`",
            );
            self.index(&at, index, &mut types);
        }
    }

    fn index<'a>(
        &mut self,
        at: &str,
        index: &'a Index,
        types: &mut BTreeMap<&'a str, super::super::model::KeyType>,
    ) {
        let keys = [
            ("partition_key", Some(&index.partition_key)),
            ("sort_key", index.sort_key.as_ref()),
        ];
        for (key, value) in keys {
            let Some(value) = value else { continue };
            let at = format!("{at}/{key}");
            self.attribute(&at, value);
            // An attribute has one type in the whole table (API reference, CreateTable).
            if let Some(other) = types.insert(&value.name, value.kind)
                && other != value.kind
            {
                self.value(
                    &format!("{at}/type"),
                    format!(
                        "`{}` has another type elsewhere in this table",
                        shown(&value.name)
                    ),
                    "an attribute has one type",
                );
            }
        }
        if index
            .sort_key
            .as_ref()
            .is_some_and(|sort| sort.name == index.partition_key.name)
        {
            self.same_key(&format!("{at}/sort_key"), &index.partition_key.name);
        }
    }

    fn same_key(&mut self, at: &str, name: &str) {
        self.value(
            &format!("{at}/name"),
            format!("`{}` is the partition key already", shown(name)),
            "name another attribute",
        );
    }

    /// Key attribute names have 1 to 255 bytes (`DynamoDB` developer guide, "Constraints").
    fn attribute(&mut self, at: &str, key: &Key) {
        if key.name.is_empty() || key.name.len() > 255 {
            self.value(
                &format!("{at}/name"),
                "an attribute's name has 1 to 255 bytes",
                "name the attribute",
            );
        }
    }
}
