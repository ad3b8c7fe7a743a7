//! Runs the command line, in a directory, with an environment of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use keyplan::state::{Identity, State};

/// What a run gave.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs `keyplan` in a directory. No variable of the machine reaches it.
#[track_caller]
pub(crate) fn keyplan(directory: &Path, arguments: &[&str]) -> Run {
    keyplan_with(directory, arguments, &[])
}

/// The same, with some variables.
#[track_caller]
pub(crate) fn keyplan_with(directory: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_keyplan"))
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    // A panic is always a defect, whatever the input.
    let stderr = text(output.stderr);
    assert!(!stderr.contains("panicked at"), "{stderr}");
    let run = Run { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr };
    if let Some((_, identity)) = variables.iter().find(|(name, _)| *name == "KEYPLAN_IDENTITY_FILE") {
        keeps_secrets(directory, Path::new(identity), &run);
    }
    run
}

/// No doorcode that is kept, or was, is in anything that a run prints, whichever test runs it. Shorter ones are left out: there
/// are years, places and counts with as many digits.
fn keeps_secrets(directory: &Path, identity: &Path, run: &Run) {
    static KNOWN: Mutex<BTreeMap<PathBuf, BTreeSet<String>>> = Mutex::new(BTreeMap::new());
    const LENGTH: usize = 6;
    let now = kept(directory, identity).unwrap_or_default();
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let codes = known.entry(directory.to_owned()).or_default();
    codes.extend(now.into_iter().filter(|code| code.len() >= LENGTH));
    for said in [&run.stdout, &run.stderr] {
        // A digest may have the same digits within it.
        let mut words = said.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() >= LENGTH);
        assert!(!words.any(|word| codes.contains(word)), "a doorcode was printed");
    }
}

/// The doorcodes of a state; none where it cannot be read, which tests do to it.
fn kept(directory: &Path, identity: &Path) -> Option<Vec<String>> {
    let directory = directory.join(".keyplan");
    if !identity.is_file() || !directory.join("state.db").is_file() {
        return None;
    }
    // A copy, since whoever closes a state takes in what a crash left behind; and by another process, since whoever closes a file
    // frees what its process has locked of it (POSIX, fcntl).
    let copy = tempfile::tempdir().ok()?;
    let files =
        fs::read_dir(&directory).ok()?.flatten().map(|file| file.path()).filter(|file| file.is_file());
    let copied = Command::new("cp").args(files).arg(copy.path()).stderr(Stdio::null()).status().ok()?;
    if !copied.success() {
        return None;
    }
    let mut state = State::read(&copy.path().join("state.db")).ok()??;
    if state.recipients().ok()?.is_empty() {
        return None;
    }
    let vault = state.vault(&Identity::of_file(identity).ok()?).ok()?;
    let mut digits = Vec::new();
    for property in state.properties().ok()? {
        let doors: BTreeSet<String> = state.codes(&property).ok()?.into_iter().map(|key| key.door).collect();
        for door in doors {
            let codes = state.codes_at(&vault, &property, &door).ok()?;
            digits.extend(codes.into_iter().map(|(_, code)| code.reveal().to_owned()));
        }
    }
    Some(digits)
}

/// Where the project lies.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Copies the files of a property into a directory, which is made; what was applied of it, beside them, stays behind.
pub(crate) fn copy_property(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}
