//! Assertions proved: for every person, door and minute from the as-of day on, never sampled.

use super::context::Context;
use crate::model::{Assert, Capability, DoorId, PersonId, ScheduleId};
use crate::time::clocks::first_shown;
use crate::time::{Minute, TimeSet};

/// A place in the relation that an assertion forbids.
#[derive(Clone, Copy, Debug)]
pub(super) struct Breach {
    pub(super) person: PersonId,
    pub(super) door: DoorId,
    pub(super) capability: Capability,
    /// The first minute of it.
    pub(super) at: Minute,
    /// What the assertion demands and does not get.
    pub(super) demand: Demand,
}

/// What an assertion demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Demand {
    Never,
    Always,
    Only(ScheduleId),
}

/// The first breach of an assertion, by the order of the people, and how many people breach it.
pub(super) fn breach(context: &Context<'_>, assert: &Assert) -> Option<(Breach, usize)> {
    let mut wanted = vec![false; context.property.doors.len()];
    assert.doors.iter().for_each(|door| wanted[door.index()] = true);
    let mut first = None;
    let mut people = 0;
    for person in whom(context, assert) {
        let found =
            too_much(context, assert, person, &wanted).or_else(|| too_little(context, assert, person));
        if let Some(breach) = found {
            people += 1;
            first = first.or(Some(breach));
        }
    }
    first.map(|first| (first, people))
}

/// Everybody whom an assertion is about, each once.
pub(super) fn whom(context: &Context<'_>, assert: &Assert) -> impl Iterator<Item = PersonId> {
    let property = context.property;
    let everybody = (0..property.people.len() as u32).map(PersonId);
    everybody.filter(|person| assert.who.iter().any(|who| property.includes(*who, *person)))
}

/// Something that the person can do and must not.
fn too_much(context: &Context<'_>, assert: &Assert, person: PersonId, wanted: &[bool]) -> Option<Breach> {
    let only = assert.only.flatten();
    if assert.never.is_empty() && only.is_none() {
        return None;
    }
    let mut cells: Vec<_> = context.access.cells(person).filter(|cell| wanted[cell.door.index()]).collect();
    cells.sort_unstable_by_key(|cell| (cell.door, cell.capability));
    cells.into_iter().find_map(|cell| {
        let times = context.access.time_set(cell.times);
        let breach = |at: Minute, demand: Demand| {
            Some(Breach { person, door: cell.door, capability: cell.capability, at, demand })
        };
        let first = |set: &TimeSet| first_shown(context.property.timezone, set, context.today());
        if assert.never.contains(&cell.capability)
            && let Some(at) = first(times)
        {
            return breach(at, Demand::Never);
        }
        let schedule = only?;
        breach(first(&times.difference(context.access.hours(schedule)))?, Demand::Only(schedule))
    })
}

/// Something that the person cannot do at some minute of the own dates, and must.
fn too_little(context: &Context<'_>, assert: &Assert, person: PersonId) -> Option<Breach> {
    if assert.always.is_empty() {
        return None;
    }
    let dates = context.ahead(context.property.people[person.index()].dates);
    let all = TimeSet::always().clip(dates);
    let never = TimeSet::never();
    assert.doors.iter().find_map(|door| {
        assert.always.iter().find_map(|capability| {
            let times = context.access.times(person, *door, *capability).unwrap_or(&never);
            let missing = all.difference(times);
            let at = first_shown(context.property.timezone, &missing, context.today())?;
            Some(Breach { person, door: *door, capability: *capability, at, demand: Demand::Always })
        })
    })
}
