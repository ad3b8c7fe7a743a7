//! What was written is read again, and says just what was held.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::access::Access;
use crate::adopt::{Adopted, Holdings};
use crate::cli::{Failure, Global};
use crate::diagnostic::Level;
use crate::load::{Loaded, Workspace, discover, load};
use crate::model::{AsOf, Capability};
use crate::time::{Interval, TimeSet};

/// Writes the files of a property into a directory that is ours.
fn write_into(directory: &Path, adopted: &Adopted) -> Result<(), Failure> {
    for (name, text) in adopted.files.iter().filter(|(_, text)| !text.is_empty()) {
        fs::write(directory.join(name), text)
            .map_err(|error| Failure::Told(format!("cannot write a temporary file: {error}")))?;
    }
    Ok(())
}

/// A property that was written, as it is read.
pub(in crate::cli) fn loaded(adopted: &Adopted, as_of: AsOf) -> Result<Loaded, Failure> {
    let directory =
        tempfile::tempdir().map_err(|error| Failure::Told(format!("cannot make a directory: {error}")))?;
    write_into(directory.path(), adopted)?;
    let discovery = discover(&[directory.path().to_owned()])?;
    let found = discovery.properties.first().ok_or_else(|| refused("it is no property"))?;
    let loaded = load(found, None, as_of, &|| 1, &mut Workspace::default())?;
    match loaded.diagnostics.iter().find(|one| one.level == Level::Error) {
        Some(mistake) => Err(refused(&mistake.message)),
        None => Ok(loaded),
    }
}

fn refused(why: &str) -> Failure {
    Failure::Told(format!(
        "nothing was written: the property that was made cannot be proved the same, because {why}"
    ))
}

/// Compares what a property says with what was held, over all minutes from the as-of day on.
pub(super) fn same(global: &Global, holdings: &Holdings, adopted: &Adopted) -> Result<(), Failure> {
    let loaded = loaded(adopted, global.as_of())?;
    let property = &loaded.property;
    let access = Access::resolve(property);
    let ahead = Interval::new(Some(property.as_of.start()), None);
    let mut wanted: BTreeMap<(&str, &str, Capability), u32> = BTreeMap::new();
    for held in &holdings.held {
        let person = holdings.people[held.person as usize].id.as_str();
        let door = holdings.doors[held.door as usize].id.as_str();
        let each = [
            (Capability::Unlock, held.unlock),
            (Capability::Doorcode, held.doorcode),
            (Capability::Share, held.share),
        ];
        wanted.extend(each.iter().filter_map(|(one, times)| Some(((person, door, *one), (*times)?))));
    }
    let differs = |person: &str, door: &str, capability: Capability| {
        refused(&format!("`{}` of `{person}` at `{door}` came out different", capability.name()))
    };
    let mut known: BTreeMap<(u32, u32), bool> = BTreeMap::new();
    for number in 0..property.people.len() as u32 {
        let person = crate::model::PersonId(number);
        for cell in access.cells(person) {
            let name = property.text(property.people[person.index()].id);
            let door = property.text(property.doors[cell.door.index()].id);
            let got = access.time_set(cell.times).clip(ahead);
            if got.is_empty() {
                continue;
            }
            let times = wanted.remove(&(name, door, cell.capability));
            let times = times.ok_or_else(|| differs(name, door, cell.capability))?;
            let is_same = || holdings.times[times as usize].clip(ahead).same_as(&got);
            if !*known.entry((times, cell.times.0)).or_insert_with(is_same) {
                return Err(differs(name, door, cell.capability));
            }
        }
    }
    let empty = |times: u32| TimeSet::clip(&holdings.times[times as usize], ahead).is_empty();
    match wanted.into_iter().find(|(_, times)| !empty(*times)) {
        Some(((person, door, capability), _)) => Err(differs(person, door, capability)),
        None => Ok(()),
    }
}
