//! Tables: for every lock, the credentials that should be in it.

mod digest;

pub use digest::Digest;

use crate::access::{Access, KeySetId, TimesId};
use crate::model::{Capability, DoorId, PersonId, Property};
use crate::time::{Day, Segment};

/// One person's capability at one lock. Twelve bytes, since a portfolio has millions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Whose.
    pub person: PersonId,
    /// The times in the upper bits, the capability in the lower two.
    times_and_capability: u32,
    /// By which keys.
    pub keys: KeySetId,
}

impl Credential {
    /// When.
    #[must_use]
    pub const fn times(self) -> TimesId {
        TimesId(self.times_and_capability >> 2)
    }

    /// What.
    #[must_use]
    pub const fn capability(self) -> Capability {
        match self.times_and_capability & 3 {
            0 => Capability::Unlock,
            1 => Capability::Doorcode,
            _ => Capability::Share,
        }
    }
}

/// The credentials of all locks of a property.
#[derive(Debug)]
pub struct Tables {
    /// Every door, by the text of its id.
    doors: Vec<DoorId>,
    /// Where each door's credentials begin, in the order of `doors`; one more at the end.
    starts: Vec<u32>,
    /// The credentials of all doors; for one door by the text of the person's id, then by capability.
    credentials: Vec<Credential>,
    /// The segments of each set of minutes, without those that had ended on the as-of day.
    segments: Vec<Vec<Segment>>,
    /// The names of the keys of each set, ascending.
    keys: Vec<Vec<String>>,
}

/// The table of one lock.
#[derive(Clone, Copy, Debug)]
pub struct LockTable<'t> {
    /// Which door it is on.
    pub door: DoorId,
    /// What should be in it, by the text of the person's id, then by capability.
    pub credentials: &'t [Credential],
}

/// Compiles the tables of a property from its access.
#[must_use]
pub fn compile(property: &Property, access: &Access) -> Tables {
    let mut people: Vec<PersonId> = (0..property.people.len() as u32).map(PersonId).collect();
    people.sort_unstable_by_key(|person| property.text(property.people[person.index()].id));
    let mut doors: Vec<DoorId> = (0..property.doors.len() as u32).map(DoorId).collect();
    doors.sort_unstable_by_key(|door| property.text(property.doors[door.index()].id));
    let mut place = vec![0u32; doors.len()];
    for (index, door) in doors.iter().enumerate() {
        place[door.index()] = index as u32;
    }
    // Count, then fill: each credential is written once, where it stays.
    let mut starts = vec![0u32; doors.len() + 1];
    for person in &people {
        for cell in access.cells(*person) {
            starts[place[cell.door.index()] as usize + 1] += 1;
        }
    }
    for index in 1..starts.len() {
        starts[index] += starts[index - 1];
    }
    let mut next = starts.clone();
    let empty = Credential { person: PersonId(0), times_and_capability: 0, keys: KeySetId(0) };
    let mut credentials = vec![empty; starts[doors.len()] as usize];
    for person in &people {
        for cell in access.cells(*person) {
            let at = &mut next[place[cell.door.index()] as usize];
            credentials[*at as usize] = Credential {
                person: *person,
                times_and_capability: cell.times.0 << 2 | cell.capability as u32,
                keys: cell.keys,
            };
            *at += 1;
        }
    }
    Tables { doors, starts, credentials, segments: segments(property, access), keys: keys(property, access) }
}

fn segments(property: &Property, access: &Access) -> Vec<Vec<Segment>> {
    let holidays: Vec<Day> = property.holidays.iter().map(|holiday| holiday.day).collect();
    let today = property.as_of.start();
    (0..access.time_sets() as u32)
        .map(|number| {
            let mut segments = access.time_set(TimesId(number)).segments(&holidays);
            segments.retain(|segment| segment.until.is_none_or(|until| until > today));
            segments
        })
        .collect()
}

fn keys(property: &Property, access: &Access) -> Vec<Vec<String>> {
    (0..access.sets_of_keys() as u32)
        .map(|number| {
            let mut names: Vec<String> =
                access.keys(KeySetId(number)).iter().map(|given| property.key_name(*given)).collect();
            names.sort_unstable();
            names
        })
        .collect()
}

impl Tables {
    /// The table of every lock, by the text of the door's id; also of a door that nobody opens.
    pub fn locks(&self) -> impl Iterator<Item = LockTable<'_>> {
        self.doors.iter().zip(self.starts.windows(2)).map(|(door, bounds)| LockTable {
            door: *door,
            credentials: &self.credentials[bounds[0] as usize..bounds[1] as usize],
        })
    }

    /// How many credentials there are in all.
    #[must_use]
    pub fn credentials(&self) -> usize {
        self.credentials.len()
    }

    /// The segments of a credential; at least one.
    #[must_use]
    pub fn segments(&self, times: TimesId) -> &[Segment] {
        &self.segments[times.0 as usize]
    }

    /// The segments of every set of minutes, by number.
    #[must_use]
    pub fn all_segments(&self) -> &[Vec<Segment>] {
        &self.segments
    }

    /// The names of the keys of every set, by number.
    #[must_use]
    pub fn all_keys(&self) -> &[Vec<String>] {
        &self.keys
    }

    /// The names of the keys of a credential, ascending.
    #[must_use]
    pub fn keys(&self, keys: KeySetId) -> &[String] {
        &self.keys[keys.0 as usize]
    }

    /// Bytes of memory that the credentials take.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.credentials.len() * size_of::<Credential>()
    }
}

#[cfg(test)]
mod tests {
    use super::Credential;

    #[test]
    fn a_credential_is_small() {
        assert_eq!(size_of::<Credential>(), 12);
    }
}
