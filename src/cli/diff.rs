//! `diff`: who gains or loses which door, how and in which hours.

use std::path::PathBuf;

use clap::ValueEnum;

use super::check::{Rendered, Reports};
use super::format::{Kind, Output};
use super::portfolio::in_order;
use super::progress::Progress;
use super::settings::AllSettings;
use super::sides::{self, Both, Opened, Pairs, Workspaces};
use super::sink::{Sink, complain};
use super::{Failure, Global, Outcome};
use crate::access::{Access, Difference};
use crate::model::{AsOf, Property};
use crate::output::check::Summary as Counts;
use crate::output::diff::{Section, changes, comment, human, json, markdown};
use crate::output::report::{page, section};
use crate::time::{Day, Interval};

const KINDS: [Kind; 4] = [Kind::Human, Kind::Json, Kind::Markdown, Kind::Html];

#[derive(clap::Args, Clone, Debug)]
pub(super) struct Arguments {
    /// OLD and NEW: paths, git:REV[:PATH], or @state for what is recorded of the locks; with --base or --to, the properties or portfolios [default: .]
    #[arg(value_name = "OLD NEW")]
    sides: Vec<String>,
    /// Compare with what this branch started from: the last commit it has in common with a revision
    #[arg(long, value_name = "REV", env = "KEYPLAN_BASE")]
    base: Option<String>,
    /// What the calendar alone changes from this day on, in the properties that are named [default: today]
    #[arg(long, value_name = "DATE", env = "KEYPLAN_FROM", value_parser = super::day, requires = "to", conflicts_with = "base")]
    from: Option<Day>,
    /// What the calendar alone changes until the end of this day
    #[arg(long, value_name = "DATE", env = "KEYPLAN_TO", value_parser = super::day, conflicts_with = "base")]
    to: Option<Day>,
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
    let (formats, mut mistakes) = Reports::beside(global);
    let mut counts = Counts::default();
    let (mut widened, mut narrowed, mut unchanged) = (false, false, 0);
    let (mut sections, mut pages) = (Vec::<Section>::new(), Vec::<String>::new());
    let alone = pairs.len() == 1;
    let color = global.colored() && outputs.iter().all(|output| output.file.is_none());
    let as_of = arguments.from.map_or_else(|| global.as_of(), AsOf::Day);
    let mut progress = Progress::new(global, pairs.len(), "properties compared");
    let work = |index: usize, workspaces: &mut Workspaces| {
        let pair = &pairs[index];
        let both = match pair.open(&settings, as_of, &formats, workspaces)? {
            Opened::Flawed(rendered) => return Ok::<_, Failure>(Told::Flawed(rendered)),
            Opened::Both(both) => both,
        };
        let told = match arguments.to {
            Some(to) => {
                by_calendar(&both, to, &mut |day| pair.stage(&settings, day), &pair.id, &outputs, color)?
            }
            None => compare(&both, &both.difference(), &pair.id, &outputs, color)?,
        };
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
                        Piece::Text(text) if output.kind == Kind::Html => {
                            pages.extend((changed || alone).then_some(text));
                        }
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
            Kind::Html => sink.write(&page("keyplan diff", &pages))?,
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
    if arguments.to.is_some() {
        let here = [".".to_owned()];
        let paths = if arguments.sides.is_empty() { here.as_slice() } else { arguments.sides.as_slice() };
        return sides::with_themselves(&paths.iter().map(PathBuf::from).collect::<Vec<_>>());
    }
    match (&arguments.base, arguments.sides.as_slice()) {
        (Some(base), []) => sides::since_base(base, &[PathBuf::from(".")]),
        (Some(base), paths) => {
            let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
            sides::since_base(base, &paths)
        }
        (None, [old, new]) => sides::between(old, new),
        (None, _) => Err(Failure::Told(
            "name two sides, as `keyplan diff git:main .`, or what a branch started from, as `keyplan diff --base main`, or a day, as `keyplan diff --to 2026-12-31`"
                .into(),
        )),
    }
}

/// What the calendar alone changes until the end of a day.
fn by_calendar(
    both: &Both,
    to: Day,
    stage: &mut dyn FnMut(Day) -> Result<Property, Failure>,
    id: &str,
    outputs: &[Output],
    color: bool,
) -> Result<Told, Failure> {
    let today = both.new.as_of;
    if to < today {
        return Err(Failure::Told(format!("`--to` is {to}, which is before {today}")));
    }
    let within = Interval::new(Some(today.start()), Some(to.next().start()));
    let moves = both.new.moves(within);
    let later: Vec<Property> = moves.iter().map(|day| stage(*day)).collect::<Result<_, _>>()?;
    let starts = std::iter::once(today).chain(moves.iter().copied());
    let ends = moves.iter().map(|day| Some(day.start())).chain([within.until()]);
    let stages: Vec<(Interval, &Property)> = starts
        .zip(ends)
        .zip(std::iter::once(&both.new).chain(&later))
        .map(|((from, until), property)| (Interval::new(Some(from.start()), until), property))
        .collect();
    match Difference::by_calendar(&stages, within) {
        Some(difference) => compare(both, &difference, id, outputs, color),
        // There is always a first stage.
        None => Ok(Told::Flawed(Vec::new())),
    }
}

fn compare(
    both: &Both,
    difference: &Difference<'_>,
    id: &str,
    outputs: &[Output],
    color: bool,
) -> Result<Told, Failure> {
    let mut pieces = Vec::new();
    for output in outputs {
        pieces.push(match output.kind {
            Kind::Json => Piece::Text(json(difference, id, &both.notes)?.0),
            Kind::Html => {
                // A property that is gone is shown as it was.
                let property = if both.new.doors.is_empty() { &both.old } else { &both.new };
                let changes = changes(difference, id, &both.notes);
                Piece::Text(section(property, &Access::resolve(property), Some(&changes)))
            }
            Kind::Markdown => Piece::Section(markdown(difference, id, &both.notes)),
            _ => Piece::Text(human(difference, id, &both.notes, color)),
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
