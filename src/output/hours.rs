//! Weekly windows in words: `mon-thu 06:00-22:00; sat 10:00-12:00 13:00-18:00`.

use crate::time::{DAYS, Segment, Week, Windows};

/// The name of a day, 0 for Monday.
pub(super) fn day(index: usize) -> &'static str {
    DAYS[index % 7]
}

/// A minute of the day, `24:00` for its end.
pub(super) fn time(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// The windows of a day, with a blank between them.
pub(super) fn windows(windows: &Windows) -> String {
    let each = windows.as_slice().iter().map(|(from, to)| format!("{}-{}", time(*from), time(*to)));
    each.collect::<Vec<_>>().join(" ")
}

/// A week: `always`, `never`, or the days that are alike together.
pub(super) fn week(week: &Week) -> String {
    if week.is_always() {
        return "always".into();
    }
    if week.is_empty() {
        return "never".into();
    }
    let days: [Windows; 7] = std::array::from_fn(|day| week.day(day));
    let mut parts = Vec::new();
    let mut first = 0;
    while first < 7 {
        let mut last = first;
        while last + 1 < 7 && days[last + 1] == days[first] {
            last += 1;
        }
        if !days[first].is_empty() {
            let name = match (first, last) {
                (0, 6) => "daily".to_owned(),
                _ if first == last => DAYS[first].to_owned(),
                _ => format!("{}-{}", DAYS[first], DAYS[last]),
            };
            parts.push(format!("{name} {}", windows(&days[first])));
        }
        first = last + 1;
    }
    parts.join("; ")
}

/// The holidays of a segment: `2026-12-25 10:00-18:00; 2027-01-01 closed`.
pub(super) fn holidays(segment: &Segment) -> String {
    let open = segment.holidays.iter().map(|(day, open)| (*day, windows(open)));
    let closed = segment.holidays_closed.iter().map(|day| (*day, "closed".to_owned()));
    let mut all: Vec<_> = open.chain(closed).collect();
    all.sort();
    all.into_iter().map(|(day, text)| format!("{day} {text}")).collect::<Vec<_>>().join("; ")
}
