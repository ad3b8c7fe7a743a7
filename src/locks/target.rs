//! What a lock stores, in the commands or files of its own family, in an order in which nothing is ever wider on the way.
//!
//! Doorcodes are left out: where one belongs the commands name it by person and door, and whoever sends them puts it in.

mod matter;
mod onvif;
mod seam;
mod uhppote;
mod zwave;

use serde_json::Value;

use super::{Family, Held, Limits, Program};
use crate::time::{Day, Segment};

/// An entry of a lock, with whose it is.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The id of the person.
    pub person: &'a str,
    /// Its number in the lock, from 1.
    pub slot: u32,
    /// What it gives; its program is an index into the programs.
    pub held: Held,
}

/// A lock with what it is to hold.
#[derive(Clone, Copy, Debug)]
pub struct Lock<'a> {
    /// The id of its door.
    pub door: &'a str,
    /// The time zone that programs are in.
    pub timezone: chrono_tz::Tz,
    /// The day on which it is filled.
    pub today: Day,
    /// What it can hold.
    pub limits: &'a Limits,
    /// Its entries.
    pub entries: &'a [Entry<'a>],
    /// The programs of the entries.
    pub programs: &'a [Program],
}

impl Lock<'_> {
    fn segments(&self, entry: &Entry<'_>) -> &[Segment] {
        &self.programs[entry.held.program as usize].0
    }
}

/// What fills an empty lock of a family, command by command or as one configuration.
#[must_use]
pub fn commands(family: Family, lock: Lock<'_>) -> Vec<Value> {
    match family {
        Family::Matter => matter::commands(lock),
        Family::Zwave | Family::ZwaveDaily => zwave::commands(family, lock),
        Family::Uhppote => uhppote::commands(lock),
        Family::Onvif => onvif::commands(lock),
        Family::Seam => seam::commands(lock),
    }
}

/// Where the doorcode of an entry goes.
fn code_of(lock: Lock<'_>, entry: &Entry<'_>) -> Value {
    serde_json::json!({ "person": entry.person, "door": lock.door, "part": entry.held.part })
}
