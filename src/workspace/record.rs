//! `<out>/.slgen.json`: what was generated, with checksums, one line a file; written last.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::paths::{Place, RECORD, checksum, is_checksum, read};

/// Form of the record; another form is never guessed at.
const SCHEMA: &str = "slgen.files/1";

/// No record or journal that slgen writes comes near this size.
pub(super) const LIMIT: u64 = 64 * 1024 * 1024;

/// Path below `out` → SHA-256 of what slgen wrote there.
pub(super) type Files = BTreeMap<Utf8PathBuf, String>;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    schema: String,
    files: Files,
}

/// What a record says, and the checksum of its own bytes.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) files: Files,
    pub(super) sum: Option<String>,
}

/// Reads the record; an empty one when there is none.
///
/// # Errors
/// One that is not of this form: nothing may be concluded from it.
pub(super) fn load(place: &Place) -> Result<Read, String> {
    let path = place.out.join(RECORD);
    let Some(bytes) = read(&path, LIMIT)? else {
        return Ok(Read::default());
    };
    let refuse = |reason: String| {
        format!(
            "{path}: {reason}; restore it from version control, or move it away and use --force, which keeps a copy of each file"
        )
    };
    let value: serde_json::Value =
        serde_json::from_slice(&bytes).map_err(|error| refuse(error.to_string()))?;
    match value.get("schema").and_then(serde_json::Value::as_str) {
        Some(SCHEMA) => {}
        Some(other) if other.starts_with("slgen.files/") => {
            return Err(format!(
                "{path} was written by another version of slgen: its form is {other}, this version knows {SCHEMA}; use that version"
            ));
        }
        _ => return Err(refuse("it is not a record of slgen".to_owned())),
    }
    let record: Record =
        serde_json::from_value(value).map_err(|error| refuse(error.to_string()))?;
    validate(place, &record.files).map_err(refuse)?;
    Ok(Read {
        files: record.files,
        sum: Some(checksum(&bytes)),
    })
}

/// Every path leads to a file below `out`, every checksum is one.
pub(super) fn validate(place: &Place, files: &Files) -> Result<(), String> {
    for (path, sum) in files {
        place.target(path)?;
        if !is_checksum(sum) {
            return Err(format!("the checksum of {path} is none"));
        }
    }
    Ok(())
}

/// The record of what is generated.
pub(super) fn of(contents: &BTreeMap<Utf8PathBuf, String>) -> Files {
    contents
        .iter()
        .map(|(path, text)| (path.clone(), checksum(text.as_bytes())))
        .collect()
}

/// The text of a record.
pub(super) fn text(files: &Files) -> Result<String, String> {
    let record = Record {
        schema: SCHEMA.to_owned(),
        files: files.clone(),
    };
    serde_json::to_string_pretty(&record)
        .map(|text| text + "\n")
        .map_err(|error| format!("{}: {error}", Utf8Path::new(RECORD)))
}
