//! `state`: what is recorded of the locks.

use std::path::PathBuf;

use super::sink::{Sink, complain};
use super::site::{existing, identity, no_state, shared_state, who};
use super::{Failure, Global, Outcome, Paths};
use crate::output::records::{lease_line, state_list, state_show};
use crate::state::{Event, Export, Recipient, State};

#[derive(clap::Args, Clone, Debug)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Args, Clone, Debug)]
struct About {
    /// The property, or its portfolio
    #[arg(long, value_name = "PATH", default_value = ".")]
    property: PathBuf,
}

impl About {
    fn paths(&self) -> Paths {
        Paths { paths: vec![self.property.clone()] }
    }
}

#[derive(clap::Subcommand, Clone, Debug)]
enum Command {
    /// What is recorded: each property, each lock with how full it is
    List {
        #[command(flatten)]
        paths: Paths,
    },
    /// What is recorded of one door, entry by entry
    Show {
        /// The id of the door
        #[arg(value_name = "DOOR")]
        door: String,
        #[command(flatten)]
        about: About,
    },
    /// A door or a person has another id now: keep entries and doorcodes
    Mv {
        /// What: `door` or `person`
        #[arg(value_name = "KIND", value_parser = ["door", "person"])]
        kind: String,
        /// The id until now
        #[arg(value_name = "OLD")]
        old: String,
        /// The id from now on
        #[arg(value_name = "NEW")]
        new: String,
        #[command(flatten)]
        about: About,
    },
    /// Forget what is recorded of a door: its entries count as entered by hand from now on
    Rm {
        /// The id of the door
        #[arg(value_name = "DOOR")]
        door: String,
        /// Only this lock of the door, which is gone for good; doorcodes stay for the one that takes its place
        #[arg(long, value_name = "ID")]
        lock: Option<String>,
        #[command(flatten)]
        about: About,
        /// Without asking
        #[arg(long)]
        yes: bool,
    },
    /// Check every part of the state, bring it up to date, and take in what a run that was cut short has done
    Repair {
        #[command(flatten)]
        about: About,
    },
    /// Print the whole state, to keep a copy or to bring it to another machine; doorcodes stay sealed
    Pull {
        #[command(flatten)]
        about: About,
    },
    /// Put a pulled state in the place of this one, unless this one is newer
    Push {
        /// The file that `state pull` printed
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        about: About,
    },
    /// Who holds a property
    Lock {
        #[command(subcommand)]
        command: LockCommand,
    },
    /// Who can open the doorcodes
    Recipients {
        #[command(subcommand)]
        command: Option<RecipientCommand>,
        #[command(flatten)]
        about: About,
    },
}

#[derive(clap::Subcommand, Clone, Debug)]
enum LockCommand {
    /// Every property that a run holds
    List {
        #[command(flatten)]
        about: About,
    },
    /// Free a property whose run is gone for good
    Release {
        /// The id of the property
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        about: About,
    },
}

#[derive(clap::Subcommand, Clone, Debug)]
enum RecipientCommand {
    /// Let somebody else open the doorcodes too
    Add {
        /// What `keyplan state recipients` shows them as theirs
        #[arg(value_parser = Recipient::parse)]
        recipient: Recipient,
    },
    /// Take somebody away, and seal every doorcode under a new key
    Remove {
        /// The recipient, as it is listed
        #[arg(value_parser = Recipient::parse)]
        recipient: Recipient,
    },
    /// Seal every doorcode under a new key
    Rotate,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Outcome, Failure> {
    let mut sink = Sink::stdout();
    match &arguments.command {
        Command::List { paths } => {
            let (path, ids) = shared_state(global, paths)?;
            let state = existing(&path)?;
            for id in ids {
                sink.write(&state_list(&id, &state.recorded(&id)?))?;
            }
        }
        Command::Show { door, about } => {
            let (path, ids) = shared_state(global, &about.paths())?;
            let state = existing(&path)?;
            let mut any = false;
            for id in ids {
                let recorded = state.recorded(&id)?;
                let locks: Vec<_> = recorded.locks.iter().filter(|lock| lock.door == *door).collect();
                any |= !locks.is_empty();
                sink.write(&state_show(&recorded, &locks))?;
            }
            if !any {
                return Err(Failure::Told(format!("nothing is recorded of a door `{door}`")));
            }
        }
        Command::Mv { kind, old, new, about } => {
            let count = edit(global, about, &format!("mv {kind} {old} {new}"), |state, lease| {
                let vault = identity().and_then(|identity| state.vault(&identity))?;
                state.rename(lease, &vault, kind == "door", old, new)
            })?;
            complain(&format!("{count} entries and doorcodes of `{old}` are recorded as `{new}`"));
        }
        Command::Rm { door, lock: Some(lock), about, yes } => {
            if !yes {
                return Err(Failure::Told(format!(
                    "whoever has the lock `{lock}` of `{door}` could still open it with the doorcodes that are in it; `--yes` forgets it"
                )));
            }
            let what = format!("rm {door} --lock {lock}");
            let count = edit(global, about, &what, |state, lease| state.forget_lock(lease, door, lock))?;
            complain(&format!(
                "{count} entries of the lock `{lock}` of `{door}` are forgotten; doorcodes stay"
            ));
        }
        Command::Rm { door, lock: None, about, yes } => {
            if !yes {
                return Err(Failure::Told(format!(
                    "the entries of `{door}` would stay in the lock, open it, and belong to nobody, and their doorcodes would be deleted here; `--yes` does it"
                )));
            }
            let count = edit(global, about, &format!("rm {door}"), |state, lease| state.forget(lease, door))?;
            complain(&format!("{count} entries of `{door}` are forgotten"));
        }
        Command::Repair { about } => {
            let (path, ids) = shared_state(global, &about.paths())?;
            existing_file(&path)?;
            let mut state = State::open(&path)?;
            state.sound()?;
            for id in ids {
                let lease = state.hold(&id, &who())?;
                let result = state.settle(&lease);
                state.let_go(&lease)?;
                result?;
            }
            complain("the state is sound and up to date");
        }
        Command::Pull { about } => {
            let (path, _) = shared_state(global, &about.paths())?;
            sink.write(&(serde_json::to_string(&existing(&path)?.export()?)? + "\n"))?;
        }
        Command::Push { file, about } => {
            let (path, _) = shared_state(global, &about.paths())?;
            let told = |why: String| Failure::Told(format!("cannot take {}: {why}", file.display()));
            let text = std::fs::read_to_string(file).map_err(|error| told(error.to_string()))?;
            let export: Export = serde_json::from_str(&text).map_err(|error| told(error.to_string()))?;
            State::open(&path)?.import(&export, &who())?;
            complain("the pushed state is in place");
        }
        Command::Lock { command: LockCommand::List { about } } => {
            let (path, _) = shared_state(global, &about.paths())?;
            for holder in existing(&path)?.holders()? {
                sink.write(&lease_line(&holder))?;
            }
        }
        Command::Lock { command: LockCommand::Release { id, about } } => {
            let (path, _) = shared_state(global, &about.paths())?;
            existing_file(&path)?;
            let mut state = State::open(&path)?;
            match state.release(id)? {
                Some(holder) => {
                    let detail = format!("held by {} on {}, process {}", holder.who, holder.host, holder.pid);
                    state.log(&who(), id, Event::LeaseReleased, &detail)?;
                    complain(&format!("`{id}` is free; it was held by {} on {}", holder.who, holder.host));
                }
                None => complain(&format!("nobody holds `{id}`")),
            }
        }
        Command::Recipients { command, about } => {
            let (path, _) = shared_state(global, &about.paths())?;
            recipients(command.as_ref(), &path, &mut sink)?;
        }
    }
    sink.finish()?;
    Ok(Outcome::Done)
}

fn recipients(
    command: Option<&RecipientCommand>,
    path: &std::path::Path,
    sink: &mut Sink,
) -> Result<(), Failure> {
    let identity = identity()?;
    let own = identity.recipient();
    let Some(command) = command else {
        sink.write(&format!("yours: {own}\n"))?;
        for recipient in State::read(path)?.map(|state| state.recipients()).transpose()?.unwrap_or_default() {
            let note = if recipient == own { "  (yours)" } else { "" };
            sink.write(&format!("{recipient}{note}\n"))?;
        }
        return Ok(());
    };
    existing_file(path)?;
    let mut state = State::open(path)?;
    let detail = match command {
        RecipientCommand::Add { recipient } => {
            state.add_recipient(&identity, recipient)?;
            format!("added {recipient}")
        }
        RecipientCommand::Remove { recipient } => {
            let codes = state.rotate_key(&identity, Some(recipient))?;
            format!("removed {recipient}; {codes} doorcodes sealed anew")
        }
        RecipientCommand::Rotate => {
            let codes = state.rotate_key(&identity, None)?;
            format!("{codes} doorcodes sealed anew")
        }
    };
    state.log(&who(), "", Event::RecipientsChanged, &detail)?;
    complain(&detail);
    Ok(())
}

/// A state that is only written when it is there. It may be one of an older version, which writing brings up to date.
fn existing_file(path: &std::path::Path) -> Result<(), Failure> {
    if path.exists() { Ok(()) } else { Err(no_state(path)) }
}

/// Edits the record of every property in some paths, under a lease, and logs it.
fn edit(
    global: &Global,
    about: &About,
    what: &str,
    change: impl Fn(&mut State, &crate::state::Lease) -> Result<usize, crate::state::StateError>,
) -> Result<usize, Failure> {
    let (path, ids) = shared_state(global, &about.paths())?;
    existing_file(&path)?;
    let mut state = State::open(&path)?;
    let mut total = 0;
    for id in ids {
        let lease = state.hold(&id, &who())?;
        let result = state.settle(&lease).and_then(|()| change(&mut state, &lease));
        if matches!(result, Ok(count) if count > 0) {
            state.log(&who(), &id, Event::StateChanged, what)?;
        }
        state.let_go(&lease)?;
        total += result?;
    }
    if total == 0 {
        return Err(Failure::Told("nothing of that is recorded".into()));
    }
    Ok(total)
}
