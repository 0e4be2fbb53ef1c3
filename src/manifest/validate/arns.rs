//! ARNs of another place than the one that they are used in.
//!
//! Another account or region is often meant: resources that exist may be anywhere. What is told here cannot work: IAM
//! does not reach across partitions (IAM user guide, "Cross-account resource access"), a permissions boundary is a policy
//! of the role's own account, alarms tell topics and log groups feed destinations of their own region (`CloudWatch` API
//! reference, `PutMetricAlarm`; `CloudWatch` Logs, `PutSubscriptionFilter`), and a key encrypts what is in its own region
//! (KMS developer guide, "Multi-Region keys").

use super::super::model::{Environment, Manifest, Resource};
use super::super::structure::shown;
use super::super::{escape, interpolate};
use super::resources::REGIONS;
use super::{Check, shapes};
use crate::catalog::aws::{kinds, region};

const CODE: &str = "SLG-SERVICE-004";

/// The parts of an ARN (IAM user guide, "IAM ARNs").
struct Arn<'a> {
    partition: &'a str,
    service: &'a str,
    region: &'a str,
    account: &'a str,
    resource: &'a str,
}

impl<'a> Arn<'a> {
    fn of(text: &'a str) -> Option<Self> {
        match text.splitn(6, ':').collect::<Vec<_>>()[..] {
            ["arn", partition, service, region, account, resource] => Some(Self {
                partition,
                service,
                region,
                account,
                resource,
            }),
            _ => None,
        }
    }
}

/// An environment whose account is of its form and whose region slgen knows: of another it does not know the partition.
struct Place<'a> {
    name: &'a str,
    environment: &'a Environment,
}

impl Place<'_> {
    fn partition(&self) -> &'static str {
        region::partition(&self.environment.region)
    }

    fn region(&self) -> &str {
        &self.environment.region
    }

    /// A text with its interpolation, as it is here.
    fn filled(&self, manifest: &Manifest, text: &str) -> Option<String> {
        let place = (
            self.environment.account.as_str(),
            self.environment.region.as_str(),
        );
        interpolate::resolve(text, &manifest.service, self.name, place).ok()
    }
}

impl Check<'_> {
    pub(super) fn arns(&mut self, manifest: &Manifest) {
        let places: Vec<Place<'_>> = manifest
            .environments
            .iter()
            .filter(|(_, e)| {
                REGIONS.contains(&e.region.as_str()) && shapes::fits(&shapes::ACCOUNT, &e.account)
            })
            .map(|(name, environment)| Place { name, environment })
            .collect();
        for place in &places {
            self.boundary(place);
            self.keys(manifest, place);
        }
        if let Some(topic) = &manifest.alerts.sns {
            let what = "name one there, or use email: alarms tell topics of their own region only";
            self.same_region(&places, "/alerts/sns", topic, what);
        }
        let archive = manifest.logs.as_ref().and_then(|l| l.archive.as_ref());
        if let Some(archive) = archive {
            let what = "name one there, or use archive: s3: log groups feed destinations of their own region only";
            self.same_region(&places, "/logs/archive", archive, what);
        }
        for (name, resource) in &manifest.resources {
            let at = format!("/resources/{}", escape(name));
            self.place_of_existing(manifest, &places, &at, resource);
            let unsaid: Vec<&Place<'_>> = places
                .iter()
                .filter(|place| !place.environment.kms_keys.contains_key(name))
                .collect();
            self.place_of_key(manifest, &unsaid, &at, resource);
        }
        for (name, function) in &manifest.functions {
            for (index, access) in function.access.iter().enumerate() {
                for (number, arn) in access.raw.iter().flat_map(|r| &r.resources).enumerate() {
                    let at = format!(
                        "/functions/{}/access/{index}/raw/resources/{number}",
                        escape(name)
                    );
                    self.raw_arn(&places, &at, arn);
                }
            }
        }
    }

    /// Whether an ARN is of the partition of an environment; told where it is not.
    fn partition(&mut self, place: &Place<'_>, pointer: &str, arn: &Arn<'_>) -> bool {
        let (own, name) = (place.partition(), place.name);
        let fits = arn.partition == own;
        if !fits {
            self.fault(
                CODE,
                pointer,
                format!(
                    "{name} is in the partition {own}, and this ARN in {}",
                    shown(arn.partition)
                ),
                format!(
                    "name one that begins with arn:{own}: nothing is reached across partitions"
                ),
            );
        }
        fits
    }

    fn boundary(&mut self, place: &Place<'_>) {
        let boundary = place.environment.permissions_boundary.as_deref();
        let Some(arn) = boundary.and_then(Arn::of) else {
            return;
        };
        let at = format!("/environments/{}/permissions_boundary", escape(place.name));
        let own = place.environment.account.as_str();
        if self.partition(place, &at, &arn) && arn.account != "aws" && arn.account != own {
            self.fault(
                CODE,
                &at,
                format!(
                    "{} is the account {own}, and this policy of another",
                    place.name
                ),
                "name a policy of that account: a permissions boundary is of the role's own",
            );
        }
    }

    /// The keys that an environment names.
    fn keys(&mut self, manifest: &Manifest, place: &Place<'_>) {
        for (name, key) in &place.environment.kms_keys {
            let resource = manifest.resources.get(name);
            if let Some((resource, existing)) =
                resource.and_then(|r| Some((r, r.existing.as_ref()?)))
            {
                let environment = escape(place.name);
                let at = format!("/environments/{environment}/kms_keys/{}", escape(name));
                self.key_of(manifest, place, &at, (resource, existing), key);
            }
        }
    }

    /// An ARN that every environment uses.
    fn same_region(&mut self, places: &[Place<'_>], pointer: &str, text: &str, what: &str) {
        let Some(arn) = Arn::of(text) else { return };
        for place in places {
            if !self.partition(place, pointer, &arn) {
                return;
            }
            if arn.region != place.region() {
                self.fault(
                    CODE,
                    pointer,
                    format!(
                        "{} is in {}, and this ARN in {}",
                        place.name,
                        place.region(),
                        shown(arn.region)
                    ),
                    what,
                );
                return;
            }
        }
    }

    fn place_of_existing(
        &mut self,
        manifest: &Manifest,
        places: &[Place<'_>],
        at: &str,
        resource: &Resource,
    ) {
        let Some(existing) = resource.existing.as_deref() else {
            return;
        };
        let pointer = format!("{at}/existing");
        for place in places {
            let Some(text) = place.filled(manifest, existing) else {
                return;
            };
            let Some(arn) = Arn::of(&text) else { return };
            if !self.partition(place, &pointer, &arn) {
                return;
            }
            // Without interpolation its form is held against the kind already.
            if existing.contains("${")
                && let Some(kind) = kinds::kind(&resource.kind)
                && kind.parse_arn(&text).is_none()
            {
                self.value(
                    &pointer,
                    format!("in {} this is not the ARN of {}", place.name, kind.titled()),
                    format!("its form is {}", kind.arn()),
                );
                return;
            }
            for (key, said, given) in [
                ("account", &resource.account, arn.account),
                ("region", &resource.region, arn.region),
            ] {
                if let Some(said) = said
                    && !given.is_empty()
                    && said != given
                {
                    self.fault(
                        CODE,
                        &format!("{at}/{key}"),
                        format!("the ARN says that it is in {}", shown(given)),
                        "remove it: the ARN says where it is",
                    );
                    return;
                }
            }
        }
    }

    /// The key of an existing resource.
    fn place_of_key(
        &mut self,
        manifest: &Manifest,
        places: &[&Place<'_>],
        at: &str,
        resource: &Resource,
    ) {
        let (Some(existing), Some(key)) = (&resource.existing, &resource.kms_key) else {
            return;
        };
        let pointer = format!("{at}/kms_key");
        for place in places {
            let Some(key) = place.filled(manifest, key) else {
                return;
            };
            if !self.key_of(manifest, place, &pointer, (resource, existing), &key) {
                return;
            }
        }
    }

    /// Whether a key can be the one of an existing resource in an environment; told where it cannot.
    fn key_of(
        &mut self,
        manifest: &Manifest,
        place: &Place<'_>,
        pointer: &str,
        (resource, existing): (&Resource, &str),
        key: &str,
    ) -> bool {
        if !shapes::fits(&shapes::KEY, key) {
            let what = "the ARN of a KMS key, arn:aws:kms:<region>:<account>:key/<id>";
            self.shape(&shapes::KEY, pointer, key, what);
            return false;
        }
        let Some(arn) = Arn::of(key) else {
            return false;
        };
        if !self.partition(place, pointer, &arn) {
            return false;
        }
        let filled = place.filled(manifest, existing);
        let of_arn = filled.as_deref().and_then(Arn::of);
        let of_arn = of_arn.map(|arn| arn.region).filter(|r| !r.is_empty());
        let said = resource.region.as_deref();
        let region = of_arn.or(said).unwrap_or(place.region());
        let fits = arn.region == region;
        if !fits {
            self.fault(
                CODE,
                pointer,
                format!(
                    "in {} the resource is in {}, and its key in {}",
                    place.name,
                    shown(region),
                    shown(arn.region)
                ),
                "name the key of that region, or give region: where the resource is elsewhere",
            );
        }
        fits
    }

    /// An ARN of a raw statement, which is the same in every environment and may be meant for one of them.
    fn raw_arn(&mut self, places: &[Place<'_>], pointer: &str, text: &str) {
        let Some(arn) = Arn::of(text) else { return };
        // A pattern may stand for any.
        if arn.partition.contains(['*', '?']) {
            return;
        }
        if let Some(place) = places.first()
            && places.iter().all(|p| p.partition() != arn.partition)
        {
            self.partition(place, pointer, &arn);
            return;
        }
        if let Some(kind) = without_place(&arn) {
            self.fault(
                CODE,
                pointer,
                "no ARN of this service leaves out region or account: the statement allows nothing",
                format!("its form is {}", kind.arn()),
            );
        }
    }
}

/// The kind of resource that an ARN without region or account looks like, and whose ARNs have both.
fn without_place(arn: &Arn<'_>) -> Option<&'static kinds::Kind> {
    if !arn.region.is_empty() && !arn.account.is_empty() {
        return None;
    }
    kinds::kinds().iter().find(|kind| {
        let form = Arn::of(kind.arn());
        form.is_some_and(|form| {
            let before = form.resource.split("${name}").next().unwrap_or_default();
            form.service == arn.service
                && !form.region.is_empty()
                && !form.account.is_empty()
                && arn.resource.starts_with(before)
        })
    })
}
