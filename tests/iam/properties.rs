//! Random pairs of policies against random requests around their boundaries.
//!
//! `SLGEN_POLICY_PAIRS` is the number of pairs (a release build does 20,000 in minutes), `SLGEN_POLICY_SEED` the first seed.

use serde_json::{Map, Value, json};
use slgen::iam::evaluate::{Outcome, identity, resource};
use slgen::iam::{
    Boundary, Caller, Document, Grants, Request, Verdict, new_access, new_resource_access,
};

/// `SplitMix64` (Steele, Lea and Flood, 2014): small, seeded, the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    fn chance(&mut self, of_hundred: usize) -> bool {
        self.below(100) < of_hundred
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    fn some<'a>(&mut self, from: &[&'a str], most: usize) -> Vec<&'a str> {
        let count = 1 + self.below(most);
        (0..count).map(|_| self.pick(from)).collect()
    }
}

const ACTIONS: &[&str] = &[
    "s3:GetObject",
    "s3:getobject",
    "s3:Get*",
    "s3:Ge?Object",
    "s3:PutObject",
    "s3:*",
    "s3:*Object",
    "sqs:SendMessage",
    "sqs:*",
    "*",
    "*:GetObject",
    "s?s:S*",
];

const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::data",
    "arn:aws:s3:::data/*",
    "arn:aws:s3:::data*",
    "arn:aws:s3:::data/a/*",
    "arn:aws:s3:::data/a?",
    "arn:aws:s3:::*/a",
    "arn:aws:s3:::*a*",
    "arn:aws:s3:::data/${aws:username}/*",
    "arn:aws:s3:::data/${aws:username, 'a'}",
    "arn:aws:s3:::${aws:PrincipalTag/t}/a",
    "arn:aws:sqs:*:1:q",
    "arn:aws:sqs:eu-west-1:1:q",
    "arn:*:s3:::data/b",
    "arn:aws:s3:::data/${*}",
    "arn:aws:s3:::data/A",
    "<aws_s3_bucket.b.arn>/*",
    "<aws_s3_bucket.b.arn>/a/*",
];

const STRINGS: &[&str] = &[
    "a",
    "b",
    "A",
    "a*",
    "*",
    "?",
    "ab",
    "a?",
    "${aws:username}",
    "a${aws:PrincipalTag/t, 'b'}",
];
const STRING_OPERATORS: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
];
const ARNS: &[&str] = &[
    "arn:aws:sns:*:1:*",
    "arn:aws:sns:eu:1:t",
    "arn:*:sns:*:?:t*",
    "arn:aws:s3:::a:b",
    "*",
    "arn:aws:s3:::*",
];
const NUMBERS: &[&str] = &["0", "10", "10.5", "-1", "11"];
const DATES: &[&str] = &["2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z", "0"];
const NETWORKS: &[&str] = &[
    "10.0.0.0/8",
    "10.1.0.0/16",
    "10.1.2.3",
    "0.0.0.0/0",
    "2001:db8::/32",
    "::/0",
];
const ORDERS: &[&str] = &[
    "Equals",
    "NotEquals",
    "LessThan",
    "LessThanEquals",
    "GreaterThan",
    "GreaterThanEquals",
];
const PRINCIPALS: &[&str] = &[
    "arn:aws:iam::111122223333:role/a",
    "arn:aws:iam::111122223333:role/b",
    "111122223333",
    "arn:aws:iam::444455556666:root",
    "arn:aws:sts::111122223333:assumed-role/a/s",
    "*",
];

fn condition(random: &mut Random) -> (String, String, Value) {
    let suffix = if random.chance(20) { "IfExists" } else { "" };
    let (key, operator, values): (&str, String, Vec<&str>) = match random.below(9) {
        0 | 1 => {
            let prefix = random.pick(&["", "", "", "ForAllValues:", "ForAnyValue:"]);
            let key = if prefix.is_empty() {
                "k:s"
            } else {
                "aws:TagKeys"
            };
            let operator = random.pick(STRING_OPERATORS);
            (
                key,
                format!("{prefix}{operator}{suffix}"),
                random.some(STRINGS, 2),
            )
        }
        2 => (
            "k:t",
            format!("{}{suffix}", random.pick(STRING_OPERATORS)),
            random.some(STRINGS, 2),
        ),
        3 => {
            let value = random.pick(&["true", "false"]);
            ("aws:SecureTransport", format!("Bool{suffix}"), vec![value])
        }
        4 => (
            random.pick(&["k:n", "s3:max-keys", "k:s"]),
            format!("Numeric{}{suffix}", random.pick(ORDERS)),
            random.some(NUMBERS, 2),
        ),
        5 => (
            "aws:CurrentTime",
            format!("Date{}{suffix}", random.pick(ORDERS)),
            random.some(DATES, 2),
        ),
        6 => {
            let operator = random.pick(&["IpAddress", "NotIpAddress"]);
            (
                "aws:SourceIp",
                format!("{operator}{suffix}"),
                random.some(NETWORKS, 2),
            )
        }
        7 => {
            let operator = random.pick(&["ArnLike", "ArnNotLike", "ArnEquals"]);
            (
                "aws:SourceArn",
                format!("{operator}{suffix}"),
                random.some(ARNS, 2),
            )
        }
        _ => {
            let key = random.pick(&["k:s", "aws:SourceIp", "aws:username", "aws:TagKeys"]);
            (
                key,
                "Null".to_owned(),
                vec![random.pick(&["true", "false"])],
            )
        }
    };
    (operator, key.to_owned(), json!(values))
}

fn statement(random: &mut Random, principals: bool) -> Value {
    let mut map = Map::new();
    let effect = if random.chance(30) { "Deny" } else { "Allow" };
    map.insert("Effect".into(), json!(effect));
    if principals {
        let name = if random.chance(12) {
            "NotPrincipal"
        } else {
            "Principal"
        };
        let principal = match random.below(5) {
            0 => json!({"Service": random.pick(&["sns.amazonaws.com", "s3.amazonaws.com"])}),
            1 => json!({"Federated": "accounts.google.com", "AWS": random.pick(PRINCIPALS)}),
            _ => json!({"AWS": random.some(PRINCIPALS, 2)}),
        };
        map.insert(name.into(), principal);
    }
    let name = if random.chance(15) {
        "NotAction"
    } else {
        "Action"
    };
    map.insert(name.into(), json!(random.some(ACTIONS, 3)));
    let name = if random.chance(15) {
        "NotResource"
    } else {
        "Resource"
    };
    map.insert(name.into(), json!(random.some(RESOURCES, 3)));
    let mut block = Map::new();
    let count = random.pick(&[&0, &0, &1, &1, &2, &3]);
    for _ in 0..*count {
        let (operator, key, values) = condition(random);
        let keys = block.entry(operator).or_insert_with(|| json!({}));
        keys.as_object_mut().unwrap().insert(key, values);
    }
    if !block.is_empty() {
        map.insert("Condition".into(), Value::Object(block));
    }
    Value::Object(map)
}

fn document(random: &mut Random, principals: bool) -> Value {
    let count = 1 + random.below(4);
    let statements: Vec<Value> = (0..count).map(|_| statement(random, principals)).collect();
    let version = if random.chance(8) {
        "2008-10-17"
    } else {
        "2012-10-17"
    };
    json!({"Version": version, "Statement": statements})
}

/// A small change: unrelated pairs are nearly always a plain yes.
fn changed(random: &mut Random, document: &Value, principals: bool) -> Value {
    let mut document = document.clone();
    let statements = document["Statement"].as_array_mut().unwrap();
    for _ in 0..=random.below(2) {
        let at = random.below(statements.len());
        match random.below(7) {
            0 => statements.push(statement(random, principals)),
            1 if statements.len() > 1 => {
                statements.remove(at);
            }
            2 => {
                let name = if statements[at].get("Action").is_some() {
                    "Action"
                } else {
                    "NotAction"
                };
                statements[at][name] = json!(random.some(ACTIONS, 3));
            }
            3 => {
                let name = if statements[at].get("Resource").is_some() {
                    "Resource"
                } else {
                    "NotResource"
                };
                statements[at][name] = json!(random.some(RESOURCES, 3));
            }
            4 => {
                statements[at].as_object_mut().unwrap().remove("Condition");
            }
            5 => {
                let (operator, key, values) = condition(random);
                statements[at]["Condition"] = json!({operator: {key: values}});
            }
            _ => {
                let other = statements[at].clone();
                statements.push(other);
                statements.swap(0, at);
            }
        }
    }
    document
}

/// A request that lies near what the policies speak of.
fn request(random: &mut Random, principals: bool) -> Request {
    let near = |random: &mut Random, pattern: &str| -> String {
        let mut out = String::new();
        let pattern = pattern
            .replace("${aws:username, 'a'}", "a")
            .replace("${aws:username}", random.pick(&["a", "b"]))
            .replace("${aws:PrincipalTag/t, 'b'}", "b")
            .replace("${aws:PrincipalTag/t}", "data")
            .replace("${*}", "*")
            .replace("<aws_s3_bucket.b.arn>", "arn:aws:s3:::data");
        for c in pattern.chars() {
            match c {
                '*' => out.push_str(random.pick(&["", "a", "b/c", "GetObject", "1"])),
                '?' => out.push(if random.chance(50) { 'a' } else { 'z' }),
                c => out.push(c),
            }
        }
        out
    };
    let action = random.pick(ACTIONS);
    let resource_pattern = random.pick(RESOURCES);
    let mut action = near(random, action);
    if !action.contains(':') || action.ends_with(':') || action.starts_with(':') {
        action = "iam:PassRole".into();
    }
    let mut resource = near(random, resource_pattern);
    if resource.split(':').count() < 6 || resource.ends_with(':') {
        resource = "*".into();
    }
    let mut asked = Request {
        action,
        resource,
        ..Request::default()
    };
    for key in ["k:s", "k:t", "aws:username", "aws:PrincipalTag/t"] {
        if random.chance(60) {
            let value = random.pick(&["a", "b", "A", "ab", "abc", "10", "10.2", "data", "x"]);
            asked.context.set(key, [value]);
        }
    }
    if random.chance(60) {
        let tags = random.some(&["a", "b", "A", "ab", "x"], 3);
        asked.context.set("aws:TagKeys", tags);
    }
    for (key, values) in [
        ("aws:SecureTransport", &["true", "false"][..]),
        (
            "k:n",
            &["-2", "0", "5", "10", "10.2", "10.5", "11", "12", "none"],
        ),
        (
            "s3:max-keys",
            &["-2", "0", "5", "10", "10.2", "10.5", "11", "12"],
        ),
        (
            "aws:CurrentTime",
            &[
                "2025-01-01T00:00:00Z",
                "2026-01-01T00:00:00Z",
                "2026-03-01T00:00:00Z",
                "2027-01-01T00:00:00Z",
            ],
        ),
        (
            "aws:SourceIp",
            &[
                "10.1.2.3",
                "10.1.9.9",
                "10.200.0.1",
                "9.9.9.9",
                "2001:db8::5",
                "::1",
            ],
        ),
        (
            "aws:SourceArn",
            &[
                "arn:aws:sns:eu:1:t",
                "arn:aws:sns:us:1:tx",
                "arn:aws:s3:::a:b",
                "arn:aws:s3:::z",
                "none",
            ],
        ),
    ] {
        if random.chance(60) {
            asked.context.set(key, [random.pick(values)]);
        }
    }
    if principals {
        asked.caller = Some(match random.below(8) {
            0 => Caller::Anonymous,
            1 => Caller::Service(
                random
                    .pick(&["sns.amazonaws.com", "s3.amazonaws.com", "x.amazonaws.com"])
                    .into(),
            ),
            2 => Caller::Federated("accounts.google.com".into()),
            _ => Caller::Aws(
                random
                    .pick(&[
                        "arn:aws:iam::111122223333:role/a",
                        "arn:aws:iam::111122223333:role/b",
                        "arn:aws:iam::111122223333:user/u",
                        "arn:aws:sts::111122223333:assumed-role/a/s",
                        "arn:aws:sts::111122223333:assumed-role/a/t",
                        "arn:aws:iam::444455556666:role/a",
                        "arn:aws:iam::777788889999:role/a",
                    ])
                    .into(),
            ),
        });
    }
    asked
}

struct Pair {
    old: Grants,
    new: Grants,
    principals: bool,
}

impl Pair {
    fn random(random: &mut Random) -> Self {
        let principals = random.chance(25);
        let old = document(random, principals);
        let new = if random.chance(85) {
            changed(random, &old, principals)
        } else {
            document(random, principals)
        };
        let read = |value: &Value| Document::from_value(value).unwrap();
        let (mut old, mut new) = (Grants::of([read(&old)]), Grants::of([read(&new)]));
        if !principals && random.chance(20) {
            let boundary = document(random, false);
            let after = if random.chance(50) {
                boundary.clone()
            } else {
                changed(random, &boundary, false)
            };
            if random.chance(80) {
                old.boundary = Boundary::Document(read(&boundary));
            }
            if random.chance(80) {
                new.boundary = Boundary::Document(read(&after));
            }
        }
        Self {
            old,
            new,
            principals,
        }
    }

    fn outcome(&self, grants: &Grants, asked: &Request) -> Outcome {
        if self.principals {
            return resource(&grants.policies, asked);
        }
        let boundary = match &grants.boundary {
            Boundary::Document(document) => Some(document),
            _ => None,
        };
        identity(&grants.policies, boundary, asked)
    }

    /// Whether the request shows new access.
    fn shows(&self, asked: &Request) -> bool {
        self.outcome(&self.new, asked) == Outcome::Allowed
            && matches!(
                self.outcome(&self.old, asked),
                Outcome::ImplicitlyDenied | Outcome::ExplicitlyDenied
            )
    }

    fn verdict(&self) -> Verdict {
        if self.principals {
            new_resource_access(&self.old, &self.new)
        } else {
            new_access(&self.old, &self.new)
        }
    }

    fn text(&self) -> String {
        let side = |grants: &Grants| {
            let all: Vec<String> = grants
                .policies
                .iter()
                .map(|p| p.to_value().to_string())
                .collect();
            format!("{} boundary {:?}", all.join(" + "), grants.boundary)
        };
        format!("old {}\nnew {}", side(&self.old), side(&self.new))
    }
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .map_or(default, |text| text.parse().unwrap())
}

#[test]
fn no_request_refutes_a_no_and_every_yes_has_one() {
    let pairs = setting("SLGEN_POLICY_PAIRS", 400);
    let seed = setting("SLGEN_POLICY_SEED", 1);
    let (mut yes, mut no, mut unknown, mut certain, mut asked_in_all) = (0_u32, 0, 0, 0, 0_u64);
    for number in 0..pairs {
        let mut random = Random(
            seed.wrapping_add(number)
                .wrapping_mul(0x2545_f491_4f6c_dd1d),
        );
        let pair = Pair::random(&mut random);
        let verdict = pair.verdict();
        let shown = |random: &mut Random, count: usize| {
            (0..count)
                .map(|_| request(random, pair.principals))
                .find(|asked| pair.shows(asked))
        };
        match verdict {
            Verdict::Yes(witness) => {
                yes += 1;
                assert!(
                    pair.shows(&witness),
                    "pair {number}: {witness:?}\n{}",
                    pair.text()
                );
            }
            Verdict::No => {
                no += 1;
                asked_in_all += 150;
                let refuting = shown(&mut random, 150);
                assert_eq!(refuting, None, "pair {number}\n{}", pair.text());
            }
            Verdict::Unknown(reason) => {
                unknown += 1;
                let text = pair.text();
                let excused = text.contains("${") || text.contains('<');
                // Strings and numbers tested on one key are not always told apart.
                let mixed = text.contains("Numeric") && text.contains("k:s");
                assert!(excused || mixed, "pair {number}: {reason}\n{text}");
                if shown(&mut random, 150).is_some() {
                    certain += 1;
                }
            }
        }
    }
    println!(
        "{pairs} pairs: {yes} yes, {no} no ({asked_in_all} requests), {unknown} unknown of which {certain} had a request"
    );
    let enough = u32::try_from(pairs / 8).unwrap();
    assert!(
        yes > enough && no > enough,
        "{yes} yes, {no} no: too lopsided to show anything"
    );
    assert!(unknown * 5 < yes + no, "{unknown} unknown");
}
