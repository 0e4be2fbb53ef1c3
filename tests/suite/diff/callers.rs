//! Who may call a route, told from whom to whom.

use serde_json::Value;
use slgen::diff::Direction;
use slgen::guardrail::Severity;

use super::cli::{edit, err, out, repository, slgen};
use super::{Finding, diff};

/// A route of an API, and the authorizers that it may have.
fn route(attributes: &str) -> String {
    let authorizer = |name: &str, issuer: &str, audience: &str| {
        format!(
            "resource \"aws_apigatewayv2_authorizer\" \"{name}\" {{\napi_id = \"a\"\nname = \"{name}\"\nauthorizer_type = \"JWT\"\njwt_configuration {{\nissuer = {issuer}\naudience = {audience}\n}}\n}}\n"
        )
    };
    let authorizers = [
        authorizer("one", "\"https://one.example.com/\"", "[\"orders\"]"),
        authorizer(
            "more",
            "\"https://one.example.com/\"",
            "[\"orders\", \"bills\"]",
        ),
        authorizer("same", "\"https://one.example.com/\"", "[\"orders\"]"),
        authorizer("other", "\"https://other.example.com/\"", "[\"orders\"]"),
        authorizer("variable", "var.issuer", "[\"orders\"]"),
    ]
    .concat();
    format!(
        "variable \"issuer\" {{}}\n{authorizers}resource \"aws_apigatewayv2_route\" \"r\" {{\napi_id = \"a\"\nroute_key = \"GET /a\"\n{attributes}\n}}\n"
    )
}

fn jwt(authorizer: &str, scopes: &str) -> String {
    format!(
        "authorization_type = \"JWT\"\nauthorizer_id = aws_apigatewayv2_authorizer.{authorizer}.id\n{scopes}"
    )
}

const IAM: &str = "authorization_type = \"AWS_IAM\"";
const PRINCIPALS: &str = "principals of the account that IAM allows execute-api:Invoke";

fn of_route(found: Vec<Finding>) -> Vec<Finding> {
    let of_route = |f: &Finding| f.address == "aws_apigatewayv2_route.r";
    found.into_iter().filter(of_route).collect()
}

#[test]
fn a_route_whose_callers_prove_who_they_are_otherwise_is_one_finding() {
    let read = "authorization_scopes = [\"read\"]";
    let either = "authorization_scopes = [\"read\", \"write\"]";
    let one = "holders of a token of https://one.example.com/ for orders";
    let custom = "authorization_type = \"CUSTOM\"\nauthorizer_id = \"abc\"";
    let none = "authorization_type = \"NONE\"";
    #[rustfmt::skip]
    let cases = [
        (IAM.to_owned(), jwt("one", ""), Direction::Undetermined, Severity::High,
         format!("{one} can call this route now; before, {PRINCIPALS}")),
        (IAM.to_owned(), jwt("one", read), Direction::Undetermined, Severity::High,
         format!("{one} with the scope read can call this route now; before, {PRINCIPALS}")),
        (jwt("more", either), IAM.to_owned(), Direction::Undetermined, Severity::High,
         format!("{PRINCIPALS} can call this route now; before, holders of a token of https://one.example.com/ for bills or orders with the scope read or write")),
        (IAM.to_owned(), jwt("variable", ""), Direction::Undetermined, Severity::High,
         format!("holders of a token of an issuer that is not known here for orders can call this route now; before, {PRINCIPALS}")),
        (jwt("one", ""), custom.to_owned(), Direction::Undetermined, Severity::High,
         format!("whoever its authorizer lets through can call this route now; before, {one}")),
        // Whom an order holds between: more, or fewer.
        (jwt("one", ""), none.to_owned(), Direction::Widening, Severity::Critical,
         format!("anyone on the internet can call this route now; before, {one}")),
        (String::new(), jwt("one", ""), Direction::Narrowing, Severity::Critical,
         format!("{one} can call this route now; before, anyone on the internet")),
        (none.to_owned(), IAM.to_owned(), Direction::Narrowing, Severity::Critical,
         format!("{PRINCIPALS} can call this route now; before, anyone on the internet")),
    ];
    for (before, after, direction, severity, meaning) in cases {
        let found = of_route(diff(&route(&before), &route(&after)));
        let [finding] = found.as_slice() else {
            panic!("{before} → {after}: {found:#?}");
        };
        assert_eq!(finding.path, "authorization_type");
        assert_eq!(finding.meaning, meaning);
        assert_eq!(
            (finding.direction, finding.severity),
            (direction, severity),
            "{meaning}"
        );
    }
}

/// What could be `NONE` is still as loud as that.
#[test]
fn what_is_not_known_before_apply_may_be_anyone() {
    let unknown = "authorization_type = var.issuer";
    let found = of_route(diff(&route(IAM), &route(unknown)));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(
        (found[0].direction, found[0].severity),
        (Direction::Undetermined, Severity::Critical)
    );
    assert!(
        found[0]
            .meaning
            .starts_with("callers that are not known before apply can call")
    );
}

#[test]
fn another_authorizer_is_judged_by_the_tokens_that_it_accepts() {
    let cases = [
        ("one", "more", Direction::Widening, Severity::High),
        ("more", "one", Direction::Narrowing, Severity::High),
        ("one", "same", Direction::Neutral, Severity::Low),
        ("one", "other", Direction::Undetermined, Severity::High),
        ("one", "variable", Direction::Undetermined, Severity::High),
    ];
    for (before, after, direction, severity) in cases {
        let found = of_route(diff(&route(&jwt(before, "")), &route(&jwt(after, ""))));
        assert_eq!(found.len(), 1, "{before} → {after}: {found:#?}");
        let finding = &found[0];
        assert_eq!(
            (finding.direction, finding.severity),
            (direction, severity),
            "{before} → {after}"
        );
        assert!(!finding.meaning.contains("perhaps"), "{}", finding.meaning);
        assert!(
            !finding.meaning.contains("no authorizer"),
            "{}",
            finding.meaning
        );
    }
}

#[test]
fn scopes_issuer_and_audience_are_told_by_what_is_accepted() {
    let scopes = |scopes: &str| route(&jwt("one", &format!("authorization_scopes = {scopes}")));
    let found = diff(&scopes("[\"read\"]"), &scopes("[\"read\", \"write\"]"));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].direction, Direction::Widening);
    assert_eq!(
        found[0].meaning,
        "a token with the scope read or write is enough now; before, the scope read"
    );
    let found = diff(&scopes("[\"read\"]"), &route(&jwt("one", "")));
    assert_eq!(
        (found[0].direction, found[0].meaning.as_str()),
        (
            Direction::Widening,
            "a token with any scope is enough now; before, the scope read"
        )
    );
    let code = route(&jwt("one", ""));
    let other = code.replacen("https://one.example.com/", "https://two.example.com/", 1);
    let found = diff(&code, &other);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].direction, Direction::Undetermined);
    assert_eq!(
        found[0].meaning,
        "tokens of https://two.example.com/ are accepted now; before, those of https://one.example.com/"
    );
    let other = code.replacen("[\"orders\"]", "[\"orders\", \"bills\"]", 1);
    let found = diff(&code, &other);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].direction, Direction::Widening);
    assert_eq!(
        found[0].meaning,
        "tokens for bills or orders are accepted now; before, those for orders"
    );
}

#[test]
fn a_method_of_a_rest_api_has_callers_too() {
    let method = |attributes: &str| {
        format!(
            "resource \"aws_api_gateway_authorizer\" \"pool\" {{\nname = \"pool\"\nrest_api_id = \"a\"\ntype = \"COGNITO_USER_POOLS\"\n}}\nresource \"aws_api_gateway_method\" \"m\" {{\nrest_api_id = \"a\"\nresource_id = \"b\"\nhttp_method = \"GET\"\n{attributes}\n}}\n"
        )
    };
    let iam = method("authorization = \"AWS_IAM\"");
    let pool = method(
        "authorization = \"COGNITO_USER_POOLS\"\nauthorizer_id = aws_api_gateway_authorizer.pool.id",
    );
    let found = diff(&iam, &pool);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(
        found[0].meaning,
        "whoever the authorizer pool lets through can call this method now; before, principals that IAM allows execute-api:Invoke"
    );
    assert_eq!(
        (found[0].direction, found[0].severity),
        (Direction::Undetermined, Severity::High)
    );
}

/// By a manifest, through the command.
#[test]
fn a_manifest_whose_route_takes_tokens_instead_of_signatures() {
    let folder = repository();
    let path = folder.path();
    let tokens = "http: POST /orders, scopes: [orders.write],";
    let change = |from: &str, to: &str| -> Vec<Value> {
        edit(path, "slgen.yaml", from, to);
        let output = slgen(path, &["diff", "--format", "json"]);
        let report: Value = serde_json::from_str(&out(&output)).unwrap();
        let found = report["findings"].as_array().unwrap().iter();
        let of_route =
            |f: &&Value| f["address"] == "aws_apigatewayv2_route.create_order_post_orders";
        let found = found.filter(of_route).cloned().collect();
        let generated = slgen(path, &["generate"]);
        assert!(generated.status.success(), "{}", err(&generated));
        found
    };
    let signed = "http: POST /orders, auth: iam,";
    let holders = "holders of a token of https://login.example.com/ for orders-api with the scope orders.write";
    for (from, to, meaning) in [
        (
            tokens,
            signed,
            format!("{PRINCIPALS} can call this route now; before, {holders}"),
        ),
        (
            signed,
            tokens,
            format!("{holders} can call this route now; before, {PRINCIPALS}"),
        ),
    ] {
        let found = change(from, to);
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(found[0]["meaning"], meaning);
        assert_eq!(found[0]["severity"], "high");
        assert_eq!(found[0]["direction"], "undetermined");
        assert_eq!(found[0]["source"]["file"], "slgen.yaml");
    }
}
