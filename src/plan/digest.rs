//! The digest of a plan: what was reviewed is what is applied.

use sha2::{Digest as _, Sha256};

use super::saved::head;
use super::{Change, Plan};
use crate::locks::Held;

/// The hasher is fed in pieces of about this size.
const PIECE: usize = 1 << 12;

impl Plan {
    /// SHA-256 over what the plan would do: the saved form of everything but the changes, the lines that cause these in the
    /// order in which they come up, then each change. However often
    /// the record was written in between, and on whatever day it is made again, the same plan has the same digest.
    #[must_use]
    pub(super) fn digest(&self) -> String {
        let mut hasher = Sha256::new();
        hasher.update(b"keyplan plan 3\n");
        let head = head(self);
        hasher.update((head.len() as u64).to_le_bytes());
        hasher.update(head);
        hasher.update((self.causes.len() as u64).to_le_bytes());
        for cause in &self.causes {
            hasher.update((cause.len() as u64).to_le_bytes());
            hasher.update(cause);
        }
        let mut piece = Vec::with_capacity(2 * PIECE);
        for change in &self.changes {
            add(&mut piece, self, change);
            if piece.len() >= PIECE {
                hasher.update(&piece);
                piece.clear();
            }
        }
        hasher.update(&piece);
        hasher.finalize().iter().fold("sha256:".to_owned(), |text, byte| format!("{text}{byte:02x}"))
    }
}

/// Everything that a change says, each part as long for every change but for the number of what it waits for, so that no two
/// changes look alike. (Going through JSON took a third of the time of a plan.)
fn add(bytes: &mut Vec<u8>, plan: &Plan, change: &Change) {
    // In full, so that nothing that is ever added to a change is forgotten here.
    let Change {
        lock,
        slot,
        person,
        before,
        after,
        unsure,
        code,
        untold,
        reason,
        needs: _,
        after_grants,
        gap,
        fill,
        cause,
    } = change;
    let needs = plan.needs(change);
    let held = |held: &Option<Held>| -> [u8; 7] {
        let Some(Held { ways, program, part }) = held else { return [0; 7] };
        let [a, b, c, d] = program.to_le_bytes();
        [1, ways.bits(), a, b, c, d, *part]
    };
    for number in [*lock, *slot, *person, *fill, needs.len() as u32] {
        bytes.extend(number.to_le_bytes());
    }
    needs.iter().for_each(|need| bytes.extend(need.to_le_bytes()));
    bytes.extend(held(before));
    bytes.extend(held(after));
    let truths = [*unsure, *untold, *after_grants, *gap, cause.is_some()];
    bytes.push(truths.iter().fold(0, |bits, truth| bits << 1 | u8::from(*truth)));
    bytes.extend([*code as u8, *reason as u8]);
    bytes.extend(cause.unwrap_or_default().to_le_bytes());
}
