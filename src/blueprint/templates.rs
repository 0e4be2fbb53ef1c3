//! Templates and handlers that a chain of blueprints brings.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::{Blueprint, Inputs, Member};

/// A template of a blueprint.
#[derive(Debug, Clone)]
pub struct Template {
    /// Its text.
    pub text: String,
    /// The file, as messages name it.
    pub file: Utf8PathBuf,
    /// The inputs of the blueprint that it is from.
    pub inputs: Inputs,
}

impl Blueprint {
    /// Templates by name (`NAME.tf` is a file, `NAME` a part of others); a child's stands for its parent's.
    ///
    /// # Errors
    /// What is no template, in a sentence.
    pub fn templates(&self) -> Result<BTreeMap<String, Template>, Vec<String>> {
        let mut templates = BTreeMap::new();
        let mut faults = Vec::new();
        for member in self.members.iter().rev() {
            match member.templates() {
                Ok(own) => templates.extend(own),
                Err(own) => faults.extend(own),
            }
        }
        if faults.is_empty() {
            Ok(templates)
        } else {
            Err(faults)
        }
    }

    /// The files that a handler of an archetype begins with, by their path below its source folder; a child's stand
    /// for its parent's.
    pub fn handlers(&self, archetype: &str) -> BTreeMap<Utf8PathBuf, String> {
        let mut files = BTreeMap::new();
        let folder = Utf8Path::new("handlers").join(archetype);
        for member in self.members.iter().rev() {
            for (path, bytes) in member.files.below(folder.as_str()) {
                if let Ok(text) = std::str::from_utf8(bytes) {
                    files.insert(path.to_owned(), text.to_owned());
                }
            }
        }
        files
    }
}

impl Member {
    /// Its own templates by name.
    ///
    /// # Errors
    /// What is no template, in a sentence.
    pub fn templates(&self) -> Result<BTreeMap<String, Template>, Vec<String>> {
        let mut templates = BTreeMap::new();
        let mut faults = Vec::new();
        for (path, bytes) in self.files.below("templates") {
            let file = self.file.with_file_name("templates").join(path);
            let named = path.as_str().strip_suffix(".hbs").filter(|name| {
                let word = name.strip_suffix(".tf").unwrap_or(name);
                !word.is_empty()
                    && word
                        .chars()
                        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            });
            match (named, std::str::from_utf8(bytes)) {
                (Some(name), Ok(text)) => {
                    let template = Template {
                        text: text.to_owned(),
                        file,
                        inputs: self.inputs.clone(),
                    };
                    templates.insert(name.to_owned(), template);
                }
                (None, _) => faults.push(format!(
                    "{file} is no template: name it NAME.tf.hbs or NAME.hbs, in a-z, 0-9 and _"
                )),
                (_, Err(_)) => faults.push(format!("{file} is no UTF-8 text")),
            }
        }
        if faults.is_empty() {
            Ok(templates)
        } else {
            Err(faults)
        }
    }
}
