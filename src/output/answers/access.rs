//! `who DOOR` and `what PERSON` for people: whoever, or whatever, is alike in one line.

use std::collections::BTreeMap;

use super::crowd::Crowd;
use crate::access::{Access, Asked, Granted};
use crate::model::{Capability, Door, DoorId, PersonId, Property};
use crate::output::words;
use crate::time::{Day, Interval, Minute, TimeSet};

/// What is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Who can open this door?
    Door(DoorId),
    /// What can this person open?
    Person(PersonId),
}

/// A question about access.
#[derive(Clone, Debug)]
pub struct Question<'p> {
    /// Of which property.
    pub property: &'p Property,
    /// Its access.
    pub access: &'p Access,
    /// Whom or what it is about.
    pub subject: Subject,
    /// Only this capability; all of them without it.
    pub can: Option<Capability>,
    /// Only these minutes; all from the as-of day on without them.
    pub asked: Option<Asked>,
}

/// A part of the answer.
pub(super) struct Found {
    pub(super) person: PersonId,
    pub(super) door: DoorId,
    pub(super) capability: Capability,
    pub(super) times: TimeSet,
    pub(super) keys: Vec<String>,
}

impl Question<'_> {
    /// Everything that the answer consists of, by person, door and capability.
    pub(super) fn found(&self) -> Vec<Found> {
        let property = self.property;
        let people: Vec<PersonId> = match self.subject {
            Subject::Person(person) => vec![person],
            Subject::Door(_) => (0..property.people.len() as u32).map(PersonId).collect(),
        };
        let ahead = Interval::new(Some(property.as_of.start()), None);
        let mut found = Vec::new();
        for person in people {
            for cell in self.access.cells(person) {
                let wanted =
                    self.subject == Subject::Person(person) || self.subject == Subject::Door(cell.door);
                if !wanted || self.can.is_some_and(|can| can != cell.capability) {
                    continue;
                }
                let times = self.access.time_set(cell.times);
                let times = match self.asked.as_ref().map(|asked| asked.of(times)) {
                    None => times.clip(ahead),
                    Some(Granted::Never) => continue,
                    Some(Granted::Always) => {
                        self.asked.as_ref().map_or_else(TimeSet::never, |asked| asked.minutes.clone())
                    }
                    Some(Granted::Sometimes(times)) => times,
                };
                if times.is_empty() {
                    continue;
                }
                let mut keys: Vec<String> =
                    self.access.keys(cell.keys).iter().map(|given| property.key_name(*given)).collect();
                keys.sort_unstable();
                found.push(Found { person, door: cell.door, capability: cell.capability, times, keys });
            }
        }
        let id = |found: &Found| {
            let text = |span| property.text(span).to_owned();
            (
                text(property.people[found.person.index()].id),
                text(property.doors[found.door.index()].id),
                found.capability,
            )
        };
        found.sort_by_cached_key(id);
        found
    }

    fn holidays(&self) -> Vec<Day> {
        self.property.holidays.iter().map(|holiday| holiday.day).collect()
    }

    /// The minutes that dates are measured by.
    fn within(&self) -> Interval {
        match &self.asked {
            Some(asked) => Interval::new(asked.minutes.start(), asked.minutes.end()),
            None => Interval::new(Some(self.property.as_of.start()), None),
        }
    }
}

/// A door's name, with the id.
pub(super) fn door_name(property: &Property, door: DoorId) -> String {
    let Door { id, name, .. } = &property.doors[door.index()];
    let id = property.text(*id);
    let name = name.map(|name| property.text(name)).filter(|name| *name != id);
    name.map_or_else(|| id.to_owned(), |name| format!("{name} ({id})"))
}

/// What one person can do at one door, in words, and since and until when.
struct How {
    text: String,
    from: Option<Minute>,
    until: Option<Minute>,
}

/// One of those who, or that, are alike.
type Member = (PersonId, DoorId, How);

fn how(question: &Question<'_>, cells: &[Found]) -> How {
    let holidays = question.holidays();
    let within = question.within();
    let first = cells.first();
    let same = |found: &Found| first.is_some_and(|first| first.times == found.times);
    let part = |found: &Found| {
        let when = match &question.asked {
            Some(asked) => granted(asked, &found.times, &holidays),
            None => words::pattern(&found.times, &holidays),
        };
        match (found.capability, same(found)) {
            (Capability::Unlock, _) if when.is_empty() => "at all hours".to_owned(),
            (Capability::Unlock, _) => when,
            (Capability::Doorcode, true) => "doorcode".to_owned(),
            (Capability::Share, true) => "may share".to_owned(),
            (Capability::Doorcode, false) => format!("doorcode {when}"),
            (Capability::Share, false) => format!("may share {when}"),
        }
    };
    let bounds =
        first.map_or(Interval::ALWAYS, |found| Interval::new(found.times.start(), found.times.end()));
    How {
        text: cells.iter().map(part).collect::<Vec<_>>().join("; "),
        from: bounds.from().filter(|from| within.from().is_none_or(|first| *from > first)),
        until: bounds.until().filter(|until| within.until().is_none_or(|last| *until < last)),
    }
}

/// How much of what was asked is granted, whatever the dates.
fn granted(asked: &Asked, times: &TimeSet, holidays: &[Day]) -> String {
    let dated = asked.minutes.clip(Interval::new(times.start(), times.end()));
    let pattern = words::pattern(times, holidays);
    if pattern == words::pattern(&dated, holidays) {
        return "yes".to_owned();
    }
    // Of single minutes each is granted or not; what remains to be told is on which dates.
    let moments = times.segments(holidays).iter().all(|segment| {
        (0..7).all(|day| segment.weekly.day(day).as_slice().iter().all(|(from, to)| to - from == 1))
    });
    if moments { "yes, but not on some holidays".to_owned() } else { pattern }
}

/// The answer to `who` or `what`, with its line ends.
#[must_use]
pub fn access(question: &Question<'_>) -> String {
    let property = question.property;
    let crowd = Crowd::new(property);
    let found = question.found();
    let subject = match question.subject {
        Subject::Door(door) => door_name(property, door),
        Subject::Person(person) => crowd.name(person),
    };
    let at = question.asked.as_ref().map_or_else(String::new, |asked| format!(", {}", asked.text));
    let id = property.text(property.id);
    let can = question.can.map_or_else(String::new, |can| format!(", {}", can.name()));
    let mut text = format!("{subject} at {id}, as of {}{can}{at}\n", property.as_of);
    if found.is_empty() {
        text.push_str(match question.subject {
            Subject::Door(_) => "  nobody\n",
            Subject::Person(_) => "  nothing\n",
        });
        return text;
    }
    let mut groups: BTreeMap<String, Vec<Member>> = BTreeMap::new();
    for cells in found.chunk_by(|one, other| (one.person, one.door) == (other.person, other.door)) {
        let how = how(question, cells);
        groups.entry(how.text.clone()).or_default().push((cells[0].person, cells[0].door, how));
    }
    let mut groups: Vec<(String, Vec<Member>)> = groups.into_iter().collect();
    groups.sort_by_key(|(_, members)| usize::MAX - members.len());
    for (how, members) in groups {
        let who = match question.subject {
            Subject::Door(_) => crowd.phrase(&members.iter().map(|(person, ..)| *person).collect::<Vec<_>>()),
            Subject::Person(_) => {
                let names: Vec<String> =
                    members.iter().map(|(_, door, _)| door_name(property, *door)).collect();
                words::some(&names, 12)
            }
        };
        let dates = dates(&members);
        text.push_str(&format!("  {who}: {how}{dates}\n"));
    }
    text
}

/// From when and until when: one date, or the first and the last of several.
fn dates(members: &[Member]) -> String {
    let range = |mut dates: Vec<Option<Minute>>, shown: fn(Minute) -> String, word: &str| {
        dates.sort_unstable();
        dates.dedup();
        match dates.as_slice() {
            [] | [None] => String::new(),
            [Some(one)] => format!("; {word} {}", shown(*one)),
            [None, rest @ ..] => format!(
                "; {word} {} for some",
                rest.first().copied().flatten().map(shown).unwrap_or_default()
            ),
            [Some(first), .., last] => {
                format!("; {word} {} to {}", shown(*first), last.map(shown).unwrap_or_default())
            }
        }
    };
    let from = range(members.iter().map(|(.., how)| how.from).collect(), words::start, "from");
    let until = range(members.iter().map(|(.., how)| how.until).collect(), words::end, "until");
    format!("{from}{until}")
}
