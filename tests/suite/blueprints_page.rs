//! The commands of the pages on blueprints and policies do what they say.

use std::path::Path;
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Language and text of each fenced block.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push((language.to_owned(), body.join("\n") + "\n"));
        }
    }
    blocks
}

/// Runs every block of commands in an empty folder, and looks for each line that the page shows of what it says; gives
/// how many there were.
fn follow(page: &str) -> usize {
    let page = std::fs::read_to_string(Path::new(ROOT).join("docs").join(page)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let tools = Path::new(env!("CARGO_BIN_EXE_slgen")).parent().unwrap();
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
    let (mut said, mut shown) = (String::new(), 0);
    for (language, text) in blocks(&page) {
        match language.as_str() {
            "sh" => {
                let output = Command::new("bash")
                    .args(["-e", "-c", &text])
                    .current_dir(folder.path())
                    .env("PATH", &path)
                    .env("NO_COLOR", "1")
                    .env("SLGEN", ROOT)
                    .env("SLGEN_CACHE_DIR", folder.path().join(".cache"))
                    .envs(
                        ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"].map(|name| (name, "/dev/null")),
                    )
                    .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_NAME"), "a")))
                    .envs(
                        ["AUTHOR", "COMMITTER"]
                            .map(|who| (format!("GIT_{who}_EMAIL"), "a@example.com")),
                    )
                    .output()
                    .unwrap();
                said = String::from_utf8_lossy(&output.stdout).into_owned()
                    + &String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "{text}\n{said}");
            }
            "text" => {
                for line in text.lines() {
                    assert!(said.contains(line.trim()), "{line:?} is not in\n{said}");
                    shown += 1;
                }
            }
            other => panic!("a block of {other}"),
        }
    }
    shown
}

#[test]
fn a_blueprint_from_nothing() {
    assert!(follow("blueprints.md") > 20);
}

#[test]
fn policies_of_an_organisation() {
    assert!(follow("policies.md") > 15);
}

#[test]
fn a_platform_team_and_its_services() {
    assert!(follow("platform-team.md") > 35);
}
