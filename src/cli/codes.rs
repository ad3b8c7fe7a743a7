//! `codes`: doorcodes, listed without digits, shown to somebody who asks by name, made anew.

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
                sink.write(&codes_list(id, &state.codes(id)?))?;
            }
            sink.finish()?;
        }
        Command::Reveal { person, door, property } => {
            let (mut state, found) = find(global, property, person, door.as_deref())?;
            let doors: Vec<&str> = found.iter().map(|(_, code)| code.door.as_str()).collect();
            if !global.can_ask() {
                return Err(Failure::Told(
                    "doorcodes are only shown to a person on a terminal; nothing was shown".into(),
                ));
            }
            ask(&format!(
                "show the doorcodes of `{person}` at {}? It is logged. Only `yes` does:",
                doors.join(", ")
            ))?;
            let vault = state.vault(&identity()?)?;
            for id in found.iter().map(|(id, _)| id).collect::<std::collections::BTreeSet<_>>() {
                let detail = format!("{person} at {}", doors.join(", "));
                state.log(&who(), id, Event::CodesRevealed, &detail)?;
            }
            let mut sink = Sink::stdout();
            for (id, key) in &found {
                for (one, code) in state.codes_at(&vault, id, &key.door)? {
                    if one == *key {
                        sink.write(&format!("{}  {}\n", key.door, code.reveal()))?;
                    }
                }
            }
            sink.finish()?;
        }
        Command::Rotate { person, door, property, yes } => {
            let (mut state, found) = find(global, property, person, door.as_deref())?;
            let doors: Vec<&str> = found.iter().map(|(_, code)| code.door.as_str()).collect();
            if !yes {
                if !global.can_ask() {
                    return Err(Failure::Told("there is nobody to ask; `--yes` does it without".into()));
                }
                ask(&format!(
                    "delete the doorcodes of `{person}` at {} for good, and make new ones with the next apply? Only `yes` does:",
                    doors.join(", ")
                ))?;
            }
            let ids: std::collections::BTreeSet<&String> = found.iter().map(|(id, _)| id).collect();
            for id in ids {
                let keys: Vec<CodeKey> =
                    found.iter().filter(|(one, _)| one == id).map(|(_, key)| key.clone()).collect();
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

/// The codes of a person, with their property.
fn find(
    global: &Global,
    property: &std::path::Path,
    person: &str,
    door: Option<&str>,
) -> Result<(State, Vec<(String, CodeKey)>), Failure> {
    let (path, ids) = shared_state(global, &Paths { paths: vec![property.to_owned()] })?;
    existing(&path)?;
    let state = State::open(&path)?;
    let mut found = Vec::new();
    for id in ids {
        for code in state.codes(&id)? {
            if code.person == person && door.is_none_or(|door| code.door == door) {
                found.push((id.clone(), code));
            }
        }
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
