//! One property at the locks of three systems at once. What each lock opens is judged from its own memory, for each person
//! and minute, and held against what the definition grants: to the minute where the verdict is `exact` or `split`, until
//! the day that it names where it is `needs-apply`, and nothing where it is `refused`. What a verdict says is taken from
//! the command line, as somebody would read it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Mutex;

use chrono::{LocalResult, NaiveDate, TimeDelta, TimeZone};
use chrono_tz::Tz;
use proptest::prelude::*;
use proptest::test_runner::{FileFailurePersistence, RngSeed, TestRunner};
use serde_json::{Value, json};

use crate::building::Desk;
use crate::deployed::{House, Hub};
use crate::doubles::{Cloud, Fabric, Stick};
use crate::memory::{self, Opens};
use crate::reference::compare::{Day, Minute};
use crate::reference::dice::Dice;
use crate::reference::evaluate::{granted, grants, wall_clock};
use crate::reference::property::{Capability, Edge, Lock, Property, midnight};
use crate::reference::random;
use crate::reference::read_back::read_back;
use crate::reference::spelling::spell;

/// Locks: the model and its family, the provider, and how that calls it.
const LOCKS: [(&str, &str, &str, &str); 4] = [
    ("stick", "zwave", "stick", "2"),
    ("daily", "zwave-daily", "stick", "5"),
    ("fabric", "matter", "fabric", "1"),
    ("cloud", "seam", "cloud", "august_device_1"),
];
/// What these locks are.
const MODELS: &str = "lock-models:
  stick: { family: zwave }
  daily: { family: zwave-daily }
  fabric: { family: matter, schedules: { per-holder: 7, dated: 2 } }
  cloud: { family: seam, schedules: { as-dates: true } }
";

/// The three systems.
struct Systems {
    stick: Stick,
    fabric: Fabric,
    cloud: Cloud,
}

impl Systems {
    fn start() -> Self {
        Self { stick: Stick::start(), fabric: Fabric::start(), cloud: Cloud::start() }
    }

    fn house(&self) -> House {
        House::new(vec![
            Hub::zwave(self.stick.server),
            Hub::matter(self.fabric.port),
            Hub::seam(self.cloud.port),
        ])
    }

    fn opens(&self, lock: &Lock, minutes: &[Minute]) -> Opens {
        match lock.provider.as_str() {
            "stick" => memory::zwave(&self.stick, lock.id.parse().unwrap(), minutes),
            "fabric" => memory::matter(&self.fabric, minutes),
            _ => memory::seam(&self.cloud, &lock.id, minutes),
        }
    }

    /// Locks as they come from their makers.
    fn empty(&self) {
        for node in [2, 5] {
            let (codes, schedules) = self.stick.memory(node);
            let codes = codes.iter().flat_map(|(user, _)| {
                [format!("UserCode_userIdStatus_{user}"), format!("UserCode_userCode_{user}")]
            });
            let schedules = schedules.iter().map(|(place, _)| format!("ScheduleEntryLock_schedule_{place}"));
            let state: serde_json::Map<String, Value> =
                codes.chain(schedules).map(|key| (key, Value::Null)).collect();
            self.stick.set(node, &state.into());
        }
        self.fabric.damage(&json!({"reset": true}));
        let codes = self.cloud.call("/access_codes/list", &json!({"device_id": LOCKS[3].3}));
        for code in codes["access_codes"].as_array().unwrap() {
            let id = json!({"access_code_id": code["access_code_id"], "sync": true});
            self.cloud.call("/access_codes/delete", &id);
        }
    }
}

/// How far a lock holds what somebody's doorcode is to open.
#[derive(Clone, Debug)]
struct Verdict {
    name: String,
    /// The day on which keyplan has to come back.
    until: Option<NaiveDate>,
}

/// What a door and a person are known by.
type Pair = (String, String);

/// What is compared: minutes by door and verdict, and the pairs by verdict.
#[derive(Default)]
struct Count {
    minutes: BTreeMap<(String, String), u64>,
    pairs: BTreeMap<(String, String), u64>,
}

/// A property in its house, on a day.
struct Site<'a> {
    systems: &'a Systems,
    house: &'a House,
    property: &'a Property,
}

impl Site<'_> {
    fn zone(&self) -> Tz {
        self.property.timezone.parse().unwrap()
    }

    fn json(&self, arguments: &[&str], day: &str) -> (i32, Vec<Value>) {
        let run = self.house.run(&[arguments, &["--as-of", day, "house"]].concat());
        let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|why| panic!("{why}: {line}"));
        assert!(!run.stdout.is_empty(), "{arguments:?}: {}", run.stderr);
        (run.code, run.stdout.lines().map(read).collect())
    }

    /// The verdicts that `compile` gives for the doorcode of each person at each lock, and how many of each kind there are
    /// for everything.
    fn verdicts(&self, day: &str) -> (BTreeMap<Pair, Verdict>, BTreeMap<String, u64>) {
        let (mut doorcodes, mut all) = (BTreeMap::new(), BTreeMap::new());
        for (model, family, ..) in LOCKS {
            let (_, documents) = self.json(&["compile", "--target", family], day);
            let doors = self.property.doors.iter();
            let own = |door: &&crate::reference::property::Door| {
                door.lock.as_ref().is_some_and(|lock| lock.model == model)
            };
            for door in doors.filter(own) {
                let document = documents.iter().find(|one| one["door"] == door.id.as_str()).unwrap();
                for one in document["verdicts"].as_array().unwrap() {
                    let name = one["verdict"].as_str().unwrap().to_owned();
                    *all.entry(name.clone()).or_insert(0) += 1;
                    if one["capability"] == "doorcode" {
                        let until = one["until"].as_str().map(|day| day.parse().unwrap());
                        let person = one["person"].as_str().unwrap().to_owned();
                        doorcodes.insert((door.id.clone(), person), Verdict { name, until });
                    }
                }
            }
        }
        // A door without a lock of its own is a table, which holds anything.
        let (_, tables) = self.json(&["compile", "--format", "json"], day);
        let is_table =
            |id: &Value| self.property.doors.iter().any(|door| door.id.as_str() == id && door.lock.is_none());
        let locks = tables[0]["locks"].as_array().unwrap().iter().filter(|lock| is_table(&lock["door"]));
        let cells: usize = locks.map(|lock| lock["credentials"].as_array().unwrap().len()).sum();
        *all.entry("exact".to_owned()).or_insert(0) += cells as u64;
        (doorcodes, all)
    }

    /// Plans and applies; what the plan says, and the pairs to which less was given than was planned, each with why.
    fn apply(&self, day: &str) -> (Value, BTreeMap<Pair, String>) {
        let file = self.house.path().join("the.plan").display().to_string();
        let (code, plans) = self.json(&["plan", "--format", "json", "--out", &file], day);
        assert_eq!(code, 0);
        let plan = plans[0].clone();
        let mut less = BTreeMap::new();
        let pair =
            |of: &Value| (of["door"].as_str().unwrap().to_owned(), of["person"].as_str().unwrap().to_owned());
        for short in plan["short"].as_array().into_iter().flatten() {
            if short["capability"].is_null() {
                assert!(short["why"].as_str().unwrap().starts_with("the lock is full"), "{short}");
                less.insert(pair(short), "no room".to_owned());
            }
        }
        if plan["unchanged"] == true || plan["changes"].as_array().unwrap().is_empty() {
            return (plan, less);
        }
        // A new house has nobody to lose anything.
        let run = self.house.run(&[
            "apply",
            &file,
            "--as-of",
            day,
            "--allow",
            "no-room,gap,empty",
            "--format",
            "json",
            "house",
        ]);
        let report: Value = serde_json::from_str(&run.stdout)
            .unwrap_or_else(|why| panic!("{why}: {}{}", run.stdout, run.stderr));
        assert_eq!(run.code == 0, report["complete"] == true, "{report}");
        for change in report["changes"].as_array().unwrap() {
            if change["outcome"] != "applied" {
                let why = change["why"].as_str().unwrap_or_default().to_owned();
                assert!(why.contains(WHY_LOCKS_REFUSE), "{change}");
                less.insert(pair(change), why);
            }
        }
        (plan, less)
    }

    /// Whether clocks show a minute twice.
    fn is_twice(&self, at: &Minute) -> bool {
        matches!(self.zone().from_local_datetime(&at.wall), LocalResult::Ambiguous(..))
    }

    /// Holds the memory of every lock against the definition.
    fn judge(
        &self,
        minutes: &[Minute],
        verdicts: &BTreeMap<Pair, Verdict>,
        less: &BTreeMap<Pair, String>,
        count: &mut Count,
        table: bool,
    ) {
        let mut kept: BTreeMap<Pair, Vec<String>> = BTreeMap::new();
        self.house.codes().into_iter().for_each(|(door, person, digits)| {
            kept.entry((door, person)).or_default().push(digits);
        });
        for door in self.property.doors.iter().filter(|door| door.lock.is_some()) {
            let lock = door.lock.as_ref().unwrap();
            let mut opens = self.systems.opens(lock, minutes);
            for person in &self.property.people {
                let pair = (door.id.clone(), person.id.clone());
                let codes: Vec<Vec<bool>> =
                    kept.get(&pair).into_iter().flatten().filter_map(|code| opens.remove(code)).collect();
                let given = grants(self.property, &person.id, &door.id);
                let (verdict, until) = match (verdicts.get(&pair), less.get(&pair)) {
                    (_, Some(_)) => ("less", None),
                    (None, None) => ("none", None),
                    (Some(verdict), None) => (verdict.name.as_str(), verdict.until),
                };
                let told =
                    format!("{} {} at {} ({}), {verdict}", self.property.id, person.id, door.id, lock.model);
                if matches!(verdict, "none" | "refused") {
                    assert!(codes.is_empty(), "{told}: there is a doorcode");
                }
                let mut compared = 0;
                for (number, at) in minutes.iter().enumerate() {
                    let does = codes.iter().any(|opens| opens[number]);
                    let should = granted(self.property, &given, Capability::Doorcode, at.wall);
                    let fine = match verdict {
                        "none" => !does && !should,
                        "refused" => !does,
                        "less" => !does || should,
                        // Of a minute that clocks show twice a moment in UTC is one: Seam has the narrower reading.
                        _ if lock.provider == "cloud" && self.is_twice(at) => !does || should,
                        "exact" | "split" => does == should,
                        "needs-apply" if until.is_none_or(|until| at.wall.date() < until) => does == should,
                        // Seam keeps one window of dates, which is over by then. The others go on as they are, since they
                        // keep hours and no dates: that is why the verdict names the day.
                        "needs-apply" if lock.provider == "cloud" => !does || should,
                        "needs-apply" => continue,
                        other => panic!("a verdict {other}"),
                    };
                    let say = format!("{told}, {} ({}): should {should}, does {does}", at.wall, at.instant);
                    assert!(fine, "{say}, until {until:?}; less: {less:?}\n{:#?}", self.property);
                    compared += 1;
                }
                *count.minutes.entry((lock.model.clone(), verdict.to_owned())).or_default() += compared;
                *count.pairs.entry((lock.model.clone(), verdict.to_owned())).or_default() += 1;
                if table && verdict != "none" {
                    let until = until.map(|day| format!("until {day}")).unwrap_or_default();
                    println!(
                        "{:8} {:8} {:8} {verdict:12} {until:18} {compared:7} minutes",
                        door.id, lock.model, person.id
                    );
                }
            }
            assert!(opens.is_empty(), "{} at {}: {} codes of nobody", self.property.id, door.id, opens.len());
        }
    }
}

/// What a lock says that is asked for a minute that clocks skip.
const WHY_LOCKS_REFUSE: &str = "clocks skip";

/// Every minute of some days.
fn minutes(property: &Property, days: impl IntoIterator<Item = NaiveDate>) -> Vec<Minute> {
    days.into_iter().flat_map(|day| Day::of(property, day).minutes).collect()
}

/// A property with whatever a lock may be unable to hold. Every lock is at a door of the same key. There is no person more
/// than the Matter lock has users: `hal` and `ivy` are two there, since one of its users has one week. The last minute of
/// `kim` is a window of its own where windows are cut at midnight.
const RICH: &str = "keyplan: 1
property: { id: rich, timezone: Europe/Berlin }
doors:
  front: { kind: entrance, lock: { model: stick, provider: stick, id: \"2\" } }
  back: { kind: entrance, lock: { model: daily, provider: stick, id: \"5\" } }
  gate: { kind: entrance, lock: { model: fabric, provider: fabric, id: \"1\" } }
  garage: { kind: entrance, lock: { model: cloud, provider: cloud, id: august_device_1 } }
holidays:
  2090-03-24: a Friday
schedules:
  days:
    mon-fri: 08:00-18:00
    holidays: closed
  nights:
    fri, sat: 22:00-06:00
  shifts:
    mon, wed: [07:00-09:00, 17:00-20:00]
  late:
    fri: 22:00-02:00
  open:
    daily: 09:00-17:00
    holidays: 10:00-12:00
  sundays:
    sun: 01:00-05:00
  brink:
    fri: 22:00-00:01
keys:
  always: { doors: { all: {} } }
  looking: { doors: { all: { doorcode: false } } }
  days: { doors: { all: { schedule: days } } }
  nights: { doors: { all: { schedule: nights } } }
  shifts: { doors: { all: { schedule: shifts } } }
  late: { doors: { all: { schedule: late } } }
  open: { doors: { all: { schedule: open } } }
  brink: { doors: { all: { schedule: brink } } }
  sundays: { doors: { front: { schedule: sundays }, garage: { schedule: sundays } } }
  card: { doors: { front: { doorcode: false }, garage: { doorcode: false } } }
people:
  ann: {}
  bob: {}
  cleo: {}
  dan: {}
  eve: {}
  fay: {}
  gil: {}
  hal: {}
  ivy: {}
  jon: {}
  kim: {}
assignments:
  - { to: ann, keys: always }
  - { to: bob, keys: days }
  - { to: cleo, keys: nights }
  - { to: dan, keys: always, from: 2090-03-22, until: \"2090-03-29T11:00\" }
  - { to: eve, keys: days, until: 2090-04-10 }
  - { to: fay, keys: [shifts, late] }
  - { to: gil, keys: sundays }
  - { to: hal, keys: [looking, days] }
  - { to: ivy, keys: open }
  - { to: jon, keys: card }
  - { to: kim, keys: brink }
";

#[test]
fn a_rich_property_opens_what_the_definition_grants_as_far_as_its_verdicts_say() {
    let systems = Systems::start();
    let house = systems.house();
    let text = format!("{MODELS}{RICH}");
    fs::write(house.path().join("house/property.yaml"), &text).unwrap();
    let monday = NaiveDate::from_ymd_opt(2090, 3, 20).unwrap();
    let property = read_back(&[("property.yaml".to_owned(), text)], monday);
    assert_eq!(property.doors.iter().filter(|door| door.lock.is_some()).count(), 4);
    let mut count = Count::default();
    let (mut kinds, mut codes) = (BTreeSet::new(), BTreeSet::new());
    // The first days, the holiday, the change of clocks, and the ends of what ends.
    let days: Vec<NaiveDate> = [0, 1, 4, 5, 6, 9, 21, 22].map(|day| monday + TimeDelta::days(day)).to_vec();
    for day in ["2090-03-24", "2090-03-26", "2090-03-29", "2090-04-10"] {
        assert!(days.contains(&day.parse().unwrap()), "{day}");
    }
    for (number, day) in days.iter().enumerate() {
        // Occupancy is judged on that day; here nobody has a home.
        let site = Site { systems: &systems, house: &house, property: &property };
        let (verdicts, all) = site.verdicts(&day.to_string());
        let (plan, less) = site.apply(&day.to_string());
        assert_eq!(less, BTreeMap::new(), "{day}");
        if number == 0 {
            let summary = &plan["summary"];
            for (name, field) in [
                ("exact", "exact"),
                ("split", "split"),
                ("needs-apply", "needs_apply"),
                ("refused", "refused"),
            ] {
                assert_eq!(summary[field].as_u64(), all.get(name).copied(), "{name}: {summary}");
            }
        }
        // The first time to the end of all, then the next days.
        let ahead = if number == 0 { 25 } else { 3 };
        let minutes = minutes(&property, day.iter_days().take(ahead));
        site.judge(&minutes, &verdicts, &less, &mut count, number == 0);
        kinds.extend(verdicts.values().map(|verdict| verdict.name.clone()));
        codes.extend(house.codes().into_iter().map(|(.., digits)| digits));
    }
    println!("{:?} pairs, {:?} minutes over {} days", count.pairs, count.minutes, days.len());
    let every: BTreeSet<String> = ["exact", "needs-apply", "refused", "split"].map(str::to_owned).into();
    assert_eq!(kinds, every);
    house.keeps_secrets(&codes);
}

/// Random dates are those of 2026 and 2027; Seam keeps no code that is over.
fn later(mut property: Property) -> Property {
    let shift = TimeDelta::weeks(3339);
    let edge = |edge: Option<Edge>| {
        edge.map(|edge| match edge {
            Edge::Day(day) => Edge::Day(day + shift),
            Edge::Moment(moment) => Edge::Moment(moment + shift),
        })
    };
    property.as_of += shift;
    property.holidays.iter_mut().for_each(|day| *day += shift);
    for person in &mut property.people {
        (person.from, person.until) = (edge(person.from), edge(person.until));
    }
    for assignment in &mut property.assignments {
        (assignment.from, assignment.until) = (edge(assignment.from), edge(assignment.until));
    }
    property
}

/// With hours that a lock can keep more often than by chance: one window on a day, and none at weekends.
fn with_fewer_hours(mut property: Property) -> Property {
    for schedule in &mut property.schedules {
        schedule.weekly.iter_mut().for_each(|windows| windows.truncate(1));
        schedule.weekly[5..].iter_mut().for_each(Vec::clear);
        if let Some(windows) = &mut schedule.holidays {
            windows.truncate(1);
        }
    }
    property.schedules.retain(|one| one.weekly.iter().any(|windows| !windows.is_empty()));
    let known: Vec<String> = property.schedules.iter().map(|one| one.id.clone()).collect();
    for line in property.keys.iter_mut().flat_map(|key| &mut key.lines) {
        if !known.contains(&line.schedule) {
            line.schedule = "always".into();
        }
    }
    property
}

/// The doors of most people get the locks, in turn.
fn with_locks(mut property: Property, turn: u64) -> Property {
    let people = |door: &str| {
        let mut count = 0;
        for person in &property.people {
            count += usize::from(!grants(&property, &person.id, door).is_empty());
        }
        count
    };
    let mut doors: Vec<(usize, usize)> =
        property.doors.iter().enumerate().map(|(number, door)| (people(&door.id), number)).collect();
    doors.sort_by_key(|(people, number)| (std::cmp::Reverse(*people), *number));
    for (place, (_, number)) in doors.into_iter().take(LOCKS.len()).enumerate() {
        let (model, _, provider, id) = LOCKS[(place + turn as usize) % LOCKS.len()];
        let [model, provider, id] = [model, provider, id].map(str::to_owned);
        property.doors[number].lock = Some(Lock { model, provider, id });
    }
    property
}

/// The first days, and the days around every edge: holidays, dates, and clocks that change.
fn telling_days(property: &Property, dice: &mut Dice) -> BTreeSet<NaiveDate> {
    let mut days: BTreeSet<NaiveDate> = property.as_of.iter_days().take(3).collect();
    let mut around = |day: NaiveDate| days.extend(day.pred_opt().unwrap().iter_days().take(3));
    property.holidays.iter().for_each(|day| around(*day));
    let people = property.people.iter().flat_map(|one| [one.from, one.until]);
    let assignments = property.assignments.iter().flat_map(|one| [one.from, one.until]);
    people.chain(assignments).flatten().for_each(|edge| around(edge.as_start().date()));
    let noon = |day: NaiveDate| {
        let noon = (midnight(day) + TimeDelta::hours(12)).and_utc();
        wall_clock(property, noon) - noon.naive_utc()
    };
    property
        .as_of
        .iter_days()
        .take(400)
        .filter(|day| noon(*day) != noon(day.pred_opt().unwrap()))
        .for_each(around);
    let week = property.as_of + TimeDelta::days(dice.below(300) as i64);
    days.extend(week.iter_days().take(7));
    days.retain(|day| *day >= property.as_of);
    days
}

fn write(directory: &Path, files: &[(String, String)]) {
    for entry in fs::read_dir(directory).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    fs::write(directory.join("locks.yaml"), MODELS).unwrap();
    files.iter().for_each(|(name, text)| fs::write(directory.join(name), text).unwrap());
}

/// A case takes seconds, so that few are tried, and a failure is hardly brought down.
fn runner() -> TestRunner {
    let seeds = FileFailurePersistence::Direct("tests/it/proptest-regressions/verdicts.txt");
    TestRunner::new(ProptestConfig {
        cases: 5,
        failure_persistence: Some(Box::new(seeds)),
        max_shrink_iters: std::env::var("KEYPLAN_SHRINK").map_or(0, |most| most.parse().unwrap()),
        rng_seed: RngSeed::Fixed(std::env::var("KEYPLAN_SEED").map_or(1, |seed| seed.parse().unwrap())),
        ..ProptestConfig::default()
    })
}

#[test]
fn random_properties_open_what_the_definition_grants_as_far_as_their_verdicts_say() {
    let systems = Systems::start();
    let total = Mutex::new((Count::default(), 0, BTreeMap::<String, u64>::new()));
    // Somebody has a doorcode, and hours or dates for it.
    let tells = |(property, _): &(Property, u64)| {
        let lines = property.keys.iter().flat_map(|key| &key.lines);
        let with_hours = lines.filter(|line| line.doorcode && line.schedule != "always").count();
        property.people.len() > 3 && with_hours > 1 && property.assignments.len() > 2
    };
    let cases = (random::property(), any::<u64>()).prop_filter("it tells too little", tells);
    let outcome = runner().run(&cases, |(property, seed)| {
        let property = with_locks(with_fewer_hours(later(property)), seed);
        systems.empty();
        let house = systems.house();
        write(&house.path().join("house"), &spell(&property, seed));
        let site = Site { systems: &systems, house: &house, property: &property };
        let day = property.as_of.to_string();
        let (verdicts, _) = site.verdicts(&day);
        let (_, less) = site.apply(&day);
        let minutes = minutes(&property, telling_days(&property, &mut Dice::new(seed)));
        let mut total = total.lock().unwrap();
        site.judge(&minutes, &verdicts, &less, &mut total.0, false);
        total.1 += 1;
        less.into_values().for_each(|why| *total.2.entry(why).or_default() += 1);
        Ok(())
    });
    let (count, properties, less) = total.into_inner().unwrap();
    println!("{properties} properties: {:?} pairs, {:?} minutes; less: {less:?}", count.pairs, count.minutes);
    if let Err(error) = outcome {
        panic!("{}", error.to_string().chars().take(6000).collect::<String>());
    }
    let of = |kind: &str| {
        count.minutes.iter().filter(|((_, verdict), _)| verdict == kind).map(|(_, one)| one).sum::<u64>()
    };
    assert!(["exact", "split", "needs-apply", "refused"].into_iter().all(|kind| of(kind) > 0));
    assert!(of("exact") > 100_000, "only {} minutes of exact doorcodes were compared", of("exact"));
}

/// Whatever is written, there is a plan for these locks that keeps the law; a plan that would not is never made.
#[test]
fn random_properties_have_a_plan_for_these_locks() {
    let cases = (random::property(), any::<u64>());
    let seeds = "tests/it/proptest-regressions/plans.txt";
    let outcome = crate::oracle::runner(150, seeds).run(&cases, |(property, seed)| {
        let property = with_locks(later(property), seed);
        let mut files = spell(&property, seed);
        files.push(("locks.yaml".to_owned(), MODELS.to_owned()));
        let written = crate::loaded(&files, property.as_of).map_err(TestCaseError::fail)?;
        Desk::new().plan(&written);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{}", error.to_string().chars().take(6000).collect::<String>());
    }
}
