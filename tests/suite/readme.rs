//! What the README says is so.

use std::path::Path;
use std::process::Command;

use crate::example_files;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(ROOT).join(path)).unwrap()
}

/// The fenced blocks of a language, in order.
fn blocks(language: &str) -> Vec<String> {
    let readme = read("README.md");
    let mut blocks = Vec::new();
    let mut lines = readme.lines();
    while let Some(line) = lines.next() {
        if let Some(found) = line.strip_prefix("```") {
            let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            if found == language {
                blocks.push(body.join("\n"));
            }
        }
    }
    blocks
}

#[test]
fn there_are_two_commands_and_ci_runs_the_second() {
    let commands = blocks("sh");
    assert_eq!(commands.len(), 2, "{commands:?}");
    assert!(commands[0].starts_with("cargo run --locked"));
    assert!(commands[0].ends_with("-C examples/orders generate"));
    assert_eq!(commands[1], "bash scripts/test");
    assert!(read(".ci/run").contains(&format!("exec {}\n", commands[1])));
}

#[test]
fn the_manifest_it_shows_is_the_examples() {
    let shown = blocks("yaml");
    assert_eq!(shown.len(), 3);
    let own = own_service();
    for block in shown.into_iter().filter(|block| *block != own) {
        assert!(
            read("examples/orders/slgen.yaml").contains(&block),
            "{block}"
        );
    }
}

/// The manifest of the reader's own service.
fn own_service() -> String {
    blocks("yaml")
        .into_iter()
        .find(|block| block.starts_with("version: 1"))
        .unwrap()
}

#[test]
fn the_service_of_ones_own_is_generated_from_an_empty_folder() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("slgen.yaml", &own_service());
    write(
        "src/save/app.py",
        "def handler(event, context):\n    return {}\n",
    );
    write("schemas/note.json", r#"{"type": "object"}"#);
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_slgen"))
            .args(arguments)
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    };
    run(&["generate"]);
    let why = run(&["explain", "dynamodb:PutItem"]);
    assert!(why.contains("slgen.yaml:13"), "{why}");
    // The artifacts that it shows are of the type that the stack declares.
    let artifacts: serde_json::Value = serde_json::from_str(&blocks("json")[0]).unwrap();
    let digest = artifacts["artifacts"]["save"]["image_digest"].as_str();
    let hash = digest.unwrap().strip_prefix("sha256:").unwrap();
    assert!(hash.len() == 64 && hash.chars().all(|c| c.is_ascii_hexdigit()));
    let variables = std::fs::read_to_string(folder.path().join("infra/notes/variables.tf"));
    assert!(variables.unwrap().contains("image_digest"));
}

/// Line by line, with nobody to ask; then what it shows of the questions is what is asked.
#[test]
fn the_answers_it_shows_make_a_service() {
    let folder = tempfile::tempdir().unwrap();
    let binary = Path::new(env!("CARGO_BIN_EXE_slgen")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let commands = blocks("console").remove(0);
    assert!(commands.lines().count() >= 5);
    for line in commands.lines() {
        let command = line.strip_prefix("$ ").unwrap();
        let output = Command::new("bash")
            .args(["-euc", command])
            .current_dir(folder.path())
            .env("PATH", &path)
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}\n{told}");
    }
    let text = std::fs::read_to_string(folder.path().join("slgen.yaml")).unwrap();
    assert!(
        text.contains("allow: [PutItem]") && text.contains("GET /notes/{id}"),
        "{text}"
    );
    assert!(folder.path().join("infra/notes/fn_list.tf").exists());
    let shown = blocks("text")
        .into_iter()
        .find(|block| block.starts_with("slgen init"))
        .unwrap();
    let mut questions = slgen::wizard::INIT.questions.iter();
    for line in shown.lines().skip(1) {
        let (asked, _) = line.strip_prefix("> ").unwrap().split_once("? ").unwrap();
        assert!(questions.any(|question| question.text == asked), "{line}");
    }
}

#[test]
fn the_error_it_shows_is_what_is_printed() {
    let shown = blocks("text")
        .into_iter()
        .find(|block| block.starts_with("error["))
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let manifest = read("examples/orders/slgen.yaml");
    let right = "allow: [PutItem, GetItem]";
    assert!(manifest.contains(right));
    let wrong = manifest.replace(right, "allow: [PutItems, GetItem]");
    std::fs::write(folder.path().join("slgen.yaml"), wrong).unwrap();
    example_files::lay_out("orders", folder.path());
    let output = Command::new(env!("CARGO_BIN_EXE_slgen"))
        .arg("generate")
        .current_dir(folder.path())
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let printed = String::from_utf8(output.stderr).unwrap();
    assert!(
        printed.starts_with(&format!("{shown}\n")),
        "the README shows\n{shown}\nand this is printed\n{printed}"
    );
    assert!(!folder.path().join("infra").exists());
}

#[test]
fn the_files_that_it_names_exist() {
    let commands = blocks("text")
        .into_iter()
        .find(|block| block.contains("terraform apply"))
        .unwrap();
    let mut named = 0;
    for word in commands.split([' ', '=', '\n']) {
        if word.starts_with("environments/") && !word.contains(".artifacts.") {
            assert!(
                Path::new(ROOT)
                    .join("examples/orders/infra/orders")
                    .join(word)
                    .exists(),
                "{word}"
            );
            named += 1;
        }
    }
    assert_eq!(named, 2, "{commands}");
}

/// Command one, word for word, in an empty folder that holds only what is in the repository.
#[cfg(feature = "e2e")]
#[test]
fn the_first_command_generates_the_example() {
    let folder = tempfile::tempdir().unwrap();
    let listed = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(ROOT)
        .output()
        .expect("git is not on the PATH: install git");
    assert!(listed.status.success(), "not a git checkout: {ROOT}");
    let listed = String::from_utf8(listed.stdout).unwrap();
    let generated = |path: &str| path.starts_with("examples/orders/infra/");
    let files: Vec<&str> = listed
        .split('\0')
        .filter(|path| Path::new(ROOT).join(path).is_file())
        .collect();
    for path in files.iter().filter(|path| !generated(path)) {
        let target = folder.path().join(path);
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(Path::new(ROOT).join(path), target).unwrap();
    }
    let output = Command::new("bash")
        .args(["-euc", &blocks("sh")[0]])
        .current_dir(folder.path())
        // The dependencies need not be built anew each time.
        .env("CARGO_TARGET_DIR", Path::new(ROOT).join("target/readme"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let printed = String::from_utf8(output.stdout).unwrap();
    let expected: Vec<&&str> = files.iter().filter(|path| generated(path)).collect();
    assert!(expected.len() > 20);
    let count = expected.len() - 1;
    assert_eq!(
        printed,
        format!("infra/orders: {count} files, {count} changed\n"),
        "one more is the record of the others"
    );
    for path in expected {
        let same = std::fs::read(folder.path().join(path)).unwrap()
            == std::fs::read(Path::new(ROOT).join(path)).unwrap();
        assert!(same, "{path} is not what the repository holds");
    }
}
