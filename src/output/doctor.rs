//! What locks tell of themselves, for people and for programs.

use serde::Serialize;

use super::words::count;
use crate::doctor::{Examined, span};

/// What was found, in words.
#[must_use]
pub fn doctor_human(property: &str, locks: &[Examined<'_>]) -> String {
    let unreached = locks.iter().filter(|one| one.health.is_err()).count();
    let advice: usize = locks.iter().map(|one| one.advice.len()).sum();
    let mut text = format!("{property}: {} reached", count(locks.len() - unreached, "lock", "locks"));
    if unreached > 0 {
        text.push_str(&format!(", {unreached} not"));
    }
    text.push_str(if advice == 0 { ", nothing to mend\n" } else { "\n" });
    for one in locks {
        let Examined { door, provider, address, needed, .. } = one;
        match &one.health {
            Err(why) => text.push_str(&format!("  ? {door}: {why}\n")),
            Ok(health) => {
                let room = health.capacity.map_or_else(String::new, |most| format!(" of {most}"));
                let mut schedules: Vec<String> = Vec::new();
                for (slots, what) in [
                    (health.week_slots, "of the week"),
                    (health.daily_slots, "of days with a duration"),
                    (health.date_slots, "of dates"),
                ] {
                    schedules.extend(slots.filter(|slots| *slots > 0).map(|slots| format!("{slots} {what}")));
                }
                let schedules = match schedules.is_empty() {
                    true => String::new(),
                    false => format!("; schedules for each: {}", schedules.join(", ")),
                };
                let clock = match health.clock {
                    None => String::new(),
                    Some(0) => "; clock right".to_owned(),
                    Some(off) => {
                        let way = if off > 0 { "fast" } else { "slow" };
                        format!("; clock {} {way}", span(off.unsigned_abs()))
                    }
                };
                text.push_str(&format!(
                    "  {} {door}: {provider} `{address}`, {}{room} held, {needed} written{schedules}{clock}\n",
                    if one.advice.is_empty() { '.' } else { '!' },
                    count(health.used as usize, "entry", "entries"),
                ));
                one.advice.iter().for_each(|advice| text.push_str(&format!("      {advice}\n")));
            }
        }
    }
    text
}

#[derive(Serialize)]
struct WireDoctor<'d> {
    version: u8,
    property: &'d str,
    locks: Vec<WireLock<'d>>,
    summary: WireSummary,
}

#[derive(Serialize)]
struct WireLock<'d> {
    door: &'d str,
    provider: &'d str,
    lock: &'d str,
    unreached: Option<String>,
    capacity: Option<u32>,
    used: Option<u32>,
    needed: u32,
    clock: Option<i64>,
    advice: &'d [String],
}

#[derive(Serialize)]
struct WireSummary {
    locks: usize,
    unreached: usize,
    advice: usize,
}

/// What was found, as one document on one line.
///
/// # Errors
/// Never in practice: what is written is texts and numbers.
pub fn doctor_json(property: &str, locks: &[Examined<'_>]) -> serde_json::Result<String> {
    let lock = |one: &'_ Examined<'_>| one.health.as_ref().ok().cloned();
    let document = WireDoctor {
        version: 1,
        property,
        locks: locks
            .iter()
            .map(|one| WireLock {
                door: one.door,
                provider: one.provider,
                lock: one.address,
                unreached: one.health.as_ref().err().map(ToString::to_string),
                capacity: lock(one).and_then(|health| health.capacity),
                used: lock(one).map(|health| health.used),
                needed: one.needed,
                clock: lock(one).and_then(|health| health.clock),
                advice: &one.advice,
            })
            .collect(),
        summary: WireSummary {
            locks: locks.len(),
            unreached: locks.iter().filter(|one| one.health.is_err()).count(),
            advice: locks.iter().map(|one| one.advice.len()).sum(),
        },
    };
    serde_json::to_string(&document).map(|text| text + "\n")
}
