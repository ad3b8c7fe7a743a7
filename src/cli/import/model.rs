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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locks::{Program, Ways};
    use crate::model::Capability;
    use crate::provider::CodeSeen;
    use crate::time::{Interval, Segment, Week, Windows};

    fn entry(days: [Windows; 7], dates: &[(Option<&str>, Option<&str>)]) -> Stored {
        let start = |text: &str| Day::parse(text).unwrap().start();
        let segment = |(from, until): &(Option<&str>, Option<&str>)| {
            let dates = Interval::new(from.map(start), until.map(start));
            Segment { weekly: Week::of_days(&days), ..Segment::every_minute(dates) }
        };
        let program = Program(dates.iter().map(segment).collect());
        Stored { slot: 1, name: None, ways: Ways::one(Capability::Doorcode), program, code: CodeSeen::Hidden }
    }

    #[test]
    fn a_model_has_as_many_schedules_as_the_lock_and_keeps_what_it_holds() {
        let today = Day::parse("2026-12-01").unwrap();
        let always: [Windows; 7] = std::array::from_fn(|_| Windows::one(0, 1440));
        // Two windows a day, each day at another hour: fourteen of a week.
        let many = std::array::from_fn(|day| {
            let shift = 10 * day as u16;
            Windows::new(vec![(480 + shift, 600 + shift), (900 + shift, 960 + shift)])
        });
        let one_day: [Windows; 7] =
            std::array::from_fn(|day| if day == 0 { Windows::one(480, 600) } else { Windows::default() });
        let month = (Some("2027-01-01"), Some("2027-02-01"));
        let entries = vec![
            entry(many, &[(None, None)]),
            entry(one_day, &[month]),
            entry(always, &[month, (Some("2027-03-01"), Some("2027-04-01")), (Some("2027-05-01"), None)]),
        ];
        let reading = Reading { entries, capacity: Some(10) };
        for (kind, room, kept, model) in [
            ("matter", Room { week: 20, daily: 0, dated: 12 }, [true, true, true], (Some(20), Some(12))),
            ("matter", Room { week: 10, daily: 0, dated: 10 }, [false, true, true], (None, None)),
            ("matter", Room { week: 20, daily: 0, dated: 2 }, [true, true, false], (Some(20), Some(2))),
            // Either hours or dates for one holder.
            ("zwave", Room { week: 20, daily: 2, dated: 3 }, [true, false, true], (Some(20), Some(3))),
        ] {
            let found = Model::of(kind, &reading, Some(room), today).unwrap();
            let keeps: Vec<bool> = reading.entries.iter().map(|entry| found.keeps(entry, today)).collect();
            assert_eq!(
                (&keeps[..], found.weekly, found.dated),
                (&kept[..], model.0, model.1),
                "{kind} {room:?}"
            );
        }
    }
}
