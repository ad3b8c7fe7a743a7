//! Local time as sets: days, minutes and intervals, weekly windows, and the algebra of all of them.
//!
//! Everything is wall-clock time of one zone, to the minute, half-open. That needs no zone: when clocks go back both
//! passes of an hour show the same wall-clock minutes, and when they go forward nobody meets the skipped ones. Only
//! [`clocks`] knows zones, for those who name a minute that never comes.

pub mod clocks;
mod instant;
mod recognised;
mod schedule;
mod segments;
mod set;
mod windows;

/// The days of a week as files and outputs name them, from Monday.
pub const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

pub use instant::{DateError, Day, Interval, Minute};
pub use schedule::{Schedule, Window};
pub use segments::Segment;
pub use set::TimeSet;
pub use windows::{Week, Windows};
