//! `slgen validate`.

use clap::Args;

use super::{Cli, Failure, Format, Status, explain_defaults, pipeline, rendered, report, say};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Print the manifest with every default filled in and where each comes from.
    #[arg(long)]
    explain: bool,
}

pub(super) fn run(cli: &Cli, arguments: &Arguments) -> Result<Status, Failure> {
    let prepared = pipeline::prepare_for(cli.environment(), &cli.directory, &cli.manifest);
    let judged = prepared.and_then(|prepared| {
        let diagnostics = prepared.judged()?;
        Ok((prepared, diagnostics))
    });
    if cli.format != Format::Text && !arguments.explain {
        // For programs the diagnostics are the result: one document, also when there are none.
        let (status, text) = match judged {
            Ok((prepared, diagnostics)) => {
                let text = rendered(&diagnostics, &prepared.sources(), cli.format, false);
                (Status::Done, text)
            }
            Err(Failure {
                status,
                diagnostics,
                sources,
            }) => (status, rendered(&diagnostics, &sources, cli.format, false)),
        };
        say(&text);
        return Ok(status);
    }
    let (prepared, mut diagnostics) = judged?;
    cli.hear(&mut diagnostics);
    if !diagnostics.is_empty() {
        report(&diagnostics, &prepared.sources(), cli.format);
    }
    say(&if !arguments.explain {
        if cli.is_quiet() {
            return Ok(Status::Done);
        }
        format!(
            "{}: valid, {} files would be generated\n",
            cli.manifest,
            prepared.files.len()
        )
    } else if cli.format == Format::Text {
        explain_defaults::text(&prepared.explained())
    } else {
        explain_defaults::json(&prepared.explained()).to_string() + "\n"
    });
    Ok(Status::Done)
}
