//! What a rule is, and the one list of them.

use super::context::Context;
use super::findings::Findings;
use super::*;
use crate::diagnostic::{Kind, Level};
use crate::model::nearest;

/// A check with a name.
#[derive(Debug)]
pub struct Rule {
    /// Its code, its name, its level in the profile `managed`, and what it finds in one sentence.
    pub kind: Kind,
    /// Its level in each profile, in the order of [`Profile::ALL`]; `None` for off.
    pub levels: [Option<Level>; 3],
    /// The version of keyplan that it came with.
    pub since: &'static str,
    /// Where the practice comes from: a standard, a vendor's document, or the nature of the thing.
    pub source: &'static str,
    /// Its page: what, why, examples that the tests run, and the remedy.
    pub page: &'static str,
    /// Adds what it finds.
    pub(super) check: fn(&Context<'_>, &mut Findings),
}

const FEWEST: &str = "Latch support, \"Making Keys\": consider creating the fewest number of keys possible";
const LEAST: &str = "NIST SP 800-53 AC-6, least privilege";
const REVIEW: &str = "NIST SP 800-53 PE-2; SOC 2 CC6.4";
const UNION: &str = "what a person can do is the union of their keys";
const LOCKS: &str = "the data sheet of the lock, as `lock-models` states it";
const TIDY: &str = "nothing is written that means nothing";

const E: Option<Level> = Some(Level::Error);
const W: Option<Level> = Some(Level::Warning);
const I: Option<Level> = Some(Level::Info);
const OFF: Option<Level> = None;

macro_rules! rules {
    ($($code:literal $name:literal $module:ident [$home:ident $managed:ident $high:ident] $source:expr, $summary:literal;)*) => {
        /// Every rule, by code.
        pub static RULES: &[Rule] = &[$(Rule {
            kind: Kind {
                code: $code,
                name: $name,
                level: match $managed { Some(level) => level, None => Level::Warning },
                summary: $summary,
            },
            levels: [$home, $managed, $high],
            since: "0.1.0",
            source: $source,
            page: include_str!(concat!($name, ".md")),
            check: $module::check,
        }),*];
    };
}

//   code    name                     file                  home managed high-security
rules! {
    "KP101" "schedule-bypass" schedule_bypass [W W E] UNION, "Another key of the same people opens a door outside the hours that one of their keys sets.";
    "KP102" "share-leak" share_leak [I W E] UNION, "A door that one key keeps from being shared is shared through another key of the same people.";
    "KP103" "code-leak" code_leak [I W E] UNION, "A doorcode that one key withholds is given by another key of the same people.";
    "KP104" "expired-assignment" expired_assignment [I W W] "NIST SP 800-53 PE-2: access that is no longer required is removed", "An assignment whose dates are over.";
    "KP105" "never-active" never_active [W W W] TIDY, "An assignment whose dates never meet the hours of its key or the dates of its people.";
    "KP106" "no-entrance" no_entrance [E E E] "who cannot enter the building cannot use what is in it", "Somebody can open a home or an amenity at a time when no entrance lets them in.";
    "KP107" "cross-unit" cross_unit [E E E] "a home is opened by those who live in it", "Somebody can open the home of another household.";
    "KP108" "resident-curfew" resident_curfew [E E E] "Latch support, \"Making Keys\": residents access all entry doors and their apartment 24/7", "A resident cannot open the own home or an entrance at every hour.";
    "KP109" "amenity-always" amenity_always [OFF W W] "Latch support, \"Making Keys\": residents access amenities only during certain hours", "Residents can open an amenity at every hour.";
    "KP110" "vendor-always" vendor_always [W W E] "Latch support, \"Making Keys\": vendors work only during business hours; NIST SP 800-53 AC-6", "A vendor can open a door at every hour.";
    "KP111" "occupied-unit" occupied_unit [W E E] "Latch support, \"Making Keys\": all doors, except for occupied apartments", "A key of staff or vendors, or for tours, opens a home where somebody lives.";
    "KP112" "no-expiry" no_expiry [OFF W E] "vendors of locks advise an end date for guests, contractors and leases; NIST SP 800-53 AC-2", "Access of a guest, a vendor or a leaseholder has no end.";
    "KP113" "master-key" master_key [OFF W E] LEAST, "A key opens most homes or most of the building, or a wide key has many holders.";
    "KP114" "phone-only" phone_only [W W W] "Latch support, \"Making Keys\": the doorcode is the backup that needs no phone", "Somebody can enter the building by phone only: no doorcode and no card.";
    "KP115" "failed-assertion" failed_assertion [E E E] "what the property itself demands", "What the property asserts does not hold.";
    "KP201" "doorcode-off-essential" doorcode_off_essential [W W W] "Latch support, \"Making Keys\": doorcodes stay on for entrances and units", "A key withholds the doorcode of an entrance or a home.";
    "KP202" "share-off-residence" share_off_residence [I W I] "Latch support, \"Making Keys\": sharing is not restricted for residence doors", "Somebody who lives in a home cannot share its door with guests.";
    "KP203" "share-restricted" share_restricted [I W E] "Latch support, \"Making Keys\": amenity, vendor and employee keys are given with sharing off", "An amenity, or a key of vendors or employees, may be shared.";
    "KP204" "secret-in-repo" secret_in_repo [E E E] "NIST SP 800-53 PE-3; ISO/IEC 27001:2022 A.7.2", "A code or a card number stands in the files.";
    "KP301" "duplicate-key" duplicate_key [W W W] FEWEST, "Two keys open the same doors in the same way.";
    "KP302" "subsumed-key" subsumed_key [I W W] FEWEST, "Everybody who holds a key also holds one that gives all it gives.";
    "KP303" "redundant-key" redundant_key [I W W] FEWEST, "A key could be removed without a change to anybody's access.";
    "KP304" "mergeable-keys" mergeable_keys [I I I] FEWEST, "Two keys are always held together, so one key could replace them.";
    "KP305" "one-holder-key" one_holder_key [OFF I I] FEWEST, "A key that is given to one person by name.";
    "KP306" "unheld-key" unheld_key [I W W] FEWEST, "A key that nobody holds.";
    "KP307" "empty-key" empty_key [W W W] TIDY, "A key that opens no door, whoever lives where.";
    "KP308" "repeated-assignment" repeated_assignment [W W W] FEWEST, "An assignment gives what other assignments give anyway.";
    "KP309" "more-keys-than-needed" more_keys_than_needed [I I I] FEWEST, "Other keys, and fewer, would give everybody just what they have.";
    "KP401" "orphan-door" orphan_door [W W W] "a door that nobody can open needs no lock", "A door that nobody can open.";
    "KP402" "keyless-person" keyless_person [I W W] TIDY, "Somebody without any access.";
    "KP403" "unused-schedule" unused_schedule [I W W] TIDY, "A schedule that nothing names.";
    "KP404" "unused-group" unused_group [I W W] TIDY, "A group that nothing names.";
    "KP405" "empty-group" empty_group [W W W] TIDY, "A group that holds no door, whoever lives where.";
    "KP406" "person-without-team" person_without_team [OFF I W] LEAST, "Somebody who is in no team, so that nothing tells what they are.";
    "KP407" "unit-without-key" unit_without_key [W W W] "Latch support, \"Making Keys\": apartment keys for each of the units", "A home that no key opens, or whose people have no key to it.";
    "KP408" "tour-misses-vacant" tour_misses_vacant [OFF W W] "Latch support, \"Making Keys\": the tour key has all unoccupied apartment doors", "A tour key that does not open a vacant home.";
    "KP409" "empty-assertion" empty_assertion [W W W] TIDY, "An assertion that is about nobody or about no door.";
    "KP501" "schedule-overlap" schedule_overlap [I W W] TIDY, "Windows of one day overlap.";
    "KP502" "daylight-saving-edge" daylight_saving_edge [I I W] "IANA time zone database", "A window begins or ends in an hour that the clocks skip or repeat.";
    "KP503" "holiday-gap" holiday_gap [I W W] UNION, "A key is closed on holidays, and another key of the same people ignores them.";
    "KP504" "past-holidays" past_holidays [I W W] "holidays are listed by date, and dates pass", "No holiday is left in the coming year.";
    "KP601" "no-schedule-support" no_schedule_support [E E E] "Latch support, \"Making Keys\": a lock may need newer firmware for schedules", "A door has hours, and its lock knows no schedules.";
    "KP602" "capacity-holders" capacity_holders [E E E] LOCKS, "More people can open a door than its lock can hold.";
    "KP603" "capacity-doorcodes" capacity_doorcodes [E E E] LOCKS, "More people have a doorcode at a door than its lock can hold.";
    "KP604" "capacity-schedules" capacity_schedules [E E E] LOCKS, "A person's hours at a door have more windows than its lock can hold.";
    "KP605" "not-expressible" not_expressible [E E E] LOCKS, "A lock cannot hold exactly the access that is written.";
    "KP606" "code-space" code_space [I W E] "the chance of one guess is active codes / 10^digits", "So many doorcodes are in use at a door that one guess in a hundred opens it.";
    "KP607" "offline-revoke" offline_revoke [I W E] "an offline lock keeps its list until somebody visits it", "Access ends on a date that an offline lock does not keep.";
    "KP701" "review-overdue" review_overdue [OFF W W] REVIEW, "A key or an assignment was last looked at too long ago.";
    "KP702" "allow-unused" allow_unused [W W W] TIDY, "An allow comment that allows nothing.";
    "KP703" "allow-expired" allow_expired [W W W] REVIEW, "An allow comment whose date is over.";
    "KP704" "allow-without-reason" allow_without_reason [W W E] REVIEW, "An allow comment that gives no reason.";
}

/// Rules whose findings can lock somebody out of a home: no comment allows them.
const LIFE_SAFETY: [&str; 2] = ["no-entrance", "resident-curfew"];

impl Rule {
    /// The name of the rule that was probably meant, if one is close enough.
    #[must_use]
    pub fn nearest(wrong: &str) -> Option<&'static str> {
        nearest(wrong, RULES.iter().map(|rule| rule.kind.name))
    }

    /// Whether what it finds may lock somebody out of a home: then no comment allows it, and settings cannot turn it
    /// off.
    #[must_use]
    pub fn is_life_safety(&self) -> bool {
        LIFE_SAFETY.contains(&self.kind.name)
    }

    /// Whether it tells of assertions, which no comment allows and no setting makes milder.
    #[must_use]
    pub fn is_assertion(&self) -> bool {
        self.kind.name == "failed-assertion"
    }

    /// Whether no comment allows what it finds, and no setting turns it off.
    #[must_use]
    pub fn is_binding(&self) -> bool {
        self.is_life_safety() || self.is_assertion()
    }

    /// The rule of a name or a code.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.kind.name == name || rule.kind.code == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::KINDS;

    #[test]
    fn names_and_codes_are_unique_and_in_order() {
        let codes: Vec<_> = KINDS.iter().copied().chain(RULES.iter().map(|rule| &rule.kind)).collect();
        assert!(codes.windows(2).all(|pair| pair[0].code < pair[1].code));
        let mut names: Vec<_> = codes.iter().map(|kind| kind.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), codes.len());
    }

    #[test]
    fn a_stricter_profile_is_never_milder_but_where_the_page_says_so() {
        for rule in RULES.iter().filter(|rule| rule.kind.name != "share-off-residence") {
            // Levels sort from error to info; off comes first as `None`.
            let strength = |level: Option<Level>| level.map_or(0, |level| 3 - level as u8);
            let [home, managed, high] = rule.levels.map(strength);
            assert!(home <= managed && managed <= high, "{}", rule.kind.name);
        }
    }
}
