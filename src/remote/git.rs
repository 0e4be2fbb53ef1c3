//! A folder of a git repository at the tag of a version.

use camino::Utf8Path;

use super::{Fetched, archive, order};
use crate::blueprint::{Fault, Files};
use crate::pin::budget::Budget;
use crate::pin::is_version;
use crate::workspace::git::remote::{self, RemoteError};

/// Schemes that git may use.
const SCHEMES: [&str; 3] = ["https://", "ssh://", "file://"];
/// Versions that are named when one is missing.
const NAMED: usize = 5;

/// The files of a folder at a version: tag `v1.2.3`, or `1.2.3`.
pub(super) fn fetch(
    url: &str,
    folder: &Utf8Path,
    version: &str,
    budget: Budget,
) -> Result<Fetched, Fault> {
    address(url)?;
    if !is_version(version) {
        return Err(Fault::new(
            "version",
            format!("{version:?} is no version of a git repository"),
            "write the exact version that its tag names: 1.2.3",
        ));
    }
    let tags = remote::tags(url, budget.end).map_err(|error| unread(url, &error))?;
    let prefixed = format!("v{version}");
    let (tag, commit) = match (tags.get(&prefixed), tags.get(version)) {
        (Some(one), Some(other)) if one != other => {
            return Err(Fault::new(
                "version",
                format!("{url} has tags {prefixed} and {version}, which are not the same"),
                "have one of them removed",
            ));
        }
        (Some(commit), _) => (prefixed.as_str(), commit),
        (None, Some(commit)) => (version, commit),
        (None, None) => return Err(missing(url, version, tags.keys())),
    };
    let found =
        remote::files(url, tag, commit, folder, budget.end).map_err(|error| unread(url, &error))?;
    let named = |path: &str| format!("{} at {tag} of {url}", folder.join(path));
    let wrong = |message: String| {
        Fault::new(
            "source",
            message,
            "have it mended and published under a new version",
        )
    };
    let skipped = found.skipped.iter().find(|skipped| {
        let path = Utf8Path::new(&skipped.path);
        archive::takes_effect(path) || path.components().count() == 1 && is_folder(path)
    });
    if let Some(skipped) = skipped {
        return Err(wrong(format!("{}: {}", named(&skipped.path), skipped.why)));
    }
    let mut files = Files::default();
    for (path, text) in found.files {
        if archive::takes_effect(&path) {
            let told = named(path.as_str());
            files
                .insert(path, text.into_bytes())
                .map_err(|message| wrong(format!("{told}: {message}")))?;
        }
    }
    if files.get("blueprint.yaml".into()).is_none() {
        return Err(Fault::new(
            "source",
            format!("there is no file {}", named("blueprint.yaml")),
            "name the folder of the blueprint: git::URL//DIR",
        ));
    }
    Ok(Fetched {
        files,
        commit: Some(commit.clone()),
        digest: None,
    })
}

/// A link in the place of a folder that takes effect.
fn is_folder(path: &Utf8Path) -> bool {
    crate::blueprint::files::FOLDERS
        .iter()
        .any(|folder| path == *folder)
}

/// The versions that a repository has tags of, the newest last.
pub(super) fn versions(url: &str, budget: Budget) -> Result<Vec<String>, Fault> {
    address(url)?;
    let tags = remote::tags(url, budget.end).map_err(|error| unread(url, &error))?;
    Ok(of_tags(tags.keys()))
}

fn of_tags<'a>(tags: impl Iterator<Item = &'a String>) -> Vec<String> {
    let plain = tags.map(|tag| tag.strip_prefix('v').unwrap_or(tag));
    let number =
        |version: &&str| version.starts_with(|c: char| c.is_ascii_digit()) && version.contains('.');
    let mut versions: Vec<String> = plain
        .filter(|version| is_version(version))
        .filter(number)
        .map(str::to_owned)
        .collect();
    versions.sort_by_key(|version| order(version));
    versions.dedup();
    versions
}

fn missing<'a>(url: &str, version: &str, tags: impl Iterator<Item = &'a String>) -> Fault {
    let versions = of_tags(tags);
    let newest: Vec<&str> = versions
        .iter()
        .rev()
        .take(NAMED)
        .map(String::as_str)
        .collect();
    let help = if newest.is_empty() {
        "it has no tag of a version".to_owned()
    } else {
        format!("the newest there are {}", newest.join(", "))
    };
    Fault::new(
        "version",
        format!("{url} has no tag v{version} or {version}"),
        help,
    )
}

/// # Errors
/// A repository that git would reach in another way than by the schemes that are allowed, or take for an option.
fn address(url: &str) -> Result<(), Fault> {
    let rest = SCHEMES.iter().find_map(|scheme| url.strip_prefix(scheme));
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '\\' | '"' | '\'' | '`' | '$');
    let sound = rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('-'))
        && url.chars().all(plain);
    if sound {
        return Ok(());
    }
    Err(Fault::new(
        "source",
        format!("{url:?} is no address of a git repository"),
        "write git::https://…, git::ssh://… or git::file:///…",
    ))
}

fn unread(url: &str, error: &RemoteError) -> Fault {
    match error {
        RemoteError::Unanswered(why) => Fault::new(
            "source",
            format!("{url} could not be read: {why}"),
            "check the address, the network and your rights; what is pinned and cached needs none of them",
        ),
        RemoteError::Wrong(why) => Fault::new(
            "source",
            format!("{url} gives {why}"),
            "find out who answers in its place",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_three_schemes_are_addresses() {
        for url in [
            "https://git.example.com/x.git",
            "ssh://git@git.example.com/x",
            "file:///srv/x.git",
        ] {
            assert!(address(url).is_ok(), "{url}");
        }
        for url in [
            "ext::sh -c id",
            "http://git.example.com/x",
            "git://git.example.com/x",
            "git@git.example.com:x",
            "/srv/x",
            "--upload-pack=id",
            "ssh://-oProxyCommand=id/x",
            "https://",
            "https://x/$(id)",
            "https://x/\nid",
        ] {
            assert!(address(url).is_err(), "{url}");
        }
    }

    #[test]
    fn tags_that_are_no_versions_are_left_out() {
        let tags = ["v1.10.0", "1.9.0", "v1.9.0", "latest", "v2", "nightly-1.0"].map(String::from);
        assert_eq!(of_tags(tags.iter()), ["1.9.0", "1.10.0"]);
    }
}
