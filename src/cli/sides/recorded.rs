//! The side that is what locks hold: the record, as a property.

use super::super::import::{loaded, written};
use super::super::settings::AllSettings;
use super::super::site::{Site, existing};
use super::Failure;
use crate::adopt::Gathered;
use crate::load::{Found, Loaded};
use crate::locks::Ways;
use crate::model::{AsOf, Capability, Property};

/// What is recorded of the locks of a property as a property of its own, on the same day.
pub(super) fn recorded(
    found: &Found,
    property: &Property,
    settings: &AllSettings,
) -> Result<Loaded, Failure> {
    let site = Site::new(found, settings);
    let id = property.text(property.id);
    let record = existing(&site.state)?.recorded(id)?;
    let mut gathered = Gathered::default();
    let programs: Vec<u32> = record.programs.iter().map(|program| gathered.segments(&program.0)).collect();
    let people: Vec<u32> = record.people.iter().map(|person| gathered.person(person)).collect();
    for lock in &record.locks {
        let number = gathered.door(&lock.door);
        let door = property.doors.iter().find(|door| property.text(door.id) == lock.door);
        if let (Some(about), Some(door)) = (gathered.about_door(number), door) {
            about.kind = Some(door.kind);
        }
        for entry in &lock.entries {
            let unknown =
                || Failure::Told(format!("what is recorded of the door `{}` makes no sense", lock.door));
            let person = *people.get(entry.person as usize).ok_or_else(unknown)?;
            let times = *programs.get(entry.held.program as usize).ok_or_else(unknown)?;
            // Whoever has a doorcode opens the door.
            let ways = entry.held.ways.with(Ways::one(Capability::Unlock));
            gathered.give(person, number, ways, times, &[]);
        }
    }
    let holdings = gathered.holdings(id, property.timezone, property.as_of).map_err(Failure::Told)?;
    loaded(&written(&holdings), AsOf::Day(property.as_of))
}
