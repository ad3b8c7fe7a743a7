//! `schema`, `completions` and `man`: what editors and shells read.

use clap::CommandFactory;
use clap_complete::Shell;
use clap_complete::env::Shells;

use super::format::{Kind, Output};
use super::sink::Sink;
use super::{Cli, Failure, Outcome};
use crate::output::schema::{self, NAMES};

/// The variable by which a shell asks for completions.
pub(super) const COMPLETE: &str = "KEYPLAN_COMPLETE";

#[derive(clap::Args, Clone, Debug)]
pub(super) struct SchemaArguments {
    /// Which schema
    #[arg(value_name = "NAME", default_value = NAMES[0], value_parser = clap::builder::PossibleValuesParser::new(NAMES))]
    name: String,
}

#[derive(clap::Args, Clone, Debug)]
pub(super) struct CompletionsArguments {
    /// Which shell
    shell: Shell,
}

pub(super) fn schema(arguments: &SchemaArguments) -> Result<Outcome, Failure> {
    let schema = schema::schema(&arguments.name)
        .ok_or_else(|| Failure::Told(format!("there is no schema `{}`", arguments.name)))?;
    print(&format!("{}\n", serde_json::to_string_pretty(&schema)?))
}

pub(super) fn completions(arguments: &CompletionsArguments) -> Result<Outcome, Failure> {
    let shell = arguments.shell.to_string();
    let shells = Shells::builtins();
    let completer = shells
        .completer(&shell)
        .ok_or_else(|| Failure::Told(format!("there are no completions for {shell}")))?;
    let mut script = Vec::new();
    // The script asks this program again, which knows the doors and people of the properties where it is asked.
    completer.write_registration(COMPLETE, "keyplan", "keyplan", "keyplan", &mut script)?;
    print(&String::from_utf8_lossy(&script))
}

pub(super) fn man() -> Result<Outcome, Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    print(&String::from_utf8_lossy(&page))
}

fn print(text: &str) -> Result<Outcome, Failure> {
    let mut sink = Sink::open(&Output { kind: Kind::Human, file: None })?;
    sink.write(text)?;
    sink.finish()?;
    Ok(Outcome::Done)
}
