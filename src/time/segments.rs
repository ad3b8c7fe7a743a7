//! A set of minutes as every output shows it: segments of weekly windows, with the holidays that differ.

use super::set::part_of_day;
use super::windows::{Week, Windows};
use super::{Day, Interval, Minute, TimeSet};

/// Weekly windows from one minute to another, and the holidays in it that differ from their weekday.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Segment {
    /// The first minute; `None` without bound.
    pub from: Option<Minute>,
    /// The minute after the last; `None` without bound.
    pub until: Option<Minute>,
    /// The windows of every date that is not listed below.
    pub weekly: Week,
    /// Holidays with other windows than their weekday's, ascending.
    pub holidays: Vec<(Day, Windows)>,
    /// Holidays with none, though their weekday has some, ascending.
    pub holidays_closed: Vec<Day>,
}

impl Segment {
    /// Every minute from one to another.
    #[must_use]
    pub fn every_minute(dates: Interval) -> Self {
        Self {
            from: dates.from(),
            until: dates.until(),
            weekly: Week::always(),
            holidays: Vec::new(),
            holidays_closed: Vec::new(),
        }
    }

    /// Whether it has every minute between its dates.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.weekly.is_always() && self.holidays.is_empty() && self.holidays_closed.is_empty()
    }
}

impl TimeSet {
    /// The minutes of any of some segments, in any order and however they overlap.
    #[must_use]
    pub fn of_segments(segments: &[Segment]) -> Self {
        let sets: Vec<(Self, Interval)> = segments.iter().map(|one| (one.times(), one.interval())).collect();
        Self::union_of(&sets.iter().map(|(set, interval)| (set, *interval)).collect::<Vec<_>>())
    }

    /// The segments of the set, ascending. A date that differs from its weekday and is not one of `holidays` (the
    /// morning after one) is a segment of its own. A segment in which nothing is ever open is left out.
    #[must_use]
    pub fn segments(&self, holidays: &[Day]) -> Vec<Segment> {
        let mut segments = Vec::new();
        for (interval, week) in self.pieces() {
            let mut rest = *interval;
            for (day, open) in self.exceptions() {
                let part = rest.intersect(Interval::of_day(*day));
                if part.is_empty() || holidays.contains(day) || !self.differs(*day, part, week) {
                    continue;
                }
                self.segment(Interval::new(rest.from(), part.from()), week, holidays, &mut segments);
                let alone = Week::of_day(day.weekday(), &open.intersection(&part_of_day(part, *day)));
                self.segment(part, &alone, holidays, &mut segments);
                rest = Interval::new(part.until(), rest.until());
            }
            self.segment(rest, week, holidays, &mut segments);
        }
        segments
    }

    /// Whether a date, within a part of it, has other windows than its weekday.
    fn differs(&self, day: Day, part: Interval, week: &Week) -> bool {
        let part = part_of_day(part, day);
        self.on(day).intersection(&part) != week.day(day.weekday()).intersection(&part)
    }

    fn segment(&self, interval: Interval, week: &Week, holidays: &[Day], segments: &mut Vec<Segment>) {
        if interval.is_empty() {
            return;
        }
        let mut segment = Segment {
            from: interval.from(),
            until: interval.until(),
            weekly: week.clone(),
            holidays: Vec::new(),
            holidays_closed: Vec::new(),
        };
        for (day, open) in self.exceptions().iter().filter(|(day, _)| holidays.contains(day)) {
            let part = part_of_day(interval, *day);
            let open = open.intersection(&part);
            if part.is_empty() || open == week.day(day.weekday()).intersection(&part) {
                continue;
            }
            if open.is_empty() {
                segment.holidays_closed.push(*day);
            } else {
                segment.holidays.push((*day, open));
            }
        }
        if !segment.holidays.is_empty() || segment.opens_weekly() {
            segments.push(segment);
        }
    }
}

impl Segment {
    /// From its first minute to its last.
    #[must_use]
    pub fn interval(&self) -> Interval {
        Interval::new(self.from, self.until)
    }

    /// The minutes in it.
    fn times(&self) -> TimeSet {
        let closed = self.holidays_closed.iter().map(|day| (*day, Windows::default()));
        let mut exceptions: Vec<(Day, Windows)> = self.holidays.iter().cloned().chain(closed).collect();
        exceptions.sort_unstable_by_key(|(day, _)| *day);
        TimeSet::new(vec![(self.interval(), self.weekly.clone())], exceptions)
    }

    /// Whether any date of the segment that is not listed has an open minute.
    fn opens_weekly(&self) -> bool {
        if self.weekly.is_empty() {
            return false;
        }
        let interval = Interval::new(self.from, self.until);
        let (Some(from), Some(until)) = (self.from, self.until) else { return true };
        let listed = self.holidays_closed.len();
        let mut day = from.day();
        // After a week for each listed date and one more, every weekday has come.
        let last = until.0.min(day.start().0.saturating_add(10_080 * (listed as i32 + 2)));
        while day.start().0 < last {
            let open = self.weekly.day(day.weekday()).intersection(&part_of_day(interval, day));
            if !open.is_empty() && !self.holidays_closed.contains(&day) {
                return true;
            }
            day = day.next();
        }
        false
    }
}
