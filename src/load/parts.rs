//! Reading a property with everything that it includes.

use std::path::{Path, PathBuf};

use petgraph::graph::{DiGraph, NodeIndex};

use super::{Found, LoadError, Loaded, LoadedSettings, Store, discover, failed, files};
use crate::diagnostic::{self, Diagnostic, Kind};
use crate::model::lower::rings::rings;
use crate::model::settings::KnownRule;
use crate::model::{AsOf, Files, Input, InputKind, lower, lower_settings};
use crate::source::{Sources, Span};
use crate::syntax::{self, NodeKind, Tree};

/// A property of more bytes than this is parsed by several threads, if there are several.
const LARGE: usize = 1 << 20;

/// Memory that is used again for the next property.
#[derive(Debug, Default)]
pub struct Workspace {
    sources: Sources,
    trees: Vec<Tree>,
    /// Texts that files are to be read as having, whatever stands on the disk.
    instead: Vec<(PathBuf, String)>,
}

impl Workspace {
    /// Files of these locations (as [`crate::source::SourceFile`] has them) are read as having these texts.
    pub fn read_instead(&mut self, texts: Vec<(PathBuf, String)>) {
        self.instead = texts;
    }

    /// Takes the memory of a property that is done with.
    pub fn reclaim(&mut self, loaded: Loaded) {
        self.sources = loaded.property.sources;
        self.trees.extend(loaded.trees.into_iter().map(|(_, tree)| tree));
    }
}

/// What is known of a file while its property is read.
struct Part {
    /// The file itself, links followed: what is the same file twice.
    real: PathBuf,
    file: usize,
    /// Where it is named; nothing for the property's own files.
    roster: Option<Span>,
}

struct Reader<'f> {
    found: &'f Found,
    root: PathBuf,
    sources: Sources,
    diagnostics: Vec<Diagnostic>,
    parts: Vec<Part>,
    trees: Vec<Tree>,
    spare: Vec<Tree>,
    includes: DiGraph<(), Span>,
    parts_missing: bool,
    rosters_missing: bool,
    instead: &'f [(PathBuf, String)],
    threads: &'f dyn Fn() -> usize,
}

/// Reads a property. `providers` are the ids in its portfolio's settings; `threads` tells how many threads may parse
/// its files, and is asked only when that would be worth it.
///
/// # Errors
/// When the machine will not give one of its files. What the author did wrong is in the findings.
pub fn load(
    found: &Found,
    providers: Option<&[String]>,
    as_of: AsOf,
    threads: &dyn Fn() -> usize,
    workspace: &mut Workspace,
) -> Result<Loaded, LoadError> {
    let mut sources = std::mem::take(&mut workspace.sources);
    sources.clear();
    let mut reader = Reader {
        found,
        root: found.store.canonicalize(&found.root).map_err(failed(&found.root))?,
        sources,
        diagnostics: Vec::new(),
        parts: Vec::new(),
        trees: Vec::new(),
        spare: std::mem::take(&mut workspace.trees),
        includes: DiGraph::new(),
        parts_missing: false,
        rosters_missing: false,
        instead: &workspace.instead,
        threads,
    };
    reader.read()?;
    reader.include_cycles();
    let Reader { sources, mut diagnostics, parts, trees, spare, parts_missing, rosters_missing, .. } = reader;
    let mut trees = trees.into_iter();
    let inputs: Vec<Input> = parts
        .into_iter()
        .map(|part| Input {
            file: part.file,
            kind: match part.roster {
                Some(named) => InputKind::Roster(named),
                None => InputKind::Part(trees.next().unwrap_or_default()),
            },
        })
        .collect();
    let files = Files { inputs: &inputs, providers, as_of, parts_missing, rosters_missing };
    let (property, found) = lower(sources, &files);
    diagnostics.extend(found);
    diagnostic::sort(&mut diagnostics, |span| property.sources.written(span));
    workspace.trees = spare;
    let mut trees = Vec::new();
    for input in inputs {
        let InputKind::Part(tree) = input.kind else { continue };
        if is_asked_for_later(&tree, property.sources.text()) {
            trees.push((input.file, tree));
        } else if property.sources.files()[input.file].span.len() < LARGE as u32 {
            workspace.trees.push(tree);
        }
        // The memory of a large one is better given back: who lives in a campus takes as much as its source.
    }
    Ok(Loaded { property, trees, diagnostics, next_change: None })
}

/// Whether anybody looks at a tree again, for an edit or a comment: nobody does at a file of people alone.
fn is_asked_for_later(tree: &Tree, text: &str) -> bool {
    let only_people = tree
        .root(text)
        .is_some_and(|root| root.entries().all(|(section, _)| section.scalar() == Some("people")));
    let directive = |comment: &Span| text[comment.start as usize..comment.end as usize].contains("keyplan:");
    !only_people || tree.comments().iter().any(directive)
}

impl Reader<'_> {
    fn read(&mut self) -> Result<(), LoadError> {
        let mut own = vec![self.found.file.clone()];
        if self.found.directory {
            own.extend(discover::siblings(&self.found.store, &self.found.file)?);
        }
        for path in own {
            if let Some(real) = self.inside(&path, None)? {
                self.part(&path, real, None)?;
            }
        }
        // What was added since the last round is parsed, and what it names is added: until nothing is.
        let mut parsed = 0;
        while parsed < self.parts.len() {
            let fresh: Vec<usize> =
                (parsed..self.parts.len()).filter(|at| self.parts[*at].roster.is_none()).collect();
            let first_tree = self.trees.len();
            self.parse(&fresh);
            parsed = self.parts.len();
            for (offset, part) in fresh.into_iter().enumerate() {
                self.follow(part, first_tree + offset)?;
            }
        }
        Ok(())
    }

    /// The real path of a file, if it lies inside the root; otherwise it is reported where it is named.
    fn inside(&mut self, path: &Path, named: Option<Span>) -> Result<Option<PathBuf>, LoadError> {
        let real = match self.found.store.canonicalize(path) {
            Ok(real) => real,
            Err(error) if named.is_some() && error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(path)(error)),
        };
        if real.starts_with(&self.root) {
            return Ok(Some(real));
        }
        let place = named.unwrap_or_default();
        let message =
            format!("`{}` lies outside the portfolio, where nothing is read", self.found.store.shown(path));
        self.diagnostics.push(
            Diagnostic::new(Kind::BAD_INCLUDE, place, message)
                .help("move the file into the portfolio; its root is the directory of keyplan.yaml"),
        );
        Ok(None)
    }

    /// Adds a file, once.
    fn part(&mut self, path: &Path, real: PathBuf, roster: Option<Span>) -> Result<Option<usize>, LoadError> {
        let Some(file) =
            files::add(&self.found.store, path, self.instead, &mut self.sources, &mut self.diagnostics)?
        else {
            self.parts_missing = true;
            return Ok(None);
        };
        self.parts.push(Part { real, file, roster });
        self.includes.add_node(());
        Ok(Some(self.parts.len() - 1))
    }

    fn parse(&mut self, fresh: &[usize]) {
        let text = self.sources.text();
        let mut jobs: Vec<(Span, Tree, Vec<Diagnostic>)> = fresh
            .iter()
            .map(|part| {
                let span = self.sources.files()[self.parts[*part].file].span;
                (span, self.spare.pop().unwrap_or_default(), Vec::new())
            })
            .collect();
        let run = |(span, tree, diagnostics): &mut (Span, Tree, Vec<Diagnostic>)| {
            *diagnostics = syntax::parse(text, *span, tree);
        };
        let threads = if jobs.len() > 1 && text.len() > LARGE { (self.threads)() } else { 1 };
        if threads > 1 {
            let queue = std::sync::Mutex::new(jobs.iter_mut());
            std::thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(|| {
                        // A poisoned queue means that a parser panicked; the scope then ends with that panic.
                        while let Some(job) = queue.lock().ok().and_then(|mut queue| queue.next()) {
                            run(job);
                        }
                    });
                }
            });
        } else {
            jobs.iter_mut().for_each(run);
        }
        for (_, tree, diagnostics) in jobs {
            self.trees.push(tree);
            self.diagnostics.extend(diagnostics);
        }
    }

    /// Adds what a part includes, and its rosters.
    fn follow(&mut self, part: usize, tree: usize) -> Result<(), LoadError> {
        let mut named: Vec<(Span, String, bool)> = Vec::new();
        let Some(root) = self.trees[tree].root(self.sources.text()) else { return Ok(()) };
        for (key, value) in root.entries() {
            match key.scalar() {
                Some("include") => texts(value, false, &mut named),
                Some("people") => {
                    for (_, from) in value.entries().filter(|(key, _)| key.scalar() == Some("from")) {
                        texts(from, true, &mut named);
                    }
                }
                _ => {}
            }
        }
        let directory = self.sources.files()[self.parts[part].file].location.clone();
        let directory = directory.parent().unwrap_or(Path::new("")).to_owned();
        for (place, path, roster) in named {
            self.named(part, place, &directory, &path, roster)?;
        }
        Ok(())
    }

    fn named(
        &mut self,
        part: usize,
        place: Span,
        directory: &Path,
        path: &str,
        roster: bool,
    ) -> Result<(), LoadError> {
        let what = if roster { "roster" } else { "file" };
        let refuse = |reader: &mut Self, message: String, help: &str| {
            reader.diagnostics.push(Diagnostic::new(Kind::BAD_INCLUDE, place, message).help(help));
        };
        let missing = if roster { &mut self.rosters_missing } else { &mut self.parts_missing };
        if Path::new(path).is_absolute() {
            *missing = true;
            let help = "write the path from this file to it, as `../shared/schedules.yaml`";
            refuse(
                self,
                format!("`{path}` is an absolute path, which is another one on every machine"),
                help,
            );
            return Ok(());
        }
        let target = files::tidy(&directory.join(path));
        if self.found.store.is_directory(&target) {
            *missing = true;
            refuse(self, format!("`{path}` is a directory; a {what} is named here"), "name each file");
            return Ok(());
        }
        if !roster && !discover::is_yaml(&target) && self.found.store.exists(&target) {
            self.parts_missing = true;
            let help = "to read people from a table write `people: { from: people.csv }`";
            refuse(self, format!("`{path}` is no YAML file"), help);
            return Ok(());
        }
        let exists = self.found.store.exists(&target);
        let Some(real) = (if exists { self.inside(&target, Some(place))? } else { None }) else {
            if roster {
                self.rosters_missing = true;
            } else {
                self.parts_missing = true;
            }
            if !exists {
                refuse(self, format!("there is no {what} `{path}`"), "the path goes from this file to it");
            }
            return Ok(());
        };
        if let Some(known) = self.parts.iter().position(|known| known.real == real) {
            if roster {
                refuse(self, format!("the roster `{path}` is named twice"), "name it once");
            } else {
                self.includes.add_edge(NodeIndex::new(part), NodeIndex::new(known), place);
            }
            return Ok(());
        }
        if let Some(added) = self.part(&target, real, roster.then_some(place))?
            && !roster
        {
            self.includes.add_edge(NodeIndex::new(part), NodeIndex::new(added), place);
        }
        Ok(())
    }

    fn include_cycles(&mut self) {
        for (_, ring) in rings(&self.includes) {
            let name =
                |node: NodeIndex| format!("`{}`", self.sources.files()[self.parts[node.index()].file].path);
            let Some((first, place)) = ring.first().copied() else { continue };
            let mut path: Vec<_> = ring.iter().map(|(node, _)| name(*node)).collect();
            path.push(name(first));
            let message = if ring.len() == 1 {
                format!("the file {} includes itself", path[0])
            } else {
                format!("these files include each other: {}", path.join(" -> "))
            };
            let mut diagnostic =
                Diagnostic::new(Kind::BAD_INCLUDE, place, message).help("take one of these includes out");
            for (index, (_, place)) in ring.iter().enumerate().skip(1) {
                diagnostic = diagnostic.related(*place, format!("and so to {}", path[index + 1]));
            }
            self.diagnostics.push(diagnostic);
        }
    }
}

/// The texts of a value that is one or a list of them, each with its place.
fn texts(value: syntax::Node<'_>, roster: bool, named: &mut Vec<(Span, String, bool)>) {
    let mut add = |node: syntax::Node<'_>| {
        if let Some(text) = node.scalar() {
            named.push((node.span(), text.to_owned(), roster));
        }
    };
    if value.kind() == NodeKind::Sequence { value.items().for_each(add) } else { add(value) }
}

/// Reads a `keyplan.yaml`. `rules` are the rules that there are.
///
/// # Errors
/// When the machine will not give it.
pub fn load_settings(path: &Path, rules: &[KnownRule]) -> Result<LoadedSettings, LoadError> {
    let mut sources = Sources::default();
    let mut diagnostics = Vec::new();
    let mut tree = Tree::default();
    if let Some(index) = files::add(&Store::Disk, path, &[], &mut sources, &mut diagnostics)? {
        diagnostics.extend(syntax::parse(sources.text(), sources.files()[index].span, &mut tree));
    }
    let (settings, found) = lower_settings(&sources, &tree, rules);
    diagnostics.extend(found);
    Ok(LoadedSettings { sources, settings, diagnostics })
}

/// Some fields of a `property:`, as `id`, read from one file that is added to the sources: their places, quotes included,
/// and what they say; `None` for what stands elsewhere.
///
/// # Errors
/// When the machine will not give the file.
pub fn property_header<const FIELDS: usize>(
    store: &Store,
    path: &Path,
    sources: &mut Sources,
    names: [&str; FIELDS],
) -> Result<[Option<(Span, String)>; FIELDS], LoadError> {
    let nothing = [const { None }; FIELDS];
    let mut tree = Tree::default();
    let Some(index) = files::add(store, path, &[], sources, &mut Vec::new())? else { return Ok(nothing) };
    let _ = syntax::parse(sources.text(), sources.files()[index].span, &mut tree);
    let field = |node: syntax::Node<'_>, name: &str| {
        let (_, value) = node.entries().find(|(key, _)| key.scalar() == Some(name))?;
        Some((value.span(), value.scalar()?.to_owned()))
    };
    let Some(root) = tree.root(sources.text()) else { return Ok(nothing) };
    let header = root.entries().find(|(key, _)| key.scalar() == Some("property")).map(|(_, value)| value);
    Ok(header.map_or(nothing, |header| names.map(|name| field(header, name))))
}
