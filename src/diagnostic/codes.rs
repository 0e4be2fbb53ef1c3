//! What the codes of input faults stand for.

/// A code of a fault in what the user wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The code; never reused.
    pub id: &'static str,
    /// What is wrong when it is reported.
    pub title: &'static str,
    /// What to do.
    pub help: &'static str,
}

const fn code(id: &'static str, title: &'static str, help: &'static str) -> Code {
    Code { id, title, help }
}

/// Every code, sorted; guardrails have their own.
const CODES: [Code; 63] = [
    code(
        "SLG-ACCESS-001",
        "An access line whose last day is over",
        "Remove the line, or set a new last day.",
    ),
    code(
        "SLG-AWS-001",
        "What AWS would refuse",
        "Names, sizes and forms are AWS's: change what the message names.",
    ),
    code(
        "SLG-BLUEPRINT-001",
        "The blueprint cannot be loaded",
        "Name a source and the exact version that it has.",
    ),
    code(
        "SLG-BLUEPRINT-002",
        "A value that the blueprint locks",
        "Take the value out, or ask who owns the blueprint: the message gives the reason.",
    ),
    code(
        "SLG-BLUEPRINT-003",
        "A value beyond a bound of the blueprint",
        "Choose a value that the blueprint takes: the message gives the reason.",
    ),
    code(
        "SLG-BLUEPRINT-004",
        "Something that the blueprint does not allow",
        "Use what it allows: the message lists it.",
    ),
    code(
        "SLG-BLUEPRINT-005",
        "A tag that the blueprint asks for",
        "Give it under tags.",
    ),
    code(
        "SLG-BLUEPRINT-006",
        "An exception that the blueprint does not let be",
        "Mend what the rule finds.",
    ),
    code(
        "SLG-BLUEPRINT-007",
        "A template of the blueprint that may not do what it does",
        "Mend the template that the message names.",
    ),
    code(
        "SLG-BLUEPRINT-008",
        "Something in a blueprint that is not meant so",
        "Mend it in the blueprint; `slgen blueprint lint` finds it.",
    ),
    code(
        "SLG-BLUEPRINT-009",
        "A version of a blueprint that breaks services of the one before",
        "Raise its major version.",
    ),
    code(
        "SLG-CI-001",
        "The pipeline cannot be generated",
        "Pin what it names in slgen.lock, or rename what a platform would evaluate.",
    ),
    code(
        "SLG-DEPENDENCY-001",
        "A file of dependencies that was not read",
        "slgen reads the lockfiles of Python, Node, Go and Rust; check others by hand.",
    ),
    code(
        "SLG-EDIT-001",
        "A manifest that cannot be edited in place",
        "Paste the lines that the message shows; nothing was written.",
    ),
    code(
        "SLG-ENV-001",
        "Which environment is meant is not clear",
        "Name one of the manifest's environments with --env.",
    ),
    code(
        "SLG-FILE-001",
        "The manifest cannot be read",
        "Name it with --manifest; it is a UTF-8 text of at most 1 MiB.",
    ),
    code(
        "SLG-INPUT-001",
        "A question without an answer that holds",
        "Give the flags that the message names, or an answers file.",
    ),
    code(
        "SLG-INPUT-002",
        "Left before the end",
        "Nothing was written.",
    ),
    code(
        "SLG-INTERNAL-001",
        "A defect of slgen",
        "Please report it with the manifest.",
    ),
    code(
        "SLG-LIVE-001",
        "The account could not be read",
        "Give credentials of the environment's account by any way of the AWS SDK; nothing was read.",
    ),
    code(
        "SLG-LIVE-002",
        "A part of the account that could not be checked",
        "Allow the action that the message names; not checked is never the same as absent.",
    ),
    code(
        "SLG-LOCK-001",
        "A lock file that cannot be read",
        "Mend it, or remove it and run `slgen pin`, which writes it.",
    ),
    code(
        "SLG-LOCK-002",
        "Something other than what was pinned",
        "Review what has changed; `slgen pin` pins what is here.",
    ),
    code(
        "SLG-MANIFEST-001",
        "Unknown key",
        "`slgen schema` prints what a manifest may hold.",
    ),
    code(
        "SLG-MANIFEST-002",
        "A number or truth value where text is wanted",
        "Put it into quotes: 012 and 3.10 are other numbers than they look.",
    ),
    code(
        "SLG-MANIFEST-003",
        "A value that is not of its form",
        "The message says the form.",
    ),
    code(
        "SLG-MANIFEST-004",
        "A secret in plain text",
        "Put it into a secret and name that under secrets:; treat the value as known to others.",
    ),
    code(
        "SLG-MANIFEST-005",
        "Something is missing",
        "Add the key that the message names.",
    ),
    code(
        "SLG-MANIFEST-006",
        "A value of the wrong type",
        "The message says the type that is wanted.",
    ),
    code(
        "SLG-MANIFEST-007",
        "A word that is none of those possible",
        "Choose one of the words that the message lists.",
    ),
    code(
        "SLG-MANIFEST-008",
        "Keys that do not go together",
        "Keep one of them.",
    ),
    code(
        "SLG-MANIFEST-009",
        "`${…}` where it means nothing",
        "Only state.* and resources.*.existing are interpolated: ${env}, ${account}, ${region}, ${service}.",
    ),
    code(
        "SLG-MANIFEST-010",
        "Two of one name",
        "Rename one of the two.",
    ),
    code(
        "SLG-MANIFEST-101",
        "A value that slgen does not know",
        "Check its spelling; a new one may be right.",
    ),
    code(
        "SLG-PIN-001",
        "A registry that could not be asked",
        "Try later, or keep what is pinned with `slgen pin --offline`; nothing was written.",
    ),
    code(
        "SLG-PIN-002",
        "An answer that cannot be right, or a pin that is gone",
        "Find out who answers in the registry's place; nothing was written.",
    ),
    code(
        "SLG-PIN-003",
        "Something needed that is not pinned",
        "Run `slgen pin` where the registry can be reached.",
    ),
    code(
        "SLG-POLICY-001",
        "A policy of the blueprint that cannot be asked",
        "Mend the policy at the place that the message names; `slgen blueprint lint` finds it, too.",
    ),
    code(
        "SLG-RUNTIME-001",
        "A runtime whose support ends within half a year",
        "Move to one that is supported longer.",
    ),
    code(
        "SLG-SCAFFOLD-001",
        "A function that no handler can be made for",
        "Change what the message names; handlers rely on closed schemas and one kind of trigger.",
    ),
    code(
        "SLG-SERVICE-001",
        "A name that stands for nothing",
        "Declare it, or mend its spelling.",
    ),
    code(
        "SLG-SERVICE-002",
        "A value out of bounds",
        "The bound is AWS's or the baseline's; the message says which and why.",
    ),
    code(
        "SLG-SERVICE-003",
        "A file or folder that is not there",
        "Paths are relative to the manifest.",
    ),
    code(
        "SLG-SERVICE-004",
        "Parts that do not go together",
        "Change one of them as the message says.",
    ),
    code(
        "SLG-SERVICE-005",
        "More than AWS's quotas allow",
        "Use less, or state a raised limit under the environment's quotas.",
    ),
    code(
        "SLG-SERVICE-101",
        "A resource that nobody uses",
        "Use it or remove it.",
    ),
    code(
        "SLG-SERVICE-102",
        "A function that may invoke itself",
        "Prefer a queue: a loop costs until the reserved concurrency stops it.",
    ),
    code(
        "SLG-SERVICE-103",
        "A function that nothing invokes",
        "Give it a trigger, or let a sibling call it.",
    ),
    code("SLG-SERVICE-104", "An operation named twice", "Remove one."),
    code(
        "SLG-SERVICE-105",
        "An API of AWS that a function's network does not lead to",
        "Add its endpoint to network.egress, such as aws.sqs, and the endpoint to the VPC.",
    ),
    code(
        "SLG-SERVICE-106",
        "A handler whose file is not in the source folder",
        "Mend handler: or source:, or add the file; nothing builds it.",
    ),
    code(
        "SLG-SERVICE-201",
        "An existing queue's visibility timeout",
        "Make it at least six times the function's timeout.",
    ),
    code(
        "SLG-SERVICE-202",
        "A database that the function's network does not lead to",
        "Run the function in the VPC, with egress to the database's port or the Data API's endpoint.",
    ),
    code(
        "SLG-SOURCE-001",
        "A handler source that was not read",
        "Rules on sources say nothing of it: split the file, or review it by hand.",
    ),
    code(
        "SLG-TEXT-001",
        "An invisible character",
        "Remove it: it can make a text read otherwise than it is.",
    ),
    code(
        "SLG-TEXT-002",
        "A text that is not a manifest's YAML",
        "Aliases, anchors, tags, merge keys and duplicate keys are not read.",
    ),
    code("SLG-TEXT-003", "An empty file", "Begin with version: 1."),
    code(
        "SLG-USAGE-001",
        "Arguments that mean nothing together",
        "`slgen help` says what each command takes.",
    ),
    code(
        "SLG-VULN-001",
        "A known vulnerability that is past its due date",
        "Update the package, or except it with a reason, an owner and a last day.",
    ),
    code(
        "SLG-VULN-002",
        "A report or register of vulnerabilities that cannot be read",
        "Give SARIF 2.1.0, OSV-Scanner or pip-audit JSON, or OSV records.",
    ),
    code(
        "SLG-VULN-003",
        "What a scanner did not look at",
        "Not scanned is unknown, never clean: scan again, and import the report.",
    ),
    code(
        "SLG-WORKFLOW-001",
        "A workflow of the repository that was not read",
        "Rules on workflows say nothing of it: review it by hand.",
    ),
    code(
        "SLG-WRITE-001",
        "Files could not be written",
        "The message says which and why; nothing was left half-written.",
    ),
];

/// Every code of an input fault.
pub fn codes() -> &'static [Code] {
    &CODES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_whole() {
        assert!(codes().is_sorted_by(|a, b| a.id < b.id));
        assert!(
            codes()
                .iter()
                .all(|c| !c.title.is_empty() && !c.help.is_empty())
        );
    }
}
