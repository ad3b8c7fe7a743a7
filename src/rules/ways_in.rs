//! Whether the entrances let people in when what is behind them is open.

use super::context::Context;
use crate::access::TimesId;
use crate::model::{Capability, DoorId, DoorKind, PersonId};
use crate::source::Span;
use crate::time::{Interval, Minute, TimeSet};

/// Whether people come for a door: an amenity, or a home in which somebody lives. A vacant one is shown by those who
/// come through the entrances at their own hours.
pub(super) fn is_inside(context: &Context<'_>, door: DoorId) -> bool {
    match context.kind_of_door(door) {
        DoorKind::Amenity => true,
        DoorKind::Residence => context.property.doors[door.index()].occupied,
        _ => false,
    }
}

/// The first minute at which one of some doors is open and none of the entrances.
pub(super) fn first_outside(
    context: &Context<'_>,
    inside: &[TimesId],
    entrances: &[TimesId],
) -> Option<Minute> {
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
pub(super) fn culprit(context: &Context<'_>, person: PersonId, minute: Minute) -> (Span, DoorId) {
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
