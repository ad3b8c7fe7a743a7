//! People x doors: a row for each person, a column for doors that are the same for everybody.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use maud::{Markup, html};

use super::{searched, week};
use crate::access::{Access, Cell, TimesId, ViewId};
use crate::model::{Capability, DoorId, PersonId, Property};
use crate::output::answers::{Crowd, Question, Subject, access};
use crate::output::words;
use crate::time::{Day, Interval, Week};

/// With more cells than this, people who can do the same share a row.
const CELLS: usize = 400_000;
/// So many doors of a column are named in its head.
const NAMED: usize = 3;

/// What somebody can do at a door: the pattern of each capability by its number.
type Mark = [Option<u32>; 3];

pub(super) struct Matrix<'p> {
    property: &'p Property,
    access: &'p Access,
    /// The different hours: their words, and a week of them.
    patterns: Vec<(String, Week)>,
    /// The pattern of each set of minutes.
    pattern_of: HashMap<TimesId, u32>,
    /// Doors that are the same for everybody, and what each view says of them.
    columns: Vec<(Vec<DoorId>, Vec<Mark>)>,
    /// Doors that nobody opens but those who live there.
    homes: Vec<DoorId>,
}

impl<'p> Matrix<'p> {
    pub(super) fn new(property: &'p Property, access: &'p Access) -> Self {
        let mut matrix = Self {
            property,
            access,
            patterns: Vec::new(),
            pattern_of: HashMap::new(),
            columns: Vec::new(),
            homes: Vec::new(),
        };
        let views =
            property.people.iter().enumerate().map(|(number, _)| access.view_of(PersonId(number as u32)));
        let views = views.map(|ViewId(number)| number as usize + 1).max().unwrap_or_default();
        let mut by_door: Vec<Vec<Mark>> = vec![vec![[None; 3]; views]; property.doors.len()];
        for view in (0..views as u32).map(ViewId) {
            for cell in access.view(view) {
                let pattern = matrix.pattern(cell.times);
                by_door[cell.door.index()][view.0 as usize][cell.capability as usize] = Some(pattern);
            }
        }
        let mut columns: BTreeMap<Vec<Mark>, Vec<DoorId>> = BTreeMap::new();
        for (number, marks) in by_door.into_iter().enumerate() {
            let door = DoorId(number as u32);
            if marks.iter().all(|mark| *mark == [None; 3]) {
                matrix.homes.push(door);
            } else {
                columns.entry(marks).or_default().push(door);
            }
        }
        matrix.columns = columns.into_iter().map(|(marks, doors)| (doors, marks)).collect();
        matrix.columns.sort_by_key(|(doors, _)| doors.first().copied());
        for number in 0..property.people.len() as u32 {
            for cell in access.own_cells(PersonId(number)) {
                matrix.pattern(cell.times);
            }
        }
        matrix
    }

    fn pattern(&mut self, times: TimesId) -> u32 {
        if let Some(known) = self.pattern_of.get(&times) {
            return *known;
        }
        let holidays: Vec<Day> = self.property.holidays.iter().map(|holiday| holiday.day).collect();
        let ahead = Interval::new(Some(self.property.as_of.start()), None);
        let set = self.access.time_set(times).clip(ahead);
        let words = words::pattern(&set, &holidays);
        let number = match self.patterns.iter().position(|(known, _)| *known == words) {
            Some(known) => known,
            None => {
                let week = set.segments(&holidays).first().map_or_else(Week::never, |one| one.weekly.clone());
                self.patterns.push((words, week));
                self.patterns.len() - 1
            }
        } as u32;
        self.pattern_of.insert(times, number);
        number
    }

    fn mark_of(&self, cells: &[Cell]) -> Mark {
        let mut mark = [None; 3];
        for cell in cells {
            mark[cell.capability as usize] = self.pattern_of.get(&cell.times).copied();
        }
        mark
    }

    fn id(&self) -> &'p str {
        self.property.text(self.property.id)
    }

    /// A cell of the table: hours, and letters for what else somebody can do.
    fn cell(&self, mark: Mark) -> Markup {
        let [unlock, doorcode, share] = mark;
        let Some(unlock) = unlock else { return html! { td {} } };
        let words = self.patterns[unlock as usize].0.as_str();
        let more = [(doorcode, Capability::Doorcode), (share, Capability::Share)];
        let has = more.iter().filter(|(one, _)| one.is_some()).map(|(_, capability)| capability.name());
        let title = std::iter::once(if words.is_empty() { "at all hours" } else { words })
            .chain(has)
            .collect::<Vec<_>>();
        let letters = format!(
            "{}{}",
            if doorcode.is_some() { "c" } else { "" },
            if share.is_some() { "s" } else { "" }
        );
        html! {
            @if words.is_empty() {
                td.always title=(title.join(", ")) { "always " small { (letters) } }
            } @else {
                td title=(title.join(", ")) {
                    a href=(format!("#{}-hours-{}", self.id(), unlock + 1)) { "hours " (unlock + 1) } " " small { (letters) }
                }
            }
        }
    }

    /// The table of everybody.
    pub(super) fn table(&self) -> Markup {
        let crowd = Crowd::new(self.property);
        html! {
            h2 { "Who opens what" }
            p.facts { "A column stands for doors that are alike for everybody. c: by doorcode too; s: may share. Dates are those of the person." }
            div.matrix {
                table {
                    thead {
                        tr {
                            th { "person" }
                            th { "own home" }
                            @for (doors, _) in &self.columns { th title=(self.names(doors, usize::MAX)) { (self.names(doors, NAMED)) } }
                        }
                    }
                    tbody {
                        @for people in self.rows() { (self.row(&crowd, &people)) }
                    }
                }
            }
        }
    }

    /// A row for each person, or for those who can do the same when there are too many.
    fn rows(&self) -> Vec<Vec<PersonId>> {
        let people = (0..self.property.people.len() as u32).map(PersonId);
        if self.property.people.len() * (self.columns.len() + 2) <= CELLS {
            return people.map(|person| vec![person]).collect();
        }
        let mut rows: BTreeMap<(u32, Mark), Vec<PersonId>> = BTreeMap::new();
        for person in people {
            let own = self.mark_of(self.access.own_cells(person));
            rows.entry((self.access.view_of(person).0, own)).or_default().push(person);
        }
        rows.into_values().collect()
    }

    fn row(&self, crowd: &Crowd<'_>, people: &[PersonId]) -> Markup {
        let Some(first) = people.first().copied() else { return html! {} };
        let person = &self.property.people[first.index()];
        let view = self.access.view_of(first).0 as usize;
        let own = self.mark_of(self.access.own_cells(first));
        let dates = words::dates(person.dates, Interval::new(Some(self.property.as_of.start()), None));
        let home = person.unit.map(|unit| self.property.text(self.property.doors[unit.index()].id));
        let teams = self.property.team_sets[person.teams.index()]
            .iter()
            .map(|team| self.property.text(self.property.teams[team.index()].id))
            .collect::<Vec<_>>()
            .join(" ");
        let names = people.iter().map(|person| crowd.name(*person)).collect::<Vec<_>>().join(" ");
        html! {
            tr data-text=(searched(&[&names, home.unwrap_or_default(), &teams])) {
                th scope="row" {
                    (crowd.phrase(people)) " "
                    small { (home.filter(|_| people.len() == 1).unwrap_or_default()) " " (dates) }
                }
                (self.cell(own))
                @for (_, marks) in &self.columns { (self.cell(marks[view])) }
            }
        }
    }

    fn names(&self, doors: &[DoorId], at_most: usize) -> String {
        let names: Vec<String> = doors
            .iter()
            .map(|door| {
                let door = &self.property.doors[door.index()];
                self.property.text(door.name.unwrap_or(door.id)).to_owned()
            })
            .collect();
        words::some(&names, at_most)
    }

    /// Every column with its doors, and who opens them.
    pub(super) fn doors(&self) -> Markup {
        let who = |door: DoorId| {
            let (property, all) = (self.property, self.access);
            let question =
                Question { property, access: all, subject: Subject::Door(door), can: None, asked: None };
            // The first line names the door, which the head does.
            access(&question).lines().skip(1).map(|line| line.trim().to_owned()).collect::<Vec<_>>()
        };
        let ids = |doors: &[DoorId]| {
            let id = |door: &DoorId| self.property.text(self.property.doors[door.index()].id);
            doors.iter().map(id).collect::<Vec<_>>().join(" ")
        };
        html! {
            h2 { "Who opens which door" }
            @for (doors, _) in &self.columns {
                details data-text=(searched(&[&self.names(doors, usize::MAX), &ids(doors)])) {
                    summary { (self.names(doors, NAMED)) }
                    p.facts { (ids(doors)) }
                    ul { @for line in doors.first().map(|door| who(*door)).unwrap_or_default() { li { (line) } } }
                }
            }
            @if !self.homes.is_empty() {
                details data-text=(searched(&[&self.names(&self.homes, usize::MAX), &ids(&self.homes)])) {
                    summary { (self.names(&self.homes, NAMED)) }
                    p { "Opened by nobody but those whose home it is." }
                    p.facts { (ids(&self.homes)) }
                }
            }
        }
    }

    /// A picture of every pattern of hours.
    pub(super) fn weeks(&self) -> Markup {
        html! {
            h2 { "Hours" }
            div.weeks {
                @for (number, (words, week)) in self.patterns.iter().enumerate() {
                    @if !words.is_empty() {
                        figure id=(format!("{}-hours-{}", self.id(), number + 1)) {
                            (week::picture(week, words))
                            figcaption { "hours " (number + 1) ": " (words) }
                        }
                    }
                }
            }
        }
    }
}
