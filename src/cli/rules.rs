//! `rules` and `explain`: what there is to be found, and why.

use super::check::rule;
use super::format::Kind;
use super::sink::Sink;
use super::{Failure, Global, Outcome};
use crate::diagnostic::KINDS;
use crate::output::rules as render;
use crate::rules::Rule;

const FORMATS: [Kind; 3] = [Kind::Human, Kind::Json, Kind::Markdown];

#[derive(clap::Args, Clone, Debug)]
pub(super) struct ExplainArguments {
    /// The name or the code of a rule, or of a mistake that a check told
    #[arg(value_name = "RULE", value_parser = explained)]
    rule: Explained,
}

/// What can be explained.
#[derive(Clone, Copy, Debug)]
enum Explained {
    Rule(&'static Rule),
    Mistake(&'static crate::diagnostic::Kind),
}

fn explained(name: &str) -> Result<Explained, String> {
    let mistake = KINDS.iter().find(|kind| kind.name == name || kind.code == name);
    match mistake {
        Some(kind) => Ok(Explained::Mistake(kind)),
        None => rule(name).map(Explained::Rule),
    }
}

pub(super) fn rules(global: &Global) -> Result<Outcome, Failure> {
    for output in global.outputs(&FORMATS, Kind::Human)? {
        let text = match output.kind {
            Kind::Json => render::json()?,
            Kind::Markdown => render::markdown(),
            _ => render::human(),
        };
        print(&output, &text)?;
    }
    Ok(Outcome::Done)
}

pub(super) fn explain(global: &Global, arguments: &ExplainArguments) -> Result<Outcome, Failure> {
    for output in global.outputs(&FORMATS, Kind::Human)? {
        let text = match (arguments.rule, output.kind) {
            (Explained::Rule(rule), Kind::Json) => render::one_json(rule)?,
            (Explained::Rule(rule), _) => render::page(rule),
            (Explained::Mistake(kind), Kind::Json) => render::mistake_json(kind)?,
            (Explained::Mistake(kind), _) => render::mistake(kind),
        };
        print(&output, &text)?;
    }
    Ok(Outcome::Done)
}

fn print(output: &super::format::Output, text: &str) -> Result<(), Failure> {
    let mut sink = Sink::open(output)?;
    sink.write(text)?;
    sink.finish()
}
