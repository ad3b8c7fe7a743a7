//! The two sides that `diff` and `verify` compare: which properties there are, and which belong together.
//!
//! A side may be `@state`: what is recorded of the locks, read as a property that says just that.

mod affected;
mod recorded;

use std::path::PathBuf;
use std::sync::Arc;

use super::Failure;
use super::check::Formats;
use super::settings::AllSettings;
use crate::access::Difference;
use crate::diagnostic::{Diagnostic, Level};
use crate::load::{
    Discovery, Found, LoadError, Loaded, Revision, Workspace, discover, discover_in, load, property_header,
};
use crate::model::{AsOf, Property};
use crate::source::Sources;
use crate::time::{Day, Interval};
pub(super) use affected::since_base;

/// A side as it is named on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Side {
    Path(PathBuf),
    /// A revision, and a path in it when one is named.
    Revision(String, Option<PathBuf>),
    /// What is recorded of the locks of the other side's properties.
    State,
}

impl Side {
    fn parse(text: &str) -> Result<Self, Failure> {
        if text == "@state" {
            return Ok(Self::State);
        }
        let Some(revision) = text.strip_prefix("git:") else { return Ok(Self::Path(text.into())) };
        let (revision, path) = match revision.split_once(':') {
            Some((revision, path)) => (revision, Some(PathBuf::from(path))),
            None => (revision, None),
        };
        if revision.is_empty() {
            return Err(Failure::Told("a revision is missing behind `git:`, as in `git:main`".into()));
        }
        Ok(Self::Revision(revision.to_owned(), path))
    }

    /// The properties of this side. A revision without a path is asked for the same path as the other side.
    fn discover(&self, other: &Self) -> Result<Discovery, Failure> {
        match self {
            Self::Path(path) => Ok(discover(std::slice::from_ref(path))?),
            Self::Revision(revision, path) => {
                let path = match (path, other) {
                    (Some(path), _) | (None, Self::Path(path)) | (None, Self::Revision(_, Some(path))) => {
                        path.clone()
                    }
                    (None, Self::Revision(_, None) | Self::State) => PathBuf::from("."),
                };
                let revision = Revision::open(revision, &path).map_err(Failure::Told)?;
                Ok(discover_in(&Arc::new(revision), &[path])?)
            }
            Self::State => match other {
                Self::State => Err(Failure::Told(
                    "the record is compared with a property: name its path, as `keyplan diff @state .`"
                        .into(),
                )),
                _ => other.discover(other),
            },
        }
    }
}

/// One of the two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Time {
    Old,
    New,
}

/// A property on both sides; on one of them it may be missing.
pub(super) struct Pair {
    pub(super) id: String,
    old: Option<Found>,
    new: Option<Found>,
    /// The side that is what was recorded of the locks of the other one.
    recorded: Option<Time>,
    /// It is not compared with another property, so that nothing is missing.
    alone: bool,
}

/// What is compared with what.
pub(super) struct Pairs {
    pub(super) pairs: Vec<Pair>,
    /// Everything that settings are looked for in.
    pub(super) discovery: Discovery,
    /// Whether there are properties that were not read, since none of their files has changed.
    pub(super) untouched: bool,
}

/// The properties of two sides, each with its counterpart.
pub(super) fn between(old: &str, new: &str) -> Result<Pairs, Failure> {
    let (old_side, new_side) = (Side::parse(old)?, Side::parse(new)?);
    let old_found = old_side.discover(&new_side)?;
    let new_found = new_side.discover(&old_side)?;
    for (found, side) in [(&old_found, old), (&new_found, new)] {
        if found.properties.is_empty() {
            return Err(Failure::Nothing(format!("no property found in `{side}`")));
        }
    }
    // One property with another is compared, however they are called.
    let alone = old_found.properties.len() == 1 && new_found.properties.len() == 1;
    let mut settings = [old_found.settings, new_found.settings].concat();
    settings.sort();
    settings.dedup();
    let mut pairs = paired(old_found.properties, new_found.properties.clone(), alone)?;
    let recorded = match (&old_side, &new_side) {
        (Side::State, _) => Some(Time::Old),
        (_, Side::State) => Some(Time::New),
        _ => None,
    };
    pairs.iter_mut().for_each(|pair| pair.recorded = recorded);
    let discovery = Discovery { properties: new_found.properties, settings };
    Ok(Pairs { pairs, discovery, untouched: false })
}

/// Each property of some paths with itself: what is compared is one day with another.
pub(super) fn with_themselves(paths: &[PathBuf]) -> Result<Pairs, Failure> {
    let discovery = discover(paths)?;
    if discovery.properties.is_empty() {
        return Err(Failure::Nothing("no property found; `keyplan init DIR` writes one".into()));
    }
    let mut pairs = Vec::new();
    for found in &discovery.properties {
        pairs.push(Pair {
            id: id_of(found)?,
            old: None,
            new: Some(found.clone()),
            recorded: None,
            alone: true,
        });
    }
    Ok(Pairs { pairs, discovery, untouched: false })
}

/// Pairs properties by their ids: a directory may move. By the order of the new ones, then those that are gone.
fn paired(old: Vec<Found>, new: Vec<Found>, alone: bool) -> Result<Vec<Pair>, Failure> {
    let mut by_id: Vec<(String, Option<Found>)> = Vec::new();
    for found in old {
        by_id.push((id_of(&found)?, Some(found)));
    }
    let mut pairs: Vec<Pair> = Vec::new();
    for found in new {
        let id = id_of(&found)?;
        if pairs.iter().any(|pair| pair.id == id && !alone) {
            return Err(Failure::Told(format!(
                "there are two properties `{id}`; `keyplan check` shows where"
            )));
        }
        let old = by_id.iter_mut().find(|(known, _)| *known == id || alone).and_then(|(_, old)| old.take());
        pairs.push(Pair { id, old, new: Some(found), recorded: None, alone: false });
    }
    let gone = by_id
        .into_iter()
        .filter_map(|(id, old)| Some(Pair { id, old: Some(old?), new: None, recorded: None, alone: false }));
    pairs.extend(gone);
    Ok(pairs)
}

/// The id of a property; its path where none can be read, which is a mistake that is told when it is loaded.
fn id_of(found: &Found) -> Result<String, LoadError> {
    let mut sources = Sources::default();
    let [id] = property_header(&found.store, &found.file, &mut sources, ["id"])?;
    Ok(id.map_or_else(|| found.file.display().to_string(), |(_, id)| id))
}

/// Both sides of a pair, read.
pub(super) struct Both {
    pub(super) old: Property,
    pub(super) new: Property,
    /// What a reader must know beside the changes.
    pub(super) notes: Vec<String>,
    /// The two are in different time zones.
    pub(super) zones_differ: bool,
}

/// A pair that was read, or the mistakes that keep it from being compared.
pub(super) enum Opened {
    Both(Box<Both>),
    Flawed(Vec<super::check::Rendered>),
}

/// Memory for two properties.
#[derive(Default)]
pub(super) struct Workspaces {
    old: Workspace,
    new: Workspace,
}

impl Pair {
    /// Reads both sides.
    pub(super) fn open(
        &self,
        settings: &AllSettings,
        as_of: AsOf,
        formats: &Formats,
        workspaces: &mut Workspaces,
    ) -> Result<Opened, Failure> {
        let read = |found: &Option<Found>, workspace: &mut Workspace| -> Result<Option<Loaded>, LoadError> {
            let Some(found) = found else { return Ok(None) };
            let providers = settings.providers(found.settings.as_deref());
            load(found, providers, as_of, &|| 1, workspace).map(Some)
        };
        let unless = |time: Time| {
            if self.recorded == Some(time) {
                &None
            } else if time == Time::Old {
                &self.old
            } else {
                &self.new
            }
        };
        let mut old = read(unless(Time::Old), &mut workspaces.old)?;
        let mut new = read(unless(Time::New), &mut workspaces.new)?;
        let mut flawed = Vec::new();
        for loaded in [&old, &new].into_iter().flatten() {
            let errors: Vec<Diagnostic> =
                loaded.diagnostics.iter().filter(|one| one.level == Level::Error).cloned().collect();
            if !errors.is_empty() {
                flawed.push(formats.render(&errors, &loaded.property.sources, &self.id)?);
            }
        }
        if !flawed.is_empty() {
            return Ok(Opened::Flawed(flawed));
        }
        let written = old.as_ref().or(new.as_ref());
        if let (Some(time), Some(found), Some(Loaded { property, .. })) =
            (self.recorded, self.new.as_ref(), written)
        {
            let record = recorded::recorded(found, property, settings)?;
            match time {
                Time::Old => old = Some(record),
                Time::New => new = Some(record),
            }
        }
        let mut notes = Vec::new();
        let (old, new) = match (old, new) {
            (Some(old), Some(new)) => (old.property, new.property),
            (Some(old), None) => {
                notes.push("this property is gone".to_owned());
                let nothing = nothing_like(&old.property);
                (old.property, nothing)
            }
            (None, Some(new)) => {
                if !self.alone {
                    notes.push("this property is new".to_owned());
                }
                (nothing_like(&new.property), new.property)
            }
            (None, None) => (Property::default(), Property::default()),
        };
        let zones_differ = old.timezone != new.timezone;
        if zones_differ {
            notes.push(format!(
                "the time zone changes from {} to {}: hours and dates are compared as written, but each is another moment now",
                old.timezone, new.timezone
            ));
        }
        Ok(Opened::Both(Box::new(Both { old, new, notes, zones_differ })))
    }

    /// The property as it is on another day.
    pub(super) fn stage(&self, settings: &AllSettings, day: Day) -> Result<Property, Failure> {
        let Some(found) = &self.new else { return Ok(Property::default()) };
        let providers = settings.providers(found.settings.as_deref());
        Ok(load(found, providers, AsOf::Day(day), &|| 1, &mut Workspace::default())?.property)
    }
}

/// A property without anything, in the place of one that is missing.
fn nothing_like(property: &Property) -> Property {
    Property { timezone: property.timezone, as_of: property.as_of, ..Property::default() }
}

impl Both {
    /// The difference, from the as-of day on.
    pub(super) fn difference(&self) -> Difference<'_> {
        let today = self.old.as_of.max(self.new.as_of).start();
        Difference::between(&self.old, &self.new, Interval::new(Some(today), None))
    }

    /// Gives the memory back.
    pub(super) fn reclaim(self, workspaces: &mut Workspaces) {
        let loaded = |property: Property| Loaded {
            property,
            trees: Vec::new(),
            diagnostics: Vec::new(),
            next_change: None,
        };
        workspaces.old.reclaim(loaded(self.old));
        workspaces.new.reclaim(loaded(self.new));
    }
}
