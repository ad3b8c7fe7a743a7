//! `compile --target FAMILY`: what each lock stores, in the commands or files of its family, with a verdict for each
//! credential.

use serde_json::{Value, json};

use crate::locks::target::{Entry, Lock, commands};
use crate::locks::{Family, Limits, Verdict, lower};
use crate::model::{Capability, Property};
use crate::tables::{LockTable, Tables};

/// One lock for a family, as one document on one line.
#[must_use]
pub fn target(property: &Property, tables: &Tables, table: LockTable<'_>, family: Family) -> String {
    let door = &property.doors[table.door.index()];
    let limits = Limits::in_family(property, door, Some(family));
    let (mut entries, mut programs, mut verdicts) = (Vec::new(), Vec::new(), Vec::new());
    for cells in table.credentials.chunk_by(|one, other| one.person == other.person) {
        let mut times = [None; 3];
        cells.iter().for_each(|cell| times[cell.capability() as usize] = Some(cell.times()));
        let lowered = lower(tables, times, &limits, property.as_of);
        let person = property.text(property.people[cells[0].person.index()].id);
        for mut held in lowered.entries {
            let program = lowered.programs[held.program as usize].clone();
            held.program = programs.iter().position(|known| *known == program).unwrap_or_else(|| {
                programs.push(program);
                programs.len() - 1
            }) as u32;
            entries.push(Entry { person, slot: entries.len() as u32 + 1, held });
        }
        for (capability, verdict) in Capability::ALL.into_iter().zip(lowered.verdicts) {
            let Some(verdict) = verdict else { continue };
            let (until, why) = match verdict {
                Verdict::NeedsApply(day) => (Some(day.to_string()), None),
                Verdict::Refused(refusal) => (None, Some(refusal.to_string())),
                Verdict::Exact | Verdict::Split => (None, None),
            };
            verdicts
                .push(json!({"person": person, "capability": capability.name(), "verdict": verdict.name(),
                "until": until, "why": why}));
        }
    }
    let lock = Lock {
        door: property.text(door.id),
        timezone: property.timezone,
        today: property.as_of,
        limits: &limits,
        entries: &entries,
        programs: &programs,
    };
    let fits = limits.holders.is_none_or(|most| entries.len() <= most as usize);
    let document: Value = json!({"version": 1, "property": property.text(property.id), "as_of": property.as_of.to_string(),
        "door": lock.door, "target": family.name(), "entries": entries.len(), "holders": limits.holders, "fits": fits,
        "verdicts": verdicts, "commands": commands(family, lock)});
    format!("{document}\n")
}
