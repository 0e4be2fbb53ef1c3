//! What the parts of a stack share while it is built.

use camino::Utf8PathBuf;
use serde_json::{Value as Json, json};

use super::alarm::Topic;
use super::names::{self, tf};
use super::policy::{Policy, Principal, Statement, Why};
use crate::iam::{PolicyKind, Text};
use crate::render::{Expr, Language};
use crate::service::Service;
use crate::service::model::{Archive, Jwt, Setting};

/// A file to render.
#[derive(Debug, Clone)]
pub struct Planned {
    /// Path below `out`.
    pub path: Utf8PathBuf,
    /// What it is made of.
    pub content: Content,
    /// Manifest scope that the file belongs to: `functions.x`, `resources.y`, `api`, `service`.
    pub scope: String,
    /// JSON pointer of that scope in the manifest.
    pub pointer: String,
}

/// What a file is made of.
#[derive(Debug, Clone)]
pub enum Content {
    /// A template and its context.
    Template(Language, &'static str, Json),
    /// Text as it is.
    Text(String),
}

/// Something the cloud cannot do as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// JSON pointer in the manifest.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: String,
}

/// What parts of the stack share while it is built.
pub struct Builder<'a> {
    /// The service.
    pub service: &'a Service,
    /// Distinct JWT configurations, in the order of the API's authorizers.
    pub authorizers: Vec<&'a Jwt>,
    /// Where alarms go.
    pub topic: Topic,
    /// Names of the log groups, for the key's policy.
    pub log_groups: Vec<Text>,
    /// ARNs of the buckets whose access is logged.
    pub logged_buckets: Vec<Text>,
    /// Policies so far.
    pub policies: Vec<Policy>,
    /// Files so far.
    pub files: Vec<Planned>,
    /// Problems so far.
    pub problems: Vec<Problem>,
}

impl Builder<'_> {
    /// Adds a Terraform file of a template.
    pub fn file(
        &mut self,
        path: impl Into<Utf8PathBuf>,
        template: &'static str,
        context: Json,
        scope: &str,
        pointer: &str,
    ) {
        self.files.push(Planned {
            path: path.into(),
            content: Content::Template(Language::Hcl, template, context),
            scope: scope.to_owned(),
            pointer: pointer.to_owned(),
        });
    }

    /// Adds a Terraform file that belongs to the service as a whole.
    pub fn shared(&mut self, path: impl Into<Utf8PathBuf>, template: &'static str, context: Json) {
        self.file(path, template, context, "service", "");
    }

    /// Records a policy and gives its template context.
    pub fn policy(&mut self, policy: Policy) -> Json {
        let context = policy.context();
        self.policies.push(policy);
        context
    }

    /// Records that a service may invoke a function for one source of one account: what the `aws_lambda_permission` beside
    /// the trigger says.
    pub fn invoked_by(
        &mut self,
        service: &str,
        function: &str,
        source: &Text,
        account: Text,
        why: &Why,
    ) {
        let invoke = Statement::allow("Invoke", ["lambda:InvokeFunction"], why)
            .by(Principal::Service(Text::literal(service)))
            .on([names::alias_arn(function)])
            .when("ArnLike", "aws:SourceArn", [source.clone()])
            .when("StringEquals", "aws:SourceAccount", [account]);
        let holder = format!("aws_lambda_function.{}", tf(function));
        self.policies
            .push(Policy::new(holder, PolicyKind::Resource).with(invoke));
    }

    /// Records a problem.
    pub fn problem(&mut self, pointer: &str, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(Problem {
            pointer: pointer.to_owned(),
            message: message.into(),
            help: help.into(),
        });
    }

    /// Context of the `log_group.tf` template; the group is remembered for the key's policy.
    pub fn log_group(&mut self, tf: &str, name: Text) -> Json {
        let destination = match &self.service.logs.archive {
            Archive::Bucket => None,
            Archive::Destination(arn) => Some(Expr::string(arn)),
        };
        let context = json!({
            "tf": tf,
            "name": Expr::text(&name),
            "retention_days": retention_days(self.service),
            "delivered": true,
            "archive_bucket": destination.is_none(),
            "destination": destination,
        });
        self.log_groups.push(name);
        context
    }
}

/// Log retention as an expression.
pub(super) fn retention_days(service: &Service) -> Expr {
    names::setting(&service.logs.retention_days, "log_retention_days")
}

/// A setting that some environment overrides, as a variable of the module.
pub(super) struct Variable<'a> {
    /// Variable name.
    pub name: String,
    /// For people.
    pub description: String,
    /// Values.
    pub setting: &'a Setting,
}

/// Every setting that some environment overrides.
pub(super) fn variables(service: &Service) -> Vec<Variable<'_>> {
    let mut variables = vec![Variable {
        name: "log_retention_days".to_owned(),
        description: "Days that logs are kept.".to_owned(),
        setting: &service.logs.retention_days,
    }];
    for (name, function) in &service.functions {
        for (key, what, setting) in [
            (
                "concurrency",
                "Reserved concurrent executions",
                &function.concurrency,
            ),
            ("memory_mb", "Memory in MB", &function.memory_mb),
            ("timeout_s", "Timeout in seconds", &function.timeout_s),
        ] {
            variables.push(Variable {
                name: names::variable(name, key),
                description: format!("{what} of the function {name}."),
                setting,
            });
        }
    }
    variables.retain(|v| !v.setting.overrides.is_empty());
    variables
}
