//! When the clocks of a time zone change.

use chrono::{NaiveDate, NaiveTime, TimeZone};

use crate::time::Day;

/// An hour, or another stretch of a day, that clocks skip or repeat: minutes since midnight, half-open.
pub(super) struct Shift {
    pub(super) day: Day,
    pub(super) from: u16,
    pub(super) to: u16,
    pub(super) skipped: bool,
}

/// The changes of clocks in the year from a day on.
pub(super) fn shifts(zone: chrono_tz::Tz, from: Day) -> Vec<Shift> {
    let mut shifts = Vec::new();
    let offset = |date: NaiveDate| {
        let noon = date.and_time(NaiveTime::from_hms_opt(12, 0, 0)?);
        Some(chrono::Offset::fix(&zone.offset_from_local_datetime(&noon).earliest()?).local_minus_utc() / 60)
    };
    let date = |day: Day| {
        NaiveDate::from_ymd_opt(1970, 1, 1)?.checked_add_signed(chrono::TimeDelta::days(day.0.into()))
    };
    let mut last = date(from.previous()).and_then(offset);
    for number in 0..366 {
        let day = Day(from.0 + number);
        let now = date(day).and_then(offset);
        if let (Some(before), Some(after)) = (last, now)
            && before != after
            && let Some(shift) = date(day).and_then(|date| shift_on(zone, date, day, after - before))
        {
            shifts.push(shift);
        }
        last = now;
    }
    shifts
}

/// The skipped or repeated stretch of a date on which clocks change by so many minutes.
fn shift_on(zone: chrono_tz::Tz, date: NaiveDate, day: Day, by: i32) -> Option<Shift> {
    let kind = |minute: u32| {
        let time = NaiveTime::from_hms_opt(minute / 60, minute % 60, 0)?;
        Some(zone.offset_from_local_datetime(&date.and_time(time)))
    };
    let skipped = by > 0;
    let odd = |minute: &u32| match kind(*minute) {
        Some(chrono::LocalResult::None) => skipped,
        Some(chrono::LocalResult::Ambiguous(..)) => !skipped,
        _ => false,
    };
    let from = (0..1440).find(odd)?;
    let to = (from..1440).find(|minute| !odd(minute)).unwrap_or(1440);
    Some(Shift { day, from: from as u16, to: to as u16, skipped })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_change_twice_a_year_in_new_york() {
        let shifts = shifts(chrono_tz::America::New_York, Day::parse("2026-11-23").unwrap());
        let told: Vec<_> = shifts.iter().map(|s| (s.day.to_string(), s.from, s.to, s.skipped)).collect();
        assert_eq!(told, [("2027-03-14".into(), 120, 180, true), ("2027-11-07".into(), 60, 120, false)]);
    }

    #[test]
    fn clocks_never_change_in_phoenix() {
        assert!(shifts(chrono_tz::America::Phoenix, Day::parse("2026-11-23").unwrap()).is_empty());
    }
}
