//! `no-entrance`

use super::context::Context;
use super::findings::Findings;
use super::hours::moment;
use super::tally::Tally;
use super::ways_in::{culprit, first_outside, is_inside};
use crate::access::TimesId;
use crate::model::{Capability, DoorKind};
use crate::source::Span;
use crate::time::Minute;
use hashbrown::HashMap;

/// What somebody can open, as far as this rule asks.
type Inside = (Vec<TimesId>, Vec<TimesId>);

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    if !context.property.doors.iter().any(|door| door.kind == DoorKind::Entrance) {
        return;
    }
    let mut known: HashMap<Inside, Option<Minute>> = HashMap::new();
    let mut tally = Tally::new();
    let mut earliest: HashMap<Span, Minute> = HashMap::new();
    for cohort in context.cohorts() {
        let mut entrances: Vec<TimesId> = Vec::new();
        let mut inside: Vec<TimesId> = Vec::new();
        for cell in context.cells(cohort, Capability::Unlock) {
            if context.kind_of_door(cell.door) == DoorKind::Entrance {
                entrances.push(cell.times);
            } else if is_inside(context, cell.door) {
                inside.push(cell.times);
            }
        }
        for list in [&mut entrances, &mut inside] {
            list.sort_unstable();
            list.dedup();
        }
        for person in &cohort.people {
            let mut inside = inside.clone();
            for cell in context.access.own_cells(*person) {
                if cell.capability == Capability::Unlock && !inside.contains(&cell.times) {
                    inside.push(cell.times);
                }
            }
            inside.retain(|times| !entrances.contains(times));
            if inside.is_empty() {
                continue;
            }
            let minute = *known
                .entry((inside, entrances.clone()))
                .or_insert_with_key(|(inside, entrances)| first_outside(context, inside, entrances));
            if let Some(minute) = minute {
                let (at, door) = culprit(context, *person, minute);
                tally.add(at, [door], [*person]);
                let first = earliest.entry(at).or_insert(minute);
                *first = minute.min(*first);
            }
        }
    }
    for (at, touched) in tally.mistakes() {
        let message = format!(
            "{} can open {} but no entrance on {}",
            context.people(&touched.people),
            context.doors(&touched.doors),
            moment(earliest.get(&at).copied().unwrap_or(context.today()))
        );
        let object = format!("line {}", context.property.text(at));
        found.push(
            found
                .about(object, at, message)
                .help("give the same people an entrance in the same hours, or close this door when the entrances are closed"),
        );
    }
}
