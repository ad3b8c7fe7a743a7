//! `report` and `graph`: pages and pictures of properties.

use super::check::Reports;
use super::format::Kind;
use super::portfolio::in_order;
use super::settings::AllSettings;
use super::sink::{Sink, complain};
use super::{Failure, Global, Outcome, Paths};
use crate::access::Access;
use crate::diagnostic::Level;
use crate::load::{Workspace, discover, load};
use crate::model::Property;
use crate::output::check::Summary;
use crate::output::graph::{Graph, svg};
use crate::output::report::{page, section};

#[derive(clap::Args, Clone, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    paths: Paths,
}

pub(super) fn report(global: &Global, arguments: &Arguments) -> Result<Outcome, Failure> {
    let render = |property: &Property, _: Kind| section(property, &Access::resolve(property), None);
    let whole = |sections: &[String], _: Kind| page("keyplan report", sections);
    draw(global, arguments, &[Kind::Html], &render, &whole)
}

pub(super) fn graph(global: &Global, arguments: &Arguments) -> Result<Outcome, Failure> {
    let render = |property: &Property, kind: Kind| {
        let graph = Graph::new(property);
        match kind {
            Kind::Mermaid => graph.mermaid(),
            Kind::Svg => svg(&graph),
            _ => graph.dot(),
        }
    };
    draw(global, arguments, &[Kind::Dot, Kind::Mermaid, Kind::Svg], &render, &|parts, _| parts.concat())
}

/// What becomes of one property.
type Render<'r> = dyn Fn(&Property, Kind) -> String + Sync + 'r;

/// What becomes of the parts of all properties.
type Whole<'w> = dyn Fn(&[String], Kind) -> String + 'w;

fn draw(
    global: &Global,
    arguments: &Arguments,
    kinds: &[Kind],
    render: &Render<'_>,
    whole: &Whole<'_>,
) -> Result<Outcome, Failure> {
    let outputs = global.outputs(kinds, kinds[0])?;
    let discovery = discover(&arguments.paths.paths)?;
    if discovery.properties.is_empty() {
        return Ok(arguments.paths.nothing_found());
    }
    let settings = AllSettings::load(global, &discovery)?;
    let (formats, mut mistakes) = Reports::beside(global);
    let mut total = Summary::default();
    let as_of = global.as_of();
    let work = |index: usize, workspace: &mut Workspace| {
        let found = &discovery.properties[index];
        let providers = settings.providers(found.settings.as_deref());
        let loaded = load(found, providers, as_of, &|| 1, workspace)?;
        let property = &loaded.property;
        if loaded.diagnostics.iter().any(|one| one.level == Level::Error) {
            let id = property.text(property.id);
            return Ok::<_, Failure>(Err(formats.render(&loaded.diagnostics, &property.sources, id)?));
        }
        let parts: Vec<String> = outputs.iter().map(|output| render(property, output.kind)).collect();
        workspace.reclaim(loaded);
        Ok(Ok(parts))
    };
    let mut parts: Vec<Vec<String>> = vec![Vec::new(); outputs.len()];
    in_order(discovery.properties.len(), global.threads(), work, |drawn| {
        match drawn? {
            Err(rendered) => mistakes.write(&rendered, &mut total)?,
            Ok(drawn) => parts.iter_mut().zip(drawn).for_each(|(parts, part)| parts.push(part)),
        }
        Ok(())
    })?;
    mistakes.end(&total, 2)?;
    if total.errors > 0 {
        complain("of a property with mistakes no picture is drawn");
        return Ok(Outcome::Problems);
    }
    for (output, parts) in outputs.iter().zip(parts) {
        let mut sink = Sink::open(output)?;
        sink.write(&whole(&parts, output.kind))?;
        sink.finish()?;
    }
    Ok(Outcome::Done)
}
