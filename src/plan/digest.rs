//! The digest of a plan: what was reviewed is what is applied.

use sha2::{Digest as _, Sha256};

use super::Plan;
use super::saved::contents;

impl Plan {
    /// SHA-256 over what the plan would do, by the saved form of it: however often the record was written in between, and
    /// on whatever day it is made again.
    #[must_use]
    pub(super) fn digest(&self) -> String {
        let mut hasher = Sha256::new();
        hasher.update(b"keyplan plan 1\n");
        hasher.update(contents(self));
        hasher.finalize().iter().fold("sha256:".to_owned(), |text, byte| format!("{text}{byte:02x}"))
    }
}
