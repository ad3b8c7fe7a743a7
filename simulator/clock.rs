//! Local date-times as text, `2026-12-01T10:00`, which sort as they follow each other; and weekly windows.

use serde_json::Value;

/// The name of the weekday of a date.
fn weekday(date: &str) -> Option<&'static str> {
    let number = |from: usize, to: usize| date.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    // Sakamoto's method; 0 is Sunday.
    let shift = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4].get(usize::try_from(month - 1).ok()?)?;
    let year = if month < 3 { year - 1 } else { year };
    let index = (year + year / 4 - year / 100 + year / 400 + shift + day).rem_euclid(7);
    ["sun", "mon", "tue", "wed", "thu", "fri", "sat"].get(usize::try_from(index).ok()?).copied()
}

fn in_windows<'v>(windows: impl Iterator<Item = &'v Value>, time: &str) -> bool {
    windows.into_iter().any(|one| {
        one["from"].as_str().is_some_and(|from| from <= time)
            && one["to"].as_str().is_some_and(|to| time < to)
    })
}

/// Whether any of some segments is open at a date-time.
pub(crate) fn is_open(segments: &Value, at: &str) -> bool {
    let (Some(date), Some(time)) = (at.get(..10), at.get(11..16)) else { return false };
    let Some(weekday) = weekday(date) else { return false };
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    list(segments).iter().any(|segment| {
        let begun = segment["from"].as_str().is_none_or(|from| from <= at);
        let ended = segment["until"].as_str().is_some_and(|until| until <= at);
        if !begun || ended || list(&segment["holidays_closed"]).iter().any(|day| day == date) {
            return false;
        }
        let holidays = list(&segment["holidays"]);
        if holidays.iter().any(|window| window["day"] == date) {
            return in_windows(holidays.iter().filter(|window| window["day"] == date), time);
        }
        in_windows(list(&segment["weekly"]).iter().filter(|window| window["day"] == weekday), time)
    })
}
