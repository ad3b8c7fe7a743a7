//! An answer as it is written: the keys, and why there are no fewer.

use serde::{Deserialize, Serialize};

/// An answer.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The version of this form: 1.
    pub version: u32,
    /// The id of the property; nothing for a table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property: Option<String>,
    /// Permissions that begin so are private keys. (A table's; those of a property are in its files.)
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pinned: Vec<String>,
    /// Keys that stay as they are. (A property's.)
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<String>,
    /// People of different kinds may share a key, and shared access a key with access that is not. (A property's.)
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mixed: bool,
    /// How many keys there are.
    pub keys_after: usize,
    /// How many there are at least.
    pub lower_bound: usize,
    /// The keys.
    pub keys: Vec<Key>,
    /// Why there are no fewer: no key can give grants of two of these.
    pub bounds: Vec<Bound>,
}

/// A key.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Its name.
    pub name: String,
    /// Who has it.
    pub people: Vec<String>,
    /// What is on it.
    pub permissions: Vec<String>,
}

/// Why some grants, each a person and a permission, need so many keys.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(untagged, deny_unknown_fields)]
pub enum Bound {
    /// For any two of them somebody would gain something from a key with both.
    Apart {
        /// The grants.
        apart: Vec<(String, String)>,
    },
    /// So many keys are not enough.
    Refuted {
        /// The grants.
        grants: Vec<(String, String)>,
        /// Some of them of which no two fit on one key: each has a key to itself, in this order.
        apart: Vec<(String, String)>,
        /// How many keys are not enough.
        keys: usize,
        /// Clauses in the numbers of DIMACS, each a consequence of those before it by unit propagation; together they
        /// contradict. Key `k` (from 0) has the variables from `k * (P + Q + G) + 1` on: whether each of the P people of
        /// the grants (in the order in which they come up) has it, whether each of their Q permissions is on it, and
        /// whether it gives each of the G grants.
        clauses: Vec<Vec<i32>>,
    },
}
