//! Changes to a property that may change what people can do, as pull requests make them.

use chrono::TimeDelta;

use super::dice::Dice;
use super::example::date;
use super::property::{Edge, Property, Window};

/// A property after one to three random edits. It may have become invalid, as edits do.
pub(crate) fn edited(property: &Property, dice: &mut Dice) -> Property {
    let mut after = property.clone();
    for _ in 0..=dice.below(3) {
        edit(&mut after, dice);
    }
    after
}

fn edit(property: &mut Property, dice: &mut Dice) {
    if property.assignments.is_empty() || property.keys.iter().any(|key| key.lines.is_empty()) {
        // There is too little to edit.
        return;
    }
    match dice.below(14) {
        0 => hours(property, dice),
        1 => {
            let line = some_line(property, dice);
            property.keys[line.0].lines[line.1].doorcode ^= true;
        }
        2 => {
            let (key, line) = some_line(property, dice);
            let schedules: Vec<String> = property.schedules.iter().map(|s| s.id.clone()).collect();
            let schedule = if schedules.is_empty() { "always".into() } else { dice.pick(&schedules).clone() };
            property.keys[key].lines[line].schedule = schedule;
        }
        3 => {
            let (key, line) = some_line(property, dice);
            if property.keys[key].lines.len() > 1 {
                property.keys[key].lines.remove(line);
            }
        }
        4 => {
            let at = dice.below(property.people.len());
            property.people[at].until = Some(Edge::Day(some_day(dice)));
            property.people[at].from = None;
        }
        5 => {
            let at = dice.below(property.people.len());
            let named = |team: &String| property.assignments.iter().any(|a| a.to.contains(team));
            // A team that an assignment names must not become nobody's.
            if property.people[at].teams.last().is_some_and(|team| !named(team)) || property.people.len() > 1
            {
                property.people[at].teams.pop();
            }
        }
        6 => {
            let at = dice.below(property.people.len());
            let teams = ["residents", "staff", "off"].map(str::to_owned);
            let team = dice.pick(&teams).clone();
            // A key for each home cannot be given to somebody without one.
            if !property.people[at].teams.contains(&team) && property.people[at].unit.is_some() {
                property.people[at].teams.push(team);
            }
        }
        7 => {
            // Somebody moves.
            let homes: Vec<String> = property
                .doors
                .iter()
                .filter(|door| door.kind == "residence")
                .map(|door| door.id.clone())
                .collect();
            let at = dice.below(property.people.len());
            if property.people[at].unit.is_some() && !homes.is_empty() && dice.coin() {
                property.people[at].unit = Some(dice.pick(&homes).clone());
            }
        }
        8 => {
            let at = dice.below(property.assignments.len());
            property.assignments[at].share = Some(dice.coin());
        }
        9 => {
            let at = dice.below(property.assignments.len());
            property.assignments[at].from = Some(Edge::Day(some_day(dice)));
            property.assignments[at].until = None;
        }
        10 if property.assignments.len() > 1 => {
            let at = dice.below(property.assignments.len());
            property.assignments.remove(at);
        }
        11 => property.holidays = vec![some_day(dice)],
        12 if property.people.len() > 1 => {
            // Somebody whom nothing names may go.
            let at = dice.below(property.people.len());
            let person = &property.people[at];
            let is_named = |reference: &String| *reference == person.id || person.teams.contains(reference);
            if !property.assignments.iter().any(|assignment| assignment.to.iter().any(is_named)) {
                property.people.remove(at);
            }
        }
        _ => {
            let at = dice.below(property.assignments.len());
            let mut again = property.assignments[at].clone();
            let people: Vec<String> = property.people.iter().map(|person| person.id.clone()).collect();
            again.to = vec![dice.pick(&people).clone()];
            let is_each = |key: &String| property.keys.iter().any(|one| one.id == *key && one.each.is_some());
            again.keys.retain(|key| !is_each(key));
            if !again.keys.is_empty() {
                property.assignments.push(again);
            }
        }
    }
}

fn hours(property: &mut Property, dice: &mut Dice) {
    if property.schedules.is_empty() {
        return;
    }
    let at = dice.below(property.schedules.len());
    let day = dice.below(7);
    let from = 60 * dice.below(12) as u32;
    let schedule = &mut property.schedules[at];
    schedule.weekly[day] = vec![Window { from, to: from + 60 * (1 + dice.below(12) as u32) }];
    if dice.one_in(3) {
        schedule.holidays = if dice.coin() { None } else { Some(Vec::new()) };
    }
}

fn some_line(property: &Property, dice: &mut Dice) -> (usize, usize) {
    let key = dice.below(property.keys.len());
    (key, dice.below(property.keys[key].lines.len()))
}

fn some_day(dice: &mut Dice) -> chrono::NaiveDate {
    date("2026-06-01") + TimeDelta::days(dice.below(400) as i64)
}
