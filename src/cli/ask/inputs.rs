//! The inputs of a blueprint as questions: flag, prompt and check follow from its own schema.

use indexmap::IndexMap;
use inquire::validator::{ErrorMessage, Validation};
use inquire::{CustomUserError, Text};
use serde_json::Value as Json;

use crate::blueprint::{AskedInput, Blueprint};
use crate::cli::{Cli, Failure, Status};
use crate::diagnostic::{Diagnostic, Sources};
use crate::manifest::similar;

/// The inputs that a blueprint asks for: those of an answers file, those given as `NAME=VALUE`, which go before them, and
/// of the others those that it has no default for, asked of whoever is there.
///
/// # Errors
/// One that does not fit, or that nobody could be asked for.
pub(in crate::cli) fn ask(
    cli: &Cli,
    blueprint: &Blueprint,
    kept: IndexMap<String, Json>,
    given: &[String],
) -> Result<IndexMap<String, Json>, Failure> {
    let asked = blueprint.asked_inputs();
    let fault = |message: String, help: String| {
        Failure::from(Diagnostic::error("SLG-INPUT-001", message).help(help))
    };
    let known = |name: &str| {
        asked
            .iter()
            .find(|input| input.name == name)
            .ok_or_else(|| {
                let names = asked.iter().map(|input| input.name.as_str());
                let help = similar(name, names.clone()).map_or_else(
                    || {
                        let names: Vec<&str> = names.collect();
                        format!("it asks for: {}", names.join(", "))
                    },
                    |near| format!("did you mean `{near}`?"),
                );
                fault(format!("{} has no input `{name}`", blueprint.name), help)
            })
    };
    for name in kept.keys() {
        known(name)?;
    }
    // Whether these fit is told where the blueprint is put together with them.
    let mut values = kept;
    for text in given {
        let Some((name, value)) = text.split_once('=') else {
            let help = "write --input NAME=VALUE".to_owned();
            return Err(fault(format!("`{text}` gives no input a value"), help));
        };
        let input = known(name)?;
        let value = input
            .read(value)
            .map_err(|why| fault(format!("--input {name}: {why}"), input.about.clone()))?;
        values.insert(name.to_owned(), value);
    }
    let open = |input: &&AskedInput| input.needed && !values.contains_key(&input.name);
    let open: Vec<&AskedInput> = asked.iter().filter(open).collect();
    if open.is_empty() {
        return Ok(values);
    }
    if let Some(why) = cli.input_refused() {
        let flags: Vec<String> = open
            .iter()
            .map(|input| format!("--input {}=…", input.name))
            .collect();
        let message = format!(
            "not answered, and nobody to ask ({why}): {}",
            flags.join(" ")
        );
        return Err(Failure {
            status: Status::Differs,
            diagnostics: vec![
                Diagnostic::error("SLG-INPUT-001", message)
                    .help("give these flags, or inputs in an answers file with --answers"),
            ],
            sources: Sources::default(),
        });
    }
    for input in open {
        let answer = typed(input).ok_or_else(|| {
            let left = Diagnostic::error("SLG-INPUT-002", "left: nothing was written");
            Failure::from(left)
        })?;
        values.insert(input.name.clone(), answer);
    }
    Ok(values)
}

/// What a person types, once it fits; nothing when they leave.
fn typed(input: &AskedInput) -> Option<Json> {
    let checked = input.clone();
    let holds = move |text: &str| {
        Ok::<_, CustomUserError>(match checked.read(text) {
            Ok(_) => Validation::Valid,
            Err(why) => Validation::Invalid(ErrorMessage::Custom(why)),
        })
    };
    let label = format!("{}?", input.name);
    let text = Text::new(&label)
        .with_help_message(&input.about)
        .with_validator(holds)
        .prompt()
        .ok()?;
    input.read(&text).ok()
}
