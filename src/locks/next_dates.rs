//! Weekly hours for a lock that knows dates and no hours: the next window, as its dates, until a later run moves it on.

use super::{Fit, Program, Refusal, Verdict};
use crate::time::{Day, Interval, Minute, Segment, TimeSet};

/// So many days are looked at: every weekday of a year and every holiday in it has come by then.
const AHEAD: i32 = 400;
/// A window without an end in sight ends on a day that moves on by so many.
const STEP: i32 = 180;
const DAY: u16 = 1440;

/// The window that is on today or begins next, and the day on which the one after it can be written.
///
/// Keyplan knows days and not hours: a second window on the day on which the first ends could only be written too late.
pub(super) fn fit(times: &TimeSet, today: Day) -> Fit {
    let days = || (0..AHEAD).map(|number| Day(today.0 + number));
    if days().any(|day| times.on(day).as_slice().len() > 1) {
        return Fit { programs: Vec::new(), verdict: Verdict::Refused(Refusal::OneAtATime) };
    }
    let mut window: Option<(Minute, Minute)> = None;
    for day in days() {
        let start = day.start().0;
        let open = times.on(day);
        let piece = open.as_slice().first().map(|(from, to)| (*from, *to));
        match (&mut window, piece) {
            (None, Some((from, to))) => {
                window = Some((Minute(start + i32::from(from)), Minute(start + i32::from(to))));
            }
            // It runs on past midnight.
            (Some((_, until)), Some((0, to))) if until.0 == start => until.0 += i32::from(to),
            (Some(_), _) => break,
            (None, None) => {}
        }
        if piece.is_none_or(|(_, to)| to < DAY) && window.is_some() {
            break;
        }
    }
    let Some((from, mut until)) = window else {
        // Whatever comes later than that is looked at when it comes nearer.
        let later = times.next_open(today.start()).map(Minute::day);
        return Fit { programs: Vec::new(), verdict: later.map_or(Verdict::Exact, Verdict::NeedsApply) };
    };
    let last = today.0 + AHEAD;
    if until.day().0 >= last {
        // No end in sight. One that stays the same for months is not written anew each day.
        until = Day(last - last.rem_euclid(STEP)).start();
    }
    let begun = from <= today.start();
    let dates = Interval::new((!begun).then_some(from), Some(until));
    // The first day that begins when the window is over.
    let after = if until.of_day() == 0 { until.day() } else { until.day().next() };
    let verdict = match times.next_open(until) {
        Some(_) => Verdict::NeedsApply(after),
        None => Verdict::Exact,
    };
    Fit { programs: vec![Program(vec![Segment::every_minute(dates)])], verdict }
}
