//! `diff`: who gains or loses which door, how and in which hours.

use std::path::PathBuf;

use clap::ValueEnum;

use super::check::{Formats, Rendered, Reports};
use super::format::{Kind, Output};
use super::portfolio::in_order;
use super::progress::Progress;
use super::settings::AllSettings;
use super::sides::{self, Both, Opened, Pairs, Workspaces};
use super::sink::{Sink, complain};
use super::{Failure, Global, Outcome};
use crate::output::check::Summary as Counts;
use crate::output::diff::{Section, comment, human, json, markdown};

const KINDS: [Kind; 3] = [Kind::Human, Kind::Json, Kind::Markdown];

#[derive(clap::Args, Clone, Debug)]
pub(super) struct Arguments {
    /// OLD and NEW: paths, or git:REV[:PATH]; with --base, the properties or portfolios to compare [default: .]
    #[arg(value_name = "OLD NEW")]
    sides: Vec<String>,
    /// Compare with what this branch started from: the last commit it has in common with a revision
    #[arg(long, value_name = "REV", env = "KEYPLAN_BASE")]
    base: Option<String>,
    /// Exit with 1 when somebody gains access, when somebody loses any, or on any change
    #[arg(long, value_name = "WHAT", env = "KEYPLAN_FAIL_ON")]
    fail_on: Option<FailOn>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Somebody gains access
    Widened,
    /// Somebody loses access
    Narrowed,
    /// Anything changes
    Any,
}

/// What one pair came to.
enum Told {
    Compared { pieces: Vec<Piece>, widens: bool, narrows: bool },
    Flawed(Vec<Rendered>),
}

/// A part of one output.
enum Piece {
    Text(String),
    Section(Section),
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Outcome, Failure> {
    let outputs = global.outputs(&KINDS, Kind::Human)?;
    let Pairs { pairs, discovery, untouched } = pairs(arguments)?;
    let settings = AllSettings::load(global, &discovery)?;
    let mut sinks = outputs.iter().map(Sink::open).collect::<Result<Vec<_>, _>>()?;
    // Mistakes go to standard error, so that standard output holds differences only.
    let formats = Formats::new(global, vec![Output { kind: Kind::Human, file: None }]);
    let mut mistakes = Reports::beside(&formats);
    let mut counts = Counts::default();
    let (mut widened, mut narrowed, mut unchanged) = (false, false, 0);
    let mut sections: Vec<Section> = Vec::new();
    let alone = pairs.len() == 1;
    let color = global.colored() && outputs.iter().all(|output| output.file.is_none());
    let as_of = global.as_of();
    let mut progress = Progress::new(global, pairs.len(), "properties compared");
    let work = |index: usize, workspaces: &mut Workspaces| {
        let pair = &pairs[index];
        let both = match pair.open(&settings, as_of, &formats, workspaces)? {
            Opened::Flawed(rendered) => return Ok::<_, Failure>(Told::Flawed(rendered)),
            Opened::Both(both) => both,
        };
        let told = compare(&both, &pair.id, &outputs, color)?;
        both.reclaim(workspaces);
        Ok(told)
    };
    in_order(pairs.len(), global.threads(), work, |told| {
        progress.step();
        match told? {
            Told::Flawed(rendered) => rendered.iter().try_for_each(|one| mistakes.write(one, &mut counts)),
            Told::Compared { pieces, widens, narrows } => {
                widened |= widens;
                narrowed |= narrows;
                let changed = widens || narrows;
                unchanged += usize::from(!changed);
                for ((sink, output), piece) in sinks.iter_mut().zip(&outputs).zip(pieces) {
                    match piece {
                        Piece::Section(section) if changed || alone => sections.push(section),
                        Piece::Text(text) if output.kind == Kind::Json || changed || alone => {
                            sink.write(&text)?;
                        }
                        _ => {}
                    }
                }
                Ok(())
            }
        }
    })?;
    progress.finish();
    for (mut sink, output) in sinks.into_iter().zip(&outputs) {
        match output.kind {
            Kind::Markdown => sink.write(&comment(&sections, &where_all_is(&outputs)))?,
            Kind::Human if global.quiet == 0 && !alone => sink.write(&rest(unchanged, untouched))?,
            _ => {}
        }
        sink.finish()?;
    }
    mistakes.end(&counts, 2)?;
    if counts.errors > 0 {
        complain("a property with mistakes is not compared");
        return Ok(Outcome::Problems);
    }
    let failed = match arguments.fail_on {
        None => false,
        Some(FailOn::Widened) => widened,
        Some(FailOn::Narrowed) => narrowed,
        Some(FailOn::Any) => widened || narrowed,
    };
    Ok(if failed { Outcome::Problems } else { Outcome::Done })
}

fn pairs(arguments: &Arguments) -> Result<Pairs, Failure> {
    match (&arguments.base, arguments.sides.as_slice()) {
        (Some(base), []) => sides::since_base(base, &[PathBuf::from(".")]),
        (Some(base), paths) => {
            let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
            sides::since_base(base, &paths)
        }
        (None, [old, new]) => sides::between(old, new),
        (None, _) => Err(Failure::Told(
            "name two sides, as `keyplan diff git:main .`, or what a branch started from, as `keyplan diff --base main`"
                .into(),
        )),
    }
}

fn compare(both: &Both, id: &str, outputs: &[Output], color: bool) -> Result<Told, Failure> {
    let difference = both.difference();
    let mut pieces = Vec::new();
    for output in outputs {
        pieces.push(match output.kind {
            Kind::Json => Piece::Text(json(&difference, id, &both.notes)?.0),
            Kind::Markdown => Piece::Section(markdown(&difference, id, &both.notes)),
            _ => Piece::Text(human(&difference, id, &both.notes, color)),
        });
    }
    // In another zone every hour and every date is another moment.
    let (widens, narrows) =
        if both.zones_differ { (true, true) } else { (difference.widens(), difference.narrows()) };
    Ok(Told::Compared { pieces, widens, narrows })
}

/// Where a comment that is cut points to.
fn where_all_is(outputs: &[Output]) -> String {
    let whole = outputs.iter().find(|output| output.kind != Kind::Markdown);
    match whole.and_then(|output| output.file.as_ref()) {
        Some(file) => format!("All of them are in `{}`.", file.display()),
        None => "`keyplan diff` without `--format markdown` shows all of them.".to_owned(),
    }
}

fn rest(unchanged: usize, untouched: bool) -> String {
    match (unchanged, untouched) {
        (0, true) => "nobody gains or loses anything in any other property\n".into(),
        (0, false) => String::new(),
        (1, _) => "nobody gains or loses anything in 1 other property\n".into(),
        _ => format!("nobody gains or loses anything in {unchanged} other properties\n"),
    }
}
