//! `plan --format json`, as `docs/json.md` describes it.

use serde::Serialize;

use crate::locks::Held;
use crate::locks::wire::WireSegment;
use crate::model::Capability;
use crate::plan::{CodeFate, Plan};

#[derive(Serialize)]
struct WirePlan<'p> {
    version: u8,
    property: &'p str,
    /// Nothing has changed since there was last nothing to do, and that is all that is known.
    unchanged: bool,
    timezone: &'p str,
    as_of: String,
    digest: &'p str,
    changes: Vec<WireChange<'p>>,
    short: Vec<WireShort<'p>>,
    refusals: Vec<WireRefusal<'p>>,
    due: Option<String>,
    summary: WireSummary,
}

#[derive(Serialize)]
struct WireChange<'p> {
    number: usize,
    door: &'p str,
    provider: &'p str,
    lock: &'p str,
    slot: u32,
    person: &'p str,
    reason: &'static str,
    before: Option<WireHeld>,
    after: Option<WireHeld>,
    doorcode: &'static str,
    doorcode_untold: bool,
    cause: &'p str,
    needs: Vec<u32>,
    after_grants: bool,
    gap: bool,
    entries_after: u32,
    capacity: Option<u32>,
    visit: bool,
}

#[derive(Serialize)]
struct WireHeld {
    capabilities: Vec<&'static str>,
    segments: Vec<WireSegment>,
}

#[derive(Serialize)]
struct WireShort<'p> {
    door: &'p str,
    person: &'p str,
    others: u32,
    capability: Option<&'static str>,
    why: &'p str,
}

#[derive(Serialize)]
struct WireRefusal<'p> {
    guard: &'static str,
    why: &'p str,
}

#[derive(Serialize)]
struct WireSummary {
    changes: usize,
    locks: usize,
    people: usize,
    doorcodes_made: usize,
    doorcodes_deleted: usize,
    exact: u64,
    split: u64,
    needs_apply: u64,
    refused: u64,
}

/// A plan as one document on one line.
///
/// # Errors
/// Never in practice: what is written is texts and numbers.
pub fn plan_json(plan: &Plan) -> serde_json::Result<String> {
    let held = |held: Held| WireHeld {
        capabilities: held.ways.each().map(Capability::name).collect(),
        segments: plan.program(held).0.iter().map(WireSegment::from).collect(),
    };
    let count = |fate| plan.changes.iter().filter(|change| change.code == fate).count();
    let changes = plan.changes.iter().enumerate().map(|(index, change)| {
        let lock = plan.lock(change);
        WireChange {
            number: index + 1,
            door: &lock.door,
            provider: &lock.provider,
            lock: &lock.address,
            slot: change.slot,
            person: &plan.person(change).id,
            reason: change.reason.name(),
            before: change.before.map(held),
            after: change.after.map(held),
            doorcode: change.code.name(),
            doorcode_untold: change.untold,
            cause: plan.cause(change).unwrap_or("not in the file"),
            needs: plan.needs(change).iter().map(|need| need + 1).collect(),
            after_grants: change.after_grants,
            gap: change.gap,
            entries_after: change.fill,
            capacity: lock.limits.holders,
            visit: !lock.limits.online,
        }
    });
    let document = WirePlan {
        version: 1,
        property: &plan.property,
        unchanged: false,
        timezone: plan.timezone.name(),
        as_of: plan.as_of.to_string(),
        digest: &plan.digest,
        changes: changes.collect(),
        short: plan
            .short
            .iter()
            .map(|one| WireShort {
                door: &one.door,
                person: &one.person,
                others: one.others,
                capability: one.capability.map(Capability::name),
                why: &one.why,
            })
            .collect(),
        refusals: plan
            .dangers
            .iter()
            .map(|danger| WireRefusal { guard: danger.guard.name(), why: &danger.what })
            .collect(),
        due: plan.due.map(|day| day.to_string()),
        summary: WireSummary {
            changes: plan.changes.len(),
            locks: plan.locks.len(),
            people: plan.people.len(),
            doorcodes_made: count(CodeFate::Makes),
            doorcodes_deleted: count(CodeFate::Deletes),
            exact: plan.verdicts.exact,
            split: plan.verdicts.split,
            needs_apply: plan.verdicts.needs_apply,
            refused: plan.verdicts.refused,
        },
    };
    serde_json::to_string(&document).map(|text| text + "\n")
}
