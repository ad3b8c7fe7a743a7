//! `diff --format json`: the whole difference, person by person, as `docs/json.md` describes it.

use hashbrown::HashMap;
use serde::Serialize;

use crate::access::Difference;
use crate::access::difference::{DeltaId, PersonPair};
use crate::output::segments;
use crate::time::{Day, Interval};

#[derive(Serialize)]
struct Head<'d> {
    version: u8,
    property: &'d str,
    from: String,
    until: Option<String>,
    notes: &'d [String],
}

/// How much changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// People whose access changes.
    pub people: usize,
    /// Doors at which it does.
    pub doors: usize,
    /// How often somebody gains a capability at a door, at some time.
    pub gained: usize,
    /// How often somebody loses one.
    pub lost: usize,
}

/// The days that are holidays on one side.
pub(super) fn holidays(difference: &Difference<'_>) -> Vec<Day> {
    let both = difference.old.holidays.iter().chain(&difference.new.holidays);
    let mut days: Vec<Day> = both.map(|holiday| holiday.day).collect();
    days.sort_unstable();
    days.dedup();
    days
}

/// The changes of times as text: gained and lost, each a list of segments.
struct Texts<'d> {
    difference: &'d Difference<'d>,
    holidays: Vec<Day>,
    known: HashMap<(DeltaId, Interval), Parts>,
}

/// What somebody gains and loses by one change; empty where nothing.
type Parts = (String, String);

impl Texts<'_> {
    fn of(&mut self, delta: DeltaId, dates: Interval) -> serde_json::Result<Parts> {
        if let Some(known) = self.known.get(&(delta, dates)) {
            return Ok(known.clone());
        }
        let found = self.difference.delta(delta);
        let text = |set| {
            let part = self.difference.in_dates(set, dates);
            if part.is_empty() {
                return Ok(String::new());
            }
            serde_json::to_string(&segments::all(&part, &self.holidays))
        };
        let parts = (text(&found.gained)?, text(&found.lost)?);
        self.known.insert((delta, dates), parts.clone());
        Ok(parts)
    }
}

/// The document of one property on one line, and how much changes in it. `notes` are what a reader must know beside the
/// changes.
///
/// # Errors
/// Never in practice: what is written is texts and numbers.
pub fn json(
    difference: &Difference<'_>,
    property: &str,
    notes: &[String],
) -> serde_json::Result<(String, Summary)> {
    let mut texts = Texts { difference, holidays: holidays(difference), known: HashMap::new() };
    let mut people: Vec<(&str, PersonPair, usize)> = Vec::new();
    for (number, cohort) in difference.cohorts().iter().enumerate() {
        people.extend(cohort.people.iter().map(|one| (difference.person_id(*one), *one, number)));
    }
    people.sort_unstable_by_key(|(id, ..)| *id);
    let moment = |minute: Option<crate::time::Minute>| minute.map(|minute| minute.to_string());
    let mut text = serde_json::to_string(&Head {
        version: 1,
        property,
        from: moment(difference.within.from()).unwrap_or_default(),
        until: moment(difference.within.until()),
        notes,
    })?;
    text.pop();
    text.push_str(",\"changes\":[");
    let mut summary = Summary { people: people.len(), ..Summary::default() };
    let mut doors: Vec<&str> = Vec::new();
    let mut first = true;
    for (person_id, person, cohort) in people {
        let mut changes = Vec::new();
        for change in &difference.cohorts()[cohort].changes {
            let Some(door) = difference.door_of(change.place, person) else { continue };
            changes.push((difference.door_id(door), change.capability, change.delta));
        }
        changes.sort_unstable_by_key(|(door, capability, _)| (*door, *capability));
        let person_text = serde_json::to_string(person_id)?;
        for (door, capability, delta) in changes {
            let (gained, lost) = texts.of(delta, difference.cohorts()[cohort].dates)?;
            if gained.is_empty() && lost.is_empty() {
                continue;
            }
            summary.gained += usize::from(!gained.is_empty());
            summary.lost += usize::from(!lost.is_empty());
            doors.push(door);
            let or_none = |text: String| if text.is_empty() { "[]".to_owned() } else { text };
            if !first {
                text.push(',');
            }
            first = false;
            text.push_str(&format!(
                "\n{{\"person\":{person_text},\"door\":{},\"capability\":\"{}\",\"gained\":{},\"lost\":{}}}",
                serde_json::to_string(door)?,
                capability.name(),
                or_none(gained),
                or_none(lost)
            ));
        }
    }
    doors.sort_unstable();
    doors.dedup();
    summary.doors = doors.len();
    text.push_str("],\"summary\":");
    text.push_str(&serde_json::to_string(&summary)?);
    text.push_str("}\n");
    Ok((text, summary))
}
