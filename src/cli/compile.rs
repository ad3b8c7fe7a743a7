//! `compile`: the credential table of every lock.

use std::fs;
use std::path::{Path, PathBuf};

use super::check::{Formats, Reports};
use super::format::{Kind, Output};
use super::portfolio::in_order;
use super::progress::Progress;
use super::settings::AllSettings;
use super::sink::{Sink, complain};
use super::{Failure, Global, Outcome, Paths};
use crate::access::Access;
use crate::diagnostic::{Diagnostic, Level};
use crate::load::{LoadError, Loaded, Workspace, discover, load};
use crate::locks::Family;
use crate::model::Property;
use crate::output::check::Summary;
use crate::output::compile::{Json, csv, human, markdown, target};
use crate::tables::{LockTable, Tables};

const KINDS: [Kind; 5] = [Kind::Human, Kind::Json, Kind::Jsonl, Kind::Csv, Kind::Markdown];

#[derive(clap::Args, Clone, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    paths: Paths,
    /// Write one file for each lock into this directory, below the id of its property
    #[arg(long, value_name = "DIR", env = "KEYPLAN_OUT")]
    out: Option<PathBuf>,
    /// What locks of this family store, in their own commands, a document a lock, with a verdict for each credential
    #[arg(long, value_name = "FAMILY", env = "KEYPLAN_TARGET", value_parser = family)]
    target: Option<Family>,
}

fn family(text: &str) -> Result<Family, String> {
    let names = Family::ALL.map(Family::name).join(", ");
    Family::find(text).ok_or_else(|| format!("it is one of {names}"))
}

/// What one property gave.
enum Compiled {
    /// Its tables: for each output one text, or a file for each lock with what was written.
    Texts { property: String, texts: Vec<String>, files: Vec<(PathBuf, String)> },
    /// Mistakes that bar it.
    Flawed(Box<super::check::Rendered>),
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Outcome, Failure> {
    let default = match (&arguments.target, &arguments.out) {
        (Some(_), _) => Kind::Jsonl,
        (None, Some(_)) => Kind::Json,
        (None, None) => Kind::Human,
    };
    let outputs = global.outputs(&KINDS, default)?;
    if arguments.target.is_some()
        && outputs.iter().any(|output| !matches!(output.kind, Kind::Json | Kind::Jsonl))
    {
        return Err(Failure::Told(
            "with --target each lock is a document; use --format json or jsonl".into(),
        ));
    }
    if arguments.out.is_some()
        && outputs.iter().any(|output| output.file.is_some() || output.kind == Kind::Human)
    {
        return Err(Failure::Told(
            "with --out each lock gets a file of its own; use --format json, jsonl, csv or markdown without a file".into(),
        ));
    }
    let discovery = discover(&arguments.paths.paths)?;
    if discovery.properties.is_empty() {
        return Ok(arguments.paths.nothing_found());
    }
    let settings = AllSettings::load(global, &discovery)?;
    let (formats, mut mistakes) = Reports::beside(global);
    let mut sinks = match arguments.out {
        Some(_) => Vec::new(),
        None => outputs.iter().map(Sink::open).collect::<Result<Vec<_>, _>>()?,
    };
    let mut total = Summary::default();
    let mut progress = Progress::new(global, discovery.properties.len(), "properties compiled");
    let as_of = global.as_of();
    let alone = discovery.properties.len() == 1;
    let threads = if alone { 1 } else { global.threads() };
    let threads_inside = || if alone { global.threads() } else { 1 };
    let work = |index: usize, workspace: &mut Workspace| {
        let found = &discovery.properties[index];
        let providers = settings.providers(found.settings.as_deref());
        let loaded = load(found, providers, as_of, &threads_inside, workspace)?;
        let compiled = compile(&loaded, &outputs, arguments, index == 0, &formats);
        workspace.reclaim(loaded);
        Ok::<_, LoadError>(compiled)
    };
    let mut written: Vec<String> = Vec::new();
    in_order(discovery.properties.len(), threads, work, |compiled| {
        progress.step();
        match compiled?? {
            Compiled::Texts { property, texts, files } => {
                if written.contains(&property) {
                    return Err(Failure::Told(format!(
                        "there are two properties `{property}`; `keyplan check` shows where"
                    )));
                }
                written.push(property);
                sinks.iter_mut().zip(&texts).try_for_each(|(sink, text)| sink.write(text))?;
                files.iter().try_for_each(|(path, text)| write(path, text))
            }
            Compiled::Flawed(rendered) => mistakes.write(&rendered, &mut total),
        }
    })?;
    progress.finish();
    sinks.into_iter().try_for_each(Sink::finish)?;
    mistakes.end(&total, 2)?;
    if total.errors > 0 {
        complain("a property with mistakes is not compiled");
        return Ok(Outcome::Problems);
    }
    Ok(Outcome::Done)
}

fn compile(
    loaded: &Loaded,
    outputs: &[Output],
    arguments: &Arguments,
    first: bool,
    formats: &Formats,
) -> Result<Compiled, Failure> {
    let property = &loaded.property;
    let id = property.text(property.id);
    let is_error = |diagnostic: &Diagnostic| diagnostic.level == Level::Error;
    if loaded.diagnostics.iter().any(is_error) {
        let rendered = formats.render(&loaded.diagnostics, &property.sources, id)?;
        return Ok(Compiled::Flawed(Box::new(rendered)));
    }
    let tables = crate::tables::compile(property, &Access::resolve(property));
    let (mut texts, mut files) = (Vec::new(), Vec::new());
    for output in outputs {
        match (&arguments.out, arguments.target) {
            (None, None) => texts.push(whole(property, &tables, output.kind, first)?),
            (None, Some(family)) => {
                texts.push(tables.locks().map(|lock| target(property, &tables, lock, family)).collect());
            }
            (Some(directory), family) => {
                let json = Json::new(property, &tables)?;
                for lock in tables.locks() {
                    let door = property.text(property.doors[lock.door.index()].id);
                    let path = directory.join(id).join(format!("{door}.{}", output.kind.extension()));
                    let text = match family {
                        Some(family) => target(property, &tables, lock, family),
                        None => one(property, &tables, &json, lock, output.kind)?,
                    };
                    files.push((path, text));
                }
            }
        }
    }
    Ok(Compiled::Texts { property: id.to_owned(), texts, files })
}

/// The tables of a whole property; `first`: nothing was written before it.
fn whole(property: &Property, tables: &Tables, kind: Kind, first: bool) -> Result<String, Failure> {
    Ok(match kind {
        Kind::Json => Json::new(property, tables)?.document()?,
        Kind::Jsonl => {
            let json = Json::new(property, tables)?;
            tables.locks().map(|lock| json.lock(lock)).collect::<Result<Vec<_>, _>>()?.concat()
        }
        Kind::Csv => csv(property, tables, tables.locks(), first),
        Kind::Markdown => {
            format!("{}{}", if first { "" } else { "\n" }, markdown(property, tables, tables.locks()))
        }
        _ => format!("{}{}", if first { "" } else { "\n" }, human(property, tables)),
    })
}

/// The table of one lock, for a file of its own.
fn one(
    property: &Property,
    tables: &Tables,
    json: &Json<'_>,
    lock: LockTable<'_>,
    kind: Kind,
) -> Result<String, Failure> {
    Ok(match kind {
        Kind::Csv => csv(property, tables, std::iter::once(lock), true),
        Kind::Markdown => markdown(property, tables, std::iter::once(lock)),
        _ => json.lock(lock)?,
    })
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::Told(format!("cannot write {}: {error}", path.display()));
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(failed)?;
    }
    fs::write(path, text).map_err(failed)
}
