//! The checklist: practices of the field, each with what was generated for it and what judged that.
//!
//! Practices and what is their evidence are data. Evidence is what was read back; a part of a
//! practice for which nothing was is called open, whatever was meant.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value as Json;

use super::sight::{Sight, evidence};
use super::{Subject, judging, outcome};
use crate::guardrail::{Check, Rule, rules};

/// A practice and its parts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Practice {
    practice: String,
    parts: Vec<Part>,
}

/// A part of a practice, and what is its evidence.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    what: String,
    /// What the service must have for this to concern it: a key of the page's `has`.
    when: Option<String>,
    /// Terraform types.
    #[serde(default)]
    resources: Vec<String>,
    /// What resources of these types must say to count.
    attribute: Option<String>,
    /// Ends of paths of files, or with a `/` at the end a folder of them.
    #[serde(default)]
    files: Vec<String>,
    /// What is no Terraform.
    told: Option<Told>,
    /// Ids of rules that judge it, or with a `-` at the end how the ids begin.
    #[serde(default)]
    rules: Vec<String>,
    /// What is said where nothing shows it.
    otherwise: String,
}

/// Evidence that lies outside the Terraform.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Told {
    /// JSON Schemas of bodies and messages.
    Schemas,
    /// Folders of handlers.
    Sources,
    /// The review that the manifest states.
    Review,
}

static PRACTICES: LazyLock<Vec<Practice>> =
    LazyLock::new(|| serde_json::from_str(include_str!("checklist.json")).unwrap_or_default());

/// Practice, what of it, what shows it, what judged that, what came out.
pub(super) fn rows(subject: &Subject<'_>, sights: &[Sight<'_>], has: &Json) -> Vec<Vec<String>> {
    let parts = PRACTICES.iter().flat_map(|practice| {
        let parts = practice.parts.iter();
        parts.map(move |part| (practice.practice.as_str(), part))
    });
    parts
        .filter(|(_, part)| {
            let when = part.when.as_ref();
            when.is_none_or(|fact| has.get(fact) == Some(&Json::Bool(true)))
        })
        .map(|(practice, part)| row(practice, part, subject, sights))
        .collect()
}

fn row(practice: &str, part: &Part, subject: &Subject<'_>, sights: &[Sight<'_>]) -> Vec<String> {
    let asked: Vec<&Rule> = judging(subject)
        .filter(|rule| part.judged_by(rule))
        .collect();
    let shown = part.evidence(subject, sights);
    // Where rules are all that there is, they are the evidence.
    let covered = !shown.is_empty() || (part.by_rules_alone() && !asked.is_empty());
    let (judged, result) = if covered {
        (
            names(&asked, judging(subject).count()),
            result(subject, &asked),
        )
    } else {
        (String::new(), format!("not covered: {}", part.otherwise))
    };
    vec![
        practice.to_owned(),
        part.what.clone(),
        shown.join("; "),
        judged,
        result,
    ]
}

impl Part {
    fn judged_by(&self, rule: &Rule) -> bool {
        let id = rule.meta.id;
        self.rules.iter().any(|asked| {
            let begins = asked.ends_with('-') && id.starts_with(asked.as_str());
            begins || id == asked
        })
    }

    fn by_rules_alone(&self) -> bool {
        self.resources.is_empty() && self.files.is_empty() && self.told.is_none()
    }

    fn evidence(&self, subject: &Subject<'_>, sights: &[Sight<'_>]) -> Vec<String> {
        let mut shown = resources(self, sights);
        let files = subject.files.keys().map(|path| path.as_str());
        let files: Vec<&str> = files
            .filter(|path| self.files.iter().any(|asked| is_file(path, asked)))
            .collect();
        match files.as_slice() {
            [] => {}
            [first, .., last] if files.len() > FEW => {
                shown.push(format!("{} files, {first} to {last}", files.len()));
            }
            _ => shown.push(files.join(", ")),
        }
        shown.extend(self.told.and_then(|told| told.text(subject)));
        shown
    }
}

/// More are counted, not listed: each is named elsewhere on the page.
const FEW: usize = 4;

fn is_file(path: &str, asked: &str) -> bool {
    if asked.ends_with('/') {
        path.starts_with(asked) || path.contains(&format!("/{asked}"))
    } else {
        path.ends_with(asked)
    }
}

/// Resources of the part's types in any environment, one text for each type.
fn resources(part: &Part, sights: &[Sight<'_>]) -> Vec<String> {
    let counts = |resource: &crate::graph::Resource| {
        let attribute = part.attribute.as_deref();
        attribute.is_none_or(|path| resource.get(path).is_some_and(|value| !value.is_null()))
    };
    let shown = part.resources.iter().filter_map(|kind| {
        // Address → where; the same in every environment.
        let found: BTreeMap<String, (String, &str)> = sights
            .iter()
            .flat_map(|sight| sight.context.of_type(kind))
            .filter(|resource| counts(resource))
            .map(|resource| {
                let file = resource.location.as_ref().map(|at| at.file.as_str());
                let told = (evidence(resource), file.unwrap_or_default());
                (resource.address.to_string(), told)
            })
            .collect();
        let files: BTreeSet<&str> = found.values().map(|(_, file)| *file).collect();
        let files: Vec<&str> = files.into_iter().collect();
        match found.len() {
            0 => None,
            1 => found.into_values().next().map(|(evidence, _)| evidence),
            many => Some(format!("{kind} ({many}) in {}", files.join(", "))),
        }
    });
    shown.collect()
}

impl Told {
    fn text(self, subject: &Subject<'_>) -> Option<String> {
        let functions = || subject.service.functions.values();
        let listed: BTreeSet<String> = match self {
            Self::Schemas => {
                let triggers = functions().flat_map(|function| &function.triggers);
                triggers.filter_map(|t| t.schema.clone()).collect()
            }
            Self::Sources => functions().map(|f| f.source.clone()).collect(),
            Self::Review => {
                let stated = subject.review.map(|review| {
                    let (last, every) = (review.last, review.every_days);
                    format!("last on {last}, every {every} days, by {}", review.by)
                });
                stated.into_iter().collect()
            }
        };
        let listed: Vec<String> = listed.into_iter().collect();
        (!listed.is_empty()).then(|| listed.join(", "))
    }
}

/// Ids of rules, of so many in `all`; those that follow each other by the first and the last.
fn names(judges: &[&Rule], all: usize) -> String {
    if judges.len() == all {
        return format!("all {} rules below", judges.len());
    }
    let index = |rule: &Rule| rules().iter().position(|r| r.meta.id == rule.meta.id);
    let family = |rule: &Rule| rule.meta.id.rsplit_once('-').map(|(family, _)| family);
    let runs = judges
        .chunk_by(|a, b| family(a) == family(b) && index(b) == index(a).map(|before| before + 1));
    let told: Vec<String> = runs
        .map(|run| match run {
            [first, _, .., last] => format!("{} to {}", first.meta.id, last.meta.id),
            few => few.iter().map(|r| r.meta.id).collect::<Vec<_>>().join(", "),
        })
        .collect();
    told.join(", ")
}

/// What the rules say, with what opens it.
fn result(subject: &Subject<'_>, judges: &[&Rule]) -> String {
    let mut told = Vec::new();
    for rule in judges {
        for outcome in outcome(subject, rule) {
            told.push(format!("{} {outcome}", rule.meta.id));
        }
    }
    let unread = judges
        .iter()
        .any(|rule| matches!(rule.check, Check::Source));
    if unread && cfg!(not(feature = "source")) {
        told.push("not checked: sources were not read".to_owned());
    }
    let by_day = judges
        .iter()
        .all(|rule| matches!(rule.check, Check::Review));
    match (told.is_empty(), judges.is_empty(), subject.review) {
        (false, ..) => format!("open: {}", told.join("; ")),
        (_, true, _) => "shown".to_owned(),
        (_, _, Some(review)) if by_day => format!("due by {}", review.due()),
        _ => "nothing found".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Families of rules that are not there yet.
    const AWAITED: [&str; 1] = ["SLG-DEP-"];

    #[test]
    fn practices_name_rules_that_there_are() {
        let practices: Vec<Practice> =
            serde_json::from_str(include_str!("checklist.json")).unwrap();
        assert_eq!(practices.len(), 9);
        for part in practices.iter().flat_map(|p| &p.parts) {
            for asked in &part.rules {
                let one = Part {
                    rules: vec![asked.clone()],
                    ..serde_json::from_str(r#"{"what": "", "otherwise": ""}"#).unwrap()
                };
                let known = rules().iter().any(|rule| one.judged_by(rule));
                assert!(known || AWAITED.contains(&asked.as_str()), "{asked}");
            }
            assert!(!part.otherwise.is_empty() && !part.otherwise.ends_with('.'));
        }
    }

    #[test]
    fn rules_in_a_row_are_told_by_the_first_and_the_last() {
        let told = |asked: &[&str]| {
            let found: Vec<&Rule> = rules()
                .iter()
                .filter(|rule| asked.contains(&rule.meta.id))
                .collect();
            names(&found, rules().len())
        };
        assert_eq!(
            told(&["SLG-ENC-001", "SLG-ENC-002", "SLG-ENC-003", "SLG-ENC-005"]),
            "SLG-ENC-001 to SLG-ENC-003, SLG-ENC-005"
        );
        assert_eq!(
            told(&["SLG-ENC-001", "SLG-ENC-002"]),
            "SLG-ENC-001, SLG-ENC-002"
        );
        assert_eq!(
            told(&["SLG-TF-007", "SLG-REV-001"]),
            "SLG-REV-001, SLG-TF-007"
        );
    }
}
