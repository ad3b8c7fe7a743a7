//! Sets of local minutes: weekly windows in intervals, with dates that differ from their weekday.

use super::windows::{WEEK, Week, Windows};
use super::{Day, Interval, Minute};

/// A set of local minutes, from the beginning to the end of time.
///
/// A minute is in the set when it lies in one of the pieces and, on a date that is an exception, in the exception's
/// windows, on any other date in the piece's week. Two sets may be written differently and hold the same minutes:
/// compare with [`TimeSet::same_as`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TimeSet {
    /// Ascending, apart from each other or differing where they touch.
    pieces: Vec<(Interval, Week)>,
    /// Ascending dates that some schedule treats apart, with all their open minutes, also where that is what the
    /// pieces say anyway: a date that is told exactly never keeps two pieces from being one.
    exceptions: Vec<(Day, Windows)>,
}

impl TimeSet {
    /// Every minute.
    #[must_use]
    pub fn always() -> Self {
        Self { pieces: vec![(Interval::ALWAYS, Week::always())], exceptions: Vec::new() }
    }

    /// No minute.
    #[must_use]
    pub fn never() -> Self {
        Self::default()
    }

    /// The minutes of a week, week after week.
    #[must_use]
    pub fn weekly(week: Week) -> Self {
        Self::new(vec![(Interval::ALWAYS, week)], Vec::new())
    }

    /// The set of pieces, ascending and not overlapping, with exceptions, ascending.
    #[must_use]
    pub(super) fn new(pieces: Vec<(Interval, Week)>, exceptions: Vec<(Day, Windows)>) -> Self {
        Self { pieces, exceptions }.normal()
    }

    /// The pieces, for those who print them.
    pub(super) fn pieces(&self) -> &[(Interval, Week)] {
        &self.pieces
    }

    pub(super) fn exceptions(&self) -> &[(Day, Windows)] {
        &self.exceptions
    }

    /// Whether a minute is in the set.
    #[must_use]
    pub fn contains(&self, minute: Minute) -> bool {
        let Some((_, week)) = self.pieces.iter().find(|(interval, _)| interval.contains(minute)) else {
            return false;
        };
        match self.exceptions.binary_search_by_key(&minute.day(), |(day, _)| *day) {
            Ok(index) => self.exceptions[index].1.contains(minute.of_day()),
            Err(_) => week.contains(minute.day().weekday() as u16 * 1440 + minute.of_day()),
        }
    }

    /// The open minutes of a date.
    #[must_use]
    pub fn on(&self, day: Day) -> Windows {
        match self.exceptions.binary_search_by_key(&day, |(one, _)| *one) {
            Ok(index) => self.exceptions[index].1.clone(),
            Err(_) => self.usually_on(day),
        }
    }

    /// What the pieces say of a date.
    fn usually_on(&self, day: Day) -> Windows {
        let mut open = Windows::default();
        for (interval, week) in &self.pieces {
            let part = part_of_day(*interval, day);
            if !part.is_empty() {
                open = open.union(&week.day(day.weekday()).intersection(&part));
            }
        }
        open
    }

    /// The minutes of a date that lie in a piece.
    fn covered_on(&self, day: Day) -> Windows {
        self.pieces
            .iter()
            .fold(Windows::default(), |all, (interval, _)| all.union(&part_of_day(*interval, day)))
    }

    /// Only the minutes in an interval.
    #[must_use]
    pub fn clip(&self, interval: Interval) -> Self {
        if interval == Interval::ALWAYS {
            return self.clone();
        }
        let pieces = self
            .pieces
            .iter()
            .map(|(piece, week)| (piece.intersect(interval), week.clone()))
            .filter(|(piece, _)| !piece.is_empty())
            .collect();
        Self::new(pieces, self.exceptions.clone())
    }

    /// Whether any minute in an interval is in the set.
    #[must_use]
    pub fn is_open_within(&self, interval: Interval) -> bool {
        let inside = |(piece, _): &&(Interval, Week)| !piece.intersect(interval).is_empty();
        // The normal form has no piece in which nothing is ever open; only one that is cut may be closed in what is left.
        self.pieces.iter().filter(inside).any(|(piece, _)| piece.intersect(interval) == *piece)
            || self.pieces.iter().any(|one| inside(&one)) && !self.clip(interval).is_empty()
    }

    /// What is in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self::union_of(&[(self, Interval::ALWAYS), (other, Interval::ALWAYS)])
    }

    /// What is in any of some sets, each within an interval. In one step, so that the result hangs neither on their
    /// order nor on how the dates of one are split.
    #[must_use]
    pub fn union_of(parts: &[(&Self, Interval)]) -> Self {
        let intervals = parts
            .iter()
            .flat_map(|(set, interval)| set.pieces.iter().map(|(piece, _)| *piece).chain([*interval]));
        let pieces = stretches(intervals)
            .map(|stretch| {
                let inside = parts.iter().filter(|(_, interval)| interval.intersect(stretch) == stretch);
                let weeks = inside.map(|(set, _)| set.week_in(stretch));
                (stretch, weeks.fold(Week::never(), |all, week| all.union(&week)))
            })
            .collect();
        let on = |day: Day| {
            let open =
                parts.iter().map(|(set, interval)| set.on(day).intersection(&part_of_day(*interval, day)));
            open.fold(Windows::default(), |all, one| all.union(&one))
        };
        let sets: Vec<&Self> = parts.iter().map(|(set, _)| *set).collect();
        let exceptions = dates(&sets).into_iter().map(|day| (day, on(day))).collect();
        Self::new(pieces, exceptions)
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.combine(other, Week::intersection, Windows::intersection)
    }

    /// What is in this and not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.combine(other, Week::difference, Windows::difference)
    }

    fn combine(
        &self,
        other: &Self,
        weeks: impl Fn(&Week, &Week) -> Week,
        days: impl Fn(&Windows, &Windows) -> Windows,
    ) -> Self {
        let sets = [self, other];
        let pieces = stretches(sets.iter().flat_map(|set| set.pieces.iter().map(|(piece, _)| *piece)))
            .map(|stretch| (stretch, weeks(&self.week_in(stretch), &other.week_in(stretch))))
            .collect();
        let exceptions =
            dates(&sets).into_iter().map(|day| (day, days(&self.on(day), &other.on(day)))).collect();
        Self::new(pieces, exceptions)
    }

    /// The week of an interval that no bound of a piece cuts.
    fn week_in(&self, interval: Interval) -> Week {
        let around = |piece: &Interval| piece.intersect(interval) == interval;
        self.pieces.iter().find(|(piece, _)| around(piece)).map_or_else(Week::never, |(_, week)| week.clone())
    }

    /// The week that is in force at a minute, for ever.
    #[must_use]
    pub fn frozen(&self, at: Minute) -> Self {
        let piece = self.pieces.iter().find(|(interval, _)| interval.contains(at));
        piece.map_or_else(Self::never, |(_, week)| Self::weekly(week.clone()))
    }

    /// The first minute inside an interval, its beginning left out, at which a piece begins or ends, or a date begins on
    /// which hours are not as usual.
    #[must_use]
    pub fn next_change(&self, within: Interval) -> Option<Minute> {
        let inside = |minute: &Minute| within.contains(*minute) && within.from() != Some(*minute);
        let bounds =
            self.pieces.iter().flat_map(|(interval, _)| [interval.from(), interval.until()]).flatten();
        let bound = bounds.filter(inside).min();
        let sooner = |minute: Minute| inside(&minute) && bound.is_none_or(|bound| minute < bound);
        let mut odd = self.exceptions.iter().filter(|(day, _)| sooner(day.start()));
        odd.find(|(day, open)| *open != self.usually_on(*day)).map(|(day, _)| day.start()).or(bound)
    }

    /// Whether no minute is in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        // The normal form has no piece in which nothing is ever open.
        self.pieces.is_empty()
    }

    /// Whether two sets hold the same minutes.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        self == other || self.difference(other).is_empty() && other.difference(self).is_empty()
    }

    /// Where the first piece begins; `None` without bound, or when nothing is in the set.
    #[must_use]
    pub fn start(&self) -> Option<Minute> {
        self.pieces.first().and_then(|(interval, _)| interval.from())
    }

    /// Where the last piece ends; `None` without bound, or when nothing is in the set.
    #[must_use]
    pub fn end(&self) -> Option<Minute> {
        self.pieces.last().and_then(|(interval, _)| interval.until())
    }

    /// The week of a set that has but one piece.
    #[must_use]
    pub fn only_week(&self) -> Option<&Week> {
        match self.pieces.as_slice() {
            [(_, week)] => Some(week),
            _ => None,
        }
    }

    /// Whether a minute from this one on is in the set.
    #[must_use]
    pub fn opens_after(&self, minute: Minute) -> bool {
        !self.clip(Interval::new(Some(minute), None)).is_empty()
    }

    /// Whether no hours narrow it: from its first minute to its last, apart from whole spans of dates that are missing,
    /// every minute is in it.
    #[must_use]
    pub fn is_gapless(&self) -> bool {
        let whole = |day: &Day, open: &Windows| *open == self.covered_on(*day);
        self.pieces.iter().all(|(_, week)| week.is_always())
            && self.exceptions.iter().all(|(day, open)| whole(day, open))
    }

    /// The first minute of the set from a minute on.
    #[must_use]
    pub fn next_open(&self, from: Minute) -> Option<Minute> {
        for (interval, _) in &self.pieces {
            let rest = interval.intersect(Interval::new(Some(from), None));
            let Some(start) = rest.from() else { continue };
            if rest.is_empty() {
                continue;
            }
            // In a week every weekday has come, and each exception can take one of them away. Where no weekday is open, an
            // exception still may be.
            let usual = (0..8 * (self.exceptions.len() as i32 + 1)).map(|days| Day(start.day().0 + days));
            let odd = self.exceptions.iter().map(|(day, _)| *day).filter(|day| *day >= start.day());
            for day in usual.chain(odd) {
                let open = self.on(day).intersection(&part_of_day(rest, day));
                if let Some((minute, _)) = open.as_slice().first() {
                    return Some(Minute(day.start().0 + i32::from(*minute)));
                }
            }
        }
        None
    }

    /// The normal form: no piece in which nothing is ever open, no neighbours that grant the same. Where dates begin
    /// and end stays as it is written.
    fn normal(mut self) -> Self {
        self.cut_exceptions();
        let mut merged: Vec<Piece> = Vec::new();
        for piece in self.timeline() {
            let absorbed = merged.last_mut().is_some_and(|last| last.absorb(&piece));
            if !absorbed {
                merged.push(piece);
            }
        }
        self.pieces = merged
            .into_iter()
            .filter(|piece| !piece.closed)
            .map(|piece| (piece.interval, piece.week))
            .collect();
        self
    }

    fn opens_by_exception(&self, interval: Interval) -> bool {
        self.exceptions.iter().any(|(day, open)| !open.intersection(&part_of_day(interval, *day)).is_empty())
    }

    /// Cuts exceptions to the pieces.
    fn cut_exceptions(&mut self) {
        let mut exceptions = std::mem::take(&mut self.exceptions);
        for (day, open) in &mut exceptions {
            *open = open.intersection(&self.covered_on(*day));
        }
        self.exceptions = exceptions;
    }

    /// All of time in pieces, also where there is none, each with what can be observed in it.
    fn timeline(&self) -> Vec<Piece> {
        let mut all: Vec<(Interval, Week)> = Vec::with_capacity(self.pieces.len() * 2 + 1);
        let mut at = None;
        for (interval, week) in &self.pieces {
            if interval.from() != at {
                all.push((Interval::new(at, interval.from()), Week::never()));
            }
            // Dates that are only split are one, also where nothing is open in one part of them.
            match all.last_mut() {
                Some((last, same)) if *same == *week && !week.is_empty() => {
                    *last = Interval::new(last.from(), interval.until());
                }
                _ => all.push((*interval, week.clone())),
            }
            at = interval.until();
            if at.is_none() {
                break;
            }
        }
        if at.is_some() || self.pieces.is_empty() {
            all.push((Interval::new(at, None), Week::never()));
        }
        all.into_iter()
            .map(|(interval, week)| {
                let observed = self.observed(interval);
                // What never comes cannot be told from what is closed.
                let week = if week.intersection(&observed).is_empty() { Week::never() } else { week };
                let closed = week.is_empty() && !self.opens_by_exception(interval);
                Piece { interval, week, observed, closed }
            })
            .collect()
    }

    /// The minutes of the week that occur in an interval on dates that are no exceptions.
    fn observed(&self, interval: Interval) -> Week {
        let (Some(from), Some(until)) = (interval.from(), interval.until()) else { return Week::always() };
        let exceptions =
            self.exceptions.iter().filter(|(day, _)| (from.day().0..=until.day().0).contains(&day.0)).count()
                as i64;
        // So long that each weekday must come at least once whole and as usual.
        if i64::from(until.0) - i64::from(from.0) >= i64::from(WEEK) * (exceptions + 2) {
            return Week::always();
        }
        let mut observed = Week::never();
        let mut day = from.day();
        while day.start() < until {
            if self.exceptions.binary_search_by_key(&day, |(one, _)| *one).is_err() {
                observed = observed.union(&Week::of_day(day.weekday(), &part_of_day(interval, day)));
            }
            day = day.next();
        }
        observed
    }
}

/// A stretch of time while the normal form is made.
struct Piece {
    interval: Interval,
    week: Week,
    observed: Week,
    /// Whether nothing is ever open in it.
    closed: bool,
}

impl Piece {
    /// Takes the piece after this one in, when the two grant the same: when one of them shows no minute of the week
    /// that the other does not show, and on those that both show they agree.
    fn absorb(&mut self, next: &Self) -> bool {
        if self.week.is_empty() && next.week.is_empty() && self.closed != next.closed {
            // Only holidays are open in one of them: its dates stay its own.
            return false;
        }
        if self.week == next.week {
            self.closed = self.closed && next.closed;
            self.observed = self.observed.union(&next.observed);
            self.interval = Interval::new(self.interval.from(), next.interval.until());
            return true;
        }
        let agree = |common: &Week| self.week.intersection(common) == next.week.intersection(common);
        let week = if next.observed.is_subset(&self.observed) {
            agree(&next.observed).then(|| self.week.clone())
        } else if self.observed.is_subset(&next.observed) {
            agree(&self.observed).then(|| next.week.clone())
        } else {
            None
        };
        let Some(week) = week else { return false };
        self.closed = self.closed && next.closed;
        self.week = week;
        self.observed = self.observed.union(&next.observed);
        self.interval = Interval::new(self.interval.from(), next.interval.until());
        true
    }
}

/// All of time, cut wherever one of some intervals begins or ends.
fn stretches(intervals: impl Iterator<Item = Interval>) -> impl Iterator<Item = Interval> {
    let mut bounds: Vec<Option<Minute>> = intervals.flat_map(|i| [i.from(), i.until()]).collect();
    bounds.retain(Option::is_some);
    bounds.sort_unstable();
    bounds.dedup();
    let starts: Vec<Option<Minute>> = std::iter::once(None).chain(bounds.iter().copied()).collect();
    starts.into_iter().zip(bounds.into_iter().chain([None])).map(|(from, until)| Interval::new(from, until))
}

/// Every date that one of the sets tells exactly, ascending.
fn dates(sets: &[&TimeSet]) -> Vec<Day> {
    let mut dates: Vec<Day> = sets.iter().flat_map(|set| &set.exceptions).map(|(day, _)| *day).collect();
    dates.sort_unstable();
    dates.dedup();
    dates
}

/// The minutes of a date that lie in an interval.
pub(super) fn part_of_day(interval: Interval, day: Day) -> Windows {
    let part = interval.intersect(Interval::of_day(day));
    match (part.from(), part.until()) {
        (Some(from), Some(until)) if from < until => {
            let start = day.start().0;
            // Both ends lie within one day.
            Windows::one((from.0 - start) as u16, (until.0 - start) as u16)
        }
        _ => Windows::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_that_opens_on_one_holiday_only_is_found() {
        let day = Day::parse("2027-12-25").unwrap();
        let windows = Windows::one(600, 660);
        let set = TimeSet::new(vec![(Interval::ALWAYS, Week::never())], vec![(day, windows)]);
        let from = Day::parse("2026-01-01").unwrap().start();
        assert_eq!(set.next_open(from), Some(Minute(day.start().0 + 600)));
        assert_eq!(set.next_open(day.next().start()), None);
    }

    #[test]
    fn what_is_open_within_an_interval_is_what_is_left_of_it_there() {
        // 2026-11-30 is a Monday.
        let day = |text: &str| Day::parse(text).unwrap();
        let dates =
            |from: &str, until: &str| Interval::new(Some(day(from).start()), Some(day(until).start()));
        let monday = Week::of_day(day("2026-11-30").weekday(), &Windows::one(600, 660));
        let holiday = vec![(day("2026-12-03"), Windows::one(600, 660))];
        let set = TimeSet::new(vec![(dates("2026-11-30", "2026-12-20"), monday)], holiday);
        for (within, open) in [
            (Interval::ALWAYS, true),
            (dates("2026-11-01", "2026-11-30"), false),
            (dates("2026-11-30", "2026-12-01"), true),
            (dates("2026-12-01", "2026-12-03"), false),
            (dates("2026-12-02", "2026-12-05"), true),
            (dates("2026-12-15", "2027-01-05"), false),
            (dates("2026-12-20", "2027-01-05"), false),
        ] {
            assert_eq!(set.is_open_within(within), open, "{within:?}");
            assert_eq!(set.clip(within).is_empty(), !open, "{within:?}");
        }
    }
}
