//! `allow-expired`

use super::context::Context;
use super::findings::Findings;

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    if !context.policy.honours_comments() {
        return;
    }
    for allow in context.allows.all() {
        let Some(until) = allow.until.filter(|_| allow.is_expired(context.property.as_of)) else { continue };
        let names: Vec<String> = allow.rules.iter().map(|named| context.quoted(named.span)).collect();
        let message = format!("this allowed {} until {until}, which is over", names.join(", "));
        found.push(
            found
                .about("allow comment", allow.comment, message)
                .help("mend what it allowed and delete the comment, or decide anew and write a later date"),
        );
    }
}
