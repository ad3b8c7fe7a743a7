//! `import`: a property from what exists.

mod locks;
mod model;
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
use crate::provider::{Matter, Seam, Zwave};
use crate::syntax::written::scalar;

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
    /// From Z-Wave locks behind Z-Wave JS Server, with their doorcodes
    ///
    /// Writes a property, its settings, and a record of what the locks hold, so that a plan has nothing to do. Nothing is
    /// changed in a lock, but what it calls its users, where it has names: for that `--claim` is asked.
    Zwave(ZwaveArguments),
    /// From locks behind Seam's cloud, with their doorcodes
    ///
    /// Writes a property, its settings, and a record of what the locks hold, so that a plan has nothing to do. Digits and
    /// dates stay; each code gets a name by which keyplan knows it, for which `--claim` is asked.
    Seam(SeamArguments),
    /// From locks behind a Matter server, as the one of Home Assistant; doorcodes stay in the locks, which tell them to nobody
    ///
    /// Writes a property, its settings, and a record of what the locks hold, so that a plan has nothing to do. Doorcodes and
    /// schedules stay; each user gets a name and a number by which keyplan knows it, for which `--claim` is asked. Users whom
    /// another system has made are left alone.
    Matter(MatterArguments),
}

#[derive(clap::Args, Clone, Debug)]
struct ZwaveArguments {
    #[command(flatten)]
    locks: LocksArguments,
    /// Where the server is
    #[arg(long, value_name = "URL", default_value = "ws://127.0.0.1:3000")]
    address: String,
    /// The server may be another machine: doorcodes cross the network as they are
    #[arg(long)]
    plain: bool,
    /// Rename users of locks that have names, as `anna-smith`, so that they are keyplan's
    #[arg(long)]
    claim: bool,
}

#[derive(clap::Args, Clone, Debug)]
struct SeamArguments {
    #[command(flatten)]
    locks: LocksArguments,
    /// Where the server is [default: Seam's own]
    #[arg(long, value_name = "URL")]
    address: Option<String>,
    /// The variable of the environment that has the key
    #[arg(long, value_name = "NAME", default_value = "SEAM_API_KEY")]
    key_variable: String,
    /// Rename the codes, as `anna (keyplan 3)`, so that they are keyplan's
    #[arg(long)]
    claim: bool,
}

#[derive(clap::Args, Clone, Debug)]
struct MatterArguments {
    #[command(flatten)]
    locks: LocksArguments,
    /// Where the server is
    #[arg(long, value_name = "URL", default_value = "ws://127.0.0.1:5580/ws")]
    address: String,
    /// The server may be another machine: doorcodes cross the network as they are
    #[arg(long)]
    plain: bool,
    /// Rename the users, to the ten first letters of the person's id, and number them, so that they are keyplan's
    #[arg(long)]
    claim: bool,
}

/// Which locks, and what the property becomes.
#[derive(clap::Args, Clone, Debug)]
struct LocksArguments {
    /// The locks, as the system calls them, or with the name that the door gets: front=12 [default: all]
    #[arg(value_name = "LOCK")]
    locks: Vec<String>,
    #[command(flatten)]
    into: Into,
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
    match &arguments.from {
        From::Tables(TablesArguments { file, into }) => {
            let holdings = tables::read(global, file, into)?;
            let adopted = written(&holdings);
            prove::same(global, &holdings, &adopted)?;
            put(global, &holdings, &adopted, into.out.as_deref())?;
            Ok(Outcome::Done)
        }
        From::Zwave(ZwaveArguments { locks, address, plain, claim }) => {
            let system = locks::System {
                kind: "zwave",
                settings: served("zwave", address, *plain),
                hides_codes: false,
                provider: Box::new(Zwave::new(address, *plain).map_err(Failure::Told)?),
            };
            from_locks(global, &system, locks, *claim)
        }
        From::Seam(SeamArguments { locks, address, key_variable, claim }) => {
            if locks.into.out.is_some() && !claim {
                return Err(Failure::Told("the codes at Seam get names by which keyplan knows them, as `anna (keyplan 3)`; digits and dates stay. Say `--claim` if that is meant, or leave `--out` out to look at the property first".into()));
            }
            let place = address
                .as_ref()
                .map_or_else(String::new, |address| format!(", address: {}", scalar(address)));
            let system = locks::System {
                kind: "seam",
                settings: format!("kind: seam{place}, key-variable: {key_variable}"),
                hides_codes: false,
                provider: Box::new(Seam::new(address.as_deref(), Some(key_variable)).map_err(Failure::Told)?),
            };
            from_locks(global, &system, locks, *claim)
        }
        From::Matter(MatterArguments { locks, address, plain, claim }) => {
            if locks.into.out.is_some() && !claim {
                return Err(Failure::Told("the users of the locks get names and numbers by which keyplan knows them; doorcodes and schedules stay. Say `--claim` if that is meant, or leave `--out` out to look at the property first".into()));
            }
            let system = locks::System {
                kind: "matter",
                settings: served("matter", address, *plain),
                hides_codes: true,
                provider: Box::new(Matter::new(address, *plain).map_err(Failure::Told)?),
            };
            from_locks(global, &system, locks, *claim)
        }
    }
}

/// The settings of a provider behind a server.
fn served(kind: &str, address: &str, plain: bool) -> String {
    let plain = if plain { ", plain: true" } else { "" };
    format!("kind: {kind}, address: {}{plain}", scalar(address))
}

/// A property from locks; with its settings and a record where it is written into a directory.
fn from_locks(
    global: &Global,
    system: &locks::System,
    arguments: &LocksArguments,
    claim: bool,
) -> Result<Outcome, Failure> {
    let out = arguments.into.out.as_deref();
    out.map_or(Ok(()), locks::is_free)?;
    let read = locks::read(global, system, arguments)?;
    if let Some((name, person)) = read.renamed().filter(|_| out.is_some() && !claim) {
        let instead = if name.is_empty() { String::new() } else { format!(" for `{name}`") };
        return Err(Failure::Told(format!(
            "users in the locks get the names by which keyplan knows them, as `{person}`{instead}; codes and hours stay. Say `--claim` if that is meant, or leave `--out` out to look at the property first"
        )));
    }
    let adopted = written(&read.holdings);
    prove::same(global, &read.holdings, &adopted)?;
    put(global, &read.holdings, &adopted, out)?;
    let mut is_whole = read.is_whole;
    if let Some(out) = out {
        locks::write_settings(system, out)?;
        let locks::Kept { codes: kept, untold, unclaimed } = locks::record(system, &read, out)?;
        is_whole &= unclaimed == 0;
        if unclaimed > 0 {
            complain(&format!(
                "the files name people whose entries stayed as they were, {unclaimed} in all, and a plan would give them others: take these people out of the files, or delete {} and import again",
                out.display()
            ));
        }
        if global.quiet == 0 {
            let count = |number: usize, one: &str, many: &str| match number {
                1 => format!("1 doorcode {one}"),
                number => format!("{number} doorcodes {many}"),
            };
            let codes = match system.hides_codes {
                false => count(kept, "is kept", "are kept"),
                true => count(
                    untold,
                    "stays in its lock, known to nobody here",
                    "stay in their locks, known to nobody here",
                ),
            };
            let place = if system.hides_codes { "; the record is" } else { ", sealed," };
            complain(&format!(
                "{codes}{place} in {0}/.keyplan; now try `keyplan plan {0}`, which should have nothing to do",
                out.display()
            ));
        }
    }
    Ok(if is_whole { Outcome::Done } else { Outcome::Unreached })
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
