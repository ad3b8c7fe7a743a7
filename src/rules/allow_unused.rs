//! `allow-unused`

use super::Rule;
use super::allows::about_comments;
use super::context::Context;
use super::findings::Findings;

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    if !context.policy.honours_comments() {
        return;
    }
    for allow in context.allows.all() {
        // What stands in a shared part may be for another property.
        if !context.is_own(allow.comment) {
            continue;
        }
        if let Some(malformed) = &allow.malformed {
            found.push(found.about("allow comment", allow.comment, malformed.clone()));
            continue;
        }
        let sole = allow.rules.len() == 1;
        for named in &allow.rules {
            let name = context.quoted(named.span);
            let Some(rule) = named.rule else {
                let help = match Rule::nearest(context.property.text(named.span)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "`keyplan rules` lists them all".to_owned(),
                };
                let message = format!("there is no rule {name}, so this allows nothing");
                found.push(found.about("allow comment", named.span, message).help(help));
                continue;
            };
            let (message, help) = if rule.is_life_safety() {
                (
                    format!("{name} cannot be allowed: somebody may stand before a closed door"),
                    "mend what it tells, and delete the comment",
                )
            } else if rule.is_assertion() {
                (
                    format!("{name} cannot be allowed: the property itself demands it"),
                    "mend what it tells, or change the assertion, and delete the comment",
                )
            } else if about_comments(rule) {
                (format!("{name} cannot be allowed by a comment"), "mend or delete the comment it tells of")
            } else if named.used.get() || context.policy.level(rule).is_none() {
                continue;
            } else {
                (
                    format!("nothing here is a {name} any more"),
                    "delete the comment, or move it to where it belongs",
                )
            };
            let fix = (sole && !rule.is_binding()).then(|| allow.deleted(context)).flatten();
            found.push(
                found.about(format!("allow {}", rule.kind.name), named.span, message).help(help).fix(fix),
            );
        }
    }
}
