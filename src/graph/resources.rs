//! Resources by address. Graphs that are made of one another share what is the same in them.

use std::collections::BTreeMap;
use std::collections::btree_map::{self, Keys};
use std::ops::{Index, RangeFrom};
use std::sync::Arc;

use super::{Address, Resource};

/// Resources and data sources by address, in the order of addresses. A clone holds the same resources until one of them
/// changes.
#[derive(Debug, Clone, Default)]
pub struct Resources(BTreeMap<Address, Arc<Resource>>);

impl Resources {
    /// The resource at an address.
    pub fn get(&self, address: &Address) -> Option<&Resource> {
        self.0.get(address).map(Arc::as_ref)
    }

    /// The same, to be changed here alone.
    pub fn get_mut(&mut self, address: &Address) -> Option<&mut Resource> {
        self.0.get_mut(address).map(Arc::make_mut)
    }

    /// Whether there is one.
    pub fn contains_key(&self, address: &Address) -> bool {
        self.0.contains_key(address)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Their addresses.
    pub fn keys(&self) -> Keys<'_, Address, Arc<Resource>> {
        self.0.keys()
    }

    /// All of them.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Resource> + Clone {
        self.0.values().map(Arc::as_ref)
    }

    /// Those of some kind, to be changed here alone.
    pub fn values_mut(
        &mut self,
        wanted: impl Fn(&Resource) -> bool,
    ) -> impl Iterator<Item = &mut Resource> {
        let wanted = move |resource: &&mut Arc<Resource>| wanted(resource);
        self.0.values_mut().filter(wanted).map(Arc::make_mut)
    }

    /// All of them with their addresses.
    pub fn iter(&self) -> Iter<'_> {
        self.into_iter()
    }

    /// Those from an address on.
    pub fn range(&self, from: RangeFrom<Address>) -> impl Iterator<Item = (&Address, &Resource)> {
        self.0.range(from).map(pair)
    }

    /// Puts one at an address; gives what was there.
    pub fn insert(&mut self, address: Address, resource: Resource) -> Option<Arc<Resource>> {
        self.0.insert(address, Arc::new(resource))
    }

    /// Puts the one that another graph has at an address; nothing where it has none.
    pub fn share(&mut self, address: &Address, of: &Self) {
        if let Some(resource) = of.0.get(address) {
            self.0.insert(address.clone(), Arc::clone(resource));
        }
    }

    /// Whether another graph has the same one at an address: it need not be looked at to know that they are equal.
    pub fn shares(&self, address: &Address, with: &Self) -> bool {
        let both = self.0.get(address).zip(with.0.get(address));
        both.is_some_and(|(one, other)| Arc::ptr_eq(one, other))
    }

    /// Takes one out.
    pub fn remove(&mut self, address: &Address) {
        self.0.remove(address);
    }

    /// Keeps those for which this holds.
    pub fn retain(&mut self, wanted: impl Fn(&Address, &Resource) -> bool) {
        self.0.retain(|address, resource| wanted(address, resource));
    }

    /// Adds all of another's.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

impl PartialEq for Resources {
    fn eq(&self, other: &Self) -> bool {
        // What is shared need not be looked at.
        let same = |((a, one), (b, other)): ((&Address, &Arc<Resource>), (_, &Arc<Resource>))| {
            a == b && (Arc::ptr_eq(one, other) || one == other)
        };
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(same)
    }
}

impl Index<&Address> for Resources {
    type Output = Resource;

    fn index(&self, address: &Address) -> &Resource {
        &self.0[address]
    }
}

impl FromIterator<(Address, Resource)> for Resources {
    fn from_iter<I: IntoIterator<Item = (Address, Resource)>>(resources: I) -> Self {
        let resources = resources.into_iter();
        Self(resources.map(|(a, r)| (a, Arc::new(r))).collect())
    }
}

/// All resources with their addresses.
pub(super) type Iter<'a> = std::iter::Map<
    btree_map::Iter<'a, Address, Arc<Resource>>,
    fn((&'a Address, &'a Arc<Resource>)) -> (&'a Address, &'a Resource),
>;

impl<'a> IntoIterator for &'a Resources {
    type Item = (&'a Address, &'a Resource);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.0.iter().map(pair)
    }
}

fn pair<'a>((address, resource): (&'a Address, &'a Arc<Resource>)) -> (&'a Address, &'a Resource) {
    (address, resource)
}
