//! Z-Wave User Code (99) and Schedule Entry Lock (78) command classes, as calls of their APIs.
//!
//! The schedule is written before the code: a code without a schedule opens at any time.

use serde_json::{Value, json};

use super::{Lock, code_of};
use crate::locks::zwave::{Slots, written};
use crate::locks::{Family, Program};

/// As many as no lock has.
const MANY: u32 = u8::MAX as u32;

pub(super) fn commands(family: Family, lock: Lock<'_>) -> Vec<Value> {
    let weekly = lock.limits.weekly.unwrap_or(MANY);
    let daily = family == Family::ZwaveDaily;
    let slots = Slots {
        num_week_day_slots: if daily { 0 } else { weekly },
        num_daily_repeating_slots: if daily { weekly } else { 0 },
        num_year_day_slots: lock.limits.dated.unwrap_or(MANY),
    };
    let mut commands = Vec::new();
    for entry in lock.entries {
        let program = Program(lock.segments(entry).to_vec());
        // Whatever was lowered for this lock fits; and what does not gets no code, which would open at any time.
        let Ok(schedules) = written(&program, slots) else { continue };
        if let Some((kind, values)) = schedules {
            for (number, value) in values.into_iter().enumerate() {
                let place = json!({"userId": entry.slot, "slotId": number + 1});
                commands
                    .push(json!({"commandClass": 78, "methodName": kind.setter(), "args": [place, value]}));
            }
        }
        if entry.held.ways.has_doorcode() {
            commands.push(json!({"commandClass": 99, "methodName": "set",
                "args": [entry.slot, 1, code_of(lock, entry)]}));
        }
    }
    commands
}
