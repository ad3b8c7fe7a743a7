//! `allow-without-reason`

use super::context::Context;
use super::findings::Findings;

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    if !context.policy.honours_comments() {
        return;
    }
    for allow in context.allows.all().iter().filter(|allow| !allow.reason && allow.malformed.is_none()) {
        let message = "this allow comment gives no reason, so it allows nothing";
        found.push(
            found
                .about("allow comment", allow.comment, message)
                .help("say why behind a colon: `# keyplan: allow(rule-name) until 2027-03-01: reason`"),
        );
    }
}
