//! What types cannot say: names, references, shapes, each checked at its place.

mod arns;
mod ci;
mod databases;
mod functions;
mod pushed;
mod resources;
mod routes;
mod shapes;
mod signed;
mod streams;
mod triggers;

pub use shapes::image_fault;
use shapes::{Shape, fits};

use super::model::{Auth, Exception, Manifest, Review};
use super::structure::shown;
use super::{Loaded, characters, escape, interpolate};
use crate::catalog::aws::quotas::quota;
use crate::date::Date;
use crate::diagnostic::Diagnostic;

/// The prefix of every resource's name: longer ones leave no room for the rest.
const LONGEST_SERVICE: usize = 20;

/// Days between two reviews: more often is a habit that needs no date, less often is none.
const REVIEWED_EVERY: std::ops::RangeInclusive<u32> = 30..=366;

struct Check<'a> {
    loaded: &'a Loaded,
    faults: Vec<Diagnostic>,
}

/// Every fault of what could be read of a manifest.
pub(super) fn check(loaded: &Loaded) -> Vec<Diagnostic> {
    let mut check = Check {
        loaded,
        faults: Vec::new(),
    };
    let manifest = &loaded.manifest;
    check.top(manifest);
    check.tags(manifest);
    check.environments(manifest);
    check.ci(manifest);
    check.resources(manifest);
    check.functions(manifest);
    check.arns(manifest);
    check.vulnerabilities(manifest);
    check.exceptions(manifest);
    for fault in characters::faults(manifest) {
        check.fault("SLG-TEXT-001", &fault.pointer, fault.message, fault.help);
    }
    check.faults
}

const STRAY_DASH: &str =
    "ends with a dash or has two in a row, and image repositories take no such name";
const SINGLE_DASHES: &str = "put single dashes between letters and digits";

/// ECR takes single separators between letters and digits (API reference, `CreateRepository`); every name becomes a
/// part of a repository's, or may.
fn has_stray_dash(name: &str) -> bool {
    name.ends_with('-') || name.contains("--")
}

impl Check<'_> {
    /// A fault of the value at a pointer; silent where the value is damaged already.
    fn fault(
        &mut self,
        code: &str,
        pointer: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        if !self.loaded.is_damaged(pointer) {
            self.faults
                .push(self.loaded.error(code, pointer, message, help));
        }
    }

    /// Something that is missing at a pointer; silent where what is there could not be read.
    fn missing(&mut self, pointer: &str, message: impl Into<String>, help: impl Into<String>) {
        if !self.loaded.is_doubtful(pointer) {
            self.fault("SLG-MANIFEST-005", pointer, message, help);
        }
    }

    /// A value that is not of its shape.
    fn value(&mut self, pointer: &str, message: impl Into<String>, help: impl Into<String>) {
        self.fault("SLG-MANIFEST-003", pointer, message, help);
    }

    fn shape(&mut self, shape: &Shape, pointer: &str, text: &str, what: &str) {
        if !fits(shape, text) {
            let message = format!("`{}` is not {what}", shown(text));
            self.value(pointer, message, format!("write {what}"));
        }
    }

    /// The shape of a key; the key itself is shown.
    fn key_shape(&mut self, shape: &Shape, pointer: &str, text: &str, what: &str) {
        if !fits(shape, text) && !self.loaded.is_damaged(pointer) {
            let message = format!("`{}` is not {what}", shown(text));
            self.key_fault(
                "SLG-MANIFEST-003",
                pointer,
                message,
                format!("write {what}"),
            );
        }
    }

    /// A fault of the key at a pointer.
    fn key_fault(
        &mut self,
        code: &str,
        pointer: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.faults.push(
            Diagnostic::error(code, message)
                .at(self.loaded.key_span(pointer))
                .about(pointer)
                .help(help),
        );
    }

    fn name(&mut self, pointer: &str, name: &str) {
        self.key_shape(
            &shapes::NAME,
            pointer,
            name,
            "a name of at most 40 small letters, digits and dashes, beginning with a letter",
        );
        if has_stray_dash(name) && !self.loaded.is_damaged(pointer) {
            let message = format!("`{}` {STRAY_DASH}", shown(name));
            self.key_fault("SLG-MANIFEST-003", pointer, message, SINGLE_DASHES);
        }
    }

    fn top(&mut self, manifest: &Manifest) {
        if manifest.version != 1 {
            self.value(
                "/version",
                format!("version {} of the format is not known", manifest.version),
                "write version: 1",
            );
        }
        self.shape(
            &shapes::NAME,
            "/service",
            &manifest.service,
            "a service name of small letters, digits and dashes",
        );
        if has_stray_dash(&manifest.service) {
            let message = format!("`{}` {STRAY_DASH}", shown(&manifest.service));
            self.value("/service", message, SINGLE_DASHES);
        }
        if manifest.service.len() > LONGEST_SERVICE {
            self.value(
                "/service",
                format!("the name is longer than {LONGEST_SERVICE} characters"),
                "it is the prefix of every resource: shorten it",
            );
        }
        if let Some(out) = &manifest.out {
            self.shape(&shapes::PATH, "/out", out, "a path inside the project");
        }
        if let Some(owner) = &manifest.owner {
            self.shape(
                &shapes::HANDLER,
                "/owner",
                owner,
                "a team name without spaces",
            );
        }
        self.alerts(manifest);
        if let Some(review) = &manifest.review {
            self.review(review);
        }
        if let Some(archive) = manifest.logs.as_ref().and_then(|l| l.archive.as_deref())
            && archive != "s3"
        {
            self.shape(
                &shapes::DESTINATION,
                "/logs/archive",
                archive,
                "`s3` or the ARN of a CloudWatch Logs destination",
            );
        }
        if let Some(state) = &manifest.state {
            self.interpolated("/state/bucket", &state.bucket);
            if let Some(key) = &state.kms_key {
                self.interpolated("/state/kms_key", key);
            }
        }
        if let Some(auth) = manifest.api.as_ref().and_then(|api| api.auth.as_ref()) {
            self.auth("/api/auth", auth);
        }
        if let Some(throttle) = manifest.api.as_ref().and_then(|api| api.throttle.as_ref()) {
            for (key, value) in [("rate", throttle.rate), ("burst", throttle.burst)] {
                if value == 0 {
                    self.value(
                        &format!("/api/throttle/{key}"),
                        format!("a {key} of 0 lets no request through"),
                        "write at least 1",
                    );
                }
            }
        }
    }

    fn alerts(&mut self, manifest: &Manifest) {
        match (&manifest.alerts.sns, manifest.alerts.email.as_slice()) {
            (None, []) => self.missing(
                "/alerts",
                "nobody hears the alarms",
                "give email: [address] or sns: <topic ARN>",
            ),
            (Some(_), [_, ..]) => self.fault(
                "SLG-MANIFEST-008",
                "/alerts",
                "both e-mail and a topic",
                "keep one: subscribe the addresses to the topic",
            ),
            (Some(sns), []) => {
                self.shape(
                    &shapes::TOPIC,
                    "/alerts/sns",
                    sns,
                    "the ARN of an SNS topic",
                );
            }
            (None, emails) => {
                for (index, email) in emails.iter().enumerate() {
                    let at = format!("/alerts/email/{index}");
                    self.shape(&shapes::EMAIL, &at, email, "an e-mail address");
                    if emails[..index].contains(email) {
                        self.value(&at, "this address is named twice", "remove it");
                    }
                }
            }
        }
    }

    fn review(&mut self, review: &Review) {
        self.date("/review/last", &review.last);
        if !REVIEWED_EVERY.contains(&review.every_days) {
            let (least, most) = (REVIEWED_EVERY.start(), REVIEWED_EVERY.end());
            self.value(
                "/review/every_days",
                format!("{} days between two reviews", review.every_days),
                format!("write {least} to {most}: a month to a year"),
            );
        }
        if review.by.trim().is_empty() {
            self.value("/review/by", "an empty by", "say who reviews");
        }
    }

    /// Tag limits (AWS General Reference, "Tagging your AWS resources"); slgen adds four of its own.
    fn tags(&mut self, manifest: &Manifest) {
        const OWN: usize = 4;
        for (key, value) in &manifest.tags {
            let at = format!("/tags/{}", escape(key));
            let length = key.chars().count();
            if key.is_empty() || length as u64 > quota("tag_key_length").value {
                self.key_fault(
                    "SLG-MANIFEST-003",
                    &at,
                    "a tag's key has 1 to 128 characters",
                    "shorten it",
                );
            }
            if key.to_lowercase().starts_with("aws:") {
                self.key_fault(
                    "SLG-MANIFEST-003",
                    &at,
                    "keys that begin with aws: are AWS's own",
                    "choose another key",
                );
            }
            if value.chars().count() as u64 > quota("tag_value_length").value {
                self.value(
                    &at,
                    "a tag's value has at most 256 characters",
                    "shorten it",
                );
            }
        }
        let most = quota("resource_tags").value;
        if (manifest.tags.len() + OWN) as u64 > most {
            self.fault(
                "SLG-SERVICE-005",
                "/tags",
                format!("a resource has at most {most} tags; slgen writes {OWN} of them"),
                "remove some",
            );
        }
    }

    fn interpolated(&mut self, pointer: &str, text: &str) {
        if let Err(message) = interpolate::parse(text) {
            self.fault(
                "SLG-MANIFEST-009",
                pointer,
                message,
                "write `$${` for a literal `${`",
            );
        }
        if text.is_empty() || text.len() > 2048 {
            self.value(
                pointer,
                "empty, or longer than 2,048 characters",
                "give a name or an ARN",
            );
        }
    }

    fn auth(&mut self, pointer: &str, auth: &Auth) {
        if let Auth::Hmac(hmac) = auth {
            self.hmac(&format!("{pointer}/hmac"), hmac);
        }
        if let Auth::Jwt(jwt) = auth {
            self.shape(
                &shapes::ISSUER,
                &format!("{pointer}/jwt/issuer"),
                &jwt.issuer,
                "an https URL without query",
            );
            let at = format!("{pointer}/jwt/audience");
            if jwt.audience.is_empty() {
                self.missing(
                    &at,
                    "no audience: tokens for anyone would pass",
                    "name this API's audience",
                );
            }
            let most = quota("http_api_authorizer_audiences").value;
            if jwt.audience.len() as u64 > most {
                self.fault(
                    "SLG-SERVICE-005",
                    &at,
                    format!("API Gateway takes {most} audiences"),
                    "name fewer",
                );
            }
            for (index, audience) in jwt.audience.iter().enumerate() {
                self.shape(
                    &shapes::SCOPE,
                    &format!("{at}/{index}"),
                    audience,
                    "an audience of at most 64 letters, digits and `_.:/-`",
                );
            }
        }
    }

    fn date(&mut self, pointer: &str, text: &str) {
        if text.parse::<Date>().is_err() {
            self.value(
                pointer,
                format!("`{}` is no day of the calendar", shown(text)),
                "write YYYY-MM-DD, a day that exists",
            );
        }
    }

    /// A policy may be stricter than slgen's own, never laxer.
    fn vulnerabilities(&mut self, manifest: &Manifest) {
        let days = manifest.vulnerabilities.as_ref();
        let Some(days) = days.and_then(|policy| policy.due_days.as_ref()) else {
            return;
        };
        for (key, days, most) in [
            ("critical", days.critical, 7),
            ("high", days.high, 30),
            ("medium", days.medium, 90),
            ("low", days.low, 180),
        ] {
            if days.is_some_and(|days| days > most) {
                self.value(
                    &format!("/vulnerabilities/due_days/{key}"),
                    format!("more than {most} days"),
                    format!("at most {most}; an exception from SLG-VULN-001 prolongs a single one"),
                );
            }
        }
    }

    fn exceptions(&mut self, manifest: &Manifest) {
        for (index, exception) in manifest.exceptions.iter().enumerate() {
            let at = format!("/exceptions/{index}");
            // Which rules an organisation has beside ours, its policies say.
            let rule = &exception.rule;
            if rule.starts_with("SLG-") || !fits(&shapes::CUSTOM_RULE, rule) {
                let what = "a rule id such as SLG-PKG-003";
                self.shape(&shapes::RULE, &format!("{at}/rule"), rule, what);
            }
            self.date(&format!("{at}/expires"), &exception.expires);
            for (key, text, what) in [
                ("reason", &exception.reason, "say why"),
                ("owner", &exception.owner, "say who answers for it"),
            ] {
                if text.trim().is_empty() {
                    self.value(&format!("{at}/{key}"), format!("an empty {key}"), what);
                }
            }
            if let Some(action) = &exception.action {
                self.shape(
                    &shapes::ACTION,
                    &format!("{at}/action"),
                    action,
                    "one IAM action such as s3:GetObject",
                );
            }
            self.scope(manifest, &at, exception);
        }
    }

    fn scope(&mut self, manifest: &Manifest, at: &str, exception: &Exception) {
        let at = format!("{at}/scope");
        let scope = exception.scope.as_str();
        let (known, group) = match scope.split_once('.') {
            Some(("functions", name)) => (manifest.functions.contains_key(name), "/functions"),
            Some(("resources", name)) => (manifest.resources.contains_key(name), "/resources"),
            _ => (matches!(scope, "api" | "service"), ""),
        };
        if known || (!group.is_empty() && self.loaded.is_damaged(group)) {
            return;
        }
        let all: Vec<String> = ["api".to_owned(), "service".to_owned()]
            .into_iter()
            .chain(manifest.functions.keys().map(|n| format!("functions.{n}")))
            .chain(manifest.resources.keys().map(|n| format!("resources.{n}")))
            .collect();
        let help = super::similar(scope, all.iter().map(String::as_str)).map_or_else(
            || "functions.<name>, resources.<name>, api or service".to_owned(),
            |word| format!("did you mean `{word}`?"),
        );
        self.value(&at, format!("`{}` covers nothing", shown(scope)), help);
    }
}
