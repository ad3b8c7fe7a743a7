//! `verify`, rendered: a proof, or one counterexample with what each side says of it.

use serde::Serialize;

use super::answers::obstacle;
use super::places::{WirePlace, place};
use crate::access::difference::Counterexample;
use crate::access::{Access, Difference};
use crate::model::{Capability, DoorId, PersonId, Property};
use crate::source::Span;
use crate::time::{Interval, Minute, TimeSet};

/// What one side says of a counterexample.
struct Evidence<'p> {
    property: &'p Property,
    granted: bool,
    because: String,
    /// Where; nothing where the side does not even name the person or the door.
    span: Option<Span>,
}

#[derive(Serialize)]
struct Document<'a> {
    version: u8,
    holds: bool,
    counterexample: Option<WireCounterexample<'a>>,
}

#[derive(Serialize)]
struct WireCounterexample<'a> {
    property: &'a str,
    person: &'a str,
    door: &'a str,
    capability: &'a str,
    at: String,
    old: WireEvidence,
    new: WireEvidence,
}

#[derive(Serialize)]
struct WireEvidence {
    granted: bool,
    because: String,
    #[serde(flatten)]
    place: Option<WirePlace>,
}

fn evidence<'p>(
    property: &'p Property,
    (person, door): (Option<PersonId>, Option<DoorId>),
    capability: Capability,
    at: Minute,
) -> Evidence<'p> {
    let silent = |what: &str| Evidence {
        property,
        granted: false,
        because: format!("there is no such {what}"),
        span: None,
    };
    let Some(person) = person else { return silent("person") };
    let Some(door) = door else { return silent("door") };
    let access = Access::resolve(property);
    let causes = access.causes(property, person, door);
    let now = Interval::new(Some(at), Some(Minute(at.0 + 1)));
    let opens =
        causes.iter().find(|cause| cause.gives(capability) && !cause.times(&access).clip(now).is_empty());
    if let Some(cause) = opens {
        let because = format!("the key `{}` gives it", property.key_name(cause.key));
        return Evidence { property, granted: true, because, span: Some(cause.setting.span) };
    }
    let minute = TimeSet::always().clip(now);
    let obstacles = access.obstacles(property, (person, door, capability), &minute);
    match obstacles.first() {
        Some(first) => {
            let (because, _, span) = obstacle(property, (person, door), first);
            Evidence { property, granted: false, because, span: Some(span) }
        }
        None => Evidence { property, granted: false, because: String::new(), span: None },
    }
}

/// A counterexample with what both sides say of it.
pub struct Told<'d> {
    property: &'d str,
    counterexample: &'d Counterexample,
    old: Evidence<'d>,
    new: Evidence<'d>,
}

impl<'d> Told<'d> {
    /// Asks both sides.
    #[must_use]
    pub fn new(
        difference: &'d Difference<'d>,
        property: &'d str,
        counterexample: &'d Counterexample,
    ) -> Self {
        let Counterexample { person, door, capability, at, .. } = counterexample;
        let (old_door, new_door) = difference.door(*door);
        Self {
            property,
            counterexample,
            old: evidence(difference.old, (person.old, old_door), *capability, *at),
            new: evidence(difference.new, (person.new, new_door), *capability, *at),
        }
    }

    /// The counterexample for people.
    #[must_use]
    pub fn human(&self) -> String {
        let Counterexample { person_id, door_id, capability, at, lost, .. } = self.counterexample;
        let verb = if *lost { "loses" } else { "gains" };
        let side = |name: &str, evidence: &Evidence<'_>| {
            let granted = if evidence.granted { "can" } else { "cannot" };
            let place = evidence.span.and_then(|span| evidence.property.sources.place(span));
            let place = place.map_or_else(String::new, |place| format!(" ({}:{})", place.file, place.line));
            format!("  {name}: {granted}, {}{place}\n", evidence.because)
        };
        format!(
            "{}: `{person_id}` {verb} `{}` at `{door_id}`, first at {at}\n{}{}",
            self.property,
            capability.name(),
            side("old", &self.old),
            side("new", &self.new)
        )
    }

    fn wire(&self) -> WireCounterexample<'_> {
        let Counterexample { person_id, door_id, capability, at, .. } = self.counterexample;
        let side = |evidence: &Evidence<'_>| WireEvidence {
            granted: evidence.granted,
            because: evidence.because.clone(),
            place: evidence.span.map(|span| place(&evidence.property.sources, span)),
        };
        WireCounterexample {
            property: self.property,
            person: person_id,
            door: door_id,
            capability: capability.name(),
            at: at.to_string(),
            old: side(&self.old),
            new: side(&self.new),
        }
    }

    /// The document of a run that found this counterexample, with its line end.
    ///
    /// # Errors
    /// Never in practice: what is written is texts.
    pub fn json(&self) -> serde_json::Result<String> {
        json(Some(self.wire()))
    }
}

/// The document of a run that found none.
///
/// # Errors
/// Never in practice: what is written is texts.
pub fn holds() -> serde_json::Result<String> {
    json(None)
}

fn json(counterexample: Option<WireCounterexample<'_>>) -> serde_json::Result<String> {
    let document = Document { version: 1, holds: counterexample.is_none(), counterexample };
    Ok(format!("{}\n", serde_json::to_string(&document)?))
}
