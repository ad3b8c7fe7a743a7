//! People, doors and keys in the words of a message.

use super::context::Context;
use crate::model::{Assignment, DoorId, KeyId, PersonId, ScheduleId, Setting, Who};
use crate::source::Span;

impl Context<'_> {
    /// The text of a name, in backticks.
    pub(super) fn quoted(&self, span: Span) -> String {
        format!("`{}`", self.property.text(span))
    }

    pub(super) fn door(&self, door: DoorId) -> String {
        self.quoted(self.property.doors[door.index()].id)
    }

    pub(super) fn person(&self, person: PersonId) -> String {
        self.quoted(self.property.people[person.index()].id)
    }

    pub(super) fn key(&self, key: KeyId) -> String {
        self.quoted(self.property.keys[key.index()].id)
    }

    /// Doors as the object or subject of a sentence: `pool`, `pool` and `gym`, `pool` and 3 more.
    pub(super) fn doors(&self, doors: &[DoorId]) -> String {
        some(doors, |door| self.door(*door))
    }

    /// People, as [`Context::doors`].
    pub(super) fn people(&self, people: &[PersonId]) -> String {
        some(people, |person| self.person(*person))
    }

    /// The hours of a line of a key: `always`, or the name of its schedule.
    pub(super) fn hours_of(&self, schedule: Option<ScheduleId>) -> String {
        schedule.map_or_else(
            || "`always`".to_owned(),
            |schedule| self.quoted(self.property.schedules[schedule.index()].id),
        )
    }

    /// When a line of a key opens: `at every hour`, or `during` the hours of a schedule.
    pub(super) fn during(&self, schedule: Option<ScheduleId>) -> String {
        match schedule {
            None => "at every hour".to_owned(),
            Some(_) => format!("during {}", self.hours_of(schedule)),
        }
    }

    /// What a line of a key names: a door or a group.
    pub(super) fn line(&self, setting: Setting) -> String {
        self.quoted(setting.span)
    }

    /// What a baseline knows a key by.
    pub(super) fn key_object(&self, key: KeyId) -> String {
        format!("key {}", self.property.text(self.property.keys[key.index()].id))
    }

    /// What a baseline knows an assignment by: whom it gives what.
    pub(super) fn assignment_object(&self, assignment: &Assignment) -> String {
        let property = self.property;
        let mut to: Vec<&str> = property
            .recipients(assignment)
            .iter()
            .map(|who| match who {
                Who::Person(person) => property.text(property.people[person.index()].id),
                Who::Team(team) => property.text(property.teams[team.index()].id),
                Who::Everyone => "everyone",
            })
            .collect();
        let mut keys: Vec<String> =
            property.key_lists[assignment.keys.index()].iter().map(|key| property.key_name(*key)).collect();
        to.sort_unstable();
        keys.sort_unstable();
        format!("assignment {} <- {}", to.join(","), keys.join(","))
    }
}

/// The first few, and how many more.
pub(super) fn some<T>(all: &[T], name: impl Fn(&T) -> String) -> String {
    match all {
        [] => "nothing".to_owned(),
        [one] => name(one),
        [one, two] => format!("{} and {}", name(one), name(two)),
        [one, two, three] => format!("{}, {} and {}", name(one), name(two), name(three)),
        [one, two, rest @ ..] => format!("{}, {} and {} more", name(one), name(two), rest.len()),
    }
}

/// The form of a verb for so many.
pub(super) fn verb<'w>(count: usize, one: &'w str, many: &'w str) -> &'w str {
    if count == 1 { one } else { many }
}
