//! `verify`: a proof over all people, doors, capabilities and minutes, or one counterexample.

use clap::ValueEnum;

use super::check::Reports;
use super::format::Kind;
use super::portfolio::in_order;
use super::settings::AllSettings;
use super::sides::{self, Opened, Pairs, Workspaces};
use super::sink::{Sink, complain};
use super::{Failure, Global, Outcome};
use crate::output::check::Summary;
use crate::output::verify::{Told, holds};

const KINDS: [Kind; 2] = [Kind::Human, Kind::Json];

#[derive(clap::Args, Clone, Debug)]
pub(super) struct Arguments {
    /// What is to be proved of NEW
    #[arg(value_name = "RELATION")]
    relation: Relation,
    /// A path, git:REV[:PATH], or @state for what is recorded of the locks
    old: String,
    /// A path, git:REV[:PATH], or @state for what is recorded of the locks
    new: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Relation {
    /// Nobody gains or loses anything
    Equal,
    /// Nobody gains anything
    NoWider,
    /// Nobody loses anything
    NoNarrower,
}

/// What one pair came to.
enum Proof {
    Holds,
    /// A counterexample, for each output.
    Fails(Vec<String>),
    Flawed(Vec<super::check::Rendered>),
    Undecided(String),
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Outcome, Failure> {
    let outputs = global.outputs(&KINDS, Kind::Human)?;
    let Pairs { pairs, discovery, .. } = sides::between(&arguments.old, &arguments.new)?;
    let settings = AllSettings::load(global, &discovery)?;
    let mut sinks = outputs.iter().map(Sink::open).collect::<Result<Vec<_>, _>>()?;
    let (formats, mut mistakes) = Reports::beside(global);
    let mut counts = Summary::default();
    let as_of = global.as_of();
    let (lost_too, gained_too) = match arguments.relation {
        Relation::Equal => (true, true),
        Relation::NoWider => (false, true),
        Relation::NoNarrower => (true, false),
    };
    let prove = |index: usize, workspaces: &mut Workspaces| {
        let pair = &pairs[index];
        let both = match pair.open(&settings, as_of, &formats, workspaces)? {
            Opened::Flawed(rendered) => return Ok::<_, Failure>(Proof::Flawed(rendered)),
            Opened::Both(both) => both,
        };
        if both.zones_differ {
            return Ok(Proof::Undecided(format!(
                "`{}` is in {} on one side and in {} on the other, so that hours as written are other moments: nothing can be proved",
                pair.id, both.old.timezone, both.new.timezone
            )));
        }
        let difference = both.difference();
        let Some(counterexample) = difference.counterexample(lost_too, gained_too) else {
            drop(difference);
            both.reclaim(workspaces);
            return Ok(Proof::Holds);
        };
        let told = Told::new(&difference, &pair.id, &counterexample);
        let texts = outputs.iter().map(|output| match output.kind {
            Kind::Json => Ok(told.json()?),
            _ => Ok(told.human()),
        });
        Ok(Proof::Fails(texts.collect::<Result<_, Failure>>()?))
    };
    let (mut first, mut undecided) = (None, None);
    in_order(pairs.len(), global.threads(), prove, |proof| {
        match proof? {
            Proof::Holds => {}
            Proof::Fails(texts) => first = first.take().or(Some(texts)),
            Proof::Undecided(why) => undecided = undecided.take().or(Some(why)),
            Proof::Flawed(rendered) => {
                rendered.iter().try_for_each(|one| mistakes.write(one, &mut counts))?;
            }
        }
        Ok(())
    })?;
    mistakes.end(&counts, 2)?;
    if counts.errors > 0 {
        complain("of a property with mistakes nothing is proved");
        return Ok(Outcome::Problems);
    }
    if let Some(why) = undecided.filter(|_| first.is_none()) {
        return Err(Failure::Told(why));
    }
    let failed = first.is_some();
    for (number, (sink, output)) in sinks.iter_mut().zip(&outputs).enumerate() {
        let text = match (&first, output.kind) {
            (Some(texts), _) => texts[number].clone(),
            (None, Kind::Json) => holds()?,
            (None, _) => format!("holds: {}\n", in_words(arguments.relation)),
        };
        sink.write(&text)?;
    }
    sinks.into_iter().try_for_each(Sink::finish)?;
    Ok(if failed { Outcome::Problems } else { Outcome::Done })
}

fn in_words(relation: Relation) -> &'static str {
    match relation {
        Relation::Equal => "nobody gains or loses anything, at any door, at any minute from today on",
        Relation::NoWider => "nobody gains anything, at any door, at any minute from today on",
        Relation::NoNarrower => "nobody loses anything, at any door, at any minute from today on",
    }
}
