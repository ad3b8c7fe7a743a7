//! Matter Door Lock cluster (Matter 1.2 Application Cluster Specification, 5.2).
//!
//! A user without schedules opens at any time, so a user is made disabled, then gets the schedules, then the code, and is
//! enabled last. Minutes of an end are inclusive: 23:59 means to the end of the minute, so an end is one minute earlier.

use serde_json::{Value, json};

use super::{Lock, code_of, dates, moment};
use crate::locks::slots::weekly;

/// Bit 0 is Sunday (DaysMaskMap).
fn mask(days: u8) -> u8 {
    days << 1 & 0x7e | days >> 6 & 1
}

pub(super) fn commands(lock: Lock<'_>) -> Vec<Value> {
    let mut commands = Vec::new();
    for entry in lock.entries {
        let segments = lock.segments(entry);
        let week = segments.first().map(|segment| weekly(&segment.weekly, lock.limits)).unwrap_or_default();
        let dates = dates(segments);
        // UserTypeEnum: 0 unrestricted, 1 year-day schedules, 2 week-day schedules, 7 schedule-restricted.
        let user_type = match (week.is_empty(), dates.is_empty()) {
            (true, true) => 0,
            (true, false) => 1,
            (false, true) => 2,
            (false, false) => 7,
        };
        let user = |operation: u8, status: u8| {
            json!({"command": "SetUser", "operationType": operation, "userIndex": entry.slot,
                "userName": entry.person.chars().take(10).collect::<String>(), "userStatus": status,
                "userType": user_type, "credentialRule": 0})
        };
        commands.push(user(0, 3));
        for (number, slot) in week.iter().enumerate() {
            let end = slot.from + slot.minutes - 1;
            commands.push(json!({"command": "SetWeekDaySchedule", "weekDayIndex": number + 1,
                "userIndex": entry.slot, "daysMask": mask(slot.days),
                "startHour": slot.from / 60, "startMinute": slot.from % 60,
                "endHour": end / 60, "endMinute": end % 60}));
        }
        for (number, interval) in dates.iter().enumerate() {
            commands.push(json!({"command": "SetYearDaySchedule", "yearDayIndex": number + 1,
                "userIndex": entry.slot, "localStartTime": moment(interval.from(), "2000-01-01T00:00"),
                "localEndTime": moment(interval.until(), "2099-12-31T24:00")}));
        }
        if entry.held.ways.has_doorcode() {
            commands.push(json!({"command": "SetCredential", "operationType": 0,
                "credential": {"credentialType": 1, "credentialIndex": entry.slot},
                "userIndex": entry.slot, "credentialData": code_of(lock, entry)}));
        }
        commands.push(user(2, 1));
    }
    commands
}
