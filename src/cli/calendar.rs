//! What the day says about a manifest.

use crate::catalog::aws::runtimes::{self, Runtime, Support};
use crate::date::Date;
use crate::diagnostic::Diagnostic;
use crate::guardrail::{Finding, dependency};
use crate::manifest::Loaded;
use crate::service::Service;
use crate::service::model::Package;

/// Functions whose runtime is not supported any more, and warnings about those whose support ends soon.
pub(super) fn runtimes(
    service: &Service,
    loaded: &Loaded,
    today: Date,
) -> (Vec<Finding>, Vec<Diagnostic>) {
    let (mut findings, mut advice) = (Vec::new(), Vec::new());
    for (name, function) in &service.functions {
        let Some(runtime) = runtimes::runtime(&function.runtime) else {
            continue;
        };
        let pointer = format!("{}/runtime", function.pointer);
        match runtime.support(today) {
            Support::Patched => {}
            Support::Ending(last) => {
                // Without a count of days: the same text every day.
                let message = format!("the support of {} ends on {last}", runtime.name);
                let warning =
                    Diagnostic::warning("SLG-RUNTIME-001", message).at(loaded.span(&pointer));
                advice.push(
                    warning
                        .about(pointer)
                        .help("move to a runtime that is supported longer"),
                );
            }
            // SLG-PKG-009 has it.
            Support::Over(_) if function.package == Package::Zip && known_over(runtime) => {}
            Support::Over(last) => {
                let message = format!("{} was supported until {last}", runtime.name);
                findings.extend(dependency::unsupported_runtime(
                    name,
                    message,
                    loaded.span(&pointer),
                ));
            }
        }
    }
    (findings, advice)
}

/// Whether its support was over when the calendar was made.
fn known_over(runtime: &Runtime) -> bool {
    // Dates of the form YYYY-MM-DD compare as text.
    runtime
        .deprecation
        .as_deref()
        .is_some_and(|day| day <= runtimes::as_of())
}
