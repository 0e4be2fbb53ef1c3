//! Which address a resource has now: `moved` blocks, and what a plan says of them.

use super::address::{Address, InstanceKey, ModuleStep, module_path};

/// A resource, or all of a module, that has another address now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Without a type where a module is meant as a whole.
    from: Address,
    to: Address,
}

impl Moved {
    /// A resource that moved.
    pub(super) fn resource(from: Address, to: Address) -> Self {
        Self { from, to }
    }

    /// A `moved` block in a module; `None` where its ends are no addresses of one sort.
    pub(super) fn parse(within: &[ModuleStep], from: &str, to: &str) -> Option<Self> {
        let end = |text: &str| {
            let mut address = match text.parse::<Address>() {
                Ok(address) => address,
                Err(_) => Address {
                    module: module_path(text)?,
                    ..Address::default()
                },
            };
            address.module = within.iter().chain(&address.module).cloned().collect();
            Some(address)
        };
        let (from, to) = (end(from)?, end(to)?);
        (!from.data && !to.data && from.kind.is_empty() == to.kind.is_empty())
            .then_some(Self { from, to })
    }

    /// The address that a resource is given; `None` when it is not meant.
    fn of(&self, address: &Address) -> Option<Address> {
        let Self { from, to } = self;
        if !from.kind.is_empty() {
            let same = address.module == from.module
                && address.kind == from.kind
                && address.name == from.name
                && !address.data;
            let key =
                kept(from.key.as_ref(), to.key.as_ref(), address.key.as_ref()).filter(|_| same)?;
            return Some(Address { key, ..to.clone() });
        }
        let (last, before) = from.module.split_last()?;
        let (step, rest) = address.module.get(before.len()..)?.split_first()?;
        if address.module.get(..before.len())? != before || step.name != last.name {
            return None;
        }
        let (new, above) = to.module.split_last()?;
        let new = ModuleStep {
            name: new.name.clone(),
            key: kept(last.key.as_ref(), new.key.as_ref(), step.key.as_ref())?,
        };
        let module = above.iter().chain([&new]).chain(rest).cloned().collect();
        Some(Address {
            module,
            ..address.clone()
        })
    }
}

type Key = Option<InstanceKey>;

/// The key after a move: that of each instance where no end names one. `None` when this instance is
/// not the one that is named.
fn kept(
    from: Option<&InstanceKey>,
    to: Option<&InstanceKey>,
    key: Option<&InstanceKey>,
) -> Option<Key> {
    match (from, to) {
        (None, None) => Some(key.cloned()),
        _ if from == key => Some(to.cloned()),
        _ => None,
    }
}

/// The address that a resource has after all moves.
pub(crate) fn now(moves: &[Moved], address: &Address) -> Address {
    let mut address = address.clone();
    // One move leads to the next; none is taken twice.
    let mut left: Vec<&Moved> = moves.iter().collect();
    while let Some((at, next)) = left
        .iter()
        .enumerate()
        .find_map(|(at, moved)| Some((at, moved.of(&address)?)))
    {
        left.remove(at);
        address = next;
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(from: &str, to: &str) -> Moved {
        Moved::parse(&[], from, to).unwrap()
    }

    fn after(moves: &[Moved], address: &str) -> String {
        now(moves, &address.parse().unwrap()).to_string()
    }

    #[test]
    fn resources_and_modules_move_and_others_stay() {
        for (from, to, old, new) in [
            ("a_a.a", "a_a.b", "a_a.a", "a_a.b"),
            ("a_a.a", "a_a.b", "a_a.a[\"k\"]", "a_a.b[\"k\"]"),
            ("a_a.a", "a_a.b[\"k\"]", "a_a.a", "a_a.b[\"k\"]"),
            ("a_a.a", "a_a.b[\"k\"]", "a_a.a[\"j\"]", "a_a.a[\"j\"]"),
            ("a_a.a[0]", "a_a.b", "a_a.a[0]", "a_a.b"),
            ("a_a.a[0]", "a_a.b", "a_a.a[1]", "a_a.a[1]"),
            ("a_a.a", "module.m.a_a.a", "a_a.a", "module.m.a_a.a"),
            ("a_a.a", "a_a.b", "module.m.a_a.a", "module.m.a_a.a"),
            ("a_a.a", "a_a.b", "a_a.aa", "a_a.aa"),
            ("a_a.a", "a_a.b", "data.a_a.a", "data.a_a.a"),
            ("module.m", "module.n", "module.m.a_a.a", "module.n.a_a.a"),
            (
                "module.m",
                "module.n",
                "module.m[0].module.x.a_a.a",
                "module.n[0].module.x.a_a.a",
            ),
            (
                "module.m",
                "module.n[\"k\"]",
                "module.m.a_a.a",
                "module.n[\"k\"].a_a.a",
            ),
            ("module.m", "module.n", "module.mm.a_a.a", "module.mm.a_a.a"),
            ("module.m", "module.n", "a_a.m", "a_a.m"),
        ] {
            assert_eq!(after(&[moved(from, to)], old), new, "{from} -> {to}");
        }
    }

    #[test]
    fn moves_follow_each_other_and_end() {
        let chain = [moved("a_a.b", "a_a.c"), moved("a_a.a", "a_a.b")];
        assert_eq!(after(&chain, "a_a.a"), "a_a.c");
        let circle = [moved("a_a.a", "a_a.b"), moved("a_a.b", "a_a.a")];
        assert_eq!(after(&circle, "a_a.a"), "a_a.a");
    }

    #[test]
    fn ends_of_two_sorts_are_no_move() {
        assert_eq!(Moved::parse(&[], "module.m", "a_a.a"), None);
        assert_eq!(Moved::parse(&[], "data.a_a.a", "data.a_a.b"), None);
        assert_eq!(Moved::parse(&[], "1 + 1", "a_a.a"), None);
        let step = ModuleStep {
            name: "m".to_owned(),
            key: None,
        };
        let inside = Moved::parse(&[step], "a_a.a", "a_a.b").unwrap();
        assert_eq!(after(&[inside], "module.m.a_a.a"), "module.m.a_a.b");
    }
}
