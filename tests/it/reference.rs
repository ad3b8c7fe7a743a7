//! The oracle: what the language says, written down a second time as slowly and plainly as possible.
//!
//! - `property` is a property as data, `evaluate` answers who can do what in which minute;
//! - `expand` reads a compiled document by the contract, `canonical` checks its structural laws;
//! - `compare` puts the two side by side, minute by minute;
//! - `random` makes valid properties, `spelling` writes one as files in many ways, `rewrite` changes how it is put
//!   without changing what it means, `edit` changes what it means;
//! - `example` is the worked example of the language, `day_by_day` a compiler too simple to be wrong, `read_back` the
//!   way from a spelling to its property: so that the oracle itself is tested.

pub(crate) mod canonical;
pub(crate) mod compare;
pub(crate) mod day_by_day;
pub(crate) mod dice;
pub(crate) mod edit;
pub(crate) mod evaluate;
pub(crate) mod example;
pub(crate) mod expand;
pub(crate) mod property;
pub(crate) mod random;
pub(crate) mod read_back;
pub(crate) mod rewrite;
pub(crate) mod spelling;
pub(crate) mod yaml;
