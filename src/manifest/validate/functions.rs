//! Functions: code, access lines, environment variables, network.

use std::collections::BTreeMap;

use super::super::escape;
use super::super::model::{Access, Function, Manifest, RawAccess};
use super::super::structure::shown;
use super::{Check, shapes};
use crate::catalog::aws::quotas::quota;
use crate::catalog::secret;

/// Variables that Lambda sets or reads itself and that a function cannot define
/// (developer guide, "Reserved environment variables").
const RESERVED: [&str; 3] = ["_HANDLER", "_X_AMZN_TRACE_ID", "LAMBDA_TASK_ROOT"];

impl Check<'_> {
    pub(super) fn functions(&mut self, manifest: &Manifest) {
        if manifest.functions.is_empty() {
            self.missing("/functions", "no function", "declare at least one");
        }
        let mut routes: BTreeMap<String, (String, String)> = BTreeMap::new();
        for (name, function) in &manifest.functions {
            let at = format!("/functions/{}", escape(name));
            self.name(&at, name);
            self.code(&at, function);
            for (index, trigger) in function.triggers.iter().enumerate() {
                self.trigger(manifest, &format!("{at}/triggers/{index}"), trigger);
            }
            self.routes(name, &at, function, &mut routes);
            for (index, access) in function.access.iter().enumerate() {
                self.access(&format!("{at}/access/{index}"), access);
            }
            self.variables(&at, function);
            if let Some(network) = &function.network {
                for (index, egress) in network.egress.iter().enumerate() {
                    self.egress(&format!("{at}/network/egress/{index}"), egress);
                }
                if !network.vpc && !network.egress.is_empty() {
                    self.fault(
                        "SLG-MANIFEST-008",
                        &format!("{at}/network/egress"),
                        "egress rules need the VPC",
                        "write vpc: true, or remove egress",
                    );
                }
            }
        }
        let most = quota("http_api_routes");
        if routes.len() as u64 > most.value {
            let raised = |e: &super::super::model::Environment| {
                e.quotas
                    .get("http_api_routes")
                    .is_some_and(|limit| routes.len() as u64 <= *limit)
            };
            if !manifest.environments.values().all(raised) {
                self.fault(
                    "SLG-SERVICE-005",
                    "/functions",
                    format!("{} routes; an API has {}", routes.len(), most.value),
                    "state the raised limit: quotas: { http_api_routes: N }",
                );
            }
        }
    }

    fn code(&mut self, at: &str, function: &Function) {
        self.shape(
            &shapes::PATH,
            &format!("{at}/source"),
            &function.source,
            "a path inside the project",
        );
        if let Some(handler) = &function.settings.handler {
            self.shape(
                &shapes::HANDLER,
                &format!("{at}/handler"),
                handler,
                "a handler such as app.handler",
            );
        }
        if let Some(image) = &function.settings.image {
            for (key, image) in [("base", &image.base), ("build", &image.build)] {
                let fault = image
                    .as_deref()
                    .and_then(|text| Some((text, shapes::image_fault(text)?)));
                if let Some((text, fault)) = fault {
                    self.value(
                        &format!("{at}/image/{key}"),
                        format!("`{}` {fault}", shown(text)),
                        "write registry/name:tag, such as registry.example.com/python:3.13, and run `slgen pin`",
                    );
                }
            }
        }
        let most = usize::try_from(quota("function_description_length").value).unwrap_or(256);
        if function
            .description
            .as_ref()
            .is_some_and(|text| text.chars().count() > most || text.contains('\n'))
        {
            self.value(
                &format!("{at}/description"),
                format!("longer than one line of {most} characters"),
                "shorten it",
            );
        }
    }

    fn access(&mut self, at: &str, access: &Access) {
        if let Some(until) = &access.until {
            self.date(&format!("{at}/until"), until);
        }
        self.sql(at, access);
        match (&access.to, &access.raw) {
            (Some(_), None) => {
                if access.reason.is_some() {
                    self.fault(
                        "SLG-MANIFEST-008",
                        &format!("{at}/reason"),
                        "`reason` belongs to a raw statement",
                        "remove it: the operations say what it is for",
                    );
                }
            }
            (None, Some(raw)) => {
                for (key, given) in [
                    (
                        "reason",
                        access.reason.as_ref().is_some_and(|r| !r.trim().is_empty()),
                    ),
                    ("until", access.until.is_some()),
                ] {
                    if !given && !self.loaded.is_doubtful(&format!("{at}/{key}")) {
                        self.fault(
                            "SLG-MANIFEST-005",
                            at,
                            format!("a raw statement without {key}"),
                            "give reason: and until: YYYY-MM-DD",
                        );
                    }
                }
                let foreign = [
                    ("allow", !access.allow.is_empty()),
                    ("index", access.index.is_some()),
                    ("paths", !access.paths.is_empty()),
                    ("tables", !access.tables.is_empty()),
                    ("user", access.user.is_some()),
                    ("secret", access.secret.is_some()),
                ];
                for (key, given) in foreign {
                    if given {
                        self.fault(
                            "SLG-MANIFEST-008",
                            &format!("{at}/{key}"),
                            format!("`{key}` does not belong to a raw statement"),
                            "remove it",
                        );
                    }
                }
                self.raw(&format!("{at}/raw"), raw);
            }
            (Some(_), Some(_)) => self.fault(
                "SLG-MANIFEST-008",
                &format!("{at}/raw"),
                "`to` and `raw` in one line",
                "make two lines of it",
            ),
            (None, None) => self.missing(
                at,
                "this line says neither `to` nor `raw`",
                "give to: with allow:, or raw: with reason: and until:",
            ),
        }
    }

    fn raw(&mut self, at: &str, raw: &RawAccess) {
        for (key, list) in [("actions", &raw.actions), ("resources", &raw.resources)] {
            if list.is_empty() {
                self.missing(
                    &format!("{at}/{key}"),
                    format!("a statement without {key}"),
                    "name each",
                );
            }
        }
        for (index, action) in raw.actions.iter().enumerate() {
            if !shapes::fits(&shapes::ACTION, action) {
                self.value(
                    &format!("{at}/actions/{index}"),
                    format!("`{}` is not one exact action", shown(action)),
                    "name each action, such as s3:GetObject",
                );
            }
        }
        for (index, resource) in raw.resources.iter().enumerate() {
            let at = format!("{at}/resources/{index}");
            if resource != "*"
                && (!resource.starts_with("arn:") || resource.matches(':').count() < 5)
            {
                self.value(
                    &at,
                    format!("`{}` is no ARN", shown(resource)),
                    "write arn:aws:<service>:<region>:<account>:<resource>",
                );
            }
            self.no_interpolation(&at, resource);
        }
    }

    /// `${…}` that looks meant as interpolation, where there is none.
    fn no_interpolation(&mut self, at: &str, text: &str) {
        let names = ["${env}", "${account}", "${region}", "${service}"];
        if let Some(name) = names.iter().find(|name| text.contains(**name)) {
            self.fault(
                "SLG-MANIFEST-009",
                at,
                format!("{name} is not replaced here"),
                "only state.* and resources.*.existing are interpolated",
            );
        }
    }

    fn variables(&mut self, at: &str, function: &Function) {
        let groups = [
            ("env", function.env.keys().collect::<Vec<_>>()),
            ("secrets", function.secrets.keys().collect()),
        ];
        for (group, variables) in groups {
            for variable in variables {
                let at = format!("{at}/{group}/{}", escape(variable));
                let reserved = RESERVED.contains(&variable.as_str())
                    || variable.starts_with("AWS_")
                    || variable.starts_with("LAMBDA_");
                if reserved {
                    self.key_fault(
                        "SLG-MANIFEST-003",
                        &at,
                        format!("{variable} is reserved by Lambda"),
                        "choose another name",
                    );
                } else {
                    self.key_shape(
                        &shapes::ENV,
                        &at,
                        variable,
                        "a variable of capital letters, digits and `_`",
                    );
                }
                if group == "secrets" && function.env.contains_key(variable) {
                    self.key_fault(
                        "SLG-MANIFEST-010",
                        &at,
                        format!("{variable} stands under env: too"),
                        "keep one of the two",
                    );
                }
            }
        }
        let mut bytes = 0;
        for (variable, value) in &function.env {
            let at = format!("{at}/env/{}", escape(variable));
            bytes += variable.len() + value.len();
            if let Some(why) = secret::looks_secret(variable, value) {
                self.fault(
                    "SLG-MANIFEST-004",
                    &at,
                    format!(
                        "{} looks like a secret in plain text ({why})",
                        shown(variable)
                    ),
                    "put it into a secret and name that under secrets:",
                );
            }
            self.no_interpolation(&at, value);
        }
        // Names and values together (Lambda developer guide, "Lambda quotas").
        let most = quota("function_environment_bytes").value;
        if bytes as u64 > most {
            self.fault(
                "SLG-SERVICE-005",
                &format!("{at}/env"),
                format!("the variables have {bytes} bytes; Lambda takes {most} for all together"),
                "move long values into a file of the source or a parameter",
            );
        }
    }

    fn egress(&mut self, at: &str, egress: &str) {
        if egress.starts_with("aws.") {
            self.shape(&shapes::SERVICE, at, egress, "`aws.<service>`");
        } else if let Some(fault) = shapes::network_fault(egress) {
            self.value(
                at,
                format!("`{}` {fault}", shown(egress)),
                "write `aws.<service>` or `<CIDR>:<port>`, such as 10.20.0.0/16:443",
            );
        }
    }
}
