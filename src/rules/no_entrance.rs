//! `no-entrance`

use super::context::Context;
use super::findings::Findings;
use super::hours::moment;
use super::tally::Tally;
use crate::access::TimesId;
use crate::model::{Capability, DoorId, DoorKind, PersonId};
use crate::source::Span;
use crate::time::{Interval, Minute, TimeSet};
use hashbrown::HashMap;

/// What somebody can open, as far as this rule asks.
type Inside = (Vec<TimesId>, Vec<TimesId>);

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    if !context.property.doors.iter().any(|door| door.kind == DoorKind::Entrance) {
        return;
    }
    let mut known: HashMap<Inside, Option<Minute>> = HashMap::new();
    let mut tally = Tally::new();
    let mut earliest: HashMap<Span, Minute> = HashMap::new();
    for cohort in context.cohorts() {
        let mut entrances: Vec<TimesId> = Vec::new();
        let mut inside: Vec<TimesId> = Vec::new();
        for cell in context.cells(cohort, Capability::Unlock) {
            if context.kind_of_door(cell.door) == DoorKind::Entrance {
                entrances.push(cell.times);
            } else if is_inside(context, cell.door) {
                inside.push(cell.times);
            }
        }
        for list in [&mut entrances, &mut inside] {
            list.sort_unstable();
            list.dedup();
        }
        for person in &cohort.people {
            let mut inside = inside.clone();
            for cell in context.access.own_cells(*person) {
                if cell.capability == Capability::Unlock && !inside.contains(&cell.times) {
                    inside.push(cell.times);
                }
            }
            inside.retain(|times| !entrances.contains(times));
            if inside.is_empty() {
                continue;
            }
            let minute = *known
                .entry((inside, entrances.clone()))
                .or_insert_with_key(|(inside, entrances)| first_outside(context, inside, entrances));
            if let Some(minute) = minute {
                let (at, door) = culprit(context, *person, minute);
                tally.add(at, [door], [*person]);
                let first = earliest.entry(at).or_insert(minute);
                *first = minute.min(*first);
            }
        }
    }
    for (at, touched) in tally.mistakes() {
        let message = format!(
            "{} can open {} but no entrance on {}",
            context.people(&touched.people),
            context.doors(&touched.doors),
            moment(earliest.get(&at).copied().unwrap_or(context.today()))
        );
        let object = format!("line {}", context.property.text(at));
        found.push(
            found
                .about(object, at, message)
                .help("give the same people an entrance in the same hours, or close this door when the entrances are closed"),
        );
    }
}

/// Whether people come for a door: an amenity, or a home in which somebody lives. A vacant one is shown by those who
/// come through the entrances at their own hours.
fn is_inside(context: &Context<'_>, door: DoorId) -> bool {
    match context.kind_of_door(door) {
        DoorKind::Amenity => true,
        DoorKind::Residence => context.property.doors[door.index()].occupied,
        _ => false,
    }
}

/// The first minute at which one of some doors is open and none of the entrances.
fn first_outside(context: &Context<'_>, inside: &[TimesId], entrances: &[TimesId]) -> Option<Minute> {
    let union = |times: &[TimesId]| {
        let sets: Vec<(&TimeSet, Interval)> =
            times.iter().map(|times| (context.access.time_set(*times), Interval::ALWAYS)).collect();
        TimeSet::union_of(&sets)
    };
    let entrances = union(entrances);
    let outside = inside.iter().map(|times| context.access.time_set(*times).difference(&entrances));
    outside.filter_map(|outside| outside.next_open(context.today())).min()
}

/// The line that opens a home or an amenity at a minute.
fn culprit(context: &Context<'_>, person: PersonId, minute: Minute) -> (Span, DoorId) {
    let open = context.access.cells(person).find(|cell| {
        cell.capability == Capability::Unlock
            && (is_inside(context, cell.door) || context.home(person) == Some(cell.door))
            && context.access.time_set(cell.times).contains(minute)
    });
    let Some(cell) = open else { return Default::default() };
    let causes = context.causes(person, cell.door);
    let cause = causes
        .iter()
        .find(|cause| cause.dates.contains(minute) && context.times(cause.setting.schedule).contains(minute));
    (cause.map_or_else(Default::default, |cause| cause.setting.span), cell.door)
}
