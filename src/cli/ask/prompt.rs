//! Questions to a person. Esc, Ctrl-C and the end of input leave at any of them.

use std::io::Write as _;

use inquire::ui::RenderConfig;
use inquire::validator::{ErrorMessage, Validation};
use inquire::{CustomUserError, InquireError, MultiSelect, Select, Text};

use super::{Settled, settle, tell};
use crate::cli::Failure;
use crate::diagnostic::Diagnostic;
use crate::wizard::{self, Answer, Answers, Asking, Choice, Form, Kind, Question};

/// Lines of a list, so that a question fits on a screen of 24.
const PAGE: usize = 10;

/// Nobody wants to go on.
struct Left;

const WRITE: &str = "Write it";
const CHANGE: &str = "Change an answer";
const LEAVE: &str = "Leave, and write nothing";

/// Asks what is not given, shows what it comes to, and asks whether to write it; nothing when the
/// person leaves.
pub(super) fn converse(
    form: &'static Form,
    start: &Asking,
    given: Answers,
    sure: bool,
) -> Result<Option<Settled>, Failure> {
    let color = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    if !color {
        inquire::set_global_render_config(RenderConfig::empty());
    }
    hint(&format!(
        "slgen {}  (Esc leaves, nothing is written before the end)",
        form.command
    ));
    let unknown = |asking: &Asking, id: &str| {
        form.question(id)
            .is_none_or(|question| !(question.when)(asking))
    };
    let mut given = given;
    let mut old = None;
    loop {
        let Ok(asking) = interview(form, start, &given, old.as_ref()) else {
            return Ok(None);
        };
        if let Some(stray) = given.0.keys().find(|id| unknown(&asking, id))
            && old.is_none()
        {
            let message = format!("--{stray}: means nothing after the other answers: leave it out");
            return Err(Diagnostic::error("SLG-INPUT-001", message).into());
        }
        let next = match settle(form, asking.clone()) {
            Ok(settled) if sure => return Ok(Some(settled)),
            Ok(settled) => {
                hint(&settled.shown);
                match select("What now", "", &[WRITE, CHANGE, LEAVE]) {
                    Ok(0) => return Ok(Some(settled)),
                    Ok(index) => index,
                    Err(Left) => return Ok(None),
                }
            }
            Err(failure) => {
                tell(&failure);
                match select("This does not hold. What now", "", &[CHANGE, LEAVE]) {
                    Ok(index) => index + 1,
                    Err(Left) => return Ok(None),
                }
            }
        };
        if next == 2 {
            return Ok(None);
        }
        let Ok(changed) = which(form, &asking) else {
            return Ok(None);
        };
        given = asking.answers.clone();
        given.0.shift_remove(changed);
        old = Some(asking);
    }
}

/// The answer that is to be changed.
fn which(form: &Form, asking: &Asking) -> Result<&'static str, Left> {
    let answered: Vec<&'static Question> = form
        .questions
        .iter()
        .copied()
        .filter(|question| asking.answers.0.contains_key(question.id))
        .collect();
    let lines: Vec<String> = answered
        .iter()
        .map(|question| {
            let answer = asking.list(question.id).join(", ");
            let line = format!("{}: {answer}", question.text);
            line.chars().take(74).collect()
        })
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let index = select("Which answer", "", &lines)?;
    Ok(answered.get(index).map_or("", |question| question.id))
}

/// Asks every question that has a meaning and no answer that holds.
fn interview(
    form: &'static Form,
    start: &Asking,
    given: &Answers,
    old: Option<&Asking>,
) -> Result<Asking, Left> {
    let mut asking = start.clone();
    for question in form.questions {
        if !(question.when)(&asking) {
            continue;
        }
        let said = given.0.get(question.id).filter(|answer| {
            // What was only proposed by an answer that has changed is proposed anew.
            let stale = old.is_some_and(|old| {
                let (was, is) = ((question.default)(old), (question.default)(&asking));
                was != is && was.is_some_and(|was| Answer::of(question.kind, &was) == **answer)
            });
            !stale
        });
        let answer = match said {
            Some(answer) => match wizard::check(form, &asking, question, answer) {
                Ok(()) => answer.clone(),
                Err(why) => {
                    hint(&format!("{}: {why}", question.id));
                    ask(form, &asking, question)?
                }
            },
            None => ask(form, &asking, question)?,
        };
        asking.answers.0.insert(question.id.to_owned(), answer);
    }
    Ok(asking)
}

fn ask(form: &'static Form, asking: &Asking, question: &'static Question) -> Result<Answer, Left> {
    let choices = (question.choices)(asking);
    loop {
        let answer = match question.kind {
            Kind::One if !choices.is_empty() => one(asking, question, &choices)?,
            Kind::Many if !choices.is_empty() => many(asking, question, &choices)?,
            _ => typed(form, asking, question)?,
        };
        match wizard::check(form, asking, question, &answer) {
            Ok(()) => return Ok(answer),
            Err(why) => hint(&why),
        }
    }
}

fn typed(
    form: &'static Form,
    asking: &Asking,
    question: &'static Question,
) -> Result<Answer, Left> {
    let default = (question.default)(asking);
    let context = asking.clone();
    let holds = move |text: &str| {
        let answer = Answer::of(question.kind, text);
        let checked = wizard::check(form, &context, question, &answer);
        Ok::<_, CustomUserError>(match checked {
            Ok(()) => Validation::Valid,
            Err(why) => Validation::Invalid(ErrorMessage::Custom(why)),
        })
    };
    let label = label(question);
    let mut prompt = Text::new(&label)
        .with_help_message(question.help)
        .with_validator(holds);
    if let Some(default) = &default {
        prompt = prompt.with_default(default);
    }
    let text = prompt.prompt().map_err(left)?;
    Ok(Answer::of(question.kind, &text))
}

fn one(asking: &Asking, question: &Question, choices: &[Choice]) -> Result<Answer, Left> {
    let nothing = "(nothing yet)";
    let optional = !(question.needed)(asking);
    let mut values = Vec::new();
    let mut lines = Vec::new();
    if optional {
        values.push("");
        lines.push(nothing);
    }
    values.extend(choices.iter().map(|choice| choice.value.as_str()));
    lines.extend(choices.iter().map(|choice| choice.label.as_str()));
    let default = (question.default)(asking);
    let start = default.and_then(|default| values.iter().position(|value| *value == default));
    let index = select_from(
        &label(question),
        question.help,
        &lines,
        start.unwrap_or_default(),
    )?;
    let value = values.get(index).copied().unwrap_or_default();
    Ok(Answer::One(value.to_owned()))
}

fn many(asking: &Asking, question: &Question, choices: &[Choice]) -> Result<Answer, Left> {
    let lines: Vec<&str> = choices.iter().map(|choice| choice.label.as_str()).collect();
    let default = (question.default)(asking);
    let chosen: Vec<usize> = choices
        .iter()
        .position(|choice| Some(&choice.value) == default.as_ref())
        .into_iter()
        .collect();
    hint(question.help);
    let found = MultiSelect::new(&label(question), lines)
        .with_default(&chosen)
        .with_page_size(PAGE)
        .with_help_message("up and down, space takes or leaves one, letters search, enter goes on")
        .with_formatter(&|options| {
            let words = options.iter().filter_map(|o| o.value.split(' ').next());
            words.collect::<Vec<_>>().join(", ")
        })
        .raw_prompt()
        .map_err(left)?;
    let values = found.iter().filter_map(|option| choices.get(option.index));
    Ok(Answer::Many(
        values.map(|choice| choice.value.clone()).collect(),
    ))
}

fn select(text: &str, help: &str, lines: &[&str]) -> Result<usize, Left> {
    select_from(&format!("{text}?"), help, lines, 0)
}

fn select_from(text: &str, help: &str, lines: &[&str], start: usize) -> Result<usize, Left> {
    let mut prompt = Select::new(text, lines.to_vec())
        .with_page_size(PAGE)
        .with_starting_cursor(start)
        .with_formatter(&|option| {
            option
                .value
                .split("  ")
                .next()
                .unwrap_or_default()
                .to_owned()
        });
    prompt = if help.is_empty() {
        prompt.without_help_message()
    } else {
        prompt.with_help_message(help)
    };
    let found = prompt.raw_prompt().map_err(left)?;
    Ok(found.index)
}

fn label(question: &Question) -> String {
    format!("{}?", question.text)
}

/// Esc, Ctrl-C, the end of input, a terminal that is gone: all mean to go.
fn left(_: InquireError) -> Left {
    Left
}

/// A line beside the questions.
fn hint(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", text.trim_end());
}
