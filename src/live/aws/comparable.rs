//! Code as the account would say it.

use std::collections::BTreeMap;

use super::{Fingerprint, Live};
use crate::graph::{Graph, Kind, Resource, Value};

impl Live {
    /// The same code, with what an account says in other words: hashes in place of the values of environment variables,
    /// and the hash or digest of what was deployed where Lambda tells that of what runs.
    #[must_use]
    pub fn comparable(&self, code: &Graph) -> Graph {
        let mut code = code.clone();
        let is_function = |r: &Resource| r.address.kind == "aws_lambda_function";
        for function in code.resources.values_mut(is_function) {
            if let Some(fingerprint) = &self.fingerprint {
                hide(function, fingerprint);
            }
            name_code(function);
            log(function);
        }
        code
    }

    /// Whether every resource of a type was looked for: one that is not there does not exist.
    pub fn is_complete(&self, kind: &str) -> bool {
        let mut unread = self.not_checked.iter().flat_map(|not| &not.kinds);
        Self::looks_for(kind) && !unread.any(|unread| unread == kind)
    }
}

/// Values of environment variables as keyed hashes.
fn hide(function: &mut Resource, fingerprint: &Fingerprint) {
    let Some(environment) = function.attributes.get_mut("environment") else {
        return;
    };
    let (Kind::List(blocks) | Kind::Set(blocks)) = &mut environment.kind else {
        return;
    };
    for block in blocks {
        if let Kind::Map(block) = &mut block.kind
            && let Some(Kind::Map(variables)) = block.get_mut("variables").map(|v| &mut v.kind)
        {
            for value in variables.values_mut() {
                if let Some(text) = value.as_str() {
                    *value = Value::string(fingerprint.of(text)).marked(true);
                }
            }
        }
    }
}

/// What Lambda says of the code of a function: the hash of a package, the digest of an image (Lambda developer guide,
/// "Create a Lambda function using a container image").
fn name_code(function: &mut Resource) {
    let text = |name: &str| function.get(name).and_then(Value::as_str);
    let digest = text("image_uri").and_then(|uri| uri.split_once("@sha256:"));
    let hash = digest.map(|(_, hash)| hash).or(text("source_code_hash"));
    if let Some(hash) = hash.map(Value::string) {
        function.attributes.insert("code_sha256".to_owned(), hash);
    }
}

/// Where a function logs of which the code does not say it: Lambda's own choice (API reference, `LoggingConfig`).
fn log(function: &mut Resource) {
    let written = function.get("logging_config.log_group").is_some();
    let name = function.get("function_name").and_then(Value::as_str);
    if let (false, Some(name)) = (written, name) {
        let group = Value::string(format!("/aws/lambda/{name}"));
        let blocks = function.attributes.entry("logging_config".to_owned());
        let blocks =
            blocks.or_insert_with(|| Kind::List(vec![Kind::Map(BTreeMap::new()).into()]).into());
        if let Kind::List(blocks) = &mut blocks.kind
            && let [block] = &mut blocks[..]
            && let Kind::Map(block) = &mut block.kind
        {
            block.insert("log_group".to_owned(), group);
        }
    }
}
