//! Two properties with one id, which would share one state.

use std::collections::HashMap;
use std::path::Path;

use crate::diagnostic::{Diagnostic, Kind};
use crate::load::{LoadError, Store, property_header};
use crate::source::{Sources, Span};

/// The ids of the properties of a run.
#[derive(Default)]
pub(in crate::cli) struct Ids {
    first_with: HashMap<String, usize>,
    twice: Vec<(usize, usize)>,
}

impl Ids {
    /// Adds the property of a number; an id that could not be read is none.
    pub(in crate::cli) fn add(&mut self, id: &str, index: usize) {
        if id.is_empty() {
            return;
        }
        match self.first_with.get(id) {
            Some(first) => self.twice.push((*first, index)),
            None => {
                self.first_with.insert(id.to_owned(), index);
            }
        }
    }

    /// The properties with the id of another, each behind that one.
    pub(in crate::cli) fn twice(self) -> Vec<(usize, usize)> {
        self.twice
    }
}

/// The finding for two properties with the same id, given the files that say so.
pub(in crate::cli) fn property(first: &Path, again: &Path) -> Result<(Diagnostic, Sources), LoadError> {
    let mut sources = Sources::default();
    let [first] = property_header(&Store::Disk, first, &mut sources, ["id"])?;
    let [again] = property_header(&Store::Disk, again, &mut sources, ["id"])?;
    let (first, _): (Span, String) = first.unwrap_or_default();
    let (again, id): (Span, String) = again.unwrap_or_default();
    let message = format!("there are two properties `{id}`");
    let diagnostic = Diagnostic::new(Kind::REPEATED_ID, again, message)
        .related(first, "the first one")
        .help("give each property an id of its own: it is what its state is kept by");
    Ok((diagnostic, sources))
}
