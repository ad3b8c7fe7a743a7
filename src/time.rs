//! Local time as sets: days, minutes and intervals, weekly windows, and the algebra of all of them.

mod instant;

pub use instant::{DateError, Day, Interval, Minute};

/// One window of a schedule as it is written: minutes since midnight, `from` in 0..1440, `to` in 1..=1440. It runs
/// into the next day when `to` is before `from`; the two are never equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// The first minute.
    pub from: u16,
    /// The minute after the last.
    pub to: u16,
}

/// Weekly hours as they are written; a window belongs to the day that it starts on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Schedule {
    /// The windows of each day from Monday.
    pub weekly: [Vec<Window>; 7],
    /// The windows that replace the weekly ones on holidays; `None` when holidays are days like any other.
    pub holidays: Option<Vec<Window>>,
}
