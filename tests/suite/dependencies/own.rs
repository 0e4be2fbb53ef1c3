//! The user's own Dockerfiles and workflows: judged where they belong to the service, with their lines.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Json, slgen, write};

const MANIFEST: &str = "\
version: 1
service: own
environments: { dev: { account: \"111111111111\", region: eu-west-1 } }
baseline: { source: \"builtin:aws-baseline\", version: 1.0.0 }
alerts: { email: [you@example.com] }
functions:
  app: { source: src/app, runtime: RUNTIME, handler: app.handler, package: image, triggers: [{ schedule: \"rate(1 day)\" }] }
";

/// A repository whose service stands in a folder of it.
fn repository(folder: &str, runtime: &str, files: &[(&str, &str)]) -> tempfile::TempDir {
    let top = tempfile::tempdir().unwrap();
    write(top.path(), ".git/HEAD", "ref: refs/heads/main\n");
    let manifest = MANIFEST.replace("RUNTIME", runtime);
    write(top.path(), &format!("{folder}/slgen.yaml"), manifest);
    write(top.path(), &format!("{folder}/src/app/README.md"), "");
    for (name, text) in files {
        write(top.path(), name, text);
    }
    top
}

/// Exit status, and rule, file and line of each finding on Dockerfiles and workflows.
fn validated(project: &Path) -> (i32, BTreeSet<(String, String, u64)>) {
    let output = slgen(project, &["--format", "json", "validate"]);
    let report: Json = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let all = report["diagnostics"].as_array().unwrap().iter();
    let text = |d: &Json, key: &str| d[key].as_str().unwrap_or_default().to_owned();
    let found = all.map(|d| {
        (
            text(d, "code"),
            text(d, "file"),
            d["line"].as_u64().unwrap_or(0),
        )
    });
    let own = ["SLG-PKG-013", "SLG-IMG", "SLG-WFL", "SLG-WORKFLOW"];
    let found = found.filter(|(code, ..)| own.iter().any(|begin| code.starts_with(begin)));
    (output.status.code().unwrap(), found.collect())
}

fn found(all: &[(&str, &str, u64)]) -> BTreeSet<(String, String, u64)> {
    let all = all.iter();
    all.map(|(code, file, line)| ((*code).to_owned(), (*file).to_owned(), *line))
        .collect()
}

const WEAK: &str = "\
# syntax=docker/dockerfile:1
FROM public.ecr.aws/lambda/ruby:latest AS build
RUN curl -fsSL https://example.com/install.sh | bash
ADD https://example.com/tool.tgz /tool.tgz
FROM build
COPY app.rb ./
CMD [\"app.handler\"]
";

#[test]
fn a_dockerfile_of_ones_own_is_judged_where_slgen_writes_none() {
    let weak = repository(".", "ruby3.4", &[("src/app/Dockerfile", WEAK)]);
    let file = "src/app/Dockerfile";
    let expected = found(&[
        ("SLG-PKG-013", file, 1),
        ("SLG-PKG-013", file, 2),
        ("SLG-IMG-003", file, 3),
        ("SLG-IMG-001", file, 4),
        ("SLG-IMG-002", file, 5),
    ]);
    assert_eq!(validated(weak.path()), (3, expected));

    let digest = "0a".repeat(32);
    let right = format!(
        "FROM public.ecr.aws/lambda/ruby:3.4@sha256:{digest} AS build\nRUN bundle install --frozen\nFROM build\nUSER 65532:65532\n"
    );
    let right = repository(".", "ruby3.4", &[("src/app/Dockerfile", &right)]);
    assert_eq!(validated(right.path()), (0, BTreeSet::new()));
    // One that nothing is built from says nothing of the function.
    let unused = repository(".", "python3.13", &[("src/app/Dockerfile", WEAK)]);
    assert_eq!(validated(unused.path()), (0, BTreeSet::new()));
    // There is none: the function is what is told.
    let none = repository(".", "ruby3.4", &[]);
    assert_eq!(
        validated(none.path()),
        (3, found(&[("SLG-PKG-013", "slgen.yaml", 7)]))
    );
}

/// Java images are built by Maven: what Gradle builds has a Dockerfile of its own, or none that is known.
#[test]
fn a_project_of_gradle_brings_its_dockerfile() {
    let script = ("src/app/build.gradle", "plugins { id 'java' }\n");
    let none = repository(".", "java21", &[script]);
    assert_eq!(
        validated(none.path()),
        (3, found(&[("SLG-PKG-013", "slgen.yaml", 7)]))
    );
    let digest = "0a".repeat(32);
    let own = format!("FROM gradle:9-jdk21@sha256:{digest}\nUSER 65532\n");
    let own = repository(".", "java21", &[script, ("src/app/Dockerfile", &own)]);
    assert_eq!(validated(own.path()), (0, BTreeSet::new()));
    // With a pom.xml beside it, slgen writes one.
    let maven = repository(".", "java21", &[script, ("src/app/pom.xml", "<project/>")]);
    assert_eq!(validated(maven.path()), (0, BTreeSet::new()));
}

const CI: &str = "\
on: [push, pull_request_target]
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
        with:
          ref: ${{ github.event.pull_request.head.sha }}
      - run: echo \"${{ github.event.pull_request.title }}\"
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          aws-access-key-id: ${{ secrets.ID }}
          aws-secret-access-key: ${{ secrets.KEY }}
";

#[test]
fn workflows_that_concern_the_service_are_judged() {
    let file = ".github/workflows/ci.yml";
    let all = |shown: &str| {
        found(&[
            ("SLG-WFL-004", shown, 3),
            ("SLG-WFL-001", shown, 6),
            ("SLG-WFL-002", shown, 8),
            ("SLG-WFL-003", shown, 9),
            ("SLG-WFL-001", shown, 10),
            ("SLG-WFL-005", shown, 13),
        ])
    };
    let one = repository(".", "python3.13", &[(file, CI)]);
    assert_eq!(validated(one.path()), (3, all(file)));

    let many = repository("services/orders", "python3.13", &[(file, CI)]);
    let project = many.path().join("services/orders");
    assert_eq!(validated(&project), (3, all(&format!("../../{file}"))));
    // Of another team's folder alone: it is theirs to mend.
    let theirs = CI.replace(
        "on: [push, pull_request_target]",
        "on: { push: { paths: [\"services/billing/**\"] }, pull_request_target: { paths: [\"web/**\"] } }",
    );
    write(many.path(), file, theirs);
    assert_eq!(validated(&project), (0, BTreeSet::new()));
    // What slgen writes for this service is judged when it is written.
    std::fs::remove_file(many.path().join(file)).unwrap();
    write(many.path(), ".github/workflows/slgen-own.yml", CI);
    assert_eq!(validated(&project).0, 3);
    let manifest = MANIFEST.replace("RUNTIME", "python3.13");
    write(
        &project,
        "slgen.yaml",
        format!("{manifest}ci: {{ platform: github }}\n"),
    );
    assert_eq!(validated(&project), (0, BTreeSet::new()));
    // No YAML as it is read: said, and passed over.
    write(
        many.path(),
        ".github/workflows/x.yaml",
        "on: push\na: &x 1\n",
    );
    let (status, said) = validated(&project);
    assert_eq!(status, 0);
    assert_eq!(said.first().unwrap().0, "SLG-WORKFLOW-001");
}

/// An action of the repository is of the same commit; what it uses need not be.
#[test]
fn actions_of_the_repository_are_judged_with_what_uses_them() {
    let ci = "on: push\npermissions: {}\njobs: { a: { steps: [{ uses: ./.github/actions/one }, { uses: ../x }] } }\n";
    let one = "runs:\n  using: composite\n  steps:\n    - uses: ./.github/actions/two\n    - uses: ./.github/actions/one\n    - uses: a/b@v1\n";
    let two = "runs:\n  using: composite\n  steps:\n    - run: echo ${{ github.head_ref }}\n      shell: bash\n";
    let top = repository(
        ".",
        "python3.13",
        &[
            (".github/workflows/ci.yml", ci),
            (".github/actions/one/action.yml", one),
            (".github/actions/two/action.yaml", two),
            // Nothing uses it.
            (".github/actions/three/action.yml", one),
        ],
    );
    let expected = found(&[
        ("SLG-WFL-001", ".github/actions/one/action.yml", 6),
        ("SLG-WFL-001", ".github/workflows/ci.yml", 3),
        ("SLG-WFL-003", ".github/actions/two/action.yaml", 4),
    ]);
    assert_eq!(validated(top.path()), (3, expected));
}

/// A service can be begun, and added to, in a repository whose workflows are still weak: `generate` stops there.
#[test]
fn a_service_is_begun_in_any_repository() {
    let file = ".github/workflows/ci.yml";
    let top = repository("services/orders", "python3.13", &[(file, CI)]);
    let project = top.path().join("services/orders");
    let add = [
        "--no-input",
        "add",
        "resource",
        "--name",
        "jobs",
        "--type",
        "sqs_queue",
        "--yes",
    ];
    let output = slgen(&project, &add);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(slgen(&project, &["generate"]).status.code(), Some(3));
}

#[test]
fn an_exception_names_the_workflow() {
    let file = ".github/workflows/ci.yml";
    let ci = "on: push\npermissions: {}\njobs: { a: { steps: [{ uses: \"./x\" }, { uses: a/b@v1 }] } }\n";
    let top = repository(".", "python3.13", &[(file, ci)]);
    let except = |resource: &str| {
        let exception = format!(
            "exceptions:\n  - {{ rule: SLG-WFL-001, scope: service, resource: {resource}, reason: \"ours\", owner: team@example.com, expires: \"2099-12-31\" }}\n"
        );
        let manifest = MANIFEST.replace("RUNTIME", "python3.13");
        write(top.path(), "slgen.yaml", format!("{manifest}{exception}"));
        validated(top.path()).0
    };
    assert_eq!(except(file), 0);
    assert_eq!(except(".github/workflows/other.yml"), 3);
    let output = slgen(top.path(), &["explain", "SLG-WFL-001"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.contains("scope: service, resource: .github/workflows/"),
        "{said}"
    );
}

/// Authorities are shipped, keys are refused, and never shown.
#[test]
fn a_private_key_in_the_source_folder_is_refused() {
    let authority = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    let bundle = ("src/app/certs/ca.pem", authority);
    let top = repository(".", "python3.13", &[bundle]);
    assert_eq!(slgen(top.path(), &["validate"]).status.code(), Some(0));
    let key =
        format!("{authority}-----BEGIN PRIVATE KEY-----\nMIIsecret\n-----END PRIVATE KEY-----\n");
    write(top.path(), "src/app/certs/tls.pem", key);
    // Named as one: it is shipped nowhere.
    write(
        top.path(),
        "src/app/certs/tls-key.pem",
        "-----BEGIN PRIVATE KEY-----\n",
    );
    for format in ["text", "json", "github"] {
        let output = slgen(top.path(), &["--format", format, "validate"]);
        assert_eq!(output.status.code(), Some(3));
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(
            said.contains("SLG-PKG-014") && said.contains("tls.pem"),
            "{said}"
        );
        assert!(
            !said.contains("MIIsecret") && !said.contains("tls-key.pem"),
            "{said}"
        );
    }
}

/// What slgen generates has nothing of what it refuses.
#[test]
fn generated_pipelines_pass() {
    let pipelines = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/expected/pipelines");
    for pipeline in ["github", "github-snyk", "github-owasp"] {
        let folder = Path::new(pipelines).join(pipeline);
        let workflow = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| {
                path.file_name()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .starts_with("slgen-")
            })
            .unwrap_or_else(|| panic!("{}", folder.display()));
        let text = std::fs::read_to_string(workflow).unwrap();
        let top = repository(".", "python3.13", &[(".github/workflows/x.yml", &text)]);
        assert_eq!(validated(top.path()), (0, BTreeSet::new()), "{pipeline}");
    }
}
