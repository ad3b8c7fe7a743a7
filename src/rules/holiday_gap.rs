//! `holiday-gap`

use super::context::Context;
use super::findings::Findings;
use super::tally::Tally;
use crate::model::ScheduleId;
use crate::time::Day;

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    if context.holidays_ahead().next().is_none() {
        return;
    }
    let mut tally = Tally::new();
    for stack in context.stacks() {
        for (closed, open) in stack.pairs() {
            let (Some(closes), Some(ignores)) = (closed.setting.schedule, open.setting.schedule) else {
                continue;
            };
            let both = closed.dates.intersect(open.dates);
            let day = first_gap(context, closes, ignores).filter(|day| both.contains(day.start()));
            if let Some(day) = day.filter(|_| !context.are_for_two_roles(stack, closed, open)) {
                let place = (open.setting.span, open.key, ignores, closed.setting.span, closed.key, day);
                tally.add(place, [stack.door], stack.people.iter().copied());
            }
        }
    }
    for ((at, key, schedule, closed_at, closed, day), touched) in tally.mistakes() {
        let message = format!(
            "on holidays, {day} first, the key {} opens {} to {} by {}, though {} is closed then",
            context.key(key),
            context.doors(&touched.doors),
            context.people(&touched.people),
            context.hours_of(Some(schedule)),
            context.key(closed),
        );
        let object = format!("{}, {}", context.key_object(key), context.key_object(closed));
        found.push(
            found
                .about(object, at, message)
                .help(format!(
                    "write `holidays: closed` in the schedule {}, or give these people one of the two keys",
                    context.hours_of(Some(schedule))
                ))
                .related(closed_at, "closed on holidays"),
        );
    }
}

/// The first holiday on which one schedule closes what another, that knows no holidays, leaves open.
fn first_gap(context: &Context<'_>, closes: ScheduleId, ignores: ScheduleId) -> Option<Day> {
    let holidays = |id: ScheduleId| &context.property.schedules[id.index()].hours.holidays;
    if holidays(closes).is_none() || holidays(ignores).is_some() {
        return None;
    }
    let usually = context.ordinary_weeks(Some(closes));
    let (closes, ignores) = (context.times(Some(closes)), context.times(Some(ignores)));
    context.holidays_ahead().find(|day| {
        let lost = usually.on(*day).difference(&closes.on(*day));
        !lost.intersection(&ignores.on(*day)).is_empty()
    })
}
