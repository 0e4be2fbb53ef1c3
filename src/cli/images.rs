//! The functions' Dockerfiles, judged: as they were rendered, or as they stand in the source folder of a function
//! that none is rendered for.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::judged::Judged;
use crate::cloud::aws;
use crate::guardrail::image::{Input, check};
use crate::inputs;
use crate::service::Service;
use crate::service::model::{Function, Package};

/// Larger files are not read.
pub(super) const LARGEST: u64 = 1 << 20;

/// What the rules say of every image function's Dockerfile that was rendered.
pub(super) fn rendered(
    service: &Service,
    files: &BTreeMap<Utf8PathBuf, String>,
) -> Vec<crate::guardrail::Finding> {
    let images: Vec<_> = of_images(service)
        .filter(|(_, function)| function.image.is_some())
        .map(|(name, function)| (name, function, aws::image::dockerfile(name)))
        .collect();
    let inputs = images.iter().map(|(name, function, file)| Input {
        function: name,
        source: &function.source,
        file,
        place: None,
        text: files.get(Utf8Path::new(file)).map(String::as_str),
        runtime: &function.runtime,
    });
    check(&inputs.collect::<Vec<_>>())
}

/// What they say of the others'.
pub(super) fn own(root: &Utf8Path, manifest: &Utf8Path, service: &Service) -> Judged {
    let mut judged = Judged::default();
    let folder = manifest.parent().unwrap_or(Utf8Path::new(""));
    for (name, function) in of_images(service).filter(|(_, function)| function.image.is_none()) {
        let file = dockerfile(function);
        let place = folder.join(&file);
        let text = inputs::text(&root.join(&file), LARGEST).ok().flatten();
        judged.findings.extend(check(&[Input {
            function: name,
            source: &function.source,
            file: file.as_str(),
            place: Some(&place),
            text: text.as_deref(),
            runtime: &function.runtime,
        }]));
        if let Some(text) = text {
            judged.texts.insert(place, text);
        }
    }
    judged
}

/// A Dockerfile of the user, from the manifest's folder.
pub(super) fn dockerfile(function: &Function) -> Utf8PathBuf {
    Utf8Path::new(&function.source).join("Dockerfile")
}

fn of_images(service: &Service) -> impl Iterator<Item = (&String, &Function)> {
    let functions = service.functions.iter();
    functions.filter(|(_, function)| function.package == Package::Image)
}
