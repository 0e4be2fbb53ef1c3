//! `slgen blueprint list`.

use serde_json::json;

use crate::blueprint::{self, Blueprint};
use crate::cli::pipeline::root;
use crate::cli::{Cli, Format, Status, say};
use crate::manifest;
use crate::remote::Blueprints;

pub(super) fn run(cli: &Cli) -> Status {
    let used = used(cli);
    if cli.format == Format::Json {
        let built_in = blueprint::builtin().iter().map(|b| {
            let archetypes = b.archetypes.iter().map(|(name, archetype)| {
                json!({ "name": name, "description": archetype.description, "triggers": archetype.triggers })
            });
            json!({
                "source": format!("builtin:{}", b.name),
                "version": b.version,
                "description": b.description,
                "archetypes": archetypes.collect::<Vec<_>>(),
            })
        });
        let used = used.iter().flat_map(|b| &b.members).map(|m| {
            json!({ "source": m.source.to_string(), "version": m.definition.version, "description": m.definition.description })
        });
        let document = json!({
            "schema": "slgen.blueprints/1",
            "builtin": built_in.collect::<Vec<_>>(),
            "used": used.collect::<Vec<_>>(),
        });
        say(&format!("{document}\n"));
        return Status::Done;
    }
    for blueprint in blueprint::builtin() {
        let Blueprint {
            name,
            version,
            description,
            archetypes,
            ..
        } = blueprint;
        say(&format!(
            "builtin:{name} {version}\n  {description}\n  archetypes:\n"
        ));
        for (kind, archetype) in archetypes {
            let triggers = archetype.triggers.join(", ");
            say(&format!(
                "    {kind:16}  {triggers:8}  {}\n",
                archetype.description
            ));
        }
    }
    if let Some(blueprint) = used {
        say(&format!("\n{} uses:\n", cli.manifest));
        for (depth, member) in blueprint.members.iter().enumerate() {
            let extends = if depth == 0 { "" } else { "extends " };
            say(&format!(
                "{}{extends}{} {}\n",
                "  ".repeat(depth + 1),
                member.source,
                member.definition.version
            ));
        }
    }
    Status::Done
}

/// The blueprint of the manifest that is here, as far as there is one that can be read.
fn used(cli: &Cli) -> Option<Blueprint> {
    let text = manifest::read(&cli.directory.join(&cli.manifest)).ok()?;
    let loaded = manifest::load(&cli.manifest, &text).ok()?;
    let remote = Blueprints::beside(&root(&cli.directory, &cli.manifest), &cli.manifest);
    blueprint::load(&loaded.manifest.baseline, &remote).ok()
}
