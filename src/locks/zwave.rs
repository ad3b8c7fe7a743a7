//! Programs as the slots of the Schedule Entry Lock command class of Z-Wave, and back; slots are the objects that Z-Wave JS
//! takes (`ScheduleEntryLockCC` of zwave-js).
//!
//! Sunday is day 0. The minute that a window stops at still belongs to it for some locks, so that the last minute is
//! written, never the one after it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::matter::mark;
use super::slots::{WeekSlot, weekly};
use super::{Family, Program, Ways};
use crate::time::{Day, Interval, Minute, Segment, Week, Windows};

/// Years are counted from this one, in one byte: a year in full comes back as another.
const EPOCH: i32 = 2000;
/// Dates without bound are written as the first and the last of these years; nothing later can be told.
const YEARS: (i32, i32) = (0, 99);

/// What stands before the number of a person in a name that is cut.
const CUT: char = '#';
/// Letters of such a number, and of what stands before it.
const NUMBER: usize = 9;

/// How many slots a lock has for each holder.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Slots {
    /// Of one weekday each.
    pub num_week_day_slots: u32,
    /// From one minute to another, whatever the weekday.
    pub num_year_day_slots: u32,
    /// Of a set of days and a duration; a lock that is older than these does not tell.
    #[serde(default)]
    pub num_daily_repeating_slots: u32,
}

/// A kind of slot, with the names of its calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One weekday.
    WeekDay,
    /// A set of days, with a duration.
    DailyRepeating,
    /// From one minute to another.
    YearDay,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::WeekDay, Self::DailyRepeating, Self::YearDay];

    /// The call that reads a slot.
    #[must_use]
    pub const fn getter(self) -> &'static str {
        match self {
            Self::WeekDay => "getWeekDaySchedule",
            Self::DailyRepeating => "getDailyRepeatingSchedule",
            Self::YearDay => "getYearDaySchedule",
        }
    }

    /// The call that writes a slot, or erases it.
    #[must_use]
    pub const fn setter(self) -> &'static str {
        match self {
            Self::WeekDay => "setWeekDaySchedule",
            Self::DailyRepeating => "setDailyRepeatingSchedule",
            Self::YearDay => "setYearDaySchedule",
        }
    }

    /// How many of these a holder has.
    #[must_use]
    pub const fn count(self, slots: Slots) -> u32 {
        match self {
            Self::WeekDay => slots.num_week_day_slots,
            Self::DailyRepeating => slots.num_daily_repeating_slots,
            Self::YearDay => slots.num_year_day_slots,
        }
    }
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct WeekDay {
    weekday: u8,
    start_hour: u8,
    start_minute: u8,
    stop_hour: u8,
    stop_minute: u8,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct DailyRepeating {
    weekdays: Vec<u8>,
    start_hour: u8,
    start_minute: u8,
    duration_hour: u8,
    duration_minute: u8,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct YearDay {
    start_year: i32,
    start_month: u8,
    start_day: u8,
    start_hour: u8,
    start_minute: u8,
    stop_year: i32,
    stop_month: u8,
    stop_day: u8,
    stop_hour: u8,
    stop_minute: u8,
}

/// What a program is in the slots of a lock: which kind, and what each slot holds, from the first on. Nothing for a program
/// that is always.
///
/// # Errors
/// In words, when the lock has no such slots, or too few.
pub fn written(program: &Program, slots: Slots) -> Result<Option<(Kind, Vec<Value>)>, String> {
    let segments = &program.0;
    let plain = segments.iter().all(|one| one.holidays.is_empty() && one.holidays_closed.is_empty());
    let dated = segments.iter().any(|one| one.from.is_some() || one.until.is_some());
    let fits = |kind: Kind, values: Vec<Value>| {
        let (needed, has) = (values.len(), kind.count(slots) as usize);
        (needed <= has).then_some((kind, values)).ok_or_else(|| {
            format!("it needs {needed} {} slots for one holder, and the lock has {has}", word(kind))
        })
    };
    match segments.as_slice() {
        [] => Err("there are no hours to keep".into()),
        _ if !plain => Err("it keeps no holidays".into()),
        [one] if !dated && one.weekly.is_always() => Ok(None),
        [one] if !dated => {
            let days: Vec<Value> =
                weekly(&one.weekly, &Family::Zwave.limits()).iter().map(week_day).collect();
            // A slot of a weekday stops after the minute that it starts with.
            let is_long = |slot: &WeekSlot| slot.minutes > 1;
            let all_long = weekly(&one.weekly, &Family::Zwave.limits()).iter().all(is_long);
            if all_long && days.len() <= slots.num_week_day_slots as usize {
                return fits(Kind::WeekDay, days).map(Some);
            }
            let daily: Vec<Value> =
                weekly(&one.weekly, &Family::ZwaveDaily.limits()).iter().map(daily).collect();
            let kind = if slots.num_daily_repeating_slots > 0 { Kind::DailyRepeating } else { Kind::WeekDay };
            if kind == Kind::WeekDay && !all_long {
                return Err("a window of the lock stops after the minute that it starts with".into());
            }
            fits(kind, if kind == Kind::WeekDay { days } else { daily }).map(Some)
        }
        all if all.iter().any(|one| !is_in_years(one)) => Err("it keeps no dates after 2098".into()),
        all if all.iter().all(|one| one.weekly.is_always()) => {
            fits(Kind::YearDay, all.iter().map(|one| year_day(one.interval())).collect()).map(Some)
        }
        _ => Err("it keeps either hours or dates for one holder, not both".into()),
    }
}

/// Whether its dates are written as themselves: nothing ends in the year that stands for never.
fn is_in_years(segment: &Segment) -> bool {
    let last = Day::parse("2099-01-01").map(Day::start);
    [segment.from, segment.until].into_iter().flatten().all(|minute| last.is_ok_and(|last| minute <= last))
}

const fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::WeekDay => "week-day",
        Kind::DailyRepeating => "daily-repeating",
        Kind::YearDay => "year-day",
    }
}

fn week_day(slot: &WeekSlot) -> Value {
    let stop = slot.from + slot.minutes - 1;
    let weekday = (slot.days.trailing_zeros() as u8 + 1) % 7;
    json!(WeekDay {
        weekday,
        start_hour: (slot.from / 60) as u8,
        start_minute: (slot.from % 60) as u8,
        stop_hour: (stop / 60) as u8,
        stop_minute: (stop % 60) as u8,
    })
}

fn daily(slot: &WeekSlot) -> Value {
    let mut weekdays: Vec<u8> =
        (0..7u8).filter(|day| slot.days >> day & 1 == 1).map(|day| (day + 1) % 7).collect();
    weekdays.sort_unstable();
    json!(DailyRepeating {
        weekdays,
        start_hour: (slot.from / 60) as u8,
        start_minute: (slot.from % 60) as u8,
        duration_hour: (slot.minutes / 60) as u8,
        duration_minute: (slot.minutes % 60) as u8,
    })
}

fn year_day(dates: Interval) -> Value {
    let date = |minute: Minute| {
        let text = minute.day().to_string();
        let mut parts = text.split('-').map(|part| part.parse::<i32>().unwrap_or_default());
        let mut next = || parts.next().unwrap_or_default();
        (next() - EPOCH, next() as u8, next() as u8, minute.of_day())
    };
    // What began before the first year has begun.
    let from = dates.from().map(date).filter(|from| from.0 > YEARS.0).unwrap_or((YEARS.0, 1, 1, 0));
    let until = dates.until().map_or((YEARS.1, 12, 31, 1439), |until| date(Minute(until.0 - 1)));
    json!(YearDay {
        start_year: from.0,
        start_month: from.1,
        start_day: from.2,
        start_hour: (from.3 / 60) as u8,
        start_minute: (from.3 % 60) as u8,
        stop_year: until.0,
        stop_month: until.1,
        stop_day: until.2,
        stop_hour: (until.3 / 60) as u8,
        stop_minute: (until.3 % 60) as u8,
    })
}

/// Whether a slot holds anything.
#[must_use]
pub fn is_empty(value: &Value) -> bool {
    value.as_object().is_none_or(serde_json::Map::is_empty)
}

/// The program of what stands in the slots of one holder; `None` when a slot holds what is no time: a lock may store anything.
#[must_use]
pub fn read(held: &[(Kind, Value)]) -> Option<Program> {
    let mut days: [Vec<(u16, u16)>; 7] = Default::default();
    let (mut weeks, mut dates) = (false, Vec::new());
    for (kind, value) in held {
        match kind {
            Kind::WeekDay => {
                let slot = WeekDay::deserialize(value).ok()?;
                let (from, to) = (
                    of_day(slot.start_hour, slot.start_minute)?,
                    of_day(slot.stop_hour, slot.stop_minute)? + 1,
                );
                if slot.weekday > 6 || from >= to {
                    return None;
                }
                days[(slot.weekday as usize + 6) % 7].push((from, to));
                weeks = true;
            }
            Kind::DailyRepeating => {
                let slot = DailyRepeating::deserialize(value).ok()?;
                let from = of_day(slot.start_hour, slot.start_minute)?;
                let to = from + u16::from(slot.duration_hour) * 60 + u16::from(slot.duration_minute);
                if to <= from || to - from > 1440 {
                    return None;
                }
                for weekday in slot.weekdays.iter().filter(|day| **day < 7) {
                    let day = (*weekday as usize + 6) % 7;
                    days[day].push((from, to.min(1440)));
                    if to > 1440 {
                        days[(day + 1) % 7].push((0, to - 1440));
                    }
                }
                weeks = true;
            }
            Kind::YearDay => {
                let slot = YearDay::deserialize(value).ok()?;
                let minute = |(year, month, day): (i32, u8, u8), hour: u8, minute: u8| {
                    let start = Day::parse(&format!("{:04}-{month:02}-{day:02}", EPOCH.saturating_add(year)))
                        .ok()?
                        .start();
                    Some(Minute(start.0 + i32::from(of_day(hour, minute)?)))
                };
                let from = minute(
                    (slot.start_year, slot.start_month, slot.start_day),
                    slot.start_hour,
                    slot.start_minute,
                )?;
                let last = minute(
                    (slot.stop_year, slot.stop_month, slot.stop_day),
                    slot.stop_hour,
                    slot.stop_minute,
                )?;
                let from = (slot.start_year > YEARS.0).then_some(from);
                let until = (slot.stop_year < YEARS.1).then_some(Minute(last.0 + 1));
                dates.push(Interval::new(from, until));
            }
        }
    }
    let week = if weeks { Week::of_days(&days.map(Windows::new)) } else { Week::always() };
    if dates.is_empty() {
        dates.push(Interval::ALWAYS);
    }
    dates.sort_unstable();
    // A lock with room for one may tell it in every slot.
    dates.dedup();
    let segment = |dates: Interval| Segment {
        from: dates.from(),
        until: dates.until(),
        weekly: week.clone(),
        holidays: Vec::new(),
        holidays_closed: Vec::new(),
    };
    Some(Program(dates.into_iter().map(segment).collect()))
}

/// The minute of a day, when it is one.
fn of_day(hour: u8, minute: u8) -> Option<u16> {
    (hour < 24 && minute < 60).then_some(u16::from(hour) * 60 + u16::from(minute))
}

/// What a user is called whose name may have so many letters: the id of the person, or where it does not fit the beginning
/// of it and a number that stands for the person. `None` where there is no room even for that.
#[must_use]
pub fn name(person: &str, most: usize) -> Option<String> {
    if most < NUMBER {
        return None;
    }
    if person.is_ascii() && person.len() <= most {
        return Some(person.to_owned());
    }
    let start: String = person.chars().take_while(char::is_ascii).take(most - NUMBER).collect();
    Some(format!("{start}{CUT}{:08x}", mark(person, Ways::default())))
}

/// A name as a lock tells it, and the number in it where it is cut. `None` where names are too short to tell people apart.
#[must_use]
pub fn name_read(name: &str, most: usize) -> Option<(String, Option<u32>)> {
    if most < NUMBER {
        return None;
    }
    let number = |digits: &str| {
        let is_number = digits.len() == NUMBER - 1 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        u32::from_str_radix(digits, 16).ok().filter(|_| is_number)
    };
    let cut = name.rsplit_once(CUT).and_then(|(start, digits)| Some((start, number(digits)?)));
    Some(cut.map_or_else(|| (name.to_owned(), None), |(start, number)| (start.to_owned(), Some(number))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locks::matter::is_mark_of;

    #[test]
    fn a_name_tells_whose_a_user_is_also_when_it_is_cut() {
        assert_eq!(name("ann", 16).as_deref(), Some("ann"));
        assert_eq!(name_read("ann", 16), Some(("ann".to_owned(), None)));
        for (person, start) in [("cleopatra-the-great", "cleopat"), ("zoë", "zo"), ("žofie", "")] {
            let name = name(person, 16).unwrap();
            assert!(name.is_ascii() && name.len() <= 16, "{name}");
            let (read, number) = name_read(&name, 16).unwrap();
            assert_eq!(read, start);
            assert!(
                is_mark_of(number.unwrap(), person) && !is_mark_of(number.unwrap(), "cleopatra-the-small")
            );
        }
        for other in ["Flat #12", "#abc", "Anna #1234567g"] {
            assert_eq!(name_read(other, 16), Some((other.to_owned(), None)));
        }
        assert_eq!((name("ann", 8), name_read("ann", 8)), (None, None), "too short to tell people apart");
    }

    fn program(days: [&[(u16, u16)]; 7], dates: Interval) -> Program {
        let weekly = Week::of_days(&days.map(|windows| Windows::new(windows.to_vec())));
        let (from, until) = (dates.from(), dates.until());
        Program(vec![Segment { from, until, weekly, holidays: Vec::new(), holidays_closed: Vec::new() }])
    }

    const SLOTS: Slots = Slots { num_week_day_slots: 7, num_year_day_slots: 2, num_daily_repeating_slots: 1 };

    #[test]
    fn what_is_written_is_read_again() {
        let day = (480, 1080);
        let dates = Interval::new(
            Some(Day::parse("2026-12-01").unwrap().start()),
            Some(Day::parse("2027-03-01").unwrap().start()),
        );
        let all: [&[(u16, u16)]; 7] = [&[(0, 1440)]; 7];
        for (program, kind) in [
            (program([&[day], &[day], &[day], &[day], &[day], &[], &[]], Interval::ALWAYS), Kind::WeekDay),
            (
                program([&[(1320, 1440)], &[(0, 360)], &[], &[], &[], &[], &[day]], Interval::ALWAYS),
                Kind::WeekDay,
            ),
            (program(all, dates), Kind::YearDay),
            (program(all, Interval::new(dates.from(), None)), Kind::YearDay),
            (program(all, Interval::new(None, dates.until())), Kind::YearDay),
        ] {
            let (written_kind, values) = written(&program, SLOTS).unwrap().unwrap();
            assert_eq!(written_kind, kind);
            let held: Vec<_> = values.into_iter().map(|value| (kind, value)).collect();
            assert_eq!(read(&held), Some(program));
        }
        let night: [&[(u16, u16)]; 7] = [&[(0, 360), (1320, 1440)]; 7];
        let night = program(night, Interval::ALWAYS);
        let (kind, values) = written(&night, SLOTS).unwrap().unwrap();
        assert_eq!((kind, values.len()), (Kind::DailyRepeating, 1));
        assert_eq!(read(&[(kind, values[0].clone())]), Some(night));
        assert_eq!(written(&program(all, Interval::ALWAYS), SLOTS), Ok(None));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let lunch: &[(u16, u16)] = &[(480, 720), (780, 1080)];
        let two = program([lunch, lunch, lunch, lunch, lunch, &[], &[]], Interval::ALWAYS);
        assert!(written(&two, SLOTS).is_err());
        let none = Slots::default();
        assert!(written(&two, none).unwrap_err().contains("has 0"));
        let until = Interval::new(None, Some(Day::parse("2027-03-01").unwrap().start()));
        assert!(written(&program([lunch; 7], until), SLOTS).unwrap_err().contains("not both"));
        let minute = program([&[(480, 1080)], &[(0, 1)], &[], &[], &[], &[], &[]], Interval::ALWAYS);
        let by_week_day = Slots { num_daily_repeating_slots: 0, ..SLOTS };
        assert!(written(&minute, by_week_day).unwrap_err().contains("stops after the minute"));
        let late = Interval::new(None, Some(Day::parse("2150-01-01").unwrap().start()));
        assert!(written(&program([&[(0, 1440)]; 7], late), SLOTS).unwrap_err().contains("2098"));
        for nonsense in [
            json!({"weekday": 9, "startHour": 9, "startMinute": 0, "stopHour": 17, "stopMinute": 0}),
            json!({"weekday": 1, "startHour": 25, "startMinute": 0, "stopHour": 26, "stopMinute": 0}),
            json!({"weekday": 1, "startHour": 9, "startMinute": 0, "stopHour": 9, "stopMinute": 60}),
            json!({"weekday": 1, "startHour": 65000, "startMinute": 0, "stopHour": 65001, "stopMinute": 0}),
            json!({"weekday": "mon"}),
        ] {
            assert_eq!(read(&[(Kind::WeekDay, nonsense)]), None);
        }
    }
}
