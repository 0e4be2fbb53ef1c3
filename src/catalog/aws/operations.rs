//! API operations and the IAM actions that they need.

use std::collections::BTreeMap;

use super::blob::Blob;

static OPERATIONS: Blob<BTreeMap<String, Vec<String>>> = Blob::new(
    include_str!("data/operations.idx"),
    include_bytes!("data/operations.bin"),
);

/// An action that an operation needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationAction {
    /// IAM action.
    pub action: String,
    /// Needed only with some parameters.
    pub conditional: bool,
}

/// The IAM actions of an operation of an SDK service (botocore's name); `None` when there is no
/// such operation.
pub fn actions_for(service: &str, operation: &str) -> Option<Vec<OperationAction>> {
    let actions = OPERATIONS.get(service)?.get(operation)?;
    Some(
        actions
            .iter()
            .map(|action| OperationAction {
                action: action.trim_end_matches('?').to_owned(),
                conditional: action.ends_with('?'),
            })
            .collect(),
    )
}

/// Every operation of a service.
pub fn operations_of(service: &str) -> impl Iterator<Item = &'static str> {
    OPERATIONS
        .get(service)
        .into_iter()
        .flat_map(|all| all.keys().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_not_an_action() {
        let names = |operation| -> Vec<String> {
            actions_for("s3", operation)
                .unwrap()
                .into_iter()
                .filter(|a| !a.conditional)
                .map(|a| a.action)
                .collect()
        };
        assert_eq!(names("ListObjectsV2"), ["s3:ListBucket"]);
        assert_eq!(names("HeadObject"), ["s3:GetObject"]);
        assert_eq!(actions_for("s3", "GetObjects"), None);
    }

    #[test]
    fn every_action_exists() {
        for service in OPERATIONS.names() {
            for operation in operations_of(service) {
                for needed in actions_for(service, operation).unwrap() {
                    assert!(
                        super::super::iam::action(&needed.action).is_some(),
                        "{service} {operation}: {}",
                        needed.action
                    );
                }
            }
        }
    }
}
