//! The functions' Dockerfiles, judged as they were rendered.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::cloud::aws;
use crate::guardrail::{Finding, image};
use crate::service::Service;
use crate::service::model::Package;

/// What the rules say of every image function.
pub(super) fn judge(service: &Service, files: &BTreeMap<Utf8PathBuf, String>) -> Vec<Finding> {
    let functions = service.functions.iter();
    let images: Vec<_> = functions
        .filter(|(_, function)| function.package == Package::Image)
        .map(|(name, function)| (name, function, aws::image::dockerfile(name)))
        .collect();
    let inputs = images.iter().map(|(name, function, file)| image::Input {
        function: name,
        file,
        text: files.get(Utf8Path::new(file)).map(String::as_str),
        runtime: &function.runtime,
    });
    image::check(&inputs.collect::<Vec<_>>())
}
