//! A rule, or a finding about an exception.

use super::Answer;
use crate::catalog::aws::suggest::nearest;
use crate::guardrail::{Check, rule, rules};

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
        Check::Graph(_)
        | Check::Image(_)
        | Check::Workflow(_)
        | Check::Shipped
        | Check::Source
        | Check::Lockfile
        | Check::Calendar => {
            let scope = match rule.check {
                Check::Workflow(_) => "service, resource: .github/workflows/<file>",
                _ => "functions.<name>",
            };
            format!(
                "exceptions: [{{ rule: {}, scope: {scope}, reason: …, owner: …, expires: YYYY-MM-DD }}]",
                meta.id
            )
        }
    };
    answer.fact("except", except);
    Ok(answer)
}
