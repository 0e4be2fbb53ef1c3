//! `slgen init` and `slgen add`: a person at a pseudo-terminal, the same by flags, and nobody to ask.
#![cfg(unix)]

mod person;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};
use std::rc::Rc;

use camino::Utf8Path;
use person::{CTRL_C, CTRL_D, ESC, Person};
use slgen::catalog::aws::kinds;
use slgen::service::SourceFolders;
use slgen::wizard::{self, Answer, Answers, Asking, FORMS, Project};

/// Every file below a folder, with its text.
fn tree(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(at) = open.pop() {
        for entry in std::fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            let name = path
                .strip_prefix(folder)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            if path.is_dir() {
                found.insert(name + "/", String::new());
                open.push(path);
            } else {
                found.insert(name, std::fs::read_to_string(path).unwrap());
            }
        }
    }
    found
}

fn slgen(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_slgen"))
        .args(arguments)
        .current_dir(folder)
        .stdin(std::process::Stdio::null())
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

fn done(folder: &Path, arguments: &[&str]) -> String {
    let output = slgen(folder, arguments);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}\n{told}");
    String::from_utf8(output.stdout).unwrap()
}

/// An empty folder of a name that a service can have.
fn empty() -> (tempfile::TempDir, std::path::PathBuf) {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("notes");
    std::fs::create_dir(&folder).unwrap();
    (outer, folder)
}

/// What is typed at the questions of `init`, by id; Enter takes what is proposed.
const INIT: [(&str, &str); 15] = [
    ("service", ""),
    ("first-environment", ""),
    ("account", "111111111111"),
    ("region", ""),
    ("email", "you@example.com"),
    ("ci", ""),
    ("name", "save"),
    ("trigger", "http"),
    ("auth", "jwt"),
    ("issuer", "https://login.example.com/"),
    ("audience", ""),
    ("route", "POST /notes"),
    ("schema", ""),
    ("source", ""),
    ("runtime", "python"),
];

const INIT_FLAGS: &[&str] = &[
    "init",
    "--account=111111111111",
    "--email=you@example.com",
    "--name=save",
    "--trigger=http",
    "--route=POST /notes",
    "--auth=jwt",
    "--issuer=https://login.example.com/",
    "--runtime=python3.13",
];
const RESOURCE_FLAGS: &[&str] = &["add", "resource", "--name=notes", "--type=dynamodb_table"];
const LIST_FLAGS: &[&str] = &[
    "add",
    "function",
    "--name=list",
    "--trigger=http",
    "--route=GET /notes/{id}",
    "--runtime=python3.13",
    "--to=notes",
    "--allow=GetItem",
];
const WORK_FLAGS: &[&str] = &[
    "add",
    "function",
    "--name=work",
    "--trigger=queue",
    "--queue=work-jobs",
    "--runtime=nodejs22.x",
    "--to=notes",
    "--allow=GetItem,PutItem",
];

#[test]
fn a_person_and_flags_give_the_same_bytes() {
    let (_outer, folder) = empty();
    // A service from nothing.
    let mut person = Person::starts(&folder, &["init"]);
    person.answers(&wizard::INIT, &INIT);
    person.sees("What now?");
    person.presses("\r");
    assert_eq!(person.leaves(), 0);
    // A table.
    let mut person = Person::starts(&folder, &["add", "resource"]);
    person.answers(
        &wizard::RESOURCE,
        &[
            ("name", "notes"),
            ("type", "dynamodb_table"),
            ("existing", ""),
            ("partition-key", ""),
        ],
    );
    person.sees("What now?");
    person.presses("\r");
    assert_eq!(person.leaves(), 0);
    // A function, first by a time table, then on second thoughts for requests.
    let mut person = Person::starts(&folder, &["add", "function"]);
    person.answers(
        &wizard::FUNCTION,
        &[
            ("name", "list"),
            ("trigger", "schedule"),
            ("schedule", ""),
            ("source", ""),
            ("runtime", "python"),
            ("to", "notes"),
            ("allow", ""),
        ],
    );
    person.sees("What now?");
    person.presses("Change\r");
    person.sees("Which answer?");
    person.presses("invokes\r");
    person.answers(
        &wizard::FUNCTION,
        &[("trigger", "http"), ("route", "GET /notes/{id}")],
    );
    person.sees("What now?");
    person.presses("\r");
    assert_eq!(person.leaves(), 0);
    // Another, left once and begun again.
    let before = tree(&folder);
    let work = [
        ("name", "work"),
        ("trigger", "queue"),
        ("queue", ""),
        ("schema", ""),
        ("source", ""),
        ("runtime", "nodejs"),
        ("to", "notes"),
    ];
    let mut person = Person::starts(&folder, &["add", "function"]);
    person.answers(&wizard::FUNCTION, &work[..4]);
    person.is_asked(&wizard::FUNCTION, "source");
    person.presses(ESC);
    assert_eq!(person.leaves(), 1);
    assert_eq!(tree(&folder), before);
    let mut person = Person::starts(&folder, &["add", "function"]);
    person.answers(&wizard::FUNCTION, &work);
    // GetItem is proposed; PutItem is taken as well.
    person.sees("What may it do there?");
    person.presses("PutItem");
    person.sees("PutItem");
    person.presses(" \r");
    person.sees("What now?");
    person.presses("\r");
    assert_eq!(person.leaves(), 0);
    done(&folder, &["validate"]);
    done(&folder, &["generate"]);

    let (_outer, other) = empty();
    for flags in [INIT_FLAGS, RESOURCE_FLAGS, LIST_FLAGS, WORK_FLAGS] {
        done(&other, flags);
    }
    done(&other, &["generate"]);
    assert_eq!(tree(&folder), tree(&other));
    let ledger = done(&other, &["permissions", "work"]);
    assert!(ledger.contains("dynamodb:PutItem") && !ledger.contains("dynamodb:DeleteItem"));
}

#[test]
fn leaving_at_any_question_leaves_nothing() {
    let keys = [CTRL_C, ESC, CTRL_D];
    std::thread::scope(|scope| {
        for answered in 0..=INIT.len() {
            scope.spawn(move || {
                let (_outer, folder) = empty();
                let mut person = Person::starts(&folder, &["init"]);
                person.answers(&wizard::INIT, &INIT[..answered]);
                match INIT.get(answered) {
                    Some((id, _)) => person.is_asked(&wizard::INIT, id),
                    None => person.sees("What now?"),
                }
                person.presses(keys[answered % 3]);
                assert_eq!(person.leaves(), 1, "{answered}");
                assert_eq!(tree(&folder), BTreeMap::new(), "{answered}");
            });
        }
    });
}

#[test]
fn a_wrong_answer_is_told_at_once_and_screens_fit() {
    let (_outer, folder) = empty();
    let mut person = Person::starts(&folder, &["init"]);
    person.answers(&wizard::INIT, &INIT[..2]);
    person.is_asked(&wizard::INIT, "account");
    person.presses("12\r");
    person.sees("`12` is not");
    person.presses("\u{7f}\u{7f}111111111111\r");
    person.answers(&wizard::INIT, &INIT[3..]);
    // The last line of the question.
    person.sees("Leave, and write nothing");
    let screen = person.screen();
    // What is to be written, what it allows and the question are on one screen of 24 lines.
    for part in ["version: 1", "Newly allowed", "Leave, and write nothing"] {
        assert!(screen.contains(part), "{part}:\n{screen}");
    }
    person.presses(CTRL_C);
    assert_eq!(person.leaves(), 1);
}

#[test]
fn with_nobody_to_ask_all_missing_flags_are_named() {
    let (_outer, folder) = empty();
    let output = slgen(&folder, &["init"]);
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    for flag in ["--account", "--email", "--name", "--trigger"] {
        assert!(told.contains(flag), "{flag}: {told}");
    }
    assert!(
        !told.contains("--service"),
        "the folder's name is proposed: {told}"
    );
    let output = slgen(
        &folder,
        &[INIT_FLAGS, &["--account=12", "--no-input"]].concat(),
    );
    assert_eq!(output.status.code(), Some(1), "given twice");
    let wrong: Vec<&str> = INIT_FLAGS
        .iter()
        .map(|flag| match *flag {
            "--account=111111111111" => "--account=12",
            "--route=POST /notes" => "--route=POST notes",
            other => other,
        })
        .collect();
    let output = slgen(&folder, &wrong);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("--account: `12`") && told.contains("--route: `POST notes`"),
        "{told}"
    );
    assert_eq!(tree(&folder), BTreeMap::new());
}

#[test]
fn a_dry_run_shows_and_writes_nothing() {
    let (_outer, folder) = empty();
    let shown = done(&folder, &[INIT_FLAGS, &["--dry-run"]].concat());
    assert!(
        shown.contains("+ service: notes") && shown.contains("Newly allowed"),
        "{shown}"
    );
    assert_eq!(tree(&folder), BTreeMap::new());
    assert!(
        shown.lines().all(|line| line.chars().count() <= 80),
        "{shown}"
    );
}

#[test]
fn a_new_function_begins_with_a_whole_handler() {
    let (_outer, folder) = empty();
    let told = done(&folder, INIT_FLAGS);
    assert!(told.contains("files in src/save: written"), "{told}");
    assert!(
        told.contains("note: POST /notes is yours to write"),
        "{told}"
    );
    done(&folder, RESOURCE_FLAGS);
    let mut list = LIST_FLAGS.to_vec();
    list[5] = "--runtime=nodejs22.x";
    done(&folder, &list);
    for path in ["src/save/tests/hostile.json", "src/list/package-lock.json"] {
        assert!(folder.join(path).is_file(), "{path}");
    }
    // It is what `scaffold` would write, which has nothing to add, and no source rule finds anything.
    let told = done(&folder, &["scaffold", "list", "--dry-run"]);
    let there = told
        .lines()
        .filter(|l| l.ends_with("is there and stays as it is"));
    assert_eq!(there.count(), 18, "{told}");
    done(&folder, &["validate"]);
}

/// Where the runtime does not tell the language, an answer does.
#[test]
fn an_executable_begins_in_the_language_that_is_said() {
    for (language, files) in [
        ("--language=rust", ["Cargo.lock", "src/main.rs"]),
        ("--language=go", ["go.sum", "work/work.go"]),
    ] {
        let (_outer, folder) = empty();
        let mut init = INIT_FLAGS.to_vec();
        init[8] = "--runtime=provided.al2023";
        let output = slgen(&folder, &init);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains("--language"), "{told}");
        assert_eq!(tree(&folder), BTreeMap::new());

        init.push(language);
        done(&folder, &init);
        for path in files.iter().chain(&["tests/hostile.json"]) {
            assert!(folder.join("src/save").join(path).is_file(), "{path}");
        }
        done(&folder, &["validate"]);
        // Nothing of it is asked of a runtime that tells.
        let mut list = LIST_FLAGS.to_vec();
        list.push(language);
        assert_eq!(slgen(&folder, &list).status.code(), Some(1));
    }
}

#[test]
fn answers_are_kept_and_taken_from_a_file() {
    let (_outer, folder) = empty();
    done(
        &folder,
        &[INIT_FLAGS, &["--save-answers=../answers.yaml"]].concat(),
    );
    let (_second, other) = empty();
    let file = folder.parent().unwrap().join("answers.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    let value: serde_json::Value = serde_yaml::from_str(&text).unwrap();
    let schema = jsonschema::validator_for(&wizard::schema()).unwrap();
    assert!(schema.is_valid(&value), "{text}");
    let answers = format!("--answers={}", file.display());
    done(&other, &["init", &answers]);
    assert_eq!(tree(&folder), tree(&other));
    for (from, to, expected) in [
        ("slgen.answers/1", "slgen.answers/9", "is not known"),
        (
            "command: init",
            "command: add function",
            "answers `slgen add function`",
        ),
        ("account:", "acount:", "did you mean `account`?"),
        ("\"111111111111\"", "111111111111", "text is wanted"),
    ] {
        let (_third, folder) = empty();
        assert!(text.contains(from), "{text}");
        std::fs::write(folder.join("a.yaml"), text.replace(from, to)).unwrap();
        let output = slgen(&folder, &["init", "--answers=a.yaml"]);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains(expected), "{told}");
        assert!(!folder.join("slgen.yaml").exists());
    }
}

#[test]
fn the_schema_of_answers_is_published() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/docs/schemas/slgen.answers-1.schema.json"
    );
    let text = serde_json::to_string_pretty(&wizard::schema()).unwrap() + "\n";
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(path).unwrap(),
        text,
        "UPDATE=1 writes it"
    );
}

#[test]
fn every_question_can_be_answered_by_a_flag_and_says_what_it_means() {
    let (_outer, folder) = empty();
    for form in FORMS {
        let mut arguments: Vec<&str> = form.command.split(' ').collect();
        arguments.push("--help");
        let help = done(&folder, &arguments);
        for question in form.questions {
            assert!(help.contains(&format!("--{} ", question.id)), "{help}");
            assert!(
                !question.text.is_empty() && question.help.len() <= 78,
                "{}",
                question.id
            );
        }
    }
}

#[test]
fn a_webhook_begins_with_a_handler_that_checks_signatures() {
    let (_outer, folder) = empty();
    done(
        &folder,
        &[
            "init",
            "--service=notes",
            "--account=111111111111",
            "--email=you@example.com",
            "--name=hook",
            "--trigger=http",
            "--route=POST /hooks",
            "--auth=hmac",
            "--sender=github",
            "--webhook-secret=notes/github",
            "--runtime=python3.13",
        ],
    );
    let manifest = std::fs::read_to_string(folder.join("slgen.yaml")).unwrap();
    for line in [
        "github-webhook:",
        "existing: notes/github",
        "sender: github",
    ] {
        assert!(manifest.contains(line), "{manifest}");
    }
    assert!(!manifest.contains("api:"), "{manifest}");
    assert!(folder.join("src/hook/edge/signature.py").is_file());
    done(&folder, &["validate"]);
}

#[test]
fn what_is_there_is_kept() {
    let (_outer, folder) = empty();
    done(&folder, INIT_FLAGS);
    // A folder that is not there yet is made.
    let deep = [&["init", "more/deep"], &INIT_FLAGS[1..]].concat();
    done(&folder, &deep);
    assert!(folder.join("more/deep/src/save/app.py").is_file());
    std::fs::remove_dir_all(folder.join("more")).unwrap();
    let before = tree(&folder);
    let again = slgen(&folder, INIT_FLAGS);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("is there already"));
    let twice = slgen(&folder, &[LIST_FLAGS, &["--source=src/save"]].concat());
    assert_eq!(
        twice.status.code(),
        Some(1),
        "there is no resource notes yet"
    );
    assert_eq!(tree(&folder), before);
    // A trigger and a line of access for what is there, into a text with comments.
    let text = before["slgen.yaml"].replace("functions:", "# who\nfunctions:   # all");
    std::fs::write(folder.join("slgen.yaml"), &text).unwrap();
    done(&folder, RESOURCE_FLAGS);
    done(&folder, &["add", "access", "--to=notes", "--allow=PutItem"]);
    done(
        &folder,
        &[
            "add",
            "trigger",
            "--trigger=schedule",
            "--schedule=rate(2 days)",
        ],
    );
    let new = std::fs::read_to_string(folder.join("slgen.yaml")).unwrap();
    let kept: Vec<&str> = new
        .lines()
        .filter(|line| text.lines().any(|old| old == *line))
        .collect();
    assert_eq!(kept, text.lines().collect::<Vec<_>>(), "{new}");
    done(&folder, &["validate"]);
}

/// Triggers that the cloud pushes: what they need is declared, and what is written is valid.
#[test]
fn functions_of_pushed_triggers() {
    let (_outer, folder) = empty();
    done(&folder, INIT_FLAGS);
    let add = |name: &str, answers: &[&str]| {
        let name = format!("--name={name}");
        let begin = ["add", "function", name.as_str(), "--runtime=python3.13"];
        done(&folder, &[&begin, answers].concat());
    };
    add("files", &["--trigger=object", "--prefix=in/"]);
    add(
        "placed",
        &[
            "--trigger=event",
            "--event-source=com.example.shop",
            "--event=Order Placed",
        ],
    );
    add("hook", &["--trigger=url"]);
    let text = std::fs::read_to_string(folder.join("slgen.yaml")).unwrap();
    for line in [
        "files-files: { type: s3_bucket }",
        "{ object: files-files, prefix: in/ }",
        "{ event: Order Placed, source: com.example.shop, schema: schemas/placed.json }",
        "{ url: POST, auth: iam, schema: schemas/hook.json }",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    done(&folder, &["validate"]);
}

const DATABASE_FLAGS: &[&str] = &[
    "add",
    "resource",
    "--name=orders",
    "--type=rds_db",
    "--engine=postgresql",
    "--database-id=cluster-ABC123",
    "--database-host=orders.cluster-x.eu-west-1.rds.amazonaws.com",
];

/// Databases: where they are in each environment, the user's tables, and the secret of the Data API.
#[test]
fn databases_and_what_of_sql_is_allowed() {
    let (_outer, folder) = empty();
    done(&folder, INIT_FLAGS);
    for (from, to, told) in [
        (5, "--database-id=cluster", "--database-id: an RDS database"),
        (
            5,
            "--database-id=test=db-A",
            "there is no environment `test`",
        ),
        (5, "--database-id=dev=db-A,dev=db-B", "`dev` is said twice"),
        (6, "--database-host=-x", "--database-host: `-x`"),
        (4, "--engine=oracle", "--engine: `oracle`"),
    ] {
        let mut flags = DATABASE_FLAGS.to_vec();
        flags[from] = to;
        let output = slgen(&folder, &flags);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(told), "{told}: {said}");
    }
    // An environment more, so that a value alone is not enough.
    let file = folder.join("slgen.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    let dev = "  dev: { account: \"111111111111\", region: eu-west-1 }\n";
    let both = dev.to_owned() + &dev.replace("dev", "prod").replace('1', "2");
    let both = both.replace("eu-west-2", "eu-west-1");
    std::fs::write(&file, text.replace(dev, &both)).unwrap();
    let output = slgen(&folder, DATABASE_FLAGS);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("write ENVIRONMENT=VALUE for dev, prod"),
        "{said}"
    );
    let mut flags = DATABASE_FLAGS.to_vec();
    flags[5] = "--database-id=dev=cluster-ABC123,prod=prx-DEF456";
    let output = slgen(&folder, &flags);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("--database-host: there is no environment"),
        "{said}"
    );
    flags[6] = "--database-host=dev=one.example.com,prod=two.example.com";
    done(&folder, &flags);

    let resource = |flags: &[&str]| done(&folder, &[&["add", "resource"], flags].concat());
    resource(&["--name=login", "--type=secret", "--existing=shop/login"]);
    let data_api = ["--type=rds_data_api", "--existing=books", "--engine=mysql"];
    resource(&[&["--name=books"], &data_api[..]].concat());
    let access = |to: &str, allow: &str, tables: &str| {
        slgen(
            &folder,
            &[
                "add",
                "access",
                &format!("--to={to}"),
                &format!("--allow={allow}"),
                &format!("--tables={tables}"),
            ],
        )
    };
    let output = access("orders", "connect", "sales.orders=select+drop");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("--tables: `drop` is not select"), "{said}");
    // The only secret is proposed.
    for output in [
        access("books", "ExecuteStatement", "entries=select"),
        access(
            "orders",
            "connect",
            "sales.orders=select+insert,customers=select",
        ),
    ] {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
    }
    let text = std::fs::read_to_string(&file).unwrap();
    for part in [
        "databases: { orders: { id: prx-DEF456, host: two.example.com } }",
        "orders: { type: rds_db, engine: postgresql, database: orders }",
        "{ to: books, allow: [ExecuteStatement], secret: login, tables: { entries: [select] } }",
        "tables: { sales.orders: [select, insert], customers: [select] }",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    done(&folder, &["validate"]);
    // What is longer than the screen goes on in the next line.
    let shown = done(
        &folder,
        &[
            "add",
            "resource",
            "--name=news",
            "--type=sns_topic",
            "--dry-run",
        ],
    );
    assert!(
        shown.lines().all(|line| line.chars().count() <= 80),
        "{shown}"
    );
}

struct NoFiles;

impl SourceFolders for NoFiles {
    fn files(&self, _: &Utf8Path) -> Option<Vec<String>> {
        None
    }
}

#[test]
fn the_first_thing_offered_on_a_resource_is_the_narrowest() {
    let question = wizard::ACCESS.question("allow").unwrap();
    for kind in kinds::kinds() {
        let text = format!(
            "version: 1\nservice: notes\nresources: {{ thing: {{ type: {}, existing: x }} }}\n",
            kind.name
        );
        let loaded = slgen::manifest::load(Utf8Path::new("slgen.yaml"), &text).unwrap();
        let project = Project {
            fetched: Vec::new(),
            root: ".".into(),
            file: "slgen.yaml".into(),
            text,
            baseline: loaded.manifest.baseline.clone(),
            manifest: Some(loaded.manifest),
            blueprint: slgen::blueprint::neutral(),
            name: String::new(),
            sources: Rc::new(NoFiles),
        };
        let mut answers = Answers::default();
        let to = Answer::One("thing".to_owned());
        answers.0.insert("to".to_owned(), to);
        let asking = Asking {
            project: Rc::new(project),
            answers,
        };
        let choices = (question.choices)(&asking);
        let first = &choices[0];
        let several = first.label.split(" = ").nth(1);
        assert!(
            several.is_none_or(|names| !names.contains(',')),
            "{first:?}"
        );
        assert_eq!((question.default)(&asking).as_ref(), Some(&first.value));
        assert!(
            choices
                .iter()
                .all(|choice| choice.label.chars().count() <= 74)
        );
        assert!(choices.iter().all(|choice| !choice.value.contains('*')));
    }
}
