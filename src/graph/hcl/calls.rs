//! Function calls: which arguments are evaluated, and what happens when some are unknown.

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, FuncCall};

use super::eval::{Evaluator, MAX_STRING, Outcome, Scope};
use super::functions;
use super::module::start;
use crate::graph::{Kind, Value};

/// Functions of Terraform 1.11 and `OpenTofu` 1.10 that are not evaluated here: calls stay symbols.
const OTHERS: &str = "abspath base64gunzip base64gzip base64sha256 base64sha512 bcrypt chunklist cidrcontains \
cidrhost cidrnetmask cidrsubnet cidrsubnets csvdecode dirname ephemeralasnull file filebase64 \
filebase64sha256 filebase64sha512 fileexists filemd5 fileset filesha1 filesha256 filesha512 \
formatdate indent issensitive list log map matchkeys md5 nonsensitive parseint pathexpand \
plantimestamp pow provider regex regexall rsadecrypt sensitive setproduct sha1 sha512 signum \
strrev templatefile templatestring textdecodebase64 textencodebase64 timeadd timecmp timestamp \
title transpose type urldecode urlencode uuid uuidv5 yamldecode yamlencode";

impl Evaluator<'_> {
    pub(super) fn call(&self, call: &FuncCall, offset: usize, scope: Scope) -> Outcome {
        let name = call.name.name.as_str();
        if scope.literal_only {
            return Err(scope.fail(offset, "only literal values are allowed here"));
        }
        if !call.name.is_namespaced() {
            match name {
                "try" => return self.call_try(call, offset, scope),
                "can" => return self.call_can(call, offset, scope),
                _ => {}
            }
        }
        let mut arguments = Vec::with_capacity(call.args.len());
        for argument in &call.args {
            arguments.push(self.eval(argument, scope)?);
        }
        let mut sensitive = false;
        let mut expandable = true;
        if call.args.expand_final() {
            match arguments.pop().map(|last| (last.sensitive, last.kind)) {
                Some((marked, Kind::List(items) | Kind::Set(items))) => {
                    sensitive |= marked;
                    arguments.extend(items);
                }
                Some((marked, kind)) => {
                    expandable = false;
                    arguments.push(Value::from(kind).marked(marked));
                }
                None => {}
            }
        }
        sensitive |= arguments.iter().any(Value::has_sensitive);
        if !call.name.is_namespaced() && expandable {
            if let Some(value) = self.of_file(name, &arguments, offset, scope) {
                return Ok(value?.marked(sensitive));
            }
            if let Some(outcome) = functions::apply(name, &arguments) {
                match outcome {
                    Ok(Some(value)) => {
                        self.pay(scope, offset, &value)?;
                        // Functions that only regroup their arguments keep the marks inside.
                        let inside = functions::keeps_marks(name) && value.has_sensitive();
                        return Ok(value.marked(sensitive && !inside));
                    }
                    Ok(None) => {}
                    Err(message) => {
                        return Err(scope.fail(offset, format!("{name}: {message}")));
                    }
                }
            } else if !OTHERS.split(' ').any(|other| other == name) {
                let at = start(call.name.name.span());
                return Err(scope.fail(at, format!("no function is named {name:?}")));
            }
        } else if !expandable && arguments.last().is_some_and(Value::is_known) {
            return Err(scope.fail(offset, "only a list can be expanded into arguments"));
        }
        let namespace: String = call
            .name
            .namespace
            .iter()
            .map(|n| format!("{}::", n.as_str()))
            .collect();
        let mut text = format!("{namespace}{name}(");
        for (i, argument) in arguments.iter().enumerate() {
            if i > 0 {
                text.push_str(", ");
            }
            text.push_str(&argument.source());
            if text.len() > MAX_STRING {
                break;
            }
        }
        text.push_str(if expandable { ")" } else { "...)" });
        self.symbol(text, sensitive, offset, scope)
    }

    /// The value of an argument that may fail.
    fn caught(&self, argument: &Expression, scope: Scope) -> Outcome {
        self.catching.set(self.catching.get() + 1);
        let outcome = self.eval(argument, scope);
        self.catching.set(self.catching.get() - 1);
        outcome
    }

    /// The first argument that does not fail.
    fn call_try(&self, call: &FuncCall, offset: usize, scope: Scope) -> Outcome {
        let mut last = scope.fail(offset, "try needs an argument");
        for argument in &call.args {
            match self.caught(argument, scope) {
                Err(failure) if !failure.fatal => last = failure,
                outcome => return outcome,
            }
        }
        Err(last)
    }

    /// Whether the argument can be evaluated; unknown while its value is.
    fn call_can(&self, call: &FuncCall, offset: usize, scope: Scope) -> Outcome {
        let Some(argument) = call.args.get(0) else {
            return Err(scope.fail(offset, "can needs an argument"));
        };
        match self.caught(argument, scope) {
            Ok(value) if value.is_known() => Ok(Kind::Bool(true).into()),
            Ok(value) => {
                let sensitive = value.has_sensitive();
                self.symbol(format!("can({})", value.source()), sensitive, offset, scope)
            }
            Err(failure) if !failure.fatal => Ok(Kind::Bool(false).into()),
            Err(failure) => Err(failure),
        }
    }
}
