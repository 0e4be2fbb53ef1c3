//! The flags of a form, from its questions.

use std::fmt::Debug;
use std::marker::PhantomData;

use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::wizard::{Answer, Answers, Form, Kind};

/// A command that asks a form.
pub(in crate::cli) trait Asked: Debug + Send + Sync + 'static {
    const FORM: &'static Form;
}

/// What was given by flags.
#[derive(Debug)]
pub(in crate::cli) struct Flags<F>(pub(in crate::cli) Answers, PhantomData<F>);

impl<F: Asked> clap::Args for Flags<F> {
    fn augment_args(command: Command) -> Command {
        command.args(F::FORM.questions.iter().map(|question| {
            let list = matches!(question.kind, Kind::Many | Kind::List);
            let arg = Arg::new(question.id)
                .long(question.id)
                .help(format!("{}. {}", question.text, question.help))
                .help_heading("Answers");
            if list {
                arg.action(ArgAction::Append)
                    .value_delimiter(',')
                    .value_name("LIST")
            } else {
                arg.value_name("TEXT")
            }
        }))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<F: Asked> clap::FromArgMatches for Flags<F> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut answers = Answers::default();
        for question in F::FORM.questions {
            let Some(given) = matches.get_many::<String>(question.id) else {
                continue;
            };
            let given: Vec<&str> = given.map(String::as_str).collect();
            let answer = Answer::of(question.kind, &given.join(","));
            answers.0.insert(question.id.to_owned(), answer);
        }
        Ok(Self(answers, PhantomData))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
