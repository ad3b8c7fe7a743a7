//! Reads a compiled document by the contract's plain words: which minutes does it grant?

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};
use serde_json::Value;

use super::property::Capability;

pub(crate) const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) as_of: NaiveDate,
    pub(crate) locks: Vec<Lock>,
}

#[derive(Debug)]
pub(crate) struct Lock {
    pub(crate) door: String,
    pub(crate) credentials: Vec<Credential>,
}

#[derive(Debug)]
pub(crate) struct Credential {
    pub(crate) person: String,
    pub(crate) capability: Capability,
    pub(crate) keys: Vec<String>,
    pub(crate) segments: Vec<Segment>,
}

#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) from: Option<NaiveDateTime>,
    pub(crate) until: Option<NaiveDateTime>,
    /// The day counts from Monday = 0.
    pub(crate) weekly: Vec<Open<usize>>,
    pub(crate) holidays: Vec<Open<NaiveDate>>,
    pub(crate) holidays_closed: Vec<NaiveDate>,
}

/// One window of one day, in minutes since midnight, half-open; 1440 is `24:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Open<Day> {
    pub(crate) day: Day,
    pub(crate) from: u32,
    pub(crate) to: u32,
}

/// Whether the document lets the person do it at the door at this wall-clock time.
pub(crate) fn allows(
    document: &Document,
    person: &str,
    door: &str,
    capability: Capability,
    at: NaiveDateTime,
) -> bool {
    document.segments(person, door, capability).iter().any(|segment| segment.grants(at))
}

impl Document {
    pub(crate) fn read(json: &str) -> Document {
        let document: Value = serde_json::from_str(json).expect("a JSON document");
        assert_eq!(document["version"], 1);
        Document {
            as_of: date(&document["as_of"]),
            locks: list(&document["locks"])
                .iter()
                .map(|lock| Lock {
                    door: text(&lock["door"]).to_owned(),
                    credentials: list(&lock["credentials"]).iter().map(Credential::read).collect(),
                })
                .collect(),
        }
    }

    /// What one person has at one door for one capability; empty when the document does not say.
    pub(crate) fn segments(&self, person: &str, door: &str, capability: Capability) -> &[Segment] {
        let lock = self.locks.iter().find(|lock| lock.door == door);
        let lock = lock.unwrap_or_else(|| panic!("door `{door}` is not listed"));
        let credential = lock.credentials.iter().find(|c| c.person == person && c.capability == capability);
        credential.map_or(&[], |credential| &credential.segments)
    }
}

impl Credential {
    fn read(credential: &Value) -> Credential {
        let capability = text(&credential["capability"]);
        Credential {
            person: text(&credential["person"]).to_owned(),
            capability: *Capability::ALL.iter().find(|c| c.name() == capability).expect("a capability"),
            keys: list(&credential["keys"]).iter().map(|key| text(key).to_owned()).collect(),
            segments: list(&credential["segments"]).iter().map(Segment::read).collect(),
        }
    }
}

impl Segment {
    pub(crate) fn read(segment: &Value) -> Segment {
        Segment {
            from: moment(segment, "from"),
            until: moment(segment, "until"),
            weekly: list(&segment["weekly"]).iter().map(|window| open(window, weekday)).collect(),
            holidays: list(&segment["holidays"]).iter().map(|window| open(window, date)).collect(),
            holidays_closed: list(&segment["holidays_closed"]).iter().map(date).collect(),
        }
    }

    pub(crate) fn contains(&self, at: NaiveDateTime) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }

    /// On a date that `holidays` lists, those windows; on one in `holidays_closed`, none; else the weekly ones.
    pub(crate) fn grants(&self, at: NaiveDateTime) -> bool {
        let minute = at.hour() * 60 + at.minute();
        let date = at.date();
        if !self.contains(at) || self.holidays_closed.contains(&date) {
            return false;
        }
        if self.holidays.iter().any(|open| open.day == date) {
            return self.holidays.iter().any(|open| open.day == date && open.has(minute));
        }
        let weekday = date.weekday().num_days_from_monday() as usize;
        self.weekly.iter().any(|open| open.day == weekday && open.has(minute))
    }
}

impl<Day> Open<Day> {
    fn has(&self, minute: u32) -> bool {
        self.from <= minute && minute < self.to
    }
}

fn open<Day>(window: &Value, day: impl Fn(&Value) -> Day) -> Open<Day> {
    Open { day: day(&window["day"]), from: clock(&window["from"]), to: clock(&window["to"]) }
}

fn clock(value: &Value) -> u32 {
    let text = text(value);
    let (hour, minute) = text.split_once(':').expect("HH:MM");
    assert!(hour.len() == 2 && minute.len() == 2, "`{text}` is not HH:MM");
    let (hour, minute): (u32, u32) = (hour.parse().unwrap(), minute.parse().unwrap());
    assert!(minute < 60 && hour * 60 + minute <= 1440, "`{text}` is not in a day");
    hour * 60 + minute
}

fn weekday(value: &Value) -> usize {
    let text = text(value);
    DAYS.iter().position(|day| *day == text).unwrap_or_else(|| panic!("`{text}` is not a day"))
}

fn date(value: &Value) -> NaiveDate {
    NaiveDate::parse_from_str(text(value), "%Y-%m-%d").expect("a date")
}

/// `null` is unbounded; a field that is not there at all is a defect, not unbounded access.
fn moment(segment: &Value, field: &str) -> Option<NaiveDateTime> {
    let value = segment.get(field).unwrap_or_else(|| panic!("a segment without `{field}`"));
    if value.is_null() {
        return None;
    }
    Some(NaiveDateTime::parse_from_str(text(value), "%Y-%m-%dT%H:%M").expect("a local date-time"))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("`{value}` is not a text"))
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("`{value}` is not a list"))
}
