//! `import`: a property from what exists.

mod prove;
mod tables;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

pub(super) use prove::loaded;

use super::sink::{Sink, complain};
use super::{Failure, Global, Outcome};
use crate::adopt::{Adopted, Holdings, adopt};
use crate::optimize::Effort;

#[derive(clap::Args, Clone, Debug)]
pub(super) struct Arguments {
    #[command(subcommand)]
    from: From,
}

#[derive(clap::Subcommand, Clone, Debug)]
enum From {
    /// From credential tables: what `compile --format json` writes, or comma-separated values
    ///
    /// The values have the header `person,door,schedule,doorcode`, and may have the columns `share`, `from`, `until` and
    /// `kind` (of the door). A schedule is `always`, or days with windows, as `mon-fri 08:00-18:00; sat 10:00-14:00`.
    Tables(TablesArguments),
}

#[derive(clap::Args, Clone, Debug)]
struct TablesArguments {
    /// The tables
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    into: Into,
}

/// What the property becomes.
#[derive(clap::Args, Clone, Debug)]
struct Into {
    /// Write the files of the property into this directory instead of printing one
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// The id of the property [default: what the tables say, or how their file is called]
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// The time zone of its hours and dates, as America/New_York [default: what the tables say]
    #[arg(long, value_name = "ZONE")]
    timezone: Option<chrono_tz::Tz>,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Outcome, Failure> {
    let From::Tables(TablesArguments { file, into }) = &arguments.from;
    let holdings = tables::read(global, file, into)?;
    let adopted = written(&holdings);
    prove::same(global, &holdings, &adopted)?;
    put(global, &holdings, &adopted, into.out.as_deref())?;
    Ok(Outcome::Done)
}

/// The property that says just what is held.
pub(super) fn written(holdings: &Holdings) -> Adopted {
    adopt(holdings, Effort::thorough(&|| false))
}

/// Prints a property, or writes its files where none of them is yet.
fn put(global: &Global, holdings: &Holdings, adopted: &Adopted, out: Option<&Path>) -> Result<(), Failure> {
    match out {
        None => {
            let mut sink = Sink::stdout();
            for (number, (_, text)) in adopted.files.iter().enumerate() {
                sink.write(if number > 0 && !text.is_empty() { "\n" } else { "" })?;
                sink.write(text)?;
            }
            sink.finish()?;
        }
        Some(directory) => write_new(directory, adopted)?,
    }
    if global.quiet == 0 {
        let fewest = if adopted.fewest { ", the fewest there can be" } else { "" };
        let count = |number: usize, one: &str, many: &str| {
            format!("{number} {}", if number == 1 { one } else { many })
        };
        complain(&format!(
            "{}, {}, {}{fewest}: proved to give everybody just what they had",
            count(holdings.doors.len(), "door", "doors"),
            count(holdings.people.len(), "person", "people"),
            count(adopted.keys, "key", "keys"),
        ));
        if holdings.doors.iter().any(|door| door.kind.is_none()) {
            complain("of some doors nothing says what kind they are: they are `other`; write what they are");
        }
        if let Some(directory) = out {
            complain(&format!("wrote {0}; now try `keyplan check {0}`", directory.display()));
        }
    }
    Ok(())
}

fn write_new(directory: &Path, adopted: &Adopted) -> Result<(), Failure> {
    let failed = |path: &Path, error: std::io::Error| {
        Failure::Told(format!("cannot write {}: {error}", path.display()))
    };
    fs::create_dir_all(directory).map_err(|error| failed(directory, error))?;
    if let Some((name, _)) = adopted.files.iter().find(|(name, _)| directory.join(name).exists()) {
        let there = directory.join(name);
        return Err(Failure::Told(format!("{} is there already; nothing was written", there.display())));
    }
    for (name, text) in adopted.files.iter().filter(|(_, text)| !text.is_empty()) {
        let path = directory.join(name);
        let mut file = fs::File::create_new(&path).map_err(|error| failed(&path, error))?;
        file.write_all(text.as_bytes()).map_err(|error| failed(&path, error))?;
    }
    Ok(())
}
