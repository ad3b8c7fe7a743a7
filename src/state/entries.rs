//! The entries of a lock as the state keeps them: a few bytes each, since a portfolio has hundreds of thousands.
//!
//! Each entry is its slot, its person and its program as differences to those of the entry before it, then what it gives,
//! which of the person's doorcodes belongs to it, and flags. Numbers are in groups of seven bits, the lowest first, the
//! last without its upper bit (LEB128, DWARF 5, 7.6); differences have their sign in the lowest bit. States before version
//! 3 kept sixteen bytes an entry: a list that is as long as a number of those is such an older one, and no other ever is.

use crate::locks::{Held, Ways};
use crate::plan::{Digits, Entry};

/// Bytes of an entry in an older list: slot, person and program as 32 bits each, then ways, part, flags, and nothing.
const OLDER: usize = 16;
/// The flag of an entry that may not be in the lock.
const UNSURE: u8 = 1;
/// The flags of an entry whose doorcode nobody here knows, and of one from which such a code is gone.
const UNTOLD: u8 = 2;
const LOST: u8 = 4;
/// The flag of an entry whose doorcode was taken back.
const TAKEN_BACK: u8 = 16;
/// Beside the three bits of what an entry gives: that its doorcode is the person's first, and no flag is set.
const PLAIN: u8 = 8;
/// What a list ends with that would be as long as an older one: no entry begins like that.
const PADDING: u8 = 0xff;

/// The bytes of some entries.
pub(super) fn blob(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(entries.len() * 5 + 1);
    let mut last = [0u32; 3];
    for Entry { person, held, slot, unsure, digits } in entries {
        let digits = match digits {
            Digits::Kept => 0,
            Digits::Untold => UNTOLD,
            Digits::Lost => LOST,
            Digits::TakenBack => TAKEN_BACK,
        };
        let flags = if *unsure { UNSURE } else { 0 } | digits;
        if flags == 0 && held.part == 0 {
            bytes.push(held.ways.bits() | PLAIN);
        } else {
            bytes.extend([held.ways.bits(), held.part, flags]);
        }
        let numbers = [*slot, *person, held.program];
        for (number, last) in numbers.into_iter().zip(&last) {
            let difference = number.wrapping_sub(*last) as i32;
            let mut left = ((difference << 1) ^ (difference >> 31)) as u32;
            while left >= 0x80 {
                bytes.push(left as u8 | 0x80);
                left >>= 7;
            }
            bytes.push(left as u8);
        }
        last = numbers;
    }
    if !entries.is_empty() && bytes.len().is_multiple_of(OLDER) {
        bytes.push(PADDING);
    }
    bytes
}

/// The entries of some bytes; `None` when they are not from here, or name what there is not.
pub(super) fn entries(blob: &[u8], people: usize, programs: usize) -> Option<Vec<Entry>> {
    let known = |entry: &Entry| (entry.person as usize) < people && (entry.held.program as usize) < programs;
    if blob.len().is_multiple_of(OLDER) {
        return blob.chunks_exact(OLDER).map(|bytes| older(bytes).filter(known)).collect();
    }
    let mut entries = Vec::with_capacity(blob.len() / 4);
    let mut last = [0u32; 3];
    let mut rest = blob;
    while let [first, left @ ..] = rest {
        if *first == PADDING {
            return left.is_empty().then_some(entries);
        }
        rest = left;
        let (part, flags) = match (first & PLAIN != 0, rest) {
            (true, _) => (0, 0),
            (false, [part, flags, left @ ..]) => {
                rest = left;
                (*part, *flags)
            }
            _ => return None,
        };
        for number in &mut last {
            let (difference, left) = difference(rest)?;
            rest = left;
            *number = number.wrapping_add(difference as u32);
        }
        let entry = entry(last, *first, part, flags);
        if !known(&entry) {
            return None;
        }
        entries.push(entry);
    }
    Some(entries)
}

fn older(bytes: &[u8]) -> Option<Entry> {
    let number = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    Some(entry([number(0)?, number(4)?, number(8)?], bytes[12], bytes[13], bytes[14]))
}

fn entry([slot, person, program]: [u32; 3], ways: u8, part: u8, flags: u8) -> Entry {
    let digits = match flags & (UNTOLD | LOST | TAKEN_BACK) {
        0 => Digits::Kept,
        UNTOLD => Digits::Untold,
        TAKEN_BACK => Digits::TakenBack,
        _ => Digits::Lost,
    };
    let held = Held { ways: Ways::of_bits(ways), program, part };
    Entry { person, held, slot, unsure: flags & UNSURE != 0, digits }
}

/// The first number of some bytes, with its sign, and what comes after it.
fn difference(bytes: &[u8]) -> Option<(i32, &[u8])> {
    let mut number = 0u32;
    for (at, byte) in bytes.iter().enumerate().take(5) {
        number |= u32::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some(((number >> 1) as i32 ^ -((number & 1) as i32), &bytes[at + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_entry() -> impl Strategy<Value = Entry> {
        let number = prop_oneof![0..300u32, any::<u32>()];
        let digits = [Digits::Kept, Digits::Untold, Digits::Lost, Digits::TakenBack];
        let digits = prop::sample::select(digits.to_vec());
        let part = prop_oneof![Just(0u8), any::<u8>()];
        (number, 0..50u32, 0..20u32, 0..8u8, part, any::<bool>(), digits).prop_map(
            |(slot, person, program, ways, part, unsure, digits)| Entry {
                person,
                held: Held { ways: Ways::of_bits(ways), program, part },
                slot,
                unsure,
                digits,
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_and_nothing_shorter(list in prop::collection::vec(any_entry(), 0..40)) {
            let bytes = blob(&list);
            prop_assert_eq!(entries(&bytes, 50, 20), Some(list.clone()));
            for length in 0..bytes.len() {
                prop_assert_ne!(entries(&bytes[..length], 50, 20), Some(list.clone()), "{} bytes of {:?}", length, bytes);
            }
        }

        #[test]
        fn bytes_from_elsewhere_end_in_entries_that_are_known(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            for entry in entries(&bytes, 50, 20).into_iter().flatten() {
                prop_assert!(entry.person < 50 && entry.held.program < 20);
            }
        }
    }

    #[test]
    fn older_lists_are_read_as_before() {
        let mut bytes = Vec::new();
        for numbers in [[7u32, 3, 1], [9, 4, 0]] {
            numbers.iter().for_each(|number| bytes.extend(number.to_le_bytes()));
            bytes.extend([2, 1, UNSURE | UNTOLD, 0]);
        }
        let read = entries(&bytes, 5, 2).unwrap();
        let there: Vec<_> = read.iter().map(|one| (one.slot, one.person, one.held.program)).collect();
        assert_eq!(there, [(7, 3, 1), (9, 4, 0)]);
        assert!(read.iter().all(|one| one.unsure && one.digits == Digits::Untold && one.held.part == 1));
        assert_eq!(entries(&bytes, 5, 1), None);
    }
}
