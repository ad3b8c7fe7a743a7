//! UHPPOTE controllers: time profiles 2 to 254 of three spans each, chained, and cards (`uhppoted-lib`, `set-time-profile`
//! and `put-card`).
//!
//! A card that names a profile that is not there opens at any time, so profiles come first. Dates are whole days: a bound
//! within a day is a profile of that day alone, with the spans that are left of it. A span ends with its last minute.

use serde_json::{Value, json};

use super::Lock;
use crate::time::{Day, Interval, Minute, Segment, TimeSet, Week, Windows};

/// The first number of a profile; 0 and 1 stand for never and always.
const FIRST: u32 = 2;
/// The last.
const LAST: u32 = 254;
/// Spans of a profile.
const SPANS: usize = 3;

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Whole days with one week.
struct Stretch {
    from: Option<Day>,
    /// Inclusive.
    to: Option<Day>,
    week: Week,
}

pub(super) fn commands(lock: Lock<'_>) -> Vec<Value> {
    let (mut profiles, mut cards) = (Vec::new(), Vec::new());
    let mut known: Vec<(u32, &[Segment])> = Vec::new();
    let mut next = FIRST;
    for entry in lock.entries {
        let segments = lock.segments(entry);
        let always =
            segments.iter().any(|one| one.weekly.is_always() && one.from.is_none() && one.until.is_none());
        let profile = if always {
            Some(1)
        } else if let Some((number, _)) = known.iter().find(|(_, same)| *same == segments) {
            Some(*number)
        } else {
            let chain = chain(segments);
            let fits = !chain.is_empty() && next + chain.len() as u32 - 1 <= LAST;
            fits.then(|| {
                let first = next;
                for (number, (stretch, days, spans)) in chain.iter().enumerate() {
                    let last = number + 1 == chain.len();
                    profiles.push(json!({"command": "set-time-profile", "profile": next,
                        "from": stretch.from.map_or("2000-01-01".into(), |day| day.to_string()),
                        "to": stretch.to.map_or("2099-12-31".into(), |day| day.to_string()),
                        "weekdays": days.iter().map(|day| DAYS[*day]).collect::<Vec<_>>(),
                        "segments": spans.iter().map(|(from, to)| json!([time(*from), time(to - 1)])).collect::<Vec<_>>(),
                        "linked": if last { Value::Null } else { json!(next + 1) }}));
                    next += 1;
                }
                known.push((first, segments));
                first
            })
        };
        let Some(profile) = profile else {
            // Without a profile the card would open at any time, or never; never is less.
            continue;
        };
        let (from, to) = bounds(segments);
        cards.push(json!({"command": "put-card", "card": {"person": entry.person}, "from": from, "to": to,
            "doors": {lock.door: profile},
            "PIN": if entry.held.ways.has_doorcode() { super::code_of(lock, entry) } else { json!(0) }}));
    }
    profiles.extend(cards);
    profiles
}

fn time(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// The first and the last day of a card.
fn bounds(segments: &[Segment]) -> (String, String) {
    let from = segments.first().and_then(|one| one.from).map(Minute::day);
    let to = segments.last().and_then(|one| one.until).map(|until| Minute(until.0 - 1).day());
    let text =
        |day: Option<Day>, furthest: &str| day.map_or_else(|| furthest.to_owned(), |day| day.to_string());
    (text(from, "2000-01-01"), text(to, "2099-12-31"))
}

/// The profiles of some segments: for each stretch of days, the days of the week with the same windows, three at a time.
#[allow(clippy::type_complexity, reason = "a profile as the controller has it: dates, days, spans")]
fn chain(segments: &[Segment]) -> Vec<(Stretch, Vec<usize>, Vec<(u16, u16)>)> {
    let mut chain = Vec::new();
    for stretch in segments.iter().flat_map(stretches) {
        let mut days: Vec<(Windows, Vec<usize>)> = Vec::new();
        for day in 0..7 {
            let windows = stretch.week.day(day);
            if windows.is_empty() {
                continue;
            }
            match days.iter_mut().find(|(known, _)| *known == windows) {
                Some((_, same)) => same.push(day),
                None => days.push((windows, vec![day])),
            }
        }
        for (windows, days) in days {
            for spans in windows.as_slice().chunks(SPANS) {
                let Stretch { from, to, ref week } = stretch;
                chain.push((Stretch { from, to, week: week.clone() }, days.clone(), spans.to_vec()));
            }
        }
    }
    chain
}

/// Whole days of a segment; a day that begins or ends within it is a stretch of its own.
fn stretches(segment: &Segment) -> Vec<Stretch> {
    let times = TimeSet::of_segments(std::slice::from_ref(segment));
    let one = |day: Day| Stretch {
        from: Some(day),
        to: Some(day),
        week: Week::of_day(day.weekday(), &times.on(day)),
    };
    let (mut stretches, mut interval) = (Vec::new(), segment.interval());
    if let Some(from) = interval.from().filter(|from| from.of_day() > 0) {
        stretches.push(one(from.day()));
        interval = interval.intersect(Interval::new(Some(from.day().next().start()), None));
    }
    if let Some(until) = interval.until().filter(|until| until.of_day() > 0 && !interval.is_empty()) {
        stretches.push(one(until.day()));
        interval = interval.intersect(Interval::new(None, Some(until.day().start())));
    }
    if !interval.is_empty() {
        let to = interval.until().map(|until| until.day().previous());
        stretches.push(Stretch { from: interval.from().map(Minute::day), to, week: segment.weekly.clone() });
    }
    stretches
}
