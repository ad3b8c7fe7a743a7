//! A plan for people.

use super::people::groups;
use crate::output::words::count as counted;
use crate::plan::{Change, CodeFate, Plan, Short};

/// So many groups of people are shown.
const SHOWN: usize = 60;

/// A plan as a reader takes it in: who gets and loses what, what is short, what needs somebody's word, and the digest.
#[must_use]
pub fn plan_human(plan: &Plan) -> String {
    let mut text = format!("{}: {}\n", plan.property, headline(plan));
    let groups = groups(plan);
    for group in groups.iter().take(SHOWN) {
        text.push_str(&format!(
            "  {} {} {} ({})\n",
            group.sign(),
            group.who(plan),
            group.what(plan),
            group.cause()
        ));
    }
    if groups.len() > SHOWN {
        text.push_str(&format!("  … and {} more; `-v` shows every change\n", groups.len() - SHOWN));
    }
    text.push_str(&remarks(plan));
    if !plan.is_empty() || plan.leaves_out() {
        text.push_str(&format!("  digest {}\n", plan.digest));
    }
    text
}

/// One line about all of it.
pub(super) fn headline(plan: &Plan) -> String {
    if plan.is_empty() {
        let so = if plan.short.is_empty() { "what is written" } else { "what they can of what is written" };
        return format!("nothing to do, the locks hold {so}");
    }
    let made = plan.changes.iter().filter(|one| one.code == CodeFate::Makes).count();
    let deleted = plan.changes.iter().filter(|one| one.code == CodeFate::Deletes).count();
    format!(
        "{} at {} for {}; {} made, {deleted} deleted for good",
        counted(plan.changes.len(), "change", "changes"),
        counted(plan.locks.len(), "lock", "locks"),
        counted(plan.people.len(), "person", "people"),
        counted(made, "doorcode", "doorcodes"),
    )
}

/// What is said beside the changes.
pub(super) fn remarks(plan: &Plan) -> String {
    let mut text = String::new();
    for one in plan.short.iter().take(10) {
        text.push_str(&format!("  ! {}\n", short(one)));
    }
    if plan.short.len() > 10 {
        text.push_str(&format!("  ! … and {} more\n", plan.short.len() - 10));
    }
    if let Some(fullest) = fullest(plan) {
        text.push_str(&format!("  {fullest}\n"));
    }
    let verdicts = plan.verdicts;
    if verdicts.split + verdicts.needs_apply + verdicts.refused > 0 {
        text.push_str(&format!(
            "  of all credentials {} are held exactly, {} split, {} until the next plan, {} not at all\n",
            verdicts.exact, verdicts.split, verdicts.needs_apply, verdicts.refused
        ));
    }
    if let Some(due) = plan.due {
        text.push_str(&format!("  the next plan is due on {due}\n"));
    }
    for danger in &plan.dangers {
        text.push_str(&format!(
            "  refused by the guard `{}`: {}. If that is meant: `--allow {}`, with this digest\n",
            danger.guard.name(),
            danger.what,
            danger.guard.name()
        ));
    }
    text
}

/// Access that the locks cannot be given, in words.
pub(super) fn short(one: &Short) -> String {
    let others = match one.others {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let what = one.capability.map_or_else(|| "access".to_owned(), |one| format!("`{}`", one.name()));
    format!("{} for `{}`{others} at `{}` is not given: {}", what, one.person, one.door, one.why)
}

/// The lock that comes nearest to its limit.
fn fullest(plan: &Plan) -> Option<String> {
    let (_, fill, most, door) = plan
        .changes
        .iter()
        .filter_map(|change| {
            let lock = plan.lock(change);
            let most = lock.limits.holders?;
            Some((u64::from(change.fill) * 1000 / u64::from(most.max(1)), change.fill, most, &lock.door))
        })
        .max_by_key(|(share, ..)| *share)?;
    Some(format!("the fullest lock on the way is `{door}`, with {fill} of {most} entries"))
}

/// Every change in order, a line for each.
#[must_use]
pub fn plan_steps(plan: &Plan) -> String {
    let mut text = String::new();
    for (index, change) in plan.changes.iter().enumerate() {
        text.push_str(&format!("  {:>5}. {}\n", index + 1, step(plan, change)));
    }
    text
}

fn step(plan: &Plan, change: &Change) -> String {
    let lock = plan.lock(change);
    let does = match (change.before, change.after) {
        (None, _) => "put",
        (Some(_), Some(_)) => "replace",
        (Some(_), None) => "clear",
    };
    let mut text = format!(
        "{} slot {}: {does} {} ({})",
        lock.door,
        change.slot,
        plan.person(change).id,
        change.reason.name()
    );
    if let Some(held) = change.after {
        let ways: Vec<&str> = held.ways.each().map(crate::model::Capability::name).collect();
        text.push_str(&format!(", {}", ways.join(" + ")));
    }
    if change.code != CodeFate::None {
        text.push_str(&format!(
            ", doorcode {}",
            match change.code {
                CodeFate::Makes if change.untold => "is made in place of one that nobody here knew",
                CodeFate::Makes => "is made",
                CodeFate::Keeps if change.untold => "stays, known to nobody here",
                CodeFate::Keeps => "stays",
                _ => "is deleted for good",
            }
        ));
    }
    let needs: Vec<String> = plan.needs(change).iter().map(|need| (need + 1).to_string()).collect();
    if !needs.is_empty() {
        text.push_str(&format!(", after {}", needs.join(", ")));
    }
    if change.after_grants {
        text.push_str(", after everything new is confirmed");
    }
    text.push_str(&format!(" [{}]", plan.cause(change).unwrap_or("not in the file")));
    text
}
