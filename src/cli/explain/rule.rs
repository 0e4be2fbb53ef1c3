//! A rule, or a finding about an exception.

use super::Answer;
use crate::catalog::aws::suggest::nearest;
use crate::guardrail::{Check, CustomRule, rule, rules};

pub(super) fn explain(id: &str) -> Result<Answer, String> {
    let id = id.to_ascii_uppercase();
    let Some(rule) = rule(&id) else {
        let ids = rules().iter().map(|rule| rule.meta.id);
        let near = nearest(&id, ids).map_or(String::new(), |id| format!("; did you mean {id}?"));
        return Err(format!("there is no rule {id}{near}"));
    };
    let meta = rule.meta;
    let mut answer = Answer::new(format!("{}: {}", meta.id, meta.title), "rule");
    answer.fact("name", meta.name);
    answer.fact("severity", meta.severity.to_string());
    answer.fact("risk", meta.risk.to_string());
    answer.fact("why", meta.why);
    answer.fact("fix", meta.fix);
    for reference in meta.references {
        answer.fact("see", *reference);
    }
    let except = match rule.check {
        Check::Review => "not possible: a review is held".to_owned(),
        Check::Workflow(_) => except(meta.id, "service, resource: .github/workflows/<file>"),
        Check::Own => except(meta.id, "service, resource: <address or file>"),
        Check::Graph(_)
        | Check::Image(_)
        | Check::Shipped
        | Check::Source
        | Check::Lockfile
        | Check::Calendar => except(meta.id, FUNCTION),
    };
    answer.fact("except", except);
    Ok(answer)
}

/// A rule of the organisation.
pub(super) fn custom(rule: &CustomRule) -> Answer {
    let mut answer = Answer::new(format!("{}: {}", rule.id, rule.title), "rule");
    answer.fact("severity", rule.severity.to_string());
    for (name, text) in [("why", &rule.why), ("fix", &rule.fix)] {
        if let Some(text) = text {
            answer.fact(name, text.trim());
        }
    }
    for reference in &rule.references {
        answer.fact("see", reference.as_str());
    }
    answer.fact("from", rule.blueprint.as_str());
    answer.fact("policy", format!("{}:{}", rule.file, rule.line));
    answer.fact("except", except(&rule.id, FUNCTION));
    answer
}

const FUNCTION: &str = "functions.<name>";

fn except(id: &str, scope: &str) -> String {
    format!(
        "exceptions: [{{ rule: {id}, scope: {scope}, reason: …, owner: …, expires: YYYY-MM-DD }}]"
    )
}
