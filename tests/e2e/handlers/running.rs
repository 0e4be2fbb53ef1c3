//! A handler with its real runtime client, on a Runtime API of ours.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Child;

use serde_json::Value;

use super::runtime_api::{Outcome, RuntimeApi};
use super::{ACCOUNT, Language, Project, npm_tools};
use crate::moto::Moto;
use crate::{ROOT, installed};

/// A handler that runs, and all that it has written.
pub(super) struct Running {
    client: Child,
    api: RuntimeApi,
    log: PathBuf,
}

impl Running {
    pub(super) fn start(project: &Project, kind: &str, moto: &Moto) -> Self {
        let api = RuntimeApi::start();
        let source = project.source(kind);
        let log = project.folder.path().join(format!("{kind}.log"));
        let out = File::create(&log).unwrap();
        let mut command = match project.language {
            Language::Python => {
                let python = installed("handlers-python", "python");
                let mut command = moto.command(python, &source);
                command.args(["-m", "awslambdaric", "app.handler"]);
                command
            }
            Language::Typescript => {
                let client = npm_tools().join("node_modules/aws-lambda-ric/index.mjs");
                // As an image starts it.
                let mut command = moto.command("node", &source.join("dist"));
                let transport = Path::new(ROOT).join("templates/images/transport.cjs");
                command.arg("--require").arg(transport).arg(client);
                command.arg("index.handler");
                command
            }
            Language::Go | Language::Rust => moto.command(project.binary(kind), &source),
        };
        let seen = format!("SEEN_{}_NAME", project.language.name().to_uppercase());
        let client = command
            .env("AWS_LAMBDA_RUNTIME_API", &api.address)
            // Lambda sets both.
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_DEFAULT_REGION", "eu-west-1")
            .env("AWS_LAMBDA_FUNCTION_NAME", "function")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/function")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "stream")
            .env("AWS_LAMBDA_LOG_FORMAT", "JSON")
            // Asks Powertools to log events: the handlers do not let it.
            .env("POWERTOOLS_LOGGER_LOG_EVENT", "true")
            .env("ORDERS_NAME", "orders")
            .env("RESULTS_NAME", "results")
            .env("UPLOADS_NAME", "uploads")
            .envs(super::signed::variables(project.language.name()))
            .env(seen, format!("seen-{}", project.language.name()))
            .env(
                "FINISHED_ARN",
                format!("arn:aws:sns:eu-west-1:{ACCOUNT}:finished"),
            )
            .env(
                "ERP_ARN",
                format!("arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:shop/erp"),
            )
            .stdout(out.try_clone().unwrap())
            .stderr(out)
            .spawn()
            .unwrap();
        Self { client, api, log }
    }

    /// What the handler answers; it must not fail.
    pub(super) fn answer(&mut self, event: &Value) -> Value {
        match self.api.invoke(&event.to_string()) {
            Outcome::Response(value) => value,
            Outcome::Error(error) => panic!("{event}: {error}\n{}", self.log()),
        }
    }

    /// Shows that the handler fails on an event, and says nothing of it: who sent it is told to look into the log.
    pub(super) fn fails(&mut self, event: &Value) {
        match self.api.invoke(&event.to_string()) {
            Outcome::Error(error) => assert!(error.contains("the log says"), "{error}"),
            Outcome::Response(value) => panic!("{event}: {value}\n{}", self.log()),
        }
    }

    /// How often a text stands in the log.
    pub(super) fn count(&self, text: &str) -> usize {
        self.log().matches(text).count()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// The log is ours alone: neither a stack trace nor what a hostile event said.
    pub(super) fn assert_clean(&self, hostile: &Value) {
        let log = self.log();
        for trace in [
            "Traceback",
            "\n    at ",
            "  File \"",
            "stackTrace",
            "panicked",
        ] {
            assert!(!log.contains(trace), "{log}");
        }
        self.assert_silent(hostile);
    }

    /// Nothing of what a hostile event said is in the log; a runtime client logs where an error was raised.
    pub(super) fn assert_silent(&self, hostile: &Value) {
        let log = self.log();
        assert!(log.lines().count() > 20, "{log}");
        for said in hostile["strings"].as_object().unwrap().values() {
            let plain = said.as_str().unwrap();
            let quoted = said.to_string();
            for form in [plain, quoted.trim_matches('"')] {
                assert!(!log.contains(form), "{form:?} in {log}");
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.client.kill();
        let _ = self.client.wait();
    }
}
