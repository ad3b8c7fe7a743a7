//! Matter Door Lock cluster (Matter 1.2 Application Cluster Specification, 5.2).
//!
//! A user without schedules opens at any time, so a user is made disabled, then gets the schedules, then the code, and is
//! enabled last.

use serde_json::{Value, json};

use super::{Lock, code_of};
use crate::locks::{Program, matter};

pub(super) fn commands(lock: Lock<'_>) -> Vec<Value> {
    let mut commands = Vec::new();
    for entry in lock.entries {
        let program = Program(lock.segments(entry).to_vec());
        // Whatever was lowered for this lock fits; and what does not gets no user, who could come in at any time.
        let Ok(schedules) = matter::written(&program) else { continue };
        let user = |operation: u8, status: u8| {
            json!({"command": "SetUser", "operationType": operation, "userIndex": entry.slot,
                "userName": matter::name(entry.person), "userUniqueID": matter::mark(entry.person, entry.held.ways),
                "userStatus": status, "userType": schedules.user_type, "credentialRule": 0})
        };
        commands.push(user(0, 3));
        for (number, one) in schedules.week_days.iter().enumerate() {
            let mut command = json!(one);
            command["command"] = "SetWeekDaySchedule".into();
            command["weekDayIndex"] = (number + 1).into();
            command["userIndex"] = entry.slot.into();
            commands.push(command);
        }
        for (number, one) in schedules.year_days.iter().enumerate() {
            let mut command = json!(one);
            command["command"] = "SetYearDaySchedule".into();
            command["yearDayIndex"] = (number + 1).into();
            command["userIndex"] = entry.slot.into();
            commands.push(command);
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
