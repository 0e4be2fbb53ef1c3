//! Where a blueprint is: what `baseline.source` and `extends.source` say.

use std::fmt;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

/// Where a blueprint is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// `builtin:NAME`: carried by the binary.
    Builtin(String),
    /// `path:DIR`: a folder, relative to who names it.
    Path(Utf8PathBuf),
    /// `git::URL//DIR`: a folder of a git repository.
    Git {
        /// The repository.
        url: String,
        /// The folder in it; empty for its root.
        folder: Utf8PathBuf,
    },
    /// `oci://REGISTRY/REPOSITORY`: an OCI artifact.
    Oci(String),
}

impl Source {
    /// Reads a source.
    ///
    /// # Errors
    /// What is wrong with it, and what would be right.
    pub fn parse(text: &str) -> Result<Self, (String, String)> {
        let empty = |what: &str| (format!("`{text}` names no {what}"), FORMS.to_owned());
        if let Some(name) = text.strip_prefix("builtin:") {
            return Ok(Self::Builtin(name.to_owned()));
        }
        if let Some(folder) = text.strip_prefix("path:") {
            return match folder {
                "" => Err(empty("folder")),
                folder => Ok(Self::Path(folder.into())),
            };
        }
        if let Some(rest) = text.strip_prefix("git::") {
            // The `//` of `https://` does not end the URL.
            let scheme = rest.find("://").map_or(0, |at| at + 3);
            let (host, tail) = rest.split_at(scheme);
            let (path, folder) = tail.split_once("//").unwrap_or((tail, ""));
            let folder = Utf8PathBuf::from(folder);
            if path.is_empty() {
                return Err(empty("repository"));
            }
            if folder
                .components()
                .any(|part| !matches!(part, Utf8Component::Normal(_)))
            {
                let message = format!("`{folder}` is no folder inside a repository");
                return Err((message, "write git::URL//DIR, without `..`".to_owned()));
            }
            return Ok(Self::Git {
                url: format!("{host}{path}"),
                folder,
            });
        }
        match text.strip_prefix("oci://") {
            Some("") => Err(empty("repository")),
            Some(repository) => Ok(Self::Oci(repository.to_owned())),
            None => Err((
                format!("{text} is no source of a blueprint"),
                FORMS.to_owned(),
            )),
        }
    }

    /// A source as this one names it: what is relative, is so to this blueprint's own folder.
    ///
    /// # Errors
    /// A folder that is not published with this blueprint.
    pub fn join(&self, other: Self) -> Result<Self, (String, String)> {
        let Self::Path(path) = &other else {
            return Ok(other);
        };
        match self {
            Self::Path(own) => Ok(Self::Path(normal(&own.join(path)))),
            Self::Git { url, folder } => {
                let joined = normal(&folder.join(path));
                if joined.starts_with("..") || joined.is_absolute() {
                    let message = format!("{path} is outside of {url}");
                    return Err((message, "name it as a source of its own".to_owned()));
                }
                Ok(Self::Git {
                    url: url.clone(),
                    folder: joined,
                })
            }
            Self::Builtin(_) | Self::Oci(_) => Err((
                format!("{self} cannot extend {other}, which is not published with it"),
                "name a source that everyone can reach".to_owned(),
            )),
        }
    }
}

/// The forms of a source.
const FORMS: &str = "use builtin:NAME, path:DIR, git::URL//DIR or oci://REGISTRY/REPOSITORY";

/// The path without `.`, and without `..` where what it leaves is named.
pub(super) fn normal(path: &Utf8Path) -> Utf8PathBuf {
    let mut out = Utf8PathBuf::new();
    for part in path.components() {
        match part {
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir if out.file_name().is_some() => _ = out.pop(),
            part => out.push(part),
        }
    }
    out
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Builtin(name) => write!(f, "builtin:{name}"),
            Self::Path(folder) => write!(f, "path:{folder}"),
            Self::Git { url, folder } if folder.as_str().is_empty() => write!(f, "git::{url}"),
            Self::Git { url, folder } => write!(f, "git::{url}//{folder}"),
            Self::Oci(repository) => write!(f, "oci://{repository}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_read_and_written_alike() {
        for text in [
            "builtin:aws-baseline",
            "path:../base",
            "git::https://git.example.com/platform/blueprints.git//acme",
            "git::ssh://git@git.example.com/blueprints",
            "git::file:///srv/blueprints.git//a/b",
            "oci://registry.example.com/blueprints/acme",
        ] {
            assert_eq!(Source::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "acme",
            "path:",
            "git::",
            "oci://",
            "https://example.com",
            "git::https://example.com/x//../y",
        ] {
            assert!(Source::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_parent_is_relative_to_its_child() {
        let parse = |text: &str| Source::parse(text).unwrap();
        let joined = |child: &str, parent: &str| {
            parse(child)
                .join(parse(parent))
                .map(|source| source.to_string())
                .map_err(|(message, _)| message)
        };
        assert_eq!(
            joined("path:b/acme", "path:../base").unwrap(),
            "path:b/base"
        );
        assert_eq!(
            joined("path:../acme", "path:../../x").unwrap(),
            "path:../../x"
        );
        assert_eq!(
            joined("git::https://example.com/r//acme", "path:../base").unwrap(),
            "git::https://example.com/r//base"
        );
        assert!(joined("git::https://example.com/r//acme", "path:../../x").is_err());
        assert!(joined("oci://example.com/r", "path:../x").is_err());
        assert_eq!(
            joined("oci://example.com/r", "builtin:aws-baseline").unwrap(),
            "builtin:aws-baseline"
        );
    }
}
