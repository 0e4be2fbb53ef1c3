//! Answers to a form, from flags, a file or a person; what they come to is shown, then written.

mod flags;
mod handler;
mod inputs;
mod prompt;
mod summary;
mod write;

use std::rc::Rc;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

pub(super) use flags::{Asked, Flags};
pub(super) use inputs::ask as ask_inputs;

use super::pipeline::{self, Prepared};
use super::{Cli, Failure, Status, report, say};
use crate::diagnostic::{Diagnostic, Sources, Span};
use crate::edit::Refused;
use crate::manifest;
use crate::wizard::{self, Answers, Asking, Draft, FORMAT, File, Form, Project};

/// Flags that every form has.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Take answers from a file, YAML or JSON; a flag goes before it.
    #[arg(long, value_name = "FILE")]
    answers: Option<Utf8PathBuf>,
    /// Write the answers into a file, for another run.
    #[arg(long, value_name = "FILE")]
    save_answers: Option<Utf8PathBuf>,
    /// Write nothing; show what would change.
    #[arg(long)]
    dry_run: bool,
    /// Write what was answered without asking whether to.
    #[arg(long)]
    yes: bool,
}

/// Answers that hold, and what they come to.
struct Settled {
    asking: Asking,
    draft: Draft,
    shown: String,
    /// What the author of a begun handler should know.
    notes: Vec<String>,
}

/// What was answered before anyone is asked: by the file, and by flags, which go before it.
pub(super) fn given(
    cli: &Cli,
    form: &Form,
    flags: &Answers,
    options: &Options,
) -> Result<File, Failure> {
    let mut given = match &options.answers {
        Some(file) => read(&cli.directory, file, form)?,
        None => File::default(),
    };
    given.answers.0.extend(flags.0.clone());
    Ok(given)
}

/// Asks what is not given, and writes what it comes to.
pub(super) fn run(
    cli: &Cli,
    form: &'static Form,
    given: Answers,
    options: &Options,
    project: Project,
) -> Result<Status, Failure> {
    let given = wizard::implied(&project, given).map_err(|why| {
        let message = format!("--blueprint: {why}");
        Failure::from(Diagnostic::error("SLG-INPUT-001", message))
    })?;
    let asking = Asking {
        project: Rc::new(project),
        answers: Answers::default(),
    };
    let settled = if let Some(why) = cli.input_refused() {
        let asking =
            wizard::settle(form, &asking, &given).map_err(|faults| missing(&faults, why))?;
        settle(form, asking)?
    } else {
        let sure = options.dry_run || options.yes;
        let Some(settled) = prompt::converse(form, &asking, given, sure)? else {
            let left = Diagnostic::error("SLG-INPUT-002", "left: nothing was written");
            return Err(left.into());
        };
        settled
    };
    if options.dry_run {
        say(&settled.shown);
        return Ok(Status::Done);
    }
    let Settled {
        asking,
        draft,
        notes,
        ..
    } = settled;
    let written = write::all(&asking.project, &draft)?;
    if let Some(file) = &options.save_answers {
        save(&cli.directory, file, form, &asking)?;
    }
    if !cli.is_quiet() {
        let written = summary::brief(written.iter().map(Utf8PathBuf::as_path));
        say(&format!("{written}: written\n"));
        for note in notes {
            say(&format!("note: {note}\n"));
        }
        let pin = if asking.project.fetched.is_empty() {
            ""
        } else {
            "slgen pin && "
        };
        say(&format!("next: {pin}slgen generate\n"));
    }
    Ok(Status::Done)
}

/// The draft of whole answers, judged as `validate` would.
fn settle(form: &Form, asking: Asking) -> Result<Settled, Failure> {
    let project = &asking.project;
    let mut draft = wizard::draft(form, &asking).map_err(|refused| by_hand(project, &refused))?;
    let mut after = pipeline::prepare_draft(project, &draft)?;
    let notes = handler::complete(&asking, &after, &mut draft);
    // What the stub lacks, such as a check of signatures, the handler may have.
    if after.judged().is_err() {
        after = pipeline::prepare_draft(project, &draft)?;
    }
    after.judged()?;
    let before = before(project)?;
    let shown = summary::text(project, &draft, before.as_ref(), &after)?;
    Ok(Settled {
        asking,
        draft,
        shown,
        notes,
    })
}

/// The service as it is.
fn before(project: &Project) -> Result<Option<Prepared>, Failure> {
    if project.text.is_empty() {
        return Ok(None);
    }
    let draft = Draft {
        text: project.text.clone(),
        proposal: wizard::Proposal::default(),
    };
    pipeline::prepare_draft(project, &draft).map(Some)
}

/// A manifest that is left alone, with what to paste.
fn by_hand(project: &Project, refused: &Refused) -> Failure {
    let span = Span {
        file: project.file.clone(),
        start: refused.range.0,
        end: refused.range.1,
    };
    let fault = Diagnostic::error("SLG-EDIT-001", refused.message.clone())
        .at(Some(span))
        .help(format!("paste these lines:\n{}", refused.paste.trim_end()));
    let text = manifest::masked(&project.text);
    Failure {
        status: Status::Error,
        diagnostics: vec![fault],
        sources: Sources([(project.file.clone(), text)].into()),
    }
}

/// Everything that nobody could be asked, at once.
fn missing(faults: &[(&'static str, Option<String>)], why: &str) -> Failure {
    let (unsaid, wrong): (Vec<_>, Vec<_>) = faults.iter().partition(|(_, why)| why.is_none());
    let mut diagnostics: Vec<Diagnostic> = wrong
        .iter()
        .map(|(id, why)| {
            let why = why.as_deref().unwrap_or_default();
            Diagnostic::error("SLG-INPUT-001", format!("--{id}: {why}"))
        })
        .collect();
    let status = if wrong.is_empty() {
        Status::Differs
    } else {
        Status::Error
    };
    if !unsaid.is_empty() {
        let flags: Vec<String> = unsaid.iter().map(|(id, _)| format!("--{id}")).collect();
        let message = format!(
            "not answered, and nobody to ask ({why}): {}",
            flags.join(" ")
        );
        diagnostics.push(
            Diagnostic::error("SLG-INPUT-001", message)
                .help("give these flags, or an answers file with --answers"),
        );
    }
    Failure {
        status,
        diagnostics,
        sources: Sources::default(),
    }
}

fn read(directory: &Utf8Path, file: &Utf8Path, form: &Form) -> Result<File, Failure> {
    let text = manifest::read(&directory.join(file))?;
    let fail = |faults: Vec<Diagnostic>| Failure {
        status: Status::Error,
        diagnostics: faults,
        sources: Sources([(file.to_owned(), manifest::masked(&text))].into()),
    };
    let kept: File = manifest::read_as(file, &text).map_err(fail)?;
    let fault = |message: String, help: String| {
        fail(vec![Diagnostic::error("SLG-INPUT-001", message).help(help)])
    };
    if kept.schema != FORMAT {
        let message = format!("{file}: the format {:?} is not known", kept.schema);
        return Err(fault(message, format!("write schema: {FORMAT}")));
    }
    if kept.command != form.command {
        let message = format!("{file} answers `slgen {}`", kept.command);
        return Err(fault(message, format!("this is `slgen {}`", form.command)));
    }
    for id in kept.answers.0.keys() {
        if form.question(id).is_none() {
            let known = form.questions.iter().map(|question| question.id);
            let help = manifest::similar(id, known).map_or_else(
                || "remove it".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            return Err(fault(format!("{file}: there is no question `{id}`"), help));
        }
    }
    if !kept.inputs.is_empty() && form.command != wizard::INIT.command {
        let message = format!("{file}: `slgen {}` takes no inputs", form.command);
        return Err(fault(
            message,
            "the manifest's baseline has them".to_owned(),
        ));
    }
    Ok(kept)
}

fn save(
    directory: &Utf8Path,
    file: &Utf8Path,
    form: &Form,
    asking: &Asking,
) -> Result<(), Failure> {
    let begun = asking.project.manifest.is_none();
    let inputs = begun.then(|| asking.project.baseline.inputs.clone());
    let kept = File {
        schema: FORMAT.to_owned(),
        command: form.command.to_owned(),
        inputs: inputs.unwrap_or_default(),
        answers: asking.answers.clone(),
    };
    let value = serde_json::to_value(kept).unwrap_or_default();
    crate::workspace::replace_at(&directory.join(file), crate::edit::document(&value))?;
    Ok(())
}

/// Faults of a draft, for a person who can mend the answers.
fn tell(failure: &Failure) {
    report(&failure.diagnostics, &failure.sources, super::Format::Text);
}
