//! Changes to a property after which everybody can do exactly what they could before.

use chrono::{NaiveDateTime, TimeDelta};

use super::dice::Dice;
use super::evaluate::covers;
use super::example::date;
use super::property::{Assignment, Edge, Key, Line, Property, Schedule, midnight};

/// Two properties that mean the same, and what was done to the first.
pub(crate) struct Rewrite {
    pub(crate) what: &'static str,
    pub(crate) before: Property,
    pub(crate) after: Property,
}

/// Those rewrites for which the property has something to rewrite.
pub(crate) fn rewrites(property: &Property, dice: &mut Dice) -> Vec<Rewrite> {
    let mut rewrites =
        vec![Rewrite { what: "reorder", before: property.clone(), after: reordered(property, dice) }];
    let mut add = |what, after: Option<Property>| {
        rewrites.extend(after.map(|after| Rewrite { what, before: property.clone(), after }));
    };
    add("rename a key", rename_key(property, dice));
    add("split a key by its doors", split_key_by_doors(property, dice));
    add("split a key by its days", split_key_by_days(property, dice));
    add("add an assignment that others contain", add_contained(property, dice));
    add("split an assignment at a date", split_assignment(property, dice));
    if let Some((before, after)) = merge_keys(property) {
        rewrites.push(Rewrite { what: "merge two keys", before, after });
    }
    rewrites
}

fn reordered(property: &Property, dice: &mut Dice) -> Property {
    let mut after = property.clone();
    dice.shuffle(&mut after.doors);
    dice.shuffle(&mut after.groups);
    dice.shuffle(&mut after.holidays);
    dice.shuffle(&mut after.schedules);
    dice.shuffle(&mut after.keys);
    dice.shuffle(&mut after.people);
    dice.shuffle(&mut after.assignments);
    after.keys.iter_mut().for_each(|key| dice.shuffle(&mut key.lines));
    for assignment in &mut after.assignments {
        dice.shuffle(&mut assignment.to);
        dice.shuffle(&mut assignment.keys);
    }
    after
        .schedules
        .iter_mut()
        .flat_map(|schedule| &mut schedule.weekly)
        .for_each(|windows| dice.shuffle(windows));
    after
}

fn rename_key(property: &Property, dice: &mut Dice) -> Option<Property> {
    let old = some_key(property, dice, |_| true)?.id.clone();
    let mut after = property.clone();
    // Sorts before or after all others.
    let new = if dice.coin() { "a-key" } else { "z-key" };
    after.keys.iter_mut().filter(|key| key.id == old).for_each(|key| key.id = new.into());
    for reference in after.assignments.iter_mut().flat_map(|assignment| &mut assignment.keys) {
        if *reference == old {
            *reference = new.into();
        } else if let Some((_, door)) = reference.split_once('/').filter(|(key, _)| *key == old) {
            *reference = format!("{new}/{door}");
        }
    }
    Some(after)
}

fn some_key<'p>(property: &'p Property, dice: &mut Dice, wanted: impl Fn(&Key) -> bool) -> Option<&'p Key> {
    let keys: Vec<&Key> = property.keys.iter().filter(|key| wanted(key)).collect();
    if keys.is_empty() { None } else { Some(keys[dice.below(keys.len())]) }
}

/// Whoever had the key has the two others instead.
fn replace_key(property: &Property, old: &str, new: [Key; 2]) -> Property {
    let mut after = property.clone();
    for keys in after.assignments.iter_mut().map(|assignment| &mut assignment.keys) {
        if keys.iter().any(|key| key == old) {
            keys.retain(|key| key != old);
            keys.extend(new.iter().map(|key| key.id.clone()));
        }
    }
    after.keys.retain(|key| key.id != old);
    after.keys.extend(new);
    after
}

fn split_key_by_doors(property: &Property, dice: &mut Dice) -> Option<Property> {
    let key = some_key(property, dice, |key| key.each.is_none() && door_lines(property, key).len() > 1)?;
    let mut lines = door_lines(property, key);
    dice.shuffle(&mut lines);
    let second = lines.split_off(1 + dice.below(lines.len() - 1));
    let half = |id: &str, lines: Vec<Line>| Key { id: id.into(), lines, ..key.clone() };
    Some(replace_key(property, &key.id, [half("half-a", lines), half("half-b", second)]))
}

/// The key's line for each of its doors.
fn door_lines(property: &Property, key: &Key) -> Vec<Line> {
    let line_of = |door: &str| {
        let own = key.lines.iter().find(|line| line.doors == door);
        own.or_else(|| key.lines.iter().find(|line| covers(property, &line.doors, door)))
    };
    let line = |door: &str| line_of(door).map(|line| Line { doors: door.to_owned(), ..line.clone() });
    property.doors.iter().filter_map(|door| line(&door.id)).collect()
}

/// One key for the first days of the week, one for the others; both for holidays.
fn split_key_by_days(property: &Property, dice: &mut Dice) -> Option<Property> {
    let id = property.schedules.first()?.id.clone();
    let key = some_key(property, dice, |key| {
        key.each.is_none() && key.lines.iter().any(|line| line.schedule == id)
    })?;
    let at = 1 + dice.below(6);
    let schedule = &property.schedules[0];
    let part = |id: &str, wanted: &dyn Fn(usize) -> bool| Schedule {
        id: id.into(),
        weekly: std::array::from_fn(
            |day| {
                if wanted(day) { schedule.weekly[day].clone() } else { Vec::new() }
            },
        ),
        holidays: schedule.holidays.clone(),
    };
    let parts = [part("first-days", &|day| day < at), part("other-days", &|day| day >= at)];
    if parts.iter().any(|part| part.weekly.iter().all(Vec::is_empty)) {
        return None;
    }
    let half = |key_id: &str, schedule: &str| {
        let mut half = Key { id: key_id.into(), ..key.clone() };
        let lines = half.lines.iter_mut().filter(|line| line.schedule == id);
        lines.for_each(|line| line.schedule = schedule.into());
        half
    };
    let halves = [half("half-a", "first-days"), half("half-b", "other-days")];
    let mut after = replace_key(property, &key.id, halves);
    after.schedules.extend(parts);
    Some(after)
}

/// A part of an assignment once more: of its people, keys and dates, and never shared further.
fn add_contained(property: &Property, dice: &mut Dice) -> Option<Property> {
    if property.assignments.is_empty() {
        return None;
    }
    let whole = dice.pick(&property.assignments);
    let latest_start = midnight(date("2026-02-01") + TimeDelta::days(dice.below(400) as i64));
    let start = whole.from.map_or(latest_start, |from| from.as_start().max(latest_start));
    let earliest_end = latest_start + TimeDelta::minutes(dice.below(200_000) as i64);
    let end = whole.until.map_or(earliest_end, |until| until.as_end().min(earliest_end));
    let mut after = property.clone();
    after.assignments.push(Assignment {
        to: vec![dice.pick(&whole.to).clone()],
        keys: vec![dice.pick(&whole.keys).clone()],
        share: if dice.coin() { Some(false) } else { whole.share },
        from: Some(Edge::Moment(start)),
        until: Some(Edge::Moment(end)),
    });
    (start < end).then_some(after)
}

/// The same people and keys until a date and from it on.
fn split_assignment(property: &Property, dice: &mut Dice) -> Option<Property> {
    if property.assignments.is_empty() {
        return None;
    }
    let number = dice.below(property.assignments.len());
    let whole = property.assignments[number].clone();
    let day = date("2026-01-02") + TimeDelta::days(dice.below(700) as i64);
    let inside = |at: NaiveDateTime| {
        whole.from.is_none_or(|from| from.as_start() < at)
            && whole.until.is_none_or(|until| at < until.as_end())
    };
    if !inside(midnight(day)) {
        return None;
    }
    let mut after = property.clone();
    after.assignments[number].until = Some(Edge::Day(day.pred_opt().unwrap()));
    after.assignments.push(Assignment { from: Some(Edge::Day(day)), ..whole });
    Some(after)
}

/// Two keys without a door in common, given to the same people, and the one key with the lines of both.
fn merge_keys(property: &Property) -> Option<(Property, Property)> {
    let plain: Vec<&Key> = property.keys.iter().filter(|key| key.each.is_none()).collect();
    let has_line = |key: &Key, door: &str| key.lines.iter().any(|line| covers(property, &line.doors, door));
    let apart = |first: &Key, second: &Key| {
        let in_common =
            property.doors.iter().any(|door| has_line(first, &door.id) && has_line(second, &door.id));
        !in_common && first.elevator == second.elevator
    };
    let mut pairs = (1..plain.len()).flat_map(|at| (0..at).map(move |other| (at, other)));
    let (first, second) = pairs.find(|(first, second)| apart(plain[*first], plain[*second]))?;
    let (first, second) = (plain[first], plain[second]);
    let mut before = property.clone();
    before.keys.iter_mut().filter(|key| key.id == second.id).for_each(|key| key.share = first.share);
    let mut after = before.clone();
    after.keys.retain(|key| key.id != second.id);
    let merged = after.keys.iter_mut().find(|key| key.id == first.id).unwrap();
    merged.lines.extend(second.lines.iter().cloned());
    for (before, after) in before.assignments.iter_mut().zip(&mut after.assignments) {
        if before.keys.contains(&first.id) || before.keys.contains(&second.id) {
            before.keys.retain(|key| *key != first.id && *key != second.id);
            after.keys.clone_from(&before.keys);
            before.keys.extend([first.id.clone(), second.id.clone()]);
            after.keys.push(first.id.clone());
        }
    }
    Some((before, after))
}
