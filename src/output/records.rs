//! What is recorded, for people and for programs: locks, doorcodes without their digits, the log.

use std::collections::BTreeSet;

use serde::Serialize;

use super::words::count;
use crate::plan::{Digits, Recorded, RecordedLock};
use crate::state::{CodeKey, Holder, LogLine};

/// A line of the log in words.
#[must_use]
pub fn log_human(line: &LogLine) -> String {
    let LogLine { number, at, who, property, event, detail, .. } = line;
    let property = if property.is_empty() { "all properties" } else { property };
    format!("{number:>4}  {at}  {who}  {property}  {event}  {detail}\n")
}

#[derive(Serialize)]
struct WireLine<'l> {
    number: i64,
    at: &'l str,
    who: &'l str,
    property: Option<&'l str>,
    event: &'l str,
    detail: &'l str,
    hash: &'l str,
}

/// A line of the log as JSON.
///
/// # Errors
/// Never in practice: what is written is texts and numbers.
pub fn log_json(line: &LogLine) -> serde_json::Result<String> {
    let LogLine { number, at, who, property, event, detail, hash } = line;
    let property = (!property.is_empty()).then_some(property.as_str());
    let wire = WireLine { number: *number, at, who, property, event, detail, hash };
    serde_json::to_string(&wire).map(|text| text + "\n")
}

/// What is recorded of a property in a few lines.
#[must_use]
pub fn state_list(property: &str, recorded: &Recorded) -> String {
    let entries: usize = recorded.locks.iter().map(|lock| lock.entries.len()).sum();
    let unsure: usize =
        recorded.locks.iter().map(|lock| lock.entries.iter().filter(|entry| entry.unsure).count()).sum();
    let mut text = format!(
        "{property}: {} at {}, written {}, lineage {}\n",
        count(entries, "entry", "entries"),
        count(recorded.locks.len(), "lock", "locks"),
        count(recorded.serial as usize, "time", "times"),
        recorded.lineage
    );
    if unsure > 0 {
        text.push_str(&format!(
            "  of {} it is not certain that the lock holds them\n",
            count(unsure, "entry", "entries")
        ));
    }
    let all = || recorded.locks.iter().flat_map(|lock| &lock.entries);
    let untold = all().filter(|entry| entry.digits == Digits::Untold).count();
    if untold > 0 {
        text.push_str(&format!(
            "  of {} the doorcode was set elsewhere, and is not known here\n",
            count(untold, "entry", "entries")
        ));
    }
    for lock in &recorded.locks {
        let most = lock.capacity.map_or_else(String::new, |most| format!(" of {most}"));
        let others = match lock.unmanaged.len() {
            0 => String::new(),
            others => format!(", {others} entered by hand"),
        };
        let (door, entries) = (&lock.door, count(lock.entries.len(), "entry", "entries"));
        let (provider, address) = (&lock.provider, &lock.address);
        text.push_str(&format!("  {door}  {provider}:{address}  {entries}{most}{others}\n"));
    }
    text
}

/// What is recorded of some locks, entry by entry.
#[must_use]
pub fn state_show(recorded: &Recorded, locks: &[&RecordedLock]) -> String {
    let mut text = String::new();
    for lock in locks {
        text.push_str(&format!("{}  {}:{}\n", lock.door, lock.provider, lock.address));
        let mut entries = lock.entries.clone();
        entries.sort_unstable_by_key(|entry| entry.slot);
        for entry in &entries {
            let ways: Vec<&str> = entry.held.ways.each().map(crate::model::Capability::name).collect();
            let program = &recorded.programs[entry.held.program as usize];
            let hours: Vec<String> = program
                .0
                .iter()
                .map(|segment| {
                    let moment = |minute: Option<crate::time::Minute>, none: &str| {
                        minute.map_or_else(|| none.to_owned(), |minute| minute.to_string())
                    };
                    let dates = match (segment.from, segment.until) {
                        (None, None) => String::new(),
                        (from, until) => format!(" {} to {}", moment(from, "ever"), moment(until, "ever")),
                    };
                    format!("{}{dates}", super::hours::week(&segment.weekly))
                })
                .collect();
            text.push_str(&format!(
                "  {:>5}  {}  {}  {}{}{}\n",
                entry.slot,
                recorded.people[entry.person as usize],
                ways.join("+"),
                hours.join("; "),
                if entry.unsure { "  (not certain)" } else { "" },
                match entry.digits {
                    Digits::Kept => "",
                    Digits::Untold => "  (doorcode set elsewhere, not known)",
                    Digits::TakenBack => "  (doorcode taken back, in the lock until the next apply)",
                    Digits::Lost => "  (doorcode set elsewhere, and gone)",
                }
            ));
        }
        for slot in &lock.unmanaged {
            text.push_str(&format!("  {slot:>5}  entered by hand\n"));
        }
    }
    text
}

/// Who holds a property.
#[must_use]
pub fn lease_line(holder: &Holder) -> String {
    let Holder { property, who, host, pid, age, silent } = holder;
    format!("{property}  {who} on {host}, process {pid}, for {age} s, last heard of {silent} s ago\n")
}

/// Which doorcodes there are, by person; `untold` are those that nobody here knows.
#[must_use]
pub fn codes_list(property: &str, codes: &[CodeKey], untold: &BTreeSet<CodeKey>) -> String {
    let mut by_person: Vec<(&str, Vec<String>)> = Vec::new();
    let mut sorted: Vec<&CodeKey> =
        codes.iter().filter(|code| !untold.contains(code)).chain(untold).collect();
    let mut text = format!("{property}: {}", count(sorted.len(), "doorcode", "doorcodes"));
    text.push_str(&match untold.len() {
        0 => "\n".to_owned(),
        some => format!(", {some} of them set elsewhere and not known here\n"),
    });
    sorted.sort_unstable_by_key(|code| (&code.person, &code.door, code.part));
    for code in sorted {
        let mut door = match code.part {
            0 => code.door.clone(),
            part => format!("{} (code {})", code.door, part + 1),
        };
        if untold.contains(code) {
            door.push_str(" (not known)");
        }
        match by_person.last_mut() {
            Some((person, doors)) if *person == code.person => doors.push(door),
            _ => by_person.push((&code.person, vec![door])),
        }
    }
    for (person, doors) in by_person {
        text.push_str(&format!("  {person}: {}\n", doors.join(", ")));
    }
    text
}
