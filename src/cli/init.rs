//! `init`: a small working property to start from.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use super::sink::complain;
use super::{Failure, Global, Outcome};

/// What is written; the tests check that it compiles.
const PROPERTY: &str = include_str!("init/property.yaml");

#[derive(clap::Args, Clone, Debug)]
pub(super) struct Arguments {
    /// The directory, made when it is not there
    #[arg(value_name = "DIR", default_value = ".")]
    directory: PathBuf,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Outcome, Failure> {
    let directory = &arguments.directory;
    let file = directory.join("property.yaml");
    let failed = |error: std::io::Error| Failure::Told(format!("cannot write {}: {error}", file.display()));
    fs::create_dir_all(directory).map_err(failed)?;
    // Made only when it is not there: what somebody wrote is never overwritten.
    let mut created = fs::File::create_new(&file).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::Told(format!("{} is there already; nothing was written", file.display()))
        }
        _ => failed(error),
    })?;
    created.write_all(PROPERTY.as_bytes()).map_err(failed)?;
    if global.quiet == 0 {
        complain(&format!("wrote {}; now try `keyplan compile {}`", file.display(), directory.display()));
    }
    Ok(Outcome::Done)
}
