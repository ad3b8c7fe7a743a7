//! Fixes: edits put into the text, and proved before anything is written.
//!
//! A fix is safe when it changes nobody's access. Nobody is believed about that: the property is read again with the
//! edits in it, and the two relations are compared ([`Difference`]). What fails is left as it was and told.

use std::path::PathBuf;

use crate::access::Difference;
use crate::diagnostic::{Diagnostic, Edit, Level};
use crate::load::{LoadError, Loaded};
use crate::time::Interval;

/// How often fixes may make new ones possible: each round mends something, and files are finite, but a mistake of
/// ours must not run for ever.
const ROUNDS: usize = 50;

/// A file with its fixes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mended {
    /// Where it lies.
    pub location: PathBuf,
    /// The path that findings show.
    pub path: String,
    /// What it was read as.
    pub before: String,
    /// What it should become.
    pub after: String,
}

/// What the fixes of a property come to.
#[derive(Debug)]
pub struct Outcome {
    /// The property with its fixes, and the findings that it still has.
    pub loaded: Loaded,
    /// The files that change, in the order of the sources.
    pub files: Vec<Mended>,
    /// What was mended: rule, object, title of the fix.
    pub applied: Vec<String>,
    /// Fixes that failed their proof, in words.
    pub refused: Vec<String>,
}

/// Reads and judges the property with other texts in place of some of its files.
pub type Read<'r> = dyn FnMut(&[(PathBuf, String)]) -> Result<Loaded, LoadError> + 'r;

/// Applies the fixes of a property's findings, the unsafe ones only when they are asked for, until none is left.
///
/// # Errors
/// When the machine will not give a file.
pub fn mend(loaded: Loaded, unsafe_too: bool, read: &mut Read<'_>) -> Result<Outcome, LoadError> {
    let originals: Vec<(PathBuf, String, String)> = loaded
        .property
        .sources
        .files()
        .iter()
        .map(|file| {
            (file.location.clone(), file.path.clone(), loaded.property.sources.get(file.span).to_owned())
        })
        .collect();
    let mut outcome = Outcome { loaded, files: Vec::new(), applied: Vec::new(), refused: Vec::new() };
    let mut refused: Vec<String> = Vec::new();
    for _ in 0..ROUNDS {
        // Safe ones first: what they mend needs no unsafe one.
        let step = match step(&outcome.loaded, true, &mut refused, read, &mut outcome.refused)? {
            None if unsafe_too => step(&outcome.loaded, false, &mut refused, read, &mut outcome.refused)?,
            step => step,
        };
        let Some((loaded, applied)) = step else { break };
        outcome.loaded = loaded;
        outcome.applied.extend(applied);
    }
    let texts = texts(&outcome.loaded);
    for (location, path, before) in originals {
        let after = texts.iter().find(|(known, _)| *known == location).map(|(_, text)| text.clone());
        // A file that is not part of the property any more is left alone.
        if let Some(after) = after.filter(|after| *after != before) {
            outcome.files.push(Mended { location, path, before, after });
        }
    }
    Ok(outcome)
}

/// What tells a fix from another, so that one which failed is not tried again.
fn name(diagnostic: &Diagnostic) -> String {
    format!("{}: {}: {}", diagnostic.kind.name, diagnostic.object, diagnostic.message)
}

type Step = Option<(Loaded, Vec<String>)>;

/// One round: all fixes of one sort that do not touch each other, or, when together they fail, one by one.
fn step(
    loaded: &Loaded,
    safe: bool,
    refused: &mut Vec<String>,
    read: &mut Read<'_>,
    told: &mut Vec<String>,
) -> Result<Step, LoadError> {
    let mut chosen: Vec<(&Diagnostic, &[Edit])> = Vec::new();
    let mut taken: Vec<&Edit> = Vec::new();
    for diagnostic in &loaded.diagnostics {
        let Some(fix) = diagnostic.fix.as_ref().filter(|fix| fix.safe == safe) else { continue };
        let apart = fix.edits.iter().all(|edit| taken.iter().all(|other| are_apart(edit, other)));
        if apart && !refused.contains(&name(diagnostic)) {
            chosen.push((diagnostic, &fix.edits));
            taken.extend(&fix.edits);
        }
    }
    if chosen.is_empty() {
        return Ok(None);
    }
    let titles = |chosen: &[(&Diagnostic, &[Edit])]| {
        let title = |diagnostic: &Diagnostic| diagnostic.fix.as_ref().map(|fix| fix.title.clone());
        chosen
            .iter()
            .map(|(one, _)| format!("{}: {}", one.kind.name, title(one).unwrap_or_default()))
            .collect()
    };
    if let Ok(mended) = attempt(loaded, &chosen, safe, read)? {
        return Ok(Some((mended, titles(&chosen))));
    }
    for one in chosen {
        match attempt(loaded, &[one], safe, read)? {
            Ok(mended) => return Ok(Some((mended, titles(&[one])))),
            Err(why) => {
                told.push(format!("{}: {}; left as it was, because {why}", one.0.kind.name, one.0.message));
                refused.push(name(one.0));
            }
        }
    }
    // All of these failed and are not tried again; others were left aside for touching them.
    step(loaded, safe, refused, read, told)
}

/// Edits that touch could depend on each other.
fn are_apart(one: &Edit, other: &Edit) -> bool {
    one.span.end < other.span.start || other.span.end < one.span.start
}

/// The property with some fixes in it, or why that will not do.
fn attempt(
    loaded: &Loaded,
    chosen: &[(&Diagnostic, &[Edit])],
    safe: bool,
    read: &mut Read<'_>,
) -> Result<Result<Loaded, String>, LoadError> {
    let edits: Vec<&Edit> = chosen.iter().flat_map(|(_, edits)| *edits).collect();
    edited(loaded, edits, safe, read)
}

/// Puts other keys in place of today's, proved to change nobody's access; or says why that will not do.
///
/// # Errors
/// When the machine will not give a file.
pub fn rewrite(
    loaded: &Loaded,
    edits: &[Edit],
    read: &mut Read<'_>,
) -> Result<Result<Vec<Mended>, String>, LoadError> {
    let after = match edited(loaded, edits.iter().collect(), true, read)? {
        Ok(after) => texts(&after),
        Err(why) => return Ok(Err(why)),
    };
    let files = loaded.property.sources.files().iter().filter_map(|file| {
        let before = loaded.property.sources.get(file.span).to_owned();
        let (_, after) =
            after.iter().find(|(location, text)| *location == file.location && *text != before)?;
        let (location, path) = (file.location.clone(), file.path.clone());
        Some(Mended { location, path, before, after: after.clone() })
    });
    Ok(Ok(files.collect()))
}

/// The property with some edits in it, or why that will not do.
fn edited(
    loaded: &Loaded,
    mut edits: Vec<&Edit>,
    safe: bool,
    read: &mut Read<'_>,
) -> Result<Result<Loaded, String>, LoadError> {
    edits.sort_by_key(|edit| edit.span);
    let mut changed = texts(loaded);
    let mut before = None;
    for ((_, text), file) in changed.iter_mut().zip(loaded.property.sources.files()) {
        // What is added where one file ends and the next begins is added to the one that ends.
        let is_here = |edit: &&&Edit| {
            file.span.start <= edit.span.start
                && edit.span.end <= file.span.end
                && (edit.span.end > file.span.start || before != Some(file.span.start))
        };
        // From the last to the first, so that the places of those before stay true.
        for edit in edits.iter().rev().filter(is_here) {
            let (start, end) = (edit.span.start - file.span.start, edit.span.end - file.span.start);
            text.replace_range(start as usize..end as usize, &edit.text);
        }
        before = Some(file.span.end);
    }
    if changed == texts(loaded) {
        return Ok(Err("it changes nothing".into()));
    }
    let mended = read(&changed)?;
    if let Some(error) =
        mended.diagnostics.iter().find(|one| one.level == Level::Error && one.object.is_empty())
    {
        return Ok(Err(format!("the file would not be understood any more: {}", error.message)));
    }
    if safe {
        let today = Interval::new(Some(loaded.property.as_of.start()), None);
        let difference = Difference::between(&loaded.property, &mended.property, today);
        if let Some(difference) = difference.counterexample(true, true) {
            let verb = if difference.lost { "lose" } else { "gain" };
            return Ok(Err(format!(
                "`{}` would {verb} `{}` at `{}`",
                difference.person_id,
                difference.capability.name(),
                difference.door_id
            )));
        }
    }
    Ok(Ok(mended))
}

/// The text of every file of a property, in the order of its sources.
fn texts(loaded: &Loaded) -> Vec<(PathBuf, String)> {
    let sources = &loaded.property.sources;
    sources.files().iter().map(|file| (file.location.clone(), sources.get(file.span).to_owned())).collect()
}
