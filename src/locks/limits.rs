//! What one lock can hold.

use super::Family;
use super::doorcode::Digits;
use crate::model::{Door, LockModel, Property};

/// What a lock can hold. `None` stands for no limit that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limits {
    /// The family that its commands are of.
    pub family: Option<Family>,
    /// Entries in all.
    pub holders: Option<u32>,
    /// Doorcodes in all.
    pub doorcodes: Option<u32>,
    /// The shortest and the longest doorcode.
    pub digits: Option<(u8, u8)>,
    /// Weekly windows of an entry; 0 when it knows no hours.
    pub weekly: Option<u32>,
    /// Whether one window can hold on several days of the week.
    pub day_sets: bool,
    /// Whether a window can run past midnight.
    pub overnight: bool,
    /// Dated windows of an entry; 0 when it knows no dates.
    pub dated: Option<u32>,
    /// Whether an entry has either weekly windows or dates, never both.
    pub one_kind: bool,
    /// Whether an entry has but one week, whatever its dates.
    pub one_week: bool,
    /// Whether weekly hours are kept as their next dates, one window at a time, which a later run moves on; for locks that
    /// know dates and no hours.
    pub next_dates: bool,
    /// Whether its dates are moments in UTC, so that another time zone of the property moves them.
    pub utc: bool,
    /// Whether hours can differ on single dates.
    pub holidays: bool,
    /// Whether it opens by app or card.
    pub unlock: bool,
    /// Whether it knows sharing.
    pub share: bool,
    /// Whether two entries may not have the same doorcode.
    pub distinct_codes: bool,
    /// Whether it can be reached without a visit.
    pub online: bool,
}

impl Limits {
    /// A lock that holds anything, as a table does.
    pub const ANY: Self = Self {
        family: None,
        holders: None,
        doorcodes: None,
        digits: None,
        weekly: None,
        day_sets: true,
        overnight: false,
        dated: None,
        one_kind: false,
        one_week: false,
        next_dates: false,
        utc: false,
        holidays: true,
        unlock: true,
        share: true,
        distinct_codes: false,
        online: true,
    };

    /// What the lock of a door can hold: its family's numbers, and before them what the property says of its model.
    #[must_use]
    pub fn of(property: &Property, door: &Door) -> Self {
        Self::in_family(property, door, None)
    }

    /// The same, as if the lock were of a family.
    #[must_use]
    pub fn in_family(property: &Property, door: &Door, as_if: Option<Family>) -> Self {
        let Some(model) = door.model.map(|model| &property.models[model.index()]) else {
            return as_if.map_or(Self::ANY, |family| Self { family: as_if, ..family.limits() });
        };
        let family = as_if.or_else(|| model.family.and_then(|family| Family::find(property.text(family))));
        let mut limits = family.map_or(Self::ANY, Family::limits);
        limits.family = family;
        limits.holders = model.holders.or(limits.holders);
        limits.doorcodes = model.doorcodes.or(limits.doorcodes);
        limits.digits = model.digits.or(limits.digits);
        if let Some(windows) = model.windows_per_holder {
            limits.weekly = Some(windows);
            if family.is_none() {
                // Nothing says that one window holds on several days: each day counts.
                limits.day_sets = false;
            }
        }
        if !knows_schedules(property, door, model) {
            limits.weekly = Some(0);
        }
        limits.next_dates = model.next_dates.unwrap_or(limits.next_dates);
        limits.dated = model.dated_per_holder.or(limits.dated);
        limits.holidays = model.holidays.unwrap_or(limits.holidays);
        match model.dates {
            Some(false) => limits.dated = Some(0),
            Some(true) if limits.dated == Some(0) => limits.dated = None,
            _ => {}
        }
        limits.online = model.online.unwrap_or(limits.online);
        limits
    }

    /// How long doorcodes are.
    #[must_use]
    pub fn code_digits(&self) -> Digits {
        self.digits.map_or(Digits::DEFAULT, |(least, most)| Digits { least, most })
    }

    /// The shortest window of the week. Locks that have a window from its first to its last minute want the last to be
    /// later.
    #[must_use]
    pub const fn least_minutes(&self) -> u16 {
        if self.one_week && !self.overnight { 2 } else { 1 }
    }

    /// Whether it holds every program as it is.
    #[must_use]
    pub const fn holds_any_program(&self) -> bool {
        self.weekly.is_none() && self.dated.is_none() && !self.one_week && self.holidays
    }
}

/// Whether the firmware is new enough for schedules. What cannot be told counts as no.
fn knows_schedules(property: &Property, door: &Door, model: &LockModel) -> bool {
    let Some(since) = model.schedules_since else { return true };
    let firmware = door.firmware.map(|firmware| property.text(firmware));
    firmware.and_then(|firmware| is_at_least(firmware, property.text(since))) == Some(true)
}

/// Whether a firmware is at least another: numbers between dots, compared one by one. `None` when one of them is no
/// such text.
#[must_use]
pub fn is_at_least(firmware: &str, wanted: &str) -> Option<bool> {
    let numbers = |text: &str| -> Option<Vec<u64>> {
        text.trim().trim_start_matches(['v', 'V']).split('.').map(|part| part.parse().ok()).collect()
    };
    let (mut have, mut want) = (numbers(firmware)?, numbers(wanted)?);
    let length = have.len().max(want.len());
    have.resize(length, 0);
    want.resize(length, 0);
    Some(have >= want)
}

#[cfg(test)]
mod tests {
    use super::is_at_least;

    #[test]
    fn firmware_is_compared_by_numbers() {
        assert_eq!(is_at_least("2.10.0", "2.9"), Some(true));
        assert_eq!(is_at_least("2.4", "2.4.0"), Some(true));
        assert_eq!(is_at_least("1.9.0", "2.4"), Some(false));
        assert_eq!(is_at_least("v3", "2.4"), Some(true));
        assert_eq!(is_at_least("beta", "2.4"), None);
    }
}
