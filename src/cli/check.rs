//! `check`: every mistake in every file.

mod repeated;
mod reports;

use std::collections::HashMap;

use clap::builder::FalseyValueParser;

use super::format::Kind;
use super::portfolio::in_order;
use super::progress::Progress;
use super::settings::AllSettings;
use super::{Failure, Global, Outcome, Paths};
use crate::load::{LoadError, Workspace, discover, load};
use crate::output::check::Summary;
pub(super) use reports::{Formats, Rendered, Reports};

const KINDS: [Kind; 3] = [Kind::Human, Kind::Concise, Kind::Json];

#[derive(clap::Args, Clone, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    paths: Paths,
    /// Exit with 1 on warnings too
    #[arg(long, env = "KEYPLAN_DENY_WARNINGS", value_parser = FalseyValueParser::new())]
    deny_warnings: bool,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Outcome, Failure> {
    let formats = Formats::new(global, global.outputs(&KINDS, Kind::Human)?);
    let discovery = discover(&arguments.paths.paths)?;
    if discovery.properties.is_empty() {
        return Ok(arguments.paths.nothing_found());
    }
    let settings = AllSettings::load(global, &discovery)?;
    let mut reports = Reports::open(&formats)?;
    let mut total = Summary::default();
    let mut first_with: HashMap<String, usize> = HashMap::new();
    let mut twice = Vec::new();
    let mut progress = Progress::new(global, discovery.properties.len(), "properties checked");
    let as_of = global.as_of();
    let alone = discovery.properties.len() == 1;
    let threads = if alone { 1 } else { global.threads() };
    let threads_inside = || if alone { global.threads() } else { 1 };
    let work = |index: usize, workspace: &mut Workspace| {
        let found = &discovery.properties[index];
        let providers = settings.providers(found.settings.as_deref());
        let mut loaded = load(found, providers, as_of, &threads_inside, workspace)?;
        if !loaded.diagnostics.iter().any(|d| d.level == crate::diagnostic::Level::Error) {
            let access = crate::access::Access::resolve(&loaded.property);
            let policy = settings.policy(found.settings.as_deref());
            loaded.diagnostics.extend(crate::rules::check(&loaded.property, &access, &loaded.trees, &policy));
        }
        let id = loaded.property.text(loaded.property.id).to_owned();
        let rendered = formats.render(&loaded.diagnostics, &loaded.property.sources, &id);
        workspace.reclaim(loaded);
        Ok::<_, LoadError>((index, id, rendered))
    };
    in_order(discovery.properties.len(), threads, work, |checked| {
        let (index, id, rendered) = checked?;
        if !id.is_empty() {
            match first_with.get(&id) {
                Some(first) => twice.push((*first, index)),
                None => {
                    first_with.insert(id, index);
                }
            }
        }
        total.properties += 1;
        progress.step();
        reports.write(rendered?, &mut total)
    })?;
    progress.finish();
    for (first, again) in twice {
        let (diagnostic, sources) =
            repeated::property(&discovery.properties[first].file, &discovery.properties[again].file)?;
        let id = sources.get(diagnostic.span).to_owned();
        reports.write(formats.render(&[diagnostic], &sources, &id)?, &mut total)?;
    }
    reports.end(&total, global.quiet)?;
    let problems = total.errors > 0 || arguments.deny_warnings && total.warnings > 0;
    Ok(if problems { Outcome::Problems } else { Outcome::Done })
}
