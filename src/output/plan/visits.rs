//! Lists for visits to locks that cannot be reached from afar.

use crate::plan::{Plan, Reason};

/// What somebody has to do at each lock of a plan that is offline; nothing when there is none.
#[must_use]
pub fn visits(plan: &Plan) -> String {
    let mut text = String::new();
    for (number, lock) in plan.locks.iter().enumerate().filter(|(_, lock)| !lock.limits.online) {
        let changes: Vec<_> = plan.changes.iter().filter(|change| change.lock as usize == number).collect();
        if changes.is_empty() {
            continue;
        }
        text.push_str(&format!("  visit `{}` ({} changes):\n", lock.door, changes.len()));
        for change in changes {
            let id = &plan.person(change).id;
            let line = match (change.reason, change.after) {
                (Reason::Leaves | Reason::Loses, None) => {
                    let until = change.before.and_then(|held| {
                        plan.program(held)
                            .0
                            .iter()
                            .map(|segment| segment.until)
                            .max_by_key(|until| until.map_or(i32::MAX, |until| until.0))
                    });
                    let until = match until.flatten() {
                        Some(until) => format!("until {until}"),
                        None => "for as long as nobody comes".to_owned(),
                    };
                    format!(
                        "take `{id}` out of slot {}; until the visit the lock opens to them, {until}",
                        change.slot
                    )
                }
                (Reason::Loses | Reason::Changes, Some(_)) => format!(
                    "bring the lock up to date for `{id}`, slot {}; until the visit it opens to them as before",
                    change.slot
                ),
                (_, Some(_)) => format!("bring the lock up to date for `{id}`, slot {}", change.slot),
                (_, None) => format!("empty slot {} of `{id}`", change.slot),
            };
            text.push_str(&format!("    - {line}\n"));
        }
    }
    text
}
