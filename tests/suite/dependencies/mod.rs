//! Lockfiles as the tools write them, and what is refused of them, by the built program.

mod damaged;
mod own;
mod sbom;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value as Json;

pub(crate) const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/lockfiles");

const MANIFEST: &str = "\
version: 1
service: locked
environments: { dev: { account: \"111111111111\", region: eu-west-1 } }
baseline: { source: \"builtin:aws-baseline\", version: 1.0.0 }
alerts: { email: [you@example.com] }
functions:
  app: { source: src/app, runtime: python3.13, handler: app.handler, triggers: [{ schedule: \"rate(1 day)\" }] }
";

pub(crate) fn write(folder: &Path, path: &str, text: impl AsRef<[u8]>) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// A project whose one function has these files.
fn project(files: &[(&str, &str)], more: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "slgen.yaml", format!("{MANIFEST}{more}"));
    write(folder.path(), "src/app/README.md", "");
    for (name, text) in files {
        write(folder.path(), &format!("src/app/{name}"), text);
        // The checksums of a Gradle lockfile stand in a file of their own.
        if *name == "gradle.lockfile" {
            write(
                folder.path(),
                &format!("src/app/{SUMS}"),
                data(&format!("gradle/{SUMS}")),
            );
        }
    }
    folder
}

const SUMS: &str = "gradle/verification-metadata.xml";

fn slgen(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_slgen"))
        .current_dir(folder)
        .args(arguments)
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

/// Exit status, and rule, file and line of each finding on dependencies.
fn validated(folder: &Path) -> (i32, BTreeSet<(String, String, u64)>) {
    let output = slgen(folder, &["--format", "json", "validate"]);
    let report: Json = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let all = report["diagnostics"].as_array().unwrap().iter();
    let found = all.filter(|d| d["code"].as_str().unwrap().starts_with("SLG-DEP"));
    let found = found.map(|d| {
        let text = |key: &str| d[key].as_str().unwrap_or_default().to_owned();
        (text("code"), text("file"), d["line"].as_u64().unwrap_or(0))
    });
    (output.status.code().unwrap(), found.collect())
}

fn data(path: &str) -> String {
    std::fs::read_to_string(format!("{DATA}/{path}")).unwrap()
}

/// A format: its folder, its lockfile, what declares.
pub(crate) const FORMATS: [(&str, &str, &str); 13] = [
    ("pip-compile", "requirements.txt", "requirements.in"),
    ("uv", "uv.lock", "pyproject.toml"),
    ("poetry", "poetry.lock", "pyproject.toml"),
    ("pdm", "pdm.lock", "pyproject.toml"),
    ("npm", "package-lock.json", "package.json"),
    ("pnpm", "pnpm-lock.yaml", "package.json"),
    ("yarn1", "yarn.lock", "package.json"),
    ("yarn4", "yarn.lock", "package.json"),
    ("go", "go.sum", "go.mod"),
    ("cargo", "Cargo.lock", "Cargo.toml"),
    ("maven", ".mvn/checksums/checksums.sha256", "pom.xml"),
    ("maven-lockfile", "lockfile.json", "pom.xml"),
    ("gradle", "gradle.lockfile", "build.gradle"),
];

#[test]
fn what_each_tool_writes_passes() {
    for (of, lock, manifest) in FORMATS {
        let (lock_text, manifest_text) = (
            data(&format!("{of}/{lock}")),
            data(&format!("{of}/{manifest}")),
        );
        let folder = project(&[(lock, &lock_text), (manifest, &manifest_text)], "");
        let (status, found) = validated(folder.path());
        assert_eq!((status, found), (0, BTreeSet::new()), "{of}");
        // Without what declares, too.
        let folder = project(&[(lock, &lock_text)], "");
        assert_eq!(validated(folder.path()), (0, BTreeSet::new()), "{of}");
    }
}

#[test]
fn declared_and_not_locked() {
    for (of, _, manifest) in FORMATS {
        let text = data(&format!("{of}/{manifest}"));
        let folder = project(&[(manifest, &text)], "");
        let (status, found) = validated(folder.path());
        let found: Vec<_> = found.into_iter().collect();
        assert_eq!(status, 3, "{of}");
        assert_eq!(found.len(), 1, "{of}: {found:?}");
        assert_eq!(
            (found[0].0.as_str(), found[0].1.as_str()),
            ("SLG-DEP-001", format!("src/app/{manifest}").as_str())
        );
        // The line of a dependency.
        let line = text
            .lines()
            .nth(usize::try_from(found[0].2).unwrap() - 1)
            .unwrap();
        assert!(
            ["dateutil", "ms", "debug", "itoa", "testify", "gson"]
                .iter()
                .any(|name| line.contains(name)),
            "{line}"
        );
    }
    // Nothing declared, nothing to lock.
    for (name, text) in [
        (
            "package.json",
            "{\"name\": \"x\", \"type\": \"module\", \"dependencies\": {}}",
        ),
        (
            "pyproject.toml",
            "[project]\nname = \"x\"\nversion = \"1\"\n[tool.ruff]\nline-length = 100\n",
        ),
        ("go.mod", "module example.com/x\n\ngo 1.22\n"),
        ("pom.xml", "<project/>"),
        ("build.gradle.kts", "plugins { java }\n"),
        ("lockfile.json", "{\"packages\": []}"),
        (
            "Cargo.toml",
            "[package]\nname = \"x\"\nversion = \"0.1.0\"\n",
        ),
        ("requirements.in", "# nothing\n"),
        ("requirements.txt", "\n"),
    ] {
        let folder = project(&[(name, text)], "");
        assert_eq!(validated(folder.path()), (0, BTreeSet::new()), "{name}");
    }
}

/// One change of a lockfile: the rule that fires, and the text that its line holds; the change is one of text.
struct Case {
    of: &'static str,
    rule: &'static str,
    from: &'static str,
    to: &'static str,
    line: &'static str,
}

const fn case(
    of: &'static str,
    rule: &'static str,
    from: &'static str,
    to: &'static str,
    line: &'static str,
) -> Case {
    Case {
        of,
        rule,
        from,
        to,
        line,
    }
}

const CASES: &[Case] = &[
    // A hash that is missing, or protects no more.
    case(
        "pip-compile",
        "SLG-DEP-002",
        "six==1.17.0 \\\n    --hash=sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274 \\\n    --hash=sha256:ff70335d468e7eb6ec65b95b99d3a2836546063f63acc5171de367e834932a81",
        "six==1.17.0",
        "six==1.17.0",
    ),
    case(
        "uv",
        "SLG-DEP-002",
        ", hash = \"sha256:a5663118de4908c91729bea0acadca56526eb2698e83de10cd116ae0f4e97c64\"",
        "",
        "name = \"jmespath\"",
    ),
    case(
        "poetry",
        "SLG-DEP-002",
        "sha256:a5663118de4908c91729bea0acadca56526eb2698e83de10cd116ae0f4e97c64",
        "md5:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a",
        "name = \"jmespath\"",
    ),
    case(
        "pdm",
        "SLG-DEP-002",
        ", hash = \"sha256:a5663118de4908c91729bea0acadca56526eb2698e83de10cd116ae0f4e97c64\"",
        "",
        "name = \"jmespath\"",
    ),
    case(
        "npm",
        "SLG-DEP-002",
        "\"integrity\": \"sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA==\",",
        "",
        "\"node_modules/ms\"",
    ),
    case(
        "pnpm",
        "SLG-DEP-002",
        "sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA==",
        "sha1-dHeMOYzhLRtYYfC0RXnbrdYMYVs=",
        "ms@2.1.3:",
    ),
    case(
        "yarn1",
        "SLG-DEP-002",
        "  integrity sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA==\n",
        "",
        "ms@2.1.3, ms@^2.1.3:",
    ),
    case(
        "yarn4",
        "SLG-DEP-002",
        "  checksum: 10c0/d924b57e7312b3b63ad21fc5b3dc0af5e78d61a1fc7cfb5457edaf26326bf62be5307cc87ffb6862ef1c2b33b0233cdb5d4f01c4c958cc0d660948b65a287a48\n",
        "",
        "ms@npm:2.1.3, ms@npm:^2.1.3",
    ),
    case(
        "go",
        "SLG-DEP-002",
        "github.com/stretchr/testify v1.7.2 h1:4jaiDzPyXQvSd7D0EjG45355tLlV3VOECpq10pLC+8s=\n",
        "",
        "github.com/davecgh/go-spew v1.1.0/go.mod",
    ),
    case(
        "go",
        "SLG-DEP-002",
        "h1:fxVm/GzAzEWqLHuvctI91KS9hhNmmWOoWu0XTYJS7CA=",
        "h1:short",
        "gopkg.in/yaml.v3 v3.0.1 h1:",
    ),
    case(
        "cargo",
        "SLG-DEP-002",
        "checksum = \"cf8baf1c55e62ffcace7a9f06f4bd9cd3f0c4beb022d3b367256b91b87513d98\"\n",
        "",
        "name = \"memchr\"",
    ),
    case(
        "maven",
        "SLG-DEP-002",
        "dd0ce1b55a3ed2080cb70f9c655850cda86c206862310009dcb5e5c95265a5e0  com",
        "dd0ce1b55a3ed2080cb70f9c655850cd  com",
        "gson-2.13.2.jar",
    ),
    case(
        "maven-lockfile",
        "SLG-DEP-002",
        "\"checksum\": \"a56e782b5b50811ac204073a355a21d915a2107fce13ec711331ad036f660fcc\",",
        "",
        "\"artifactId\": \"error_prone_annotations\"",
    ),
    case(
        "maven-lockfile",
        "SLG-DEP-002",
        "\"checksumAlgorithm\": \"SHA-256\"",
        "\"checksumAlgorithm\": \"MD5\"",
        "\"artifactId\": \"error_prone_annotations\"",
    ),
    case(
        "gradle",
        "SLG-DEP-002",
        "gson:gson:2.13.2",
        "gson:gson:2.13.1",
        "gson:gson:2.13.1=",
    ),
    // From git, a URL or a path.
    case(
        "pip-compile",
        "SLG-DEP-003",
        "six==1.17.0",
        "six @ git+https://example.com/six@0a1b2c",
        "six @ git+",
    ),
    case(
        "pip-compile",
        "SLG-DEP-003",
        "six==1.17.0",
        "https://example.com/six-1.17.0.tar.gz",
        "https://example.com/six",
    ),
    case(
        "pip-compile",
        "SLG-DEP-003",
        "six==1.17.0",
        "./vendor/six",
        "./vendor/six",
    ),
    case(
        "uv",
        "SLG-DEP-003",
        "version = \"1.17.0\"\nsource = { registry = \"https://pypi.org/simple\" }",
        "version = \"1.17.0\"\nsource = { git = \"https://example.com/six?rev=main#0a1b2c\" }",
        "name = \"six\"",
    ),
    case(
        "uv",
        "SLG-DEP-003",
        "version = \"1.17.0\"\nsource = { registry = \"https://pypi.org/simple\" }",
        "version = \"1.17.0\"\nsource = { directory = \"../six\" }",
        "name = \"six\"",
    ),
    case(
        "poetry",
        "SLG-DEP-003",
        "[metadata]",
        "[package.source]\ntype = \"git\"\nurl = \"https://example.com/six.git\"\nreference = \"main\"\nresolved_reference = \"0a1b2c\"\n\n[metadata]",
        "name = \"six\"",
    ),
    case(
        "pdm",
        "SLG-DEP-003",
        "name = \"six\"\n",
        "name = \"six\"\ngit = \"https://example.com/six.git\"\nrevision = \"0a1b2c\"\n",
        "name = \"six\"",
    ),
    case(
        "npm",
        "SLG-DEP-003",
        "      \"integrity\": \"sha512-6Flz",
        "      \"resolved\": \"git+ssh://git@example.com/ms.git#0a1b2c\",\n      \"integrity\": \"sha512-6Flz",
        "\"node_modules/ms\"",
    ),
    case(
        "npm",
        "SLG-DEP-003",
        "\"ms\": \"^2.1.3\"",
        "\"ms\": \"https://example.com/ms.tgz\"",
        "\"node_modules/ms\"",
    ),
    case(
        "pnpm",
        "SLG-DEP-003",
        "{integrity: sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA==}",
        "{commit: 0a1b2c, repo: https://example.com/ms.git, type: git}",
        "ms@2.1.3:",
    ),
    case(
        "yarn1",
        "SLG-DEP-003",
        "ms@2.1.3, ms@^2.1.3:",
        "ms@2.1.3, ms@^2.1.3, \"ms@git+https://example.com/ms.git\":",
        "ms@2.1.3, ms@^2.1.3",
    ),
    case(
        "yarn4",
        "SLG-DEP-003",
        "resolution: \"ms@npm:2.1.3\"",
        "resolution: \"ms@https://example.com/ms.git#commit=0a1b2c\"",
        "ms@npm:2.1.3, ms@npm:^2.1.3",
    ),
    case(
        "cargo",
        "SLG-DEP-003",
        "name = \"memchr\"\nversion = \"2.8.3\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"",
        "name = \"memchr\"\nversion = \"2.8.3\"\nsource = \"git+https://example.com/memchr#0a1b2c\"",
        "name = \"memchr\"",
    ),
    case(
        "cargo",
        "SLG-DEP-003",
        "name = \"memchr\"\nversion = \"2.8.3\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n",
        "name = \"memchr\"\nversion = \"2.8.3\"\n",
        "name = \"memchr\"",
    ),
    // A range.
    case(
        "pip-compile",
        "SLG-DEP-004",
        "six==1.17.0",
        "six>=1.17",
        "six>=1.17",
    ),
    case(
        "uv",
        "SLG-DEP-004",
        "name = \"six\"\nversion = \"1.17.0\"",
        "name = \"six\"\nversion = \">=1.17\"",
        "name = \"six\"",
    ),
    case(
        "poetry",
        "SLG-DEP-004",
        "version = \"1.17.0\"",
        "version = \"^1.17\"",
        "name = \"six\"",
    ),
    case(
        "pdm",
        "SLG-DEP-004",
        "version = \"1.17.0\"",
        "version = \"1.*\"",
        "name = \"six\"",
    ),
    case(
        "npm",
        "SLG-DEP-004",
        "      \"version\": \"2.1.3\"",
        "      \"version\": \"^2.1.3\"",
        "\"node_modules/ms\"",
    ),
    case(
        "pnpm",
        "SLG-DEP-004",
        "\npackages:\n",
        "\npackages:\n\n  ms@^2.1.3:\n    resolution: {integrity: sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA==}\n",
        "ms@^2.1.3:",
    ),
    case(
        "yarn1",
        "SLG-DEP-004",
        "version \"2.1.3\"",
        "version \"^2.1.3\"",
        "ms@2.1.3, ms@^2.1.3",
    ),
    case(
        "yarn4",
        "SLG-DEP-004",
        "version: 2.1.3",
        "version: ~2.1.3",
        "ms@npm:2.1.3, ms@npm:^2.1.3",
    ),
    case(
        "cargo",
        "SLG-DEP-004",
        "version = \"2.8.3\"",
        "version = \"2\"",
        "",
    ),
    case(
        "cargo",
        "SLG-DEP-004",
        "version = \"2.8.3\"",
        "version = \"^2.8\"",
        "name = \"memchr\"",
    ),
    case(
        "maven",
        "SLG-DEP-004",
        "com/google/code/gson/gson/2.13.2/gson-2.13.2.jar",
        "com/google/code/gson/gson/2.13-SNAPSHOT/gson-2.13-SNAPSHOT.jar",
        "gson-2.13-SNAPSHOT.jar",
    ),
    case(
        "maven-lockfile",
        "SLG-DEP-004",
        "\"version\": \"2.41.0\"",
        "\"version\": \"[2.41,3)\"",
        "\"artifactId\": \"error_prone_annotations\"",
    ),
    case(
        "gradle",
        "SLG-DEP-004",
        "gson:gson:2.13.2",
        "gson:gson:2.+",
        "gson:gson:2.+=",
    ),
    // Damaged, or of a form that is not read.
    case(
        "uv",
        "SLG-DEP-005",
        "name = \"six\"",
        "name = six",
        "name = six",
    ),
    case(
        "uv",
        "SLG-DEP-005",
        "version = 1\n",
        "version = 2\n",
        "version = 2",
    ),
    case(
        "poetry",
        "SLG-DEP-005",
        "lock-version = \"2.1\"",
        "lock-version = \"3.0\"",
        "",
    ),
    case(
        "pdm",
        "SLG-DEP-005",
        "[[package]]\nname = \"six\"",
        "[[package]\nname = \"six\"",
        "[[package]",
    ),
    case(
        "npm",
        "SLG-DEP-005",
        "\"lockfileVersion\": 3",
        "\"lockfileVersion\": 1",
        "{",
    ),
    case(
        "npm",
        "SLG-DEP-005",
        "\"node_modules/ms\": {",
        "\"node_modules/ms\": ",
        "",
    ),
    case(
        "pnpm",
        "SLG-DEP-005",
        "lockfileVersion: '9.0'",
        "lockfileVersion: '5.4'",
        "lockfileVersion",
    ),
    case(
        "yarn1",
        "SLG-DEP-005",
        "ms@2.1.3, ms@^2.1.3:",
        "<<<<<<< HEAD",
        "<<<<<<< HEAD",
    ),
    case(
        "yarn4",
        "SLG-DEP-005",
        "  resolution: \"ms@npm:2.1.3\"\n",
        "",
        "ms@npm:2.1.3, ms@npm:^2.1.3",
    ),
    case(
        "go",
        "SLG-DEP-005",
        "gopkg.in/yaml.v3 v3.0.1 h1:",
        "gopkg.in/yaml.v3 h1:",
        "gopkg.in/yaml.v3 h1:",
    ),
    case("cargo", "SLG-DEP-005", "version = 4", "version = 9", "#"),
    case(
        "pip-compile",
        "SLG-DEP-005",
        "six==1.17.0",
        "-r more.txt\nsix==1.17.0",
        "-r more.txt",
    ),
    case(
        "maven",
        "SLG-DEP-005",
        "com/google/code/gson/gson/2.13.2/gson-2.13.2.pom",
        "gson.pom",
        "gson.pom",
    ),
    case(
        "maven-lockfile",
        "SLG-DEP-005",
        "\"lockFileVersion\": 1",
        "\"lockFileVersion\": 2",
        "{",
    ),
    case(
        "maven-lockfile",
        "SLG-DEP-005",
        "\"children\": []",
        "\"children\": [1]",
        "1",
    ),
    case(
        "gradle",
        "SLG-DEP-005",
        "com.google.code.gson:gson:2.13.2=",
        "<<<<<<< HEAD=",
        "<<<<<<< HEAD",
    ),
    // Of other dependencies.
    case(
        "pip-compile",
        "SLG-DEP-006",
        "jmespath==1.1.0",
        "jmespaht==1.1.0",
        "#",
    ),
    case(
        "uv",
        "SLG-DEP-006",
        "name = \"jmespath\"\nversion",
        "name = \"jmespaht\"\nversion",
        "version = 1",
    ),
    case(
        "poetry",
        "SLG-DEP-006",
        "name = \"jmespath\"",
        "name = \"jmespaht\"",
        "#",
    ),
    case(
        "pdm",
        "SLG-DEP-006",
        "name = \"jmespath\"",
        "name = \"jmespaht\"",
        "#",
    ),
    case(
        "npm",
        "SLG-DEP-006",
        "\"debug\": \"^4.4.0\"",
        "\"debug\": \"^4.3.0\"",
        "{",
    ),
    case(
        "pnpm",
        "SLG-DEP-006",
        "specifier: ^4.4.0",
        "specifier: ^4.3.0",
        "lockfileVersion",
    ),
    case(
        "yarn1",
        "SLG-DEP-006",
        "debug@^4.4.0:",
        "debug@^4.3.0:",
        "#",
    ),
    case(
        "yarn4",
        "SLG-DEP-006",
        "\"debug@npm:^4.4.0\":",
        "\"debug@npm:^4.3.0\":",
        "#",
    ),
    case(
        "cargo",
        "SLG-DEP-006",
        "name = \"itoa\"",
        "name = \"itoa2\"",
        "#",
    ),
    case(
        "maven",
        "SLG-DEP-006",
        "com/google/code/gson/gson/2.13.2/gson-2.13.2.jar\n3aa06aa7c0f9af092961a42d09578e4324be146348a0ee6ed47857f7c2677b76  com/google/code/gson/gson/2.13.2/gson-2.13.2.pom",
        "com/google/code/gson/gnos/2.13.2/gnos-2.13.2.jar",
        "",
    ),
    case(
        "maven-lockfile",
        "SLG-DEP-006",
        "\"artifactId\": \"gson\"",
        "\"artifactId\": \"gnos\"",
        "{",
    ),
    case(
        "gradle",
        "SLG-DEP-006",
        "com.google.code.gson:gson:2.13.2",
        "com.google.code.gson:gson-parent:2.13.2",
        "#",
    ),
    // Without TLS, or from several indexes.
    case(
        "maven-lockfile",
        "SLG-DEP-007",
        "\"resolved\": \"https:",
        "\"resolved\": \"http:",
        "\"artifactId\": \"error_prone_annotations\"",
    ),
    case(
        "pip-compile",
        "SLG-DEP-007",
        "six==1.17.0",
        "--extra-index-url https://example.com/simple\nsix==1.17.0",
        "--extra-index-url",
    ),
    case(
        "pip-compile",
        "SLG-DEP-007",
        "six==1.17.0",
        "--trusted-host example.com\nsix==1.17.0",
        "--trusted-host",
    ),
    case(
        "uv",
        "SLG-DEP-007",
        "version = \"1.17.0\"\nsource = { registry = \"https:",
        "version = \"1.17.0\"\nsource = { registry = \"http:",
        "name = \"six\"",
    ),
    case(
        "npm",
        "SLG-DEP-007",
        "      \"integrity\": \"sha512-6Flz",
        "      \"resolved\": \"http://example.com/ms/-/ms-2.1.3.tgz\",\n      \"integrity\": \"sha512-6Flz",
        "\"node_modules/ms\"",
    ),
    case(
        "yarn1",
        "SLG-DEP-007",
        "https://registry.yarnpkg.com/ms/",
        "http://registry.yarnpkg.com/ms/",
        "ms@2.1.3, ms@^2.1.3:",
    ),
];

#[test]
fn each_fault_is_refused_with_its_line() {
    for Case {
        of,
        rule,
        from,
        to,
        line,
    } in CASES
    {
        let (_, lock, manifest) = FORMATS.into_iter().find(|(name, ..)| name == of).unwrap();
        let (text, manifest_text) = (
            data(&format!("{of}/{lock}")),
            data(&format!("{of}/{manifest}")),
        );
        let at = text
            .rfind(from)
            .unwrap_or_else(|| panic!("{of} has no {from:?}"));
        // The last of its kind: six and ms stand at the end.
        let changed = format!("{}{to}{}", &text[..at], &text[at + from.len()..]);
        let folder = project(&[(lock, &changed), (manifest, &manifest_text)], "");
        let (status, found) = validated(folder.path());
        if line.is_empty() && *rule == "SLG-DEP-004" {
            // A near miss: a whole number is a version.
            assert_eq!((status, found), (0, BTreeSet::new()), "{of}: {to}");
            continue;
        }
        assert_eq!(status, 3, "{of}: {to}: {found:?}");
        let file = format!("src/app/{lock}");
        let of_rule = found.iter().find(|(code, f, _)| code == rule && *f == file);
        let (_, _, at) = of_rule.unwrap_or_else(|| panic!("{of}: {to}: {found:?}"));
        let shown = changed
            .lines()
            .nth(usize::try_from(*at).unwrap() - 1)
            .unwrap_or_default();
        assert!(
            shown
                .trim_start()
                .trim_matches('"')
                .contains(line.trim_matches('"')),
            "{of}: {to}: line {at}: {shown}"
        );
    }
}

#[test]
fn every_format_has_a_case_of_each_kind() {
    for (of, ..) in FORMATS {
        for rule in ["SLG-DEP-002", "SLG-DEP-003", "SLG-DEP-004", "SLG-DEP-005"] {
            let there = CASES.iter().any(|case| case.of == of && case.rule == rule);
            // Those of Go stand in go.mod, those of Java in what declares.
            let elsewhere = match rule {
                "SLG-DEP-003" => ["go", "maven", "maven-lockfile", "gradle"].contains(&of),
                "SLG-DEP-004" => of == "go",
                _ => false,
            };
            assert!(there != elsewhere, "{of} {rule}");
        }
    }
    let (go_mod, go_sum) = (data("go/go.mod"), data("go/go.sum"));
    for (from, to, rule) in [
        (
            "\nrequire (",
            "\nreplace gopkg.in/yaml.v3 => ../yaml\n\nrequire (",
            "SLG-DEP-003",
        ),
        ("testify v1.7.2", "testify master", "SLG-DEP-004"),
        ("testify v1.7.2", "testify v1.8.0", "SLG-DEP-002"),
    ] {
        let changed = go_mod.replacen(from, to, 1);
        let folder = project(&[("go.mod", &changed), ("go.sum", &go_sum)], "");
        let (status, found) = validated(folder.path());
        assert_eq!(status, 3, "{to}");
        assert!(
            found.iter().any(|(code, ..)| code == rule),
            "{to}: {found:?}"
        );
    }
}

/// What is wrong with what declares the dependencies of Java stands there, with its line.
#[test]
fn what_java_declares_is_judged_too() {
    let lock = |of: &str| {
        let (_, lock, manifest) = FORMATS.into_iter().find(|(name, ..)| *name == of).unwrap();
        (
            lock,
            data(&format!("{of}/{lock}")),
            manifest,
            data(&format!("{of}/{manifest}")),
        )
    };
    for (of, rule, from, to, line) in [
        (
            "maven",
            "SLG-DEP-004",
            "<gson.version>2.13.2<",
            "<gson.version>[2.13,3)<",
            "<version>${gson.version}<",
        ),
        (
            "maven",
            "SLG-DEP-004",
            "<version>${gson.version}<",
            "<version>LATEST<",
            "<version>LATEST<",
        ),
        (
            "maven",
            "SLG-DEP-004",
            "<version>${gson.version}<",
            "<version>RELEASE<",
            "<version>RELEASE<",
        ),
        (
            "maven",
            "SLG-DEP-004",
            "<version>${gson.version}<",
            "<version>2.13-SNAPSHOT<",
            "<version>2.13-SNAPSHOT<",
        ),
        (
            "maven",
            "SLG-DEP-003",
            "<version>${gson.version}</version>",
            "<version>1</version><scope>system</scope>\n<systemPath>/x.jar</systemPath>",
            "<systemPath>/x.jar",
        ),
        (
            "maven",
            "SLG-DEP-005",
            "</dependencies>",
            "</dependency>",
            "</dependency>",
        ),
        (
            "maven",
            "SLG-DEP-007",
            "  <dependencies>",
            "  <repositories><repository>\n<url>http://example.com/m2</url></repository></repositories>\n  <dependencies>",
            "<url>http://",
        ),
        (
            "gradle",
            "SLG-DEP-003",
            "    implementation 'com",
            "    implementation files('libs/x.jar')\n    implementation 'com",
            "files('libs/x.jar')",
        ),
        (
            "gradle",
            "SLG-DEP-007",
            "    mavenCentral()",
            "    maven { url = uri('http://example.com/m2') }",
            "http://example.com",
        ),
    ] {
        let (lock, lock_text, manifest, text) = lock(of);
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{of}: {from}");
        let folder = project(&[(lock, &lock_text), (manifest, &changed)], "");
        let (status, found) = validated(folder.path());
        assert_eq!(status, 3, "{of}: {to}: {found:?}");
        let file = format!("src/app/{manifest}");
        let found_at = found
            .iter()
            .find(|(code, at, _)| code == rule && *at == file);
        let (_, _, at) = found_at.unwrap_or_else(|| panic!("{of}: {to}: {found:?}"));
        let shown = changed
            .lines()
            .nth(usize::try_from(*at).unwrap() - 1)
            .unwrap();
        assert!(shown.contains(line), "{of}: {to}: line {at}: {shown}");
    }
}

/// Gradle keeps checksums apart: beside the lockfile, or in the root of the build.
#[test]
fn the_checksums_of_gradle_are_read_with_its_lockfile() {
    let files = [
        ("gradle.lockfile", data("gradle/gradle.lockfile")),
        ("build.gradle", data("gradle/build.gradle")),
    ];
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    let sums = data(&format!("gradle/{SUMS}"));
    let folder = project(&files, "");
    let at = format!("src/app/{SUMS}");
    let both = BTreeSet::from([(
        "SLG-DEP-002".to_owned(),
        "src/app/gradle.lockfile".to_owned(),
        4,
    )]);
    for (text, expected) in [
        (sums.replace("sha256", "md5"), both.clone()),
        (sums.replace("<sha256", "<pgp"), both.clone()),
        (
            sums.replacen("version=\"2.13.2\"", "version=\"2.13.1\"", 1),
            both.clone(),
        ),
        (sums.clone(), BTreeSet::new()),
    ] {
        write(folder.path(), &at, text);
        assert_eq!(validated(folder.path()).1, expected);
    }
    write(folder.path(), &at, &sums[..200]);
    let (_, found) = validated(folder.path());
    assert_eq!(found.first().unwrap().0, "SLG-DEP-005");
    std::fs::remove_file(folder.path().join(&at)).unwrap();
    assert_eq!(validated(folder.path()), (3, both));
    write(folder.path(), SUMS, &sums);
    assert_eq!(validated(folder.path()), (0, BTreeSet::new()));
}

#[test]
fn what_comes_from_elsewhere_is_excepted_by_name() {
    let text = data("pip-compile/requirements.txt");
    let text = text.replace("six==1.17.0", "six @ git+https://example.com/six@0a1b2c");
    let exception = |resource: &str| {
        format!(
            "exceptions:\n  - {{ rule: SLG-DEP-003, scope: functions.app, resource: {resource}, reason: \"ours\", owner: team@example.com, expires: \"2099-12-31\" }}\n"
        )
    };
    let folder = project(&[("requirements.txt", &text)], &exception("six"));
    assert_eq!(validated(folder.path()), (0, BTreeSet::new()));
    let folder = project(&[("requirements.txt", &text)], &exception("jmespath"));
    assert_eq!(validated(folder.path()).0, 3);
}

#[test]
fn one_lockfile_above_settles_a_workspace() {
    let folder = project(&[("package.json", &data("npm/package.json"))], "");
    write(
        folder.path(),
        "package-lock.json",
        data("npm/package-lock.json"),
    );
    assert_eq!(validated(folder.path()), (0, BTreeSet::new()));
    // What is wrong with it is found there.
    let text = data("npm/package-lock.json").replace("sha512-6Flz", "sha1-6Flz");
    write(folder.path(), "package-lock.json", text);
    let (status, found) = validated(folder.path());
    assert_eq!(status, 3);
    assert_eq!(found.iter().next().unwrap().1, "package-lock.json");
}

#[test]
fn what_is_not_read_is_said() {
    let folder = project(&[("setup.py", "")], "");
    let output = slgen(folder.path(), &["validate"]);
    assert_eq!(output.status.code(), Some(0));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("SLG-DEPENDENCY-001") && said.contains("src/app/setup.py was not read"),
        "{said}"
    );
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let folder = project(&[], "");
    write(folder.path(), "elsewhere", "secret");
    std::os::unix::fs::symlink(
        "../../elsewhere",
        folder.path().join("src/app/requirements.txt"),
    )
    .unwrap();
    let output = slgen(folder.path(), &["validate"]);
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("SLG-DEP-005") && !said.contains("secret"),
        "{said}"
    );
}

#[test]
fn credentials_are_never_shown() {
    let text = "--extra-index-url https://deploy:hunter2@example.com/simple\nsix @ git+https://deploy:hunter2@example.com/six\n";
    let folder = project(&[("requirements.txt", text)], "");
    for format in ["text", "json", "sarif", "github", "gitlab", "markdown"] {
        let output = slgen(folder.path(), &["--format", format, "validate"]);
        assert_eq!(output.status.code(), Some(3));
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert!(
            said.contains("SLG-DEP-007") && !said.contains("hunter2"),
            "{format}: {said}"
        );
    }
}
