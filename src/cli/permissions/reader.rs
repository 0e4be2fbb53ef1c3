//! `slgen permissions --reader`: the policies of the role with which `diff --live` reads an environment.

use serde_json::json;

use super::super::{Format, say};
use super::deployer::{documents, meant, refused, stack};
use super::{Cli, Failure, Status, pretty};
use crate::iam::roles;

pub(super) fn run(cli: &Cli, environment: Option<&str>) -> Result<Status, Failure> {
    let (environment, graph, boundary) = meant(cli, environment)?;
    let stack = stack(&graph, boundary.as_deref())?;
    let policies = roles::reader::reader(&stack).map_err(refused)?;
    if cli.format == Format::Text {
        say(&format!(
            "# Role that reads {environment}: {} managed policies. It changes nothing.\n{}",
            policies.len(),
            documents(&policies)
        ));
    } else {
        let mut value = roles::to_value("slgen.reader/1", &policies);
        value.insert("environment".to_owned(), json!(environment));
        say(&pretty(&value.into()));
    }
    Ok(Status::Done)
}
