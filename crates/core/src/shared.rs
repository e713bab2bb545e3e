//! What several ledgers have in common: nobody copies it who does not change it.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use imbl::OrdMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value that several ledgers may hold at once. To clone it copies nothing; whoever changes it changes
/// a copy of its own, unless nobody else holds it.
pub struct Joint<T>(Arc<T>);

impl<T> Joint<T> {
    /// A value that nobody else holds yet.
    pub fn new(value: T) -> Joint<T> {
        Joint(Arc::new(value))
    }

    /// Whether both are the same value in the same place. Two that are not may still be equal.
    pub fn is_same(&self, other: &Joint<T>) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T: Clone> Joint<T> {
    /// The value, to be changed for this holder alone.
    pub fn get_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }

    /// The value, copied if somebody else holds it.
    pub fn into_inner(self) -> T {
        Arc::unwrap_or_clone(self.0)
    }
}

impl<T> Clone for Joint<T> {
    fn clone(&self) -> Joint<T> {
        Joint(self.0.clone())
    }
}

impl<T> Deref for Joint<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> From<T> for Joint<T> {
    fn from(value: T) -> Joint<T> {
        Joint::new(value)
    }
}

impl<T: Default> Default for Joint<T> {
    fn default() -> Joint<T> {
        Joint::new(T::default())
    }
}

impl<T: PartialEq> PartialEq for Joint<T> {
    /// What is the same is not looked at: nothing that a ledger holds differs from itself.
    fn eq(&self, other: &Joint<T>) -> bool {
        self.is_same(other) || *self.0 == *other.0
    }
}

impl<T: fmt::Debug> fmt::Debug for Joint<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: Serialize> Serialize for Joint<T> {
    /// As the value alone.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Joint<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Joint<T>, D::Error> {
        T::deserialize(deserializer).map(Joint::new)
    }
}

/// Takes out of a map what is not to be kept.
pub(crate) fn retain<K: Ord + Clone, V: Clone>(
    map: &mut OrdMap<K, V>,
    keep: impl Fn(&K, &V) -> bool,
) {
    let gone: Vec<K> =
        map.iter().filter(|(key, value)| !keep(key, value)).map(|(key, _)| key.clone()).collect();
    for key in gone {
        map.remove(&key);
    }
}

/// Changes the values that are to be changed, and copies no others.
pub(crate) fn change_where<K: Ord + Clone, V: Clone>(
    map: &mut OrdMap<K, Joint<V>>,
    which: impl Fn(&V) -> bool,
    mut change: impl FnMut(&K, &mut V),
) {
    let keys: Vec<K> =
        map.iter().filter(|(_, value)| which(value)).map(|(key, _)| key.clone()).collect();
    for key in keys {
        if let Some(value) = map.get_mut(&key) {
            change(&key, value.get_mut());
        }
    }
}
