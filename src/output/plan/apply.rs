//! What came of a plan.

use serde::Serialize;

use crate::apply::{Event, Outcome, Report};
use crate::output::words::count as counted;
use crate::plan::Plan;

/// So many changes that did not happen are shown.
const SHOWN: usize = 40;

/// A report for people.
#[must_use]
pub fn apply_human(plan: &Plan, report: &Report) -> String {
    let applied = report.count("applied");
    let mut text = format!(
        "{}: {} of {} applied",
        plan.property,
        applied,
        counted(plan.changes.len(), "change", "changes")
    );
    for (name, says) in [
        ("failed", "failed"),
        ("unknown", "unknown"),
        ("skipped", "skipped"),
        ("lock-changed", "not tried, since the lock was changed"),
        ("to-do", "still to do"),
    ] {
        let count = report.count(name);
        if count > 0 {
            text.push_str(&format!(", {count} {says}"));
        }
    }
    text.push('\n');
    let not_done = plan
        .changes
        .iter()
        .zip(&report.outcomes)
        .filter_map(|(change, outcome)| outcome.why().map(|why| (change, outcome, why)));
    let mut shown = 0;
    for (change, outcome, why) in not_done {
        shown += 1;
        if shown <= SHOWN {
            text.push_str(&format!(
                "  {} `{}` at `{}`: {why}\n",
                outcome.name(),
                plan.person(change).id,
                plan.lock(change).door
            ));
        }
    }
    if shown > SHOWN {
        text.push_str(&format!("  … and {} more\n", shown - SHOWN));
    }
    for (door, count) in &report.lost {
        let entries = counted(*count, "entry", "entries");
        text.push_str(&format!(
            "  `{door}` has lost {entries} of ours: `keyplan plan` shows what puts them back\n"
        ));
    }
    text
}

#[derive(Serialize)]
struct WireReport<'p> {
    version: u8,
    property: &'p str,
    digest: &'p str,
    complete: bool,
    changes: Vec<WireOutcome<'p>>,
    lost: Vec<WireLost<'p>>,
    summary: WireSummary,
}

#[derive(Serialize)]
struct WireLost<'p> {
    door: &'p str,
    entries: usize,
}

#[derive(Serialize)]
struct WireSummary {
    applied: usize,
    failed: usize,
    unknown: usize,
    skipped: usize,
    lock_changed: usize,
    to_do: usize,
}

#[derive(Serialize)]
struct WireOutcome<'p> {
    number: usize,
    door: &'p str,
    person: &'p str,
    outcome: &'static str,
    why: Option<&'p str>,
}

/// A report as one document on one line.
///
/// # Errors
/// Never in practice: what is written is texts and numbers.
pub fn apply_json(plan: &Plan, report: &Report) -> serde_json::Result<String> {
    let changes = plan.changes.iter().zip(&report.outcomes).enumerate();
    let document = WireReport {
        version: 1,
        property: &plan.property,
        digest: &plan.digest,
        complete: report.is_complete(),
        changes: changes
            .map(|(index, (change, outcome))| WireOutcome {
                number: index + 1,
                door: &plan.lock(change).door,
                person: &plan.person(change).id,
                outcome: outcome.name(),
                why: outcome.why(),
            })
            .collect(),
        lost: report.lost.iter().map(|(door, entries)| WireLost { door, entries: *entries }).collect(),
        summary: WireSummary {
            applied: report.count("applied"),
            failed: report.count("failed"),
            unknown: report.count("unknown"),
            skipped: report.count("skipped"),
            lock_changed: report.count("lock-changed"),
            to_do: report.count("to-do"),
        },
    };
    serde_json::to_string(&document).map(|text| text + "\n")
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum WireEvent<'p> {
    Change {
        property: &'p str,
        number: u32,
        door: &'p str,
        person: &'p str,
        outcome: &'static str,
        why: Option<&'p str>,
    },
    Retry {
        property: &'p str,
        door: &'p str,
        why: &'p str,
    },
}

/// One thing that happened, as one line.
///
/// # Errors
/// Never in practice: what is written is texts and numbers.
pub fn event_json(plan: &Plan, event: &Event) -> serde_json::Result<String> {
    let property = plan.property.as_str();
    let wire = match event {
        Event::Change(index, outcome) => {
            let change = &plan.changes[*index as usize];
            let why = Outcome::why(outcome);
            WireEvent::Change {
                property,
                number: index + 1,
                door: &plan.lock(change).door,
                person: &plan.person(change).id,
                outcome: outcome.name(),
                why,
            }
        }
        Event::Retry(lock, why) => WireEvent::Retry { property, door: &plan.locks[*lock as usize].door, why },
    };
    serde_json::to_string(&wire).map(|text| text + "\n")
}
