//! `review-overdue`

use super::Profile;
use super::context::Context;
use super::findings::Findings;
use crate::diagnostic::Diagnostic;
use crate::model::KeyId;
use crate::source::Span;
use crate::time::Day;

/// Days after which somebody should look again.
const fn patience(profile: Profile) -> i32 {
    match profile {
        Profile::Home | Profile::Managed => 365,
        Profile::HighSecurity => 90,
    }
}

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    for (number, key) in context.property.keys.iter().enumerate() {
        let id = KeyId(number as u32);
        let what = format!("the key {}", context.key(id));
        if let Some(diagnostic) =
            judge(context, found, key.reviewed, key.id, &what, || context.key_object(id))
        {
            found.push(diagnostic);
        }
    }
    for assignment in &context.property.assignments {
        if context.ahead(assignment.dates).is_empty() {
            continue;
        }
        let what = "this assignment";
        let object = || context.assignment_object(assignment);
        if let Some(diagnostic) = judge(context, found, assignment.reviewed, assignment.span, what, object) {
            found.push(diagnostic);
        }
    }
}

fn judge(
    context: &Context<'_>,
    found: &Findings,
    reviewed: Option<Day>,
    at: Span,
    what: &str,
    object: impl Fn() -> String,
) -> Option<Diagnostic> {
    let reviewed = reviewed?;
    let days = context.property.as_of.0 - reviewed.0;
    let message = if days < 0 {
        format!("{what} was reviewed on {reviewed}, a day that has not come")
    } else if days > patience(context.profile) {
        format!("{what} was last reviewed on {reviewed}, {days} days ago")
    } else {
        return None;
    };
    let at = context
        .part(at)
        .and_then(|part| context.field(part.value, "reviewed"))
        .map_or(at, |(_, value)| value.span());
    Some(found.about(object(), at, message).help("look at who holds what, and write the day as `reviewed`"))
}
