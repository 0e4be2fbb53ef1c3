//! Names, versions and sources as lockfiles write them.

/// Whether a version is one version.
pub(super) fn is_exact(version: &str) -> bool {
    let digits = version.strip_prefix('v').unwrap_or(version);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_' | '!' | ':'))
        && !digits.split('.').any(|part| matches!(part, "x" | "X"))
}

/// Whether a version of Maven's or Gradle's is one version: those may begin with a letter.
pub(super) fn is_exact_maven(version: &str) -> bool {
    let moving = ["LATEST", "RELEASE"].contains(&version)
        || version.starts_with("latest.")
        || version.to_ascii_uppercase().ends_with("-SNAPSHOT")
        // Gradle's prefix; elsewhere a `+` begins what was built.
        || version.ends_with('+');
    !moving
        && !version.is_empty()
        && version
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_' | '~'))
}

/// Where an npm specifier leads: a registry when it is a version, a range, a tag or an alias.
pub(super) fn leads_elsewhere(specifier: &str) -> bool {
    let registry = ["npm:", "catalog:", "workspace:"];
    !registry
        .iter()
        .any(|protocol| specifier.starts_with(protocol))
        && specifier.contains([':', '/'])
}

/// What a source that is no registry is called.
pub(super) fn named(source: &str) -> &'static str {
    let git = [
        "git+",
        "git:",
        "git@",
        "github:",
        "gitlab:",
        "bitbucket:",
        "ssh:",
    ];
    let path = ["file:", "link:", "portal:", ".", "/"];
    if git.iter().any(|start| source.starts_with(start))
        || source.contains(".git#")
        || source.rsplit('.').next() == Some("git")
    {
        "comes from a git repository, not from a registry"
    } else if path.iter().any(|start| source.starts_with(start)) {
        "is a path, no package of a registry"
    } else if source.contains("://") {
        "comes from a URL, not from a registry"
    } else {
        "comes from a git repository, not from a registry"
    }
}

/// Whether a URL is fetched in the clear.
pub(super) fn is_clear(url: &str) -> bool {
    let url = url.strip_prefix("git+").unwrap_or(url);
    url.starts_with("http://") || url.starts_with("ftp://") || url.starts_with("git://")
}

/// The name that a requirement begins with.
pub(super) fn name_of(requirement: &str) -> &str {
    let end = requirement
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')))
        .unwrap_or(requirement.len());
    &requirement[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_version_and_no_more() {
        for version in [
            "1.2.3",
            "v0.0.0-2016-20d2",
            "1!2.0.post1",
            "1.0.0+b-1",
            "2026.10.19.post1",
        ] {
            assert!(is_exact(version), "{version}");
        }
        for version in [
            "", "^1.2", "~1", "1.*", ">=1", "1.x", "latest", "1 - 2", "*", "1||2",
        ] {
            assert!(!is_exact(version), "{version}");
        }
    }

    #[test]
    fn one_version_of_maven() {
        for version in [
            "1.2.3",
            "33.0.0-jre",
            "Hoxton.SR12",
            "v4-rev20230425-2.0.0",
            "1.0+7",
        ] {
            assert!(is_exact_maven(version), "{version}");
        }
        for version in [
            "",
            "[1.0,2.0)",
            "[1.0]",
            "LATEST",
            "RELEASE",
            "1.0-SNAPSHOT",
            "1.+",
            "+",
            "latest.release",
            "1.*",
            "(,1.0]",
            "${x}",
        ] {
            assert!(!is_exact_maven(version), "{version}");
        }
    }

    #[test]
    fn registries_and_others() {
        for registry in [
            "^1.2.3",
            "npm:@s/x@1",
            "workspace:*",
            "latest",
            "1.x || 2",
            "catalog:",
        ] {
            assert!(!leads_elsewhere(registry), "{registry}");
        }
        for (other, word) in [
            ("git+https://h/x.git", "git"),
            ("u/r", "git"),
            ("github:u/r#v1", "git"),
            ("file:../x", "path"),
            ("https://h/x.tgz", "URL"),
        ] {
            assert!(leads_elsewhere(other), "{other}");
            assert!(named(other).contains(word), "{other}");
        }
    }
}
