//! The saved form of plans: JSON, with no doorcode and nothing made of one.

use std::borrow::Cow;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use super::{
    Change, CodeFate, Danger, Guard, Guards, Plan, PlannedLock, PlannedPerson, Reason, Short, Verdicts,
};
use crate::locks::wire::WireSegment;
use crate::locks::{Family, Held, Limits, Program, Ways};
use crate::model::Capability;
use crate::time::{Day, Segment};

/// Why a saved plan cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SavedError {
    /// It is no saved plan.
    Form(String),
    /// It was changed after it was made: its digest is another one.
    Changed,
}

impl std::fmt::Display for SavedError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Form(why) => write!(f, "it is no saved plan: {why}"),
            Self::Changed => f.write_str("it was changed after it was made, its digest is another one"),
        }
    }
}

/// A file with plans.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WireFile {
    version: u8,
    plans: Vec<WireSaved>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WireSaved {
    digest: String,
    serial: u64,
    plan: WirePlan,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WirePlan {
    property: String,
    timezone: String,
    as_of: String,
    lineage: String,
    locks: Vec<WireLock>,
    people: Vec<WirePerson>,
    programs: Vec<Vec<WireSegment>>,
    changes: Vec<WireChange>,
    short: Vec<WireShort>,
    dangers: Vec<WireDanger>,
    guards: WireGuards,
    verdicts: [u64; 4],
    due: Option<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WireLock {
    door: String,
    provider: String,
    address: String,
    family: Option<String>,
    holders: Option<u32>,
    doorcodes: Option<u32>,
    digits: Option<(u8, u8)>,
    distinct_codes: bool,
    online: bool,
    entries: u32,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WirePerson {
    id: String,
    name: Option<String>,
    unit: Option<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WireHeld {
    ways: Vec<Cow<'static, str>>,
    program: u32,
    part: u8,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WireChange {
    lock: u32,
    slot: u32,
    person: u32,
    before: Option<WireHeld>,
    after: Option<WireHeld>,
    unsure: bool,
    code: Cow<'static, str>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    untold: bool,
    reason: Cow<'static, str>,
    needs: Vec<u32>,
    after_grants: bool,
    gap: bool,
    fill: u32,
    cause: Option<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WireShort {
    door: String,
    person: String,
    others: u32,
    capability: Option<String>,
    why: String,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WireDanger {
    guard: String,
    what: String,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WireGuards {
    revoke_share: u8,
    revoke_count: u32,
    people: Vec<String>,
    doors: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    entrances: Vec<String>,
}

/// Everything that a digest is taken of but the changes.
pub(super) fn head(plan: &Plan) -> Vec<u8> {
    let mut head = wire_head(plan);
    // The same changes are the same plan tomorrow.
    (head.as_of, head.due, head.verdicts) = (String::new(), None, [0; 4]);
    // Texts, numbers and lists always have a form in JSON.
    serde_json::to_vec(&head).unwrap_or_default()
}

impl Plan {
    /// Some plans as the text of a file.
    ///
    /// # Errors
    /// Never in practice: what is written is texts and numbers.
    pub fn save(plans: &[Self]) -> serde_json::Result<String> {
        let plans = plans
            .iter()
            .map(|plan| WireSaved { digest: plan.digest.clone(), serial: plan.serial, plan: wire(plan) })
            .collect();
        serde_json::to_string(&WireFile { version: 1, plans }).map(|text| text + "\n")
    }

    /// The plans in the text of a file.
    ///
    /// # Errors
    /// When it is no such text, or was changed since.
    pub fn open(text: &str) -> Result<Vec<Self>, SavedError> {
        let form = |error: serde_json::Error| SavedError::Form(error.to_string());
        let file: WireFile = serde_json::from_str(text).map_err(form)?;
        if file.version != 1 {
            return Err(SavedError::Form(format!("its version is {}, and 1 is known", file.version)));
        }
        file.plans
            .into_iter()
            .map(|saved| {
                let mut plan = unwire(saved.plan).map_err(SavedError::Form)?;
                (plan.digest, plan.serial) = (saved.digest, saved.serial);
                if plan.digest() != plan.digest {
                    return Err(SavedError::Changed);
                }
                Ok(plan)
            })
            .collect()
    }
}

fn wire(plan: &Plan) -> WirePlan {
    let held = |held: Held| WireHeld {
        ways: held.ways.each().map(|way| way.name().into()).collect(),
        program: held.program,
        part: held.part,
    };
    let change = |one: &Change| WireChange {
        lock: one.lock,
        slot: one.slot,
        person: one.person,
        before: one.before.map(held),
        after: one.after.map(held),
        unsure: one.unsure,
        code: one.code.name().into(),
        untold: one.untold,
        reason: one.reason.name().into(),
        needs: plan.needs(one).to_vec(),
        after_grants: one.after_grants,
        gap: one.gap,
        fill: one.fill,
        cause: plan.cause(one).map(str::to_owned),
    };
    WirePlan { changes: plan.changes.iter().map(change).collect(), ..wire_head(plan) }
}

/// A plan without its changes.
fn wire_head(plan: &Plan) -> WirePlan {
    let Plan {
        property,
        timezone,
        as_of,
        lineage,
        serial: _,
        locks,
        people,
        programs,
        changes: _,
        needed: _,
        causes: _,
        short,
        dangers,
        guards,
        verdicts,
        due,
        digest: _,
    } = plan;
    WirePlan {
        property: property.clone(),
        timezone: timezone.name().to_owned(),
        as_of: as_of.to_string(),
        lineage: lineage.clone(),
        locks: locks
            .iter()
            .map(|lock| WireLock {
                door: lock.door.clone(),
                provider: lock.provider.clone(),
                address: lock.address.clone(),
                family: lock.limits.family.map(|family| family.name().to_owned()),
                holders: lock.limits.holders,
                doorcodes: lock.limits.doorcodes,
                digits: lock.limits.digits,
                distinct_codes: lock.limits.distinct_codes,
                online: lock.limits.online,
                entries: lock.entries,
            })
            .collect(),
        people: people
            .iter()
            .map(|one| WirePerson { id: one.id.clone(), name: one.name.clone(), unit: one.unit.clone() })
            .collect(),
        programs: programs.iter().map(|program| program.0.iter().map(WireSegment::from).collect()).collect(),
        changes: Vec::new(),
        short: short
            .iter()
            .map(|one| WireShort {
                door: one.door.clone(),
                person: one.person.clone(),
                others: one.others,
                capability: one.capability.map(|one| one.name().to_owned()),
                why: one.why.clone(),
            })
            .collect(),
        dangers: dangers
            .iter()
            .map(|one| WireDanger { guard: one.guard.name().to_owned(), what: one.what.clone() })
            .collect(),
        guards: WireGuards {
            revoke_share: guards.revoke_share,
            revoke_count: guards.revoke_count,
            people: guards.people.clone(),
            doors: guards.doors.clone(),
            entrances: guards.entrances.clone(),
        },
        verdicts: [verdicts.exact, verdicts.split, verdicts.needs_apply, verdicts.refused],
        due: due.map(|day| day.to_string()),
    }
}

fn capability(name: &str) -> Result<Capability, String> {
    let found = Capability::ALL.into_iter().find(|one| one.name() == name);
    found.ok_or_else(|| format!("there is no capability `{name}`"))
}

fn day(text: &str) -> Result<Day, String> {
    Day::parse(text).map_err(|_| format!("`{text}` is no date"))
}

fn unwire(wire: WirePlan) -> Result<Plan, String> {
    let (locks, people, programs) = (wire.locks.len(), wire.people.len(), wire.programs.len());
    let held = |held: WireHeld| -> Result<Held, String> {
        if held.program as usize >= programs {
            return Err("a change names a program that is not there".into());
        }
        let ways =
            held.ways.iter().map(|name| capability(name).map(Ways::one)).collect::<Result<Vec<_>, _>>()?;
        let ways = ways.into_iter().fold(Ways::default(), Ways::with);
        Ok(Held { ways, program: held.program, part: held.part })
    };
    let (mut needed, mut causes) = (Vec::new(), Vec::new());
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let mut number = |cause: String| {
        *numbers.entry(cause).or_insert_with_key(|cause| {
            causes.push(cause.clone());
            causes.len() as u32 - 1
        })
    };
    let change = |(index, one): (usize, WireChange)| -> Result<Change, String> {
        let unknown = |what: &str, name: &str| format!("there is no {what} `{name}`");
        if one.lock as usize >= locks || one.person as usize >= people {
            return Err("a change names a lock or a person that is not there".into());
        }
        if one.needs.iter().any(|need| *need as usize >= index) {
            return Err("a change waits for what comes later".into());
        }
        let start = needed.len() as u32;
        needed.extend(one.needs);
        Ok(Change {
            lock: one.lock,
            slot: one.slot,
            person: one.person,
            before: one.before.map(held).transpose()?,
            after: one.after.map(held).transpose()?,
            unsure: one.unsure,
            code: CodeFate::ALL
                .into_iter()
                .find(|fate| fate.name() == one.code)
                .ok_or_else(|| unknown("fate of a doorcode", &one.code))?,
            untold: one.untold,
            reason: Reason::ALL
                .into_iter()
                .find(|reason| reason.name() == one.reason)
                .ok_or_else(|| unknown("reason", &one.reason))?,
            needs: start..needed.len() as u32,
            after_grants: one.after_grants,
            gap: one.gap,
            fill: one.fill,
            cause: one.cause.map(&mut number),
        })
    };
    let changes: Vec<Change> = wire.changes.into_iter().enumerate().map(change).collect::<Result<_, _>>()?;
    let [exact, split, needs_apply, refused] = wire.verdicts;
    Ok(Plan {
        property: wire.property,
        timezone: wire.timezone.parse().map_err(|_| format!("`{}` is no time zone", wire.timezone))?,
        as_of: day(&wire.as_of)?,
        lineage: wire.lineage,
        serial: 0,
        changes,
        needed,
        causes,
        locks: wire
            .locks
            .into_iter()
            .map(|lock| PlannedLock {
                limits: Limits {
                    family: lock.family.as_deref().and_then(Family::find),
                    holders: lock.holders,
                    doorcodes: lock.doorcodes,
                    digits: lock.digits,
                    distinct_codes: lock.distinct_codes,
                    online: lock.online,
                    ..lock.family.as_deref().and_then(Family::find).map_or(Limits::ANY, Family::limits)
                },
                door: lock.door,
                provider: lock.provider,
                address: lock.address,
                entries: lock.entries,
            })
            .collect(),
        people: wire
            .people
            .into_iter()
            .map(|one| PlannedPerson { id: one.id, name: one.name, unit: one.unit })
            .collect(),
        programs: wire
            .programs
            .into_iter()
            .map(|segments| {
                segments.into_iter().map(Segment::try_from).collect::<Result<Vec<_>, _>>().map(Program)
            })
            .collect::<Result<_, _>>()?,
        short: wire
            .short
            .into_iter()
            .map(|one| {
                let capability = one.capability.as_deref().map(capability).transpose()?;
                Ok(Short { door: one.door, person: one.person, others: one.others, capability, why: one.why })
            })
            .collect::<Result<_, String>>()?,
        dangers: wire
            .dangers
            .into_iter()
            .map(|one| {
                let guard =
                    Guard::find(&one.guard).ok_or_else(|| format!("there is no guard `{}`", one.guard))?;
                Ok(Danger { guard, what: one.what })
            })
            .collect::<Result<_, String>>()?,
        guards: Guards {
            revoke_share: wire.guards.revoke_share,
            revoke_count: wire.guards.revoke_count,
            people: wire.guards.people,
            doors: wire.guards.doors,
            entrances: wire.guards.entrances,
        },
        verdicts: Verdicts { exact, split, needs_apply, refused },
        due: wire.due.as_deref().map(day).transpose()?,
        digest: String::new(),
    })
}
