//! People and teams.

use super::names::nearest;
use super::{Lower, Section};
use crate::diagnostic::{Diagnostic, Kind, Level};
use crate::model::language::{PERSON_KINDS, PersonField, RosterField, TeamField};
use crate::model::{
    Contact, DoorId, DoorKind, Person, PersonId, PersonKind, Property, Team, TeamId, TeamSetId, Who,
};
use crate::source::Span;
use crate::syntax::{Node, NodeKind};
use crate::time::{Interval, Minute};

/// Numbers from here on are teams in the table of names that people and teams share.
const TEAM: u32 = 1 << 31;

/// A person as a file or a roster has them.
#[derive(Clone, Copy, Default)]
pub(super) struct Draft {
    pub(super) name: Option<Span>,
    pub(super) unit: Option<DoorId>,
    /// Whether a unit is written that could not be read.
    pub(super) unit_flawed: bool,
    pub(super) teams: TeamSetId,
    pub(super) dates: Interval,
    pub(super) email: Option<Span>,
    pub(super) card: Option<Span>,
    pub(super) protect: bool,
}

impl<'a> Lower<'a> {
    /// `teams:`
    pub(super) fn teams(&mut self, sections: &[Section<'a>]) {
        for (key, value) in self.entries(sections, "teams") {
            let mut kind = None;
            self.fields(key.span(), value, |lower, field, key, value| match field {
                TeamField::Name | TeamField::Description => {
                    lower.text(key, value);
                }
                TeamField::Kind => kind = lower.choice(key, value, PERSON_KINDS, PersonKind::find),
            });
            let Some(id) = self.id(key, "a team", "everyone") else {
                self.spaces.folk.lose(key.scalar().unwrap_or_default());
                continue;
            };
            if let Err(first) = self.name_folk(id, true) {
                self.repeated_id(id, "team", first);
                continue;
            }
            self.property.teams.push(Team { id, kind, listed: true });
        }
    }

    /// `people:`
    pub(super) fn people(&mut self, sections: &[Section<'a>]) {
        for section in sections {
            if is_roster(section.value) {
                self.fields(section.key.span(), section.value, |lower, field, key, value| match field {
                    // Which tables there are was settled when the files were read.
                    RosterField::From => {
                        lower.one_or_many(key.scalar().unwrap_or_default(), value, |_, _, _| {})
                    }
                });
                continue;
            }
            self.expect_people(section);
            // A line of a roster is about this long.
            self.expect_so_many(section.value.span().len() as usize / 96);
            for (key, value) in section.value.entries() {
                self.person(key, value);
            }
        }
    }

    /// Makes room for so many people more.
    pub(super) fn expect_so_many(&mut self, people: usize) {
        let Self { texts, property, spaces, .. } = self;
        property.people.reserve(people);
        spaces.folk.reserve(people, |known| texts.get(folk_id(property, known)));
    }

    fn expect_people(&mut self, section: &Section<'a>) {
        if !matches!(section.value.kind(), NodeKind::Mapping | NodeKind::Null | NodeKind::Lost) {
            self.wrong_shape(section.value, "`people` takes people by their ids, or `from: people.csv`");
            self.spaces.folk.incomplete = true;
        }
    }

    fn person(&mut self, key: Node<'a>, value: Node<'a>) {
        let mut draft = Draft::default();
        let (mut from, mut until): (Option<Minute>, Option<Minute>) = (None, None);
        let mut dates_flawed = false;
        if value.kind() == NodeKind::Lost {
            // The unit and the teams may have stood there.
            draft.unit_flawed = true;
            self.spaces.folk.incomplete = true;
        }
        self.fields(key.span(), value, |lower, field, key, value| match field {
            PersonField::Name => draft.name = lower.text(key, value),
            PersonField::Unit => {
                draft.unit = lower.text(key, value).and_then(|span| lower.unit(span));
                draft.unit_flawed = draft.unit.is_none();
            }
            PersonField::Teams => draft.teams = lower.team_set(value),
            PersonField::From => {
                from = lower.text(key, value).and_then(|span| lower.from(value.span(), span));
                dates_flawed |= from.is_none();
            }
            PersonField::Until => {
                until = lower.text(key, value).and_then(|span| lower.until(value.span(), span));
                dates_flawed |= until.is_none();
            }
            PersonField::Email => draft.email = lower.text(key, value),
            PersonField::Card => draft.card = lower.text(key, value),
            PersonField::Protect => draft.protect = lower.truth(key, value).unwrap_or(false),
            PersonField::Description | PersonField::Address => {
                lower.text(key, value);
            }
        });
        draft.dates = if dates_flawed { Interval::NEVER } else { self.interval(key.span(), from, until) };
        match self.id(key, "a person", "everyone") {
            Some(id) => self.add_person(id, draft),
            None => self.spaces.folk.lose(key.scalar().unwrap_or_default()),
        }
    }

    /// Adds a person, unless the id is taken.
    pub(super) fn add_person(&mut self, id: Span, draft: Draft) {
        if let Err(first) = self.name_folk(id, false) {
            let team = self.property.teams.iter().any(|team| team.id == first);
            if team {
                let message = format!("`{}` is both a person and a team", self.get(id));
                self.report(
                    Diagnostic::new(Kind::REPEATED_ID, id, message)
                        .related(first, "the team")
                        .help("people and teams share one space of names: rename one of them"),
                );
            } else {
                self.repeated_id(id, "person", first);
            }
            return;
        }
        let person = PersonId(self.property.people.len() as u32);
        if draft.unit_flawed {
            self.unit_flawed.insert(person);
        }
        if draft.email.is_some() || draft.card.is_some() {
            self.property.contacts.push(Contact { person, email: draft.email, card: draft.card });
        }
        self.property.people.push(Person {
            id,
            name: draft.name,
            unit: draft.unit,
            teams: draft.teams,
            dates: draft.dates,
            protect: draft.protect,
        });
    }

    /// Names the person or team that is pushed next; the place of what has the name already otherwise.
    fn name_folk(&mut self, id: Span, team: bool) -> Result<(), Span> {
        let Self { texts, property, spaces, .. } = self;
        let number = if team { TEAM | property.teams.len() as u32 } else { property.people.len() as u32 };
        let name_of = |known: u32| texts.get(if known == number { id } else { folk_id(property, known) });
        spaces.folk.insert(texts.get(id), number, name_of).map_err(|known| folk_id(property, known))
    }

    /// The door of a `unit`.
    pub(super) fn unit(&mut self, span: Span) -> Option<DoorId> {
        use super::doors::Place;
        match self.place(span)? {
            Place::Door(door) => {
                let kind = self.property.doors[door.index()].kind;
                if !matches!(kind, DoorKind::Residence | DoorKind::Other) {
                    let message = format!(
                        "a `unit` is a home, and the kind of `{}` is `{}`",
                        self.get(span),
                        kind.name()
                    );
                    let mut diagnostic = Diagnostic::new(Kind::BAD_VALUE, span, message)
                        .help("name the door of the home; its kind is `residence`");
                    diagnostic.level = Level::Warning;
                    self.report(diagnostic);
                }
                Some(door)
            }
            Place::Group(_) | Place::All => {
                let message = format!("`{}` is a group; a unit is one door", self.get(span));
                self.report(
                    Diagnostic::new(Kind::UNKNOWN_NAME, span, message).help("name the door of the home"),
                );
                None
            }
        }
    }

    /// The teams of a `teams` value. Most people are in the same few sets, so each spelling is read once.
    fn team_set(&mut self, value: Node<'a>) -> TeamSetId {
        let span = value.span();
        let text = self.texts.text;
        let written = &text[span.start as usize..span.end as usize];
        if let Some(known) = self.team_sets_read.get(written) {
            return *known;
        }
        let reported = self.reported;
        let mut teams = Vec::new();
        self.one_or_many("`teams`", value, |lower, span, item| {
            if let Some(team) = lower.team(span) {
                if teams.contains(&team) {
                    lower.named_twice(item.span(), span, span);
                } else {
                    teams.push(team);
                }
            }
        });
        let set = self.team_set_of(teams);
        if self.reported == reported {
            self.team_sets_read.insert(written, set);
        }
        set
    }

    /// The number of a set of teams.
    pub(super) fn team_set_of(&mut self, mut teams: Vec<TeamId>) -> TeamSetId {
        teams.sort_unstable();
        let sets = &mut self.property.team_sets;
        if let Some(known) = self.team_set_numbers.get(&teams) {
            return *known;
        }
        let number = TeamSetId(sets.len() as u32);
        sets.push(teams.clone());
        self.team_set_numbers.insert(teams, number);
        number
    }

    /// The team of a name; it comes to be when somebody is put in it.
    pub(super) fn team(&mut self, span: Span) -> Option<TeamId> {
        let name = self.get(span);
        let found = self.spaces.folk.find(name, |known| self.get(folk_id(&self.property, known)));
        match found {
            Some(number) if number & TEAM != 0 => Some(TeamId(number & !TEAM)),
            Some(number) => {
                let first = self.property.people[number as usize].id;
                let message = format!("`{name}` is a person, and here a team");
                self.report(
                    Diagnostic::new(Kind::REPEATED_ID, span, message)
                        .related(first, "the person")
                        .help("people and teams share one space of names: rename one of them"),
                );
                None
            }
            None => {
                if let Some(flaw) = super::names::flaw_of_id(name)
                    .or_else(|| (name == "everyone").then(|| "everybody is in it".into()))
                {
                    let message = format!("`{name}` cannot be the id of a team: {flaw}");
                    self.report(Diagnostic::new(Kind::BAD_ID, span, message));
                    return None;
                }
                let number = TeamId(self.property.teams.len() as u32);
                self.name_folk(span, true).ok()?;
                self.property.teams.push(Team { id: span, kind: None, listed: false });
                Some(number)
            }
        }
    }

    /// Who a reference to people names. Reports what names nobody.
    pub(super) fn who(&mut self, span: Span) -> Option<Who> {
        let name = self.get(span);
        if name == "everyone" {
            return Some(Who::Everyone);
        }
        let found = self.spaces.folk.find(name, |known| self.get(folk_id(&self.property, known)));
        if found.is_none() && !self.spaces.folk.may_be_lost(name) {
            let name = name.to_owned();
            let near = self.near(&name, |lower| {
                let teams = lower.property.teams.iter().map(|team| team.id);
                let people = lower.property.people.iter().map(|person| person.id);
                nearest(&name, teams.chain(people).map(|id| lower.get(id)).chain(["everyone"]))
                    .map(str::to_owned)
            });
            self.unknown(
                span,
                &name,
                "person or team",
                near,
                "list the person under `people:`, or the team under `teams:` as long as nobody is in it",
            );
        }
        found.map(|number| {
            if number & TEAM != 0 { Who::Team(TeamId(number & !TEAM)) } else { Who::Person(PersonId(number)) }
        })
    }
}

impl Lower<'_> {
    /// A team that came to be by a slip of the pen: nothing is given to it, and another is called almost like it. Who is
    /// in it would be without access, and nobody would be told.
    pub(super) fn stray_teams(&mut self) {
        let mut named = vec![false; self.property.teams.len()];
        let asserts = self.property.asserts.iter().flat_map(|assert| &assert.who);
        for who in self.property.recipients.iter().chain(asserts) {
            if let Who::Team(team) = who {
                named[team.index()] = true;
            }
        }
        let known = |team: &Team, named: bool| team.listed || named;
        let mut stray = Vec::new();
        for (team, _) in self.property.teams.iter().zip(&named).filter(|(team, named)| !known(team, **named))
        {
            let name = self.get(team.id);
            let others =
                self.property.teams.iter().zip(&named).filter(|(other, named)| known(other, **named));
            if let Some(near) = nearest(name, others.map(|(other, _)| self.get(other.id))) {
                let message = format!("the team `{name}` is given nothing, and there is a team `{near}`");
                let mut diagnostic = Diagnostic::new(Kind::STRAY_TEAM, team.id, message)
                    .help(format!("did you mean `{near}`? if not, list `{name}` under `teams:`"));
                diagnostic.level = Level::Warning;
                stray.push(diagnostic);
            }
        }
        stray.into_iter().for_each(|diagnostic| self.report(diagnostic));
    }
}

/// Whether a `people:` value names tables instead of people. (Nobody can have the id `from`: it would be read so.)
pub(super) fn is_roster(value: Node<'_>) -> bool {
    value.entries().any(|(key, value)| key.scalar() == Some("from") && value.kind() != NodeKind::Mapping)
}

/// The id of a person or team by its number in their common space.
fn folk_id(property: &Property, number: u32) -> Span {
    if number & TEAM != 0 {
        property.teams[(number & !TEAM) as usize].id
    } else {
        property.people[number as usize].id
    }
}
