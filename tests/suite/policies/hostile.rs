//! A policy may be anyone's: whatever it does, it stops with its place, and nothing is written.

use super::team::Team;

/// Policy, and what is said of it.
const CASES: &[(&str, &str)] = &[
    // Nothing from outside.
    (
        "package a\n\ndeny[m] { m := http.send({\"method\": \"get\", \"url\": \"http://localhost\"}).raw_body }",
        "3: there is no http.send here",
    ),
    (
        "package a\n\ndeny[m] { m := opa.runtime().env.HOME }",
        "3: there is no opa.runtime here",
    ),
    (
        "package a\n\ndeny[m] { time.now_ns() > 0; m := \"x\" }",
        "3: there is no time.now_ns here",
    ),
    (
        "package a\n\ndeny[m] { rand.intn(\"x\", 9) > 3; m := \"x\" }",
        "3: there is no rand.intn here",
    ),
    (
        "package a\n\ndeny[m] { net.lookup_ip_addr(\"localhost\"); m := \"x\" }",
        "3: there is no net.lookup_ip_addr here",
    ),
    // What does not compile.
    ("package a\n\ndeny[m] { m := }", "3: "),
    (
        "package a\n\ndeny[m] { nowhere(1); m := \"x\" }",
        "3: could not find function",
    ),
    ("package a\nimport rego.v1\ndeny[m] { m := 1 }", "3: "),
    ("deny[m] { m := 1 }", "1: "),
    ("", "1: "),
    // Memory.
    (
        "package a\n\ndeny[m] { x := numbers.range(1, 1000000000); m := sprintf(\"%v\", [count(x)]) }",
        "3: it uses more memory",
    ),
    // Depth.
    (
        "package a\nimport rego.v1\nf(x) := f(x + 1) + 1\ndeny contains m if { m := sprintf(\"%d\", [f(1)]) }",
        "it uses more memory, calls itself deeper",
    ),
    (
        "package a\nimport rego.v1\np if q\nq if p\ndeny contains \"x\" if p",
        "recursion",
    ),
    // Expressions.
    (
        "package a\n\ndeny[m] { regex.match(\"(((a{100}){100}){100}){100}\", \"a\"); m := \"x\" }",
        "3: compiled regex exceeded size limit",
    ),
    // Output.
    (
        "package a\n\ndeny[m] { x := numbers.range(1, 5000)[_]; m := sprintf(\"%v\", [x]) }",
        "3: deny finds 5000 things",
    ),
    (
        "package a\n\ndeny[m] { m := concat(\"\", [s | numbers.range(1, 20000)[_]; s := \"x\"]) ; false }\ndeny[m] { m := sprintf(\"%v\", [numbers.range(1, 20000)]) }",
        "4: deny says ",
    ),
];

#[test]
fn nothing_passes_and_nothing_is_written() {
    std::thread::scope(|scope| {
        for cases in CASES.chunks(CASES.len().div_ceil(2)) {
            scope.spawn(move || cases.iter().for_each(|(policy, line)| stops(policy, line)));
        }
    });
}

/// Whatever it counts on, it ends within seconds.
#[test]
fn an_endless_policy_is_stopped() {
    let policy = "package a\nimport rego.v1\n\ndeny contains \"x\" if {\n  some i in numbers.range(1, 100000)\n  some j in numbers.range(1, 100000)\n  i + j == 0\n}";
    stops(policy, "4: it takes too long");
}

fn stops(policy: &str, line: &str) {
    let team = Team::new("");
    team.policy("a.rego", policy);
    let said = team.slgen(&["generate"]);
    assert_eq!(said.status, 1, "{policy}\n{}", said.text);
    assert!(!team.has("orders/infra"), "{policy}");
    let (place, message) = match line.split_once(": ") {
        Some((place, message)) => (format!("acme/policies/a.rego:{place}:"), message),
        None => ("acme/policies/a.rego:".to_owned(), line),
    };
    assert!(
        said.text.contains("error[SLG-POLICY-001]"),
        "{policy}\n{}",
        said.text
    );
    assert!(said.text.contains(&place), "{policy}\n{}", said.text);
    assert!(said.text.contains(message), "{policy}\n{}", said.text);
}
