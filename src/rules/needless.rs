//! Keys that could go, each counted once: as a duplicate, as part of another key, or as redundant with several.

use hashbrown::HashMap;

use super::context::Context;
use crate::access::Grant;
use crate::model::{Key, KeyId, KeyType, ScheduleId};

/// Keys that could go.
#[derive(Default)]
pub(super) struct Needless {
    /// A key, and the earlier one that is the same.
    pub(super) duplicates: Vec<(KeyId, KeyId)>,
    /// A key, and another that everybody who holds it holds too and that gives all it gives.
    pub(super) subsumed: Vec<(KeyId, KeyId)>,
    /// Keys that several others together make needless.
    pub(super) redundant: Vec<KeyId>,
}

pub(super) fn find(context: &Context<'_>) -> Needless {
    let mut needless = Needless { duplicates: duplicates(context), ..Needless::default() };
    // A key that goes does not make another needless.
    let mut taken: Vec<KeyId> = needless.duplicates.iter().map(|(key, _)| *key).collect();
    let keys = (0..context.property.keys.len() as u32).map(KeyId);
    // From the last to the first: of two that make each other needless, the one written later goes.
    for key in keys.rev() {
        if taken.contains(&key) || context.holders(key).is_empty() || !context.is_needless(key, &taken) {
            continue;
        }
        match subsumer(context, key, &taken) {
            Some(other) => needless.subsumed.push((key, other)),
            None => needless.redundant.push(key),
        }
        taken.push(key);
    }
    needless
}

/// What one key must have in common with another to be its duplicate, hours apart.
type Likeness = (bool, bool, Option<Vec<u32>>, Vec<(u32, bool)>);

fn duplicates(context: &Context<'_>) -> Vec<(KeyId, KeyId)> {
    let mut alike: HashMap<Likeness, Vec<KeyId>> = HashMap::new();
    let mut duplicates = Vec::new();
    for (number, key) in context.property.keys.iter().enumerate() {
        let id = KeyId(number as u32);
        if key.lines.is_empty() && key.each.is_none() {
            continue;
        }
        let group = alike.entry(likeness(key)).or_default();
        let same = |other: &&KeyId| same_hours(context, key, &context.property.keys[other.index()]);
        match group.iter().find(same) {
            Some(first) => duplicates.push((id, *first)),
            None => group.push(id),
        }
    }
    duplicates
}

fn likeness(key: &Key) -> Likeness {
    let each = key.each.as_ref().map(|each| each.doors.iter().map(|door| door.0).collect());
    let lines = key.lines.iter().map(|line| (line.door.0, line.setting.doorcode)).collect();
    (key.kind == KeyType::Elevator, key.share, each, lines)
}

fn same_hours(context: &Context<'_>, one: &Key, other: &Key) -> bool {
    let same = |a: Option<ScheduleId>, b: Option<ScheduleId>| context.within(a, b) && context.within(b, a);
    let own = |key: &Key| key.each.as_ref().and_then(|each| each.own);
    let own_same = match (own(one), own(other)) {
        (None, None) => true,
        (Some(a), Some(b)) => a.doorcode == b.doorcode && same(a.schedule, b.schedule),
        _ => false,
    };
    own_same && one.lines.iter().zip(&other.lines).all(|(a, b)| same(a.setting.schedule, b.setting.schedule))
}

/// A single key that gives everybody who holds `key` all that it gives.
fn subsumer(context: &Context<'_>, key: KeyId, taken: &[KeyId]) -> Option<KeyId> {
    let first = context.classes_holding(key).next()?;
    let mut candidates: Vec<KeyId> =
        first.iter().map(|grant| grant.key).filter(|other| *other != key && !taken.contains(other)).collect();
    candidates.dedup();
    candidates.into_iter().find(|other| {
        context.classes_holding(key).all(|class| {
            let others: Vec<&Grant> = class.iter().filter(|grant| grant.key == *other).collect();
            class.iter().filter(|grant| grant.key == key).all(|grant| context.is_covered(grant, &others))
        })
    })
}
