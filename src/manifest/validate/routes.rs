//! Routes of the API.
//!
//! API Gateway matches a request's method and path segment by segment; a parameter is a whole segment (API Gateway
//! developer guide, "Create routes for HTTP APIs in API Gateway"). It also takes `ANY`, `$default` and greedy parameters,
//! which slgen does not: what they let through is nowhere listed, and has no schema.

use std::collections::{BTreeMap, BTreeSet};

use super::super::model::Function;
use super::super::structure::shown;
use super::{Check, shapes};

const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

impl Check<'_> {
    /// The form of one route: `METHOD /path/{parameter}`.
    pub(super) fn route(&mut self, at: &str, route: &str) {
        if let Some((message, help)) = fault(route) {
            self.value(at, message, help);
            return;
        }
        self.shape(&shapes::ROUTE, at, route, "`METHOD /path/{parameter}`");
        let mut names = BTreeSet::new();
        for name in route
            .split('{')
            .skip(1)
            .filter_map(|part| part.split('}').next())
        {
            if !names.insert(name) {
                self.value(
                    at,
                    format!("the parameter {{{}}} stands twice in the path", shown(name)),
                    "name each parameter differently",
                );
            }
        }
    }

    /// Routes that API Gateway takes for one, over all functions.
    pub(super) fn routes(
        &mut self,
        name: &str,
        at: &str,
        function: &Function,
        routes: &mut BTreeMap<String, (String, String)>,
    ) {
        for (index, trigger) in function.triggers.iter().enumerate() {
            let Some(route) = trigger.http.as_deref().filter(|route| !route.is_empty()) else {
                continue;
            };
            let at = format!("{at}/triggers/{index}/http");
            let shape = shapes::blank_parameters(route);
            let own = (name.to_owned(), route.to_owned());
            if let Some((other, first)) = routes.insert(shape, own) {
                let message = if first == route {
                    format!("{other} has this route already")
                } else {
                    format!("{other} has this route already, as `{}`", shown(&first))
                };
                self.fault(
                    "SLG-MANIFEST-010",
                    &at,
                    message,
                    "each route belongs to one function, whatever its parameters are called",
                );
            }
        }
    }
}

/// What is wrong with a route, and what would be right; `None` where its shape says all.
fn fault(route: &str) -> Option<(String, String)> {
    let fault = |message: String, help: &str| Some((message, help.to_owned()));
    if route == "$default" {
        return fault(
            "`$default` takes every request that no other route takes".to_owned(),
            "name each method and path that is meant",
        );
    }
    let (method, path) = route.split_once(' ')?;
    if method == "ANY" {
        return fault(
            "`ANY` takes every method of the path".to_owned(),
            "give the function a trigger for each method that is meant",
        );
    }
    let upper = method.to_uppercase();
    if method != upper && METHODS.contains(&upper.as_str()) {
        return fault(
            format!("`{}` is not the method {upper}", shown(method)),
            "write methods in capitals",
        );
    }
    if path.len() > 1 && path.ends_with('/') {
        return fault(
            format!("`{}` ends with a slash", shown(path)),
            "leave it out: a path with it is another path",
        );
    }
    path.strip_prefix('/')?.split('/').find_map(segment)
}

fn segment(segment: &str) -> Option<(String, String)> {
    let told = |message: &str, help: &str| {
        let message = format!("`{}` {message}", shown(segment));
        Some((message, help.to_owned()))
    };
    if segment == "." || segment == ".." {
        return told(
            "is taken out of a path before it is sent (RFC 3986): no request has this route",
            "write the path that is meant",
        );
    }
    if segment.starts_with('{') && segment.ends_with("+}") {
        return told(
            "takes every path below",
            "name each path that is meant; a parameter is one segment",
        );
    }
    let braces = segment.matches(['{', '}']).count();
    let whole = segment.starts_with('{') && segment.ends_with('}') && braces == 2;
    if braces > 0 && !whole {
        return told(
            "is no parameter: one is a whole segment",
            "write /{parameter}/ between slashes",
        );
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || (!whole && "_.~-".contains(c)) || c == '_';
    let name = segment.trim_start_matches('{').trim_end_matches('}');
    let wrong = name.chars().find(|c| !allowed(*c))?;
    let what = if whole {
        "letters, digits and `_` in the name of a parameter"
    } else {
        "letters, digits and `_.~-` between slashes"
    };
    told(
        &format!("holds `{}`", shown(&wrong.to_string())),
        &format!("write {what}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said() {
        for (route, said) in [
            ("$default", "every request"),
            ("ANY /a", "every method"),
            ("get /a", "is not the method GET"),
            ("GET /a/", "ends with a slash"),
            ("GET /a/../b", "RFC 3986"),
            ("GET /.", "RFC 3986"),
            ("GET /{proxy+}", "every path below"),
            ("GET /{proxy+}/x", "every path below"),
            ("GET /a-{id}", "whole segment"),
            ("GET /{a}{b}", "whole segment"),
            ("GET /{a-b}", "holds `-`"),
            ("GET /a%20b", "holds `%`"),
            ("GET /a b", "holds ` `"),
            ("GET /a?b", "holds `?`"),
        ] {
            let (message, help) = fault(route).unwrap_or_else(|| panic!("{route}"));
            assert!(message.contains(said), "{route}: {message}");
            assert!(!help.is_empty());
            // A segment of dots has the shape of one.
            assert!(
                said == "RFC 3986" || !shapes::fits(&shapes::ROUTE, route),
                "{route}"
            );
        }
    }

    #[test]
    fn what_is_right_is_not() {
        for route in [
            "GET /",
            "GET /a",
            "POST /a.b/c_d/e~f/g-h",
            "GET /a/{id}",
            "GET /a/{id}/b/{other_id}",
            "GET /...",
            "GET /.well-known/x",
        ] {
            assert!(fault(route).is_none(), "{route}");
            assert!(shapes::fits(&shapes::ROUTE, route), "{route}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "(GET |ANY |get )?[/a-z{}+.%\\u{e4} ]{0,30}") {
            let _ = fault(&text);
        }
    }
}
