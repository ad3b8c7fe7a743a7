//! `apply`: carries out plans.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::format::{Kind, Output};
use super::plan::{self, Choice, Ended, Planned, digest_of};
use super::progress::Progress as Bar;
use super::settings::AllSettings;
use super::sink::{Sink, complain};
use super::site::{Site, id_of, identity, who};
use super::{Failure, Global, Outcome, Paths};
use crate::apply::{Event, Options, Report, Setting, run as carry_out};
use crate::load::{Discovery, discover};
use crate::output::plan::{apply_human, apply_json, event_json, plan_human, visits};
use crate::plan::{Allowed, Guard, Plan, Recorded};
use crate::state::{Event as Logged, Note, Progress, State};

const KINDS: [Kind; 3] = [Kind::Human, Kind::Json, Kind::Jsonl];

#[derive(clap::Args, Clone, Debug)]
pub(super) struct Arguments {
    /// A saved plan, then properties, portfolios, or single YAML files
    #[arg(value_name = "PLANFILE|PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    choice: Choice,
    /// Apply only what has this digest
    #[arg(long, value_name = "DIGEST", env = "KEYPLAN_EXPECT", conflicts_with = "resume")]
    expect: Option<String>,
    /// Go on with what an earlier run did not finish
    #[arg(long, env = "KEYPLAN_RESUME")]
    resume: bool,
    /// Apply without asking
    #[arg(long, env = "KEYPLAN_YES")]
    yes: bool,
    /// Let a guard pass, for this plan only; with a saved plan or a digest
    #[arg(long, value_name = "GUARD", value_parser = guard, env = "KEYPLAN_ALLOW", value_delimiter = ',')]
    allow: Vec<Guard>,
    /// At most so many locks at once
    #[arg(long, value_name = "N", env = "KEYPLAN_PARALLEL", default_value_t = 512, value_parser = clap::value_parser!(u16).range(1..=4096))]
    parallel: u16,
}

fn guard(text: &str) -> Result<Guard, String> {
    let names = Guard::ALL.map(Guard::name).join(", ");
    Guard::find(text).ok_or_else(|| format!("it is one of {names}"))
}

/// A plan with the state that it belongs to.
struct Job {
    plan: Plan,
    state: PathBuf,
    site: usize,
}

/// How often somebody has asked to stop.
static INTERRUPTED: AtomicUsize = AtomicUsize::new(0);

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<Outcome, Failure> {
    let outputs = global.outputs(&KINDS, Kind::Human)?;
    let (file, paths) = match arguments.paths.split_first() {
        Some((first, rest)) if is_plan(first) => (Some(first), rest),
        _ => (None, arguments.paths.as_slice()),
    };
    let here = [PathBuf::from(".")];
    let paths = Paths { paths: if paths.is_empty() { here.to_vec() } else { paths.to_vec() } };
    if !arguments.allow.is_empty() && file.is_none() && arguments.expect.is_none() {
        return Err(Failure::Told(
            "`--allow` is for one plan that somebody has seen: give the saved plan, or its digest with `--expect`".into(),
        ));
    }
    let discovery = discover(&paths.paths)?;
    if discovery.properties.is_empty() {
        return Ok(paths.nothing_found());
    }
    let settings = AllSettings::load(global, &discovery)?;
    let sites: Vec<Site<'_>> = discovery.properties.iter().map(|found| Site::new(found, &settings)).collect();
    let mut unread = false;
    let jobs = match (file, arguments.resume) {
        (Some(file), false) => saved(global, file, &discovery, &sites, arguments.expect.as_deref())?,
        (None, true) => match unfinished(global, &discovery, &sites)? {
            Ok(jobs) => jobs,
            Err(outcome) => return Ok(outcome),
        },
        (Some(_), true) => {
            return Err(Failure::Told(
                "an earlier run is resumed as it was: leave the saved plan out".into(),
            ));
        }
        (None, false) => match fresh(global, arguments, &paths, &sites)? {
            Ok((jobs, not_read)) => {
                unread = not_read;
                jobs
            }
            Err(outcome) => return Ok(outcome),
        },
    };
    if jobs.is_empty() {
        if global.quiet == 0 {
            complain(if arguments.resume { "nothing to resume" } else { "nothing to do" });
        }
        return Ok(if unread { Outcome::Unreached } else { Outcome::Done });
    }
    admit(&jobs, arguments)?;
    let asks = file.is_none() && arguments.expect.is_none() && !arguments.resume && !arguments.yes;
    if asks || global.quiet == 0 {
        show(&jobs)?;
    }
    if asks && !agreed(global)? {
        return Err(Failure::Told("nothing was applied".into()));
    }
    // A second handler in one process is refused; there is one process for one command.
    let _ = ctrlc::set_handler(|| {
        if INTERRUPTED.fetch_add(1, Ordering::SeqCst) > 0 {
            std::process::exit(130);
        }
        complain("stopping as soon as what is in flight has ended; once more stops now");
    });
    let mut sinks = outputs.iter().map(Sink::open).collect::<Result<Vec<_>, _>>()?;
    let mut worst = Outcome::Done;
    for job in &jobs {
        let outcome = one(global, arguments, job, &sites[job.site], (&outputs, &mut sinks))?;
        worst = if rank(outcome) > rank(worst) { outcome } else { worst };
        // Who asked when everything was done anyway stopped nothing.
        let is_last = std::ptr::eq(job, &jobs[jobs.len() - 1]);
        if INTERRUPTED.load(Ordering::SeqCst) > 0 && !(is_last && outcome == Outcome::Done) {
            worst = Outcome::Interrupted;
            break;
        }
    }
    sinks.into_iter().try_for_each(Sink::finish)?;
    if matches!(worst, Outcome::Incomplete | Outcome::Interrupted | Outcome::Unreached) {
        complain(
            "what is left is in the journal: `keyplan apply --resume` goes on, a new `keyplan plan` starts over",
        );
    }
    if worst == Outcome::LockChanged {
        complain(
            "a lock was changed since the plan was made and was left alone: `keyplan plan --refresh` plans from what is in it",
        );
    }
    Ok(if unread && worst == Outcome::Done { Outcome::Unreached } else { worst })
}

const fn rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Done => 0,
        Outcome::Incomplete => 1,
        Outcome::Unreached => 2,
        Outcome::LockChanged => 3,
        _ => 4,
    }
}

/// Whether an argument is a saved plan: a file that is no YAML.
fn is_plan(path: &std::path::Path) -> bool {
    let yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    path.is_file() && !yaml
}

/// The plans in a file, each with the property that it is for.
fn saved(
    global: &Global,
    file: &std::path::Path,
    discovery: &Discovery,
    sites: &[Site<'_>],
    expected: Option<&str>,
) -> Result<Vec<Job>, Failure> {
    let told = |why: &dyn std::fmt::Display| Failure::Told(format!("cannot take {}: {why}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| told(&error))?;
    let plans = Plan::open(&text).map_err(|error| match error {
        crate::plan::SavedError::Changed => {
            Failure::Ended(Outcome::Stale, format!("cannot take {}: {error}", file.display()))
        }
        error => told(&error),
    })?;
    expect(expected, &plans)?;
    let ids = ids(discovery)?;
    plans
        .into_iter()
        .map(|plan| {
            in_time(global, &plan)?;
            let site = ids.iter().position(|id| *id == plan.property).ok_or_else(|| {
                told(&format!("it is for `{}`, which is not in the paths given", plan.property))
            })?;
            Ok(Job { plan, state: sites[site].state.clone(), site })
        })
        .collect()
}

/// Holds a plan to the days that it is for: what locks cannot hold by themselves is right until the next plan is due. What they can
/// hold has its dates with it.
fn in_time(global: &Global, plan: &Plan) -> Result<(), Failure> {
    if plan.verdicts.needs_apply == 0 {
        return Ok(());
    }
    let today = global.now(plan.timezone).day();
    let stale =
        |why: String| Err(Failure::Ended(Outcome::Stale, format!("`{}`: {why}; plan again", plan.property)));
    match plan.due {
        Some(due) if today >= due && today > plan.as_of => {
            stale(format!("this plan was right until {due}, and today is {today}"))
        }
        _ if today < plan.as_of => {
            stale(format!("this plan is right from {} on, and today is {today}", plan.as_of))
        }
        _ => Ok(()),
    }
}

fn ids(discovery: &Discovery) -> Result<Vec<String>, Failure> {
    discovery.properties.iter().map(id_of).collect()
}

/// What earlier runs did not finish, and what is still written like that.
fn unfinished(
    global: &Global,
    discovery: &Discovery,
    sites: &[Site<'_>],
) -> Result<Result<Vec<Job>, Outcome>, Failure> {
    let mut jobs = Vec::new();
    for (number, (site, id)) in sites.iter().zip(ids(discovery)?).enumerate() {
        let Some(state) = State::read(&site.state)? else { continue };
        let Some(run) = state.resumable(&id)? else { continue };
        let recorded = state.recorded(&id)?;
        let here = Paths { paths: vec![site.found.file.clone()] };
        let mut new = None;
        let ended = plan::each(global, &here, &Choice::default(), |_, planned| {
            new = match planned {
                Planned::Plan(plan) => Some(plan),
                _ => None,
            };
            Ok(())
        })?;
        if let Ended::Early(outcome) = ended {
            return Ok(Err(outcome));
        }
        let is_done = |index: usize| run.progress.0.get(index) == Some(&Some(Note::Applied));
        run.plan.still_wanted(is_done, &recorded, new.as_deref()).map_err(|(person, door)| {
            Failure::Ended(
                Outcome::Stale,
                format!(
                    "`{id}` is not resumed: something else is written for `{person}` at `{door}` than when the run began; `keyplan plan` shows what is to be done now, and `keyplan apply` does it"
                ),
            )
        })?;
        jobs.push(Job { plan: run.plan, state: site.state.clone(), site: number });
    }
    Ok(Ok(jobs))
}

/// How far a run has come that is to be resumed; an error when it is no longer the last, or its record was edited since.
fn resumed(state: &State, plan: &Plan, recorded: &Recorded) -> Result<Progress, Failure> {
    let run = state.resumable(&plan.property)?;
    let run = run.filter(|run| run.plan.digest == plan.digest && run.serial == Some(recorded.serial));
    run.map(|run| run.progress).ok_or_else(|| {
        Failure::Ended(
            Outcome::Stale,
            format!(
                "`{}` was applied, or its record was edited, since the run that is to be resumed: plan again",
                plan.property
            ),
        )
    })
}

/// New plans, which have to have the digest that is expected, and whether locks were not read that were to be.
fn fresh(
    global: &Global,
    arguments: &Arguments,
    paths: &Paths,
    sites: &[Site<'_>],
) -> Result<Result<(Vec<Job>, bool), Outcome>, Failure> {
    let mut jobs: Vec<Job> = Vec::new();
    let ended = plan::each(global, paths, &arguments.choice, |site, planned| {
        if let Planned::Plan(plan) = planned
            && (!plan.is_empty() || plan.leaves_out() || guards_differ(site, &plan)?)
        {
            let number = sites.iter().position(|one| one.found.file == site.found.file).unwrap_or_default();
            jobs.push(Job { plan: *plan, state: site.state.clone(), site: number });
        }
        Ok(())
    })?;
    if let Ended::Early(outcome) = ended {
        return Ok(Err(outcome));
    }
    // What only changes guards was not shown to anybody.
    let shown = |plan: &&Plan| !plan.is_empty() || plan.leaves_out();
    let plans: Vec<Plan> = jobs.iter().map(|job| &job.plan).filter(shown).cloned().collect();
    expect(arguments.expect.as_deref(), &plans)?;
    Ok(Ok((jobs, matches!(ended, Ended::Unread))))
}

/// Whether only what guards go by has changed: that is applied too, so that a looser guard counts from the next plan on.
fn guards_differ(site: &Site<'_>, plan: &Plan) -> Result<bool, Failure> {
    if plan.lineage.is_empty() {
        return Ok(false);
    }
    let recorded = State::read(&site.state)?.map(|state| state.recorded(&plan.property)).transpose()?;
    Ok(recorded.is_some_and(|recorded| recorded.guards != plan.guards))
}

fn expect(expected: Option<&str>, plans: &[Plan]) -> Result<(), Failure> {
    let Some(expected) = expected else { return Ok(()) };
    let digest = digest_of(plans);
    if expected == digest {
        return Ok(());
    }
    let what =
        if plans.is_empty() { "there is nothing to do".to_owned() } else { format!("the plan is {digest}") };
    Err(Failure::Ended(
        Outcome::Stale,
        format!(
            "{what}, and {expected} was expected: look at the plan again, since something changed in between"
        ),
    ))
}

/// Holds every plan to its guards before anything is done.
fn admit(jobs: &[Job], arguments: &Arguments) -> Result<(), Failure> {
    if arguments.resume {
        return Ok(());
    }
    let allowed = Allowed(arguments.allow.clone());
    let mut refused = String::new();
    for job in jobs {
        if let Err(crate::plan::Refused(dangers)) = job.plan.admit(&allowed) {
            for danger in dangers {
                refused.push_str(&format!(
                    "\n  {}: {} (`--allow {}`)",
                    job.plan.property,
                    danger.what,
                    danger.guard.name()
                ));
            }
        }
    }
    if refused.is_empty() {
        return Ok(());
    }
    let plans: Vec<Plan> = jobs.iter().map(|job| job.plan.clone()).collect();
    Err(Failure::Ended(
        Outcome::Guarded,
        format!(
            "guards refuse this plan, and nothing was applied:{refused}\n  if that is meant, allow it for this plan alone: `keyplan apply --expect {} --allow GUARD`",
            digest_of(&plans)
        ),
    ))
}

/// Shows what is about to be done, beside the results.
fn show(jobs: &[Job]) -> Result<(), Failure> {
    let mut shown = Sink::stderr();
    for job in jobs {
        shown.write(&plan_human(&job.plan))?;
        shown.write(&visits(&job.plan))?;
    }
    shown.finish()
}

/// Whether somebody who has seen the plans agrees.
fn agreed(global: &Global) -> Result<bool, Failure> {
    if !global.can_ask() {
        return Err(Failure::Told(
            "nothing was applied: there is nobody to ask. Give `--yes`, or the digest that was reviewed with `--expect`".into(),
        ));
    }
    complain("apply this? Only `yes` does:");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}

/// Applies one plan.
fn one(
    global: &Global,
    arguments: &Arguments,
    job: &Job,
    site: &Site<'_>,
    (outputs, sinks): (&[Output], &mut Vec<Sink>),
) -> Result<Outcome, Failure> {
    let who = who();
    let plan = &job.plan;
    let mut state = State::open(&job.state)?;
    let lease = state.hold(&plan.property, &who)?;
    // Whatever happens from here on, the property is given back.
    let result = (|| {
        state.settle(&lease)?;
        let recorded = state.recorded(&plan.property)?;
        let done = match arguments.resume {
            true => resumed(&state, plan, &recorded)?,
            false => Progress::default(),
        };
        if !arguments.resume && (recorded.lineage != plan.lineage || recorded.serial != plan.serial) {
            return Err(Failure::Ended(
                Outcome::Stale,
                format!("`{}` has been applied since this plan was made: plan again", plan.property),
            ));
        }
        let vault = if plan.needs_codes() { Some(state.vault(&identity()?)?) } else { None };
        if !arguments.allow.is_empty() {
            let names: Vec<&str> = arguments.allow.iter().map(|guard| guard.name()).collect();
            let detail = format!("{} for {}", names.join(", "), plan.digest);
            state.log(&who, &plan.property, Logged::GuardsAllowed, &detail)?;
        }
        let every = Allowed(Guard::ALL.to_vec());
        let allowed = if arguments.resume { every } else { Allowed(arguments.allow.clone()) };
        let safe = plan.admit(&allowed).map_err(|_| Failure::Told("a guard refuses the plan".into()))?;
        let providers = site.providers()?;
        let bar = Mutex::new(Bar::new(global, plan.changes.len(), "changes applied"));
        let lines: Vec<bool> = outputs.iter().map(|output| output.kind == Kind::Jsonl).collect();
        let sinks = Mutex::new(&mut *sinks);
        let tell = |event: Event| {
            if let (Event::Change(..), Ok(mut bar)) = (&event, bar.lock()) {
                bar.step();
            }
            let Ok(mut sinks) = sinks.lock() else { return };
            for (sink, _) in sinks.iter_mut().zip(&lines).filter(|(_, lines)| **lines) {
                // A reader that has gone away does not stop an apply half-way.
                let _ = event_json(plan, &event).map(|line| sink.write_now(&line));
            }
        };
        let options = Options { parallel: usize::from(arguments.parallel), ..Options::default() };
        let setting = Setting {
            providers: &providers,
            vault: vault.as_ref(),
            options,
            interrupted: &INTERRUPTED,
            tell: &tell,
            who: &who,
            now: crate::time::clocks::shown(plan.timezone, chrono::Utc::now()),
        };
        let (report, state) = carry_out(safe, state, &lease, &setting, &done)?;
        if let Ok(bar) = bar.into_inner() {
            bar.finish();
        }
        Ok((report, state))
    })();
    let (report, mut state) = match result {
        Ok(done) => done,
        Err(failure) => {
            // The connection went with the run; a lease that cannot be given back ends by itself.
            if let Ok(mut state) = State::open(&job.state) {
                let _ = state.let_go(&lease);
            }
            return Err(failure);
        }
    };
    state.let_go(&lease)?;
    for (sink, output) in sinks.iter_mut().zip(outputs) {
        sink.write(&match output.kind {
            Kind::Human => apply_human(plan, &report),
            _ => apply_json(plan, &report)?,
        })?;
    }
    Ok(outcome(&report))
}

fn outcome(report: &Report) -> Outcome {
    if report.is_complete() {
        Outcome::Done
    } else if report.count("lock-changed") > 0 {
        Outcome::LockChanged
    } else if report.count("applied") == 0 && !report.unreached.is_empty() {
        Outcome::Unreached
    } else {
        Outcome::Incomplete
    }
}
