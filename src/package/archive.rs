//! The archive itself.
#![allow(clippy::disallowed_methods, reason = "its answers are not kept")]

use std::io::{BufRead, BufReader, Cursor, Read, Write};

use base64::Engine;
use camino::Utf8Path;
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

use super::Shipped;
use crate::catalog::aws::quotas::quota;

/// Every file can be read and run, and written by nobody; modes on disk depend on the umask of who made them.
const MODE: u32 = 0o555;

/// An archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// SHA-256 of them.
    pub sha256: [u8; 32],
    /// Number of files in it.
    pub files: usize,
}

/// Packs files: in the order of their paths, each with the earliest date of the format and the same mode.
///
/// # Errors
/// A file that cannot be read, or more than Lambda unzips.
pub fn pack(files: &Shipped) -> Result<Packed, String> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(DateTime::DEFAULT)
        .unix_permissions(MODE)
        .system(System::Unix);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let most = quota("function_zip_bytes_unzipped").value;
    let mut left = most;
    for (name, path) in files {
        let content = read(path, left)?;
        left -= content.len() as u64;
        archive
            .start_file(name.as_str(), options)
            .and_then(|()| Ok(archive.write_all(&content)?))
            .map_err(|error| format!("{name}: {error}"))?;
    }
    let written = archive.finish().map_err(|error| error.to_string())?;
    let bytes = written.into_inner();
    Ok(Packed {
        sha256: Sha256::digest(&bytes).into(),
        files: files.len(),
        bytes,
    })
}

/// Once more within bounds: a file may have grown since it was found.
fn read(path: &Utf8Path, most: u64) -> Result<Vec<u8>, String> {
    let fault = |error: std::io::Error| format!("{path}: {error}");
    let mut content = Vec::new();
    let file = std::fs::File::open(path).map_err(fault)?;
    file.take(most + 1)
        .read_to_end(&mut content)
        .map_err(fault)?;
    if content.len() as u64 > most {
        return Err(format!(
            "{path}: with it the package is larger than Lambda unzips"
        ));
    }
    Ok(content)
}

/// SHA-256 of a file.
///
/// # Errors
/// A file that cannot be read.
pub fn sha256(path: &Utf8Path) -> Result<[u8; 32], String> {
    let fault = |error: std::io::Error| format!("{path}: {error}");
    let mut file = BufReader::new(std::fs::File::open(path).map_err(fault)?);
    let mut hash = Sha256::new();
    loop {
        let part = file.fill_buf().map_err(fault)?;
        if part.is_empty() {
            return Ok(hash.finalize().into());
        }
        hash.update(part);
        let length = part.len();
        file.consume(length);
    }
}

/// A hash as Lambda's `CodeSha256` and Terraform's `base64sha256` write it.
pub fn base64(hash: &[u8; 32]) -> String {
    base64::engine::general_purpose::STANDARD.encode(hash)
}
