//! A property as the language describes it: plain data, names as written, nothing resolved.

use chrono::{NaiveDate, NaiveDateTime};

#[derive(Clone, Debug)]
pub(crate) struct Property {
    pub(crate) id: String,
    pub(crate) timezone: String,
    /// The day on which occupancy is judged.
    pub(crate) as_of: NaiveDate,
    pub(crate) doors: Vec<Door>,
    pub(crate) groups: Vec<Group>,
    pub(crate) holidays: Vec<NaiveDate>,
    pub(crate) schedules: Vec<Schedule>,
    pub(crate) keys: Vec<Key>,
    pub(crate) people: Vec<Person>,
    pub(crate) assignments: Vec<Assignment>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Door {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) kind: String,
    pub(crate) tags: Vec<String>,
    pub(crate) floor: Option<u32>,
    pub(crate) occupied: Option<bool>,
    /// What hangs on it; access does not depend on that.
    pub(crate) lock: Option<Lock>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Lock {
    pub(crate) model: String,
    pub(crate) provider: String,
    /// How the provider calls it.
    pub(crate) id: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) id: String,
    pub(crate) kind: Option<String>,
    pub(crate) tag: Option<String>,
    /// Lowest and highest floor, both inclusive.
    pub(crate) floor: Option<(u32, u32)>,
    pub(crate) occupied: Option<bool>,
    /// References that the other fields narrow; `None` is `all`.
    pub(crate) doors: Option<Vec<String>>,
    pub(crate) except: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    pub(crate) id: String,
    /// From Monday; an empty day is closed.
    pub(crate) weekly: [Vec<Window>; 7],
    /// `None`: no `holidays:` line. `Some(empty)`: closed on holidays.
    pub(crate) holidays: Option<Vec<Window>>,
}

/// Minutes since midnight, half-open. `to` is 1440 for `24:00`; a `to` before `from` lies in the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: u32,
    pub(crate) to: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) elevator: bool,
    /// The group whose every door has its own instance of this key.
    pub(crate) each: Option<String>,
    pub(crate) share: Option<bool>,
    pub(crate) lines: Vec<Line>,
}

/// One line of a key's `doors`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    /// A door, a group, `all`, or `$door` in a key with `each`.
    pub(crate) doors: String,
    /// A schedule's id or `always`.
    pub(crate) schedule: String,
    pub(crate) doorcode: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) unit: Option<String>,
    pub(crate) teams: Vec<String>,
    pub(crate) from: Option<Edge>,
    pub(crate) until: Option<Edge>,
}

#[derive(Clone, Debug)]
pub(crate) struct Assignment {
    /// People, teams or `everyone`.
    pub(crate) to: Vec<String>,
    /// Keys, or instances as `key/door`.
    pub(crate) keys: Vec<String>,
    pub(crate) share: Option<bool>,
    pub(crate) from: Option<Edge>,
    pub(crate) until: Option<Edge>,
}

/// A `from` or `until`: a whole day (inclusive on both ends) or a wall-clock moment (half-open).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Edge {
    Day(NaiveDate),
    Moment(NaiveDateTime),
}

impl Edge {
    /// The first moment of access that starts here.
    pub(crate) fn as_start(self) -> NaiveDateTime {
        match self {
            Edge::Day(day) => midnight(day),
            Edge::Moment(moment) => moment,
        }
    }

    /// The first moment after access that ends here.
    pub(crate) fn as_end(self) -> NaiveDateTime {
        match self {
            Edge::Day(day) => midnight(day.succ_opt().unwrap()),
            Edge::Moment(moment) => moment,
        }
    }
}

pub(crate) fn midnight(day: NaiveDate) -> NaiveDateTime {
    day.and_hms_opt(0, 0, 0).unwrap()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Capability {
    Unlock,
    Doorcode,
    Share,
}

impl Capability {
    pub(crate) const ALL: [Capability; 3] = [Capability::Unlock, Capability::Doorcode, Capability::Share];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Capability::Unlock => "unlock",
            Capability::Doorcode => "doorcode",
            Capability::Share => "share",
        }
    }
}
