//! A route: how its requests are checked, what it does, what the tests send to it.

use serde_json::{Map, Value as Json, json};

use super::{Plan, Work, sample};
use crate::catalog::webhooks;
use crate::scaffold::Fault;
use crate::scaffold::example;
use crate::scaffold::names::Names;
use crate::scaffold::schema::Schema;
use crate::service::Service;
use crate::service::model::{Auth, Hmac, Trigger};

/// What a path parameter is unless the manifest says otherwise.
const PARAMETER: &str = "^[A-Za-z0-9_-]{1,64}$";

/// Method, path and authentication of requests.
pub(super) struct Route<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) auth: &'a Auth,
}

impl Plan {
    /// Adds a route; gives its key and what the tests send to it.
    pub(super) fn route(
        &mut self,
        service: &Service,
        trigger: &Trigger,
        route: &Route<'_>,
        schema: Option<(Schema, String)>,
        names: &mut Names,
    ) -> Result<(String, Json), Fault> {
        let Route { method, path, auth } = *route;
        let key = format!("{method} {path}");
        let parameters: Vec<&str> = path
            .split('{')
            .skip(1)
            .filter_map(|part| part.split('}').next())
            .collect();
        let pattern = |name: &str| trigger.params.get(name).map_or(PARAMETER, String::as_str);
        let object = |names: &[&str], required: bool| {
            let property = |name: &&str| {
                let schema =
                    json!({ "type": "string", "maxLength": 256, "pattern": pattern(name) });
                ((*name).to_owned(), schema)
            };
            json!({
                "type": "object",
                "additionalProperties": false,
                "required": if required { names } else { &[] },
                "properties": names.iter().map(property).collect::<Map<String, Json>>(),
            })
        };
        let query: Vec<&str> = trigger
            .params
            .keys()
            .map(String::as_str)
            .filter(|name| !parameters.contains(name))
            .collect();
        let path_schema = object(&parameters, true);
        let path_sample = example::of_any(&path_schema).ok_or_else(|| {
            Fault::new(
                &format!("{}/params", trigger.pointer),
                format!("no text was found that the pattern of a parameter of {key} takes"),
                "write it as a simpler regular expression",
            )
        })?;
        self.routes.insert(
            key.clone(),
            json!({
                "auth": match auth {
                    Auth::Jwt(_) => "jwt",
                    Auth::Hmac(_) => "hmac",
                    Auth::Iam => "iam",
                    Auth::None => "none",
                },
                "body": schema.as_ref().and(self.schemas.last()).map(|schema| &schema.copy),
                "path": path_schema,
                "query": object(&query, false),
            }),
        );
        if let Auth::Hmac(hmac) = auth {
            let declared = signature(&key, hmac);
            self.routes[&key]["hmac"] = declared;
            self.signed.push(webhooks::variable(&key));
        }
        let body = match &schema {
            Some((schema, _)) => sample(schema, &format!("{}/schema", trigger.pointer))?,
            None => Json::Null,
        };
        // Below a thing stands something else: `/orders/{id}/notes` is about no order.
        let is_thing = path
            .split('/')
            .skip_while(|part| !part.starts_with('{'))
            .all(|part| part.starts_with('{'));
        let work = match auth {
            _ if !is_thing => Work::Unwritten,
            // A sender is no caller to whom things belong: what it sends goes on.
            Auth::Hmac(_) if parameters.is_empty() => self.sent().unwrap_or(Work::Unwritten),
            // Without a caller nothing belongs to anyone.
            Auth::Hmac(_) | Auth::None => Work::Unwritten,
            Auth::Jwt(_) | Auth::Iam => {
                let body = schema.as_ref().map(|(schema, _)| schema);
                self.route_work(service, method, body, &parameters)
            }
        };
        let status = match &work {
            Work::Store(_) => 201,
            Work::Fetch(_) => 200,
            Work::Remove(_) => 204,
            Work::Send(..) => 202,
            Work::Unwritten => 501,
        };
        let mut sample = json!({
            "status": status,
            "owned": matches!(status, 200 | 201 | 204),
            "authenticated": matches!(auth, Auth::Jwt(_) | Auth::Iam),
            "path": path_sample,
            "query": {},
            "body": body,
        });
        let signed = &self.routes[&key]["hmac"];
        if !signed.is_null() {
            sample["signed"] = signed.clone();
        }
        let name = names.value(&format!("{method} {path}"));
        self.step(&key, &name, work, schema.map(|(_, class)| class));
        Ok((key, sample))
    }
}

/// How the handler checks a route's signatures.
fn signature(key: &str, hmac: &Hmac) -> Json {
    let mut declared = json!(hmac.scheme());
    declared["tolerance_s"] = json!(hmac.tolerance_s.unwrap_or(Hmac::TOLERANCE_S));
    declared["variable"] = json!(webhooks::variable(key));
    declared
}

/// Requests that store come first, those that remove last.
pub(super) fn in_order(mut samples: Vec<(String, Json)>) -> Json {
    let rank = |sample: &Json| match sample["status"].as_u64() {
        Some(201) => 0,
        Some(204) => 2,
        _ => 1,
    };
    samples.sort_by_key(|(_, sample)| rank(sample));
    let stored: Vec<Json> = samples
        .iter()
        .filter(|(_, sample)| rank(sample) == 0)
        .map(|(_, sample)| {
            let mut item = sample["body"].clone();
            for (key, value) in sample["path"].as_object().into_iter().flatten() {
                item[key] = value.clone();
            }
            item
        })
        .collect();
    for (_, sample) in &mut samples {
        let path = sample["path"].as_object().cloned().unwrap_or_default();
        let is_there = stored
            .iter()
            .any(|item| path.iter().all(|(key, value)| item.get(key) == Some(value)));
        if matches!(sample["status"].as_u64(), Some(200 | 204)) && !is_there {
            sample["status"] = json!(404);
        }
    }
    Json::Object(samples.into_iter().collect())
}
