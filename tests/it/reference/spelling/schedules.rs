//! The spellings of a week: single days, lists, ranges and their names; windows alone, in lists, in pieces.

use super::super::dice::Dice;
use super::super::expand::DAYS;
use super::super::property::{Schedule, Window};
use super::super::yaml::Node;

pub(super) fn schedule(schedule: &Schedule, dice: &mut Dice) -> Node {
    let mut lines = Vec::new();
    let mut rest: Vec<usize> = (0..7).collect();
    while let Some(first) = rest.first().copied() {
        let (alike, others) = rest.iter().partition(|day| schedule.weekly[**day] == schedule.weekly[first]);
        rest = others;
        let windows = &schedule.weekly[first];
        // A day that is not mentioned is closed.
        if !windows.is_empty() || dice.coin() {
            for days in name_days(alike, dice) {
                lines.push((days, spell_windows(windows, dice)));
            }
        }
    }
    if let Some(windows) = &schedule.holidays {
        lines.push(("holidays".into(), spell_windows(windows, dice)));
    }
    Node::Map(lines)
}

/// Names for all of the days, which are in order, each in exactly one of them.
fn name_days(days: Vec<usize>, dice: &mut Dice) -> Vec<String> {
    let single = |days: &[usize]| days.iter().map(|day| DAYS[*day].to_owned()).collect::<Vec<_>>();
    let mut ways = vec![single(&days), vec![single(&days).join(", ")]];
    match days.as_slice() {
        [0, 1, 2, 3, 4, 5, 6] => {
            ways.extend([vec!["daily".into()], vec!["weekdays".into(), "weekends".into()]])
        }
        [0, 1, 2, 3, 4] => ways.push(vec!["weekdays".into()]),
        [5, 6] => ways.push(vec!["weekends".into()]),
        _ => {}
    }
    // A range may go round the end of the week: it starts at a day whose yesterday is not one of them.
    let starts: Vec<usize> = days.iter().copied().filter(|day| !days.contains(&((day + 6) % 7))).collect();
    let start = if days.len() == 7 {
        Some(dice.below(7))
    } else if let [one] = starts[..] {
        Some(one)
    } else {
        None
    };
    if let Some(start) = start.filter(|_| days.len() > 1) {
        ways.extend(std::iter::repeat_n(
            vec![format!("{}-{}", DAYS[start], DAYS[(start + days.len() - 1) % 7])],
            2,
        ));
    }
    dice.pick(&ways).clone()
}

fn spell_windows(windows: &[Window], dice: &mut Dice) -> Node {
    let mut pieces = Vec::new();
    for window in windows {
        // Windows of one day add up, so one may be written as two that touch.
        if window.to > window.from + 60 && dice.one_in(8) {
            let middle = window.from + 30;
            pieces.extend([Window { to: middle, ..*window }, Window { from: middle, ..*window }]);
        } else {
            pieces.push(*window);
        }
    }
    match pieces.as_slice() {
        [] => Node::text("closed"),
        [one] if dice.coin() => Node::text(spell_window(*one)),
        pieces => Node::List(pieces.iter().map(|window| Node::text(spell_window(*window))).collect()),
    }
}

fn spell_window(window: Window) -> String {
    let clock = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
    format!("{}-{}", clock(window.from), clock(window.to))
}
