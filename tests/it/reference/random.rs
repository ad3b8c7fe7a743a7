//! Random properties: small, valid, and full of the corners where a compiler goes wrong.
//!
//! Strategies draw free `Draft`s in which a reference is only a number; `assemble` turns them into a property that
//! the language accepts. Splitting it so lets proptest shrink without ever leaving the valid ones.

mod assemble;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::example::date;
use super::property::{Edge, Property, Window, midnight};

pub(crate) fn property() -> impl Strategy<Value = Property> {
    let building = (vec(door(), 6), 0..=3usize, 1..=2usize, any::<bool>(), vec((0..7usize, door()), 0..=4));
    let access = (vec(key(), 1..=5), vec(person(), 1..=6), vec(assignment(), 1..=6));
    let times = (select(ZONES.to_vec()), as_of(), holidays(), vec(schedule(), 0..=3));
    (building, vec(group(), 0..=4), times, access).prop_map(|(building, groups, times, access)| {
        let (units, rows, columns, uniform, others) = building;
        let (timezone, as_of, holidays, schedules) = times;
        let (keys, people, assignments) = access;
        assemble::assemble(Draft {
            timezone,
            as_of,
            holidays,
            units,
            rows,
            columns,
            uniform,
            others,
            groups,
            schedules,
            keys,
            people,
            assignments,
        })
    })
}

/// Lord Howe shifts by half an hour, Cairo at midnight, Kolkata and Sao Paulo not at all.
const ZONES: [&str; 7] = [
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "UTC",
    "Asia/Kolkata",
    "Africa/Cairo",
];

/// A number that `assemble` takes modulo whatever there is to refer to.
type Pick = usize;

#[derive(Clone, Debug)]
struct Draft {
    timezone: &'static str,
    as_of: NaiveDate,
    holidays: Vec<NaiveDate>,
    units: Vec<DoorDraft>,
    rows: usize,
    columns: usize,
    /// All units are like the first, so that a brace range can name them.
    uniform: bool,
    /// Kind and fields of the doors that are no residences.
    others: Vec<(Pick, DoorDraft)>,
    groups: Vec<GroupDraft>,
    schedules: Vec<ScheduleDraft>,
    keys: Vec<KeyDraft>,
    people: Vec<PersonDraft>,
    assignments: Vec<AssignmentDraft>,
}

/// The windows of each day from Monday, and of holidays if there is such a line.
type ScheduleDraft = ([Vec<Window>; 7], Option<Vec<Window>>);

#[derive(Clone, Debug)]
struct DoorDraft {
    tags: Vec<&'static str>,
    floor: Option<u32>,
    occupied: Option<bool>,
}

#[derive(Clone, Debug)]
enum GroupDraft {
    Homes,
    Occupied(bool),
    Narrowed(Narrowed),
}

#[derive(Clone, Debug)]
struct Narrowed {
    kind: Option<Pick>,
    tag: Option<Pick>,
    floor: Option<(u32, u32)>,
    doors: Option<Vec<Pick>>,
    except: Vec<Pick>,
}

#[derive(Clone, Copy, Debug)]
enum Flavour {
    Plain,
    Each,
    Elevator,
}

#[derive(Clone, Debug)]
struct KeyDraft {
    flavour: Flavour,
    group: Pick,
    share: Option<bool>,
    lines: Vec<LineDraft>,
}

#[derive(Clone, Debug)]
struct LineDraft {
    doors: Pick,
    schedule: Option<Pick>,
    doorcode: bool,
}

#[derive(Clone, Debug)]
struct PersonDraft {
    unit: Option<Pick>,
    teams: Vec<&'static str>,
    dates: (Option<Edge>, Option<Edge>),
}

#[derive(Clone, Debug)]
struct AssignmentDraft {
    to: Vec<Pick>,
    /// A key, and whether an instance of a key with `each` is named outright, and which.
    keys: Vec<(Pick, Option<Pick>)>,
    share: Option<bool>,
    dates: (Option<Edge>, Option<Edge>),
}

fn door() -> impl Strategy<Value = DoorDraft> {
    let tags = subsequence(vec!["outdoor", "no", "quiet"], 0..=3);
    let occupied = prop_oneof![6 => Just(None), 1 => Just(Some(true)), 1 => Just(Some(false))];
    (tags, proptest::option::of(1..=3u32), occupied).prop_map(|(tags, floor, occupied)| DoorDraft {
        tags,
        floor,
        occupied,
    })
}

fn group() -> impl Strategy<Value = GroupDraft> {
    use proptest::option::weighted;
    let floor = (1..=3u32, 0..=2u32).prop_map(|(low, more)| (low, low + more));
    let narrowed = (
        weighted(0.4, any::<Pick>()),
        weighted(0.3, any::<Pick>()),
        weighted(0.3, floor),
        weighted(0.5, vec(any::<Pick>(), 1..=3)),
        vec(any::<Pick>(), 0..=2),
    );
    let narrowed = narrowed.prop_map(|(kind, tag, floor, doors, except)| {
        GroupDraft::Narrowed(Narrowed { kind, tag, floor, doors, except })
    });
    prop_oneof![
        2 => Just(GroupDraft::Homes),
        3 => any::<bool>().prop_map(GroupDraft::Occupied),
        5 => narrowed,
    ]
}

fn schedule() -> impl Strategy<Value = ScheduleDraft> {
    let day = || prop_oneof![2 => Just(Vec::new()), 5 => vec(window(), 1..=3)];
    let every_day = day().prop_map(|windows| std::array::from_fn(|_| windows.clone()));
    let work_and_weekend = (day(), day()).prop_map(|(work, weekend)| {
        std::array::from_fn(|day| if day < 5 { work.clone() } else { weekend.clone() })
    });
    let sunday_night = window().prop_map(|_| {
        std::array::from_fn(|day| if day == 6 { vec![Window { from: 1320, to: 360 }] } else { Vec::new() })
    });
    let free = [day(), day(), day(), day(), day(), day(), day()];
    let weekly = prop_oneof![2 => every_day, 3 => work_and_weekend, 1 => sunday_night, 3 => free];
    let holidays = prop_oneof![
        2 => Just(None),
        2 => Just(Some(Vec::new())),
        3 => vec(window(), 1..=2).prop_map(Some),
    ];
    (weekly, holidays)
}

/// Day windows, windows that touch or overlap others, to and from midnight, and overnight.
fn window() -> impl Strategy<Value = Window> {
    let clock = select(vec![0, 1, 90, 120, 150, 360, 480, 599, 600, 720, 1080, 1320, 1439, 1440]);
    (clock.clone(), clock).prop_map(|(from, to)| {
        let from = if from == 1440 { 0 } else { from };
        Window { from, to: if to == from { 1440 } else { to } }
    })
}

fn holidays() -> impl Strategy<Value = Vec<NaiveDate>> {
    let likely =
        ["2026-12-24", "2026-12-25", "2026-12-26", "2026-12-31", "2027-01-01", "2026-11-01", "2027-03-28"];
    let likely = subsequence(likely.map(date).to_vec(), 0..=4);
    (likely, vec(any_day(), 0..=1)).prop_map(|(mut days, more)| {
        days.extend(more);
        days.sort_unstable();
        days.dedup();
        days
    })
}

fn as_of() -> impl Strategy<Value = NaiveDate> {
    prop_oneof![2 => Just(date("2026-01-01")), 2 => likely_day(), 2 => any_day()]
}

/// Around holidays, the days when clocks change, and the ends of years, so that edges fall on each other.
fn likely_day() -> impl Strategy<Value = NaiveDate> {
    let days = [
        "2026-01-01",
        "2026-03-08",
        "2026-03-29",
        "2026-04-05",
        "2026-04-24",
        "2026-10-04",
        "2026-10-25",
        "2026-10-30",
        "2026-11-01",
        "2026-11-02",
        "2026-12-23",
        "2026-12-24",
        "2026-12-25",
        "2026-12-26",
        "2026-12-27",
        "2026-12-31",
        "2027-01-01",
        "2027-03-14",
        "2027-03-28",
        "2027-12-31",
    ];
    select(days.map(date).to_vec())
}

fn any_day() -> impl Strategy<Value = NaiveDate> {
    (0..730i64).prop_map(|offset| date("2026-01-01") + TimeDelta::days(offset))
}

/// Minutes that exist on every day of every zone above, as the language does not say what a skipped one would mean.
fn moment() -> impl Strategy<Value = NaiveDateTime> {
    let minute = select(vec![0, 90, 360, 599, 600, 1080, 1320, 1439]);
    (prop_oneof![likely_day(), any_day()], minute)
        .prop_map(|(day, minute)| midnight(day) + TimeDelta::minutes(minute))
}

fn edge() -> impl Strategy<Value = Edge> {
    prop_oneof![
        3 => likely_day().prop_map(Edge::Day),
        2 => any_day().prop_map(Edge::Day),
        2 => moment().prop_map(Edge::Moment),
    ]
}

/// At least a minute long: an end before its start is an error.
fn dates(likely: f64) -> impl Strategy<Value = (Option<Edge>, Option<Edge>)> {
    use proptest::option::weighted;
    (weighted(likely, edge()), weighted(likely, edge()))
        .prop_map(|(from, until)| match (from, until) {
            (Some(one), Some(other)) if other.as_end() <= one.as_start() => (Some(other), Some(one)),
            dates => dates,
        })
        .prop_map(|(from, until)| match (from, until) {
            // Two edges may be the same moment whichever comes first.
            (Some(start), Some(end)) if end.as_end() <= start.as_start() => (from, None),
            dates => dates,
        })
}

fn key() -> impl Strategy<Value = KeyDraft> {
    let flavour =
        prop_oneof![5 => Just(Flavour::Plain), 3 => Just(Flavour::Each), 2 => Just(Flavour::Elevator)];
    (flavour, any::<Pick>(), any::<Option<bool>>(), vec(line(), 1..=4))
        .prop_map(|(flavour, group, share, lines)| KeyDraft { flavour, group, share, lines })
}

fn line() -> impl Strategy<Value = LineDraft> {
    let schedule = proptest::option::weighted(0.7, any::<Pick>());
    (any::<Pick>(), schedule, proptest::bool::weighted(0.7))
        .prop_map(|(doors, schedule, doorcode)| LineDraft { doors, schedule, doorcode })
}

fn person() -> impl Strategy<Value = PersonDraft> {
    let teams = subsequence(vec!["residents", "staff", "off"], 0..=3);
    (proptest::option::weighted(0.6, any::<Pick>()), teams, dates(0.3))
        .prop_map(|(unit, teams, dates)| PersonDraft { unit, teams, dates })
}

fn assignment() -> impl Strategy<Value = AssignmentDraft> {
    let outright = proptest::option::weighted(0.3, any::<Pick>());
    (vec(any::<Pick>(), 1..=2), vec((any::<Pick>(), outright), 1..=3), any::<Option<bool>>(), dates(0.5))
        .prop_map(|(to, keys, share, dates)| AssignmentDraft { to, keys, share, dates })
}
