//! `check`: every mistake in every file, and every practice that could be better.

mod baseline;
mod examine;
mod mending;
mod repeated;
mod reports;
mod select;
mod since;

use std::path::PathBuf;

use clap::builder::FalseyValueParser;

use super::format::Kind;
use super::portfolio::in_order;
use super::progress::Progress;
use super::settings::AllSettings;
use super::sink::{Sink, complain};
use super::{Failure, Global, Outcome, Paths};
use crate::diagnostic::Level;
use crate::load::{Workspace, discover};
use crate::output::check::Summary;
use crate::rules::{Policy, Rule};
use baseline::{Baseline, Used};
pub(super) use examine::Examiner;
pub(super) use mending::put;
use mending::{Mending, Repair};
pub(super) use repeated::{Ids, property as repeated_property};
pub(super) use reports::{Formats, Rendered, Reports};
pub(super) use select::{Selection, rule};
use since::Since;

/// The formats of findings.
pub(super) const KINDS: [Kind; 8] = [
    Kind::Human,
    Kind::Concise,
    Kind::Json,
    Kind::Sarif,
    Kind::Github,
    Kind::Gitlab,
    Kind::Junit,
    Kind::Markdown,
];

#[derive(clap::Args, Clone, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    paths: Paths,
    /// Exit with 1 on warnings too
    #[arg(long, env = "KEYPLAN_DENY_WARNINGS", value_parser = FalseyValueParser::new())]
    deny_warnings: bool,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    mending: Mending,
    /// Tell only what is new, or about what has changed, since a revision of git
    #[arg(long, value_name = "REV", env = "KEYPLAN_SINCE", conflicts_with_all = ["fix", "unsafe_fixes", "diff"])]
    since: Option<String>,
    /// Keep the findings of today in a file and tell only others from now on; it can only shrink
    #[arg(long, value_name = "FILE", env = "KEYPLAN_BASELINE", conflicts_with_all = ["fix", "unsafe_fixes", "diff"])]
    baseline: Option<PathBuf>,
}

/// What one property came to.
struct Checked {
    index: usize,
    id: String,
    rendered: Rendered,
    mended: Repair,
    used: Option<Used>,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Outcome, Failure> {
    let formats = Formats::new(global, global.outputs(&KINDS, Kind::Human)?);
    let discovery = discover(&arguments.paths.paths)?;
    let Some(first) = discovery.properties.first() else { return Ok(arguments.paths.nothing_found()) };
    let settings = AllSettings::load(global, &discovery)?;
    let since = arguments.since.as_ref().map(|revision| Since::read(revision, &first.file)).transpose()?;
    let baseline = arguments.baseline.as_deref().map(Baseline::read).transpose()?;
    let mending = arguments.mending;
    let mut reports = if mending.is_diff() { None } else { Some(Reports::open(&formats)?) };
    let mut shown = if mending.is_diff() { Some(Sink::stdout()) } else { None };
    let mut total = Summary::default();
    let mut ids = Ids::default();
    let mut used = Vec::new();
    let mut applied = 0;
    let mut progress = Progress::new(global, discovery.properties.len(), "properties checked");
    let examiner = Examiner { settings: &settings, selection: &arguments.selection, as_of: global.as_of() };
    let alone = discovery.properties.len() == 1;
    let threads = if alone { 1 } else { global.threads() };
    let threads_inside = || if alone { global.threads() } else { 1 };
    let work = |index: usize, workspace: &mut Workspace| {
        let found = &discovery.properties[index];
        let mut loaded = examiner.examine(found, &threads_inside, workspace)?;
        let mut mended = Repair::default();
        if mending.is_wanted() {
            (loaded, mended) = mending.mend(&examiner, found, loaded, workspace)?;
        }
        if let Some(since) = &since {
            since.filter(&examiner, found, &mut loaded, workspace)?;
        }
        let id = loaded.property.text(loaded.property.id).to_owned();
        let judged = loaded.diagnostics.iter().all(|one| one.level != Level::Error || !one.object.is_empty());
        let used = baseline.as_ref().map(|baseline| baseline.filter(&id, judged, &mut loaded.diagnostics));
        let mut rendered = formats.render(&loaded.diagnostics, &loaded.property.sources, &id)?;
        rendered.next_change(loaded.next_change.take());
        workspace.reclaim(loaded);
        Ok::<_, Failure>(Checked { index, id, rendered, mended, used })
    };
    in_order(discovery.properties.len(), threads, work, |checked| {
        let Checked { index, id, rendered, mended, used: of_baseline } = checked?;
        ids.add(&id, index);
        total.properties += 1;
        progress.step();
        used.extend(of_baseline);
        mended.refused.iter().for_each(|why| complain(why));
        applied += mended.applied.len();
        let diff = mending.write(&mended)?;
        if let Some(shown) = &mut shown {
            shown.write(&diff)?;
        }
        match &mut reports {
            Some(reports) => reports.write(&rendered, &mut total),
            None => Ok(()),
        }
    })?;
    progress.finish();
    for (first, again) in ids.twice() {
        let (diagnostic, sources) =
            repeated::property(&discovery.properties[first].file, &discovery.properties[again].file)?;
        let id = sources.get(diagnostic.span).to_owned();
        let rendered = formats.render(&[diagnostic], &sources, &id)?;
        if let Some(reports) = &mut reports {
            reports.write(&rendered, &mut total)?;
        }
    }
    if let Some(shown) = shown {
        shown.finish()?;
        return Ok(if applied > 0 { Outcome::Problems } else { Outcome::Done });
    }
    if applied > 0 && global.quiet == 0 {
        complain(&format!("{applied} {} mended", if applied == 1 { "finding was" } else { "findings were" }));
    }
    if let Some(reports) = reports {
        reports.end(&total, global.quiet)?;
    }
    if let Some(baseline) = baseline {
        let policy = arguments.selection.narrow(Policy::new(None, &[]));
        let asked = |rule: &str| Rule::find(rule).is_none_or(|rule| policy.level(rule).is_some());
        baseline.finish(used, asked)?;
    }
    let problems = total.errors > 0 || arguments.deny_warnings && total.warnings > 0;
    Ok(if problems { Outcome::Problems } else { Outcome::Done })
}
