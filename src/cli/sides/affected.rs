//! `--base REV`: which properties a branch can have changed, told by git without reading the others.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Pairs, paired};
use crate::cli::Failure;
use crate::load::{Discovery, Found, Revision, discover, discover_file, discover_in};

const PROPERTY: &str = "property.yaml";

/// Every property of some paths that has changed since a branch left a revision, with what it was then.
pub(in crate::cli) fn since_base(revision: &str, paths: &[PathBuf]) -> Result<Pairs, Failure> {
    let near = paths.first().map_or(Path::new("."), PathBuf::as_path);
    let base = Arc::new(Revision::base(revision, near).map_err(Failure::Told)?);
    let changed = base.changed_since().map_err(Failure::Told)?;
    let (mut old, mut new) = (Vec::<Found>::new(), Discovery::default());
    let mut asked: Vec<(PathBuf, &Path)> = Vec::new();
    for path in paths {
        let real = path
            .canonicalize()
            .map_err(|error| Failure::Told(format!("cannot read {}: {error}", path.display())))?;
        if !real.starts_with(base.top()) {
            let top = base.top().display();
            return Err(Failure::Told(format!(
                "{} is not in the repository {top}, whose `{revision}` was named",
                path.display()
            )));
        }
        asked.push((real, path));
    }
    for place in touched(&base, &changed)? {
        for (real, given) in &asked {
            let Ok(inside) = place.strip_prefix(real) else { continue };
            // A file that was given is itself the place; a hidden directory is none.
            let hidden =
                |part: std::path::Component<'_>| part.as_os_str().as_encoded_bytes().starts_with(b".");
            if inside.components().any(hidden) {
                continue;
            }
            let itself = inside.as_os_str().is_empty();
            let shown = if itself { given.to_path_buf() } else { given.join(inside) };
            let was = discover_in(&base, std::slice::from_ref(&place))?.properties.into_iter();
            // A part that properties share is none by itself, unless it was named as one.
            old.extend(was.filter(|found| match found.directory {
                true => found.file.parent() == Some(&place),
                false => itself && found.file == place,
            }));
            if shown.is_dir() && shown.join(PROPERTY).is_file() {
                new.properties.push(discover_file(&shown.join(PROPERTY), given)?);
            } else if itself && shown.is_file() {
                new.properties.extend(discover(&[shown])?.properties);
            }
        }
    }
    new.properties.sort_by(|one, other| one.file.cmp(&other.file));
    new.properties.dedup_by(|one, other| one.file == other.file);
    old.sort_by(|one, other| one.file.cmp(&other.file));
    old.dedup_by(|one, other| one.file == other.file);
    new.settings = new.properties.iter().filter_map(|found| found.settings.clone()).collect();
    new.settings.sort();
    new.settings.dedup();
    let pairs = paired(old, new.properties.clone(), false)?;
    Ok(Pairs { pairs, discovery: new, untouched: true })
}

/// The directories of properties, and single files, that changed files are part of.
fn touched(base: &Revision, changed: &[PathBuf]) -> Result<BTreeSet<PathBuf>, Failure> {
    let mut places: BTreeSet<PathBuf> = BTreeSet::new();
    let mut seen: BTreeSet<PathBuf> = BTreeSet::new();
    let mut fresh: Vec<PathBuf> = changed.iter().filter(|path| could_be_part(path)).cloned().collect();
    // What includes a part that has changed has changed too, and so on.
    while !fresh.is_empty() {
        let mut names: Vec<String> = Vec::new();
        let mut beside: Vec<(PathBuf, String)> = Vec::new();
        for path in fresh.drain(..) {
            if !seen.insert(path.clone()) {
                continue;
            }
            let (Some(directory), Some(name)) =
                (path.parent(), path.file_name().and_then(|name| name.to_str()))
            else {
                continue;
            };
            let is_property = |directory: &Path| {
                directory.join(PROPERTY).is_file() || base.has_file(&directory.join(PROPERTY))
            };
            if is_property(directory) {
                places.insert(directory.to_owned());
            } else {
                // It may be a property by itself, or a part that others include.
                places.insert(path.clone());
                beside.push((directory.to_owned(), name.to_owned()));
            }
            if name != PROPERTY {
                names.push(format!("/{name}"));
            }
        }
        if !names.is_empty() {
            fresh.extend(base.files_with(&names).map_err(Failure::Told)?);
        }
        for (directory, name) in beside {
            fresh.extend(naming(&directory, &name));
        }
        fresh.retain(|path| !seen.contains(path));
    }
    Ok(places)
}

fn could_be_part(path: &Path) -> bool {
    path.extension().is_some_and(|one| one == "yaml" || one == "yml" || one == "csv")
}

/// The YAML files of a directory in which a name stands.
fn naming(directory: &Path, name: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path());
    let names_it = |path: &PathBuf| {
        let yaml = path.extension().is_some_and(|one| one == "yaml" || one == "yml");
        yaml && std::fs::read_to_string(path).is_ok_and(|text| text.contains(name))
    };
    entries.filter(names_it).collect()
}
