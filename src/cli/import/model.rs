//! The model of a lock that is imported: one under which a plan leaves as many of its entries as they are as it can.

use crate::adopt::Lock;
use crate::locks::{Family, Limits, fit};
use crate::provider::{Reading, Room, Stored};
use crate::time::Day;

/// What is written of a lock, and what follows from it.
pub(super) struct Model {
    family: Family,
    limits: Limits,
    weekly: Option<u32>,
    dated: Option<u32>,
}

impl Model {
    /// The model for what a lock holds that has so many schedules for each holder.
    pub(super) fn of(kind: &str, reading: &Reading, room: Option<Room>, today: Day) -> Option<Self> {
        let models = Family::ALL.into_iter().filter(|family| family.name().split('-').next() == Some(kind));
        let models =
            models.filter(|family| *family != Family::ZwaveDaily || room.is_some_and(|room| room.daily > 0));
        let models: Vec<Self> = models.map(|family| Self::new(family, reading, room)).collect();
        let kept = |model: &Self| reading.entries.iter().filter(|entry| model.keeps(entry, today)).count();
        // The first of those that keep the most.
        models.into_iter().rev().max_by_key(kept)
    }

    fn new(family: Family, reading: &Reading, room: Option<Room>) -> Self {
        let usual = family.limits();
        let of_week = |room: Room| if family == Family::ZwaveDaily { room.daily } else { room.week };
        let own = |count: Option<u32>, usual: Option<u32>| count.filter(|count| Some(*count) != usual);
        let weekly = own(room.map(of_week), usual.weekly);
        let dated = own(room.map(|room| room.dated), usual.dated);
        let limits = Limits {
            family: Some(family),
            holders: reading.capacity.or(usual.holders),
            doorcodes: reading.capacity.or(usual.doorcodes),
            weekly: weekly.or(usual.weekly),
            dated: dated.or(usual.dated),
            ..usual
        };
        Self { family, limits, weekly, dated }
    }

    /// Whether a plan for somebody with the hours of an entry leaves it as it is.
    pub(super) fn keeps(&self, entry: &Stored, today: Day) -> bool {
        let program = entry.program.from_day(today);
        let wanted = fit(&program.times().segments(&[]), &self.limits, today);
        matches!(&wanted.programs[..], [one] if one.from_day(today) == program)
    }

    /// A lock of this model.
    pub(super) fn lock(&self, provider: &str, id: &str, holders: Option<u32>) -> Lock {
        Lock {
            provider: provider.to_owned(),
            family: self.family.name(),
            id: id.to_owned(),
            holders,
            weekly: self.weekly,
            dated: self.dated,
        }
    }
}
