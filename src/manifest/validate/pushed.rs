//! Triggers that AWS pushes: events of objects, events of a bus, requests to a function URL.

use super::super::model::{Auth, Trigger};
use super::super::structure::shown;
use super::{Check, shapes};

/// Methods whose requests carry a body.
const WITH_BODY: [&str; 3] = ["POST", "PUT", "PATCH"];

impl Check<'_> {
    pub(super) fn object(&mut self, at: &str, trigger: &Trigger) {
        for (key, value) in [("prefix", &trigger.prefix), ("suffix", &trigger.suffix)] {
            if let Some(value) = value {
                // Other characters must be encoded, and `*` stands for itself (S3 user guide,
                // "Configuring event notifications using object key name filtering").
                self.shape(
                    &shapes::OBJECT_KEY,
                    &format!("{at}/{key}"),
                    value,
                    "1 to 256 letters, digits and `!_.'()/-`; a part of a key, without wildcards",
                );
                if value.contains("../") || (key == "prefix" && value.starts_with('/')) {
                    self.value(
                        &format!("{at}/{key}"),
                        format!(
                            "`{}` leads out of its place, and handlers refuse such keys",
                            shown(value)
                        ),
                        "write a plain part of a key, such as incoming/",
                    );
                }
            }
        }
        let mut events = trigger.events.clone();
        events.sort_unstable();
        if let Some(twice) = events.windows(2).find(|pair| pair[0] == pair[1]) {
            let index = trigger
                .events
                .iter()
                .rposition(|event| *event == twice[0])
                .unwrap_or_default();
            self.value(
                &format!("{at}/events/{index}"),
                "this event is named twice",
                "name it once",
            );
        }
    }

    pub(super) fn event(&mut self, at: &str, trigger: &Trigger, detail_type: &str) {
        self.shape(
            &shapes::DETAIL_TYPE,
            &format!("{at}/event"),
            detail_type,
            "a detail type of 1 to 128 letters, digits, spaces and `_./:()-`",
        );
        match &trigger.source {
            Some(source) => self.shape(
                &shapes::EVENT_SOURCE,
                &format!("{at}/source"),
                source,
                "a source of 1 to 256 letters, digits and `_./-`",
            ),
            None if !self.loaded.is_doubtful(&format!("{at}/source")) => self.fault(
                "SLG-MANIFEST-005",
                &format!("{at}/event"),
                "nobody says where these events come from",
                "add source: as the events carry it, for example com.example.orders",
            ),
            None => {}
        }
        if trigger.schema.is_none() && !self.loaded.is_doubtful(&format!("{at}/schema")) {
            self.fault(
                "SLG-MANIFEST-005",
                &format!("{at}/event"),
                "the details of these events have no schema",
                "add schema: with a JSON Schema of the detail",
            );
        }
    }

    pub(super) fn url(&mut self, at: &str, trigger: &Trigger, method: &str) {
        self.shape(
            &shapes::METHOD,
            &format!("{at}/url"),
            method,
            "one of GET, POST, PUT, PATCH, DELETE",
        );
        if WITH_BODY.contains(&method)
            && trigger.schema.is_none()
            && !self.loaded.is_doubtful(&format!("{at}/schema"))
        {
            self.fault(
                "SLG-MANIFEST-005",
                &format!("{at}/url"),
                format!("{} takes a body and no schema is named", shown(method)),
                "add schema: with a JSON Schema of the body",
            );
        }
        match &trigger.auth {
            Some(Auth::Iam) => {}
            // Lambda wants both lambda:InvokeFunctionUrl and lambda:InvokeFunction of a caller (Lambda developer
            // guide, "Control access to Lambda function URLs"); the pinned provider cannot bind the second one to
            // the URL, so that a public URL would make the function itself public.
            Some(_) => self.fault(
                "SLG-MANIFEST-008",
                &format!("{at}/auth"),
                "a function URL takes callers who sign with SigV4, and no others: it has no authorizer and no limit of its own",
                "give auth: iam, or make it a route: http: POST /path",
            ),
            None if !self.loaded.is_doubtful(&format!("{at}/auth")) => self.fault(
                "SLG-MANIFEST-005",
                &format!("{at}/url"),
                "nobody says who may call this URL",
                "give auth: iam",
            ),
            None => {}
        }
    }
}
