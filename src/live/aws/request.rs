//! A question as an HTTP request, and an HTTP answer as an answer.

use serde_json::{Value as Json, json};

use super::read::{Query, ReadError};
use super::scope::Place;
use super::xml;
use crate::catalog::aws::calls::{Protocol, Service};
use crate::catalog::aws::region;

/// A request before it is signed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: &'static str,
    pub(super) url: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
    /// Region and service that the signature is for.
    pub(super) region: String,
    pub(super) service: String,
}

/// The request for a question; `endpoint` replaces AWS's own.
pub(super) fn request(
    query: &Query,
    service: &Service,
    place: &Place,
    endpoint: Option<&str>,
) -> Request {
    let name = query.call.service_name();
    let prefix = service.endpoint.as_deref().unwrap_or(name);
    let (host, signed_for) = host(prefix, service.global, place);
    let base = endpoint.map_or(format!("https://{host}"), |e| {
        e.trim_end_matches('/').to_owned()
    });
    let mut request = Request {
        method: "POST",
        url: format!("{base}/"),
        headers: Vec::new(),
        body: String::new(),
        region: signed_for,
        service: prefix.rsplit('.').next().unwrap_or(prefix).to_owned(),
    };
    let operation = query.call.operation();
    match service.protocol {
        Protocol::RestJson | Protocol::RestXml => {
            request.method = "GET";
            request.url = format!("{base}{}", path(query));
        }
        Protocol::Json10 | Protocol::Json11 => {
            let version = if service.protocol == Protocol::Json10 {
                "1.0"
            } else {
                "1.1"
            };
            let target = service.target.as_deref().unwrap_or("");
            request.headers = vec![
                ("content-type", format!("application/x-amz-json-{version}")),
                ("x-amz-target", format!("{target}.{operation}")),
            ];
            request.body = json!(query.parameters).to_string();
        }
        Protocol::Query => {
            request.headers = vec![(
                "content-type",
                "application/x-www-form-urlencoded; charset=utf-8".to_owned(),
            )];
            let version = service.version.as_deref().unwrap_or("");
            request.body = format!("Action={operation}&Version={version}");
            for (name, value) in &query.parameters {
                match value {
                    Json::Array(items) => {
                        for (number, item) in items.iter().enumerate() {
                            request.body +=
                                &format!("&{name}.member.{}={}", number + 1, encoded(&plain(item)));
                        }
                    }
                    value => request.body += &format!("&{name}={}", encoded(&plain(value))),
                }
            }
        }
    }
    request
}

/// Host and the region that a signature is for (AWS General Reference, "Service endpoints").
fn host(prefix: &str, global: bool, place: &Place) -> (String, String) {
    let suffix = region::dns_suffix(&place.region);
    if !global {
        return (
            format!("{prefix}.{}.{suffix}", place.region),
            place.region.clone(),
        );
    }
    match place.partition() {
        "aws-cn" => (
            format!("{prefix}.cn-north-1.{suffix}"),
            "cn-north-1".to_owned(),
        ),
        "aws-us-gov" => (
            format!("{prefix}.us-gov.{suffix}"),
            "us-gov-west-1".to_owned(),
        ),
        _ => (format!("{prefix}.{suffix}"), "us-east-1".to_owned()),
    }
}

/// Path and query string of a REST call.
fn path(query: &Query) -> String {
    let mut path = query.call.http.clone().unwrap_or_default();
    let mut separator = if path.contains('?') { '&' } else { '?' };
    let mut rest = String::new();
    for (name, value) in &query.parameters {
        let place = format!("{{{name}}}");
        let value = encoded(&plain(value));
        if path.contains(&place) {
            path = path.replace(&place, &value);
        } else {
            rest += &format!("{separator}{name}={value}");
            separator = '&';
        }
    }
    path + &rest
}

fn plain(value: &Json) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// Percent-encoded but for the unreserved characters (RFC 3986, 2.3).
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(byte.into());
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// What an HTTP answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Final.
    Done(Result<Json, ReadError>),
    /// Too many requests: to be asked again.
    Throttled,
    /// A fault of the service or the way to it: to be asked again.
    Failed(String),
    /// The credentials are not valid, or no longer.
    Refused(String),
}

/// Codes of the services, and of the layer before them (AWS General Reference, "Common error types"; "Error retries").
const DENIED: [&str; 8] = [
    "AccessDenied",
    "AccessDeniedException",
    "AccessDeniedFault",
    "AuthorizationError",
    "AuthorizationErrorException",
    "ForbiddenException",
    "NotAuthorizedException",
    "UnauthorizedOperation",
];
const THROTTLED: [&str; 12] = [
    "BandwidthLimitExceeded",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];
const REFUSED: [&str; 12] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "InvalidToken",
    "MissingAuthenticationToken",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
    "UnrecognizedClientException",
];

/// What an answer with this status, `x-amzn-errortype` and body means.
pub(super) fn outcome(query: &Query, status: u16, error_type: Option<&str>, body: &str) -> Outcome {
    let xml = body.trim_start().starts_with('<');
    if (200..300).contains(&status) {
        let parsed = if xml {
            xml::parse(body)
        } else {
            json_body(body)
        };
        return Outcome::Done(
            parsed.map_err(|e| ReadError::Other(format!("the answer cannot be read: {e}"))),
        );
    }
    let (code, message) = error(error_type, xml, body);
    let is = |codes: &[&str]| codes.contains(&code.as_str());
    if query.call.absent.contains(&code) {
        Outcome::Done(Err(ReadError::Absent))
    } else if is(&DENIED) {
        let action = query.call.action().to_owned();
        Outcome::Done(Err(ReadError::Denied { action }))
    } else if is(&REFUSED) {
        Outcome::Refused(shown(&code, &message))
    } else if is(&THROTTLED) || status == 429 {
        Outcome::Throttled
    } else if status >= 500 {
        Outcome::Failed(format!("status {status} {}", shown(&code, &message)))
    } else {
        Outcome::Done(Err(ReadError::Other(format!(
            "status {status} {}",
            shown(&code, &message)
        ))))
    }
}

fn json_body(body: &str) -> Result<Json, String> {
    if body.trim().is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_str(body).map_err(|e| e.to_string())
}

/// Code and message: `com.amazonaws.sqs#QueueDoesNotExist` and `ResourceNotFoundException:http://…` are shortened.
fn error(error_type: Option<&str>, xml: bool, body: &str) -> (String, String) {
    let short = |code: &str| {
        let code = code.split(':').next().unwrap_or("");
        code.rsplit('#').next().unwrap_or("").to_owned()
    };
    if xml {
        let (code, message) = xml::error(body).unwrap_or_default();
        return (short(&code), message);
    }
    let json: Json = serde_json::from_str(body).unwrap_or_default();
    let member = |names: [&str; 2]| {
        names
            .into_iter()
            .find_map(|n| json.get(n)?.as_str().map(str::to_owned))
    };
    let code = error_type
        .map(str::to_owned)
        .or_else(|| member(["__type", "code"]));
    (
        short(&code.unwrap_or_default()),
        member(["message", "Message"]).unwrap_or_default(),
    )
}

/// For a line of text: no control characters, and not endless.
fn shown(code: &str, message: &str) -> String {
    let text = if message.is_empty() {
        code.to_owned()
    } else {
        format!("{code}: {message}")
    };
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(300)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::aws::calls;

    fn place(region: &str) -> Place {
        Place {
            account: "111111111111".to_owned(),
            region: region.to_owned(),
        }
    }

    fn made(call: &str, parameters: &[(&str, Json)], region: &str) -> Request {
        let query = Query::new(call, parameters).unwrap();
        let service = calls::service(query.call.service_name()).unwrap();
        request(&query, service, &place(region), None)
    }

    #[test]
    fn rest_calls_have_their_parameters_in_path_and_query() {
        let made = made(
            "lambda:GetPolicy",
            &[
                ("FunctionName", json!("a/../b c")),
                ("Qualifier", json!("$LATEST")),
            ],
            "eu-west-1",
        );
        assert_eq!(
            (made.method, made.url.as_str()),
            (
                "GET",
                "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/a%2F..%2Fb%20c/policy?Qualifier=%24LATEST"
            )
        );
        let made = self::made(
            "s3:GetBucketPolicy",
            &[("Bucket", json!("b"))],
            "cn-north-1",
        );
        assert_eq!(made.url, "https://s3.cn-north-1.amazonaws.com.cn/b?policy");
    }

    #[test]
    fn json_calls_name_their_target() {
        let made = made(
            "ecr:DescribeRepositories",
            &[("repositoryNames", json!(["a"]))],
            "eu-west-1",
        );
        assert_eq!(made.url, "https://api.ecr.eu-west-1.amazonaws.com/");
        assert_eq!(made.service, "ecr");
        assert_eq!(made.body, r#"{"repositoryNames":["a"]}"#);
        assert_eq!(
            made.headers[1].1,
            "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories"
        );
    }

    #[test]
    fn query_calls_are_forms_and_iam_is_global() {
        let made = made(
            "cloudwatch:DescribeAlarms",
            &[("AlarmNames", json!(["a&b", "c"]))],
            "eu-west-1",
        );
        assert_eq!(
            made.body,
            "Action=DescribeAlarms&Version=2010-08-01&AlarmNames.member.1=a%26b&AlarmNames.member.2=c"
        );
        assert_eq!(made.service, "monitoring");
        for (region, host, signed_for) in [
            ("eu-west-1", "iam.amazonaws.com", "us-east-1"),
            (
                "cn-northwest-1",
                "iam.cn-north-1.amazonaws.com.cn",
                "cn-north-1",
            ),
            ("us-gov-east-1", "iam.us-gov.amazonaws.com", "us-gov-west-1"),
        ] {
            let made = self::made("iam:GetRole", &[("RoleName", json!("r"))], region);
            assert_eq!(
                (made.url.as_str(), made.region.as_str()),
                (format!("https://{host}/").as_str(), signed_for)
            );
        }
    }

    fn said(call: &str, status: u16, error_type: Option<&str>, body: &str) -> Outcome {
        outcome(&Query::new(call, &[]).unwrap(), status, error_type, body)
    }

    #[test]
    fn only_the_codes_of_the_call_say_that_there_is_none() {
        let absent = Outcome::Done(Err(ReadError::Absent));
        let typed = Some("ResourceNotFoundException:http://internal.amazon.com/");
        assert_eq!(said("lambda:GetPolicy", 404, typed, "{}"), absent);
        assert_eq!(
            said(
                "sqs:GetQueueUrl",
                400,
                None,
                r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist"}"#
            ),
            absent
        );
        assert_eq!(
            said(
                "iam:GetRole",
                404,
                None,
                "<E><Error><Code>NoSuchEntity</Code></Error></E>"
            ),
            absent
        );
        // Not found is not enough: a proxy says it too.
        for body in [
            "",
            "<html><body>404</body></html>",
            "{}",
            r#"{"__type":"UnknownOperationException"}"#,
        ] {
            let said = said("lambda:GetPolicy", 404, None, body);
            assert!(
                matches!(said, Outcome::Done(Err(ReadError::Other(_)))),
                "{said:?}"
            );
        }
    }

    #[test]
    fn denied_throttled_refused_and_failed_are_told_apart() {
        let denied = Outcome::Done(Err(ReadError::Denied {
            action: "s3:GetEncryptionConfiguration".to_owned(),
        }));
        assert_eq!(
            said(
                "s3:GetBucketEncryption",
                403,
                None,
                "<Error><Code>AccessDenied</Code></Error>"
            ),
            denied
        );
        assert_eq!(
            said("iam:GetRole", 400, None, "<E><Code>Throttling</Code></E>"),
            Outcome::Throttled
        );
        assert_eq!(
            said("lambda:GetPolicy", 429, None, "{}"),
            Outcome::Throttled
        );
        let expired = said(
            "sqs:GetQueueUrl",
            403,
            Some("ExpiredTokenException"),
            r#"{"message":"The security\u001b token"}"#,
        );
        assert_eq!(
            expired,
            Outcome::Refused("ExpiredTokenException: The security  token".to_owned())
        );
        assert!(matches!(
            said("lambda:GetPolicy", 503, None, ""),
            Outcome::Failed(_)
        ));
    }

    #[test]
    fn an_answer_that_cannot_be_read_is_no_answer() {
        let said = said("lambda:GetPolicy", 200, None, "{\"Policy\": ");
        assert!(matches!(said, Outcome::Done(Err(ReadError::Other(_)))));
    }
}
