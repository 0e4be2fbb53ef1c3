//! A blueprint in a registry: an artifact of one layer, the archive that `slgen blueprint pack` writes.

use super::{Fetched, archive};
use crate::blueprint::Fault;
use crate::pin::budget::Budget;
use crate::pin::oci::{Artifact, Registry};
use crate::pin::reference::Reference;
use crate::pin::trouble::Trouble;

/// What the artifact says it is (OCI image specification, "Guidelines for Artifact Usage").
pub(super) const ARTIFACT: &str = "application/vnd.slgen.blueprint.v1";
/// What its layer says it is.
pub(super) const LAYERS: [&str; 2] = [
    "application/vnd.slgen.blueprint.v1.tar",
    "application/vnd.slgen.blueprint.v1.tar+gzip",
];

/// The files of a repository's artifact at a version, which is its tag.
pub(super) fn fetch(repository: &str, version: &str, budget: Budget) -> Result<Fetched, Fault> {
    let reference = reference(repository, version)?;
    let found = Registry::new(budget)
        .and_then(|registry| registry.artifact(&reference, ARTIFACT, &LAYERS, archive::LONGEST))
        .map_err(|trouble| unread(&trouble))?;
    let Some(Artifact { digest, layer }) = found else {
        return Err(Fault::new(
            "version",
            format!("oci://{repository} has no tag {version}"),
            "look in the registry which versions were published",
        ));
    };
    let files = archive::unpack(&layer).map_err(|message| {
        Fault::new(
            "source",
            format!("oci://{repository} {version}: {message}"),
            "publish what `slgen blueprint pack` writes",
        )
    })?;
    Ok(Fetched {
        files,
        commit: None,
        digest: Some(digest),
    })
}

fn reference(repository: &str, version: &str) -> Result<Reference, Fault> {
    let wrong = |why: String| {
        Fault::new(
            "source",
            format!("oci://{repository} at {version:?}: {why}"),
            "write oci://REGISTRY/REPOSITORY, and its tag as version",
        )
    };
    let plain = Reference::parse(repository).map_err(wrong)?;
    if plain.tag.is_some() || plain.digest.is_some() {
        return Err(wrong("the tag stands in version".to_owned()));
    }
    Reference::parse(&format!("{repository}:{version}")).map_err(wrong)
}

fn unread(trouble: &Trouble) -> Fault {
    Fault::new("source", trouble.message.clone(), trouble.help.clone())
}
