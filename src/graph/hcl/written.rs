//! The blocks of files as they are written, each by itself: what stands where before anything is put together.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use hcl_edit::Span as _;
use hcl_edit::structure::{Block, BlockLabel, Body, Structure};

use super::module::{File, start};
use super::{ReadError, overrides, reading};

/// A block, or a local value, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// What it is called: `aws_sqs_queue.jobs`, `data.aws_region.here`, `module.x`, `provider.aws`, `local.x`,
    /// `terraform`.
    pub name: String,
    /// Line, from 1.
    pub line: usize,
    /// Line of each argument and block in it, by dotted path.
    pub lines: BTreeMap<String, usize>,
}

impl Written {
    /// The line of an attribute: its own, or that of what it stands in.
    pub fn line_of(&self, attribute: &str) -> usize {
        let mut path = Some(attribute);
        while let Some(here) = path {
            if let Some(line) = self.lines.get(here) {
                return *line;
            }
            path = here.rsplit_once('.').map(|(above, _)| above);
        }
        self.line
    }
}

/// Whether a file changes the blocks of others (`override.tf`, `*_override.tf`, and the same in JSON).
pub fn is_override(path: &Utf8Path) -> bool {
    overrides::is_override(path)
}

/// The blocks of each file, in HCL or JSON.
///
/// # Errors
/// By file: the first fault of its syntax.
pub fn written(
    files: &BTreeMap<Utf8PathBuf, String>,
) -> BTreeMap<Utf8PathBuf, Result<Vec<Written>, ReadError>> {
    let read = || {
        let files = files.iter();
        let read = files.map(|(path, text)| (path.clone(), blocks(path, text)));
        read.collect()
    };
    reading(read).unwrap_or_else(|message| {
        let stopped = |path: &Utf8PathBuf| ReadError {
            file: path.clone(),
            line: 1,
            column: 1,
            message: message.clone(),
        };
        let files = files.keys();
        files
            .map(|path| (path.clone(), Err(stopped(path))))
            .collect()
    })
}

fn blocks(path: &Utf8Path, text: &str) -> Result<Vec<Written>, ReadError> {
    let file = if path.extension() == Some("json") {
        File::parse_json(path, text)?
    } else {
        File::parse(path, text.into())?
    };
    let mut found = Vec::new();
    for block in file.body.blocks() {
        if block.ident.as_str() == "locals" {
            let locals = block.body.attributes().map(|local| Written {
                name: format!("local.{}", local.key.as_str()),
                line: file.line(start(local.span())),
                lines: BTreeMap::new(),
            });
            found.extend(locals);
            continue;
        }
        let mut lines = BTreeMap::new();
        inside(&file, &block.body, "", &mut lines);
        found.push(Written {
            name: name(block),
            line: file.line(start(block.ident.span())),
            lines,
        });
    }
    Ok(found)
}

fn name(block: &Block) -> String {
    let labels = block.labels.iter().map(BlockLabel::as_str);
    let kind = match block.ident.as_str() {
        "resource" => None,
        other => Some(other),
    };
    kind.into_iter().chain(labels).collect::<Vec<_>>().join(".")
}

/// The lines of what is in a block; of several of a name, the first.
fn inside(file: &File, body: &Body, above: &str, lines: &mut BTreeMap<String, usize>) {
    for structure in body {
        let (name, at, below) = match structure {
            Structure::Attribute(a) => (a.key.as_str(), a.span(), None),
            Structure::Block(b) => match (b.ident.as_str(), b.labels.as_slice()) {
                // Its blocks are called by its label.
                ("dynamic", [label]) => (label.as_str(), b.ident.span(), None),
                (name, _) => (name, b.ident.span(), Some(&b.body)),
            },
        };
        let path = match above {
            "" => name.to_owned(),
            above => format!("{above}.{name}"),
        };
        if let Some(below) = below {
            inside(file, below, &path, lines);
        }
        lines.entry(path).or_insert_with(|| file.line(start(at)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_where_they_stand() {
        let hcl = "locals {\n  a = 1\n}\n\nresource \"aws_sqs_queue\" \"jobs\" {\n  name = \"x\"\n  timeouts {\n    create = \"1m\"\n  }\n}\n\
                   provider \"aws\" {}\nterraform {}\n";
        let json = "{\n  \"resource\": {\n    \"aws_sqs_queue\": {\n      \"own\": {\n        \"name\": \"y\"\n      }\n    }\n  }\n}\n";
        let files = BTreeMap::from([
            (Utf8PathBuf::from("a.tf"), hcl.to_owned()),
            ("b.tf.json".into(), json.to_owned()),
            ("c.tf".into(), "resource \"x\" {\n  = 1\n}\n".to_owned()),
        ]);
        let found = written(&files);
        let of = |file: &str| found[Utf8Path::new(file)].clone().unwrap();
        let names: Vec<_> = of("a.tf").into_iter().map(|w| (w.name, w.line)).collect();
        let names: Vec<_> = names.iter().map(|(n, line)| (n.as_str(), *line)).collect();
        assert_eq!(
            names,
            [
                ("local.a", 2),
                ("aws_sqs_queue.jobs", 5),
                ("provider.aws", 11),
                ("terraform", 12),
            ]
        );
        let queue = &of("a.tf")[1];
        assert_eq!(queue.line_of("timeouts.create"), 8);
        assert_eq!(queue.line_of("timeouts.delete"), 7);
        assert_eq!(queue.line_of("policy"), 5);
        let own = &of("b.tf.json")[0];
        assert_eq!(own.name, "aws_sqs_queue.own");
        assert_eq!(own.line_of("name"), 5);
        let fault = found[Utf8Path::new("c.tf")].clone().unwrap_err();
        assert_eq!((fault.line, fault.column > 0), (2, true));
    }

    #[test]
    fn override_files_are_told_by_their_names() {
        for (name, is) in [
            ("override.tf", true),
            ("x_override.tf", true),
            ("x_override.tf.json", true),
            ("overrides.tf", false),
            ("x-override.tf", false),
        ] {
            assert_eq!(is_override(name.into()), is, "{name}");
        }
    }
}
