//! Cuts npm's lock file of everything that a handler may need down to what one does.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

/// What npm resolved for all packages that templates import, with the hash of each.
const LOCK: &str = include_str!("../../templates/handlers/typescript/package-lock.json");

/// A package's manifest and lock file.
pub(super) struct Package {
    pub(super) manifest: Json,
    pub(super) lock: Json,
}

/// The package of a handler that imports these packages.
///
/// # Errors
/// A package that is not in the lock file: a defect of slgen.
pub(super) fn package(name: &str, imports: &BTreeSet<&str>) -> Result<Package, String> {
    let lock: Json = serde_json::from_str(LOCK).map_err(|error| error.to_string())?;
    let packages = lock["packages"]
        .as_object()
        .ok_or("the lock file has no packages")?;
    let root = &packages[""];
    let mut dependencies = Map::new();
    for import in imports {
        let version = root["dependencies"].get(*import);
        let version = version.ok_or_else(|| format!("{import} is not in the lock file"))?;
        dependencies.insert((*import).to_owned(), version.clone());
    }
    let mut development = root["devDependencies"].clone();
    if let Some(all) = development.as_object_mut() {
        // Types are for what is imported.
        all.retain(|name, _| {
            let typed = name.strip_prefix("@types/").unwrap_or_default();
            root["dependencies"].get(typed).is_none() || imports.contains(typed)
        });
    }
    let chosen = json!({ "dependencies": dependencies, "devDependencies": development });
    let kept = closure(packages, &chosen);
    let about = |mut all: Map<String, Json>| {
        all.insert("dependencies".to_owned(), chosen["dependencies"].clone());
        all.insert("devDependencies".to_owned(), development.clone());
        all.insert("engines".to_owned(), json!({ "node": ">=20.10" }));
        Json::Object(all)
    };
    let named = Map::from_iter([
        ("name".to_owned(), json!(name)),
        ("version".to_owned(), json!("1.0.0")),
    ]);
    let mut manifest = named.clone();
    manifest.insert("private".to_owned(), json!(true));
    manifest.insert("type".to_owned(), json!("module"));
    manifest.insert(
        "scripts".to_owned(),
        json!({ "build": "tsc", "test": "tsc && node --test dist/tests/*.test.js" }),
    );
    let locked: Map<String, Json> = [(String::new(), about(named))]
        .into_iter()
        .chain(
            packages
                .iter()
                .filter(|(path, _)| kept.contains(path.as_str()))
                .map(|(path, package)| (path.clone(), package.clone())),
        )
        .collect();
    Ok(Package {
        manifest: about(manifest),
        lock: json!({
            "name": name,
            "version": "1.0.0",
            "lockfileVersion": 3,
            "requires": true,
            "packages": locked,
        }),
    })
}

/// Paths of the packages that a root needs, by Node's search from the folder of who asks upwards.
fn closure<'a>(packages: &'a Map<String, Json>, root: &Json) -> BTreeSet<&'a str> {
    let mut kept = BTreeSet::new();
    let mut asked: Vec<(&str, String)> = needs(root).map(|name| ("", name)).collect();
    while let Some((from, name)) = asked.pop() {
        let mut folder = from;
        let found = loop {
            let separator = if folder.is_empty() { "" } else { "/" };
            let path = format!("{folder}{separator}node_modules/{name}");
            if let Some((path, package)) = packages.get_key_value(&path) {
                break Some((path.as_str(), package));
            }
            if folder.is_empty() {
                break None;
            }
            folder = folder
                .rfind("/node_modules/")
                .map_or("", |end| &folder[..end]);
        };
        // Optional ones for other platforms need not be there.
        if let Some((path, package)) = found
            && kept.insert(path)
        {
            asked.extend(needs(package).map(|name| (path, name)));
        }
    }
    kept
}

fn needs(package: &Json) -> impl Iterator<Item = String> {
    let mut names = BTreeSet::new();
    for key in [
        "dependencies",
        "devDependencies",
        "optionalDependencies",
        "peerDependencies",
    ] {
        for name in package[key]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name)
        {
            let is_optional = key == "peerDependencies"
                && package["peerDependenciesMeta"][name]["optional"] == true;
            if !is_optional {
                names.insert(name.clone());
            }
        }
    }
    names.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_needed_is_locked_each_with_its_hash() {
        let few = package("few", &["ajv"].into()).unwrap();
        let paths: Vec<&String> = few.lock["packages"].as_object().unwrap().keys().collect();
        assert!(
            paths
                .iter()
                .any(|path| *path == "node_modules/fast-deep-equal"),
            "{paths:?}"
        );
        assert!(
            !paths.iter().any(|path| path.contains("@aws-sdk")),
            "{paths:?}"
        );
        assert_eq!(few.manifest["dependencies"].as_object().unwrap().len(), 1);
        let many = package(
            "many",
            &["@aws-sdk/client-s3", "@aws-sdk/lib-dynamodb"].into(),
        )
        .unwrap();
        for (path, package) in many.lock["packages"].as_object().unwrap() {
            let hash = package["integrity"].as_str().unwrap_or_default();
            assert!(path.is_empty() || hash.starts_with("sha512-"), "{path}");
        }
        assert!(package("none", &["left-pad"].into()).is_err());
    }
}
