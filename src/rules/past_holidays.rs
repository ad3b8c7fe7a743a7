//! `past-holidays`

use super::context::Context;
use super::findings::Findings;

/// Days in which a holiday should come.
const YEAR: i32 = 365;

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    let property = context.property;
    let soon = |day: crate::time::Day| day.0 < property.as_of.0 + YEAR;
    if context.holidays_ahead().any(soon) {
        return;
    }
    let asking =
        property.schedules.iter().find(|schedule| schedule.used && schedule.hours.holidays.is_some());
    let last = property.holidays.iter().rev().find(|holiday| holiday.day < property.as_of);
    let (at, message) = match (last, asking) {
        (Some(last), _) => (last.span, format!("no holiday is left: the last one was {}", last.day)),
        (None, Some(schedule)) => (
            schedule.written[7].unwrap_or(schedule.id),
            format!(
                "the schedule {} asks for holidays, and none is listed for the coming year",
                context.quoted(schedule.id)
            ),
        ),
        (None, None) => return,
    };
    found.push(
        found
            .about("holidays", at, message)
            .help("list the holidays of the coming year under `holidays:`, as `2027-01-01: New Year's Day`"),
    );
}
