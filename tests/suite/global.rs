//! Flags that hold for every command, `slgen doctor`, and the size of the shortest example.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::example_files;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn example(name: &str) -> std::path::PathBuf {
    Path::new(ROOT).join("examples").join(name)
}

fn slgen(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_slgen"));
    command.arg("-C").arg(folder);
    for variable in ["CI", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(variable);
    }
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn status(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// What a service of three functions costs to write down.
#[test]
fn the_compact_example_is_compact() {
    let manifest = fs::read_to_string(example("compact").join("slgen.yaml")).unwrap();
    assert!(
        manifest.lines().count() <= 40,
        "{}",
        manifest.lines().count()
    );
    assert!(manifest.len() <= 1700, "{} bytes", manifest.len());
    let functions = manifest.split_once("functions:").unwrap().1;
    assert!(functions.matches("source: ").count() >= 3);
}

#[test]
fn one_environment_is_judged_alone() {
    let folder = tempfile::tempdir().unwrap();
    example_files::lay_out("orders", folder.path());
    let manifest = fs::read_to_string(example("orders").join("slgen.yaml")).unwrap();
    fs::write(folder.path().join("slgen.yaml"), &manifest).unwrap();
    for arguments in [
        &["validate"][..],
        &["-e", "prod", "validate"],
        &["validate", "--env", "dev"],
    ] {
        let output = slgen(folder.path()).args(arguments).output().unwrap();
        assert_eq!(status(&output), 0, "{}", text(&output.stderr));
    }
    let excepted = manifest.split_once("exceptions:").unwrap().0;
    fs::write(folder.path().join("slgen.yaml"), excepted).unwrap();
    for (arguments, environments) in [
        (&["validate"][..], "environments: dev, prod"),
        (&["-e", "prod", "validate"], "environments: prod"),
        (&["-e", "dev", "validate"], "environments: dev"),
    ] {
        let output = slgen(folder.path()).args(arguments).output().unwrap();
        assert_eq!(status(&output), 3);
        let err = text(&output.stderr);
        assert_eq!(err.matches("SLG-PKG-003").count(), 1, "told once: {err}");
        assert!(
            err.lines().any(|line| line.ends_with(environments)),
            "{arguments:?}: {err}"
        );
    }
}

#[test]
fn an_environment_that_is_none_or_means_nothing_is_refused() {
    let validate = |environment: &str| {
        let mut command = slgen(&example("orders"));
        let output = command
            .args(["validate", "-e", environment])
            .output()
            .unwrap();
        (status(&output), text(&output.stderr))
    };
    let (code, err) = validate("prd");
    assert_eq!(code, 1);
    assert!(err.contains("there is no environment `prd`"), "{err}");
    assert!(err.contains("--> slgen.yaml:6:1"), "{err}");
    assert!(err.contains("did you mean `prod`?"), "{err}");
    let (code, err) = validate("elsewhere");
    assert_eq!(code, 1);
    assert!(err.contains("there are: dev, prod"), "{err}");

    // The gate of the other environments cannot be stepped around.
    let output = slgen(&example("orders"))
        .args(["generate", "--check", "-e", "dev"])
        .output()
        .unwrap();
    assert_eq!(status(&output), 1);
    assert!(text(&output.stderr).contains("SLG-USAGE-001"));
}

#[test]
fn color_is_as_asked_for() {
    for (arguments, variables, colored) in [
        (&[][..], &[][..], false),
        (&["--color", "always"], &[], true),
        (&["--color", "always"], &[("NO_COLOR", "1")], true),
        (&["--color", "never"], &[("CLICOLOR_FORCE", "1")], false),
        (&[], &[("CLICOLOR_FORCE", "1")], true),
        (&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        (&["--color", "auto"], &[], false),
    ] {
        let output = slgen(&example("orders"))
            .args(arguments)
            .envs(variables.iter().copied())
            .args(["-m", "nothing.yaml", "validate"])
            .output()
            .unwrap();
        assert_eq!(status(&output), 1);
        let err = text(&output.stderr);
        assert_eq!(
            err.contains('\u{1b}'),
            colored,
            "{arguments:?} {variables:?}: {err:?}"
        );
    }
}

#[test]
fn quiet_leaves_confirmations_out_and_verbose_names_files() {
    let folder = tempfile::tempdir().unwrap();
    example_files::lay_out("compact", folder.path());
    fs::copy(
        example("compact").join("slgen.yaml"),
        folder.path().join("slgen.yaml"),
    )
    .unwrap();
    let run = |arguments: &[&str]| {
        let output = slgen(folder.path()).args(arguments).output().unwrap();
        (status(&output), text(&output.stdout), text(&output.stderr))
    };
    for command in [
        &["-q", "validate"][..],
        &["pin", "--offline", "-q"],
        &["--quiet", "generate"],
    ] {
        let (code, out, err) = run(command);
        assert_eq!(
            (code, out.as_str(), err.as_str()),
            (0, "", ""),
            "{command:?}"
        );
    }
    fs::remove_file(folder.path().join("infra/orders/kms.tf")).unwrap();
    // What was asked for is told.
    let (code, out, _) = run(&["-q", "generate", "--check"]);
    assert_eq!((code, out.as_str()), (2, "infra/orders/kms.tf: missing\n"));
    let (code, out, _) = run(&["-v", "generate"]);
    assert_eq!(code, 0);
    assert!(
        out.starts_with("infra/orders/kms.tf\ninfra/orders: "),
        "{out}"
    );
    assert_eq!(run(&["-q", "-v", "validate"]).0, 1);

    // Errors are never left out.
    fs::write(folder.path().join("slgen.yaml"), "version: 1\n").unwrap();
    let (code, _, err) = run(&["-q", "validate"]);
    assert_eq!(code, 1);
    assert!(err.contains("error["), "{err}");
}

/// A folder of programs that answer as told.
#[cfg(unix)]
fn tools(answers: &[(&str, &str)]) -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    for (name, answer) in answers {
        let path = folder.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{answer}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    folder
}

#[cfg(unix)]
fn doctor(folder: &Path, tools: &Path, arguments: &[&str]) -> (i32, Value) {
    let output = slgen(folder)
        .args(["--format", "json", "doctor"])
        .args(arguments)
        .env("PATH", tools)
        .output()
        .unwrap();
    let out = text(&output.stdout);
    (status(&output), serde_json::from_str(&out).unwrap())
}

#[cfg(unix)]
const TERRAFORM: (&str, &str) = (
    "terraform",
    "test \"$CHECKPOINT_DISABLE\" = 1 && test -z \"$TF_CLI_ARGS\" && echo '{\"terraform_version\": \"1.11.4\"}'",
);

#[cfg(unix)]
#[test]
fn doctor_says_what_is_known_and_found() {
    let tools_there = tools(&[TERRAFORM, ("git", "echo git version 2.39.5")]);
    let (code, found) = doctor(&example("orders"), tools_there.path(), &[]);
    assert_eq!(code, 0, "{found}");
    assert_eq!(found["schema"], "slgen.doctor/1");
    assert_eq!(found["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(
        found["facts"]["iam"]["of"],
        slgen::catalog::aws::iam::vintage()
    );
    assert_eq!(
        found["facts"]["provider-schema"]["of"],
        "hashicorp/aws 5.100.0"
    );
    for fact in ["runtimes", "quotas"] {
        let day = found["facts"][fact]["of"].as_str().unwrap();
        assert!(day.parse::<slgen::date::Date>().is_ok(), "{fact}: {day}");
    }
    let release = found["facts"]["time-zones"]["of"].as_str().unwrap();
    assert!(release.starts_with("20") && release.len() == 5, "{release}");
    assert_eq!(found["tools"]["terraform"]["version"], "1.11.4");
    assert_eq!(found["tools"]["terraform"]["supported"], true);
    assert_eq!(found["tools"]["tofu"]["state"], "missing");
    assert_eq!(found["tools"]["git"]["version"], "2.39.5");
    assert_eq!(found["project"]["manifest"]["state"], "found");
    assert_eq!(found["project"]["lock"]["state"], "current");
    assert_eq!(found["project"]["input"]["asked"], false);

    let output = slgen(&example("orders"))
        .arg("doctor")
        .env("PATH", tools_there.path())
        .output();
    let out = text(&output.unwrap().stdout);
    assert!(out.contains("  terraform        1.11.4\n"), "{out}");
    assert!(out.ends_with("nothing is wrong\n"), "{out}");
}

#[cfg(unix)]
#[test]
fn doctor_finds_what_is_wrong() {
    let old = tools(&[("terraform", "echo '{\"terraform_version\": \"1.5.7\"}'")]);
    let (code, found) = doctor(&example("orders"), old.path(), &[]);
    assert_eq!(code, 1);
    assert_eq!(found["tools"]["terraform"]["supported"], false);
    assert_eq!(found["tools"]["terraform"]["problem"], true);
    // One that works is enough.
    let both = tools(&[
        ("terraform", "echo nonsense"),
        ("tofu", "echo '{\"terraform_version\": \"1.10.0\"}'"),
    ]);
    let (code, found) = doctor(&example("orders"), both.path(), &[]);
    assert_eq!(code, 0, "{found}");
    assert_eq!(found["tools"]["terraform"]["state"], "not-understood");
    let none = tools(&[]);
    assert_eq!(doctor(&example("orders"), none.path(), &[]).0, 1);

    // The project: nothing there, then a manifest, a stale lock, and one that is none.
    let there = tools(&[TERRAFORM]);
    let folder = tempfile::tempdir().unwrap();
    let state = |part: &str| {
        let (code, found) = doctor(folder.path(), there.path(), &[]);
        let state = found["project"][part]["state"].as_str().unwrap();
        (code, state.to_owned())
    };
    assert_eq!(state("manifest"), (0, "missing".to_owned()));
    assert_eq!(state("lock"), (0, "missing".to_owned()));
    let manifest = folder.path().join("slgen.yaml");
    fs::copy(example("compact").join("slgen.yaml"), &manifest).unwrap();
    assert_eq!(state("manifest"), (0, "found".to_owned()));
    assert_eq!(state("lock"), (0, "missing".to_owned()));
    let lock = fs::read_to_string(example("compact").join("slgen.lock")).unwrap();
    let file = folder.path().join("slgen.lock");
    fs::write(&file, lock.replace("1.0.0", "0.9.0")).unwrap();
    assert_eq!(state("lock"), (1, "stale".to_owned()));
    fs::write(&file, "{").unwrap();
    assert_eq!(state("lock"), (1, "unreadable".to_owned()));
    fs::remove_file(&file).unwrap();
    fs::write(&manifest, "version: 2\n").unwrap();
    assert_eq!(state("manifest").1, "faulty");
}

#[cfg(unix)]
#[test]
fn nobody_is_asked_where_nobody_answers() {
    let there = tools(&[TERRAFORM]);
    let (_, found) = doctor(&example("orders"), there.path(), &["--no-input"]);
    assert_eq!(found["project"]["input"]["why"], "--no-input");
    let output = slgen(&example("orders"))
        .args(["--format", "json", "doctor"])
        .env("CI", "true")
        .env("PATH", there.path())
        .output()
        .unwrap();
    let found: Value = serde_json::from_str(&text(&output.stdout)).unwrap();
    assert_eq!(found["project"]["input"]["why"], "CI is set");
    let (_, found) = doctor(&example("orders"), there.path(), &[]);
    assert_eq!(found["project"]["input"]["why"], "there is no terminal");
}
