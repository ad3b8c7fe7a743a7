//! Families of locks, with what each can hold. Every number can be overridden by the property: devices report wrong ones.

use super::Limits;

/// A family of locks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// Matter Door Lock cluster.
    Matter,
    /// Z-Wave User Code and Schedule Entry Lock command classes, versions 1 and 2.
    Zwave,
    /// The same with version 3 of Schedule Entry Lock, which knows daily repeating schedules.
    ZwaveDaily,
    /// UHPPOTE door controllers.
    Uhppote,
    /// ONVIF access rules and credentials.
    Onvif,
    /// Access codes of Seam's cloud, for locks of many makers.
    Seam,
}

impl Family {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Matter, Self::Zwave, Self::ZwaveDaily, Self::Uhppote, Self::Onvif, Self::Seam];

    /// The word in the file, one of [`crate::model::language::LOCK_FAMILIES`].
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Matter => "matter",
            Self::Zwave => "zwave",
            Self::ZwaveDaily => "zwave-daily",
            Self::Uhppote => "uhppote",
            Self::Onvif => "onvif",
            Self::Seam => "seam",
        }
    }

    /// The family of a word.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.name() == name)
    }

    /// What locks of the family can hold, where a property does not say otherwise.
    #[must_use]
    pub const fn limits(self) -> Limits {
        let any = Limits::ANY;
        match self {
            // Matter 1.2 Application Cluster Specification, 5.2 Door Lock: the numbers are attributes
            // (NumberOfTotalUsersSupported and so on), these are the values of its sample lock. A window ends after it
            // starts (5.2.10.12, EndHour); a week-day and a year-day schedule of one user must both hold (5.2.6.17.9).
            Self::Matter => Limits {
                holders: Some(10),
                doorcodes: Some(10),
                digits: Some((4, 8)),
                weekly: Some(10),
                day_sets: true,
                dated: Some(10),
                holidays: false,
                one_week: true,
                share: false,
                distinct_codes: true,
                ..any
            },
            // Z-Wave Application Specification: User Code CC (codes of 4 to 10 digits) and Schedule Entry Lock CC: a
            // week-day slot holds one weekday, stop after start; only one kind of schedule is active for a user. Newer locks
            // take no code twice (User Code CC, version 2, and User Credential CC), and older ones open by the first.
            Self::Zwave => Limits {
                holders: Some(30),
                doorcodes: Some(30),
                digits: Some((4, 10)),
                weekly: Some(7),
                day_sets: false,
                dated: Some(2),
                one_kind: true,
                holidays: false,
                one_week: true,
                unlock: false,
                share: false,
                distinct_codes: true,
                ..any
            },
            // The same, version 3: a daily repeating slot holds a set of days and a duration of up to 23:59.
            Self::ZwaveDaily => {
                Limits { weekly: Some(1), day_sets: true, overnight: true, ..Self::Zwave.limits() }
            }
            // uhppoted-lib: time profiles 2 to 254 of three spans each, with dates, chained by a link; cards with a first
            // and a last day and a PIN of up to six digits, 0 for none.
            Self::Uhppote => Limits { digits: Some((4, 6)), holidays: false, share: false, ..any },
            // ONVIF Access Rules and Schedule Service Specifications: iCalendar with special days; a credential and each of
            // its links to a profile have dates. The closest match to what keyplan says.
            Self::Onvif => Limits { share: false, ..any },
            // Seam API reference, access codes: a code is ongoing, or it has one start and one end; there are no weekly
            // hours. How many codes a device takes, and how long they are, its maker says; 250 codes of 4 to 8 digits
            // are what most take. A code is on a device once.
            Self::Seam => Limits {
                holders: Some(250),
                doorcodes: Some(250),
                digits: Some((4, 8)),
                weekly: Some(0),
                dated: Some(1),
                utc: true,
                holidays: false,
                unlock: false,
                share: false,
                distinct_codes: true,
                ..any
            },
        }
    }
}
