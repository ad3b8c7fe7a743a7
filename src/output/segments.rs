//! Segments as every JSON document has them.

pub(super) use crate::locks::wire::WireSegment;
use crate::time::{Day, TimeSet};

/// All segments of a set of minutes.
pub(super) fn all(times: &TimeSet, holidays: &[Day]) -> Vec<WireSegment> {
    times.segments(holidays).iter().map(WireSegment::from).collect()
}
