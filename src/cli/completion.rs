//! Completion of what only the properties know: the ids of doors and of people.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap_complete::{ArgValueCompleter, CompletionCandidate};

use super::questions::each_property;
use crate::model::Property;
use crate::source::Span;

/// So many are offered at most.
const OFFERED: usize = 200;

/// Completes the id of a door of the properties below the working directory.
pub(super) fn doors() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        ids(current, |property| property.doors.iter().map(|door| (door.id, door.name)).collect())
    })
}

/// Completes the id of a person of the properties below the working directory.
pub(super) fn people() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        ids(current, |property| property.people.iter().map(|person| (person.id, person.name)).collect())
    })
}

fn ids(current: &OsStr, named: impl Fn(&Property) -> Vec<(Span, Option<Span>)>) -> Vec<CompletionCandidate> {
    let Some(current) = current.to_str() else { return Vec::new() };
    let mut candidates = Vec::new();
    each_property(&[PathBuf::from(".")], |property| {
        for (id, name) in named(property) {
            let id = property.text(id);
            if id.starts_with(current) && candidates.len() < OFFERED {
                let help = name.map(|name| property.text(name).to_owned().into());
                candidates.push(CompletionCandidate::new(id).help(help));
            }
        }
    });
    candidates
}
