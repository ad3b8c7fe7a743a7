//! Days, minutes and intervals of local time.

use std::fmt;

use chrono::{Datelike, NaiveDate};

const MINUTES_OF_DAY: i32 = 1440;
/// Days from 0001-01-01 (day 1 of chrono's common era) to 1970-01-01.
const EPOCH: i32 = 719_163;

/// A date, as days since 1970-01-01. Years 1900 to 2999.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

/// Why a text is no date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateError {
    /// It has not the form of one.
    Malformed,
    /// No calendar has it.
    Nonexistent,
    /// Its year is before 1900 or after 2999.
    OutOfRange,
}

impl Day {
    /// The day of a date.
    #[must_use]
    pub fn of(date: NaiveDate) -> Self {
        Self(date.num_days_from_ce() - EPOCH)
    }

    /// Reads exactly `YYYY-MM-DD`.
    ///
    /// # Errors
    /// When the text has another form, the date does not exist, or its year is out of range.
    #[inline]
    pub fn parse(text: &str) -> Result<Self, DateError> {
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else {
            return Err(DateError::Malformed);
        };
        let number = |digits: &[&u8]| {
            digits.iter().try_fold(0i32, |sum, digit| {
                digit
                    .is_ascii_digit()
                    .then(|| sum * 10 + i32::from(**digit - b'0'))
                    .ok_or(DateError::Malformed)
            })
        };
        let (year, month, day) = (number(&[y1, y2, y3, y4])?, number(&[m1, m2])?, number(&[d1, d2])?);
        if !(1..=12).contains(&month) || day < 1 || day > days_of_month(year, month) {
            return Err(DateError::Nonexistent);
        }
        if !(1900..=2999).contains(&year) {
            return Err(DateError::OutOfRange);
        }
        Ok(Self(days_from_civil(year, month, day)))
    }

    /// The day of the week, 0 for Monday.
    #[must_use]
    pub const fn weekday(self) -> usize {
        // 1970-01-01 was a Thursday.
        (self.0 + 3).rem_euclid(7) as usize
    }

    /// Its first minute.
    #[must_use]
    pub const fn start(self) -> Minute {
        // Beyond what can be counted it is the last that can be.
        Minute(self.0.saturating_mul(MINUTES_OF_DAY))
    }

    /// The day after.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The day before.
    #[must_use]
    pub const fn previous(self) -> Self {
        Self(self.0 - 1)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.0);
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// A minute of local time, counted from 1970-01-01T00:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Minute(pub i32);

impl Minute {
    /// The day it is on.
    #[must_use]
    pub const fn day(self) -> Day {
        Day(self.0.div_euclid(MINUTES_OF_DAY))
    }

    /// Minutes since midnight.
    #[must_use]
    pub const fn of_day(self) -> u16 {
        self.0.rem_euclid(MINUTES_OF_DAY) as u16
    }

    /// Reads the first minute of a date, `2026-12-31`, or a date-time, `2026-12-31T18:00` or `2026-12-31 18:00`.
    ///
    /// # Errors
    /// As [`Day::parse`].
    #[inline]
    pub fn parse_start(text: &str) -> Result<Self, DateError> {
        if text.len() == 10 { Day::parse(text).map(Day::start) } else { Self::parse(text) }
    }

    /// Reads the minute after a date, which is inclusive, or a date-time, which is not.
    ///
    /// # Errors
    /// As [`Day::parse`].
    #[inline]
    pub fn parse_end(text: &str) -> Result<Self, DateError> {
        if text.len() == 10 { Day::parse(text).map(|day| day.next().start()) } else { Self::parse(text) }
    }

    fn parse(text: &str) -> Result<Self, DateError> {
        let (Some(date), [b'T' | b' ', h1, h2, b':', m1, m2]) =
            (text.get(..10), text.as_bytes().get(10..).unwrap_or_default())
        else {
            return Err(DateError::Malformed);
        };
        if ![h1, h2, m1, m2].into_iter().all(u8::is_ascii_digit) {
            return Err(DateError::Malformed);
        }
        let two = |a: &u8, b: &u8| i32::from(a - b'0') * 10 + i32::from(b - b'0');
        let (hours, minutes) = (two(h1, h2), two(m1, m2));
        let day = Day::parse(date)?;
        if minutes > 59 || hours > 24 || hours == 24 && minutes > 0 {
            return Err(DateError::Nonexistent);
        }
        Ok(Self(day.start().0 + hours * 60 + minutes))
    }
}

impl fmt::Display for Minute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}T{:02}:{:02}", self.day(), self.of_day() / 60, self.of_day() % 60)
    }
}

/// Local time from one minute to another, half-open, without bound where an end is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    from: i32,
    until: i32,
}

impl Default for Interval {
    fn default() -> Self {
        Self::ALWAYS
    }
}

impl Interval {
    /// All time.
    pub const ALWAYS: Self = Self { from: i32::MIN, until: i32::MAX };
    /// No time.
    pub const NEVER: Self = Self { from: 0, until: 0 };

    /// From a minute until another, each missing for no bound. Ends that cross give an empty interval.
    #[must_use]
    pub fn new(from: Option<Minute>, until: Option<Minute>) -> Self {
        Self {
            from: from.map_or(i32::MIN, |minute| minute.0),
            until: until.map_or(i32::MAX, |minute| minute.0),
        }
    }

    /// One whole day.
    #[must_use]
    pub fn of_day(day: Day) -> Self {
        Self::new(Some(day.start()), Some(day.next().start()))
    }

    /// The first minute; `None` without bound.
    #[must_use]
    pub fn from(self) -> Option<Minute> {
        (self.from != i32::MIN).then_some(Minute(self.from))
    }

    /// The minute after the last; `None` without bound.
    #[must_use]
    pub fn until(self) -> Option<Minute> {
        (self.until != i32::MAX).then_some(Minute(self.until))
    }

    /// Whether no minute is in it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.from >= self.until
    }

    /// Whether a minute is in it.
    #[must_use]
    pub fn contains(self, minute: Minute) -> bool {
        (self.from..self.until).contains(&minute.0)
    }

    /// What is in both.
    #[must_use]
    pub fn intersect(self, other: Self) -> Self {
        Self { from: self.from.max(other.from), until: self.until.min(other.until) }
    }
}

const fn days_of_month(year: i32, month: i32) -> i32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date of the Gregorian calendar. A year here begins in March, so that the leap day is
/// its last.
const fn days_from_civil(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i32) -> (i32, u32, u32) {
    // Every day that can be made lies within chrono's range of 262,000 years.
    NaiveDate::from_num_days_from_ce_opt(days + EPOCH)
        .map_or((0, 0, 0), |date| (date.year(), date.month(), date.day()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_eleven_centuries_is_the_calendars() {
        let mut date = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap();
        let mut days = 0;
        while date.year() < 3000 {
            let text = date.format("%Y-%m-%d").to_string();
            let day = Day::parse(&text).unwrap();
            assert_eq!(day, Day::of(date), "{text}");
            assert_eq!(day.to_string(), text);
            assert_eq!(day.weekday(), date.weekday().num_days_from_monday() as usize);
            date = date.succ_opt().unwrap();
            days += 1;
        }
        println!("compared {days} days");
    }

    #[test]
    fn flaws_are_told_apart() {
        for (text, error) in [
            ("2026-02-30", DateError::Nonexistent),
            ("2026-13-01", DateError::Nonexistent),
            ("1899-01-01", DateError::OutOfRange),
            ("9999-12-31", DateError::OutOfRange),
            ("2026-1-1", DateError::Malformed),
            ("31.12.2026", DateError::Malformed),
            ("2026-12-3x", DateError::Malformed),
            ("", DateError::Malformed),
        ] {
            assert_eq!(Day::parse(text), Err(error), "{text}");
        }
        assert_eq!(Minute::parse_start("2026-12-31T25:00"), Err(DateError::Nonexistent));
        assert_eq!(Minute::parse_start("2026-12-31T1:00"), Err(DateError::Malformed));
        assert_eq!(Minute::parse_start("2026-12-3ü"), Err(DateError::Malformed));
    }

    #[test]
    fn dates_are_inclusive_and_date_times_are_not() {
        let shown = |minute: Result<Minute, DateError>| minute.unwrap().to_string();
        assert_eq!(shown(Minute::parse_start("2026-12-31")), "2026-12-31T00:00");
        assert_eq!(shown(Minute::parse_end("2026-12-31")), "2027-01-01T00:00");
        assert_eq!(shown(Minute::parse_end("2026-12-31 18:30")), "2026-12-31T18:30");
        assert_eq!(shown(Minute::parse_end("2026-12-31T24:00")), "2027-01-01T00:00");
    }

    #[test]
    fn intervals_are_half_open() {
        let year =
            Interval::new(Minute::parse_start("2026-01-01").ok(), Minute::parse_end("2026-12-31").ok());
        assert!(year.contains(Minute::parse_start("2026-12-31T23:59").unwrap()));
        assert!(!year.contains(Minute::parse_start("2027-01-01").unwrap()));
        assert!(year.intersect(Interval::new(Minute::parse_start("2027-01-01").ok(), None)).is_empty());
        assert!(Interval::NEVER.is_empty() && !Interval::ALWAYS.is_empty());
    }
}
