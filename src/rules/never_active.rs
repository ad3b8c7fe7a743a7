//! `never-active`

use super::context::Context;
use super::findings::Findings;
use super::shown::some;
use crate::model::{Assignment, KeyId, PersonId, Setting, Who};
use crate::time::Interval;

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    for assignment in &context.property.assignments {
        let dates = context.ahead(assignment.dates);
        if dates.is_empty() {
            continue;
        }
        if let Some(message) = nobody_then(context, assignment, dates) {
            found.push(
                found
                    .about(context.assignment_object(assignment), assignment.span, message)
                    .help("compare the dates of the assignment with those of its people"),
            );
            continue;
        }
        for (key, settings) in closed_lines(context, assignment, dates) {
            let hours = context.hours_of(settings[0].schedule);
            let message = format!(
                "the key {} never opens {} here: the dates of this assignment never meet {hours}",
                context.key(key),
                some(&settings, |setting| context.line(*setting)),
            );
            found.push(
                found
                    .about(context.assignment_object(assignment), assignment.span, message)
                    .help("change the dates, or the schedule of the line")
                    .related(settings[0].span, format!("open {hours} only")),
            );
        }
    }
}

/// Whether everybody whom an assignment names is away in its dates. One without anybody is no matter of dates.
fn nobody_then(context: &Context<'_>, assignment: &Assignment, dates: Interval) -> Option<String> {
    let named: Vec<PersonId> = context
        .property
        .recipients(assignment)
        .iter()
        .map(|who| if let Who::Person(person) = who { Some(*person) } else { None })
        .collect::<Option<_>>()?;
    let away = |person: &PersonId| {
        let theirs = context.property.people[person.index()].dates;
        theirs.intersect(dates).is_empty() && !context.ahead(theirs).is_empty()
    };
    (!named.is_empty() && named.iter().all(away)).then(|| {
        format!("this assignment never gives {} anything: their dates never meet", context.people(&named))
    })
}

/// The lines of its keys whose hours never come in its dates, those of one key with one schedule together.
fn closed_lines(
    context: &Context<'_>,
    assignment: &Assignment,
    dates: Interval,
) -> Vec<(KeyId, Vec<Setting>)> {
    let mut closed: Vec<(KeyId, Vec<Setting>)> = Vec::new();
    for given in &context.property.key_lists[assignment.keys.index()] {
        let key = &context.property.keys[given.key.index()];
        let own = key.each.as_ref().and_then(|each| each.own);
        for setting in key.lines.iter().map(|line| line.setting).chain(own) {
            let alike = |(other, settings): &&mut (KeyId, Vec<Setting>)| {
                *other == given.key && settings[0].schedule == setting.schedule
            };
            match closed.iter_mut().find(alike) {
                // A group is one line, however many doors are in it.
                Some((_, known)) if known.iter().all(|known| known.span != setting.span) => {
                    known.push(setting)
                }
                Some(_) => {}
                None if setting.schedule.is_some() && context.never_meets(setting.schedule, dates) => {
                    closed.push((given.key, vec![setting]));
                }
                None => {}
            }
        }
    }
    closed
}
