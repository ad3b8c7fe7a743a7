//! Runs the command line, in a directory, with an environment of its own.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

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
    Run { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr }
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
