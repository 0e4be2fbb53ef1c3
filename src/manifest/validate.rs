//! What types cannot say: names, references, shapes, each checked at its place.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex_lite::Regex;

use super::model::{Auth, Manifest, Trigger};
use super::{Loaded, characters, escape, interpolate};
use crate::diagnostic::Diagnostic;

macro_rules! shape {
    ($name:ident, $pattern:literal) => {
        static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($pattern).ok());
    };
}

shape!(NAME, r"^[a-z][a-z0-9-]{0,39}$");
shape!(ACCOUNT, r"^[0-9]{12}$");
shape!(REGION, r"^[a-z]{2}(-[a-z]+)+-[0-9]$");
shape!(VPC, r"^vpc-[0-9a-f]{8,17}$");
shape!(SUBNET, r"^subnet-[0-9a-f]{8,17}$");
shape!(
    BOUNDARY,
    r"^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[A-Za-z0-9+=,.@_/-]+$"
);
shape!(
    EMAIL,
    r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"
);
shape!(
    TOPIC,
    r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$"
);
shape!(
    DESTINATION,
    r"^arn:aws[a-z-]*:logs:[a-z0-9-]+:[0-9]{12}:destination:[A-Za-z0-9_./#-]{1,512}$"
);
shape!(
    ROUTE,
    r"^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) (/|(/([A-Za-z0-9_.~-]+|\{[A-Za-z0-9_]+\}))+)$"
);
shape!(
    ISSUER,
    r"^https://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~/-]*)?$"
);
shape!(
    SCHEDULE,
    r"^(cron\(\S+ \S+ \S+ \S+ \S+ \S+\)|rate\([1-9][0-9]* (minute|minutes|hour|hours|day|days)\)|at\([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\))$"
);
shape!(SCHEDULE_TEXT, r"^[A-Za-z0-9 ()*?,/#:-]+$");
shape!(TIMEZONE, r"^[A-Za-z]+([/_+-][A-Za-z0-9_+-]+)*$");
shape!(ENV, r"^[A-Z][A-Z0-9_]{0,127}$");
shape!(
    PATH,
    r"^[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*$"
);
shape!(HANDLER, r"^[A-Za-z0-9_./:-]{1,128}$");
shape!(SCOPE, r"^[A-Za-z0-9_.:/-]{1,64}$");
shape!(RULE, r"^SLG-[A-Z]+-[0-9]{3}$");
shape!(DATE, r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$");
shape!(INDEX, r"^[A-Za-z0-9_.-]{3,255}$");
shape!(CIDR, r"^[0-9a-f.:]+/[0-9]{1,3}:[0-9]{1,5}$");
shape!(SERVICE, r"^aws\.[a-z0-9-]+$");

fn fits(shape: &Option<Regex>, text: &str) -> bool {
    shape.as_ref().is_some_and(|shape| shape.is_match(text))
}

struct Check<'a> {
    loaded: &'a Loaded,
    faults: Vec<Diagnostic>,
}

/// Every fault of a manifest that parsed.
pub(super) fn check(loaded: &Loaded) -> Vec<Diagnostic> {
    let mut check = Check {
        loaded,
        faults: Vec::new(),
    };
    let manifest = &loaded.manifest;
    check.top(manifest);
    check.environments(manifest);
    check.resources(manifest);
    check.functions(manifest);
    check.exceptions(manifest);
    for fault in characters::faults(manifest) {
        check.fault(&fault.pointer, fault.message, fault.help);
    }
    check.faults
}

impl Check<'_> {
    fn fault(&mut self, pointer: &str, message: impl Into<String>, help: impl Into<String>) {
        self.faults.push(
            self.loaded
                .error("SLG-MANIFEST-003", pointer, message, help),
        );
    }

    fn shape(&mut self, shape: &Option<Regex>, pointer: &str, text: &str, what: &str) {
        if !fits(shape, text) {
            let shown: String = text.chars().take(60).collect();
            self.fault(
                pointer,
                format!("`{shown}` is not {what}"),
                format!("write {what}"),
            );
        }
    }

    fn name(&mut self, pointer: &str, name: &str) {
        self.shape(
            &NAME,
            pointer,
            name,
            "a name of at most 40 small letters, digits and dashes, beginning with a letter",
        );
    }

    fn top(&mut self, manifest: &Manifest) {
        if manifest.version != 1 {
            self.fault(
                "/version",
                format!("version {} of the format is not known", manifest.version),
                "write version: 1",
            );
        }
        self.shape(
            &NAME,
            "/service",
            &manifest.service,
            "a service name of small letters, digits and dashes",
        );
        if manifest.service.len() > 20 {
            self.fault(
                "/service",
                "the name is longer than 20 characters",
                "it is the prefix of every resource: shorten it",
            );
        }
        if let Some(out) = &manifest.out {
            self.shape(&PATH, "/out", out, "a path inside the project");
        }
        if let Some(owner) = &manifest.owner {
            self.shape(&HANDLER, "/owner", owner, "a team name without spaces");
        }
        match (&manifest.alerts.sns, manifest.alerts.email.as_slice()) {
            (None, []) => self.fault(
                "/alerts",
                "nobody hears the alarms",
                "give email: [address] or sns: <topic ARN>",
            ),
            (Some(_), [_, ..]) => self.fault(
                "/alerts",
                "both e-mail and a topic",
                "keep one: subscribe the addresses to the topic",
            ),
            (Some(sns), []) => self.shape(&TOPIC, "/alerts/sns", sns, "the ARN of an SNS topic"),
            (None, emails) => {
                for (index, email) in emails.iter().enumerate() {
                    self.shape(
                        &EMAIL,
                        &format!("/alerts/email/{index}"),
                        email,
                        "an e-mail address",
                    );
                }
            }
        }
        if let Some(archive) = manifest.logs.as_ref().and_then(|l| l.archive.as_deref())
            && archive != "s3"
        {
            self.shape(
                &DESTINATION,
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
    }

    fn interpolated(&mut self, pointer: &str, text: &str) {
        if let Err(message) = interpolate::parse(text) {
            self.fault(pointer, message, "write `$${` for a literal `${`");
        }
        if text.is_empty() || text.len() > 2048 {
            self.fault(
                pointer,
                "empty, or longer than 2,048 characters",
                "give a name or an ARN",
            );
        }
    }

    fn auth(&mut self, pointer: &str, auth: &Auth) {
        if let Auth::Jwt(jwt) = auth {
            self.shape(
                &ISSUER,
                &format!("{pointer}/jwt/issuer"),
                &jwt.issuer,
                "an https URL without query",
            );
            if jwt.audience.is_empty() {
                self.fault(
                    &format!("{pointer}/jwt/audience"),
                    "no audience: tokens for anyone would pass",
                    "name this API's audience",
                );
            }
            for (index, audience) in jwt.audience.iter().enumerate() {
                self.shape(
                    &SCOPE,
                    &format!("{pointer}/jwt/audience/{index}"),
                    audience,
                    "an audience",
                );
            }
        }
    }

    fn environments(&mut self, manifest: &Manifest) {
        if manifest.environments.is_empty() {
            self.fault(
                "/environments",
                "no environment",
                "name at least one, with account and region",
            );
        }
        for (name, environment) in &manifest.environments {
            let at = format!("/environments/{}", escape(name));
            self.name(&at, name);
            self.shape(
                &ACCOUNT,
                &format!("{at}/account"),
                &environment.account,
                "an account id of 12 digits",
            );
            self.shape(
                &REGION,
                &format!("{at}/region"),
                &environment.region,
                "a region such as eu-west-1",
            );
            if let Some(boundary) = &environment.permissions_boundary {
                self.shape(
                    &BOUNDARY,
                    &format!("{at}/permissions_boundary"),
                    boundary,
                    "the ARN of a managed policy",
                );
            }
            if let Some(vpc) = &environment.vpc {
                self.shape(&VPC, &format!("{at}/vpc/id"), &vpc.id, "a VPC id");
                if vpc.subnets.is_empty() {
                    self.fault(
                        &format!("{at}/vpc/subnets"),
                        "no subnet",
                        "name the private subnets",
                    );
                }
                for (index, subnet) in vpc.subnets.iter().enumerate() {
                    self.shape(
                        &SUBNET,
                        &format!("{at}/vpc/subnets/{index}"),
                        subnet,
                        "a subnet id",
                    );
                }
            }
        }
    }

    fn resources(&mut self, manifest: &Manifest) {
        for (name, resource) in &manifest.resources {
            let at = format!("/resources/{}", escape(name));
            self.name(&at, name);
            if let Some(existing) = &resource.existing {
                self.interpolated(&format!("{at}/existing"), existing);
            }
            if let Some(account) = &resource.account {
                self.shape(
                    &ACCOUNT,
                    &format!("{at}/account"),
                    account,
                    "an account id of 12 digits",
                );
            }
            if let Some(region) = &resource.region {
                self.shape(
                    &REGION,
                    &format!("{at}/region"),
                    region,
                    "a region such as eu-west-1",
                );
            }
            if let Some(key) = &resource.kms_key {
                self.interpolated(&format!("{at}/kms_key"), key);
            }
            for index in resource.indexes.keys() {
                self.shape(
                    &INDEX,
                    &format!("{at}/indexes/{}", escape(index)),
                    index,
                    "an index name of 3 to 255 letters, digits, `_`, `.`, `-`",
                );
            }
        }
        let names = manifest
            .functions
            .keys()
            .map(|n| ("functions", n))
            .chain(manifest.resources.keys().map(|n| ("resources", n)));
        let mut terraform: BTreeMap<(&str, String), &String> = BTreeMap::new();
        for (group, name) in names {
            if let Some(other) = terraform.insert((group, name.replace('-', "_")), name) {
                self.fault(
                    &format!("/{group}/{}", escape(name)),
                    format!("`{name}` and `{other}` have the same Terraform name"),
                    "rename one of the two",
                );
            }
        }
    }

    fn functions(&mut self, manifest: &Manifest) {
        if manifest.functions.is_empty() {
            self.fault("/functions", "no function", "declare at least one");
        }
        let mut routes: BTreeMap<String, String> = BTreeMap::new();
        for (name, function) in &manifest.functions {
            let at = format!("/functions/{}", escape(name));
            self.name(&at, name);
            self.shape(
                &PATH,
                &format!("{at}/source"),
                &function.source,
                "a path inside the project",
            );
            if let Some(handler) = &function.settings.handler {
                self.shape(
                    &HANDLER,
                    &format!("{at}/handler"),
                    handler,
                    "a handler such as app.handler",
                );
            }
            if function
                .description
                .as_ref()
                .is_some_and(|text| text.chars().count() > 256 || text.contains('\n'))
            {
                self.fault(
                    &format!("{at}/description"),
                    "longer than one line of 256 characters",
                    "shorten it",
                );
            }
            for (index, trigger) in function.triggers.iter().enumerate() {
                let at = format!("{at}/triggers/{index}");
                self.trigger(manifest, &at, trigger);
                if let Some(route) = &trigger.http {
                    let shape = blank_parameters(route);
                    if let Some(other) = routes.insert(shape, name.clone()) {
                        self.fault(
                            &format!("{at}/http"),
                            format!("{other} has this route already"),
                            "each route belongs to one function",
                        );
                    }
                }
            }
            for (index, access) in function.access.iter().enumerate() {
                let at = format!("{at}/access/{index}");
                match (&access.to, &access.raw) {
                    (Some(_), None) if access.reason.is_none() => {}
                    (None, Some(raw)) => {
                        if access.reason.as_deref().is_none_or(str::is_empty)
                            || access.until.is_none()
                        {
                            self.fault(
                                &at,
                                "a raw statement without reason or end",
                                "give reason: and until: YYYY-MM-DD",
                            );
                        }
                        for (n, action) in raw.actions.iter().enumerate() {
                            if action.contains(['*', '?']) || !action.contains(':') {
                                self.fault(
                                    &format!("{at}/raw/actions/{n}"),
                                    format!("`{action}` is not one exact action"),
                                    "name each action",
                                );
                            }
                        }
                    }
                    _ => self.fault(
                        &at,
                        "not one of `to` and `raw`",
                        "give to: with allow:, or raw: with reason: and until:",
                    ),
                }
                if let Some(until) = &access.until {
                    self.shape(&DATE, &format!("{at}/until"), until, "a day, YYYY-MM-DD");
                }
            }
            for variable in function.env.keys().chain(function.secrets.keys()) {
                let group = if function.env.contains_key(variable) {
                    "env"
                } else {
                    "secrets"
                };
                let at = format!("{at}/{group}/{}", escape(variable));
                self.shape(
                    &ENV,
                    &at,
                    variable,
                    "a variable of capital letters, digits and `_`",
                );
                if variable.starts_with("AWS_") || variable.starts_with("LAMBDA_") {
                    self.fault(
                        &at,
                        format!("{variable} is reserved by Lambda"),
                        "choose another name",
                    );
                }
            }
            for (variable, value) in &function.env {
                let at = format!("{at}/env/{}", escape(variable));
                if looks_secret(variable, value) {
                    // No span: the source line would print the secret.
                    let line = self.loaded.map.nearest(&at).map_or(0, |(start, _)| {
                        self.loaded.text[..start].matches('\n').count() + 1
                    });
                    let message = format!(
                        "{variable} looks like a secret in plain text ({}, line {line})",
                        self.loaded.file
                    );
                    let help = "put it into a secret and name that under secrets:";
                    self.faults
                        .push(Diagnostic::error("SLG-MANIFEST-004", message).help(help));
                }
                if value.len() > 2048 {
                    self.fault(
                        &at,
                        "longer than 2,048 bytes",
                        "Lambda takes 4 KB for all variables together",
                    );
                }
            }
            for egress in function.network.iter().flat_map(|n| &n.egress).enumerate() {
                let at = format!("{at}/network/egress/{}", egress.0);
                if !fits(&SERVICE, egress.1) {
                    self.shape(&CIDR, &at, egress.1, "`aws.<service>` or `<CIDR>:<port>`");
                }
            }
        }
    }

    fn trigger(&mut self, manifest: &Manifest, at: &str, trigger: &Trigger) {
        let kinds = [
            trigger.http.is_some(),
            trigger.queue.is_some(),
            trigger.schedule.is_some(),
        ];
        if kinds.iter().filter(|given| **given).count() != 1 {
            self.fault(
                at,
                "a trigger has one kind",
                "give one of http:, queue:, schedule:",
            );
            return;
        }
        let mut foreign = |given: bool, key: &str, kind: bool| {
            if given && !kind {
                self.fault(
                    &format!("{at}/{key}"),
                    format!("`{key}` does not belong to this kind of trigger"),
                    "remove it",
                );
            }
        };
        foreign(trigger.auth.is_some(), "auth", kinds[0]);
        foreign(!trigger.scopes.is_empty(), "scopes", kinds[0]);
        foreign(!trigger.params.is_empty(), "params", kinds[0]);
        foreign(trigger.schema.is_some(), "schema", kinds[0] || kinds[1]);
        foreign(trigger.batch.is_some(), "batch", kinds[1]);
        foreign(trigger.max_receives.is_some(), "max_receives", kinds[1]);
        foreign(trigger.timezone.is_some(), "timezone", kinds[2]);
        if let Some(schema) = &trigger.schema {
            self.shape(
                &PATH,
                &format!("{at}/schema"),
                schema,
                "a path inside the project",
            );
        }
        if let Some(route) = &trigger.http {
            self.shape(
                &ROUTE,
                &format!("{at}/http"),
                route,
                "`METHOD /path/{parameter}`",
            );
            if ["POST ", "PUT ", "PATCH "]
                .iter()
                .any(|m| route.starts_with(m))
                && trigger.schema.is_none()
            {
                self.fault(
                    &format!("{at}/http"),
                    "this route takes a body and names no schema",
                    "add schema: with a JSON Schema of the body",
                );
            }
            match &trigger.auth {
                Some(auth) => self.auth(&format!("{at}/auth"), auth),
                None if manifest.api.as_ref().is_none_or(|api| api.auth.is_none()) => {
                    self.fault(
                        &format!("{at}/http"),
                        "nobody says who may call this route",
                        "give auth: here or under api:",
                    );
                }
                None => {}
            }
            for (index, scope) in trigger.scopes.iter().enumerate() {
                self.shape(&SCOPE, &format!("{at}/scopes/{index}"), scope, "a scope");
            }
        }
        if trigger.queue.is_some() && trigger.schema.is_none() {
            self.fault(
                &format!("{at}/queue"),
                "this queue's messages have no schema",
                "add schema: with a JSON Schema of the message",
            );
        }
        if let Some(batch) = trigger.batch
            && !(1..=10_000).contains(&batch)
        {
            self.fault(
                &format!("{at}/batch"),
                "a batch has 1 to 10,000 messages",
                "for example 10",
            );
        }
        if let Some(schedule) = &trigger.schedule {
            self.shape(
                &SCHEDULE,
                &format!("{at}/schedule"),
                schedule,
                "cron(6 fields), rate(n unit) or at(yyyy-mm-ddThh:mm:ss)",
            );
            self.shape(
                &SCHEDULE_TEXT,
                &format!("{at}/schedule"),
                schedule,
                "a schedule expression",
            );
        }
        if let Some(timezone) = &trigger.timezone {
            self.shape(
                &TIMEZONE,
                &format!("{at}/timezone"),
                timezone,
                "an IANA time zone such as Europe/Berlin",
            );
        }
    }

    fn exceptions(&mut self, manifest: &Manifest) {
        for (index, exception) in manifest.exceptions.iter().enumerate() {
            let at = format!("/exceptions/{index}");
            self.shape(
                &RULE,
                &format!("{at}/rule"),
                &exception.rule,
                "a rule id such as SLG-PKG-003",
            );
            self.shape(
                &DATE,
                &format!("{at}/expires"),
                &exception.expires,
                "a day, YYYY-MM-DD",
            );
            if exception.reason.trim().is_empty() || exception.owner.trim().is_empty() {
                self.fault(
                    &at,
                    "an exception without reason or owner",
                    "say why, and who answers for it",
                );
            }
            let known = match exception.scope.split_once('.') {
                Some(("functions", name)) => manifest.functions.contains_key(name),
                Some(("resources", name)) => manifest.resources.contains_key(name),
                _ => matches!(exception.scope.as_str(), "api" | "service"),
            };
            if !known {
                self.fault(
                    &format!("{at}/scope"),
                    format!("`{}` covers nothing", exception.scope),
                    "functions.<name>, resources.<name>, api or service",
                );
            }
        }
    }
}

/// Two routes that differ only in parameter names are one to API Gateway.
fn blank_parameters(route: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in route.chars() {
        match c {
            '{' => inside = true,
            '}' => inside = false,
            _ if inside => continue,
            _ => {}
        }
        out.push(c);
    }
    out
}

fn looks_secret(variable: &str, value: &str) -> bool {
    const PREFIXES: [&str; 8] = [
        "AKIA",
        "ASIA",
        "ghp_",
        "github_pat_",
        "xox",
        "sk_live_",
        "-----BEGIN",
        "eyJhbGciOi",
    ];
    const WORDS: [&str; 5] = ["PASSWORD", "PASSWD", "SECRET", "TOKEN", "API_KEY"];
    let named = WORDS.iter().any(|word| variable.contains(word))
        && !value.is_empty()
        && !value.starts_with("arn:");
    named || PREFIXES.iter().any(|prefix| value.starts_with(prefix))
}
