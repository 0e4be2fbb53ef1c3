//! What the types of a lock file cannot say.

use std::collections::BTreeSet;

use super::reference::{Reference, hex, is_digest};
use super::{Placed, VERSION};
use crate::diagnostic::Diagnostic;

/// What to do about a lock file that cannot be read.
pub(super) const MEND: &str = "mend it, or remove it and run `slgen pin`";

const SHA256: &str = "a SHA-256 is 64 hexadecimal digits in lower case";
const DIGEST: &str = "a digest is sha256: with 64 hexadecimal digits in lower case";

/// Faults with the pointers of their places.
#[derive(Default)]
struct Found(Vec<(String, String)>);

impl Found {
    fn unless(&mut self, holds: bool, at: &str, message: impl Into<String>) {
        if !holds {
            self.0.push((at.to_owned(), message.into()));
        }
    }

    /// Names of a list stand once.
    fn once<'a>(&mut self, list: &str, key: &str, names: impl Iterator<Item = &'a String>) {
        let mut seen = BTreeSet::new();
        for (index, name) in names.enumerate() {
            let at = format!("/{list}/{index}/{key}");
            self.unless(seen.insert(name), &at, format!("{name} stands here twice"));
        }
    }
}

/// Every fault, each with its place.
pub(super) fn faults(placed: &Placed) -> Vec<Diagnostic> {
    let lock = &placed.lock;
    if lock.version != VERSION {
        // The rest may have another meaning.
        return vec![Diagnostic {
            code: "SLG-LOCK-001".to_owned(),
            ..placed.error(
                "/version",
                format!("this slgen reads version {VERSION} of the lock file"),
                "update slgen, or remove the file and run `slgen pin`",
            )
        }];
    }
    let mut found = Found::default();
    blueprints(&mut found, placed);
    providers(&mut found, placed);
    images(&mut found, placed);
    actions(&mut found, placed);
    tools(&mut found, placed);
    let found = found.0.into_iter();
    found
        .map(|(pointer, message)| Diagnostic {
            code: "SLG-LOCK-001".to_owned(),
            ..placed.error(&pointer, message, MEND)
        })
        .collect()
}

fn blueprints(found: &mut Found, placed: &Placed) {
    let list = &placed.lock.blueprints;
    found.once("blueprints", "source", list.iter().map(|b| &b.source));
    for (index, blueprint) in list.iter().enumerate() {
        let at = format!("/blueprints/{index}");
        found.unless(hex(&blueprint.sha256, 64), &format!("{at}/sha256"), SHA256);
        if let Some(commit) = &blueprint.commit {
            let commit = hex(commit, 40) || hex(commit, 64);
            found.unless(
                commit,
                &format!("{at}/commit"),
                "a commit is 40 or 64 hexadecimal digits in lower case",
            );
        }
        if let Some(digest) = &blueprint.digest {
            found.unless(is_digest(digest), &format!("{at}/digest"), DIGEST);
        }
    }
}

fn providers(found: &mut Found, placed: &Placed) {
    let list = &placed.lock.providers;
    found.once("providers", "source", list.iter().map(|p| &p.source));
    for (index, provider) in list.iter().enumerate() {
        let at = format!("/providers/{index}/hashes");
        let any = !provider.hashes.is_empty();
        found.unless(any, &at, "without a hash Terraform takes any package");
        for (number, hash) in provider.hashes.iter().enumerate() {
            found.unless(
                is_hash(hash),
                &format!("{at}/{number}"),
                "a hash is h1: with 44 characters of Base64, or zh: with 64 hexadecimal digits",
            );
        }
    }
}

fn images(found: &mut Found, placed: &Placed) {
    let list = &placed.lock.images;
    found.once("images", "image", list.iter().map(|i| &i.image));
    for (index, image) in list.iter().enumerate() {
        let at = format!("/images/{index}");
        match Reference::parse(&image.image) {
            Err(why) => found.unless(false, &format!("{at}/image"), why),
            Ok(reference) => found.unless(
                reference.tag.is_some() && reference.digest.is_none(),
                &format!("{at}/image"),
                "an image is named with its tag and without a digest: name:tag",
            ),
        }
        found.unless(is_digest(&image.digest), &format!("{at}/digest"), DIGEST);
        for (platform, digest) in &image.platforms {
            let at = format!(
                "{at}/platforms/{}",
                platform.replace('~', "~0").replace('/', "~1")
            );
            found.unless(
                is_platform(platform),
                &at,
                "a platform is os/architecture, linux/arm64, with a variant where there is one",
            );
            found.unless(is_digest(digest), &at, DIGEST);
        }
    }
}

fn actions(found: &mut Found, placed: &Placed) {
    let list = &placed.lock.actions;
    found.once("actions", "action", list.iter().map(|a| &a.action));
    for (index, action) in list.iter().enumerate() {
        let at = format!("/actions/{index}");
        found.unless(
            is_repository(&action.action),
            &format!("{at}/action"),
            "an action is named by its repository: owner/name",
        );
        version(found, &at, &action.version);
        found.unless(
            hex(&action.commit, 40),
            &format!("{at}/commit"),
            "a commit is 40 hexadecimal digits in lower case",
        );
    }
}

fn tools(found: &mut Found, placed: &Placed) {
    let list = &placed.lock.tools;
    found.once("tools", "tool", list.iter().map(|t| &t.tool));
    for (index, tool) in list.iter().enumerate() {
        let at = format!("/tools/{index}");
        found.unless(
            word(&tool.tool, b"-_."),
            &format!("{at}/tool"),
            "a tool's name is letters, digits, dashes, dots and underscores",
        );
        version(found, &at, &tool.version);
        let any = !tool.sha256.is_empty();
        found.unless(
            any,
            &format!("{at}/sha256"),
            "without a hash any file is taken for the tool",
        );
        for (platform, sha256) in &tool.sha256 {
            let at = format!(
                "{at}/sha256/{}",
                platform.replace('~', "~0").replace('/', "~1")
            );
            found.unless(
                word(platform, b"_"),
                &at,
                "a platform is os_architecture: linux_amd64",
            );
            found.unless(hex(sha256, 64), &at, SHA256);
        }
    }
}

fn version(found: &mut Found, at: &str, version: &str) {
    found.unless(
        is_version(version),
        &format!("{at}/version"),
        "a version is letters, digits, dashes, dots, pluses and underscores",
    );
}

/// Terraform's forms: `h1:`, a SHA-256 in Base64; `zh:`, one in hexadecimal (Terraform documentation, "Dependency
/// Lock File").
fn is_hash(text: &str) -> bool {
    let base64 = |text: &str| {
        text.len() == 44
            && text.strip_suffix('=').is_some_and(|digits| {
                digits
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
            })
    };
    text.strip_prefix("zh:").is_some_and(|text| hex(text, 64))
        || text.strip_prefix("h1:").is_some_and(base64)
}

/// `linux/arm64`, `linux/arm/v7`.
pub(super) fn is_platform(text: &str) -> bool {
    matches!(text.split('/').count(), 2 | 3) && text.split('/').all(|part| word(part, b"-_."))
}

/// `owner/name` of a repository on GitHub.
pub fn is_repository(text: &str) -> bool {
    text.split('/').count() == 2 && text.split('/').all(|part| word(part, b"-_."))
}

/// A tag or version that is safe in any text.
pub fn is_version(text: &str) -> bool {
    word(text, b"-_.+")
}

/// Begins with a letter or digit and goes on with these too.
fn word(text: &str, more: &[u8]) -> bool {
    text.len() <= 128
        && text
            .bytes()
            .next()
            .is_some_and(|b| b.is_ascii_alphanumeric())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || more.contains(&b))
}
