//! Segments as every JSON document has them.

use serde::Serialize;

use super::hours;
use crate::time::{Day, Minute, Segment, TimeSet};

#[derive(Serialize)]
pub(super) struct WireSegment {
    from: Option<String>,
    until: Option<String>,
    weekly: Vec<WireWindow>,
    holidays: Vec<WireWindow>,
    holidays_closed: Vec<String>,
}

#[derive(Serialize)]
struct WireWindow {
    day: String,
    from: String,
    to: String,
}

/// All segments of a set of minutes.
pub(super) fn all(times: &TimeSet, holidays: &[Day]) -> Vec<WireSegment> {
    times.segments(holidays).iter().map(wire).collect()
}

pub(super) fn wire(segment: &Segment) -> WireSegment {
    let moment = |minute: &Option<Minute>| minute.map(|minute| minute.to_string());
    let Segment { from, until, weekly, holidays, holidays_closed } = segment;
    let window = |day: String, (from, to): &(u16, u16)| WireWindow {
        day,
        from: hours::time(*from),
        to: hours::time(*to),
    };
    WireSegment {
        from: moment(from),
        until: moment(until),
        weekly: (0..7)
            .flat_map(|day| {
                let windows = weekly.day(day);
                let each = windows.as_slice().iter().map(|one| window(hours::day(day).to_owned(), one));
                each.collect::<Vec<_>>()
            })
            .collect(),
        holidays: holidays
            .iter()
            .flat_map(|(day, open)| open.as_slice().iter().map(|one| window(day.to_string(), one)))
            .collect(),
        holidays_closed: holidays_closed.iter().map(ToString::to_string).collect(),
    }
}
