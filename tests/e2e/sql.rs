//! The scripts for users of databases, read by `PostgreSQL`'s own parser: nothing but what they are to say.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::{ROOT, example_files, installed, slgen, text};

#[test]
fn postgresql_reads_the_scripts_as_they_are_meant() {
    let folder = tempfile::tempdir().unwrap();
    example_files::copy(&Path::new(ROOT).join("tests/database"), folder.path());
    let output = slgen(folder.path(), &["generate"]);
    assert!(output.status.success(), "{}", text(&output));
    let scripts = folder.path().join("infra/shop/sql");
    let output = Command::new(installed("sql", "python"))
        .arg(Path::new(ROOT).join("tests/e2e/sql_statements.py"))
        .args(["orders_reader.sql", "books_nightly.sql"].map(|name| scripts.join(name)))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();
    let statements = |script: usize| -> BTreeSet<&str> {
        let list = read[script].as_array().unwrap().iter();
        list.map(|statement| statement.as_str().unwrap()).collect()
    };
    assert_eq!(
        statements(0),
        BTreeSet::from([
            "do",
            "grant role rds_iam to shop_reader",
            "revoke all on database orders from shop_reader",
            "grant connect on database orders to shop_reader",
            "grant usage on schema public to shop_reader",
            "grant usage on schema sales to shop_reader",
            "grant select(id,name) on public.customers to shop_reader",
            "grant select,insert,update(state) on sales.orders to shop_reader",
            "set statement_timeout=20s of shop_reader",
            "set idle_in_transaction_session_timeout=20s of shop_reader",
        ])
    );
    let books = statements(1);
    assert!(books.contains("grant select on public.entries to books_nightly"));
    assert!(!books.iter().any(|statement| statement.contains("rds_iam")));
}
