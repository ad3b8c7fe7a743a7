//! Sets of minutes of a day, and of a week.

/// Minutes of a day.
pub(super) const DAY: u16 = 1440;
/// Minutes of a week.
pub(super) const WEEK: u16 = 7 * DAY;

/// A set of minutes as windows `[from, to)`: sorted, not empty, neither overlapping nor touching. Equal sets have
/// equal windows.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Windows(Vec<(u16, u16)>);

impl Windows {
    /// The set of these windows, in any order and however they overlap.
    #[must_use]
    pub fn new(mut windows: Vec<(u16, u16)>) -> Self {
        windows.retain(|(from, to)| from < to);
        windows.sort_unstable();
        let mut merged: Vec<(u16, u16)> = Vec::with_capacity(windows.len());
        for (from, to) in windows {
            match merged.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => merged.push((from, to)),
            }
        }
        Self(merged)
    }

    /// One window; nothing when it ends before it begins.
    #[must_use]
    pub fn one(from: u16, to: u16) -> Self {
        Self::new(vec![(from, to)])
    }

    /// The windows, in order.
    #[must_use]
    pub fn as_slice(&self) -> &[(u16, u16)] {
        &self.0
    }

    /// Whether no minute is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a minute is in it.
    #[must_use]
    pub fn contains(&self, minute: u16) -> bool {
        self.0.iter().any(|(from, to)| (*from..*to).contains(&minute))
    }

    /// What is in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        if self.is_empty() || self == other {
            return other.clone();
        }
        Self::new(self.0.iter().chain(&other.0).copied().collect())
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let mut both = Vec::new();
        let (mut a, mut b) = (self.0.iter().peekable(), other.0.iter().peekable());
        while let (Some(one), Some(two)) = (a.peek(), b.peek()) {
            let (from, to) = (one.0.max(two.0), one.1.min(two.1));
            if from < to {
                both.push((from, to));
            }
            if one.1 < two.1 {
                a.next();
            } else {
                b.next();
            }
        }
        Self(both)
    }

    /// What is in this and not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        for (from, to) in &self.0 {
            let mut start = *from;
            for (taken_from, taken_to) in &other.0 {
                if *taken_to <= start || *taken_from >= *to {
                    continue;
                }
                if *taken_from > start {
                    left.push((start, *taken_from));
                }
                start = start.max(*taken_to);
            }
            if start < *to {
                left.push((start, *to));
            }
        }
        Self(left)
    }

    /// Whether every minute of this is in the other.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        self.difference(other).is_empty()
    }

    fn shifted(&self, by: u16) -> impl Iterator<Item = (u16, u16)> {
        self.0.iter().map(move |(from, to)| (from + by, to + by))
    }
}

/// A set of minutes of the week, counted from Monday 00:00.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Week(Windows);

impl Week {
    /// No minute.
    #[must_use]
    pub fn never() -> Self {
        Self::default()
    }

    /// Every minute.
    #[must_use]
    pub fn always() -> Self {
        Self(Windows(vec![(0, WEEK)]))
    }

    /// The windows of the seven days from Monday, each within its day.
    #[must_use]
    pub fn of_days(days: &[Windows; 7]) -> Self {
        let windows = days.iter().enumerate().flat_map(|(day, windows)| windows.shifted(day as u16 * DAY));
        Self(Windows::new(windows.collect()))
    }

    /// Only one day, 0 for Monday, has windows.
    #[must_use]
    pub fn of_day(day: usize, windows: &Windows) -> Self {
        Self(Windows::new(windows.shifted(day as u16 * DAY).collect()))
    }

    /// The windows of a day, 0 for Monday, cut at its midnights.
    #[must_use]
    pub fn day(&self, day: usize) -> Windows {
        let start = day as u16 * DAY;
        Windows(
            self.0
                .0
                .iter()
                .filter(|(from, to)| *from < start + DAY && *to > start)
                .map(|(from, to)| (from.saturating_sub(start), (*to).min(start + DAY) - start))
                .collect(),
        )
    }

    /// Whether no minute is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every minute is in it.
    #[must_use]
    pub fn is_always(&self) -> bool {
        self.0.0 == [(0, WEEK)]
    }

    /// Whether a minute of the week is in it.
    #[must_use]
    pub fn contains(&self, minute: u16) -> bool {
        self.0.contains(minute)
    }

    /// What is in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0))
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0))
    }

    /// What is in this and not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        Self(self.0.difference(&other.0))
    }

    /// Whether every minute of this is in the other.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }
}
