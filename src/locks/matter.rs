//! Programs as the schedules of a user of the Door Lock cluster of Matter, and back (Matter 1.2 Application Cluster
//! Specification, 5.2).
//!
//! Bit 0 of a set of days is Sunday. A week-day schedule runs to the end of its last minute, and a year-day schedule to its
//! last second, so that neither is written with the one after it. Moments are local, in seconds since 2000.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::slots::weekly;
use super::{Family, Program, Ways};
use crate::time::{Day, Interval, Minute, Segment, Week, Windows};

/// UserTypeEnum (5.2.6.18).
mod user_type {
    pub(super) const UNRESTRICTED: u8 = 0;
    pub(super) const YEAR_DAY: u8 = 1;
    pub(super) const WEEK_DAY: u8 = 2;
    /// Both a week-day and a year-day schedule must hold.
    pub(super) const SCHEDULE_RESTRICTED: u8 = 8;
}

/// The first and the last second that stand for no bound: those of 2000 and of 2099.
const UNBOUND: (u32, u32) = (0, 36_525 * 86_400 - 1);
/// Users have names of so many bytes.
const NAME: usize = 10;

/// A window on some days of the week, as SetWeekDaySchedule takes it.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WeekDay {
    /// DaysMaskMap.
    pub days_mask: u8,
    /// Of its first minute.
    pub start_hour: u8,
    /// Of its first minute.
    pub start_minute: u8,
    /// Of its last minute.
    pub end_hour: u8,
    /// Of its last minute.
    pub end_minute: u8,
}

/// A span of dates, as SetYearDaySchedule takes it.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct YearDay {
    /// The first second.
    pub local_start_time: u32,
    /// The last one.
    pub local_end_time: u32,
}

/// What a user of a lock has for a program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedules {
    /// Which of the schedules count (UserTypeEnum).
    pub user_type: u8,
    /// The week-day schedules.
    pub week_days: Vec<WeekDay>,
    /// The year-day schedules.
    pub year_days: Vec<YearDay>,
}

/// Whether schedules of a kind count for a type of user: week-day, and year-day ones.
#[must_use]
pub const fn counts(user_type: u8) -> (bool, bool) {
    match user_type {
        user_type::YEAR_DAY => (false, true),
        user_type::WEEK_DAY => (true, false),
        user_type::SCHEDULE_RESTRICTED => (true, true),
        _ => (false, false),
    }
}

/// The schedules of a program.
///
/// # Errors
/// What of it no user can have: two weeks, hours on holidays, dates beyond the century.
pub fn written(program: &Program) -> Result<Schedules, String> {
    let Some(first) = program.0.first() else { return Err("nothing would be open".to_owned()) };
    let plain = |one: &Segment| one.holidays.is_empty() && one.holidays_closed.is_empty();
    if program.0.iter().any(|one| one.weekly != first.weekly || !plain(one)) {
        return Err("a user of the lock has one week, and none for holidays".to_owned());
    }
    let mut schedules = Schedules::default();
    for slot in weekly(&first.weekly, &Family::Matter.limits()) {
        let end = slot.from + slot.minutes - 1;
        if end == slot.from {
            return Err("a window of the lock ends after the minute that it starts with".to_owned());
        }
        schedules.week_days.push(WeekDay {
            days_mask: slot.days << 1 & 0x7e | slot.days >> 6 & 1,
            start_hour: (slot.from / 60) as u8,
            start_minute: (slot.from % 60) as u8,
            end_hour: (end / 60) as u8,
            end_minute: (end % 60) as u8,
        });
    }
    if program.0.iter().all(|one| one.from.is_some() || one.until.is_some()) {
        for one in &program.0 {
            let start = one.from.map_or(Ok(UNBOUND.0), seconds)?;
            let end =
                one.until.map_or(Ok(UNBOUND.1), |until| seconds(until).map(|end| end.saturating_sub(1)))?;
            schedules.year_days.push(YearDay { local_start_time: start, local_end_time: end });
        }
    }
    schedules.user_type = match (schedules.week_days.is_empty(), schedules.year_days.is_empty()) {
        (true, true) => user_type::UNRESTRICTED,
        (true, false) => user_type::YEAR_DAY,
        (false, true) => user_type::WEEK_DAY,
        (false, false) => user_type::SCHEDULE_RESTRICTED,
    };
    Ok(schedules)
}

/// The program of some schedules, to the minute; `None` for a user of a type that keyplan does not write.
#[must_use]
pub fn read(schedules: &Schedules) -> Option<Program> {
    let (by_week, by_year) = counts(schedules.user_type);
    if !by_week && !by_year && schedules.user_type != user_type::UNRESTRICTED {
        return None;
    }
    let week = if by_week { week_of(&schedules.week_days) } else { Week::always() };
    let dates: Vec<Interval> = match by_year {
        false => vec![Interval::ALWAYS],
        true => schedules.year_days.iter().map(interval).collect(),
    };
    let mut segments: Vec<Segment> = dates
        .into_iter()
        .map(|dates| Segment { weekly: week.clone(), ..Segment::every_minute(dates) })
        .collect();
    segments.sort_by_key(|segment| segment.from);
    Some(Program(segments))
}

fn week_of(week_days: &[WeekDay]) -> Week {
    let day = |number: usize| {
        // Monday is our day 0, and Sunday bit 0 of theirs.
        let bit = 1u8 << ((number + 1) % 7);
        let windows = week_days.iter().filter(|one| one.days_mask & bit != 0).map(|one| {
            let minute = |hour: u8, minute: u8| u16::from(hour) * 60 + u16::from(minute);
            let from = minute(one.start_hour, one.start_minute);
            (from, (minute(one.end_hour, one.end_minute) + 1).min(1440))
        });
        Windows::new(windows.filter(|(from, to)| from < to).collect())
    };
    Week::of_days(&std::array::from_fn(day))
}

fn interval(one: &YearDay) -> Interval {
    let from = (one.local_start_time > UNBOUND.0).then(|| minute(one.local_start_time.div_ceil(60)));
    let until = (one.local_end_time < UNBOUND.1).then(|| minute((one.local_end_time + 1) / 60));
    Interval::new(from, until)
}

fn minute(since: u32) -> Minute {
    // At most a hundredth of what fits.
    Minute(start_of_century().0 + since as i32)
}

fn seconds(minute: Minute) -> Result<u32, String> {
    let since = i64::from(minute.0) - i64::from(start_of_century().0);
    let seconds = u32::try_from(since * 60).ok().filter(|seconds| *seconds < UNBOUND.1);
    seconds.ok_or_else(|| format!("{minute} is beyond the dates of the lock"))
}

const fn start_of_century() -> Minute {
    // 2000-01-01, in days since 1970-01-01.
    Day(10_957).start()
}

/// What a user is called: the beginning of the person's id, since a lock takes no more.
#[must_use]
pub fn name(person: &str) -> String {
    person
        .chars()
        .scan(0, |bytes, letter| {
            *bytes += letter.len_utf8();
            (*bytes <= NAME).then_some(letter)
        })
        .collect()
}

/// The number by which a user is known as keyplan's own (UserUniqueID): most of it stands for the person, the rest for what
/// the user is for, which a lock does not tell otherwise.
#[must_use]
pub fn mark(person: &str, ways: Ways) -> u32 {
    let digest = Sha256::digest(person.as_bytes());
    let number = digest.iter().take(4).fold(0u32, |number, byte| number << 8 | u32::from(*byte));
    number & !WAYS | u32::from(ways.bits())
}

/// The bits of a mark that stand for what the user is for.
const WAYS: u32 = 7;

/// Whether a mark is of a person.
#[must_use]
pub fn is_mark_of(mark_: u32, person: &str) -> bool {
    mark(person, Ways::default()) == mark_ & !WAYS
}

/// What a user with a mark is for.
#[must_use]
pub const fn ways_of(mark: u32) -> Ways {
    Ways::of_bits((mark & WAYS) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Capability;

    fn segment(from: Option<&str>, until: Option<&str>, hours: &[(usize, u16, u16)]) -> Segment {
        let minute = |text: &str| Minute::parse_start(text).unwrap();
        let dates = Interval::new(from.map(minute), until.map(minute));
        let mut days: [Windows; 7] = Default::default();
        for (day, from, to) in hours {
            days[*day] = days[*day].union(&Windows::one(*from, *to));
        }
        let weekly = if hours.is_empty() { Week::always() } else { Week::of_days(&days) };
        Segment { weekly, ..Segment::every_minute(dates) }
    }

    #[test]
    fn a_program_comes_back_from_its_schedules_as_it_was() {
        let dates = [(None, None), (Some("2026-12-01"), None), (None, Some("2027-03-14T02:30"))];
        let hours: [&[(usize, u16, u16)]; 4] = [
            &[],
            &[(0, 480, 1080)],
            &[(0, 480, 1080), (6, 0, 1440), (6, 0, 1440)],
            &[(5, 1320, 1440), (6, 0, 120)],
        ];
        for (from, until) in dates {
            for hours in hours {
                let program = Program(vec![segment(from, until, hours)]);
                assert_eq!(read(&written(&program).unwrap()), Some(program));
            }
        }
        let spans = Program(vec![
            segment(Some("2026-12-01"), Some("2026-12-08"), &[(0, 480, 1080)]),
            segment(Some("2027-12-01"), Some("2027-12-08"), &[(0, 480, 1080)]),
        ]);
        assert_eq!(read(&written(&spans).unwrap()), Some(spans));
    }

    #[test]
    fn schedules_end_with_their_last_minute_and_second() {
        let program =
            Program(vec![segment(Some("2026-12-01"), Some("2026-12-02"), &[(0, 480, 1080), (6, 0, 60)])]);
        let schedules = written(&program).unwrap();
        assert_eq!(schedules.user_type, 8, "both must hold");
        let monday = WeekDay { days_mask: 2, start_hour: 8, start_minute: 0, end_hour: 17, end_minute: 59 };
        let sunday = WeekDay { days_mask: 1, start_hour: 0, start_minute: 0, end_hour: 0, end_minute: 59 };
        assert_eq!(schedules.week_days, [monday, sunday]);
        // 9831 days after 2000-01-01.
        let start = 9_831 * 86_400;
        assert_eq!(
            schedules.year_days,
            [YearDay { local_start_time: start, local_end_time: start + 86_399 }]
        );
    }

    #[test]
    fn what_no_user_can_have_is_refused() {
        let two = Program(vec![
            segment(None, Some("2027-01-01"), &[(0, 0, 60)]),
            segment(Some("2027-01-01"), None, &[]),
        ]);
        assert!(written(&two).is_err());
        assert!(written(&Program::default()).is_err());
        assert!(written(&Program(vec![segment(Some("2101-01-01"), None, &[])])).is_err());
        assert!(written(&Program(vec![segment(Some("1999-12-31"), None, &[])])).is_err());
        assert_eq!(read(&Schedules { user_type: 7, ..Schedules::default() }), None);
    }

    #[test]
    fn a_mark_tells_whose_a_user_is_and_what_for() {
        let code = Ways::one(Capability::Doorcode);
        let anna = mark("anna", code);
        assert!(is_mark_of(anna, "anna") && !is_mark_of(anna, "annb"));
        assert_eq!(ways_of(anna), code);
        assert_eq!(name("anna-of-the-third-floor"), "anna-of-th");
        assert_eq!(name("žžžžžž"), "žžžžž");
    }
}
