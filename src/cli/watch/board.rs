//! What is known of every watched property, and the screen that shows it.

use std::collections::{BTreeSet, HashMap};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use super::super::check::{Examiner, Formats, Ids, Rendered, Reports, Selection, repeated_property};
use super::super::portfolio::in_order;
use super::super::settings::AllSettings;
use super::super::sink::{Sink, complain};
use super::super::{Failure, Global};
use super::events::Changes;
use crate::load::{Discovery, Found, Workspace, discover};
use crate::model::AsOf;
use crate::output::check::Summary;

/// Clears the screen and what was scrolled off it, and goes to its corner.
const CLEAR: &str = "\x1b[2J\x1b[3J\x1b[H";

/// One property as it was last seen.
#[derive(Clone, Default)]
struct Seen {
    id: String,
    rendered: Rendered,
    /// The real paths of the files that it was read from.
    files: Vec<PathBuf>,
    /// Why it could not be read; it is tried again with the next change.
    failure: Option<String>,
    /// Whether a part that it names was missing, so that any new file may be the one.
    incomplete: bool,
}

pub(super) struct Board<'w> {
    global: &'w Global,
    paths: &'w [PathBuf],
    selection: &'w Selection,
    clear: bool,
    discovery: Discovery,
    settings: Result<AllSettings, String>,
    /// In the order of the properties.
    seen: Vec<Seen>,
    /// Which properties read something from a file or a directory, by its real path. Entries may be out of date: then a
    /// property is looked at once too often.
    readers: HashMap<PathBuf, BTreeSet<usize>>,
    /// Directories that were not known before.
    fresh: Vec<PathBuf>,
    workspace: Workspace,
    day: String,
    /// Whether the screen is what is known.
    shown: bool,
}

impl<'w> Board<'w> {
    pub(super) fn new(
        global: &'w Global,
        paths: &'w [PathBuf],
        selection: &'w Selection,
        clear: bool,
    ) -> Self {
        Self {
            global,
            paths,
            selection,
            clear: clear && std::io::stdout().is_terminal(),
            discovery: Discovery::default(),
            settings: Err(String::new()),
            seen: Vec::new(),
            readers: HashMap::new(),
            fresh: Vec::new(),
            workspace: Workspace::default(),
            day: String::new(),
            shown: false,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.discovery.properties.is_empty()
    }

    /// The directories that files were read from, those that were not told yet.
    pub(super) fn fresh_directories(&mut self) -> Vec<PathBuf> {
        std::mem::take(&mut self.fresh)
    }

    /// Finds the properties and checks them all.
    pub(super) fn look_at_everything(&mut self, formats: &Formats) {
        self.shown = false;
        self.day = today(self.global);
        match discover(self.paths) {
            Ok(discovery) => self.discovery = discovery,
            // A directory may be away for the moment of a rename; what was known stays on the screen.
            Err(error) => complain(&format!("error: {error}")),
        }
        self.settings = AllSettings::load(self.global, &self.discovery).map_err(|failure| match failure {
            Failure::Told(why) | Failure::Nothing(why) | Failure::Ended(_, why) => why,
            Failure::OutputClosed => String::new(),
        });
        self.seen = vec![Seen::default(); self.discovery.properties.len()];
        self.readers.clear();
        let settings = self.discovery.settings.iter().filter_map(|path| path.canonicalize().ok());
        self.fresh.extend(settings.filter_map(|path| path.parent().map(Path::to_owned)));
        let all: Vec<usize> = (0..self.seen.len()).collect();
        self.check(&all, formats);
    }

    /// Checks the properties that some changes concern.
    pub(super) fn look_at(&mut self, changes: &Changes, formats: &Formats) {
        let settings = changes.files.iter().any(|path| path.ends_with("keyplan.yaml"));
        // A property that comes or goes changes which there are, and so does a date that changes who lives where.
        let came_or_went =
            changes.files.iter().any(|path| path.ends_with("property.yaml") && self.is_news(path));
        if changes.everything || settings || came_or_went || today(self.global) != self.day {
            self.look_at_everything(formats);
            return;
        }
        let wanted = self.concerned(changes);
        if !wanted.is_empty() {
            self.shown = false;
            self.check(&wanted, formats);
        }
    }

    /// Whether a `property.yaml` is there and was not known, or the other way round.
    fn is_news(&self, path: &Path) -> bool {
        self.readers.contains_key(path) != path.exists()
    }

    /// The properties that some changes concern, ascending.
    fn concerned(&self, changes: &Changes) -> Vec<usize> {
        let mut concerned: BTreeSet<usize> = BTreeSet::new();
        for path in &changes.files {
            // A file beside a `property.yaml` is part of that property, a new one too.
            for known in [Some(path.as_path()), path.parent()].into_iter().flatten() {
                concerned.extend(self.readers.get(known).into_iter().flatten());
            }
        }
        let open = |seen: &Seen| seen.failure.is_some() || seen.incomplete;
        concerned.extend(self.seen.iter().enumerate().filter(|(_, seen)| open(seen)).map(|(index, _)| index));
        concerned.into_iter().collect()
    }

    fn check(&mut self, wanted: &[usize], formats: &Formats) {
        let Ok(settings) = &self.settings else { return };
        let examiner = Examiner { settings, selection: self.selection, as_of: self.global.as_of() };
        let properties = &self.discovery.properties;
        let mut looked: Vec<(usize, Seen)> = Vec::with_capacity(wanted.len());
        if let [index] = wanted {
            looked.push((*index, look(&examiner, &properties[*index], &mut self.workspace, formats)));
        } else {
            let work = |place: usize, workspace: &mut Workspace| {
                let index = wanted[place];
                (index, look(&examiner, &properties[index], workspace, formats))
            };
            // Taking a result cannot fail.
            let _ = in_order(wanted.len(), self.global.threads(), work, |one| {
                looked.push(one);
                Ok(())
            });
        }
        for (index, seen) in looked {
            self.note_files(index, &seen);
            self.seen[index] = seen;
        }
    }

    /// Notes which files a property was read from, and the directory that is its own.
    fn note_files(&mut self, index: usize, seen: &Seen) {
        let own = seen.files.first().filter(|_| self.discovery.properties[index].directory);
        let own = own.and_then(|file| file.parent());
        for path in seen.files.iter().map(PathBuf::as_path).chain(own) {
            match self.readers.get_mut(path) {
                Some(readers) => drop(readers.insert(index)),
                None => drop(self.readers.insert(path.to_owned(), BTreeSet::from([index]))),
            }
        }
        for file in &seen.files {
            if let Some(directory) = file.parent()
                && self.fresh.last().is_none_or(|last| last != directory)
            {
                self.fresh.push(directory.to_owned());
            }
        }
    }

    /// Shows what is known, unless it is on the screen already.
    pub(super) fn show(&mut self, formats: &Formats) -> Result<(), Failure> {
        if self.shown {
            return Ok(());
        }
        self.shown = true;
        if self.clear {
            let mut screen = Sink::stdout();
            screen.write(CLEAR)?;
            screen.finish()?;
        }
        if let Err(why) = &self.settings {
            complain(&format!("error: {why}"));
            return Ok(());
        }
        let mut reports = Reports::open_again(formats)?;
        let mut total = Summary::default();
        let mut ids = Ids::default();
        for (index, seen) in self.seen.iter().enumerate() {
            total.properties += 1;
            match &seen.failure {
                Some(why) => complain(&format!("error: {why}")),
                None => {
                    ids.add(&seen.id, index);
                    reports.write(&seen.rendered, &mut total)?;
                }
            }
        }
        for (first, again) in ids.twice() {
            let files = [first, again].map(|index| &self.discovery.properties[index].file);
            // One that has just gone is no second one.
            let Ok((diagnostic, sources)) = repeated_property(files[0], files[1]) else { continue };
            let id = sources.get(diagnostic.span).to_owned();
            reports.write(&formats.render(&[diagnostic], &sources, &id)?, &mut total)?;
        }
        reports.end(&total, self.global.quiet)?;
        if self.clear && self.global.quiet == 0 {
            complain("watching; Ctrl-C ends");
        }
        Ok(())
    }
}

/// Reads and judges one property.
fn look(examiner: &Examiner<'_>, found: &Found, workspace: &mut Workspace, formats: &Formats) -> Seen {
    let mut loaded = match examiner.examine(found, &|| 1, workspace) {
        Ok(loaded) => loaded,
        Err(error) => return Seen { failure: Some(error.to_string()), ..Seen::default() },
    };
    let next = loaded.next_change.take();
    let sources = &loaded.property.sources;
    let id = loaded.property.text(loaded.property.id).to_owned();
    // A file that has gone since is noticed with the next change.
    let files = sources.files().iter().filter_map(|file| file.location.canonicalize().ok()).collect();
    let incomplete = loaded.diagnostics.iter().any(|one| one.kind == crate::diagnostic::Kind::BAD_INCLUDE);
    let seen = match formats.render(&loaded.diagnostics, sources, &id) {
        Ok(mut rendered) => {
            rendered.next_change(next);
            Seen { id, rendered, files, failure: None, incomplete }
        }
        Err(_) => Seen { failure: Some("the findings cannot be written".into()), files, ..Seen::default() },
    };
    workspace.reclaim(loaded);
    seen
}

/// Today as the machine has it; the day that was asked for never changes.
fn today(global: &Global) -> String {
    match global.as_of() {
        AsOf::Day(day) => day.to_string(),
        AsOf::Today(now) => now.with_timezone(&chrono::Local).date_naive().to_string(),
    }
}
