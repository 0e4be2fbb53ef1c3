//! Kinds of AWS resource that a manifest can declare or refer to: one registration each, in `data/kinds.json`.
//!
//! ARNs are patterns with the placeholders `${partition}`, `${region}`, `${account}`, `${name}` and, where a form needs
//! them, `${index}`, `${path}`, `${stream}`, `${consumer}`, `${alias}`, `${user}`; the caller substitutes them. Which form an
//! action takes follows from its resource types in the Service Authorization Reference.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use regex_lite::Regex;
use serde::Deserialize;

use super::iam;
use super::suggest::nearest;

/// A kind of resource.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// What the manifest calls it, `dynamodb_table`.
    pub name: String,
    /// For people, `DynamoDB table`.
    pub title: String,
    /// The SDK service whose operations act on it, `stepfunctions`.
    pub sdk_service: String,
    /// The prefix of its IAM actions, `states`.
    pub iam_prefix: String,
    /// The last label of the VPC endpoint by which its API is reached (AWS `PrivateLink` guide, "AWS services that
    /// integrate with AWS `PrivateLink`"); none where it is reached by an address of its own.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// Whether it can be created; otherwise only `existing:` is possible.
    pub creatable: bool,
    /// Its Terraform resource type.
    pub terraform: String,
    /// Its ARNs; the first is the resource itself.
    pub forms: Vec<ArnForm>,
    /// What its name may be.
    pub name_rule: NameRule,
    /// What a function that may use it finds in its environment.
    pub env: EnvVariable,
    /// The first label of `kms:ViaService`, where the service encrypts it with a KMS key; see [`Kind::via_service_host`].
    #[serde(default)]
    pub via_service: Option<String>,
    /// KMS actions a caller needs when it is encrypted with a customer-managed key.
    #[serde(default)]
    pub kms: Option<Kms>,
    /// Whether a leading `/` of the name is left out in the ARN.
    #[serde(default)]
    pub strip_leading_slash: bool,
}

/// One shape of ARN of a kind.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArnForm {
    /// The resource type in the Service Authorization Reference, `index`.
    pub resource_type: String,
    /// The placeholder that has to be chosen to get this form (`index`); none for the default forms.
    #[serde(default)]
    pub selector: Option<String>,
    /// The ARN with our placeholders.
    pub arn: String,
}

/// What a name of a kind may be.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameRule {
    /// A regular expression for the whole name.
    pub pattern: String,
    /// Regular expressions that must not match.
    #[serde(default)]
    pub forbidden: Vec<String>,
    /// Least number of characters.
    pub min: usize,
    /// Greatest number of characters.
    pub max: usize,
    /// The rule in words.
    pub allowed: String,
    /// The AWS page that says so.
    pub source: String,
}

/// An environment variable that tells a function which resource to use.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvVariable {
    /// What follows the resource's name in capitals, `_URL`.
    pub suffix: String,
    /// What it holds.
    pub value: EnvValue,
}

/// What an injected environment variable holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnvValue {
    /// The resource's name.
    Name,
    /// Its ARN.
    Arn,
    /// Its URL (queues).
    Url,
}

/// What encryption with a customer-managed key asks of a caller.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kms {
    /// The AWS page that says so.
    pub source: String,
    /// IAM action of the service → KMS actions, sorted. An action not named needs none.
    pub actions: BTreeMap<String, Vec<String>>,
    /// A condition on the encryption context that pins the key's use to this resource.
    #[serde(default)]
    pub context: Option<Context>,
}

/// A condition on the KMS encryption context.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// The IAM condition operator.
    pub operator: String,
    /// The condition key.
    pub key: String,
    /// The value with our placeholders.
    pub value: String,
}

/// The resource a statement for an action has to name.
#[derive(Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// An ARN of this form.
    Arn(&'a ArnForm),
    /// `*`, and why: the action has no resource-level permissions.
    Any(String),
}

/// Why an action has no ARN on a kind of resource.
#[derive(Debug, PartialEq, Eq)]
pub enum ArnError {
    /// The facts do not know the action. It may be newer than [`iam::vintage`]: warn, and take `forms[0]` if it must be.
    UnknownAction,
    /// The action belongs to another service than the kind.
    OtherService,
    /// The action acts on these resource types, none of which the kind has.
    OtherResource(Vec<String>),
    /// The action needs one of these selectors (`stream`) to be chosen.
    NeedsSelector(Vec<String>),
    /// The action does not act on what was selected (`GetItem` has no index form).
    SelectorUnsupported,
}

impl fmt::Display for ArnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownAction => write!(
                f,
                "not in the Service Authorization Reference of {}",
                iam::vintage()
            ),
            Self::OtherService => f.write_str("the action belongs to another service"),
            Self::OtherResource(types) => write!(f, "the action acts on {}", types.join(", ")),
            Self::NeedsSelector(names) => {
                write!(f, "the action needs {} to be named", names.join(" or "))
            }
            Self::SelectorUnsupported => {
                f.write_str("the action does not act on that part of the resource")
            }
        }
    }
}

impl std::error::Error for ArnError {}

/// What an ARN of a kind says.
#[derive(Debug, PartialEq, Eq)]
pub struct ArnParts {
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: String,
    /// Empty where the kind's ARNs have none.
    pub region: String,
    /// Empty where the kind's ARNs have none.
    pub account: String,
    /// The resource's name, without the random suffix of a secret.
    pub name: String,
}

impl Kind {
    /// The ARN of the resource itself, with our placeholders.
    pub fn arn(&self) -> &str {
        self.forms.first().map_or("", |form| form.arn.as_str())
    }

    /// The resource that a statement for `action` (`dynamodb:Query`) has to name.
    ///
    /// `selector` is what the manifest picked beyond the resource: `Some("index")`, `Some("alias")`, …; a path is no
    /// selector: the form of an object-level action holds `${path}`.
    pub fn arn_for(&self, action: &str, selector: Option<&str>) -> Result<Target<'_>, ArnError> {
        let prefix = action.split_once(':').map_or("", |(prefix, _)| prefix);
        if !prefix.eq_ignore_ascii_case(&self.iam_prefix) {
            return Err(ArnError::OtherService);
        }
        let found = iam::action(action).ok_or(ArnError::UnknownAction)?;
        if iam::supports_resource_level(action) == Some(false) {
            return Ok(Target::Any(
                iam::wildcard_reason(action).unwrap_or_default(),
            ));
        }
        let types: Vec<&str> = found
            .resource_types
            .iter()
            .map(|kind| kind.name.as_str())
            .collect();
        let mut fitting = self
            .forms
            .iter()
            .filter(|form| types.contains(&form.resource_type.as_str()))
            .peekable();
        if fitting.peek().is_none() {
            return Err(ArnError::OtherResource(
                types.into_iter().map(str::to_owned).collect(),
            ));
        }
        let mut others = Vec::new();
        for form in fitting {
            if form.selector.as_deref() == selector {
                return Ok(Target::Arn(form));
            }
            others.extend(form.selector.clone());
        }
        Err(if selector.is_some() {
            ArnError::SelectorUnsupported
        } else {
            ArnError::NeedsSelector(others)
        })
    }

    /// The value of `kms:ViaService` with `${region}` left in, `dynamodb.${region}.amazonaws.com`.
    pub fn via_service_host(&self) -> Option<String> {
        Some(format!(
            "{}.${{region}}.amazonaws.com",
            self.via_service.as_ref()?
        ))
    }

    /// Checks a name against AWS's rule; the error is the rule in words.
    pub fn check_name(&self, name: &str) -> Result<(), String> {
        let rule = &self.name_rule;
        let length = name.chars().count();
        let fits = (rule.min..=rule.max).contains(&length)
            && matches(&rule.pattern, name)
            && !rule.forbidden.iter().any(|pattern| matches(pattern, name));
        if fits {
            return Ok(());
        }
        let bounds = if rule.min == rule.max {
            format!("{}", rule.max)
        } else {
            format!("{} to {}", rule.min, rule.max)
        };
        Err(format!(
            "{} is named with {bounds} characters: {}",
            self.titled(),
            rule.allowed
        ))
    }

    /// The title with its article: an S3 bucket, a secret.
    pub fn titled(&self) -> String {
        let mut letters = self.title.chars();
        let (first, second) = (letters.next(), letters.next());
        let spelled = second.is_some_and(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        let vowel = match first {
            Some('A' | 'E' | 'I' | 'O') => true,
            // Letters whose names begin with a vowel.
            Some('F' | 'H' | 'L' | 'M' | 'N' | 'R' | 'S' | 'X') => spelled,
            _ => false,
        };
        format!("{} {}", if vowel { "an" } else { "a" }, self.title)
    }

    /// The name as the ARN has it (an SSM parameter's without its leading `/`).
    pub fn name_in_arn<'n>(&self, name: &'n str) -> &'n str {
        if self.strip_leading_slash {
            name.strip_prefix('/').unwrap_or(name)
        } else {
            name
        }
    }

    /// The name that an ARN has: an SSM parameter below a path begins with `/`.
    pub fn name_of_arn<'n>(&self, name: &'n str) -> Cow<'n, str> {
        if self.strip_leading_slash && !name.starts_with('/') && name.contains('/') {
            Cow::Owned(format!("/{name}"))
        } else {
            Cow::Borrowed(name)
        }
    }

    /// Reads an ARN of this kind's resource; none if it is not one.
    pub fn parse_arn(&self, arn: &str) -> Option<ArnParts> {
        let pattern: Vec<&str> = self.arn().splitn(6, ':').collect();
        let given: Vec<&str> = arn.splitn(6, ':').collect();
        let ([_, _, service, region, account, resource], ["arn", partition, s, r, a, text]) =
            (pattern.as_slice(), given.as_slice())
        else {
            return None;
        };
        let (before, after) = resource.split_once("${name}")?;
        let rest = text.strip_prefix(before)?;
        let name = match after {
            "" => rest,
            // A full ARN ends with six random characters, a partial one does not.
            _ => rest
                .rsplit_once('-')
                .filter(|(_, tail)| is_random(tail))
                .map_or(rest, |(name, _)| name),
        };
        let fits = *service == *s
            && (if region.is_empty() {
                r.is_empty()
            } else {
                is_region(r)
            })
            && (if account.is_empty() {
                a.is_empty()
            } else {
                is_account(a)
            })
            && partition
                .strip_prefix("aws")
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
        let named = self.name_of_arn(name).into_owned();
        (fits && self.check_name(&named).is_ok()).then(|| ArnParts {
            partition: (*partition).to_owned(),
            region: (*r).to_owned(),
            account: (*a).to_owned(),
            name: named,
        })
    }
}

/// The kind called `name`, or none.
pub fn kind(name: &str) -> Option<&'static Kind> {
    kinds().iter().find(|kind| kind.name == name)
}

/// All kinds, in the order of the data file.
pub fn kinds() -> &'static [Kind] {
    static PARSED: OnceLock<Vec<Kind>> = OnceLock::new();
    PARSED.get_or_init(|| serde_json::from_str(include_str!("data/kinds.json")).unwrap_or_default())
}

/// The kind most like `name`, for "did you mean".
pub fn suggest(name: &str) -> Option<&'static str> {
    nearest(name, kinds().iter().map(|kind| kind.name.as_str()))
}

fn matches(pattern: &str, text: &str) -> bool {
    Regex::new(pattern).is_ok_and(|regex| regex.is_match(text))
}

fn is_random(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_region(text: &str) -> bool {
    text.contains('-')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests;
