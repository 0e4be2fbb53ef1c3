//! Answers held against the manifest's own checks.

use camino::{Utf8Path, Utf8PathBuf};

use super::questions::{BLUEPRINT, TRIGGER};
use super::{Answer, Answers, Asking, Form, Kind, Project, Proposal, Question};
use crate::diagnostic::{Diagnostic, Severity};
use crate::edit::Refused;
use crate::manifest::similar;
use crate::service::{self, SourceFolders};

/// A manifest as it would be, and the files beside it.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The manifest's text.
    pub text: String,
    /// What it was made from.
    pub proposal: Proposal,
}

/// The draft of the answers so far.
///
/// # Errors
/// The manifest cannot be edited faithfully.
pub fn draft(form: &Form, asking: &Asking) -> Result<Draft, Refused> {
    let proposal = (form.propose)(asking);
    let text = proposal.apply(&asking.project.text)?;
    Ok(Draft { text, proposal })
}

/// What is on disk, and the files that are begun.
pub(crate) struct Overlay<'a> {
    pub(crate) disk: &'a dyn SourceFolders,
    pub(crate) begun: &'a [(Utf8PathBuf, String)],
}

impl SourceFolders for Overlay<'_> {
    fn files(&self, folder: &Utf8Path) -> Option<Vec<String>> {
        let below = |path: &Utf8PathBuf| path.parent() == Some(folder);
        let begun: Vec<String> = self
            .begun
            .iter()
            .filter(|(path, _)| below(path))
            .filter_map(|(path, _)| path.file_name().map(str::to_owned))
            .collect();
        match self.disk.files(folder) {
            None if begun.is_empty() => None,
            files => Some(files.into_iter().flatten().chain(begun).collect()),
        }
    }

    fn text(&self, file: &Utf8Path) -> Option<String> {
        let begun = self.begun.iter().find(|(path, _)| path == file);
        begun.map_or_else(|| self.disk.text(file), |(_, text)| Some(text.clone()))
    }
}

/// Whether an answer holds: by its kind, and by the manifest's checks of the place it lands in.
///
/// # Errors
/// What is wrong, and what would be right, in one line.
pub fn check(
    form: &Form,
    asking: &Asking,
    question: &Question,
    answer: &Answer,
) -> Result<(), String> {
    let mut asking = asking.clone();
    asking
        .answers
        .0
        .insert(question.id.to_owned(), answer.clone());
    assume(form, &mut asking, question);
    let given = asking.list(question.id);
    if given.iter().all(|text| text.trim().is_empty()) {
        return if (question.needed)(&asking) {
            Err("an answer is needed".to_owned())
        } else {
            Ok(())
        };
    }
    let place = (question.place)(&asking);
    if question.kind == Kind::One && (place.is_none() || question.id == "runtime") {
        among(&(question.choices)(&asking), &given)?;
    }
    (question.holds)(&asking)?;
    let Some(place) = place else { return Ok(()) };
    let draft = draft(form, &asking).map_err(|refused| refused.message)?;
    let project = &asking.project;
    let overlay = Overlay {
        disk: project.sources.as_ref(),
        begun: &draft.proposal.files,
    };
    let faults = match service::check(&project.file, &draft.text, &project.blueprints(), &overlay) {
        Ok(checked) => checked.diagnostics,
        Err(faults) => faults,
    };
    let fault = faults.iter().find(|fault| concerns(fault, &place));
    fault.map_or(Ok(()), |fault| Err(told(fault)))
}

/// Takes what is asked after a question as it will be proposed: what is only not said yet is no fault.
fn assume(form: &Form, asking: &mut Asking, question: &Question) {
    let later = form.questions.iter().skip_while(|q| q.id != question.id);
    for later in later.skip(1) {
        let open = later.kind != Kind::Many && !asking.answers.0.contains_key(later.id);
        if !open || !(later.when)(asking) {
            continue;
        }
        if let Some(text) = (later.default)(asking) {
            let answer = Answer::of(later.kind, &text);
            asking.answers.0.insert(later.id.to_owned(), answer);
        }
    }
}

/// Whether an error is about a place; `/*` at its end takes what lies below in.
fn concerns(fault: &Diagnostic, place: &str) -> bool {
    fault.severity == Severity::Error
        && match (place.strip_suffix("/*"), fault.pointer.as_deref()) {
            (Some(place), Some(_)) => fault.faults(place),
            (None, Some(pointer)) => pointer == place,
            (_, None) => true,
        }
}

fn told(fault: &Diagnostic) -> String {
    match &fault.help {
        Some(help) => format!("{}: {help}", fault.message),
        None => fault.message.clone(),
    }
}

fn among(choices: &[super::Choice], given: &[String]) -> Result<(), String> {
    let known = || choices.iter().map(|choice| choice.value.as_str());
    for text in given {
        if !known().any(|value| value == text) {
            let near = similar(text, known()).map_or_else(
                || {
                    let all: Vec<&str> = known().collect();
                    format!("one of {}", all.join(", "))
                },
                |near| format!("did you mean `{near}`?"),
            );
            return Err(format!("`{text}` is none of the choices: {near}"));
        }
    }
    Ok(())
}

/// Answers without anyone to ask: those given, and what is proposed for the others.
///
/// # Errors
/// Every question without an answer, and every answer that does not hold.
pub fn settle(
    form: &Form,
    asking: &Asking,
    given: &Answers,
) -> Result<Asking, Vec<(&'static str, Option<String>)>> {
    let mut settled = asking.clone();
    let mut faults = Vec::new();
    for question in form.questions {
        let said = given.0.get(question.id);
        if !(question.when)(&settled) {
            let before = faults.is_empty();
            if said.is_some() && before {
                let why = "means nothing after the other answers: leave it out".to_owned();
                faults.push((question.id, Some(why)));
            }
            continue;
        }
        let proposed = (question.kind != Kind::Many)
            .then(|| (question.default)(&settled))
            .flatten();
        let answer = match (said, proposed) {
            (Some(answer), _) => answer.clone(),
            (None, Some(text)) => Answer::of(question.kind, &text),
            (None, None) if (question.needed)(&settled) => {
                faults.push((question.id, None));
                continue;
            }
            (None, None) => continue,
        };
        match check(form, &settled, question, &answer) {
            Ok(()) => {
                settled.answers.0.insert(question.id.to_owned(), answer);
            }
            Err(why) => faults.push((question.id, Some(why))),
        }
    }
    if faults.is_empty() {
        Ok(settled)
    } else {
        Err(faults)
    }
}

/// Answers with what an archetype among them says: the trigger that it takes, where that is one alone. An archetype that
/// its trigger implies is no question.
///
/// # Errors
/// An archetype that the blueprint has not.
pub fn implied(project: &Project, mut given: Answers) -> Result<Answers, String> {
    let Some(Answer::One(name)) = given.0.get(BLUEPRINT.id) else {
        return Ok(given);
    };
    let archetypes = &project.blueprint.archetypes;
    let Some(archetype) = archetypes.get(name) else {
        let names: Vec<&str> = archetypes.keys().map(String::as_str).collect();
        let help = similar(name, names.iter().copied()).map_or_else(
            || format!("there are {}", names.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        return Err(format!("there is no archetype `{name}`; {help}"));
    };
    let takes = |kind: &String| {
        archetypes
            .values()
            .filter(|a| a.triggers.contains(kind))
            .count()
    };
    let [kind] = &archetype.triggers[..] else {
        return Ok(given);
    };
    let is_alone = takes(kind) == 1;
    let said = given.0.entry(TRIGGER.id.to_owned());
    let trigger = said.or_insert_with(|| Answer::One(kind.clone()));
    if is_alone && matches!(trigger, Answer::One(said) if said == kind) {
        given.0.shift_remove(BLUEPRINT.id);
    }
    Ok(given)
}

impl Answer {
    /// What was typed, as an answer of a kind.
    pub fn of(kind: Kind, text: &str) -> Self {
        match kind {
            Kind::Text | Kind::One => Self::One(text.trim().to_owned()),
            Kind::Many | Kind::List => Self::Many(
                text.split(',')
                    .map(|part| part.trim().to_owned())
                    .filter(|part| !part.is_empty())
                    .collect(),
            ),
        }
    }
}
