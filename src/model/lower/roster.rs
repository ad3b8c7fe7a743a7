//! Rosters: people in tables.

use super::people::Draft;
use super::{Input, InputKind, Lower};
use crate::diagnostic::{Diagnostic, Kind, Level};
use crate::model::TeamId;
use crate::source::Span;
use crate::syntax::{Field, Row, rows};
use crate::time::{Interval, Minute};

/// The columns of a roster. A table may have them in any order.
const COLUMNS: [&str; 8] = ["id", "name", "unit", "teams", "from", "until", "email", "card"];

/// Where each column stands in a table; `None` for one that it does not have.
type Places = [Option<usize>; COLUMNS.len()];

impl Lower<'_> {
    /// Every roster that the files name.
    pub(super) fn rosters(&mut self, inputs: &[Input]) {
        for input in inputs {
            if let InputKind::Roster(named) = input.kind {
                self.roster(self.sources.files()[input.file].span, named);
            }
        }
    }

    fn roster(&mut self, file: Span, named: Span) {
        let mut rows = rows(self.texts.text, file);
        let mut row = Row::default();
        let mut flaws = Vec::new();
        if !rows.read(&mut row, &mut flaws) {
            let message = "this roster is empty".to_owned();
            let columns = COLUMNS.join(",");
            self.spaces.folk.incomplete = true;
            self.report(
                Diagnostic::new(Kind::BAD_TABLE, Span::new(file.start, file.start), message)
                    .related(named, "named here")
                    .help(format!("begin it with the line `{columns}`")),
            );
            return;
        }
        let Some(places) = self.columns(&row) else {
            self.spaces.folk.incomplete = true;
            self.told(&mut flaws);
            return;
        };
        let width = row.fields.len();
        self.expect_so_many(file.len() as usize / 64);
        while rows.read(&mut row, &mut flaws) {
            if !flaws.is_empty() {
                // A row with a broken quote cannot be trusted, not even its number of fields.
                self.told(&mut flaws);
                self.spaces.folk.incomplete = true;
                continue;
            }
            if row.fields.len() == width {
                self.row(&row, &places);
            } else {
                self.ragged(&row, width);
            }
        }
        self.told(&mut flaws);
    }

    fn told(&mut self, flaws: &mut Vec<Diagnostic>) {
        flaws.drain(..).for_each(|flaw| self.report(flaw));
    }

    /// The columns by the first row; `None` when nothing can be read by them.
    fn columns(&mut self, header: &Row) -> Option<Places> {
        let text = self.texts.text;
        let name_of = |field: &Field| text[field.span.start as usize..field.span.end as usize].to_lowercase();
        if let [only] = header.fields.as_slice()
            && let Some(separator) = [';', '\t'].into_iter().find(|c| name_of(only).contains(*c))
        {
            let shown = if separator == '\t' { "tabs".to_owned() } else { format!("`{separator}`") };
            let message = format!("the columns of this roster are separated by {shown}");
            self.report(
                Diagnostic::new(Kind::BAD_TABLE, only.span, message).help("save the table with commas"),
            );
            return None;
        }
        let mut places: Places = [None; COLUMNS.len()];
        let mut usable = true;
        for (index, field) in header.fields.iter().enumerate() {
            let name = name_of(field);
            match COLUMNS.iter().position(|column| *column == name) {
                Some(column) if places[column].is_some() => {
                    let message = format!("there are two columns `{name}`");
                    self.report(
                        Diagnostic::new(Kind::BAD_TABLE, field.span, message).help("delete one of them"),
                    );
                    usable = false;
                }
                Some(column) => places[column] = Some(index),
                None => {
                    let diagnostic = Diagnostic::new(
                        Kind::BAD_TABLE,
                        field.span,
                        format!("a roster has no column `{name}`"),
                    );
                    let near = super::names::nearest(&name, COLUMNS.into_iter());
                    self.report(match near {
                        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                        None => diagnostic.help(format!("its columns are {}", COLUMNS.join(", "))),
                    });
                    usable = false;
                }
            }
        }
        if places[0].is_none() && usable {
            let message = "this roster has no column `id`".to_owned();
            self.report(
                Diagnostic::new(Kind::BAD_TABLE, header.span, message)
                    .help(format!("begin the table with the line `{}`", COLUMNS.join(","))),
            );
            return None;
        }
        if usable {
            self.missing_columns(header, &places);
        }
        usable.then_some(places)
    }

    /// A table may do without names and addresses. Without dates, homes or teams it may have lost what it needs.
    fn missing_columns(&mut self, header: &Row, places: &Places) {
        let missing: Vec<_> = ["unit", "teams", "from", "until"]
            .into_iter()
            .filter(|name| {
                COLUMNS.iter().zip(places).any(|(column, place)| column == name && place.is_none())
            })
            .collect();
        if missing.is_empty() {
            return;
        }
        let noun = if missing.len() == 1 { "column" } else { "columns" };
        let message = format!("this roster has no {noun} {}", super::values::listed(&missing));
        let mut diagnostic = Diagnostic::new(Kind::BAD_TABLE, header.span, message).help(
            "add what is missing; a field may stay empty, and access without an end has an empty `until`",
        );
        diagnostic.level = Level::Warning;
        self.report(diagnostic);
    }

    fn ragged(&mut self, row: &Row, width: usize) {
        let found = row.fields.len();
        let message = format!(
            "this row has {found} {}, and the first row has {width}",
            if found == 1 { "field" } else { "fields" }
        );
        let help = if found > width {
            "put a field with a comma in it into quotes"
        } else {
            "add the missing commas; a field may stay empty"
        };
        let place = self.first_line(row.span);
        self.report(Diagnostic::new(Kind::BAD_TABLE, place, message).help(help));
        if let Some(id) = row.fields.first() {
            let id = self.texts.text[id.span.start as usize..id.span.end as usize].to_owned();
            self.spaces.folk.lose(&id);
            self.spaces.folk.incomplete = true;
        }
    }

    /// The span that stands for a field; `None` for an empty one.
    fn field(&mut self, field: &Field) -> Option<Span> {
        match &field.decoded {
            Some(text) => Some(self.texts.make(text, field.span)),
            None if field.span.is_empty() => None,
            None => Some(field.span),
        }
    }

    fn row(&mut self, row: &Row, places: &Places) {
        let mut of = |column: usize| places[column].and_then(|index| self.field(&row.fields[index]));
        let [id, name, unit, teams, from, until, email, card] = std::array::from_fn(&mut of);
        let Some(id) = id else {
            let message = "this row has no `id`".to_owned();
            self.report(
                Diagnostic::new(Kind::BAD_TABLE, self.first_line(row.span), message)
                    .help("give everybody an id that never changes, as `maya-lopez`"),
            );
            return;
        };
        let mut draft = Draft { name, email, card, ..Draft::default() };
        if let Some(span) = unit {
            draft.unit = self.unit(span);
            draft.unit_flawed = draft.unit.is_none();
        }
        if let Some(span) = teams {
            let teams = self.teams_of_field(span);
            draft.teams = self.team_set_of(teams);
        }
        let mut flawed = false;
        let from: Option<Minute> = from.and_then(|span| {
            let minute = self.from(span, span);
            flawed |= minute.is_none();
            minute
        });
        let until: Option<Minute> = until.and_then(|span| {
            let minute = self.until(span, span);
            flawed |= minute.is_none();
            minute
        });
        draft.dates = if flawed { Interval::NEVER } else { self.interval(id, from, until) };
        if let Some(id) = self.roster_id(id) {
            self.add_person(id, draft);
        }
    }

    fn roster_id(&mut self, span: Span) -> Option<Span> {
        let id = self.get(span);
        let flaw = super::names::flaw_of_id(id)
            .or_else(|| (id == "everyone").then(|| "it has a meaning of its own".to_owned()));
        let Some(flaw) = flaw else { return Some(span) };
        let (message, proposal) =
            (format!("`{id}` cannot be the id of a person: {flaw}"), super::names::proposed_id(id));
        let lost = id.to_owned();
        let diagnostic = Diagnostic::new(Kind::BAD_ID, span, message);
        self.report(if proposal.is_empty() || proposal == "everyone" {
            diagnostic.help("an id has letters, digits, `-`, `_` and `.`, and begins with a letter or digit")
        } else {
            diagnostic.help(format!("write `{proposal}`"))
        });
        self.spaces.folk.lose(&lost);
        None
    }

    /// The teams of a field, separated by `;`.
    fn teams_of_field(&mut self, span: Span) -> Vec<TeamId> {
        if span.is_made() {
            // A team's id holds no quote, so a field with doubled quotes names none.
            return self.team(span).into_iter().collect();
        }
        let text = &self.texts.text[span.start as usize..span.end as usize];
        let mut teams = Vec::new();
        let mut at = span.start;
        for part in text.split(';') {
            let start = at + (part.len() - part.trim_start().len()) as u32;
            let name = Span::new(start, start + part.trim().len() as u32);
            at += part.len() as u32 + 1;
            if name.is_empty() {
                let mut diagnostic =
                    Diagnostic::new(Kind::BAD_TABLE, span, "a team is missing between these `;`");
                diagnostic.level = Level::Warning;
                self.report(diagnostic.help("take the extra `;` out"));
                continue;
            }
            if let Some(team) = self.team(name)
                && !teams.contains(&team)
            {
                teams.push(team);
            }
        }
        teams
    }
}
