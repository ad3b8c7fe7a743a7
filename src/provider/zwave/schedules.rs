//! The schedules of one holder of a lock (Schedule Entry Lock command class, 78).

use serde_json::{Value, json};

use super::node::{Node, at_most, unreadable};
use crate::locks::Program;
use crate::locks::zwave::{self as schedule, Kind, Slots};
use crate::provider::ProviderError;

const SCHEDULE_ENTRY_LOCK: u8 = 78;
/// Schedules know holders, and are counted, by one byte.
const LAST: u32 = 255;

/// How many schedules a lock has for each holder; none when it does not know them.
pub(super) fn slots(node: &Node<'_>) -> Result<Slots, ProviderError> {
    let Some(told) = node.tell(SCHEDULE_ENTRY_LOCK, "getNumSlots", &json!([]))? else {
        return Ok(Slots::default());
    };
    let slots: Slots =
        serde_json::from_value(told).map_err(|_| unreadable("how many schedules it has", node))?;
    for kind in Kind::ALL {
        at_most(kind.count(slots), LAST, "schedules of a kind for each user", node)?;
    }
    Ok(slots)
}

/// Those of a holder that a lock can keep schedules for.
fn of(user: u32, slots: Slots) -> Slots {
    if user > LAST { Slots::default() } else { slots }
}

/// What all schedules of a holder say; `None` when one of them is no time, and what the lock makes of it nobody knows.
pub(super) fn program(node: &Node<'_>, user: u32, slots: Slots) -> Result<Option<Program>, ProviderError> {
    let mut held = Vec::new();
    for kind in Kind::ALL {
        for slot in 1..=kind.count(of(user, slots)) {
            match one(node, user, kind, slot)? {
                Slot::Empty => {}
                Slot::Holds(value) => held.push((kind, value)),
                Slot::NoTime => return Ok(None),
            }
        }
    }
    Ok(schedule::read(&held))
}

/// What a slot of a holder holds.
enum Slot {
    Empty,
    Holds(Value),
    /// What the driver does not even tell.
    NoTime,
}

impl Slot {
    const fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }
}

fn one(node: &Node<'_>, user: u32, kind: Kind, slot: u32) -> Result<Slot, ProviderError> {
    let place = json!([{"userId": user, "slotId": slot}]);
    Ok(match node.ask_known(SCHEDULE_ENTRY_LOCK, kind.getter(), &place)? {
        None => Slot::NoTime,
        Some(value) if schedule::is_empty(&value) => Slot::Empty,
        Some(value) => Slot::Holds(value),
    })
}

/// Whether a holder has any schedule; of each kind only the first is looked at.
pub(super) fn has_any(node: &Node<'_>, user: u32, slots: Slots) -> Result<bool, ProviderError> {
    for kind in Kind::ALL.into_iter().filter(|kind| kind.count(of(user, slots)) > 0) {
        if !one(node, user, kind, 1)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A program as the schedules of a holder.
pub(super) type Written = Option<(Kind, Vec<Value>)>;

/// How a program is written for a holder.
pub(super) fn fitting(program: &Program, user: u32, slots: Slots) -> Result<Written, ProviderError> {
    schedule::written(program, of(user, slots)).map_err(ProviderError::Refused)
}

/// Gives a holder, who cannot come in by them yet, these schedules and no others, and sees that the lock has kept them.
pub(super) fn write(
    node: &Node<'_>,
    user: u32,
    slots: Slots,
    written: &Written,
) -> Result<(), ProviderError> {
    // What an earlier holder left behind goes too.
    erase(node, user, slots)?;
    let Some((kind, values)) = written else { return Ok(()) };
    for (number, value) in values.iter().enumerate() {
        let place = json!({"userId": user, "slotId": number as u32 + 1});
        node.change(SCHEDULE_ENTRY_LOCK, kind.setter(), &json!([place, value]))?;
    }
    // All of them, and not each for itself: a lock was seen to count twenty slots for a holder, and to write every one of them
    // over the other. Once more before it is believed that they were not kept: the answer may be what was lost.
    let wanted = schedule::read(&values.iter().map(|value| (*kind, value.clone())).collect::<Vec<_>>());
    let is_kept = || Ok(program(node, user, slots)? == wanted);
    if is_kept()? || node.heard(is_kept)? {
        return Ok(());
    }
    erase(node, user, slots)?;
    let one = match values.len() {
        1 => "",
        _ => {
            "; a lock that has room for one alone, whatever it says, needs a model with `schedules: { per-holder: 1 }`"
        }
    };
    Err(ProviderError::Refused(format!(
        "it did not keep the schedules that were written; the doorcode was left out, since without them it would open at other times{one}"
    )))
}

/// Takes every schedule of a holder away, whatever they are.
pub(super) fn erase(node: &Node<'_>, user: u32, slots: Slots) -> Result<(), ProviderError> {
    node.heard(|| {
        for kind in Kind::ALL {
            (1..=kind.count(of(user, slots))).try_for_each(|slot| erase_one(node, user, kind, slot))?;
        }
        Ok(())
    })
}

fn erase_one(node: &Node<'_>, user: u32, kind: Kind, slot: u32) -> Result<(), ProviderError> {
    let place = json!([{"userId": user, "slotId": slot}]);
    // A second time where the first was lost.
    for last in [false, true] {
        if one(node, user, kind, slot)?.is_empty() {
            return Ok(());
        }
        let done = node.change(SCHEDULE_ENTRY_LOCK, kind.setter(), &place);
        if last {
            done?;
        }
    }
    if one(node, user, kind, slot)?.is_empty() {
        return Ok(());
    }
    Err(ProviderError::Refused(format!("it keeps a schedule of slot {user} that it was told to erase")))
}
