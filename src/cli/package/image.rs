//! A function's image, built from the Dockerfile that would be generated.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::json;

use super::{Arguments, fault};
use crate::catalog::unshipped::anywhere;
use crate::cli::images::{self, LARGEST};
use crate::cli::pipeline::Prepared;
use crate::cli::{Cli, Failure, Format, Status, say};
use crate::cloud::aws::image::{dockerfile, platform};
use crate::inputs;
use crate::package::{self, Built, Recipe};
use crate::service::model::Function;
use crate::workspace;

pub(super) fn build(
    cli: &Cli,
    arguments: &Arguments,
    prepared: &Prepared,
    name: &str,
    function: &Function,
) -> Result<Status, Failure> {
    if arguments.from.is_some() {
        return Err(fault(
            format!("{name} is shipped as an image"),
            "leave --from out: what is in it, its Dockerfile says",
        ));
    }
    let beside = Utf8PathBuf::from(format!("dist/{name}.tar"));
    let made = |target: &Utf8Path| -> Result<Built, String> {
        let built = built(arguments, prepared, name, function, target)?;
        workspace::place(&built.archive(), target)?;
        Ok(built)
    };
    let (shown, built) = match &arguments.output {
        Some(file) => (file, made(&cli.directory.join(file))),
        None => (&beside, workspace::put_by(&prepared.root, &beside, made)),
    };
    let Built {
        digest, builder, ..
    } = &built.map_err(|message| fault(message, "nothing was written"))?;
    if cli.format == Format::Json {
        let document = json!({
            "schema": "slgen.package/1",
            "function": name,
            "file": shown,
            "builder": builder,
            "digest": digest,
        });
        say(&format!("{document}\n"));
    } else if !cli.is_quiet() {
        say(&format!("{shown}: {digest}, built by {builder}\n"));
    }
    Ok(Status::Done)
}

fn built(
    arguments: &Arguments,
    prepared: &Prepared,
    name: &str,
    function: &Function,
    target: &Utf8Path,
) -> Result<Built, String> {
    let (dockerfile, ignored) = match &function.image {
        Some(_) => {
            let path = dockerfile(name);
            let text = |path: &str| prepared.files.get(Utf8Path::new(path)).cloned();
            text(&path).zip(text(&format!("{path}.dockerignore")))
        }
        None => own(prepared, function),
    }
    .ok_or_else(|| {
        format!(
            "{name}: slgen writes no Dockerfile for what is in {} ({}), and there is none there",
            function.source, function.runtime
        )
    })?;
    let source = prepared.root.join(&function.source);
    let source = camino::absolute_utf8(&source).map_err(|error| format!("{source}: {error}"))?;
    let beside = match target.parent() {
        Some(folder) if !folder.as_str().is_empty() => folder,
        _ => Utf8Path::new("."),
    };
    let recipe = Recipe {
        dockerfile: &dockerfile,
        ignored: &ignored,
        source: &source,
        platform: platform(function.architecture),
    };
    package::build(&recipe, beside, arguments.builder.as_deref())
}

/// The user's own Dockerfile, which the guardrails have judged, and what its build leaves out.
fn own(prepared: &Prepared, function: &Function) -> Option<(String, String)> {
    let read = |path: &Utf8Path| {
        inputs::text(&prepared.root.join(path), LARGEST)
            .ok()
            .flatten()
    };
    let source = Utf8Path::new(&function.source);
    let dockerfile = read(&images::dockerfile(function))?;
    let never = || {
        anywhere()
            .iter()
            .map(|name| format!("**/{name}\n"))
            .collect()
    };
    let ignored = read(&source.join(".dockerignore")).unwrap_or_else(never);
    Some((dockerfile, ignored))
}
