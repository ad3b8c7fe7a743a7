//! Doors that several keys of the same people open: where one key can undo what another one sets.

use hashbrown::HashMap;

use super::context::Context;
use crate::access::Grant;
use crate::model::{Capability, DoorId, KeyId, PersonId, Setting};
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

pub(super) fn all(context: &Context<'_>) -> Vec<Stack> {
    let mut people_of: Vec<Vec<PersonId>> = vec![Vec::new(); context.access.classes().len()];
    let mut stacks = Vec::new();
    for (number, person) in context.property.people.iter().enumerate() {
        let id = PersonId(number as u32);
        if !context.ahead(person.dates).is_empty() {
            people_of[context.access.class_of(id) as usize].push(id);
        }
        // What several keys open at the own home.
        let mut own =
            context.access.own_cells(id).iter().filter(|cell| cell.capability == Capability::Unlock);
        if let Some(cell) = own.find(|cell| context.access.keys(cell.keys).len() > 1) {
            let layers: Vec<Layer> = context
                .causes(id, cell.door)
                .iter()
                .map(|cause| Layer {
                    key: cause.key.key,
                    setting: cause.setting,
                    share: cause.share,
                    dates: context.ahead(cause.dates),
                })
                .collect();
            stacks.push(Stack { door: cell.door, people: vec![id], layers });
        }
    }
    let mut meet = Meetings::default();
    for (class, people) in context.access.classes().iter().zip(people_of) {
        if !people.is_empty() && meet.any(context, class) {
            of_class(context, class, &people, &mut stacks);
        }
    }
    stacks
}

fn of_class(context: &Context<'_>, class: &[Grant], people: &[PersonId], stacks: &mut Vec<Stack>) {
    let mut layers: Vec<(DoorId, Layer)> = Vec::new();
    for grant in class {
        let dates = context.ahead(grant.dates);
        if dates.is_empty() {
            continue;
        }
        let key = &context.property.keys[grant.key.index()];
        let mut add = |door, setting| {
            layers.push((door, Layer { key: grant.key, setting, share: grant.share, dates }));
        };
        let own = key.each.as_ref().and_then(|each| each.own).zip(grant.instance);
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
    // An instance may be named outright; which doors those are is looked at door by door.
    if one.each.is_some() || other.each.is_some() {
        return true;
    }
    let (few, many) = if one.lines.len() < other.lines.len() {
        (&one.lines, &other.lines)
    } else {
        (&other.lines, &one.lines)
    };
    few.iter().any(|line| many.binary_search_by_key(&line.door, |known| known.door).is_ok())
}
