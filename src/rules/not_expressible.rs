//! `not-expressible`

use super::context::Context;
use super::findings::Findings;
use super::tally::Tally;
use crate::access::TimesId;
use crate::model::LockModel;

/// Why a lock cannot hold some access.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    Holidays,
    Start,
}

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    let mut tally = Tally::new();
    for (id, door, model) in context.modelled_doors() {
        for (times, person) in context.loads().times(id) {
            if let Some(why) = refused(context, *times, model) {
                tally.add((context.written_door(door), model.id, why), [id], [*person]);
            }
        }
    }
    for ((at, model, why), touched) in tally.mistakes() {
        let who =
            format!("the access of {} to {}", context.people(&touched.people), context.doors(&touched.doors));
        let model_name = context.quoted(model);
        let (message, help) = match why {
            Why::Holidays => (
                format!("{who} differs on holidays, and a lock of the model {model_name} knows none"),
                "use hours without `holidays` for this door: the lock would open on them as on any other day",
            ),
            Why::Start => (
                format!(
                    "{who} begins on a later day, and a lock of the model {model_name} keeps no dates and is offline"
                ),
                "give the access on the day that somebody visits the lock, or fit one that keeps dates",
            ),
        };
        found.push(
            found
                .about(format!("door {}", context.property.text(at)), at, message)
                .help(help)
                .related(model, "what the lock can hold"),
        );
    }
}

fn refused(context: &Context<'_>, times: TimesId, model: &LockModel) -> Option<Why> {
    if model.holidays != Some(false) && (model.dates != Some(false) || model.online != Some(false)) {
        return None;
    }
    let segments = context.segments(times);
    let differs = segments.iter().any(|one| {
        let ahead = |day: &crate::time::Day| *day >= context.property.as_of;
        one.holidays.iter().any(|(day, _)| ahead(day)) || one.holidays_closed.iter().any(ahead)
    });
    if model.holidays == Some(false) && differs {
        return Some(Why::Holidays);
    }
    let later = segments.iter().any(|one| one.from.is_some_and(|from| from > context.today()));
    (model.dates == Some(false) && model.online == Some(false) && later).then_some(Why::Start)
}
