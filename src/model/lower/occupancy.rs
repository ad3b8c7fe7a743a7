//! Who lives where on the as-of day.

use super::Lower;
use crate::model::DoorKind;
use crate::time::Interval;

impl Lower<'_> {
    /// Settles for each residence whether it is occupied: what is written, or else whether somebody lives there.
    pub(super) fn occupancy(&mut self) {
        let property = &mut self.property;
        let today = Interval::of_day(property.as_of);
        let mut lived_in = vec![false; property.doors.len()];
        for person in &property.people {
            if let Some(unit) = person.unit
                && !person.dates.intersect(today).is_empty()
            {
                lived_in[unit.index()] = true;
            }
        }
        for ((door, written), lived_in) in property.doors.iter_mut().zip(&self.written_occupied).zip(lived_in)
        {
            door.occupied = door.kind == DoorKind::Residence && written.unwrap_or(lived_in);
        }
    }
}
