//! Weekly hours, as somebody would write them, behind a set of minutes.

use super::schedule::{Schedule, Window};
use super::windows::{DAY, Week, Windows};
use super::{Day, Interval, TimeSet};

/// So many pieces with different weeks are tried as one schedule that holidays interrupt.
const RUN: usize = 64;
/// So many holidays are asked for the hours of all.
const HOLIDAYS: usize = 3;

impl TimeSet {
    /// Schedules, each within some dates, that hold just the minutes of this set together. As few as are found: windows
    /// that run past midnight are one window, and hours on holidays are the holidays of a schedule, where that says
    /// the same.
    #[must_use]
    pub fn schedules(&self, holidays: &[Day]) -> Vec<(Interval, Schedule)> {
        let pieces = self.pieces();
        let mut found = Vec::new();
        let mut start = 0;
        while start < pieces.len() {
            let ends = (start + 1..=pieces.len().min(start + RUN)).rev();
            let whole = ends.into_iter().find_map(|end| {
                let (first, last) = (pieces[start].0, pieces[end - 1].0);
                let dates = Interval::new(first.from(), last.until());
                // The week that most of the days are of.
                let (_, week) = pieces[start..end].iter().max_by_key(|(dates, _)| length(*dates))?;
                Some((end, dates, self.schedule_of(dates, week, holidays)?))
            });
            if let Some((end, dates, schedule)) = whole {
                found.push((dates, schedule));
                start = end;
            } else {
                // Each day that is not as usual for itself.
                let alone = self.clip(pieces[start].0).segments(&[]);
                found.extend(alone.iter().map(|one| (one.interval(), written(&starts(&one.weekly), None))));
                start += 1;
            }
        }
        found
    }

    /// The schedule with a week that says what this set does in some dates.
    fn schedule_of(&self, dates: Interval, week: &Week, holidays: &[Day]) -> Option<Schedule> {
        let wanted = self.clip(dates);
        let holds = |schedule: &Schedule| schedule.times(holidays).clip(dates).same_as(&wanted);
        let (joined, cut) = (starts(week), cut(week));
        let plain = written(&joined, None);
        if holds(&plain) {
            return Some(plain);
        }
        let within = |day: &&Day| !Interval::of_day(**day).intersect(dates).is_empty();
        let asked: Vec<Day> = holidays.iter().filter(within).take(HOLIDAYS).copied().collect();
        let mut on_holidays = vec![Vec::new()];
        for day in asked {
            on_holidays.extend(self.possible(day));
        }
        for weekly in [&joined, &cut] {
            for windows in &on_holidays {
                let schedule = written(weekly, Some(windows.clone()));
                if holds(&schedule) {
                    return Some(schedule);
                }
            }
        }
        None
    }

    /// What may be the windows that begin on a day, the plainest first: without or with the morning, which may be of the
    /// evening before, and without or with the morning after, which may be of the evening.
    fn possible(&self, day: Day) -> Vec<Vec<Window>> {
        let all: Vec<Window> =
            self.on(day).as_slice().iter().map(|(from, to)| Window { from: *from, to: *to }).collect();
        let without_morning = all.iter().filter(|one| one.from > 0).copied().collect();
        let next = self.on(day.next()).as_slice().first().filter(|(from, _)| *from == 0).map(|(_, to)| *to);
        let mut possible: Vec<Vec<Window>> = vec![without_morning, all];
        for windows in possible.clone() {
            if let (Some(to), Some(last)) = (next, windows.last())
                && last.to == DAY
                && to < last.from
            {
                let mut longer = windows.clone();
                longer.last_mut().into_iter().for_each(|last| last.to = to);
                possible.push(longer);
            }
        }
        possible
    }
}

fn length(dates: Interval) -> i64 {
    match (dates.from(), dates.until()) {
        (Some(from), Some(until)) => i64::from(until.0) - i64::from(from.0),
        _ => i64::MAX,
    }
}

fn written(weekly: &[Vec<Window>; 7], holidays: Option<Vec<Window>>) -> Schedule {
    Schedule { weekly: weekly.clone(), holidays }
}

/// The windows of each day, cut at midnight.
fn cut(week: &Week) -> [Vec<Window>; 7] {
    let windows = |open: &Windows| {
        open.as_slice().iter().map(|(from, to)| Window { from: *from, to: *to }).collect::<Vec<_>>()
    };
    std::array::from_fn(|day| windows(&week.day(day)))
}

/// The windows that begin on each day; those that run past midnight for less than a day go on.
fn starts(week: &Week) -> [Vec<Window>; 7] {
    let whole = cut(week);
    let mut windows = whole.clone();
    for day in 0..7 {
        let next = (day + 1) % 7;
        let evening = whole[day].last().filter(|one| one.to == DAY && one.from > 0);
        let morning = whole[next].first().filter(|one| one.from == 0 && one.to < DAY);
        if let (Some(evening), Some(morning)) = (evening, morning)
            && morning.to < evening.from
        {
            windows[day].last_mut().into_iter().for_each(|last| last.to = morning.to);
            windows[next].retain(|one| one.from > 0);
        }
    }
    windows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Minute;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn night() -> Schedule {
        let window = Window { from: 22 * 60, to: 6 * 60 };
        let weekly = std::array::from_fn(|day| if day < 5 { vec![window] } else { Vec::new() });
        Schedule { weekly, holidays: Some(Vec::new()) }
    }

    #[test]
    fn a_schedule_is_found_again() {
        let holidays = [day("2026-12-25"), day("2027-01-01")];
        let until: Option<Minute> = Some(day("2027-06-01").start());
        for (schedule, dates) in [
            (night(), Interval::ALWAYS),
            (night(), Interval::new(Some(day("2026-12-01").start()), until)),
            (
                Schedule { holidays: Some(vec![Window { from: 600, to: 720 }]), ..night() },
                Interval::new(None, until),
            ),
            (Schedule { holidays: None, ..night() }, Interval::ALWAYS),
        ] {
            let set = schedule.times(&holidays).clip(dates);
            assert_eq!(set.schedules(&holidays), [(dates, schedule)]);
        }
    }

    #[test]
    fn whatever_it_is_the_schedules_add_up_to_it() {
        let holidays = [day("2026-12-25"), day("2026-12-26"), day("2027-01-01")];
        let odd = TimeSet::always().clip(Interval::of_day(day("2026-12-26")));
        let late = night()
            .times(&holidays)
            .clip(Interval::new(None, Some(Minute(day("2027-01-01").start().0 + 90))));
        for set in [odd.union(&late), late.difference(&odd), night().times(&holidays[..2]), TimeSet::never()]
        {
            let parts = set.schedules(&holidays);
            let sets: Vec<(TimeSet, Interval)> =
                parts.iter().map(|(dates, one)| (one.times(&holidays), *dates)).collect();
            let all = TimeSet::union_of(&sets.iter().map(|(set, dates)| (set, *dates)).collect::<Vec<_>>());
            assert!(all.same_as(&set), "{parts:?}");
        }
    }
}
