//! Packages with dependencies: what lock files name, for Lambda's processor, the same bytes each time.

use std::collections::BTreeSet;
use std::path::Path;

use crate::{slgen, text};

const MANIFEST: &str = r#"version: 1
service: shop
environments: { dev: { account: "111111111111", region: eu-west-1 } }
baseline: { source: "builtin:aws-baseline", version: 1.0.0 }
alerts: { email: [oncall@example.com] }
functions:
  py: { runtime: python3.11, source: src/py, handler: app.handler, package: zip, triggers: [{ schedule: rate(1 day) }] }
  ts: { runtime: nodejs22.x, source: src/ts, handler: index.handler, package: zip, architecture: x86_64, triggers: [{ schedule: rate(1 day) }] }
exceptions:
  - { rule: SLG-PKG-003, scope: functions.py, reason: zip for the test, owner: team, expires: 2099-01-01 }
  - { rule: SLG-PKG-003, scope: functions.ts, reason: zip for the test, owner: team, expires: 2099-01-01 }
"#;

fn names(file: &Path) -> BTreeSet<String> {
    let archive = zip::ZipArchive::new(std::fs::File::open(file).unwrap()).unwrap();
    archive
        .file_names()
        .map(|name| name.unwrap().into_owned())
        .collect()
}

#[test]
fn packages_hold_what_lock_files_name() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("slgen.yaml"), MANIFEST).unwrap();
    let done = |arguments: &[&str]| {
        let output = slgen(folder, arguments);
        assert!(output.status.success(), "{arguments:?}\n{}", text(&output));
    };
    done(&["scaffold", "py"]);
    done(&["scaffold", "ts"]);
    for (function, expected, excluded) in [
        (
            "py",
            &[
                "app.py",
                "edge/__init__.py",
                "jsonschema/__init__.py",
                "rpds/rpds.cpython-311-aarch64-linux-gnu.so",
            ][..],
            &["tests/", "bin/", "requirements"][..],
        ),
        (
            "ts",
            &[
                "index.js",
                "edge/errors.js",
                "package.json",
                "node_modules/ajv/package.json",
            ],
            &[
                "tests/",
                "node_modules/typescript/",
                "node_modules/.bin/",
                "tsconfig",
            ],
        ),
    ] {
        let file = folder.join(format!("dist/{function}.zip"));
        done(&["package", function]);
        let first = std::fs::read(&file).unwrap();
        let names = names(&file);
        for name in expected {
            assert!(names.contains(*name), "{name} is not in {names:?}");
        }
        for name in excluded {
            assert!(
                !names.iter().any(|n| n.starts_with(name)),
                "{name} is in {names:?}"
            );
        }
        done(&["package", function]);
        assert!(
            first == std::fs::read(&file).unwrap(),
            "{function} is another package"
        );
    }
}
