//! `codes`: doorcodes, listed without digits, shown to somebody who asks by name, made anew.

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::path::PathBuf;

use super::sink::{Sink, complain};
use super::site::{existing, identity, shared_state, who};
use super::{Failure, Global, Outcome, Paths};
use crate::output::records::codes_list;
use crate::state::{CodeKey, Event, State};

#[derive(clap::Args, Clone, Debug)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Clone, Debug)]
enum Command {
    /// Who has a doorcode where; no digits
    List {
        #[command(flatten)]
        paths: Paths,
    },
    /// Show a person's doorcodes; asks first, is logged, and is refused where nobody can be asked
    Reveal {
        /// The id of the person
        #[arg(value_name = "PERSON")]
        person: String,
        /// Only the code of this door
        #[arg(value_name = "DOOR")]
        door: Option<String>,
        /// The property, or its portfolio
        #[arg(long, value_name = "PATH", default_value = ".")]
        property: PathBuf,
    },
    /// Forget a person's doorcodes: the next apply makes new ones and writes them to the locks
    Rotate {
        /// The id of the person
        #[arg(value_name = "PERSON")]
        person: String,
        /// Only the code of this door
        #[arg(value_name = "DOOR")]
        door: Option<String>,
        /// The property, or its portfolio
        #[arg(long, value_name = "PATH", default_value = ".")]
        property: PathBuf,
        /// Without asking
        #[arg(long)]
        yes: bool,
    },
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Outcome, Failure> {
    match &arguments.command {
        Command::List { paths } => {
            let (path, ids) = shared_state(global, paths)?;
            let state = existing(&path)?;
            let mut sink = Sink::stdout();
            for id in &ids {
                sink.write(&codes_list(id, &state.codes(id)?, &state.untold(id)?))?;
            }
            sink.finish()?;
        }
        Command::Reveal { person, door, property } => {
            let (mut state, found) = find(global, property, person, door.as_deref())?;
            let (untold, found): (Vec<_>, Vec<_>) = found.into_iter().partition(|one| one.untold);
            let doors = doors(&found);
            if !untold.is_empty() {
                complain(&format!(
                    "nobody here knows the doorcode of `{person}` at {}: it was set elsewhere, and the lock tells it to nobody. Ask `{person}`, or have another one made: `keyplan codes rotate {person}`",
                    self::doors(&untold)
                ));
            }
            if found.is_empty() {
                return Err(Failure::Told("nothing was shown".into()));
            }
            // What goes to a file or into a pipe is read by nobody knows whom.
            if !global.can_ask() || !std::io::stdout().is_terminal() {
                return Err(Failure::Told(
                    "doorcodes are only shown to a person on a terminal; nothing was shown".into(),
                ));
            }
            ask(&format!("show the doorcodes of `{person}` at {doors}? It is logged. Only `yes` does:"))?;
            let vault = state.vault(&identity()?)?;
            for id in found.iter().map(|one| &one.property).collect::<BTreeSet<_>>() {
                let detail = format!("{person} at {doors}");
                state.log(&who(), id, Event::CodesRevealed, &detail)?;
            }
            let mut sink = Sink::stdout();
            for Found { property, key, .. } in &found {
                for (one, code) in state.codes_at(&vault, property, &key.door)? {
                    if one == *key {
                        sink.write(&format!("{}  {}\n", key.door, code.reveal()))?;
                    }
                }
            }
            sink.finish()?;
        }
        Command::Rotate { person, door, property, yes } => {
            let (mut state, found) = find(global, property, person, door.as_deref())?;
            if !yes {
                if !global.can_ask() {
                    return Err(Failure::Told("there is nobody to ask; `--yes` does it without".into()));
                }
                ask(&format!(
                    "delete the doorcodes of `{person}` at {} for good, and make new ones with the next apply? Only `yes` does:",
                    doors(&found)
                ))?;
            }
            let ids: BTreeSet<&String> = found.iter().map(|one| &one.property).collect();
            for id in ids {
                let here = found.iter().filter(|one| one.property == *id);
                let keys: Vec<CodeKey> = here.map(|one| one.key.clone()).collect();
                let lease = state.hold(id, &who())?;
                let result = state.settle(&lease).and_then(|()| state.rotate_codes(&lease, &keys, &who()));
                state.let_go(&lease)?;
                result?;
            }
            complain(&format!(
                "{} doorcodes will be made anew: `keyplan apply` writes them to the locks",
                found.len()
            ));
        }
    }
    Ok(Outcome::Done)
}

/// A code of somebody.
struct Found {
    property: String,
    key: CodeKey,
    /// Whether nobody here knows it.
    untold: bool,
}

fn doors(found: &[Found]) -> String {
    found.iter().map(|one| one.key.door.as_str()).collect::<Vec<_>>().join(", ")
}

/// The codes of a person.
fn find(
    global: &Global,
    property: &std::path::Path,
    person: &str,
    door: Option<&str>,
) -> Result<(State, Vec<Found>), Failure> {
    let (path, ids) = shared_state(global, &Paths { paths: vec![property.to_owned()] })?;
    existing(&path)?;
    let state = State::open(&path)?;
    let mut found = Vec::new();
    for id in ids {
        let untold = state.untold(&id)?;
        let mut keys: BTreeSet<CodeKey> = state.codes(&id)?.into_iter().collect();
        keys.extend(untold.iter().cloned());
        keys.retain(|key| key.person == person && door.is_none_or(|door| key.door == door));
        let of = |key: CodeKey| Found { property: id.clone(), untold: untold.contains(&key), key };
        found.extend(keys.into_iter().map(of));
    }
    if found.is_empty() {
        let door = door.map_or_else(String::new, |door| format!(" at `{door}`"));
        return Err(Failure::Told(format!(
            "`{person}` has no doorcode{door}; `keyplan codes list` shows who has"
        )));
    }
    Ok((state, found))
}

fn ask(question: &str) -> Result<(), Failure> {
    complain(question);
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    if answer.trim() == "yes" { Ok(()) } else { Err(Failure::Told("nothing was done".into())) }
}
