//! Trees to a property: shape, then names to ids, every mistake reported, none repeated.
//!
//! Sections may stand in any order and in any file, so they are first collected, then lowered in the order in which
//! they need each other: doors before groups, people before assignments. Each is read once.

mod asserts;
mod assignments;
mod doors;
mod fields;
mod groups;
mod header;
mod keys;
mod models;
pub(crate) mod names;
mod occupancy;
mod people;
mod range;
pub(crate) mod rings;
mod roster;
pub(crate) mod schedules;
mod settings;
mod values;

use chrono::{DateTime, Utc};
use hashbrown::{HashMap, HashSet};

use self::assignments::Members;
use self::names::{Names, nearest};
use super::language::FileField;
use super::shape::Fields;
use super::{DoorId, KeyListId, PersonId, Property, TeamId, TeamSetId};
use crate::diagnostic::{self, Diagnostic, Kind, Label};
use crate::source::{Made, Sources, Span};
use crate::syntax::{Node, NodeKind, Tree};
use crate::time::Day;

/// One file of a property.
#[derive(Debug)]
pub struct Input {
    /// Its index in the sources.
    pub file: usize,
    /// What it is.
    pub kind: InputKind,
}

/// What a file of a property is.
#[derive(Debug)]
pub enum InputKind {
    /// A part of the property, with its tree.
    Part(Tree),
    /// A roster that a `people: { from: … }` at this place names.
    Roster(Span),
}

/// Which day it is to be.
#[derive(Clone, Copy, Debug)]
pub enum AsOf {
    /// That day.
    Day(Day),
    /// The day that it is then in the property's time zone.
    Today(DateTime<Utc>),
}

/// The files of a property, and what the settings around it say.
#[derive(Debug)]
pub struct Files<'a> {
    /// Every file but `keyplan.yaml`, `property.yaml` first.
    pub inputs: &'a [Input],
    /// The ids of the providers in `keyplan.yaml`; `None` when there is no such file to ask.
    pub providers: Option<&'a [String]>,
    /// The day on which occupancy is judged.
    pub as_of: AsOf,
    /// Whether a part that the files name could not be read: then nobody can tell which names it defines.
    pub parts_missing: bool,
    /// The same of a roster.
    pub rosters_missing: bool,
}

/// Lowers a property. What could be understood is in it, even when there are errors: then less access, never more.
#[must_use]
pub fn lower(sources: Sources, files: &Files<'_>) -> (Property, Vec<Diagnostic>) {
    let mut sources = sources;
    let made = std::mem::take(&mut sources.made);
    let (mut property, made, diagnostics) = Lower::new(&sources, made, files.providers).run(files);
    sources.made = made;
    property.sources = sources;
    (property, diagnostics)
}

pub use settings::lower_settings;

/// The text of names, whether files spell them out or not.
struct Texts<'a> {
    text: &'a str,
    made: Made,
}

impl Texts<'_> {
    #[inline]
    fn get(&self, span: Span) -> &str {
        if span.is_made() { self.made.get(span) } else { &self.text[span.start as usize..span.end as usize] }
    }

    fn make(&mut self, name: &str, origin: Span) -> Span {
        self.made.make(name, origin)
    }
}

/// The spaces of names: within one, a name means one thing.
#[derive(Default)]
struct Spaces {
    /// Doors and groups.
    places: Names,
    /// People and teams.
    folk: Names,
    keys: Names,
    schedules: Names,
    models: Names,
}

/// A section of a file.
#[derive(Clone, Copy)]
struct Section<'a> {
    key: Node<'a>,
    value: Node<'a>,
}

/// A pass over one property.
struct Lower<'a> {
    sources: &'a Sources,
    texts: Texts<'a>,
    providers: Option<&'a [String]>,
    property: Property,
    spaces: Spaces,
    diagnostics: Vec<Diagnostic>,
    /// How often something was reported, also where it joined an earlier finding.
    reported: usize,
    /// `occupied:` of each door.
    written_occupied: Vec<Option<bool>>,
    team_sets_read: HashMap<&'a str, TeamSetId>,
    team_set_numbers: HashMap<Vec<TeamId>, TeamSetId>,
    key_lists_read: HashMap<&'a str, KeyListId>,
    members: Members,
    /// People whose `unit` could not be read.
    unit_flawed: HashSet<PersonId>,
    /// The finding of each unknown name, to add its other places to.
    unknown_names: HashMap<(&'static str, String), usize>,
    /// Names that were looked for among all others; a search costs time in proportion to all names.
    searches: usize,
    /// Doors of which only the id could be read.
    lost_doors: HashSet<DoorId>,
    /// Sections of which parts could not be read.
    lost_sections: HashSet<String>,
    whole_file_lost: bool,
}

/// So many unknown names get a proposal; a file with more has another trouble than slips of the pen.
const SEARCHES: usize = 500;
/// So many further places of one unknown name are shown.
const OTHER_PLACES: usize = 20;

impl<'a> Lower<'a> {
    fn new(sources: &'a Sources, made: Made, providers: Option<&'a [String]>) -> Self {
        let property = Property { team_sets: vec![Vec::new()], ..Property::default() };
        let team_set_numbers = std::iter::once((Vec::new(), TeamSetId::default())).collect();
        Self {
            sources,
            texts: Texts { text: sources.text(), made },
            providers,
            property,
            spaces: Spaces::default(),
            diagnostics: Vec::new(),
            reported: 0,
            written_occupied: Vec::new(),
            team_sets_read: HashMap::default(),
            team_set_numbers,
            key_lists_read: HashMap::default(),
            members: Members::default(),
            unit_flawed: HashSet::default(),
            unknown_names: HashMap::default(),
            searches: 0,
            lost_doors: HashSet::default(),
            lost_sections: HashSet::default(),
            whole_file_lost: false,
        }
    }

    fn run(mut self, files: &Files<'a>) -> (Property, Made, Vec<Diagnostic>) {
        self.note_holes(files.inputs);
        if files.parts_missing {
            FileField::SHAPE.fields.iter().for_each(|field| self.lose_section(field.name));
        }
        self.spaces.folk.incomplete |= files.rosters_missing;
        let sections = self.sections(files.inputs);
        let of = |field: FileField| sections[field.index()].as_slice();
        self.version(of(FileField::Keyplan));
        for section in of(FileField::Include) {
            // Which files these are was settled when they were read.
            self.one_or_many("`include`", section.value, |_, _, _| {});
        }
        self.header(of(FileField::Property));
        self.property.as_of = match files.as_of {
            AsOf::Day(day) => day,
            AsOf::Today(now) => Day::of(now.with_timezone(&self.property.timezone).date_naive()),
        };
        self.models(of(FileField::LockModels));
        self.doors(of(FileField::Doors));
        self.one_door_each();
        let named = self.group_names(of(FileField::Groups));
        let groups = self.group_drafts(&named);
        self.teams(of(FileField::Teams));
        self.people(of(FileField::People));
        self.rosters(files.inputs);
        self.occupancy();
        self.fill_groups(&groups);
        self.holidays(of(FileField::Holidays));
        self.schedules(of(FileField::Schedules));
        self.keys(of(FileField::Keys));
        self.assignments(of(FileField::Assignments));
        self.asserts(of(FileField::Assert));
        self.any_doors(of(FileField::Doors));
        self.stray_teams();
        let mut diagnostics = self.diagnostics;
        diagnostic::sort(&mut diagnostics, |span| self.sources.written(span));
        (self.property, self.texts.made, diagnostics)
    }

    /// Every section of every file, by field.
    fn sections(&mut self, inputs: &'a [Input]) -> Vec<Vec<Section<'a>>> {
        let mut sections = vec![Vec::new(); FileField::SHAPE.fields.len()];
        for input in inputs {
            let InputKind::Part(tree) = &input.kind else { continue };
            let file = self.sources.files()[input.file].span;
            let Some(root) = tree.root(self.texts.text) else {
                if tree.holes().is_empty() {
                    self.lose_everything();
                    self.report(
                        Diagnostic::new(
                            Kind::EMPTY_FILE,
                            Span::new(file.start, file.start),
                            "this file holds nothing",
                        )
                        .help("write a section, as `doors:`, or delete the file"),
                    );
                }
                continue;
            };
            if root.kind() != NodeKind::Mapping {
                self.wrong_shape(root, "a property file has sections, as `doors:` and `keys:`");
                self.lose_everything();
                continue;
            }
            self.fields(Span::new(file.start, file.start), root, |_, field: FileField, key, value| {
                sections[field.index()].push(Section { key, value });
            });
        }
        sections
    }

    /// The entries of sections that map ids to things.
    fn entries(&mut self, sections: &[Section<'a>], name: &str) -> Vec<(Node<'a>, Node<'a>)> {
        let mut entries = Vec::new();
        for section in sections {
            match section.value.kind() {
                NodeKind::Mapping => entries.extend(section.value.entries()),
                NodeKind::Null => {}
                _ => {
                    // A value that is lost is told already; `wrong_shape` knows that.
                    self.wrong_shape(
                        section.value,
                        &format!("`{name}` takes names, each with what it stands for"),
                    );
                    self.lose_section(name);
                }
            }
        }
        entries
    }

    fn any_doors(&mut self, sections: &[Section<'a>]) {
        if !self.property.doors.is_empty() || self.spaces.places.incomplete || self.sections_lost("doors") {
            return;
        }
        let place = sections.first().map_or_else(|| self.top(), |section| section.key.span());
        self.report(
            Diagnostic::new(Kind::EMPTY_PROPERTY, place, "this property has no doors")
                .help("list them under `doors:`, as `front-entrance: { kind: entrance }`"),
        );
    }

    /// What could not be read may have defined anything in its section.
    fn note_holes(&mut self, inputs: &[Input]) {
        for input in inputs {
            let InputKind::Part(tree) = &input.kind else { continue };
            for hole in tree.holes() {
                match hole.path.as_slice() {
                    [] => self.lose_everything(),
                    [section] => self.lose_section(section),
                    [section, name, ..] => self.lose_name(section, name),
                }
            }
        }
    }

    fn lose_everything(&mut self) {
        self.whole_file_lost = true;
        for field in FileField::SHAPE.fields {
            self.lose_section(field.name);
        }
    }

    fn lose_section(&mut self, section: &str) {
        self.lost_sections.insert(section.to_owned());
        if let Some(space) = self.space(section) {
            space.incomplete = true;
        }
        // A team may exist only because somebody in a lost part is in it.
        if section == "people" || section == "teams" {
            self.spaces.folk.incomplete = true;
        }
    }

    fn lose_name(&mut self, section: &str, name: &str) {
        self.lost_sections.insert(section.to_owned());
        let range = range::is_range(name);
        if let Some(space) = self.space(section) {
            space.lose(name);
            space.incomplete |= range;
        }
        if section == "people" {
            self.spaces.folk.incomplete = true;
        }
    }

    fn space(&mut self, section: &str) -> Option<&mut Names> {
        match section {
            "doors" | "groups" => Some(&mut self.spaces.places),
            "people" | "teams" => Some(&mut self.spaces.folk),
            "keys" => Some(&mut self.spaces.keys),
            "schedules" => Some(&mut self.spaces.schedules),
            "lock-models" => Some(&mut self.spaces.models),
            _ => None,
        }
    }

    fn sections_lost(&self, section: &str) -> bool {
        self.whole_file_lost || self.lost_sections.contains(section)
    }

    #[inline]
    fn get(&self, span: Span) -> &str {
        self.texts.get(span)
    }

    /// The place of what concerns the property as a whole: the top of its first file.
    fn top(&self) -> Span {
        let start = self.sources.files().first().map_or(0, |file| file.span.start);
        self.first_line(Span::new(start, self.sources.files().first().map_or(start, |file| file.span.end)))
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.reported += 1;
        self.diagnostics.push(diagnostic);
    }

    /// The nearest name, by a search that is refused once there were too many.
    fn near(&mut self, name: &str, search: impl Fn(&Self) -> Option<String>) -> Option<String> {
        self.searches += 1;
        if self.searches > SEARCHES || name.len() > 100 { None } else { search(self) }
    }

    fn unknown_name<'n>(
        &mut self,
        span: Span,
        what: &'static str,
        known: impl Iterator<Item = &'n str>,
        otherwise: &str,
    ) {
        let name = self.get(span).to_owned();
        let near = nearest(&name, known).map(str::to_owned);
        self.unknown(span, &name, what, near, otherwise);
    }

    /// Reports a reference to nothing: once for each name, with its other places beside it.
    fn unknown(&mut self, span: Span, name: &str, what: &'static str, near: Option<String>, otherwise: &str) {
        self.reported += 1;
        if let Some(index) = self.unknown_names.get(&(what, name.to_owned())) {
            let known = &mut self.diagnostics[*index];
            if known.related.len() < OTHER_PLACES {
                known.related.push(Label { span, message: "and here".into() });
            }
            return;
        }
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => otherwise.to_owned(),
        };
        self.unknown_names.insert((what, name.to_owned()), self.diagnostics.len());
        self.diagnostics.push(
            Diagnostic::new(Kind::UNKNOWN_NAME, span, format!("there is no {what} `{name}`")).help(help),
        );
    }
}
