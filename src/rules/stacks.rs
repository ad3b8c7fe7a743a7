//! Doors that several keys of the same people open: where one key can undo what another one sets.

use hashbrown::HashMap;

use super::context::Context;
use crate::access::{Cause, Grant};
use crate::model::{DoorId, Key, KeyId, PersonId, PersonKind, Setting};
use crate::time::Interval;

/// One key as some people hold it, at one door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layer {
    pub(super) key: KeyId,
    pub(super) setting: Setting,
    pub(super) share: bool,
    /// Without what is over.
    pub(super) dates: Interval,
}

/// A door with all that opens it for some people.
#[derive(Debug)]
pub(super) struct Stack {
    pub(super) door: DoorId,
    pub(super) people: Vec<PersonId>,
    /// At least two.
    pub(super) layers: Vec<Layer>,
}

impl Stack {
    /// Every ordered pair of layers whose dates meet.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&Layer, &Layer)> {
        self.layers.iter().enumerate().flat_map(move |(index, one)| {
            self.layers.iter().enumerate().filter_map(move |(other_index, other)| {
                let meet = !one.dates.intersect(other.dates).is_empty();
                (index != other_index && meet).then_some((one, other))
            })
        })
    }
}

impl Context<'_> {
    /// Whether one layer is for the work and the other for the home of people who work where they live. What the one
    /// allows is no way round the other.
    pub(super) fn are_for_two_roles(&self, stack: &Stack, one: &Layer, other: &Layer) -> bool {
        let person = stack.people[0];
        let works_and_lives = self.kinds(person).works() && self.kinds(person).has(PersonKind::Resident);
        if !works_and_lives || one.key == other.key {
            return false;
        }
        let causes = self.causes(person, stack.door);
        let all_by = |layer: &Layer, test: &dyn Fn(&Cause) -> bool| {
            causes.iter().filter(|cause| cause.key.key == layer.key).all(test)
        };
        let for_work = |cause: &Cause| self.is_given_for_work(cause, person);
        let for_home = |cause: &Cause| self.is_given_as_resident(cause, person);
        all_by(one, &for_work) && all_by(other, &for_home)
            || all_by(one, &for_home) && all_by(other, &for_work)
    }
}

pub(super) fn all(context: &Context<'_>) -> Vec<Stack> {
    let mut people_of: Vec<Vec<PersonId>> = vec![Vec::new(); context.access.classes().len()];
    for (number, person) in context.property.people.iter().enumerate() {
        if !context.ahead(person.dates).is_empty() {
            let id = PersonId(number as u32);
            people_of[context.access.class_of(id) as usize].push(id);
        }
    }
    let mut meet = Meetings::default();
    let mut stacks = Vec::new();
    for (class, mut people) in context.access.classes().iter().zip(people_of) {
        if people.is_empty() || !meet.any(context, class) {
            continue;
        }
        // A key for each home opens another door for each of its holders.
        let by_home = class
            .iter()
            .any(|grant| grant.instance.is_none() && context.property.keys[grant.key.index()].each.is_some());
        let alike = |person: &PersonId| (context.home(*person).filter(|_| by_home), context.kinds(*person));
        people.sort_by_key(alike);
        for people in people.chunk_by(|one, other| alike(one) == alike(other)) {
            of_people(context, class, people, context.home(people[0]).filter(|_| by_home), &mut stacks);
        }
    }
    stacks
}

/// The stacks of people who hold the same keys, are the same, and live in the same home where that makes a difference.
fn of_people(
    context: &Context<'_>,
    class: &[Grant],
    people: &[PersonId],
    home: Option<DoorId>,
    stacks: &mut Vec<Stack>,
) {
    let mut layers: Vec<(DoorId, Layer)> = Vec::new();
    for grant in class {
        let dates = context.ahead(grant.dates);
        let key = &context.property.keys[grant.key.index()];
        let instance = if key.each.is_some() { grant.instance.or(home) } else { None };
        if dates.is_empty() || key.each.is_some() && instance.is_none() {
            continue;
        }
        let mut add = |door, setting| {
            layers.push((door, Layer { key: grant.key, setting, share: grant.share, dates }));
        };
        // At its own door an instance has its own line, if there is one.
        let own = key.each.as_ref().and_then(|each| each.own).zip(instance);
        for line in &key.lines {
            if own.is_none_or(|(_, door)| door != line.door) {
                add(line.door, line.setting);
            }
        }
        if let Some((setting, door)) = own {
            add(door, setting);
        }
    }
    layers.sort_by_key(|(door, _)| *door);
    for at_door in layers.chunk_by(|(one, _), (other, _)| one == other) {
        if at_door.len() > 1 {
            let layers = at_door.iter().map(|(_, layer)| *layer).collect();
            stacks.push(Stack { door: at_door[0].0, people: people.to_vec(), layers });
        }
    }
}

/// Which pairs of keys open a door in common, asked once for each pair.
#[derive(Default)]
struct Meetings(HashMap<(KeyId, KeyId), bool>);

impl Meetings {
    fn any(&mut self, context: &Context<'_>, class: &[Grant]) -> bool {
        let pairs = class.iter().enumerate().flat_map(|(index, one)| {
            class[index + 1..].iter().map(move |other| (one.key.min(other.key), one.key.max(other.key)))
        });
        pairs.into_iter().any(|pair| *self.0.entry(pair).or_insert_with(|| common_door(context, pair)))
    }
}

fn common_door(context: &Context<'_>, (one, other): (KeyId, KeyId)) -> bool {
    let (one, other) = (&context.property.keys[one.index()], &context.property.keys[other.index()]);
    let own = |key: &Key, door: DoorId| {
        let each = key.each.as_ref().filter(|each| each.own.is_some());
        each.is_some_and(|each| each.doors.binary_search(&door).is_ok())
    };
    let opens = |key: &Key, door: DoorId| {
        own(key, door) || key.lines.binary_search_by_key(&door, |line| line.door).is_ok()
    };
    let homes = one.each.as_ref().filter(|each| each.own.is_some()).map_or(&[][..], |each| &each.doors);
    one.lines.iter().map(|line| line.door).chain(homes.iter().copied()).any(|door| opens(other, door))
}
