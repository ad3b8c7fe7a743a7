//! Programs as the dates of an access code of Seam, and back: moments in UTC, where a lock has local time.
//!
//! A code is ongoing, or it has a start and an end, both (Seam API reference, access codes). A code that has no end is
//! written with one that nobody will see, and one that has begun with the start of the day on which it is written.

use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use chrono_tz::Tz;

use super::Program;
use crate::time::clocks::{moments, shown};
use crate::time::{Day, Interval, Minute, Segment};

/// An end that stands for none, and the year from which an end is none.
const NEVER: (&str, i32) = ("2099-12-31T00:00:00.000Z", 2099);

/// The years that a moment can be of; what is beyond them nobody means.
const YEARS: std::ops::Range<i32> = 1901..2999;

/// What a code is called: whose it is, and which of the entries of its lock, since Seam numbers none. The form is one that
/// nobody gives to a code by chance, as they would `Apt #3`: what has it is ours to change and to delete.
#[must_use]
pub fn name(person: &str, slot: u32) -> String {
    format!("{person} (keyplan {slot})")
}

/// Whose code a name is, and which; `None` for a name that keyplan did not give.
#[must_use]
pub fn named(name: &str) -> Option<(&str, u32)> {
    let (person, slot) = name.strip_suffix(')')?.rsplit_once(" (keyplan ")?;
    let plain = !person.is_empty() && !slot.starts_with(['0', '+']);
    slot.parse().ok().filter(|_| plain).map(|slot| (person, slot))
}

/// When a code begins and ends, as RFC 3339 moments in UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dates {
    /// From.
    pub starts: String,
    /// Until.
    pub ends: String,
}

/// The dates of a program on the day on which it is written; `None` for a code that is ongoing.
///
/// # Errors
/// What of it no code can have: weekly hours, several windows, or a minute that clocks skip.
pub fn written(program: &Program, zone: Tz, today: Day) -> Result<Option<Dates>, String> {
    let [segment] = &program.0[..] else { return Err("a code has one window of dates".to_owned()) };
    if !segment.is_plain() {
        return Err("a code has no weekly hours".to_owned());
    }
    if segment.from.is_none() && segment.until.is_none() {
        return Ok(None);
    }
    let (starts_first, starts_last) =
        both(zone, segment.from.unwrap_or(today.start()), segment.from.is_some())?;
    let Some(until) = segment.until else {
        return Ok(Some(Dates { starts: text(starts_last), ends: NEVER.0.to_owned() }));
    };
    let (ends, _) = both(zone, until, true)?;
    // Of a minute that clocks show twice the narrower reading holds, as long as it leaves anything.
    let starts = if starts_last < ends && segment.from.is_some() { starts_last } else { starts_first };
    if starts >= ends && segment.from.is_some() {
        return Err("clocks never show it".to_owned());
    }
    Ok(Some(Dates { starts: text(starts), ends: text(ends) }))
}

/// The program of a code with such dates, to the minute; without bound where there is none.
///
/// # Errors
/// When they are no moments of these centuries.
pub fn read(starts: Option<&str>, ends: Option<&str>, zone: Tz) -> Result<Program, String> {
    let moment = |text: &str| {
        let told = DateTime::parse_from_rfc3339(text).map(|moment| moment.with_timezone(&Utc)).ok();
        told.filter(|moment| YEARS.contains(&moment.year()))
            .ok_or_else(|| "its dates cannot be read".to_owned())
    };
    let from = starts.map(moment).transpose()?.map(|starts| shown(zone, starts));
    let ends = ends.map(moment).transpose()?.filter(|ends| ends.year() < NEVER.1);
    let until = ends.map(|ends| shown(zone, ends));
    Ok(Program(vec![Segment::every_minute(Interval::new(from, until))]))
}

/// The moments at which clocks show a minute. One that they would not tell again is refused: it could not be compared.
fn both(zone: Tz, minute: Minute, exactly: bool) -> Result<(DateTime<Utc>, DateTime<Utc>), String> {
    let (first, last) = moments(zone, minute).ok_or_else(|| format!("{minute} is no time"))?;
    let told = shown(zone, first);
    if exactly && told != minute {
        return Err(format!("clocks skip {minute}; write {told}"));
    }
    Ok((first, last))
}

fn text(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(from: Option<&str>, until: Option<&str>) -> Program {
        let minute = |text: &str| Minute::parse_start(text).unwrap();
        Program(vec![Segment::every_minute(Interval::new(from.map(minute), until.map(minute)))])
    }

    #[test]
    fn a_program_comes_back_from_its_dates_as_it_was() {
        let today = Day::parse("2026-11-24").unwrap();
        let mut tried = 0;
        for zone in [chrono_tz::America::New_York, chrono_tz::Africa::Cairo, chrono_tz::Asia::Kolkata] {
            for hours in (0..24 * 400).step_by(7) {
                let from = Minute(today.start().0 + hours * 60);
                let until = Minute(from.0 + 90 + hours);
                for (from, until) in [(Some(from), Some(until)), (Some(from), None), (None, None)] {
                    let program = Program(vec![Segment::every_minute(Interval::new(from, until))]);
                    let Ok(dates) = written(&program, zone, today) else { continue };
                    let (starts, ends) = dates.as_ref().map(|dates| (&*dates.starts, &*dates.ends)).unzip();
                    assert_eq!(read(starts, ends, zone).unwrap(), program, "{zone} {dates:?}");
                    tried += 1;
                }
            }
        }
        assert!(tried > 12_000, "{tried}");
    }

    #[test]
    fn dates_are_moments_of_the_property_and_never_wider() {
        let (zone, today) = (chrono_tz::America::New_York, Day::parse("2026-11-24").unwrap());
        let dates = |from, until| written(&program(from, until), zone, today);
        let told = |dates: Result<Option<Dates>, String>| {
            let dates = dates.unwrap().unwrap();
            format!("{} {}", dates.starts, dates.ends)
        };
        assert_eq!(dates(None, None), Ok(None));
        let summer = told(dates(Some("2027-07-01"), Some("2027-07-08T11:00")));
        assert_eq!(summer, "2027-07-01T04:00:00.000Z 2027-07-08T15:00:00.000Z");
        assert_eq!(
            told(dates(None, Some("2026-12-01"))),
            "2026-11-24T05:00:00.000Z 2026-12-01T05:00:00.000Z"
        );
        assert_eq!(
            told(dates(Some("2026-12-01"), None)),
            "2026-12-01T05:00:00.000Z 2099-12-31T00:00:00.000Z"
        );
        // On 2027-11-07 clocks show 01:30 twice: it begins at the later, and ends at the earlier one.
        let repeated = told(dates(Some("2027-11-07T01:30"), Some("2027-11-07T12:00")));
        assert_eq!(repeated, "2027-11-07T06:30:00.000Z 2027-11-07T17:00:00.000Z");
        let both = told(dates(Some("2027-11-07T01:10"), Some("2027-11-07T01:30")));
        assert_eq!(both, "2027-11-07T05:10:00.000Z 2027-11-07T05:30:00.000Z");
        // On 2027-03-14 clocks skip 02:00 to 03:00.
        let skipped = dates(Some("2027-03-14T02:30"), None);
        assert_eq!(skipped, Err("clocks skip 2027-03-14T02:30; write 2027-03-14T03:00".into()));
    }

    #[test]
    fn a_name_is_ours_only_in_our_own_form() {
        assert_eq!(named(&name("anna", 3)), Some(("anna", 3)));
        for others in ["Apt #3", "anna", "anna (3)", "anna (keyplan 03)", " (keyplan 3", "anna (keyplan 3) "]
        {
            assert_eq!(named(others), None, "{others}");
        }
    }

    #[test]
    fn what_no_code_can_have_is_refused() {
        let (zone, today) = (chrono_tz::UTC, Day::parse("2026-11-24").unwrap());
        let mut hours = program(None, None);
        hours.0[0].weekly = crate::time::Week::never();
        assert!(written(&hours, zone, today).is_err());
        let twice = Program([hours.0, program(None, None).0].concat());
        assert!(written(&twice, zone, today).is_err());
        assert!(read(Some("soon"), Some("late"), zone).is_err());
    }

    #[test]
    fn dates_that_are_open_at_an_end_or_beyond_all_years_are_not_taken_for_others() {
        let zone = chrono_tz::Europe::Berlin;
        let read = |starts, ends| read(starts, ends, zone);
        let until = program(None, Some("2026-12-01"));
        assert_eq!(read(None, Some("2026-11-30T23:00:00Z")), Ok(until));
        let from = program(Some("2026-12-01"), None);
        assert_eq!(read(Some("2026-11-30T23:00:00Z"), None), Ok(from));
        for beyond in
            ["9999-06-01T00:00:00Z", "2999-12-31T23:59:59Z", "0000-01-01T00:00:00Z", "1900-01-01T00:00:00Z"]
        {
            assert!(read(Some(beyond), Some("2026-11-30T23:00:00Z")).is_err(), "{beyond}");
            assert!(read(Some("2026-11-30T23:00:00Z"), Some(beyond)).is_err(), "{beyond}");
        }
    }
}
