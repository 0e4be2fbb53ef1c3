//! Images, as their Dockerfiles were rendered: what each is made of and whom it runs as.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::guardrail::image::{Dockerfile, digest};
use crate::service::Service;

/// Function, base, digest, user, what it is built in, what else is to be known.
pub(super) fn rows(service: &Service, files: &BTreeMap<Utf8PathBuf, String>) -> Vec<Vec<String>> {
    let functions = service.functions.iter().filter_map(|(name, function)| {
        let image = function.image.as_ref()?;
        let file = format!("images/{name}/Dockerfile");
        let text = files.get(Utf8Path::new(&file))?;
        let dockerfile = Dockerfile::read(text);
        let last = dockerfile.stages.last()?;
        let built = dockerfile.stages.first()?;
        let shell = if image.has_shell() {
            "a shell: no smaller image of this runtime is published"
        } else {
            ""
        };
        Some(vec![
            name.clone(),
            name_of(&last.from),
            digest(&last.from).unwrap_or("none").to_owned(),
            last.user.as_deref().unwrap_or("root").to_owned(),
            built.from.clone(),
            shell.to_owned(),
            file,
        ])
    });
    let mut rows: Vec<Vec<String>> = functions.collect();
    rows.sort();
    rows
}

fn name_of(image: &str) -> String {
    let name = image.split_once('@').map_or(image, |(name, _)| name);
    name.to_owned()
}
