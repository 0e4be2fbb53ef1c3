//! Resource addresses.

use std::fmt;
use std::str::FromStr;

/// A Terraform resource address, with its module path and instance key.
///
/// Ordered by type before module, so that resources of one type stand together in a graph.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    /// `data` source rather than managed resource.
    pub data: bool,
    /// Resource type, `aws_sqs_queue`.
    pub kind: String,
    /// Modules that lead to it, outermost first; none in the root module.
    pub module: Vec<ModuleStep>,
    /// Resource name.
    pub name: String,
    /// Instance key of `for_each` or `count`.
    pub key: Option<InstanceKey>,
}

/// One step of a module path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ModuleStep {
    /// Name of the `module` block.
    pub name: String,
    /// Instance key of its `for_each` or `count`.
    pub key: Option<InstanceKey>,
}

/// Key of one instance.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum InstanceKey {
    /// `count`.
    Index(u64),
    /// `for_each`.
    Name(String),
}

impl Address {
    /// The module path as text with a final dot (`module.a["x"].`); empty in the root module.
    pub fn prefix(&self) -> String {
        self.module.iter().map(|step| format!("{step}.")).collect()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.module {
            write!(f, "{step}.")?;
        }
        if self.data {
            f.write_str("data.")?;
        }
        write!(f, "{}.{}", self.kind, self.name)?;
        write_key(self.key.as_ref(), f)
    }
}

impl fmt::Display for ModuleStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "module.{}", self.name)?;
        write_key(self.key.as_ref(), f)
    }
}

fn write_key(key: Option<&InstanceKey>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match key {
        None => Ok(()),
        Some(InstanceKey::Index(i)) => write!(f, "[{i}]"),
        Some(InstanceKey::Name(k)) => {
            write!(f, "[{}]", super::Value::string(k.as_str()).source())
        }
    }
}

impl FromStr for Address {
    type Err = String;

    /// As Terraform writes it: `module.a["x"].data.aws_region.here[0]`.
    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("{text:?} is no resource address");
        let mut rest = text;
        let module = module_steps(&mut rest).ok_or_else(bad)?;
        let mut address = Self {
            module,
            ..Self::default()
        };
        if let Some(after) = rest.strip_prefix("data.") {
            address.data = true;
            rest = after;
        }
        let (kind, after) = rest.split_once('.').ok_or_else(bad)?;
        let end = after.find('[').unwrap_or(after.len());
        let (name, key) = after.split_at(end);
        address.kind = kind.to_owned();
        address.name = name.to_owned();
        let mut key = key;
        address.key = instance_key(&mut key).ok_or_else(bad)?;
        if !key.is_empty() || !is_name(kind) || !is_name(name) {
            return Err(bad());
        }
        Ok(address)
    }
}

/// A module path, `module.a["x"].module.b`. `None` when it is not one.
pub(crate) fn module_path(text: &str) -> Option<Vec<ModuleStep>> {
    let with_dot = format!("{text}.");
    let mut rest = with_dot.as_str();
    let steps = module_steps(&mut rest)?;
    rest.is_empty().then_some(steps)
}

/// Takes `module.NAME[KEY].` off the front, as often as it is there.
fn module_steps(rest: &mut &str) -> Option<Vec<ModuleStep>> {
    let mut steps = Vec::new();
    while let Some(after) = rest.strip_prefix("module.") {
        let end = after.find(['.', '['])?;
        let (name, mut after) = after.split_at(end);
        let key = instance_key(&mut after)?;
        is_name(name).then_some(())?;
        steps.push(ModuleStep {
            name: name.to_owned(),
            key,
        });
        *rest = after.strip_prefix('.')?;
    }
    Some(steps)
}

/// Takes `[0]` or `["x"]` off the front; `Some(None)` when there is none.
#[expect(clippy::option_option, reason = "malformed, absent and present differ")]
fn instance_key(rest: &mut &str) -> Option<Option<InstanceKey>> {
    let Some(inner) = rest.strip_prefix('[') else {
        return Some(None);
    };
    let Some(mut chars) = inner.strip_prefix('"').map(str::char_indices) else {
        let (number, after) = inner.split_once(']')?;
        *rest = after;
        return Some(Some(InstanceKey::Index(number.parse().ok()?)));
    };
    let mut key = String::new();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => {
                *rest = inner.get(at + 2..)?.strip_prefix(']')?;
                return Some(Some(InstanceKey::Name(key)));
            }
            '\\' => match chars.next()?.1 {
                'n' => key.push('\n'),
                'r' => key.push('\r'),
                't' => key.push('\t'),
                c @ ('"' | '\\') => key.push(c),
                // What cannot be printed.
                c @ ('u' | 'U') => {
                    let digits = if c == 'u' { 4 } else { 8 };
                    let mut code = 0;
                    for _ in 0..digits {
                        code = code * 16 + chars.next()?.1.to_digit(16)?;
                    }
                    key.push(char::from_u32(code)?);
                }
                _ => return None,
            },
            // `${` is written `$${`, lest it be a template.
            '$' | '%' => {
                let rest = inner.get(at + 2..)?;
                if rest.strip_prefix(c).is_some_and(|r| r.starts_with('{')) {
                    chars.next();
                }
                key.push(c);
            }
            c => key.push(c),
        }
    }
    None
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_read_as_they_are_written() {
        for text in [
            "aws_sqs_queue.jobs",
            "aws_sqs_queue.jobs[0]",
            "data.aws_region.here",
            "module.a.aws_sqs_queue.jobs[\"x.y\"]",
            "module.a[\"x\\\"]\"].module.b[3].data.aws_region.here",
            "aws_sqs_queue.jobs[\"$${x} $ {\"]",
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.to_string(), text);
        }
        for text in [
            "",
            "aws_sqs_queue",
            "module.a",
            "a.b.c",
            "a.b[",
            "a.b[x]",
            "a.b[\"x\"",
            "a.b[\"x\"]c",
            "module.a[0.a.b",
            "data.a",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
        assert_eq!(module_path("module.a[0].module.b").unwrap().len(), 2);
        assert_eq!(module_path("module.a.b"), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            module in prop::collection::vec(("[a-z_]{1,5}", prop::option::of(any::<String>())), 0..3),
            key in prop::option::of(any::<String>()),
            data: bool,
        ) {
            let module = module
                .into_iter()
                .map(|(name, key)| ModuleStep { name, key: key.map(InstanceKey::Name) })
                .collect();
            let address = Address {
                data,
                kind: "aws_x".to_owned(),
                module,
                name: "n".to_owned(),
                key: key.map(InstanceKey::Name),
            };
            prop_assert_eq!(address.to_string().parse::<Address>(), Ok(address));
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = text.parse::<Address>();
            let _ = module_path(&text);
        }
    }
}
