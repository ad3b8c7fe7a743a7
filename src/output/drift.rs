//! Drift for people and for programs.

use serde::Serialize;

use super::words::count;
use crate::drift::Drift;
use crate::plan::RecordedLock;

/// What was found at one lock.
pub struct Found<'r> {
    /// The lock as it is recorded.
    pub lock: &'r RecordedLock,
    /// In what it differs, or why it was not read.
    pub drifts: Result<Vec<Drift>, String>,
}

/// Whether something of ours is not as it was left.
const fn is_damage(drift: &Drift) -> bool {
    !matches!(drift, Drift::Unmanaged { .. })
}

/// Drift in words.
#[must_use]
pub fn drift_human(property: &str, locks: &[Found<'_>]) -> String {
    let all = || locks.iter().filter_map(|one| one.drifts.as_ref().ok()).flatten();
    let damage = all().filter(|drift| is_damage(drift)).count();
    let by_hand = all().count() - damage;
    let unread = locks.iter().filter(|one| one.drifts.is_err()).count();
    let mut text = format!("{property}: {} read", count(locks.len() - unread, "lock", "locks"));
    text.push_str(&match (damage, by_hand) {
        (0, 0) => ", nothing differs from what was applied".to_owned(),
        _ => format!(", {} of ours damaged, {by_hand} entered by hand", count(damage, "entry", "entries")),
    });
    if unread > 0 {
        text.push_str(&format!(", {unread} not read"));
    }
    text.push('\n');
    for one in locks {
        let door = &one.lock.door;
        match &one.drifts {
            Err(why) => text.push_str(&format!("  ? {door}: {why}\n")),
            Ok(drifts) => {
                for drift in drifts {
                    text.push_str(&match drift {
                        Drift::Missing { slot, person } => {
                            format!("  - {door} slot {slot}: the entry of `{person}` is gone\n")
                        }
                        Drift::Altered { slot, person, what } => {
                            format!("  ~ {door} slot {slot}: the entry of `{person}` was changed, {what}\n")
                        }
                        Drift::Unmanaged { slot, name } => {
                            let name = name.as_ref().map_or_else(String::new, |name| format!(", `{name}`"));
                            format!("  + {door} slot {slot}: entered by hand{name}; it is left alone\n")
                        }
                    });
                }
            }
        }
    }
    if damage > 0 {
        text.push_str("  `keyplan plan --refresh` shows what would mend it, with the same doorcodes\n");
    }
    text
}

#[derive(Serialize)]
struct WireDrift<'d> {
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
    unread: Option<&'d str>,
    drift: Vec<WireEntry<'d>>,
}

#[derive(Serialize)]
struct WireEntry<'d> {
    kind: &'static str,
    slot: u32,
    person: Option<&'d str>,
    what: Option<&'d str>,
}

#[derive(Serialize)]
struct WireSummary {
    locks: usize,
    unread: usize,
    damaged: usize,
    unmanaged: usize,
}

fn wire(drift: &Drift) -> WireEntry<'_> {
    let (kind, slot, person, what) = match drift {
        Drift::Missing { slot, person } => ("missing", slot, Some(person.as_str()), None),
        Drift::Altered { slot, person, what } => ("altered", slot, Some(person.as_str()), Some(*what)),
        Drift::Unmanaged { slot, name } => ("unmanaged", slot, name.as_deref(), None),
    };
    WireEntry { kind, slot: *slot, person, what }
}

/// Drift as one document on one line.
///
/// # Errors
/// Never in practice: what is written is texts and numbers.
pub fn drift_json(property: &str, locks: &[Found<'_>]) -> serde_json::Result<String> {
    let all = || locks.iter().filter_map(|one| one.drifts.as_ref().ok()).flatten();
    let damaged = all().filter(|drift| is_damage(drift)).count();
    let document = WireDrift {
        version: 1,
        property,
        locks: locks
            .iter()
            .map(|one| WireLock {
                door: &one.lock.door,
                provider: &one.lock.provider,
                lock: &one.lock.address,
                unread: one.drifts.as_ref().err().map(String::as_str),
                drift: one.drifts.iter().flatten().map(wire).collect(),
            })
            .collect(),
        summary: WireSummary {
            locks: locks.len(),
            unread: locks.iter().filter(|one| one.drifts.is_err()).count(),
            damaged,
            unmanaged: all().count() - damaged,
        },
    };
    serde_json::to_string(&document).map(|text| text + "\n")
}
