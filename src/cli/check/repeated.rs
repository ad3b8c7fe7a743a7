//! Two properties with one id, which would share one state.

use std::path::Path;

use crate::diagnostic::{Diagnostic, Kind};
use crate::load::{LoadError, property_id};
use crate::source::{Sources, Span};

/// The finding for two properties with the same id, given the files that say so.
pub(super) fn property(first: &Path, again: &Path) -> Result<(Diagnostic, Sources), LoadError> {
    let mut sources = Sources::default();
    let first = property_id(first, &mut sources)?.unwrap_or_default();
    let again: Span = property_id(again, &mut sources)?.unwrap_or_default();
    let message = format!("there are two properties `{}`", sources.get(again));
    let diagnostic = Diagnostic::new(Kind::REPEATED_ID, again, message)
        .related(first, "the first one")
        .help("give each property an id of its own: it is what its state is kept by");
    Ok((diagnostic, sources))
}
