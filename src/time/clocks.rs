//! When the clocks of a time zone change.

use chrono::{DateTime, LocalResult, NaiveDate, NaiveTime, TimeDelta, TimeZone, Timelike, Utc};

use super::{Day, Interval, Minute, TimeSet};

const MINUTES_OF_DAY: u16 = 1440;

/// An hour, or another stretch of a day, that clocks skip or repeat: minutes since midnight, half-open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    /// The date.
    pub day: Day,
    /// The first minute.
    pub from: u16,
    /// The minute after the last.
    pub to: u16,
    /// Whether the minutes never come; else they come twice.
    pub skipped: bool,
}

impl Shift {
    /// The minutes as time.
    #[must_use]
    pub fn interval(&self) -> Interval {
        let at = |minute: u16| Some(Minute(self.day.start().0 + i32::from(minute)));
        Interval::new(at(self.from), at(self.to))
    }
}

/// The stretch of skipped minutes that a minute lies in; `None` for a minute that comes.
#[must_use]
pub fn skipped(zone: chrono_tz::Tz, minute: Minute) -> Option<Shift> {
    let (day, of_day) = (date(minute.day())?, u32::from(minute.of_day()));
    let wall = day.and_time(NaiveTime::from_hms_opt(of_day / 60, of_day % 60, 0)?);
    if !matches!(zone.offset_from_local_datetime(&wall), LocalResult::None) {
        return None;
    }
    shifts(zone, minute.day(), 1).into_iter().find(|shift| shift.skipped && shift.interval().contains(minute))
}

/// Whether clocks ever show a minute of a set.
#[must_use]
pub fn is_ever_shown(zone: chrono_tz::Tz, set: &TimeSet) -> bool {
    match set.start() {
        Some(start) => first_shown(zone, set, start).is_some(),
        // What has no beginning has whole days.
        None => !set.is_empty(),
    }
}

/// The first minute of a set, from a minute on, that clocks show.
#[must_use]
pub fn first_shown(zone: chrono_tz::Tz, set: &TimeSet, from: Minute) -> Option<Minute> {
    let mut minute = set.next_open(from)?;
    // Clocks skip an hour at most twice a year, so that each step past one comes to whole days.
    while let Some(until) = skipped(zone, minute).and_then(|shift| shift.interval().until()) {
        minute = set.next_open(until)?;
    }
    Some(minute)
}

/// The first and the last moment at which clocks show a minute; for one that they skip, twice the moment at which they do.
/// `None` beyond the years that can be counted.
#[must_use]
pub fn moments(zone: chrono_tz::Tz, minute: Minute) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let wall = date(minute.day())?.and_time(NaiveTime::MIN) + TimeDelta::minutes(minute.of_day().into());
    let utc = |moment: DateTime<chrono_tz::Tz>| moment.with_timezone(&Utc);
    match zone.from_local_datetime(&wall) {
        LocalResult::Single(moment) => Some((utc(moment), utc(moment))),
        LocalResult::Ambiguous(first, last) => Some((utc(first), utc(last))),
        LocalResult::None => {
            let after = skipped(zone, minute)?.interval().until()?;
            // A stretch that is skipped ends with a minute that comes.
            moments(zone, after)
        }
    }
}

/// The minute that clocks show at a moment. Where they skip an hour at midnight it is midnight, which begins the day.
#[must_use]
pub fn shown(zone: chrono_tz::Tz, moment: DateTime<Utc>) -> Minute {
    let minute = |moment: DateTime<Utc>| {
        let wall = moment.with_timezone(&zone).naive_local();
        let of_day = i32::try_from(wall.time().num_seconds_from_midnight() / 60).unwrap_or_default();
        Minute(Day::of(wall.date()).start().0 + of_day)
    };
    let now = minute(moment);
    let before = minute(moment - TimeDelta::minutes(1));
    if before.0 + 1 < now.0 && before.of_day() == MINUTES_OF_DAY - 1 { Minute(before.0 + 1) } else { now }
}

fn date(day: Day) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(1970, 1, 1)?.checked_add_signed(chrono::TimeDelta::days(day.0.into()))
}

/// The changes of clocks in so many days from a day on.
#[must_use]
pub fn shifts(zone: chrono_tz::Tz, from: Day, days: i32) -> Vec<Shift> {
    let mut shifts = Vec::new();
    let offset = |date: NaiveDate| {
        let noon = date.and_time(NaiveTime::from_hms_opt(12, 0, 0)?);
        Some(chrono::Offset::fix(&zone.offset_from_local_datetime(&noon).earliest()?).local_minus_utc() / 60)
    };
    let mut last = date(from.previous()).and_then(offset);
    for number in 0..days {
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
        Some(LocalResult::None) => skipped,
        Some(LocalResult::Ambiguous(..)) => !skipped,
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
        let shifts = shifts(chrono_tz::America::New_York, Day::parse("2026-11-23").unwrap(), 366);
        let told: Vec<_> = shifts.iter().map(|s| (s.day.to_string(), s.from, s.to, s.skipped)).collect();
        assert_eq!(told, [("2027-03-14".into(), 120, 180, true), ("2027-11-07".into(), 60, 120, false)]);
    }

    #[test]
    fn what_never_comes_is_told_apart() {
        let zone = chrono_tz::America::New_York;
        let set = |from: &str, until: &str| {
            let at = |text: &str| Some(Minute::parse_start(text).unwrap());
            TimeSet::always().clip(Interval::new(at(from), at(until)))
        };
        assert!(!is_ever_shown(zone, &set("2027-03-14T02:00", "2027-03-14T03:00")));
        assert!(is_ever_shown(zone, &set("2027-03-14T02:30", "2027-03-14T03:30")));
        assert!(is_ever_shown(zone, &TimeSet::always()) && !is_ever_shown(zone, &TimeSet::never()));
        let first = first_shown(zone, &set("2027-03-14T02:30", "2027-03-14T03:30"), Minute(0));
        assert_eq!(first, Some(Minute::parse_start("2027-03-14T03:00").unwrap()));
    }

    #[test]
    fn clocks_never_change_in_phoenix() {
        assert!(shifts(chrono_tz::America::Phoenix, Day::parse("2026-11-23").unwrap(), 366).is_empty());
    }
}
