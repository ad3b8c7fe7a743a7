//! Z-Wave User Code (99) and Schedule Entry Lock (78) command classes, as calls of their APIs.
//!
//! The schedule is written before the code: a code without a schedule opens at any time. A week-day slot holds one
//! weekday (0 is Sunday); a daily repeating slot, from version 3 on, a set of days and a duration.

use serde_json::{Value, json};

use super::{Lock, code_of, dates, moment};
use crate::locks::Family;
use crate::locks::slots::{WeekSlot, weekly};

/// Days from Sunday.
fn days(slot: &WeekSlot) -> Vec<u8> {
    let mut days: Vec<u8> =
        (0..7u8).filter(|day| slot.days >> day & 1 == 1).map(|day| (day + 1) % 7).collect();
    days.sort_unstable();
    days
}

pub(super) fn commands(family: Family, lock: Lock<'_>) -> Vec<Value> {
    let mut commands = Vec::new();
    for entry in lock.entries {
        let segments = lock.segments(entry);
        let week = segments.first().map(|segment| weekly(&segment.weekly, lock.limits)).unwrap_or_default();
        let dates = dates(segments);
        for (number, slot) in week.iter().enumerate() {
            let place = json!({"userId": entry.slot, "slotId": number + 1});
            let (hour, minute) = (slot.from / 60, slot.from % 60);
            commands.push(if family == Family::ZwaveDaily {
                json!({"commandClass": 78, "methodName": "setDailyRepeatingSchedule", "args": [place, {
                    "weekdays": days(slot), "startHour": hour, "startMinute": minute,
                    "durationHour": slot.minutes / 60, "durationMinute": slot.minutes % 60}]})
            } else {
                // Whether a lock opens in the minute that it stops at is told nowhere: the minute before is never too late.
                let stop = slot.from + slot.minutes - 1;
                json!({"commandClass": 78, "methodName": "setWeekDaySchedule", "args": [place, {
                    "weekday": days(slot).first(), "startHour": hour, "startMinute": minute,
                    "stopHour": stop / 60, "stopMinute": stop % 60}]})
            });
        }
        for (number, interval) in dates.iter().enumerate() {
            let place = json!({"userId": entry.slot, "slotId": number + 1});
            commands.push(json!({"commandClass": 78, "methodName": "setYearDaySchedule", "args": [place, {
                "start": moment(interval.from(), "2000-01-01T00:00"),
                "stop": moment(interval.until(), "2099-12-31T24:00")}]}));
        }
        if entry.held.ways.has_doorcode() {
            commands.push(json!({"commandClass": 99, "methodName": "set",
                "args": [entry.slot, 1, code_of(lock, entry)]}));
        }
    }
    commands
}
