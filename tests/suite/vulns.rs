//! The register of vulnerabilities: reports of each tool, due dates, exceptions, and what was not scanned.

use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use serde_json::Value as Json;
use slgen::vulns;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

const MANIFEST: &str = "\
version: 1
service: orders
owner: team-orders
environments: { dev: { account: \"111111111111\", region: eu-west-1 } }
baseline: { source: \"builtin:aws-baseline\", version: 1.0.0 }
alerts: { email: [you@example.com] }
functions:
  app: { source: src/app, runtime: python3.13, handler: app.handler, triggers: [{ schedule: \"rate(1 day)\" }] }
  bare: { source: src/bare, runtime: python3.13, handler: app.handler, triggers: [{ schedule: \"rate(1 day)\" }] }
";

/// A project that locks versions with vulnerabilities.
fn project(more: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["app", "bare"] {
        std::fs::create_dir_all(folder.path().join("src").join(name)).unwrap();
    }
    let lock =
        std::fs::read_to_string(format!("{ROOT}/tests/data/lockfiles/npm/package-lock.json"))
            .unwrap();
    let lock = lock
        .replace("\"4.4.3\"", "\"4.3.0\"")
        .replace("\"version\": \"2.1.3\"", "\"version\": \"1.0.0\"");
    std::fs::write(folder.path().join("src/app/package-lock.json"), lock).unwrap();
    std::fs::write(
        folder.path().join("slgen.yaml"),
        format!("{MANIFEST}{more}"),
    )
    .unwrap();
    folder
}

/// Exit status, stdout, stderr.
fn said(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_slgen"))
        .current_dir(folder)
        .args(arguments)
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (
        output.status.code().unwrap(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

fn import(folder: &Path, files: &[&str], on: &str) -> (i32, String, String) {
    let files: Vec<String> = files
        .iter()
        .map(|file| format!("{ROOT}/tests/data/vulns/{file}"))
        .collect();
    let mut arguments = vec!["vulns", "import", "--on", on];
    arguments.extend(files.iter().map(String::as_str));
    said(folder, &arguments)
}

fn register(folder: &Path) -> Json {
    serde_json::from_str(&std::fs::read_to_string(folder.join("slgen.vulns.json")).unwrap())
        .unwrap()
}

#[test]
fn each_form_of_report_says_the_same() {
    for (file, tool, id, severity, due) in [
        (
            "osv-scanner.json",
            "osv-scanner",
            "GHSA-gxpj-cx7g-858c",
            "medium",
            "2026-04-01",
        ),
        (
            "osv-scanner.sarif",
            "osv-scanner",
            "CVE-2017-16137",
            "medium",
            "2026-04-01",
        ),
        (
            "GHSA-gxpj-cx7g-858c.json",
            "osv",
            "GHSA-gxpj-cx7g-858c",
            "medium",
            "2026-04-01",
        ),
        (
            "dependency-check.sarif",
            "dependency-check",
            "CVE-2017-16137",
            "medium",
            "2026-04-01",
        ),
        (
            "snyk.sarif",
            "Snyk Open Source",
            "npm:debug:20170905",
            "low",
            "2026-06-30",
        ),
    ] {
        let folder = project("");
        let (status, _, errors) = import(folder.path(), &[file], "2026-01-01");
        assert_eq!(status, 0, "{file}: {errors}");
        let register = register(folder.path());
        let all = register["vulnerabilities"].as_array().unwrap();
        let entry = all
            .iter()
            .find(|entry| entry["package"] == "debug")
            .unwrap();
        for (key, value) in [
            ("id", id),
            ("version", "4.3.0"),
            ("severity", severity),
            ("tool", tool),
            ("owner", "team-orders"),
            ("first_seen", "2026-01-01"),
            ("due", due),
        ] {
            assert_eq!(entry[key], value, "{file}: {entry}");
        }
        assert_eq!(entry["functions"].to_string(), "[\"app\"]", "{file}");
        let ids = format!("{} {}", entry["id"], entry["aliases"]);
        assert!(
            ids.contains("CVE-2017-16137") && !ids.contains("CVE-2099"),
            "{file}: {ids}"
        );
        // The same again changes nothing.
        let before = std::fs::read_to_string(folder.path().join("slgen.vulns.json")).unwrap();
        import(folder.path(), &[file], "2026-01-01");
        assert_eq!(
            std::fs::read_to_string(folder.path().join("slgen.vulns.json")).unwrap(),
            before,
            "{file}"
        );
        assert!(
            before
                .lines()
                .filter(|line| line.contains("\"id\""))
                .count()
                == all.len()
        );
    }
}

#[test]
fn tools_meet_in_one_entry() {
    let folder = project("");
    import(folder.path(), &["osv-scanner.json"], "2026-01-01");
    import(
        folder.path(),
        &["snyk.sarif", "dependency-check.sarif"],
        "2026-02-01",
    );
    let register = register(folder.path());
    let all = register["vulnerabilities"].as_array().unwrap();
    let debug: Vec<&Json> = all
        .iter()
        .filter(|entry| entry["package"] == "debug")
        .collect();
    assert_eq!(debug.len(), 1, "{register}");
    // Snyk calls it low, the others medium.
    assert_eq!(debug[0]["severity"], "medium");
    assert_eq!(debug[0]["first_seen"], "2026-01-01");
    assert_eq!(register["scans"].as_array().unwrap().len(), 3);
}

#[test]
fn overdue_gates_until_fixed_or_excepted() {
    let folder = project("");
    let at = folder.path();
    import(at, &["osv-scanner.json"], "2026-01-01");
    assert_eq!(
        said(at, &["vulns", "--check", "--on", "2026-04-01"]).0,
        0,
        "the last day counts"
    );
    let (status, out, errors) = said(at, &["vulns", "--check", "--on", "2026-04-02"]);
    assert_eq!(status, 3);
    assert!(
        out.contains("overdue") && errors.contains("error[SLG-VULN-001]"),
        "{out}{errors}"
    );
    assert!(
        errors.contains("slgen.yaml:8"),
        "the function's line: {errors}"
    );
    // Listing does not gate.
    assert_eq!(said(at, &["vulns", "--on", "2026-04-02"]).0, 0);
    // Reported again, the day of the first report stays.
    import(at, &["osv-scanner.json"], "2026-03-01");
    assert_eq!(said(at, &["vulns", "--check", "--on", "2026-04-02"]).0, 3);
    // Not reported any more: fixed.
    let (status, out, _) = import(at, &["osv-scanner-clean.json"], "2026-04-02");
    assert_eq!(
        (status, out.contains("2 newly fixed, 0 open")),
        (0, true),
        "{out}"
    );
    assert_eq!(said(at, &["vulns", "--check", "--on", "2026-05-02"]).0, 0);
    assert!(said(at, &["vulns", "--all"]).1.contains("since 2026-04-02"));
    // Back again: from that day.
    import(at, &["osv-scanner.json"], "2026-06-01");
    assert_eq!(
        register(at)["vulnerabilities"][0]["first_seen"],
        "2026-06-01"
    );

    let exception = |scope: &str, id: &str, expires: &str| {
        format!(
            "  - {{ rule: SLG-VULN-001, scope: {scope}, resource: {id}, reason: \"not reached\", owner: team@example.com, expires: \"{expires}\" }}\n"
        )
    };
    let check = |exceptions: &[String], on: &str| {
        let folder = project(&format!("exceptions:\n{}", exceptions.concat()));
        import(folder.path(), &["osv-scanner.json"], "2026-01-01");
        said(folder.path(), &["vulns", "--check", "--on", on]).0
    };
    let both = ["CVE-2017-16137", "GHSA-w9mr-4mfr-499f"]
        .map(|id| exception("functions.app", id, "2099-01-01"));
    assert_eq!(check(&both, "2026-04-02"), 0, "by id or alias");
    assert_eq!(check(&both[..1], "2026-04-02"), 3);
    let other = ["CVE-2017-16137", "CVE-2017-20162"]
        .map(|id| exception("functions.bare", id, "2099-01-01"));
    assert_eq!(check(&other, "2026-04-02"), 3, "another function");
    assert_eq!(check(&both, "2099-01-02"), 3, "its last day is over");
    // One that names nothing covers nothing, and validate says so.
    let nameless = exception("service", "x", "2099-01-01").replace(" resource: x,", "");
    let folder = project(&format!("exceptions:\n{nameless}"));
    let (status, _, errors) = said(folder.path(), &["validate"]);
    assert!(
        errors.contains("name the vulnerability"),
        "{status}: {errors}"
    );
    // One that holds is no fault of the manifest.
    let folder = project(&format!("exceptions:\n{}", both.concat()));
    let (status, _, errors) = said(folder.path(), &["validate"]);
    assert_eq!(
        (status, errors.contains("SLG-VULN")),
        (0, false),
        "{errors}"
    );
    assert!(
        said(folder.path(), &["exceptions"])
            .1
            .contains("`slgen vulns` says what it covers")
    );
}

#[test]
fn not_scanned_is_never_clean() {
    let folder = project("");
    let (status, _, errors) = said(folder.path(), &["vulns", "--check"]);
    assert_eq!(
        (status, errors.contains("SLG-VULN-003")),
        (4, true),
        "{errors}"
    );
    for (file, part) in [
        ("pip-audit-skipped.json", "six"),
        ("failed.sarif", "no offline version"),
    ] {
        let folder = project("");
        let (status, _, errors) = import(folder.path(), &[file], "2026-01-01");
        assert_eq!(status, 4, "{file}");
        assert!(
            errors.contains("not scanned") && errors.contains(part),
            "{errors}"
        );
        assert_eq!(
            said(folder.path(), &["vulns", "--check", "--on", "2026-01-02"]).0,
            4,
            "{file}"
        );
    }
    // What it skipped may be what it reported before: nothing is fixed by it.
    let folder = project("");
    import(folder.path(), &["osv-scanner.json"], "2026-01-01");
    import(folder.path(), &["failed.sarif"], "2026-01-02");
    assert!(register(folder.path())["vulnerabilities"][0]["fixed"].is_null());
    // A whole scan mends it.
    import(folder.path(), &["osv-scanner.json"], "2026-01-03");
    assert_eq!(
        said(folder.path(), &["vulns", "--check", "--on", "2026-01-03"]).0,
        0
    );
}

#[test]
fn a_stricter_policy_is_the_manifests_and_a_laxer_one_is_refused() {
    let folder = project("vulnerabilities: { due_days: { medium: 14 } }\n");
    import(folder.path(), &["osv-scanner.json"], "2026-01-01");
    assert_eq!(
        register(folder.path())["vulnerabilities"][0]["due"],
        "2026-01-15"
    );
    let folder = project("vulnerabilities: { due_days: { critical: 8 } }\n");
    let (status, _, errors) = said(folder.path(), &["validate"]);
    assert_eq!(
        (status, errors.contains("more than 7 days")),
        (1, true),
        "{errors}"
    );
}

#[test]
fn a_new_version_that_is_no_better_does_not_begin_anew() {
    let folder = project("");
    import(folder.path(), &["osv-scanner.json"], "2026-01-01");
    let report =
        std::fs::read_to_string(format!("{ROOT}/tests/data/vulns/osv-scanner.json")).unwrap();
    let report = report.replace("\"4.3.0\"", "\"4.2.0\"");
    std::fs::write(folder.path().join("next.json"), report).unwrap();
    let (status, ..) = said(
        folder.path(),
        &["vulns", "import", "--on", "2026-03-01", "next.json"],
    );
    assert_eq!(status, 0);
    let register = register(folder.path());
    let all = register["vulnerabilities"].as_array().unwrap();
    let of = |version: &str| {
        all.iter()
            .find(|e| e["package"] == "debug" && e["version"] == version)
            .unwrap()
    };
    assert_eq!(of("4.2.0")["first_seen"], "2026-01-01");
    assert_eq!(of("4.3.0")["fixed"], "2026-03-01");
}

#[test]
fn what_reports_say_is_text() {
    let folder = project("");
    let hostile = r#"{"results":[{"source":{"path":"x"},"packages":[{"package":{"name":"a\u001b[31m|<img>https://u:hunter2@h/","version":"1\n| x |","ecosystem":"npm"},"vulnerabilities":[{"id":"CVE-1](https://evil)`@team","aliases":["::error::x","b\u202ec"],"affected":[]}]}]}]}"#;
    std::fs::write(folder.path().join("r.json"), hostile).unwrap();
    let (status, ..) = said(
        folder.path(),
        &["vulns", "import", "--on", "2026-01-01", "r.json"],
    );
    assert_eq!(status, 0);
    for arguments in [
        &["vulns", "--check", "--on", "2027-01-01"][..],
        &["--format", "markdown", "vulns"],
        &["--format", "json", "vulns"],
        &[
            "--format",
            "github",
            "vulns",
            "--check",
            "--on",
            "2027-01-01",
        ],
    ] {
        let (_, out, errors) = said(folder.path(), arguments);
        for text in [&out, &errors] {
            assert!(
                !text.contains('\u{1b}') && !text.contains('\u{202e}') && !text.contains("hunter2"),
                "{text}"
            );
            assert!(
                !text.lines().any(|line| line.starts_with("::error::x")),
                "{text}"
            );
        }
        if arguments.contains(&"markdown") {
            assert!(
                !out.contains("<img>") && !out.contains("](http") && out.lines().count() == 3,
                "{out}"
            );
        }
    }
    // Nobody ranks it: high, 30 days.
    let register = register(folder.path());
    assert_eq!(register["vulnerabilities"][0]["severity"], "high");
    assert_eq!(register["vulnerabilities"][0]["due"], "2026-01-31");
}

#[test]
fn what_is_no_report_changes_nothing() {
    let folder = project("");
    for text in [
        "",
        "{",
        "{}",
        "[]x",
        "{\"version\":\"2.0.0\",\"runs\":[]}",
        "{\"runs\":[],\"version\":\"2.1.0\"}",
        "{\"dependencies\":[{}]}",
        "{\"results\":[{\"packages\":[{}]}]}",
    ] {
        std::fs::write(folder.path().join("r.json"), text).unwrap();
        let (status, _, errors) = said(folder.path(), &["vulns", "import", "r.json"]);
        assert_eq!(
            (status, errors.contains("SLG-VULN-002")),
            (1, true),
            "{text}: {errors}"
        );
    }
    assert!(!folder.path().join("slgen.vulns.json").exists());
    // A register that was edited badly has its line.
    import(folder.path(), &["osv-scanner.json"], "2026-01-01");
    let path = folder.path().join("slgen.vulns.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("2026-01-01", "2026-13-01", 2)).unwrap();
    let (status, _, errors) = said(folder.path(), &["vulns"]);
    assert_eq!(
        (status, errors.contains("slgen.vulns.json:")),
        (1, true),
        "{errors}"
    );
}

#[test]
fn the_schema_of_the_register_is_published() {
    let path = format!("{ROOT}/docs/schemas/slgen.vulns-1.schema.json");
    let text = serde_json::to_string_pretty(&vulns::schema()).unwrap() + "\n";
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        text,
        "UPDATE=1 writes it"
    );
    let folder = project("");
    import(
        folder.path(),
        &["osv-scanner.json", "pip-audit-skipped.json"],
        "2026-01-01",
    );
    let validator = jsonschema::validator_for(&vulns::schema()).unwrap();
    assert!(validator.is_valid(&register(folder.path())));
}

proptest! {
    #[test]
    fn no_damaged_report_panics(file in 0_usize..6, cuts in prop::collection::vec((0_usize..3000, 0_usize..40, "\\PC{0,4}|\"|\\{|null|1"), 1..5)) {
        let files = ["osv-scanner.json", "osv-scanner.sarif", "snyk.sarif", "dependency-check.sarif", "GHSA-gxpj-cx7g-858c.json", "pip-audit-skipped.json"];
        let text = std::fs::read_to_string(format!("{ROOT}/tests/data/vulns/{}", files[file])).unwrap();
        let mut changed: Vec<char> = text.chars().collect();
        for (at, length, junk) in cuts {
            let at = at.min(changed.len());
            let end = (at + length).min(changed.len());
            changed.splice(at..end, junk.chars());
        }
        let changed: String = changed.into_iter().collect();
        if let Ok(report) = vulns::read(&changed) {
            prop_assert!(report.found.iter().all(|found| !found.ids.is_empty() && !found.package.name.is_empty()));
        }
        let _ = vulns::parse("slgen.vulns.json".into(), &changed);
    }
}
