//! The stream or topic that a handler listens to.

use crate::scaffold::{Fault, Language};
use crate::service::Service;
use crate::service::model::{Auth, Function, StreamView, Trigger, TriggerKind};

/// What a handler knows its events by.
pub(in crate::scaffold) struct Source {
    /// How the ARN of where they come from ends, or the ARN of a table; empty where only an environment tells.
    pub(in crate::scaffold) end: String,
    /// Whether the item after a change is in its record.
    pub(in crate::scaffold) new: bool,
    /// Whether the item before it is.
    pub(in crate::scaffold) old: bool,
}

impl Source {
    pub(super) fn of(service: &Service, name: &str, view: Option<StreamView>) -> Option<Self> {
        let resource = service.resources.get(name)?;
        let end = match &resource.existing {
            None => format!("-{name}"),
            Some(existing) if existing.name.contains("${") => String::new(),
            Some(existing) => {
                let name = existing.name.rsplit([':', '/']).next();
                name.unwrap_or_default().to_owned()
            }
        };
        Some(Self {
            end,
            new: matches!(
                view,
                Some(StreamView::NewImage | StreamView::NewAndOldImages)
            ),
            old: matches!(
                view,
                Some(StreamView::OldImage | StreamView::NewAndOldImages)
            ),
        })
    }
}

/// Whether there are handlers of a function's triggers in a language.
pub(super) fn written(language: Language, function: &Function) -> Result<(), Fault> {
    let url = |trigger: &Trigger| matches!(trigger.kind, TriggerKind::Url { .. });
    let name = match language {
        Language::Python | Language::Typescript => return Ok(()),
        Language::Go => "Go",
        Language::Rust => "Rust",
    };
    let signed = |trigger: &&Trigger| {
        matches!(
            trigger.kind,
            TriggerKind::Http {
                auth: Auth::Hmac(_),
                ..
            }
        )
    };
    if let Some(trigger) = function.triggers.iter().find(signed) {
        return Err(Fault::new(
            &trigger.pointer,
            format!("no handler in {name} checks signatures of senders yet"),
            "choose --language python or typescript",
        ));
    }
    if function.triggers.iter().any(url) {
        return Err(Fault::new(
            &format!("{}/triggers", function.pointer),
            format!("there are no handlers of URLs in {name} yet"),
            "choose --language python or typescript",
        ));
    }
    Ok(())
}
