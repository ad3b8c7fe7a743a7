//! ONVIF Access Rules, Schedule and Credential services: the closest match to what keyplan says.
//!
//! A schedule is iCalendar (RFC 5545) with weekly recurrence; holidays are special days, which replace the schedule on
//! their dates. A profile is a list of policies (schedule x access point), and access is their union; a credential and
//! each of its profiles have dates.

use serde_json::{Value, json};

use super::{Lock, code_of};
use crate::time::Segment;

const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

pub(super) fn commands(lock: Lock<'_>) -> Vec<Value> {
    let mut commands = Vec::new();
    let mut known: Vec<(&Segment, String)> = Vec::new();
    for segment in lock.entries.iter().flat_map(|entry| lock.segments(entry)) {
        if known.iter().any(|(same, _)| same.weekly == segment.weekly && same_days(same, segment)) {
            continue;
        }
        let token = format!("{}-{}", lock.door, known.len() + 1);
        commands.push(schedule(segment, &token));
        commands.push(json!({"command": "CreateAccessProfile", "token": token,
            "AccessPolicy": [{"ScheduleToken": token, "Entity": lock.door}]}));
        known.push((segment, token));
    }
    for entry in lock.entries {
        let profiles: Vec<Value> = lock
            .segments(entry)
            .iter()
            .filter_map(|segment| {
                let same =
                    |one: &&(&Segment, String)| one.0.weekly == segment.weekly && same_days(one.0, segment);
                let (_, token) = known.iter().find(same)?;
                let moment = |minute: Option<crate::time::Minute>| minute.map(|minute| minute.to_string());
                Some(json!({"AccessProfileToken": token, "ValidFrom": moment(segment.from),
                    "ValidTo": moment(segment.until)}))
            })
            .collect();
        let mut identifiers = Vec::new();
        if entry.held.ways.has_doorcode() {
            identifiers.push(json!({"Type": "pt:PIN", "Value": code_of(lock, entry)}));
        }
        if entry.held.ways.has(crate::model::Capability::Unlock) {
            identifiers.push(json!({"Type": "pt:Card", "Value": {"person": entry.person}}));
        }
        commands.push(
            json!({"command": "CreateCredential", "token": format!("{}-{}", lock.door, entry.slot),
            "CredentialHolderReference": entry.person, "CredentialIdentifier": identifiers,
            "CredentialAccessProfile": profiles}),
        );
    }
    commands
}

fn same_days(one: &Segment, other: &Segment) -> bool {
    one.holidays == other.holidays && one.holidays_closed == other.holidays_closed
}

fn schedule(segment: &Segment, token: &str) -> Value {
    // A week that is long over begins the recurrence; 2024-01-01 was a Monday.
    let mut events = String::new();
    for (day, name) in DAYS.iter().enumerate() {
        for (from, to) in segment.weekly.day(day).as_slice() {
            let end = if *to == 1440 {
                format!("{:02}T000000", day + 2)
            } else {
                format!("{:02}T{}", day + 1, clock(*to))
            };
            events.push_str(&format!(
                "BEGIN:VEVENT\r\nDTSTART:202401{:02}T{}\r\nDTEND:202401{end}\r\nRRULE:FREQ=WEEKLY;BYDAY={name}\r\nEND:VEVENT\r\n",
                day + 1,
                clock(*from)
            ));
        }
    }
    let standard = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:keyplan\r\n{events}END:VCALENDAR\r\n");
    let closed = segment.holidays_closed.iter().map(|day| json!({"Date": day.to_string(), "TimeRange": []}));
    let open = segment.holidays.iter().map(|(day, windows)| {
        let ranges: Vec<Value> = windows
            .as_slice()
            .iter()
            .map(|(from, to)| json!({"From": clock(*from), "Until": if *to == 1440 { "240000".to_owned() } else { clock(*to) }}))
            .collect();
        json!({"Date": day.to_string(), "TimeRange": ranges})
    });
    json!({"command": "CreateSchedule", "token": token, "Standard": standard,
        "SpecialDays": open.chain(closed).collect::<Vec<_>>()})
}

fn clock(minute: u16) -> String {
    format!("{:02}{:02}00", minute / 60, minute % 60)
}
