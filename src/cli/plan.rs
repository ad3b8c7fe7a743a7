//! `plan`: the ordered changes from what is recorded of the locks to what is written.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::check::{Formats, Rendered, Reports};
use super::format::Kind;
use super::portfolio::in_order;
use super::progress::Progress;
use super::settings::AllSettings;
use super::sink::{Sink, complain, replace_file};
use super::site::Site;
use super::{Failure, Global, Outcome, Paths};
use crate::access::Access;
use crate::diagnostic::Level;
use crate::drift;
use crate::load::{Found, Loaded, Workspace, discover, fingerprint, fingerprint_of, load};
use crate::model::{AsOf, Property};
use crate::output::check::Summary;
use crate::output::plan::{plan_human, plan_json, plan_markdown, plan_steps, visits};
use crate::plan::{Guards, Moved, Plan, Recorded, Selector, Source, make};
use crate::provider::EMBEDDED;
use crate::rules::{self, RULES, Rule};
use crate::state::{Seen, State};
use crate::tables;
use crate::time::Day;

const KINDS: [Kind; 3] = [Kind::Human, Kind::Json, Kind::Markdown];

/// What is planned, and for whom.
#[derive(clap::Args, Clone, Debug, Default)]
pub(super) struct Choice {
    /// Read every lock first, and plan from what is in it
    #[arg(long, env = "KEYPLAN_REFRESH")]
    pub(super) refresh: bool,
    /// Only what this picks: door:ID, kind:KIND, model:MODEL, provider:ID, person:ID or team:TEAM
    #[arg(long, value_name = "SELECTOR", value_parser = Selector::parse, env = "KEYPLAN_ONLY", value_delimiter = ',')]
    only: Vec<Selector>,
    /// Nothing that this picks
    #[arg(long, value_name = "SELECTOR", value_parser = Selector::parse, env = "KEYPLAN_EXCEPT", value_delimiter = ',')]
    except: Vec<Selector>,
}

#[derive(clap::Args, Clone, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    paths: Paths,
    #[command(flatten)]
    choice: Choice,
    /// Save the plan here, for `keyplan apply FILE`
    #[arg(long, value_name = "FILE", env = "KEYPLAN_OUT")]
    out: Option<PathBuf>,
    /// Exit with 10 when there is something to do
    #[arg(long, env = "KEYPLAN_DETAILED_EXITCODE")]
    detailed_exitcode: bool,
}

/// What planning a property came to.
pub(super) enum Planned {
    /// Its plan; it may be empty.
    Plan(Box<Plan>),
    /// Nothing has changed since there was last nothing to do: the property, and the day on which a plan is due all the same.
    Same(String, Option<Day>),
    /// Mistakes that bar it.
    Flawed(Box<Rendered>),
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Outcome, Failure> {
    let outputs = global.outputs(&KINDS, Kind::Human)?;
    let mut sinks = outputs.iter().map(Sink::open).collect::<Result<Vec<_>, _>>()?;
    let mut plans = Vec::new();
    let ended = each(global, &arguments.paths, &arguments.choice, |_, planned| {
        for (sink, output) in sinks.iter_mut().zip(&outputs) {
            sink.write(&shown(&planned, output.kind, global.verbose > 0)?)?;
        }
        plans.extend(match planned {
            Planned::Plan(plan) => Some(*plan),
            _ => None,
        });
        Ok(())
    })?;
    if let Ended::Early(outcome) = ended {
        return Ok(outcome);
    }
    sinks.into_iter().try_for_each(Sink::finish)?;
    plans.retain(|plan| !plan.is_empty() || plan.leaves_out());
    if let Some(path) = &arguments.out {
        replace_file(path, &Plan::save(&plans)?)?;
    }
    plans.retain(|plan| !plan.is_empty());
    if outputs.iter().any(|output| output.kind == Kind::Human) && global.quiet == 0 && !plans.is_empty() {
        match &arguments.out {
            Some(path) => complain(&format!("saved; `keyplan apply {}` does just that", path.display())),
            None => complain(&format!(
                "`keyplan apply --expect {}` does just that, with the same paths",
                digest_of(&plans)
            )),
        }
    }
    if matches!(ended, Ended::Unread) {
        return Ok(Outcome::Unreached);
    }
    Ok(if arguments.detailed_exitcode && !plans.is_empty() { Outcome::Pending } else { Outcome::Done })
}

/// One digest for all plans of a run: a single one's own.
pub(super) fn digest_of(plans: &[Plan]) -> String {
    use sha2::{Digest, Sha256};
    if let [plan] = plans {
        return plan.digest.clone();
    }
    let mut hasher = Sha256::new();
    plans.iter().for_each(|plan| hasher.update(format!("{} {}\n", plan.property, plan.digest)));
    hasher.finalize().iter().fold("sha256:".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

fn shown(planned: &Planned, kind: Kind, steps: bool) -> Result<String, Failure> {
    Ok(match (planned, kind) {
        (Planned::Plan(plan), Kind::Json) => plan_json(plan)?,
        (Planned::Plan(plan), Kind::Markdown) => plan_markdown(plan),
        (Planned::Plan(plan), _) => {
            let steps = if steps { plan_steps(plan) } else { String::new() };
            format!("{}{steps}{}", plan_human(plan), visits(plan))
        }
        (Planned::Same(..), Kind::Markdown) => String::new(),
        (Planned::Same(property, due), Kind::Json) => {
            let due = due.map(|day| day.to_string());
            let same = serde_json::json!({
                "version": 1, "property": property, "changes": [], "unchanged": true, "due": due,
            });
            format!("{same}\n")
        }
        (Planned::Same(property, due), _) => {
            let due = due.map_or_else(String::new, |day| format!("; the next plan is due on {day}"));
            format!("{property}: nothing to do, and nothing has changed since{due}\n")
        }
        (Planned::Flawed(_), _) => String::new(),
    })
}

/// How planning ended.
pub(super) enum Ended {
    /// There is a plan for every property.
    Planned,
    /// There is, but some locks were not read that were to be: of those it goes by what is recorded.
    Unread,
    /// That was the end of it.
    Early(Outcome),
}

/// Plans every property in some paths, and hands each plan over in their order.
pub(super) fn each(
    global: &Global,
    paths: &Paths,
    choice: &Choice,
    mut take: impl FnMut(&Site<'_>, Planned) -> Result<(), Failure>,
) -> Result<Ended, Failure> {
    let discovery = discover(&paths.paths)?;
    if discovery.properties.is_empty() {
        return Ok(Ended::Early(paths.nothing_found()));
    }
    let settings = AllSettings::load(global, &discovery)?;
    let (formats, mut mistakes) = Reports::beside(global);
    let mut total = Summary::default();
    let mut progress = Progress::new(global, discovery.properties.len(), "properties planned");
    let sites: Vec<Site<'_>> = discovery.properties.iter().map(|found| Site::new(found, &settings)).collect();
    let mut seen = HashMap::new();
    let states: BTreeSet<&PathBuf> = sites.iter().map(|site| &site.state).collect();
    for path in states {
        seen.extend(State::read(path)?.map(|state| state.seen()).transpose()?.unwrap_or_default());
    }
    let selectors: Vec<&Selector> = choice.only.iter().chain(&choice.except).collect();
    let known = selectors.iter().map(|_| AtomicBool::new(false)).collect();
    let unread = AtomicBool::new(false);
    let planner = Planner { global, settings: &settings, choice, formats: &formats, seen, known, unread };
    let threads = if sites.len() == 1 { 1 } else { global.threads() };
    let mut known: Vec<String> = Vec::new();
    in_order(
        sites.len(),
        threads,
        |index, desk: &mut Desk| (index, planner.plan(&sites[index], desk)),
        |(index, planned)| {
            progress.step();
            let planned = planned?;
            if let Planned::Flawed(rendered) = &planned {
                return mistakes.write(rendered, &mut total);
            }
            let id = match &planned {
                Planned::Plan(plan) => plan.property.clone(),
                Planned::Same(id, _) => id.clone(),
                Planned::Flawed(_) => String::new(),
            };
            if known.contains(&id) {
                return Err(Failure::Told(format!(
                    "there are two properties `{id}`; `keyplan check` shows where"
                )));
            }
            known.push(id);
            take(&sites[index], planned)
        },
    )?;
    progress.finish();
    mistakes.end(&total, 2)?;
    if total.errors > 0 {
        complain("a property with mistakes is not planned");
        return Ok(Ended::Early(Outcome::Problems));
    }
    let mut selectors = selectors.iter().zip(&planner.known);
    if let Some((selector, _)) = selectors.find(|(_, known)| !known.load(Ordering::Relaxed)) {
        return Err(Failure::Told(format!("`{selector}` picks nothing that is written or recorded")));
    }
    Ok(if planner.unread.load(Ordering::Relaxed) { Ended::Unread } else { Ended::Planned })
}

struct Planner<'a> {
    global: &'a Global,
    settings: &'a AllSettings,
    choice: &'a Choice,
    formats: &'a Formats,
    /// What each property was when there was last nothing to do, by its file.
    seen: HashMap<String, Seen>,
    /// Whether each selector is about anything.
    known: Vec<AtomicBool>,
    /// Whether a lock was not read that was to be.
    unread: AtomicBool,
}

/// What a thread keeps from one property to the next.
#[derive(Default)]
struct Desk {
    workspace: Workspace,
    /// The state that it read last, by its path: most properties stand in the same.
    state: Option<(PathBuf, Option<State>)>,
}

impl Desk {
    /// What is recorded of a property; nothing where there is no state.
    fn recorded(&mut self, path: &Path, property: &str) -> Result<Recorded, Failure> {
        let (_, state) = match self.state.take().filter(|(open, _)| open == path) {
            Some(open) => self.state.insert(open),
            None => self.state.insert((path.to_owned(), State::read(path)?)),
        };
        Ok(state.as_ref().map(|state| state.recorded(property)).transpose()?.unwrap_or_default())
    }
}

impl Planner<'_> {
    fn plan(&self, site: &Site<'_>, desk: &mut Desk) -> Result<Planned, Failure> {
        let Choice { refresh, only, except } = self.choice;
        let whole = !refresh && only.is_empty() && except.is_empty();
        if whole && let Some((property, due)) = self.same(site) {
            return Ok(Planned::Same(property, due));
        }
        let found = site.found;
        let providers = self.settings.providers(found.settings.as_deref());
        let mut loaded = load(found, providers, self.global.as_of(), &|| 1, &mut desk.workspace)?;
        let is_flawed = |loaded: &Loaded| loaded.diagnostics.iter().any(|one| one.level == Level::Error);
        let access = (!is_flawed(&loaded)).then(|| Access::resolve(&loaded.property));
        if let Some(access) = &access {
            self.hold_to_assertions(found, &mut loaded, access);
        }
        let property = &loaded.property;
        let Some(access) = access.filter(|_| !is_flawed(&loaded)) else {
            let id = property.text(property.id);
            let rendered = self.formats.render(&loaded.diagnostics, &property.sources, id)?;
            return Ok(Planned::Flawed(Box::new(rendered)));
        };
        let id = property.text(property.id);
        let mut recorded = desk.recorded(&site.state, id)?;
        for (selector, known) in only.iter().chain(except).zip(&self.known) {
            known.fetch_or(selector.is_about(property, &recorded, EMBEDDED), Ordering::Relaxed);
        }
        if *refresh {
            recorded.add_locks(locks(property));
            let answers = drift::read_all(id, property.timezone, &recorded.locks, &site.providers()?);
            for (lock, answer) in recorded.locks.iter().zip(&answers) {
                if let Err(error) = answer {
                    self.unread.store(true, Ordering::Relaxed);
                    complain(&format!("`{}` of `{id}` was not read: {error}", lock.door));
                }
            }
            let codes = site.codes_told(id, &recorded, &answers)?;
            recorded = drift::refreshed(&recorded, &answers, &codes, self.global.now(property.timezone));
        }
        if let Some(moved) = recorded.moved(named_locks(property)) {
            return Err(Failure::Told(gone_to(&moved, id)));
        }
        let tables = tables::compile(property, &access);
        let guards = Guards::written(property, site.settings.revoke_share, site.settings.revoke_count);
        let source = Source {
            property,
            access: &access,
            tables: &tables,
            recorded: &recorded,
            guards: &guards,
            only,
            except,
            provider: EMBEDDED,
        };
        let mut plan = make(&source)
            .map_err(|violation| {
                Failure::Told(format!(
                    "no plan for `{id}` was made, since it would have broken the law of plans: {violation}. This is a defect of keyplan; nothing was changed"
                ))
            })?
            .plan;
        plan.due = [plan.due, access.next_day(property)].into_iter().flatten().min();
        if whole
            && plan.is_empty()
            && !plan.leaves_out()
            && recorded.guards == guards
            && !recorded.lineage.is_empty()
        {
            note_seen(site, &loaded, &plan);
        }
        desk.workspace.reclaim(loaded);
        Ok(Planned::Plan(Box::new(plan)))
    }

    /// Adds what a property demands of itself and does not hold. What rules say beside that is for `check`: an opinion on keys
    /// holds up nobody's leaving.
    fn hold_to_assertions(&self, found: &Found, loaded: &mut Loaded, access: &Access) {
        if loaded.property.asserts.is_empty() {
            return;
        }
        let assertions: Vec<&Rule> = RULES.iter().filter(|rule| rule.is_assertion()).collect();
        let policy = self.settings.policy(found.settings.as_deref()).narrowed(&assertions, &[]);
        loaded.diagnostics.extend(rules::check(&loaded.property, access, &loaded.trees, &policy));
    }

    /// The id of a property that is as it was when there was last nothing to do.
    fn same(&self, site: &Site<'_>) -> Option<(String, Option<Day>)> {
        let seen = self.seen.get(&site.file())?;
        let others: Vec<PathBuf> = seen.others.iter().map(PathBuf::from).collect();
        let same = fingerprint(site.found, &others).is_ok_and(|digest| digest == seen.digest);
        let today = match self.global.as_of() {
            AsOf::Day(day) => day,
            // A day ahead anywhere is a day on which something may have changed.
            AsOf::Today(now) => Day::of(now.date_naive()).next(),
        };
        let in_time = today >= seen.as_of && seen.until.is_none_or(|until| today < until);
        (same && in_time).then(|| (seen.property.clone(), seen.until))
    }
}

/// Every lock that is written: doors, providers and addresses.
pub(super) fn locks(property: &Property) -> impl Iterator<Item = (&str, &str, &str)> {
    property.doors.iter().map(|door| {
        let provider = door.provider.map_or(EMBEDDED, |provider| property.text(provider));
        let id = property.text(door.id);
        (id, provider, door.lock_id.map_or(id, |id| property.text(id)))
    })
}

/// The locks that are written with a name of their own: their doors, providers and addresses.
fn named_locks(property: &Property) -> impl Iterator<Item = (&str, &str, &str)> {
    property.doors.iter().filter_map(|door| {
        let provider = door.provider.map_or(EMBEDDED, |provider| property.text(provider));
        Some((property.text(door.id), provider, property.text(door.lock_id?)))
    })
}

/// What to do about a lock that is written at another door than the one that it is recorded at.
fn gone_to(moved: &Moved, property: &str) -> String {
    let Moved { address, provider, from, to } = moved;
    format!(
        "`{property}` is not planned: the lock `{address}` of `{provider}` holds what was written for the door `{from}`, and is at `{to}` now. If only the id of the door has changed, `keyplan state mv door {from} {to}` keeps everybody's access and doorcodes. If the lock was fitted to another door, take it out of the files and apply, which empties it; then write it at `{to}`"
    )
}

/// Notes that there is nothing to do as long as the files are these. Who cannot write the state plans again next time.
fn note_seen(site: &Site<'_>, loaded: &Loaded, plan: &Plan) {
    let property = &loaded.property;
    let Ok((digest, others)) = fingerprint_of(site.found, &property.sources) else { return };
    let others: Vec<String> = others.iter().map(|path| path.to_string_lossy().into_owned()).collect();
    let seen =
        Seen { property: plan.property.clone(), others, digest, as_of: property.as_of, until: plan.due };
    let _ = State::open(&site.state).and_then(|mut state| state.note_seen(&site.file(), &seen, plan.serial));
}
