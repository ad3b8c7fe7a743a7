//! `mergeable-keys`

use hashbrown::HashMap;

use super::context::Context;
use super::findings::Findings;
use crate::model::{Key, KeyId, KeyType};
use crate::time::Interval;

/// Who holds a key and how: class, sharing, dates.
type Holding = (u32, bool, Interval);

/// Keys with `each` stand apart: one home is one key, also when the same people hold others.
pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    let mut alike: HashMap<(bool, Vec<Holding>), Vec<KeyId>> = HashMap::new();
    let needless = context.needless();
    for (number, key) in context.property.keys.iter().enumerate() {
        let id = KeyId(number as u32);
        let goes = needless.duplicates.iter().chain(&needless.subsumed).any(|(one, _)| *one == id)
            || needless.redundant.contains(&id);
        if key.each.is_some() || key.lines.is_empty() || goes {
            continue;
        }
        let holdings = holdings(context, id);
        if holdings.is_empty() {
            continue;
        }
        let group = alike.entry((key.kind == KeyType::Elevator, holdings)).or_default();
        let keys = &context.property.keys;
        if let Some(first) = group.iter().find(|other| agree(key, &keys[other.index()])) {
            let message = format!(
                "whoever holds {} holds {} too, in the same way: one key could replace the two",
                context.key(id),
                context.key(*first)
            );
            found.push(
                found
                    .about(
                        format!("{}, {}", context.key_object(*first), context.key_object(id)),
                        key.id,
                        message,
                    )
                    .help(format!("move its doors into {}, and delete it", context.key(*first)))
                    .related(keys[first.index()].id, "held by the same people"),
            );
        }
        group.push(id);
    }
}

fn holdings(context: &Context<'_>, key: KeyId) -> Vec<Holding> {
    let mut classes: Vec<u32> =
        context.holders(key).iter().map(|person| context.access.class_of(*person)).collect();
    classes.sort_unstable();
    classes.dedup();
    let mut holdings = Vec::new();
    for class in classes {
        for grant in context.access.classes()[class as usize].iter().filter(|grant| grant.key == key) {
            let dates = context.ahead(grant.dates);
            if !dates.is_empty() {
                holdings.push((class, grant.share, dates));
            }
        }
    }
    holdings
}

/// Whether no door would need two settings on one key.
fn agree(one: &Key, other: &Key) -> bool {
    one.share == other.share
        && one.lines.iter().all(|line| match other.line(line.door, None) {
            Some(setting) => {
                (setting.schedule, setting.doorcode) == (line.setting.schedule, line.setting.doorcode)
            }
            None => true,
        })
}
