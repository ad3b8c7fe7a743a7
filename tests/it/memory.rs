//! What locks of others hold, judged as each of them would: who comes in with which digits, and when. Nothing here knows
//! how keyplan writes; it reads what is in the locks' own memory.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Timelike, Utc};
use serde_json::Value;

use crate::doubles::{Cloud, Fabric, Stick};
use crate::reference::compare::Minute;

/// Who can come in with which digits at a lock, at each of some minutes.
pub(crate) type Opens = BTreeMap<String, Vec<bool>>;

fn number(value: &Value) -> u32 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no number")) as u32
}

/// A minute of the day.
fn clock(of: &Value, hour: &str, minute: &str) -> u32 {
    number(&of[hour]) * 60 + number(&of[minute])
}

fn minute_of(at: NaiveDateTime) -> u32 {
    at.hour() * 60 + at.minute()
}

fn at_all(codes: impl Iterator<Item = (String, impl Fn(&Minute) -> bool)>, minutes: &[Minute]) -> Opens {
    codes.map(|(digits, opens)| (digits, minutes.iter().map(opens).collect())).collect()
}

/// A schedule in a Z-Wave lock; all run on the lock's own clock.
enum Slot {
    /// Sunday is 0. The minute that it stops at belongs to it.
    WeekDay {
        weekday: u32,
        from: u32,
        to: u32,
    },
    YearDay {
        from: NaiveDateTime,
        to: NaiveDateTime,
    },
    Daily {
        weekdays: Vec<u32>,
        from: u32,
        lasts: u32,
    },
}

impl Slot {
    /// As the double keeps it: its kind is the last number of its place.
    fn of(place: &str, value: &Value) -> Self {
        let moment = |end: &str| {
            let part = |name: &str| number(&value[format!("{end}{name}")]);
            let day = NaiveDate::from_ymd_opt(2000 + part("Year") as i32, part("Month"), part("Day"));
            day.unwrap().and_hms_opt(part("Hour"), part("Minute"), 0).unwrap()
        };
        match place.rsplit('_').next().unwrap() {
            "0" => Self::WeekDay {
                weekday: number(&value["weekday"]),
                from: clock(value, "startHour", "startMinute"),
                to: clock(value, "stopHour", "stopMinute"),
            },
            "1" => Self::YearDay { from: moment("start"), to: moment("stop") },
            "2" => Self::Daily {
                weekdays: value["weekdays"].as_array().unwrap().iter().map(number).collect(),
                from: clock(value, "startHour", "startMinute"),
                lasts: clock(value, "durationHour", "durationMinute"),
            },
            kind => panic!("a schedule of the kind {kind}"),
        }
    }

    fn is_open(&self, at: NaiveDateTime) -> bool {
        let (today, now) = (at.weekday().num_days_from_sunday(), minute_of(at));
        match self {
            Self::WeekDay { weekday, from, to } => *weekday == today && (*from..=*to).contains(&now),
            Self::YearDay { from, to } => *from <= at && at <= *to,
            Self::Daily { weekdays, from, lasts } => {
                let since =
                    |day: u32, now: u32| weekdays.contains(&day) && (*from..from + lasts).contains(&now);
                since(today, now) || since((today + 6) % 7, now + 1440)
            }
        }
    }
}

/// A holder without a schedule comes in at any time.
pub(crate) fn zwave(stick: &Stick, node: u32, minutes: &[Minute]) -> Opens {
    let (codes, schedules) = stick.memory(node);
    let code = |(user, digits): (u32, String)| {
        let own = schedules.iter().filter(|(place, _)| place.split('_').next() == Some(&*user.to_string()));
        let kinds: BTreeSet<&str> = own.clone().filter_map(|(place, _)| place.rsplit('_').next()).collect();
        assert!(kinds.len() < 2, "one kind of schedule counts for a holder, and {user} has {kinds:?}");
        let slots: Vec<Slot> = own.map(|(place, value)| Slot::of(place, value)).collect();
        let opens = move |at: &Minute| slots.is_empty() || slots.iter().any(|slot| slot.is_open(at.wall));
        (digits, opens)
    };
    at_all(codes.into_iter().map(code), minutes)
}

/// Which schedules of a Matter user count, by UserTypeEnum; all run on the lock's own clock.
struct Allowed {
    /// Days from Sunday, and the first and last minute.
    week: Option<Vec<([bool; 7], u32, u32)>>,
    /// The first and last second.
    years: Option<Vec<(i64, i64)>>,
}

impl Allowed {
    fn of(memory: &Value, user: &Value) -> Self {
        let own = |name: &str| {
            let all = memory[name].as_array().unwrap().clone();
            all.into_iter().filter(|one| one["userIndex"] == user["userIndex"]).collect::<Vec<_>>()
        };
        let names = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
        let week = own("weekDays").into_iter().map(|one| {
            let days = names.map(|day| one["daysMask"][day] == true);
            (days, clock(&one, "startHour", "startMinute"), clock(&one, "endHour", "endMinute"))
        });
        let years = own("yearDays")
            .into_iter()
            .map(|one| (one["localStartTime"].as_i64().unwrap(), one["localEndTime"].as_i64().unwrap()));
        let (by_week, by_years) = match number(&user["userType"]) {
            0 => (false, false),
            1 => (false, true),
            2 => (true, false),
            8 => (true, true),
            other => panic!("a user of the type {other}"),
        };
        Self { week: by_week.then(|| week.collect()), years: by_years.then(|| years.collect()) }
    }

    fn is_open(&self, at: NaiveDateTime) -> bool {
        let (today, now) = (at.weekday().num_days_from_sunday() as usize, minute_of(at));
        let second = at.and_utc().timestamp();
        self.week.as_ref().is_none_or(|week| {
            week.iter().any(|(days, from, to)| days[today] && (*from..=*to).contains(&now))
        }) && self
            .years
            .as_ref()
            .is_none_or(|years| years.iter().any(|(from, to)| (*from..=*to).contains(&second)))
    }
}

pub(crate) fn matter(fabric: &Fabric, minutes: &[Minute]) -> Opens {
    let memory = fabric.memory();
    let codes = memory["codes"].as_array().unwrap().iter();
    let code = |code: &Value| {
        let mut users = memory["users"].as_array().unwrap().iter();
        let has = |user: &&Value| user["credentials"].as_array().unwrap().contains(&code["index"]);
        let user = users.find(has).expect("a code of nobody");
        let (is_enabled, allowed) = (user["userStatus"] == 1, Allowed::of(&memory, user));
        let opens = move |at: &Minute| is_enabled && allowed.is_open(at.wall);
        (code["digits"].as_str().unwrap().to_owned(), opens)
    };
    at_all(codes.map(code), minutes)
}

/// Seam counts in UTC; a code's end does not belong to it.
pub(crate) fn seam(cloud: &Cloud, device: &str, minutes: &[Minute]) -> Opens {
    let moment = |text: Option<String>| {
        text.map(|text| DateTime::parse_from_rfc3339(&text).unwrap().with_timezone(&Utc))
    };
    let code = |(_, digits, starts, ends): (String, String, Option<String>, Option<String>)| {
        let (starts, ends) = (moment(starts), moment(ends));
        let opens = move |at: &Minute| {
            starts.is_none_or(|starts| starts <= at.instant) && ends.is_none_or(|ends| at.instant < ends)
        };
        (digits, opens)
    };
    at_all(cloud.memory(device).into_iter().map(code), minutes)
}
