//! Doorcodes that are replaced in locks that tell theirs to nobody.

use super::codes::Ready;
use super::lock::{Stretch, Worker};
use super::{Event, Outcome};
use crate::locks::Held;
use crate::model::Capability;
use crate::plan::{Change, CodeFate};
use crate::provider::{CodeSeen, NewCode, NewEntry, Write};

/// Changes with their codes.
type Changes = Vec<(u32, Option<Ready>)>;

impl Worker<'_, '_> {
    /// Takes doorcodes out of their slots that are replaced in a lock that does not tell them, and sees that none is there: so the
    /// one that is seen there afterwards is the new one. Gives the changes that can be made, and what became of the others.
    pub(super) fn take_back(
        &self,
        lock: u32,
        stretch: &mut Stretch<'_>,
        changes: Changes,
    ) -> (Changes, Vec<(u32, Outcome)>) {
        let change = |index: u32| &self.plan.changes[index as usize];
        let mut left: Vec<u32> = changes
            .iter()
            .map(|(index, _)| *index)
            .filter(|index| replaces_code(change(*index)) && stretch.hidden.contains(&change(*index).slot))
            .collect();
        let mut ended = Vec::new();
        let mut wait = self.setting.options.backoff;
        for round in 0..=self.setting.options.retries {
            if left.is_empty() || stretch.dead.is_some() {
                break;
            }
            if round > 0 {
                (self.setting.tell)(Event::Retry(
                    lock,
                    "a doorcode that was taken back is still there".to_owned(),
                ));
                std::thread::sleep(wait);
                wait *= 2;
            }
            let slots: Vec<u32> = left.iter().map(|index| change(*index).slot).collect();
            let writes: Vec<Write<'_>> = left.iter().map(|index| self.without_code(change(*index))).collect();
            let results = stretch.provider.write(stretch.lock, &writes);
            match self.patiently(lock, || stretch.provider.confirm(stretch.lock, &slots)) {
                Ok(there) => {
                    let mut again = Vec::new();
                    for ((index, result), there) in left.drain(..).zip(results).zip(there) {
                        if there.as_ref().is_none_or(|there| matches!(there.code, CodeSeen::None)) {
                            stretch.hidden.remove(&change(index).slot);
                        } else if round == self.setting.options.retries || self.is_final(&result) {
                            ended.push((index, self.failed(change(index), there.as_ref(), result)));
                        } else {
                            again.push(index);
                        }
                    }
                    left = again;
                }
                Err(error) => {
                    let why = error.to_string();
                    stretch.dead = Some((Outcome::Failed(why.clone()), Some(why.clone())));
                    ended.extend(left.drain(..).map(|index| (index, Outcome::Unknown(why.clone()))));
                }
            }
        }
        let dead = stretch.dead.as_ref().map(|(outcome, _)| outcome.clone());
        let is_ended = |index: u32| ended.iter().any(|(one, _)| *one == index);
        let (rest, out): (Vec<_>, Vec<_>) =
            changes.into_iter().partition(|(index, _)| dead.is_none() && !is_ended(*index));
        let untried: Vec<(u32, Outcome)> = out
            .into_iter()
            .filter(|(index, _)| !is_ended(*index))
            .filter_map(|(index, _)| Some((index, dead.clone()?)))
            .collect();
        ended.extend(untried);
        (rest, ended)
    }

    /// What is in a slot without its doorcode; who opens by doorcode alone has nothing there.
    fn without_code(&self, change: &Change) -> Write<'_> {
        let held = change.before.map(|held| Held { ways: held.ways.without(Capability::Doorcode), ..held });
        let entry = held.filter(|held| !held.ways.is_empty()).map(|held| NewEntry {
            person: &self.plan.person(change).id,
            ways: held.ways,
            program: self.plan.program(held),
            code: NewCode::None,
        });
        Write { slot: change.slot, entry }
    }
}

/// Whether a change makes a doorcode where there is one.
fn replaces_code(change: &Change) -> bool {
    let has_code = |held: Option<Held>| held.is_some_and(|held| held.ways.has_doorcode());
    change.code == CodeFate::Makes && has_code(change.before) && has_code(change.after)
}
