//! `environments/<env>.artifacts.tfvars.json`: what each function runs, the value of the variable `artifacts`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::pin::is_digest;

/// What was built for the functions of an environment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// By function.
    pub artifacts: BTreeMap<String, Artifact>,
}

/// A built function, where it is deployed from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Artifact {
    /// An image.
    Image {
        /// `sha256:` and 64 hexadecimal digits: of the manifest, as the repository names it.
        image_digest: String,
    },
    /// A zip package in the bucket of artifacts.
    Zip {
        /// Object key.
        s3_key: String,
        /// Object version.
        s3_version: String,
        /// SHA-256 of the package in base64: Lambda's `CodeSha256`.
        sha256: String,
    },
}

impl Recorded {
    /// Reads the file's text.
    ///
    /// # Errors
    /// A text of another form, with line and column.
    pub fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// The file's text: one line a function, sorted.
    pub fn text(&self) -> String {
        let lines: Vec<String> = self
            .artifacts
            .iter()
            .map(|(function, artifact)| {
                let name = serde_json::json!(function);
                let value = serde_json::to_string(artifact).unwrap_or_default();
                format!("    {name}: {value}")
            })
            .collect();
        format!("{{\n  \"artifacts\": {{\n{}\n  }}\n}}\n", lines.join(",\n"))
    }
}

impl Artifact {
    /// What is wrong with the values; Terraform's validation of the variable says the same later.
    ///
    /// # Errors
    /// A sentence with the value's form.
    pub fn check(&self) -> Result<(), String> {
        match self {
            Self::Image { image_digest } => {
                if is_digest(image_digest) {
                    Ok(())
                } else {
                    Err("a digest is `sha256:` and 64 hexadecimal digits in lower case, as the repository names the image".to_owned())
                }
            }
            Self::Zip {
                s3_key,
                s3_version,
                sha256,
            } => {
                let is_hash = sha256.len() == 44
                    && sha256.ends_with('=')
                    && sha256[..43]
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/');
                // S3 itself says `null` of a bucket without versions.
                if s3_key.is_empty() || s3_version.is_empty() || s3_version == "null" {
                    Err("a package has a key and a version: the bucket keeps versions".to_owned())
                } else if !is_hash {
                    Err("a hash is 44 characters of base64, Lambda's CodeSha256".to_owned())
                } else {
                    Ok(())
                }
            }
        }
    }
}
