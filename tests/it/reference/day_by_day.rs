//! A compiler too simple to be wrong: one segment for each day asked about, found by trying all its minutes.
//!
//! Its documents are long and not canonical, but they grant what the definition grants, so that reader, comparison
//! and evaluator are tested against each other without the product.

use chrono::{Datelike, TimeDelta};
use serde_json::{Value, json};

use super::compare::Day;
use super::evaluate::{granted, grants};
use super::expand::DAYS;
use super::property::{Capability, Property, midnight};

pub(crate) fn compile_day_by_day(property: &Property, days: &[Day]) -> Value {
    let mut doors: Vec<&str> = property.doors.iter().map(|door| door.id.as_str()).collect();
    doors.sort_unstable();
    let locks: Vec<Value> = doors
        .iter()
        .map(|door| json!({ "door": door, "credentials": credentials(property, door, days) }))
        .collect();
    json!({ "version": 1, "as_of": property.as_of.to_string(), "locks": locks })
}

fn credentials(property: &Property, door: &str, days: &[Day]) -> Vec<Value> {
    let mut people: Vec<&str> = property.people.iter().map(|person| person.id.as_str()).collect();
    people.sort_unstable();
    let mut credentials = Vec::new();
    for person in people {
        for capability in Capability::ALL {
            let segments: Vec<Value> =
                days.iter().filter_map(|day| segment(property, person, door, capability, day)).collect();
            if !segments.is_empty() {
                let name = capability.name();
                credentials.push(
                    json!({ "person": person, "capability": name, "keys": ["?"], "segments": segments }),
                );
            }
        }
    }
    credentials
}

fn segment(
    property: &Property,
    person: &str,
    door: &str,
    capability: Capability,
    day: &Day,
) -> Option<Value> {
    let date = day.minutes.first()?.wall.date();
    let grants = grants(property, person, door);
    let open: Vec<bool> = (0..1440)
        .map(|minute| granted(property, &grants, capability, midnight(date) + TimeDelta::minutes(minute)))
        .collect();
    let weekday = DAYS[date.weekday().num_days_from_monday() as usize];
    let mut weekly = Vec::new();
    let mut minute = 0;
    while let Some(from) = (minute..1440).find(|minute| open[*minute]) {
        let to = (from..1440).find(|minute| !open[*minute]).unwrap_or(1440);
        weekly.push(json!({ "day": weekday, "from": clock(from), "to": clock(to) }));
        minute = to;
    }
    (!weekly.is_empty()).then(|| {
        json!({ "from": format!("{date}T00:00"), "until": format!("{}T00:00", date.succ_opt().unwrap()),
            "weekly": weekly, "holidays": [], "holidays_closed": [] })
    })
}

fn clock(minute: usize) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}
