//! Whether what one key gives is given by others anyway.

use super::context::Context;
use crate::access::Grant;
use crate::model::{DoorId, Key, KeyId, Setting};
use crate::time::{Interval, TimeSet};

/// A place that a key opens: a door, or for a key with `each` the home of whoever holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Door(DoorId),
    OwnHome,
}

/// Everything a grant opens.
fn opens<'k>(key: &'k Key, grant: &'k Grant) -> impl Iterator<Item = (At, Setting)> + 'k {
    let own = key.each.as_ref().and_then(|each| each.own);
    let instance = own.and(grant.instance);
    let lines = key.lines.iter().filter(move |line| instance != Some(line.door));
    let own = own.map(|setting| (grant.instance.map_or(At::OwnHome, At::Door), setting));
    lines.map(|line| (At::Door(line.door), line.setting)).chain(own)
}

/// How a grant opens a place, if it does.
fn setting_at(key: &Key, grant: &Grant, at: At) -> Option<Setting> {
    match at {
        At::Door(door) => key.line(door, grant.instance),
        At::OwnHome => key.each.as_ref().and_then(|each| each.own).filter(|_| grant.instance.is_none()),
    }
}

impl Context<'_> {
    /// Whether all that a grant gives, from today on, is given by some others together. Never says so wrongly: where a
    /// home of one's own is concerned, only keys for the same homes count.
    pub(super) fn is_covered(&self, grant: &Grant, others: &[&Grant]) -> bool {
        let dates = self.ahead(grant.dates);
        if dates.is_empty() {
            return true;
        }
        let key = &self.property.keys[grant.key.index()];
        opens(key, grant).all(|(at, setting)| self.is_place_covered(key, grant, at, setting, dates, others))
    }

    fn is_place_covered(
        &self,
        key: &Key,
        grant: &Grant,
        at: At,
        setting: Setting,
        dates: Interval,
        others: &[&Grant],
    ) -> bool {
        let mut parts: Vec<(Setting, bool, Interval)> = Vec::new();
        for other in others {
            let other_key = &self.property.keys[other.key.index()];
            if at == At::OwnHome && !has_all_homes_of(other_key, key) {
                continue;
            }
            // What only those with a home hold does not stand for what everybody holds.
            if other_key.each.is_some() && other.instance.is_none() && key.each.is_none() {
                continue;
            }
            if let Some(found) = setting_at(other_key, other, at) {
                parts.push((found, other.share, self.ahead(other.dates)));
            }
        }
        let covered = |wanted: &dyn Fn(&Setting, bool) -> bool| {
            let fitting: Vec<_> =
                parts.iter().filter(|(setting, share, _)| wanted(setting, *share)).collect();
            let alone = fitting.iter().any(|(other, _, when)| {
                when.intersect(dates) == dates && self.within(setting.schedule, other.schedule)
            });
            alone
                || fitting.len() > 1 && {
                    let sets: Vec<TimeSet> = fitting
                        .iter()
                        .map(|(other, _, when)| self.times(other.schedule).clip(*when))
                        .collect();
                    let all: Vec<(&TimeSet, Interval)> =
                        sets.iter().map(|set| (set, Interval::ALWAYS)).collect();
                    self.times(setting.schedule).clip(dates).difference(&TimeSet::union_of(&all)).is_empty()
                }
        };
        covered(&|_, _| true)
            && (!setting.doorcode || covered(&|other, _| other.doorcode))
            && (!grant.share || covered(&|_, share| share))
    }

    /// Whether a key could be taken from everybody who holds it, those already taken left out, without a change.
    /// Says so only of a key that somebody holds.
    pub(super) fn is_needless(&self, key: KeyId, taken: &[KeyId]) -> bool {
        !self.holders(key).is_empty()
            && self.classes_holding(key).all(|class| {
                let others: Vec<&Grant> =
                    class.iter().filter(|one| one.key != key && !taken.contains(&one.key)).collect();
                class.iter().filter(|one| one.key == key).all(|grant| self.is_covered(grant, &others))
            })
    }

    /// What the people of each class hold in which somebody holds a key.
    pub(super) fn classes_holding(&self, key: KeyId) -> impl Iterator<Item = &[Grant]> {
        let mut classes: Vec<u32> =
            self.holders(key).iter().map(|person| self.access.class_of(*person)).collect();
        classes.sort_unstable();
        classes.dedup();
        classes.into_iter().map(|class| self.access.classes()[class as usize].as_slice())
    }
}

fn has_all_homes_of(other: &Key, key: &Key) -> bool {
    match (&other.each, &key.each) {
        (Some(other), Some(key)) => {
            key.doors.len() <= other.doors.len()
                && key.doors.iter().all(|door| other.doors.binary_search(door).is_ok())
        }
        _ => false,
    }
}
