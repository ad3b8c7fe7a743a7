//! The files.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::assigned::Assigned;
use super::keys::Key;
use super::{Holdings, Lock, Parts, names};
use crate::locks::wire::time;
use crate::model::DoorKind;
use crate::syntax::written::{date, scalar, wrapped};
use crate::time::{Interval, Window};

/// The files of a property.
pub(super) fn files(holdings: &Holdings, parts: &Parts, assigned: &Assigned) -> Vec<(&'static str, String)> {
    let writer = Writer { holdings, parts, assigned, groups: groups(holdings, parts) };
    vec![
        ("property.yaml", writer.property()),
        ("doors.yaml", writer.doors()),
        ("keys.yaml", writer.keys()),
        ("people.yaml", writer.people()),
    ]
}

struct Writer<'h> {
    holdings: &'h Holdings,
    parts: &'h Parts,
    assigned: &'h Assigned,
    groups: Vec<Group>,
}

/// All doors of a kind.
struct Group {
    name: String,
    kind: DoorKind,
    doors: BTreeSet<u32>,
}

/// Kinds of which some key holds every door.
fn groups(holdings: &Holdings, parts: &Parts) -> Vec<Group> {
    let mut groups: BTreeMap<DoorKind, BTreeSet<u32>> = BTreeMap::new();
    for (number, door) in holdings.doors.iter().enumerate() {
        if let Some(kind) = door.kind {
            groups.entry(kind).or_default().insert(number as u32);
        }
    }
    let ids: BTreeSet<String> = holdings.doors.iter().map(|door| door.id.clone()).collect();
    let is_used = |kind: DoorKind, doors: &BTreeSet<u32>| {
        parts.keys.iter().any(|key| match key.each {
            true => kind == DoorKind::Residence,
            false => doors.len() > 1 && doors.is_subset(&on(parts, key)),
        })
    };
    groups.retain(|kind, doors| is_used(*kind, doors));
    // Doors and groups share their names.
    let named = |(kind, doors)| Group { name: names::free(names::group(kind), &ids), kind, doors };
    groups.into_iter().map(named).collect()
}

/// The doors on a key.
fn on(parts: &Parts, key: &Key) -> BTreeSet<u32> {
    key.openings.iter().map(|opening| parts.openings[*opening as usize].door).collect()
}

impl Writer<'_> {
    fn property(&self) -> String {
        let Holdings { id, timezone, holidays, .. } = self.holdings;
        let mut text = format!("keyplan: 1\n\nproperty:\n  id: {}\n", scalar(id));
        let _ = writeln!(text, "  timezone: {}", timezone.name());
        if !holidays.is_empty() && !self.parts.schedules.is_empty() {
            text.push_str("\nholidays:\n");
            holidays.iter().for_each(|day| text.push_str(&format!("  {day}:\n")));
        }
        if !self.parts.schedules.is_empty() {
            text.push_str("\nschedules:\n");
        }
        for (schedule, name) in self.parts.schedules.iter().zip(&self.parts.schedule_names) {
            let _ = writeln!(text, "  {name}:");
            let runs = names::alike(schedule);
            for (days, windows) in &runs {
                let _ = writeln!(text, "    {}: {}", names::days_name(*days), hours(windows));
            }
            if let Some(windows) = &schedule.holidays {
                let _ = writeln!(text, "    holidays: {}", hours(windows));
            }
        }
        text
    }

    /// What the locks can hold; nothing where none is known.
    fn models(&self) -> String {
        let known = self.holdings.doors.iter().filter_map(|door| door.lock.as_ref());
        let models: BTreeMap<String, &Lock> = known.map(|lock| (lock.model(), lock)).collect();
        let mut text = if models.is_empty() { String::new() } else { "lock-models:\n".to_owned() };
        for (model, Lock { family, holders, weekly, dated, .. }) in &models {
            let most = holders.map(|most| format!(", holders: {most}, doorcodes: {{ capacity: {most} }}"));
            let counts = [("per-holder", weekly), ("dated", dated)];
            let counts =
                counts.iter().filter_map(|(name, count)| count.map(|count| format!("{name}: {count}")));
            let counts: Vec<String> = counts.collect();
            let slots = match counts.is_empty() {
                true => String::new(),
                false => format!(", schedules: {{ {} }}", counts.join(", ")),
            };
            let _ = writeln!(text, "  {model}: {{ family: {family}{}{slots} }}", most.unwrap_or_default());
        }
        if !models.is_empty() {
            text.push('\n');
        }
        text
    }

    fn doors(&self) -> String {
        let mut text = self.models();
        text.push_str("doors:\n");
        for door in &self.holdings.doors {
            let mut fields = Vec::new();
            fields.extend(door.name.iter().map(|name| format!("name: {}", scalar(name))));
            fields.push(format!("kind: {}", door.kind.unwrap_or(DoorKind::Other).name()));
            fields.extend(door.lock.iter().map(|lock| {
                let Lock { provider, id, .. } = lock;
                format!("lock: {{ model: {}, provider: {provider}, id: {} }}", lock.model(), scalar(id))
            }));
            let _ = writeln!(text, "  {}: {{ {} }}", scalar(&door.id), fields.join(", "));
        }
        if !self.groups.is_empty() {
            text.push_str("\ngroups:\n");
        }
        for group in &self.groups {
            let _ = writeln!(text, "  {}: {{ kind: {} }}", group.name, group.kind.name());
        }
        text
    }

    fn keys(&self) -> String {
        let mut text = if self.parts.keys.is_empty() { String::new() } else { "keys:\n".to_owned() };
        for key in &self.parts.keys {
            let mut fields = Vec::new();
            if key.each {
                let homes = self.groups.iter().find(|group| group.kind == DoorKind::Residence);
                fields.extend(homes.map(|homes| format!("each: {}", homes.name)));
            }
            let first = self.parts.openings[key.openings[0] as usize];
            let kind = self.holdings.doors[first.door as usize].kind;
            if kind == Some(DoorKind::Elevator) {
                fields.push("type: elevator".to_owned());
            }
            if key.share {
                fields.push("share: true".to_owned());
            }
            let lines = self.lines(key);
            if lines.iter().all(|(_, settings)| settings.is_empty()) {
                let names: Vec<&str> = lines.iter().map(|(name, _)| name.as_str()).collect();
                fields.push(format!("doors: [{}]", names.join(", ")));
                let line = format!("  {}: {{ {} }}", scalar(&key.name), fields.join(", "));
                let _ = writeln!(text, "{}", wrapped(&line, 4));
                continue;
            }
            let _ = writeln!(text, "  {}:", scalar(&key.name));
            fields.iter().for_each(|field| text.push_str(&format!("    {field}\n")));
            text.push_str("    doors:\n");
            for (name, settings) in lines {
                let settings = if settings.is_empty() { "doorcode: true" } else { &settings };
                let _ = writeln!(text, "      {name}: {{ {settings} }}");
            }
        }
        text
    }

    /// What is on a key, and how: groups of which every door is on it, in the way most of them are; then doors.
    fn lines(&self, key: &Key) -> Vec<(String, String)> {
        let mut ways: BTreeMap<u32, (Option<u32>, bool)> = BTreeMap::new();
        for opening in &key.openings {
            let one = self.parts.openings[*opening as usize];
            ways.insert(one.door, (one.schedule, one.doorcode));
        }
        let settings = |(schedule, doorcode): (Option<u32>, bool)| {
            let schedule =
                schedule.map(|one| format!("schedule: {}", self.parts.schedule_names[one as usize]));
            let code = (!doorcode).then(|| "doorcode: false".to_owned());
            schedule.into_iter().chain(code).collect::<Vec<_>>().join(", ")
        };
        if key.each {
            let way = ways.values().next().copied().unwrap_or((None, true));
            return vec![("$door".to_owned(), settings(way))];
        }
        let mut lines = Vec::new();
        for group in self.groups.iter().filter(|group| group.doors.len() > 1) {
            let of_group: Vec<_> = group.doors.iter().filter_map(|door| ways.get(door).copied()).collect();
            let most = of_group.iter().max_by_key(|way| of_group.iter().filter(|other| other == way).count());
            let Some(most) = most.copied().filter(|_| of_group.len() == group.doors.len()) else { continue };
            ways.retain(|door, way| !group.doors.contains(door) || *way != most);
            lines.push((group.name.clone(), settings(most)));
        }
        let id = |door: u32| scalar(&self.holdings.doors[door as usize].id);
        lines.extend(ways.into_iter().map(|(door, way)| (id(door), settings(way))));
        lines
    }

    fn people(&self) -> String {
        let Assigned { units, teams, dates, assignments } = self.assigned;
        let mut text = if self.holdings.people.is_empty() { String::new() } else { "people:\n".to_owned() };
        for (number, person) in self.holdings.people.iter().enumerate() {
            let mut fields: Vec<String> = Vec::new();
            fields.extend(person.name.iter().map(|name| format!("name: {}", scalar(name))));
            fields.extend(
                units[number].map(|door| format!("unit: {}", scalar(&self.holdings.doors[door as usize].id))),
            );
            fields.extend(teams[number].iter().map(|team| format!("teams: [{}]", scalar(team))));
            fields.extend(bounds(dates[number]));
            let line = match fields.is_empty() {
                true => format!("  {}: {{}}", scalar(&person.id)),
                false => format!("  {}: {{ {} }}", scalar(&person.id), fields.join(", ")),
            };
            let _ = writeln!(text, "{line}");
        }
        if !assignments.is_empty() {
            text.push_str("\nassignments:\n");
        }
        for assignment in assignments {
            let list = |names: &[String]| match names {
                [one] => scalar(one),
                many => format!("[{}]", many.iter().map(|one| scalar(one)).collect::<Vec<_>>().join(", ")),
            };
            let keys = assignment.keys.iter().map(|one| scalar(one)).collect::<Vec<_>>().join(", ");
            let mut fields = vec![format!("to: {}", list(&assignment.to)), format!("keys: [{keys}]")];
            fields.extend(assignment.share.map(|share| format!("share: {share}")));
            fields.extend(bounds(assignment.dates));
            let line = format!("  - {{ {} }}", fields.join(", "));
            let _ = writeln!(text, "{}", wrapped(&line, 6));
        }
        text
    }
}

/// `from:` and `until:`.
fn bounds(dates: Interval) -> Vec<String> {
    let from = dates.from().map(|from| format!("from: {}", date(from, false)));
    let until = dates.until().map(|until| format!("until: {}", date(until, true)));
    from.into_iter().chain(until).collect()
}

/// The windows of a day.
fn hours(windows: &[Window]) -> String {
    let one = |window: &Window| format!("{}-{}", time(window.from), time(window.to));
    match windows {
        [] => "closed".to_owned(),
        [single] => one(single),
        many => format!("[{}]", many.iter().map(one).collect::<Vec<_>>().join(", ")),
    }
}
