//! Doctor: what every lock tells of itself, against its model and what the property wants of it.

use crate::access::TimesId;
use crate::locks::{Family, Limits, is_at_least, lower};
use crate::model::{Door, Property};
use crate::plan::{Entry, Recorded};
use crate::provider::{EMBEDDED, Health, LockName, ProviderError, Providers, at_once};
use crate::tables::{LockTable, Tables};
use crate::time::Segment;

/// A clock that is off by more seconds than this is told: hours begin and end by it.
const CLOCK: u64 = 120;

/// What was found at one lock.
pub struct Examined<'p> {
    /// The id of its door.
    pub door: &'p str,
    /// The provider that holds it.
    pub provider: &'p str,
    /// How the provider calls it.
    pub address: &'p str,
    /// How many entries the property wants in it.
    pub needed: u32,
    /// What it tells of itself, or why it was not reached.
    pub health: Result<Health, ProviderError>,
    /// What to do, in words; nothing where all is well.
    pub advice: Vec<String>,
}

/// What the property wants of a lock.
#[derive(Clone, Copy, Debug, Default)]
struct Wants {
    entries: u32,
    /// The most windows of the week that one entry has, as the lock counts them.
    windows: u32,
    /// Entries that have hours.
    with_hours: u32,
    /// The most windows of dates that one entry has.
    dated: u32,
    /// So many entries are recorded to be in it.
    recorded: u32,
}

/// Examines the locks of all doors that somebody opens or that have a lock of their own, many at a time; in the order of the
/// tables. `recorded` is what was last applied to each.
#[must_use]
pub fn examine<'p>(
    property: &'p Property,
    tables: &Tables,
    providers: &Providers,
    recorded: &Recorded,
) -> Vec<Examined<'p>> {
    let locks: Vec<LockTable<'_>> = tables
        .locks()
        .filter(|table| !table.credentials.is_empty() || property.doors[table.door.index()].lock_id.is_some())
        .collect();
    let doors = locks.iter().map(|table| &property.doors[table.door.index()]);
    let bound =
        doors.filter_map(|door| providers.get(provider_of(property, door))).map(|one| one.parallel()).max();
    at_once(locks.len(), bound.unwrap_or(1), |at| {
        examine_one(property, tables, &locks[at], providers, recorded)
    })
}

/// Providers that no lock of a property is behind and that cannot be reached: why not, by their ids.
#[must_use]
pub fn unreached(examined: &[Examined<'_>], providers: &Providers) -> Vec<(String, ProviderError)> {
    let others = providers.each().filter(|(id, _)| examined.iter().all(|one| one.provider != *id));
    others.filter_map(|(id, provider)| Some((id.to_owned(), provider.reach().err()?))).collect()
}

fn provider_of<'p>(property: &'p Property, door: &Door) -> &'p str {
    door.provider.map_or(EMBEDDED, |provider| property.text(provider))
}

fn examine_one<'p>(
    property: &'p Property,
    tables: &Tables,
    table: &LockTable<'_>,
    providers: &Providers,
    recorded: &Recorded,
) -> Examined<'p> {
    let door = &property.doors[table.door.index()];
    let id = property.text(door.id);
    let provider = provider_of(property, door);
    let address = door.lock_id.map_or(id, |id| property.text(id));
    let limits = Limits::of(property, door);
    let here = recorded.locks.iter().find(|lock| lock.key() == (id, provider, address));
    // What is over a lock may have forgotten by itself.
    let is_ahead = |entry: &&Entry| {
        let program = recorded.programs[entry.held.program as usize].from_day(property.as_of);
        !program.is_over(property.as_of.next().start())
    };
    let count = here.map_or(0, |lock| lock.entries.iter().filter(is_ahead).count());
    let wants = Wants { recorded: count as u32, ..wants(property, tables, table, &limits) };
    let name =
        LockName { property: property.text(property.id), door: id, address, timezone: property.timezone };
    let health = providers
        .get(provider)
        .ok_or_else(|| ProviderError::Refused(format!("there is no provider `{provider}` in the settings")))
        .and_then(|provider| provider.health(name));
    let mut advice = health.as_ref().map_or_else(|_| Vec::new(), |health| advice(&limits, health, wants));
    advice.extend(about_firmware(property, door));
    Examined { door: id, provider, address, needed: wants.entries, health, advice }
}

fn wants(property: &Property, tables: &Tables, table: &LockTable<'_>, limits: &Limits) -> Wants {
    let mut wants = Wants::default();
    for cells in table.credentials.chunk_by(|one, other| one.person == other.person) {
        let mut times: [Option<TimesId>; 3] = [None; 3];
        cells.iter().for_each(|cell| times[cell.capability() as usize] = Some(cell.times()));
        let lowered = lower(tables, times, limits, property.as_of);
        wants.entries += lowered.entries.len() as u32;
        for program in &lowered.programs {
            let windows = program.0.iter().map(|one| crate::locks::slots::weekly(&one.weekly, limits).len());
            let windows = windows.max().unwrap_or(0) as u32;
            wants.windows = wants.windows.max(windows);
            wants.with_hours += u32::from(windows > 0);
            let has_dates = |segment: &&Segment| segment.from.is_some() || segment.until.is_some();
            wants.dated = wants.dated.max(program.0.iter().filter(has_dates).count() as u32);
        }
    }
    wants
}

/// What to do about a door whose model keeps hours from some firmware on, and whose lock has an older one, or nobody says which.
fn about_firmware(property: &Property, door: &Door) -> Option<String> {
    let model = door.model.map(|model| &property.models[model.index()])?;
    let since = property.text(model.schedules_since?);
    let firmware = door.firmware.map(|firmware| property.text(firmware));
    match firmware.map(|firmware| (firmware, is_at_least(firmware, since))) {
        Some((_, Some(true))) => None,
        Some((firmware, _)) => Some(format!(
            "its model keeps hours since firmware {since}, and it has {firmware}, so that everybody with hours is left out: bring it up to date, then write the new one"
        )),
        None => Some(format!(
            "its model keeps hours since firmware {since}, and nothing says which it has, so that everybody with hours is left out: write `firmware:` beside its `model:`"
        )),
    }
}

/// What to do about a lock.
fn advice(limits: &Limits, health: &Health, wants: Wants) -> Vec<String> {
    let mut advice = health.troubles.clone();
    if wants.recorded > 0 && health.used == 0 && advice.is_empty() {
        let (entries, are) = if wants.recorded == 1 { ("entry", "is") } else { ("entries", "are") };
        advice.push(format!(
            "it holds nothing, and {} {entries} of ours {are} recorded to be in it: it was reset, or its server has wiped it; `keyplan apply --refresh` puts the same doorcodes back",
            wants.recorded
        ));
    }
    if let Some(off) = health.clock.filter(|off| off.unsigned_abs() > CLOCK) {
        let (way, when) = if off > 0 { ("fast", "too early") } else { ("slow", "too late") };
        advice.push(format!(
            "its clock is {} {way}, so that hours and dates begin and end {when} there: set it, at the lock or where the lock was included",
            span(off.unsigned_abs())
        ));
    }
    if let Some(capacity) = health.capacity {
        if wants.entries > capacity {
            advice.push(format!(
                "{} entries are written for it, and it takes {capacity}: give fewer people this door, or fit a larger lock",
                wants.entries
            ));
        }
        if let Some(holders) = limits.holders.filter(|holders| *holders > capacity) {
            advice.push(format!(
                "its model says that it takes {holders}, and it takes {capacity}: write `holders: {capacity}`"
            ));
        }
    }
    let slots = match limits.family {
        Some(Family::ZwaveDaily) => health.daily_slots,
        _ => health.week_slots,
    };
    advice.extend(slots.and_then(|slots| about_hours(limits, slots, wants)));
    advice.extend(health.date_slots.and_then(|slots| about_dates(limits, slots, wants)));
    advice
}

/// What to do about a lock that keeps so many windows of the week for each entry.
fn about_hours(limits: &Limits, slots: u32, wants: Wants) -> Option<String> {
    let so = format!("write `schedules: {{ per-holder: {slots} }}`");
    let Wants { windows, with_hours, .. } = wants;
    if slots == 0 && with_hours > 0 {
        let who = if with_hours == 1 { "1 entry".to_owned() } else { format!("{with_hours} entries") };
        return Some(format!(
            "it keeps no hours of the week, and {who} would have hours there: newer firmware may know them; or {so}, so that the rules tell whom that concerns"
        ));
    }
    if windows > slots {
        return Some(format!(
            "hours of {windows} windows are written for it, and it keeps {slots}: {so}, so that the rules tell whom that concerns"
        ));
    }
    limits.weekly.filter(|most| *most > slots).map(|most| {
        format!(
            "its model says that it keeps {most} windows of the week for each, and it keeps {slots}: {so}"
        )
    })
}

/// What to do about a lock that keeps so many windows of dates for each entry.
fn about_dates(limits: &Limits, slots: u32, wants: Wants) -> Option<String> {
    let so = format!("write `schedules: {{ dated: {slots} }}`");
    if wants.dated > slots {
        return Some(format!(
            "dates of {} windows are written for it, and it keeps {slots}: {so}, so that plans write those that come next",
            wants.dated
        ));
    }
    limits.dated.filter(|most| *most > slots).map(|most| {
        format!("its model says that it keeps {most} windows of dates for each, and it keeps {slots}: {so}")
    })
}

/// How long some seconds are, in words; what is less than a minute of many is left out.
#[must_use]
pub fn span(seconds: u64) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let count = |number: u64, one: &str| match number {
        1 => format!("1 {one}"),
        number => format!("{number} {one}s"),
    };
    match (minutes, hours) {
        (0..2, _) => count(seconds, "second"),
        (2..120, _) => count(minutes, "minute"),
        (_, 0..48) => count(hours, "hour"),
        _ => count(hours / 24, "day"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_given_where_a_lock_has_less_than_is_promised_and_only_there() {
        let limits = Family::Zwave.limits();
        let fine = Health { capacity: Some(30), used: 12, week_slots: Some(7), ..Health::default() };
        let wants = Wants { entries: 12, windows: 5, with_hours: 3, dated: 1, recorded: 12 };
        assert_eq!(advice(&limits, &fine, wants), Vec::<String>::new());
        let small = Health { capacity: Some(10), ..fine.clone() };
        let told = advice(&limits, &small, wants);
        assert!(told[0].starts_with("12 entries are written for it, and it takes 10"), "{told:?}");
        assert!(told[1].ends_with("write `holders: 10`"), "{told:?}");
        let old = Health { week_slots: Some(1), ..fine.clone() };
        assert!(advice(&limits, &old, wants)[0].contains("5 windows are written for it, and it keeps 1"));
        let unused = Wants { windows: 0, with_hours: 0, ..wants };
        assert!(advice(&limits, &old, unused)[0].contains("its model says that it keeps 7 windows"));
        let none = Health { week_slots: Some(0), ..fine };
        assert!(
            advice(&limits, &none, wants)[0]
                .starts_with("it keeps no hours of the week, and 3 entries would have hours there")
        );
        let fine = Health { date_slots: Some(2), week_slots: Some(7), used: 1, ..Health::default() };
        assert_eq!(advice(&limits, &fine, wants), Vec::<String>::new());
        let wiped = Health { used: 0, ..fine.clone() };
        assert!(advice(&limits, &wiped, wants)[0].starts_with("it holds nothing, and 12 entries of ours"));
        let one = Health { date_slots: Some(1), ..fine.clone() };
        assert_eq!(
            advice(&limits, &one, wants),
            [
                "its model says that it keeps 2 windows of dates for each, and it keeps 1: write `schedules: { dated: 1 }`"
            ]
        );
        let two = Wants { dated: 2, ..wants };
        assert!(
            advice(&limits, &one, two)[0]
                .starts_with("dates of 2 windows are written for it, and it keeps 1")
        );
    }

    #[test]
    fn a_clock_that_is_off_is_told_when_it_matters() {
        let told = |clock: Option<i64>| {
            let health = Health { capacity: Some(30), week_slots: Some(7), clock, ..Health::default() };
            advice(&Family::Zwave.limits(), &health, Wants::default()).join("\n")
        };
        for fine in [None, Some(0), Some(120), Some(-119)] {
            assert_eq!(told(fine), "");
        }
        assert!(told(Some(600)).starts_with("its clock is 10 minutes fast"), "{}", told(Some(600)));
        assert!(told(Some(-3_600)).starts_with("its clock is 60 minutes slow"), "{}", told(Some(-3_600)));
        assert_eq!(
            (span(1), span(90), span(7_200)),
            ("1 second".into(), "90 seconds".into(), "2 hours".into())
        );
        assert_eq!(span(86_400 * 365), "365 days");
    }
}
