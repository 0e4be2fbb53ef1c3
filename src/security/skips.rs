//! Checks that a scanner is told to skip, as the scanner reads them: from the text.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

/// Check, resource with its file, reason.
pub(super) fn rows(files: &BTreeMap<Utf8PathBuf, String>) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for (path, text) in files
        .iter()
        .filter(|(path, _)| path.extension() == Some("tf"))
    {
        let mut block = String::new();
        // Canonical text has no string over several lines: a comment is one.
        for line in text.lines() {
            if !line.starts_with([' ', '#']) {
                block = head(line);
            }
            let comment = line.trim_start().trim_start_matches(['#', ' ']);
            let Some(skip) = comment.strip_prefix("checkov:skip=") else {
                continue;
            };
            let (check, reason) = skip.split_once(':').unwrap_or((skip, ""));
            rows.push(vec![
                check.to_owned(),
                super::evidence(path.as_str(), &block),
                reason.to_owned(),
            ]);
        }
    }
    rows.sort();
    rows
}

/// `resource "a" "b" {` → `a.b`.
fn head(line: &str) -> String {
    let mut labels = line.split('"').skip(1).step_by(2);
    match (labels.next(), labels.next()) {
        (Some(kind), Some(name)) => format!("{kind}.{name}"),
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skip_belongs_to_the_block_it_stands_in() {
        let text = "# Header.\n\nresource \"aws_s3_bucket\" \"a\" {\n  #checkov:skip=CKV_1:one: reason\n  \
                    bucket = \"#checkov:skip=CKV_9:no comment\"\n}\n\nresource \"aws_sqs_queue\" \"b\" {\n  \
                    # checkov:skip=CKV_2:other\n}\n";
        let files = BTreeMap::from([
            ("x.tf".into(), text.to_owned()),
            ("x.md".into(), text.to_owned()),
        ]);
        let expected = [
            ["CKV_1", "aws_s3_bucket.a in x.tf", "one: reason"],
            ["CKV_2", "aws_sqs_queue.b in x.tf", "other"],
        ];
        assert_eq!(rows(&files), expected.map(|row| row.map(str::to_owned)));
    }
}
