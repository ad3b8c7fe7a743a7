//! The digest of a property's tables: equal for equal tables, however the property is spelled.

use sha2::{Digest as _, Sha256};

use super::Tables;
use crate::model::Property;
use crate::time::{Minute, Segment, Windows};

/// SHA-256 over a property's tables.
///
/// What is hashed is no output format but the tables themselves, each text with its length before it, numbers as
/// little-endian bytes; sets of times and of keys are numbered by where they first come up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest([u8; 32]);

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Numbers things by where they first come up, and gives back what is met for the first time.
struct Numbers {
    numbers: Vec<u32>,
    next: u32,
}

impl Numbers {
    fn new(count: usize) -> Self {
        Self { numbers: vec![u32::MAX; count], next: 0 }
    }

    /// The number of a thing, and whether it is new.
    fn of(&mut self, thing: u32) -> (u32, bool) {
        let number = &mut self.numbers[thing as usize];
        let new = *number == u32::MAX;
        if new {
            *number = self.next;
            self.next += 1;
        }
        (*number, new)
    }
}

impl Tables {
    /// The digest of these tables.
    #[must_use]
    pub fn digest(&self, property: &Property) -> Digest {
        let mut hasher = Sha256::new();
        let mut bytes: Vec<u8> = Vec::with_capacity(1 << 16);
        text(&mut bytes, "keyplan tables 1");
        text(&mut bytes, property.text(property.id));
        text(&mut bytes, property.timezone.name());
        bytes.extend(property.as_of.0.to_le_bytes());
        let (mut people, mut times, mut keys) = (
            Numbers::new(property.people.len()),
            Numbers::new(self.segments.len()),
            Numbers::new(self.keys.len()),
        );
        for lock in self.locks() {
            let door = &property.doors[lock.door.index()];
            text(&mut bytes, property.text(door.id));
            text(&mut bytes, door.name.map_or("", |name| property.text(name)));
            text(&mut bytes, door.kind.name());
            text(&mut bytes, door.model.map_or("", |model| property.text(property.models[model.index()].id)));
            bytes.extend((lock.credentials.len() as u32).to_le_bytes());
            for credential in lock.credentials {
                let (person, new_person) = people.of(credential.person.0);
                let (time, new_time) = times.of(credential.times().0);
                let (key, new_key) = keys.of(credential.keys.0);
                bytes.extend(person.to_le_bytes());
                bytes.extend((time << 2 | credential.capability() as u32).to_le_bytes());
                bytes.extend(key.to_le_bytes());
                if new_person {
                    text(&mut bytes, property.text(property.people[credential.person.index()].id));
                }
                if new_time {
                    self.segments(credential.times()).iter().for_each(|one| segment(&mut bytes, one));
                }
                if new_key {
                    self.keys(credential.keys).iter().for_each(|name| text(&mut bytes, name));
                }
            }
            if bytes.len() >= 1 << 15 {
                hasher.update(&bytes);
                bytes.clear();
            }
        }
        hasher.update(&bytes);
        Digest(hasher.finalize().into())
    }
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend((text.len() as u32).to_le_bytes());
    bytes.extend(text.as_bytes());
}

fn segment(bytes: &mut Vec<u8>, segment: &Segment) {
    let Segment { from, until, weekly, holidays, holidays_closed } = segment;
    let minute = |minute: &Option<Minute>| minute.map_or(i32::MIN, |minute| minute.0);
    bytes.extend(minute(from).to_le_bytes());
    bytes.extend(minute(until).to_le_bytes());
    (0..7).for_each(|day| windows(bytes, &weekly.day(day)));
    for (day, open) in holidays {
        bytes.extend(day.0.to_le_bytes());
        windows(bytes, open);
    }
    bytes.extend(u32::MAX.to_le_bytes());
    holidays_closed.iter().for_each(|day| bytes.extend(day.0.to_le_bytes()));
    bytes.extend(u32::MAX.to_le_bytes());
}

fn windows(bytes: &mut Vec<u8>, windows: &Windows) {
    for (from, to) in windows.as_slice() {
        bytes.extend(from.to_le_bytes());
        bytes.extend(to.to_le_bytes());
    }
    bytes.extend(u16::MAX.to_le_bytes());
}
