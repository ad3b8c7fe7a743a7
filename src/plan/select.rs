//! Which part of a property a plan is about.

use super::Recorded;
use crate::model::{Door, Person, Property};

/// Picks doors and people: `door:ID`, `kind:KIND`, `model:MODEL`, `provider:ID`, `person:ID` or `team:TEAM`. An id may end
/// in `*` for all that begin so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    field: Field,
    value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Door,
    Kind,
    Model,
    Provider,
    Person,
    Team,
}

const FIELDS: [(&str, Field); 6] = [
    ("door", Field::Door),
    ("kind", Field::Kind),
    ("model", Field::Model),
    ("provider", Field::Provider),
    ("person", Field::Person),
    ("team", Field::Team),
];

impl Selector {
    /// Reads a selector.
    ///
    /// # Errors
    /// When it has another form.
    pub fn parse(text: &str) -> Result<Self, String> {
        let form = || "write door:ID, kind:KIND, model:MODEL, provider:ID, person:ID or team:TEAM".to_owned();
        let (field, value) = text.split_once(':').ok_or_else(form)?;
        let (_, field) = FIELDS.iter().find(|(name, _)| *name == field).ok_or_else(form)?;
        if value.is_empty() {
            return Err(form());
        }
        Ok(Self { field: *field, value: value.to_owned() })
    }

    /// Whether it picks anything that is written or recorded, where doors that name no provider have this one.
    #[must_use]
    pub fn is_about(&self, property: &Property, recorded: &Recorded, provider: &str) -> bool {
        let is = |text: &str| self.is(text);
        match self.field {
            Field::Door => {
                property.doors.iter().any(|door| is(property.text(door.id)))
                    || recorded.locks.iter().any(|lock| is(&lock.door))
            }
            Field::Provider => {
                let of = |door: &Door| door.provider.map_or(provider, |provider| property.text(provider));
                property.doors.iter().any(|door| is(of(door)))
                    || recorded.locks.iter().any(|lock| is(&lock.provider))
            }
            Field::Person => {
                property.people.iter().any(|person| is(property.text(person.id)))
                    || recorded.people.iter().any(|id| is(id))
            }
            Field::Kind => property.doors.iter().any(|door| is(door.kind.name())),
            Field::Model => property.models.iter().any(|model| is(property.text(model.id))),
            Field::Team => property.teams.iter().any(|team| is(property.text(team.id))),
        }
    }

    fn is(&self, text: &str) -> bool {
        match self.value.strip_suffix('*') {
            Some(start) => text.starts_with(start),
            None => text == self.value,
        }
    }

    /// Whether it picks what happens to a person at a door, as far as the property knows them.
    pub(super) fn picks(&self, subject: &Subject<'_>) -> bool {
        let is = |text: &str| self.is(text);
        let Subject { property, door_id, door, provider, person_id, person } = subject;
        match self.field {
            Field::Door => is(door_id),
            Field::Provider => is(provider),
            Field::Person => is(person_id),
            Field::Kind => door.is_some_and(|door| is(door.kind.name())),
            Field::Model => door
                .and_then(|door| door.model)
                .is_some_and(|model| is(property.text(property.models[model.index()].id))),
            Field::Team => person.is_some_and(|person| {
                property.team_sets[person.teams.index()]
                    .iter()
                    .any(|team| is(property.text(property.teams[team.index()].id)))
            }),
        }
    }
}

impl std::fmt::Display for Selector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = FIELDS.iter().find(|(_, field)| *field == self.field).map_or("", |(name, _)| name);
        write!(f, "{name}:{}", self.value)
    }
}

/// Who at which door is asked about.
pub(super) struct Subject<'a> {
    pub(super) property: &'a Property,
    pub(super) door_id: &'a str,
    pub(super) door: Option<&'a Door>,
    pub(super) provider: &'a str,
    pub(super) person_id: &'a str,
    pub(super) person: Option<&'a Person>,
}
