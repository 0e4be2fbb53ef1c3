//! Whether what is at hand is what was pinned.

use super::{FILE, PinnedBlueprint, PinnedProvider, Placed};
use crate::catalog::aws::provider;
use crate::diagnostic::Diagnostic;
use crate::manifest::Loaded;

/// Hashes of the provider's packages, for Terraform's own lock file.
pub type Hashes = Vec<String>;

/// Holds a lock file against the blueprints that a manifest rests on, and the provider that this version generates
/// for. Gives the provider's hashes.
///
/// # Errors
/// Everything that is other than it was pinned, each with its place.
pub fn verify(
    placed: &Placed,
    loaded: &Loaded,
    blueprints: &[PinnedBlueprint],
) -> Result<Hashes, Vec<Diagnostic>> {
    let mut faults = Vec::new();
    let found = blueprints
        .iter()
        .filter_map(|found| blueprint(placed, loaded, found));
    faults.extend(found);
    let pin = provider::pin();
    let providers = &placed.lock.providers;
    let hashes = match providers.iter().position(|p| p.source == pin.source) {
        None => {
            faults.push(placed.error(
                "/providers",
                format!("{} is not pinned", pin.source),
                "run `slgen pin`",
            ));
            Hashes::new()
        }
        Some(index) => {
            let at = format!("/providers/{index}");
            faults.extend(versions(placed, &at, &providers[index]));
            providers[index].hashes.clone()
        }
    };
    if faults.is_empty() {
        Ok(hashes)
    } else {
        Err(faults)
    }
}

fn blueprint(placed: &Placed, loaded: &Loaded, found: &PinnedBlueprint) -> Option<Diagnostic> {
    let (source, version, sha256) = (&found.source, &found.version, &found.sha256);
    let pinned = &placed.lock.blueprints;
    let Some(index) = pinned.iter().position(|b| b.source == *source) else {
        return Some(loaded.error(
            "SLG-LOCK-002",
            "/baseline/source",
            format!("{FILE} does not pin {source}"),
            "run `slgen pin` and review what it writes",
        ));
    };
    let entry = &pinned[index];
    if entry.version != *version {
        return Some(
            placed
                .error(
                    &format!("/blueprints/{index}/version"),
                    format!("{source} is pinned at {}", entry.version),
                    "run `slgen pin` if the manifest is right",
                )
                .note(format!("the manifest asks for {version}")),
        );
    }
    (entry.sha256 != *sha256).then(|| {
        placed
            .error(
                &format!("/blueprints/{index}/sha256"),
                format!("{source} {version} is not what was pinned"),
                "review what has changed in it, then run `slgen pin`",
            )
            .note(format!("its checksum is {sha256}"))
    })
}

/// The version that is supported, with hashes of that version alone: those of its release are all known, and a
/// package of a platform that is not listed here has to be added by someone.
fn versions(placed: &Placed, at: &str, entry: &PinnedProvider) -> Vec<Diagnostic> {
    let pin = provider::pin();
    if entry.version != pin.version {
        return vec![placed.error(
            &format!("{at}/version"),
            format!("this slgen generates for {} {}", pin.source, pin.version),
            "run `slgen pin`, or use the slgen that pinned it",
        )];
    }
    let foreign = entry
        .hashes
        .iter()
        .enumerate()
        .filter(|(_, hash)| hash.starts_with("zh:") && !pin.zh.contains(hash));
    foreign
        .map(|(index, _)| {
            placed.error(
                &format!("{at}/hashes/{index}"),
                format!(
                    "no package of {} {} has this hash in its release",
                    pin.source, pin.version
                ),
                "find out who wrote it, then run `slgen pin`",
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest;
    use crate::pin::{Needed, parse, render, resolve};

    fn found() -> Vec<PinnedBlueprint> {
        let baseline = loaded().manifest.baseline;
        vec![PinnedBlueprint {
            source: baseline.source,
            version: baseline.version,
            sha256: "0a".repeat(32),
            commit: None,
            digest: None,
        }]
    }

    fn loaded() -> Loaded {
        let text = include_str!("../../examples/orders/slgen.yaml");
        manifest::load("slgen.yaml".into(), text).unwrap()
    }

    fn locked(change: impl FnOnce(String) -> String) -> Placed {
        let lock = resolve(found(), &Needed::default(), None);
        parse("slgen.lock".into(), &change(render(&lock))).unwrap()
    }

    fn told(change: impl FnOnce(String) -> String) -> Vec<(String, String)> {
        let faults = verify(&locked(change), &loaded(), &found()).unwrap_err();
        let faults = faults.into_iter();
        faults
            .map(|fault| {
                assert!(fault.span.is_some() && fault.help.unwrap().contains("slgen pin"));
                (fault.pointer.unwrap(), fault.message)
            })
            .collect()
    }

    #[test]
    fn what_is_pinned_holds() {
        let placed = locked(|text| text);
        let hashes = verify(&placed, &loaded(), &found()).unwrap();
        assert_eq!(hashes, provider::hashes().collect::<Vec<_>>());
        assert!(hashes.is_sorted());
    }

    #[test]
    fn another_blueprint_is_an_error() {
        let faults = told(|text| text.replace(&"0a".repeat(32), &"0b".repeat(32)));
        assert_eq!(faults[0].0, "/blueprints/0/sha256");
        let faults = told(|text| text.replace("\"1.0.0\"", "\"0.9.0\""));
        assert!(faults[0].1.contains("pinned at 0.9.0"), "{faults:?}");
        let faults = told(|text| text.replace("builtin:", "path:"));
        assert_eq!(faults[0].0, "/baseline/source");
    }

    #[test]
    fn another_provider_is_an_error() {
        let faults = told(|text| text.replace("5.100.0", "5.99.0"));
        assert!(faults[0].1.contains("hashicorp/aws 5.100.0"), "{faults:?}");
        let faults = told(|text| text.replace("hashicorp/aws", "evil/aws"));
        assert_eq!(faults[0].1, "hashicorp/aws is not pinned");
        let zh = &provider::pin().zh[0];
        let faults = told(|text| text.replace(zh.as_str(), &format!("zh:{}", "0".repeat(64))));
        assert!(faults[0].1.contains("in its release"), "{faults:?}");
    }

    #[test]
    fn packages_of_further_platforms_stay_pinned() {
        let more = format!("h1:{}=", "A".repeat(43));
        let first = provider::pin().zh[0].clone();
        let placed = locked(|text| text.replace(&first, &format!("{more}\",\n      \"{first}")));
        assert!(
            verify(&placed, &loaded(), &found())
                .unwrap()
                .contains(&more)
        );
        let again = resolve(found(), &Needed::default(), Some(&placed.lock));
        assert!(again.providers[0].hashes.contains(&more));
        let mut old = placed.lock.clone();
        old.providers[0].version = "5.99.0".to_owned();
        let again = resolve(found(), &Needed::default(), Some(&old));
        assert!(!again.providers[0].hashes.contains(&more));
    }
}
