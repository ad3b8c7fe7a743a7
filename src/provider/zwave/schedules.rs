//! The schedules of one holder of a lock (Schedule Entry Lock command class, 78).

use serde_json::{Value, json};

use super::node::Node;
use crate::locks::Program;
use crate::locks::zwave::{self as schedule, Kind, Slots};
use crate::provider::ProviderError;

const SCHEDULE_ENTRY_LOCK: u8 = 78;
/// Schedules know holders by one byte.
const LAST: u32 = 255;

/// How many schedules a lock has for each holder; none when it does not know them.
pub(super) fn slots(node: &Node<'_>) -> Result<Slots, ProviderError> {
    let told = node.tell(SCHEDULE_ENTRY_LOCK, "getNumSlots", &json!([]))?;
    told.map_or(Ok(Slots::default()), |told| {
        serde_json::from_value(told).map_err(|_| {
            ProviderError::Refused("how many schedules it has cannot be read from what it tells".into())
        })
    })
}

/// Those of a holder that a lock can keep schedules for.
fn of(user: u32, slots: Slots) -> Slots {
    if user > LAST { Slots::default() } else { slots }
}

/// What all schedules of a holder say.
pub(super) fn program(node: &Node<'_>, user: u32, slots: Slots) -> Result<Program, ProviderError> {
    let mut held = Vec::new();
    for kind in Kind::ALL {
        for slot in 1..=kind.count(of(user, slots)) {
            let value = one(node, user, kind, slot)?;
            held.extend((!schedule::is_empty(&value)).then_some((kind, value)));
        }
    }
    schedule::read(&held).map_err(|why| ProviderError::Refused(format!("slot {user}: {why}")))
}

fn one(node: &Node<'_>, user: u32, kind: Kind, slot: u32) -> Result<Value, ProviderError> {
    node.ask(SCHEDULE_ENTRY_LOCK, kind.getter(), &json!([{"userId": user, "slotId": slot}]))
}

/// Whether a holder has any schedule; of each kind only the first is looked at.
pub(super) fn has_any(node: &Node<'_>, user: u32, slots: Slots) -> Result<bool, ProviderError> {
    for kind in Kind::ALL.into_iter().filter(|kind| kind.count(of(user, slots)) > 0) {
        if !schedule::is_empty(&one(node, user, kind, 1)?) {
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
        let place = json!({"userId": user, "slotId": number + 1});
        node.change(SCHEDULE_ENTRY_LOCK, kind.setter(), &json!([place, value]))?;
        let kept = one(node, user, *kind, number as u32 + 1)?;
        if !schedule::same(*kind, &kept, value) {
            erase(node, user, slots)?;
            return Err(ProviderError::Refused(
                "it did not keep the schedule that was written; the doorcode was left out, since without one it would open at any time".into(),
            ));
        }
    }
    Ok(())
}

/// Takes every schedule of a holder away.
pub(super) fn erase(node: &Node<'_>, user: u32, slots: Slots) -> Result<(), ProviderError> {
    for kind in Kind::ALL {
        for slot in 1..=kind.count(of(user, slots)) {
            // A second time where the first was lost.
            for last in [false, true] {
                if schedule::is_empty(&one(node, user, kind, slot)?) {
                    break;
                }
                let place = json!([{"userId": user, "slotId": slot}]);
                let done = node.change(SCHEDULE_ENTRY_LOCK, kind.setter(), &place);
                if last {
                    done?;
                }
            }
        }
    }
    Ok(())
}
