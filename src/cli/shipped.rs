//! Files of the source folders that are shipped as they are: certificates, which may hold a key beside.

use camino::{Utf8Path, Utf8PathBuf};

use super::judged::Judged;
use crate::catalog::unshipped::is_unshipped;
use crate::guardrail::shipped::{Input, MARK, check};
use crate::inputs::{self, Kind};
use crate::service::Service;

/// Larger files are no certificates.
const LARGEST: u64 = 4 << 20;
/// Deepest folder that is looked into.
const DEEPEST: usize = 8;

/// Folders that are installed or built anew for what is shipped, or that only tests need.
const NOT_SHIPPED: [&str; 9] = [
    "build",
    "dist",
    "env",
    "node_modules",
    "site-packages",
    "target",
    "test",
    "tests",
    "venv",
];

/// What the rules say of them.
pub(super) fn judge(root: &Utf8Path, manifest: &Utf8Path, service: &Service) -> Judged {
    let beside = manifest.parent().unwrap_or(Utf8Path::new(""));
    let mut judged = Judged::default();
    for (folder, functions) in service.sources() {
        let mut files = Vec::new();
        descend(root, folder, 0, &mut files);
        for file in files {
            let Ok(Some(text)) = inputs::text(&root.join(&file), LARGEST) else {
                continue;
            };
            let place = beside.join(&file);
            let found = check(&Input {
                functions: &functions,
                file: file.as_str(),
                place: &place,
                text: &text,
            });
            if !found.is_empty() {
                judged.findings.extend(found);
                judged.texts.insert(place, masked(&text));
            }
        }
    }
    judged
}

/// The text with what stands in a key replaced, as many bytes on as many lines.
fn masked(text: &str) -> String {
    let mut inside = false;
    let lines = text.split_inclusive('\n').map(|line| {
        let begins = line.starts_with("-----BEGIN ") && line.contains(MARK);
        let ends = line.starts_with("-----END ");
        inside = begins || (inside && !ends);
        // All may stand on one line.
        let head = if begins {
            line.find(MARK).map_or(0, |at| at + MARK.len())
        } else {
            0
        };
        if !inside {
            return line.to_owned();
        }
        let (head, rest) = line.split_at(head);
        let content = rest.trim_end_matches(['\r', '\n']);
        format!(
            "{head}{}{}",
            "*".repeat(content.len()),
            &rest[content.len()..]
        )
    });
    lines.collect()
}

fn descend(root: &Utf8Path, folder: &Utf8Path, depth: usize, files: &mut Vec<Utf8PathBuf>) {
    let listing = inputs::list(&root.join(folder)).unwrap_or_default();
    for entry in listing.entries {
        let name = entry.name.as_str();
        if is_unshipped(name) {
            continue;
        }
        let path = folder.join(name);
        let is_other = name.starts_with('.') || NOT_SHIPPED.contains(&name);
        match entry.kind {
            Kind::Folder if depth < DEEPEST && !is_other => descend(root, &path, depth + 1, files),
            Kind::File if matches!(path.extension(), Some("pem" | "crt" | "cer")) => {
                files.push(path);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_of_a_key_is_not_shown() {
        let text = "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nsecret\r\n-----END PRIVATE KEY-----\nx\n";
        let shown = masked(text);
        assert_eq!(shown.len(), text.len());
        assert_eq!(shown, text.replace("secret", "******"));
        let line = masked("-----BEGIN EC PRIVATE KEY-----MII-----END EC PRIVATE KEY-----\n");
        assert!(!line.contains("MII") && line.ends_with("*\n"), "{line}");
    }
}
