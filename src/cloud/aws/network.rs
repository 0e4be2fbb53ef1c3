//! VPC: what a function there may reach, and what Lambda needs to attach it.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::builder::Builder;
use super::names::{self, tf};
use super::policy::{Policy, Statement, Why};
use crate::iam::Text;
use crate::render::Expr;
use crate::service::model::{Egress, Function};

/// Services whose VPC endpoint is of the gateway kind (AWS `PrivateLink` guide, "Gateway endpoints").
const GATEWAY: [&str; 2] = ["dynamodb", "s3"];

/// Adds the look-up of the VPC endpoints that functions may reach.
pub fn add(builder: &mut Builder<'_>) {
    let services: BTreeSet<&str> = builder
        .service
        .functions
        .values()
        .filter_map(|f| f.network.as_ref())
        .flat_map(|network| &network.egress)
        .filter_map(|egress| match egress {
            Egress::Service(service) => Some(service.as_str()),
            Egress::Cidr { .. } => None,
        })
        .collect();
    if services.is_empty() {
        return;
    }
    let endpoints: Vec<Json> = services
        .into_iter()
        .map(|service| {
            json!({
                "tf": tf(service),
                "service_name": Expr::text(&Text::parse("com.amazonaws.{var.region}.").then(service)),
            })
        })
        .collect();
    builder.shared(
        "network.tf",
        "network.tf",
        json!({ "endpoints": endpoints }),
    );
}

/// Egress rules of a function.
pub fn egress(name: &str, function: &Function) -> Vec<Json> {
    let Some(network) = &function.network else {
        return Vec::new();
    };
    network
        .egress
        .iter()
        .enumerate()
        .map(|(index, egress)| {
            let number = index + 1;
            match egress {
                Egress::Service(service) => {
                    let gateway = GATEWAY.contains(&service.as_str());
                    let endpoint = format!("data.aws_vpc_endpoint.{}", tf(service));
                    json!({
                        "tf": format!("{}_{}", tf(name), tf(service)),
                        "function_tf": tf(name),
                        "has_for_each": !gateway,
                        "for_each": Expr::raw(format!("{endpoint}.security_group_ids")),
                        "description": format!("HTTPS to the VPC endpoint of {service}"),
                        "port": 443,
                        "target": if gateway { "prefix_list_id" } else { "referenced_security_group_id" },
                        "value": Expr::raw(if gateway { format!("{endpoint}.prefix_list_id") } else { "each.value".to_owned() }),
                    })
                }
                Egress::Cidr { cidr, port } => json!({
                    "tf": format!("{}_egress_{number}", tf(name)),
                    "function_tf": tf(name),
                    "has_for_each": false,
                    "for_each": Json::Null,
                    "description": format!("{cidr}, port {port}"),
                    "port": port,
                    "target": if cidr.contains(':') { "cidr_ipv6" } else { "cidr_ipv4" },
                    "value": cidr,
                }),
            }
        })
        .collect()
}

/// Permissions with which Lambda attaches the function, denied to the function's own code
/// (AWS Lambda developer guide, "Giving Lambda functions access to resources in an Amazon VPC").
pub fn permissions(policy: &mut Policy, name: &str) {
    const DESCRIBE: [&str; 2] = ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"];
    const MANAGE: [&str; 3] = [
        "ec2:AssignPrivateIpAddresses",
        "ec2:DeleteNetworkInterface",
        "ec2:UnassignPrivateIpAddresses",
    ];
    let pointer = format!("/functions/{name}/network");
    let why = Why::asked("Lambda attaches the function to the VPC", &pointer);
    let ec2 = |tail: &'static str| names::arn("ec2").then(tail);
    policy.add(
        Statement::allow(
            "CreateNetworkInterfaces",
            ["ec2:CreateNetworkInterface"],
            &why,
        )
        .on([
            ec2("network-interface/*"),
            ec2("security-group/*"),
            ec2("subnet/").join(&Text::parse("{var.vpc.subnets[*]}")),
        ]),
    );
    policy.add(
        Statement::allow("ManageNetworkInterfaces", MANAGE, &why)
            .on([ec2("*/*")])
            .comment("Lambda asks before there is an interface, and refuses a role that has these on less."),
    );
    policy.add(
        Statement::allow("DescribeNetwork", DESCRIBE, &why)
            .on([Text::literal("*")])
            .comment("EC2 has no resource-level permissions for Describe."),
    );
    let deny = Why::asked(
        "what Lambda may do to attach the function, its code may not",
        &pointer,
    );
    policy.add(
        Statement::deny(
            "NotByFunctionCode",
            MANAGE
                .into_iter()
                .chain(DESCRIBE)
                .chain(["ec2:CreateNetworkInterface"]),
            &deny,
        )
        .on([Text::literal("*")])
        .when(
            "ArnEquals",
            "lambda:SourceFunctionArn",
            [names::function_arn(name)],
        ),
    );
}
