//! `--fix`, `--unsafe-fixes`, `--diff`.

use std::fs;
use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use similar::TextDiff;

use super::super::Failure;
use super::super::sink::replace_file;
use super::examine::Examiner;
use crate::fix::{self, Mended};
use crate::load::{Found, LoadError, Loaded, Workspace};

#[derive(clap::Args, Clone, Copy, Debug, Default)]
pub(super) struct Mending {
    /// Mend what can be mended without a change to anybody's access; each fix is proved before it is written
    #[arg(long, env = "KEYPLAN_FIX", value_parser = FalseyValueParser::new())]
    fix: bool,
    /// Mend also what changes somebody's access
    #[arg(long, env = "KEYPLAN_UNSAFE_FIXES", value_parser = FalseyValueParser::new())]
    unsafe_fixes: bool,
    /// Show what fixes would change, and write nothing
    #[arg(long, env = "KEYPLAN_DIFF", value_parser = FalseyValueParser::new())]
    diff: bool,
}

/// What mending one property came to.
#[derive(Default)]
pub(super) struct Repair {
    pub(super) files: Vec<Mended>,
    pub(super) applied: Vec<String>,
    pub(super) refused: Vec<String>,
}

impl Mending {
    pub(super) fn is_wanted(self) -> bool {
        self.fix || self.unsafe_fixes || self.diff
    }

    /// Whether differences are shown instead of findings.
    pub(super) fn is_diff(self) -> bool {
        self.diff
    }

    /// Mends a property in memory; with `--diff`, what is told stays what is on the disk.
    pub(super) fn mend(
        self,
        examiner: &Examiner<'_>,
        found: &Found,
        loaded: Loaded,
        workspace: &mut Workspace,
    ) -> Result<(Loaded, Repair), LoadError> {
        let mut read = |texts: &[(PathBuf, String)]| examiner.examine_instead(found, texts, workspace);
        let outcome = fix::mend(loaded, self.unsafe_fixes, &mut read)?;
        let repair = Repair { files: outcome.files, applied: outcome.applied, refused: outcome.refused };
        let loaded = if self.diff { examiner.examine(found, &|| 1, workspace)? } else { outcome.loaded };
        Ok((loaded, repair))
    }

    /// Writes the files of a property, or shows how they would change.
    pub(super) fn write(self, repair: &Repair) -> Result<String, Failure> {
        put(&repair.files, self.diff)
    }
}

/// Writes files, or shows how they would change.
pub(in crate::cli) fn put(files: &[Mended], diff: bool) -> Result<String, Failure> {
    let mut shown = String::new();
    for file in files {
        if diff {
            let diff = TextDiff::from_lines(&file.before, &file.after);
            let (old, new) = (format!("a/{}", file.path), format!("b/{}", file.path));
            shown.push_str(&diff.unified_diff().context_radius(3).header(&old, &new).to_string());
        } else {
            rewrite(file)?;
        }
    }
    Ok(shown)
}

/// Writes a file, unless somebody else has in the meantime.
fn rewrite(file: &Mended) -> Result<(), Failure> {
    let same = fs::read(&file.location).is_ok_and(|bytes| bytes == file.before.as_bytes());
    if !same {
        return Err(Failure::Told(format!(
            "{} is not what was checked any more, so nothing was written to it; run again",
            file.path
        )));
    }
    replace_file(&file.location, &file.after)
}
