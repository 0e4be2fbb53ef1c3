//! A software bill of materials in `CycloneDX`, from lockfiles.
//!
//! The crate knows version 1.5 of the standard. It reads no clock and draws no lots: the serial number is made of
//! the content, so the same lockfiles give the same bytes.

use std::collections::{BTreeMap, BTreeSet};

use cyclonedx_bom::external_models::spdx::SpdxExpression;
use cyclonedx_bom::models::bom::{Bom, SpecVersion, UrnUuid};
use cyclonedx_bom::models::component::{Classification, Component, Components, Scope};
use cyclonedx_bom::models::dependency::{Dependencies, Dependency};
use cyclonedx_bom::models::hash::{Hash as BomHash, HashAlgorithm, HashValue, Hashes};
use cyclonedx_bom::models::license::{LicenseChoice, Licenses};
use cyclonedx_bom::models::metadata::Metadata;
use cyclonedx_bom::prelude::{NormalizedString, Purl};
use sha2::{Digest as _, Sha256};

use crate::dependencies::{Algorithm, FaultKind, Hash, Lockfile, Package};

/// A function and what its lockfiles say.
#[derive(Debug, Clone)]
pub struct Function<'a> {
    /// Name.
    pub name: &'a str,
    /// Its lockfiles.
    pub lockfiles: Vec<&'a Lockfile>,
}

/// A package as every lockfile that has it says.
#[derive(Default)]
struct Part {
    name: String,
    version: String,
    purl: Option<String>,
    hashes: BTreeSet<Hash>,
    licences: BTreeSet<String>,
    needed: bool,
    requires: BTreeSet<String>,
}

/// The bill of a function, or of a service with several: what it is of is the root component.
///
/// # Errors
/// The crate refuses to write it.
pub fn bill(service: &str, functions: &[Function<'_>]) -> Result<String, String> {
    let mut parts: BTreeMap<String, Part> = BTreeMap::new();
    let mut roots = BTreeMap::new();
    for function in functions {
        let mut direct = BTreeSet::new();
        for lockfile in &function.lockfiles {
            collect(lockfile, &mut parts, &mut direct);
        }
        roots.insert(function.name, direct);
    }
    let own = |name: &str| {
        let mut component = Component::new(
            Classification::Application,
            name,
            "",
            Some(of_function(name)),
        );
        component.version = None;
        component.group = Some(NormalizedString::new(service));
        component
    };
    let mut components = Vec::new();
    let mut edges: Vec<Dependency> = Vec::new();
    let root = if let [function] = functions {
        own(function.name)
    } else {
        let reference = format!("service:{service}");
        edges.push(Dependency {
            dependency_ref: reference.clone(),
            dependencies: roots.keys().map(|name| of_function(name)).collect(),
        });
        components.extend(roots.keys().map(|name| own(name)));
        let mut component =
            Component::new(Classification::Application, service, "", Some(reference));
        component.version = None;
        component
    };
    edges.extend(roots.iter().map(|(name, direct)| Dependency {
        dependency_ref: of_function(name),
        dependencies: direct.iter().cloned().collect(),
    }));
    for (reference, part) in &parts {
        components.push(component(reference, part));
        edges.push(Dependency {
            dependency_ref: reference.clone(),
            dependencies: part.requires.iter().cloned().collect(),
        });
    }
    let mut bom = Bom {
        version: 1,
        serial_number: None,
        metadata: Some(Metadata {
            timestamp: None,
            component: Some(root),
            ..Metadata::default()
        }),
        components: Some(Components(components)),
        dependencies: Some(Dependencies(edges)),
        spec_version: SpecVersion::V1_5,
        ..Bom::default()
    };
    let digest = Sha256::digest(text(bom.clone())?.as_bytes());
    bom.serial_number = Some(serial(&digest));
    text(bom)
}

fn text(bom: Bom) -> Result<String, String> {
    let mut bytes = Vec::new();
    bom.output_as_json_v1_5(&mut bytes)
        .map_err(|error| error.to_string())?;
    bytes.push(b'\n');
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

/// A UUID of version 8 (RFC 9562), which leaves the bits to whoever makes it.
fn serial(digest: &[u8]) -> UrnUuid {
    let hex = hex::encode(digest);
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    UrnUuid(format!(
        "urn:uuid:{}-{}-8{}-a{}-{}",
        part(0, 8),
        part(8, 12),
        part(13, 16),
        part(17, 20),
        part(20, 32)
    ))
}

fn of_function(name: &str) -> String {
    format!("function:{name}")
}

/// Adds the packages of a lockfile; `direct` are those that the project itself asks for.
fn collect(lockfile: &Lockfile, parts: &mut BTreeMap<String, Part>, direct: &mut BTreeSet<String>) {
    let faults = lockfile.faults.iter();
    let elsewhere = faults.filter(|fault| fault.kind == FaultKind::Elsewhere);
    // What no registry has, no package URL names.
    let elsewhere: BTreeSet<&str> = elsewhere.map(|fault| fault.package.as_str()).collect();
    let purl = |package: &Package| {
        let registry = !elsewhere.contains(package.name.as_str());
        registry.then(|| package.purl()).flatten()
    };
    let reference = |package: &Package| {
        let other = || {
            format!(
                "{}:{}@{}",
                package.ecosystem.purl_type(),
                package.name,
                package.version
            )
        };
        purl(package).unwrap_or_else(other)
    };
    for package in &lockfile.packages {
        let required = package
            .requires
            .iter()
            .filter_map(|at| lockfile.packages.get(*at));
        let required = required.filter(|required| !required.local).map(&reference);
        if package.local {
            direct.extend(required);
            continue;
        }
        let part = parts.entry(reference(package)).or_default();
        part.name.clone_from(&package.name);
        part.version.clone_from(&package.version);
        part.purl = purl(package);
        part.hashes.extend(package.hashes.iter().cloned());
        part.licences.extend(package.licence.clone());
        part.needed |= !package.development;
        part.requires.extend(required);
        // Where the file does not tell, everything is asked for.
        if package.direct != Some(false) {
            direct.insert(reference(package));
        }
    }
}

fn component(reference: &str, part: &Part) -> Component {
    let mut component = Component::new(
        Classification::Library,
        &part.name,
        &part.version,
        Some(reference.to_owned()),
    );
    if part.version.is_empty() {
        component.version = None;
    }
    component.scope = Some(if part.needed {
        Scope::Required
    } else {
        Scope::Excluded
    });
    component.purl = part
        .purl
        .as_deref()
        .and_then(|purl| purl.parse::<Purl>().ok());
    let hashes = part.hashes.iter().map(|hash| BomHash {
        alg: match hash.algorithm {
            Algorithm::Sha256 => HashAlgorithm::SHA_256,
            Algorithm::Sha384 => HashAlgorithm::SHA_384,
            Algorithm::Sha512 => HashAlgorithm::SHA_512,
        },
        content: HashValue(hash.hex.clone()),
    });
    let hashes: Vec<BomHash> = hashes.collect();
    component.hashes = (!hashes.is_empty()).then_some(Hashes(hashes));
    component.licenses = part.licences.first().map(|licence| {
        let choice = match SpdxExpression::try_from(licence.clone()) {
            Ok(expression) => LicenseChoice::Expression(expression),
            Err(_) => LicenseChoice::license(licence),
        };
        Licenses(vec![choice])
    });
    component
}
