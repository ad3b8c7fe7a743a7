//! Assignments: who gets which keys, in which dates.

use super::{Lower, Section};
use crate::diagnostic::{Diagnostic, Kind};
use crate::model::language::AssignmentField;
use crate::model::{Assignment, DoorId, GivenKey, KeyListId, PersonId, Who};
use crate::source::Span;
use crate::syntax::{Node, NodeKind};
use crate::time::{Day, Interval, Minute};

/// So many people are named in one finding; the others are counted.
const NAMED_PEOPLE: usize = 5;

/// The people of each team set, to go from a team to its people without looking at everybody.
#[derive(Default)]
pub(super) struct Members {
    /// Where each set's people begin in `people`; one more at the end.
    starts: Vec<u32>,
    people: Vec<PersonId>,
}

impl Members {
    fn new(property: &crate::model::Property) -> Self {
        let mut starts = vec![0; property.team_sets.len() + 1];
        for person in &property.people {
            starts[person.teams.index() + 1] += 1;
        }
        for index in 1..starts.len() {
            starts[index] += starts[index - 1];
        }
        let mut next = starts.clone();
        let mut people = vec![PersonId(0); property.people.len()];
        for (number, person) in property.people.iter().enumerate() {
            let at = &mut next[person.teams.index()];
            people[*at as usize] = PersonId(number as u32);
            *at += 1;
        }
        Self { starts, people }
    }

    fn of_set(&self, set: usize) -> &[PersonId] {
        &self.people[self.starts[set] as usize..self.starts[set + 1] as usize]
    }
}

impl<'a> Lower<'a> {
    /// `assignments:`
    pub(super) fn assignments(&mut self, sections: &[Section<'a>]) {
        self.members = Members::new(&self.property);
        for section in sections {
            match section.value.kind() {
                NodeKind::Sequence | NodeKind::Null | NodeKind::Lost => {}
                _ => {
                    self.wrong_shape(section.value, "`assignments` takes a list, each beginning with `- `");
                    continue;
                }
            }
            self.property.assignments.reserve(section.value.span().len() as usize / 64);
            for item in section.value.items() {
                self.assignment(item);
            }
        }
    }

    fn assignment(&mut self, item: Node<'a>) {
        let place = self.first_line(item.span());
        let first_recipient = self.property.recipients.len() as u32;
        let mut keys = None;
        let mut share = None;
        let (mut from, mut until): (Option<Minute>, Option<Minute>) = (None, None);
        let mut dates_flawed = false;
        let mut reviewed: Option<Day> = None;
        let mut keys_place = place;
        self.fields(place, item, |lower, field, key, value| match field {
            AssignmentField::To => lower.recipients(value),
            AssignmentField::Keys => {
                keys_place = lower.first_line(value.span());
                keys = Some(lower.key_list(value));
            }
            // What cannot be read is not shared.
            AssignmentField::Share => share = Some(lower.truth(key, value).unwrap_or(false)),
            AssignmentField::From => {
                from = lower.text(key, value).and_then(|span| lower.from(value.span(), span));
                dates_flawed |= from.is_none();
            }
            AssignmentField::Until => {
                until = lower.text(key, value).and_then(|span| lower.until(value.span(), span));
                dates_flawed |= until.is_none();
            }
            AssignmentField::Reviewed => {
                reviewed = lower.text(key, value).and_then(|span| lower.day(value, span));
            }
            AssignmentField::Name | AssignmentField::Description => {
                lower.text(key, value);
            }
        });
        let dates = if dates_flawed { Interval::NEVER } else { self.interval(place, from, until) };
        let Some(keys) = keys else {
            self.property.recipients.truncate(first_recipient as usize);
            return;
        };
        let to = (first_recipient, self.property.recipients.len() as u32);
        self.units_of_recipients(keys, keys_place, to);
        self.property.assignments.push(Assignment { span: item.span(), to, keys, share, dates, reviewed });
    }

    fn recipients(&mut self, value: Node<'a>) {
        let start = self.property.recipients.len();
        self.one_or_many("`to`", value, |lower, span, item| {
            let Some(who) = lower.who(span) else { return };
            if lower.property.recipients[start..].contains(&who) {
                lower.named_twice(item.span(), span, span);
            } else {
                lower.property.recipients.push(who);
            }
        });
        if value.kind() == NodeKind::Sequence && value.items().next().is_none() {
            let message = "nobody is named here".to_owned();
            self.report(
                Diagnostic::new(Kind::BAD_VALUE, value.span(), message)
                    .help("name people or teams, or delete the assignment"),
            );
        }
    }

    /// The keys of an assignment. The same few lists come again and again, so each spelling is read once.
    fn key_list(&mut self, value: Node<'a>) -> KeyListId {
        let span = value.span();
        let text = self.texts.text;
        let written = &text[span.start as usize..span.end as usize];
        if let Some(known) = self.key_lists_read.get(written) {
            return *known;
        }
        let reported = self.reported;
        let mut keys: Vec<GivenKey> = Vec::new();
        self.one_or_many("`keys`", value, |lower, span, item| {
            let Some(key) = lower.given_key(span) else { return };
            if keys.contains(&key) {
                lower.named_twice(item.span(), span, span);
            } else {
                keys.push(key);
            }
        });
        if value.kind() == NodeKind::Sequence && value.items().next().is_none() {
            let message = "no key is named here".to_owned();
            self.report(
                Diagnostic::new(Kind::BAD_VALUE, value.span(), message)
                    .help("name keys, or delete the assignment"),
            );
        }
        let list = KeyListId(self.property.key_lists.len() as u32);
        self.property.key_lists.push(keys);
        if self.reported == reported {
            self.key_lists_read.insert(written, list);
        }
        list
    }

    /// Whoever gets a key for each home must have one of those homes.
    fn units_of_recipients(&mut self, list: KeyListId, place: Span, to: (u32, u32)) {
        for index in 0..self.property.key_lists[list.index()].len() {
            let given = self.property.key_lists[list.index()][index];
            let key = &self.property.keys[given.key.index()];
            if given.instance.is_some() || key.each.is_none() {
                continue;
            }
            let mut without: Vec<PersonId> = Vec::new();
            for who in &self.property.recipients[to.0 as usize..to.1 as usize] {
                self.without_unit(*who, given, &mut without);
            }
            if !without.is_empty() {
                self.no_unit(given, place, &without);
            }
        }
    }

    fn without_unit(&self, who: Who, given: GivenKey, without: &mut Vec<PersonId>) {
        let property = &self.property;
        let Some(each) = &property.keys[given.key.index()].each else { return };
        let has = |person: PersonId| {
            property.people[person.index()]
                .unit
                .is_some_and(|unit: DoorId| each.doors.binary_search(&unit).is_ok())
        };
        match who {
            Who::Person(person) => {
                if !has(person) {
                    without.push(person);
                }
            }
            Who::Team(team) => {
                let sets = property
                    .team_sets
                    .iter()
                    .enumerate()
                    .filter(|(_, teams)| teams.binary_search(&team).is_ok());
                for (set, _) in sets {
                    without.extend(self.members.of_set(set).iter().copied().filter(|person| !has(*person)));
                }
            }
            Who::Everyone => {
                without
                    .extend((0..property.people.len() as u32).map(PersonId).filter(|person| !has(*person)));
            }
        }
    }

    fn no_unit(&mut self, given: GivenKey, place: Span, without: &[PersonId]) {
        // Somebody whose `unit`, or its door, could not be read has a finding of their own already.
        let told = |person: &PersonId| {
            let unit = self.property.people[person.index()].unit;
            self.unit_flawed.contains(person) || unit.is_some_and(|unit| self.lost_doors.contains(&unit))
        };
        let without: Vec<_> = without.iter().copied().filter(|person| !told(person)).collect();
        if without.is_empty() {
            return;
        }
        let key = self.get(self.property.keys[given.key.index()].id).to_owned();
        let names: Vec<_> = without
            .iter()
            .take(NAMED_PEOPLE)
            .map(|person| format!("`{}`", self.get(self.property.people[person.index()].id)))
            .collect();
        let more = without.len() - names.len();
        let shown =
            if more == 0 { names.join(", ") } else { format!("{} and {more} more", names.join(", ")) };
        let verb = if without.len() == 1 { "has" } else { "have" };
        let message =
            format!("`{key}` is one key for each home, but {shown} {verb} no `unit` that it is made for");
        let mut diagnostic = Diagnostic::new(Kind::NO_UNIT, place, message)
            .help(format!("write their `unit`, or name one key outright, as `{key}/…`"));
        for person in without.iter().take(NAMED_PEOPLE) {
            let person = &self.property.people[person.index()];
            diagnostic = diagnostic.related(
                person.id,
                match person.unit {
                    Some(unit) => {
                        format!("the `unit` is `{}`", self.get(self.property.doors[unit.index()].id))
                    }
                    None => "no `unit` here".to_owned(),
                },
            );
        }
        self.report(diagnostic);
    }
}
