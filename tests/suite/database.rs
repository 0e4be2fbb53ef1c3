//! Relational databases: what functions may do, what they are told, and the scripts for their users.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::example_files;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    example_files::copy(&Path::new(ROOT).join("tests/database"), folder.path());
    folder
}

fn slgen(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_slgen"))
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

fn generated() -> tempfile::TempDir {
    let folder = project();
    let output = slgen(folder.path(), &["generate"]);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{err}");
    assert_eq!(err, "", "nothing to note: the network leads to each");
    folder
}

/// Every permission on databases and secrets, and no other.
#[test]
fn functions_may_log_in_as_their_users_and_nothing_else() {
    let folder = generated();
    let file = folder.path().join("infra/shop/permissions.json");
    let ledger: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let lines = ledger["permissions"].as_array().unwrap().iter();
    let of_databases = lines.filter(|line| {
        let action = line["action"].as_str().unwrap();
        let own = ["rds", "secretsmanager"]
            .iter()
            .any(|s| action.starts_with(s));
        own || line["resource"]
            .as_str()
            .is_some_and(|r| r.contains("333333333333"))
    });
    let told: BTreeSet<String> = of_databases
        .map(|line| {
            let part = |key: &str| line[key].as_str().unwrap().to_owned();
            let conditions = line["conditions"].as_array().unwrap().len();
            format!(
                "{} {} {} {conditions}",
                part("holder"),
                part("action"),
                part("resource")
            )
        })
        .collect();
    let cluster = "arn:aws:rds:{region}:{account}:cluster:books-{environment}";
    let user = "arn:aws:rds-db:{region}:{account}:dbuser:";
    let secret = "arn:aws:secretsmanager:{region}:{account}:secret:shop/";
    let (nightly, reader) = ("aws_iam_role.nightly", "aws_iam_role.reader");
    let expected = [
        format!("{reader} rds-db:connect {user}{{var.database_orders.id}}/shop_reader 0"),
        format!("{reader} rds-db:connect {user}{{var.database_archive.id}}/archive_reader 0"),
        format!("{nightly} rds-data:ExecuteStatement {cluster} 0"),
        format!("{nightly} rds-data:BatchExecuteStatement {cluster} 0"),
        format!("{nightly} rds-data:BeginTransaction {cluster} 0"),
        format!("{nightly} rds-data:CommitTransaction {cluster} 0"),
        format!("{nightly} rds-data:RollbackTransaction {cluster} 0"),
        format!(
            "{nightly} rds-data:ExecuteStatement arn:aws:rds:eu-west-1:333333333333:cluster:ledger 0"
        ),
        format!("{nightly} secretsmanager:GetSecretValue {secret}books-?????? 0"),
        format!("{nightly} secretsmanager:GetSecretValue {secret}ledger-?????? 0"),
        format!(
            "{nightly} kms:Decrypt arn:aws:kms:eu-west-1:333333333333:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0 1"
        ),
    ];
    assert_eq!(told, BTreeSet::from(expected), "{told:#?}");
}

#[test]
fn functions_are_told_where_their_databases_are() {
    let folder = generated();
    let read =
        |file: &str| fs::read_to_string(folder.path().join("infra/shop").join(file)).unwrap();
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let reader = squeezed(&read("fn_reader.tf"));
    for line in [
        "ORDERS_HOST = var.database_orders.host",
        "ORDERS_PORT = var.database_orders.port",
        "ORDERS_USER = \"shop_reader\"",
        "ORDERS_DATABASE = \"orders\"",
        "ARCHIVE_USER = \"archive_reader\"",
    ] {
        assert!(reader.contains(line), "{line} in {reader}");
    }
    let nightly = squeezed(&read("fn_nightly.tf"));
    for line in [
        "BOOKS_CLUSTER_ARN = \"arn:",
        "BOOKS_SECRET_ARN = \"arn:",
        "BOOKS_DATABASE = \"books\"",
        "LEDGER_CLUSTER_ARN = \"arn:aws:rds:eu-west-1:333333333333:cluster:ledger\"",
    ] {
        assert!(nightly.contains(line), "{line} in {nightly}");
    }
    let values = squeezed(&read("environments/prod.tfvars"));
    for line in [
        "database_archive = { id = \"prx-PRODARCHIVE1\" host = \"archive.prod.eu-west-1.rds.amazonaws.com\" port = \"3307\" }",
        "id = \"cluster-PRODORDERS1\"",
        "port = \"5432\"",
    ] {
        assert!(values.contains(line), "{line} in {values}");
    }
    let page = read("SECURITY.md");
    assert!(
        page.contains("users of databases, of one function each | 4 files")
            || page.contains("sql/")
    );
    assert!(page.contains("dev: cluster-DEVORDERS1, prod: cluster-PRODORDERS1"));
}

/// The scripts, whole; `PostgreSQL`'s own parser reads them in the end-to-end tests.
#[test]
fn scripts_grant_what_the_manifest_says() {
    let folder = generated();
    let scripts = folder.path().join("infra/shop/sql");
    let mut names: Vec<String> = fs::read_dir(&scripts)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "archive_reader.sql",
            "books_nightly.sql",
            "ledger_nightly.sql",
            "orders_reader.sql"
        ]
    );
    for name in names {
        let script = fs::read_to_string(scripts.join(&name)).unwrap();
        let expected = Path::new(ROOT).join("tests/expected/sql").join(&name);
        if std::env::var_os("UPDATE").is_some() {
            fs::create_dir_all(expected.parent().unwrap()).unwrap();
            fs::write(&expected, &script).unwrap();
        }
        assert_eq!(script, fs::read_to_string(&expected).unwrap(), "{name}");
    }
}

/// A filter is asked for, weaker than the schema, and named on the page.
#[test]
fn messages_are_matched_only_where_that_is_asked_for() {
    let folder = generated();
    let file = folder.path().join("slgen.yaml");
    let read =
        |file: &str| fs::read_to_string(folder.path().join("infra/shop").join(file)).unwrap();
    let pattern =
        r#"pattern = "{\"body\":{\"id\":[{\"exists\":true}],\"kind\":[\"new\",\"old\"]}}""#;
    assert!(
        read("fn_reader.tf").contains(pattern),
        "{}",
        read("fn_reader.tf")
    );
    let whole = fs::read_to_string(&file).unwrap();
    fs::write(&file, whole.replace(", filter: schema", "")).unwrap();
    assert!(slgen(folder.path(), &["generate"]).status.success());
    assert!(!read("fn_reader.tf").contains("filter_criteria"));
    assert!(read("SECURITY.md").contains("no queue trigger asks for it"));
    fs::write(
        &file,
        whole.replace("schemas/job.json", "schemas/body.json"),
    )
    .unwrap();
    let output = slgen(folder.path(), &["validate"]);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(
        err.contains("asks for nothing that can be checked"),
        "{err}"
    );
}

/// What is said when a part of it is not as it should be.
#[test]
fn each_fault_is_told_at_its_place() {
    let folder = project();
    let file = folder.path().join("slgen.yaml");
    let whole = fs::read_to_string(&file).unwrap();
    for (from, to, expected) in [
        (
            "user: archive_reader",
            "user: postgres",
            "`postgres` is no user for a function",
        ),
        (
            "user: archive_reader",
            "user: \"a'; DROP\"",
            "is not a user of small letters",
        ),
        ("customers: [", "\"a\\\"; DROP\": [", "is not a table"),
        (
            "[\"select(id, name)\"]",
            "[\"select(id) TO x\"]",
            "is not select, insert, update or delete",
        ),
        (
            "[\"select(id, name)\"]",
            "[all]",
            "is not select, insert, update or delete",
        ),
        (
            "[\"select(id, name)\"]",
            "[select, \"select(id)\"]",
            "select is said twice",
        ),
        (
            "tables: { entries: [insert] }",
            "tables: { a.entries: [insert] }",
            "MySQL has no schema",
        ),
        (
            "secret: password, ",
            "",
            "the RDS Data API logs in with a secret",
        ),
        (
            "secret: password, ",
            "secret: jobs, ",
            "there is no secret `jobs`",
        ),
        (
            "engine: mysql, database: archive",
            "engine: mysql",
            "rds_db without database",
        ),
        (
            "      orders: { id: cluster-PRODORDERS1",
            "      order: { id: cluster-PRODORDERS1",
            "nobody says where `orders` is in prod",
        ),
        (
            "cluster-PRODORDERS1",
            "\"*\"",
            "an RDS database by IAM authentication is named",
        ),
        (
            "{ type: rds_db, engine: mysql,",
            "{ type: rds_db, existing: archive, engine: mysql,",
            "where a rds_db is differs with the environment",
        ),
        (
            "jobs:    { type: sqs_queue }",
            "jobs: { type: sqs_queue, engine: mysql }",
            "sqs_queue has no `engine`",
        ),
        (
            "user: books_nightly, secret: login, tables: { entries: [select] }",
            "secret: login",
            "no table of `books` is named",
        ),
        (
            "to: archive, allow: [connect], user: archive_reader",
            "to: orders, allow: [connect]",
            "reader has a line for `orders` already",
        ),
        (
            "\"10.20.0.0/16:5432\", ",
            "",
            "the function's network does not lead to `orders`",
        ),
        (
            "    network:",
            "    env: { ORDERS_NOTE: x }\n    # network:",
            "the function's network does not lead to `archive`",
        ),
    ] {
        assert!(whole.contains(from), "{from}");
        fs::write(&file, whole.replacen(from, to, 1)).unwrap();
        let output = slgen(folder.path(), &["validate"]);
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(err.contains(expected), "{from} → {to}: {err}");
        let note = expected.contains("does not lead");
        assert_eq!(output.status.code(), Some(i32::from(!note)), "{err}");
    }
    // The escape hatch is judged by what it says.
    let raw = whole.replacen(
        "    network:",
        "      - raw: { actions: [\"rds-db:connect\"], resources: [\"arn:aws:rds-db:eu-west-1:111111111111:dbuser:cluster-A/*\"] }\n        \
         reason: a report\n        until: 2099-12-31\n    network:",
        1,
    );
    fs::write(&file, raw).unwrap();
    let output = slgen(folder.path(), &["validate"]);
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{err}");
    assert!(err.contains("SLG-IAM-017"), "{err}");
}
