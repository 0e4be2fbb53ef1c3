//! Security groups of functions in a private network: what they reach, and what reaches them.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::{About, Answer, Check, Reading};
use crate::live::aws::read::{at, items, text};

pub(super) const CHECK: Check = Check {
    kinds: &[
        "aws_security_group",
        "aws_vpc_security_group_egress_rule",
        "aws_vpc_security_group_ingress_rule",
    ],
    run,
};

fn run(reading: &mut Reading) {
    let mut groups = BTreeSet::new();
    for function in reading.found("aws_lambda_function") {
        let ids = function
            .get("vpc_config.security_group_ids")
            .and_then(|v| v.elements());
        groups.extend(
            ids.into_iter()
                .flatten()
                .filter_map(|id| id.as_str())
                .map(str::to_owned),
        );
    }
    for id in groups {
        group(reading, &id);
    }
}

fn group(reading: &mut Reading, id: &str) {
    let about = About {
        check: "security_group",
        on: id,
        kinds: CHECK.kinds,
    };
    let call = "ec2:DescribeSecurityGroups";
    let Some(found) = reading
        .ask(about, call, &[("GroupId.1", json!(id))])
        .found()
    else {
        return;
    };
    for group in items(&found, "securityGroupInfo") {
        let attributes = json!({
            "id": id,
            "name": at(&group, "groupName"),
            "vpc_id": at(&group, "vpcId"),
        });
        reading.add(about, "aws_security_group", id, &attributes, &[call]);
    }
    let about = About {
        check: "security_group_rules",
        ..about
    };
    let call = "ec2:DescribeSecurityGroupRules";
    let parameters = [
        ("Filter.1.Name", json!("group-id")),
        ("Filter.1.Value.1", json!(id)),
    ];
    let Answer::Found(found) = reading.ask(about, call, &parameters) else {
        return;
    };
    for rule in items(&found, "securityGroupRuleSet") {
        let own = text(&rule, "securityGroupRuleId");
        let kind = if text(&rule, "isEgress") == "true" {
            "aws_vpc_security_group_egress_rule"
        } else {
            "aws_vpc_security_group_ingress_rule"
        };
        // All protocols have no ports.
        let port = |member: &str| match at(&rule, member) {
            Json::String(port) if port == "-1" => Json::Null,
            port => port.clone(),
        };
        let attributes = json!({
            "id": own,
            "security_group_rule_id": own,
            "security_group_id": id,
            "ip_protocol": at(&rule, "ipProtocol"),
            "from_port": port("fromPort"),
            "to_port": port("toPort"),
            "cidr_ipv4": at(&rule, "cidrIpv4"),
            "cidr_ipv6": at(&rule, "cidrIpv6"),
            "prefix_list_id": at(&rule, "prefixListId"),
            "referenced_security_group_id": at(&rule, "referencedGroupInfo.groupId"),
        });
        reading.add(about, kind, own, &attributes, &[call]);
    }
}
