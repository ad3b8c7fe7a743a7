//! What somebody is: told by the teams, and by a home.

use crate::model::PersonKind;

/// A set of kinds of people: somebody may work where they live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Kinds(u8);

impl From<Kinds> for u32 {
    fn from(kinds: Kinds) -> Self {
        Self::from(kinds.0)
    }
}

impl Kinds {
    pub(super) fn of(kind: PersonKind) -> Self {
        Self(1 << kind as u8)
    }

    pub(super) fn has(self, kind: PersonKind) -> bool {
        self.0 & 1 << kind as u8 != 0
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether somebody comes to work, for the property or for somebody else.
    pub(super) fn works(self) -> bool {
        self.has(PersonKind::Employee) || self.has(PersonKind::Vendor)
    }
}

/// Words of team names, in the singular and the plural, that say what the people in the team are.
const WORDS: &[(PersonKind, &[&str])] = &[
    (
        PersonKind::Resident,
        &[
            "resident",
            "tenant",
            "leaseholder",
            "lessee",
            "occupant",
            "household",
            "homeowner",
            "lodger",
            "member",
            "student",
            "mieter",
            "bewohner",
        ],
    ),
    (
        PersonKind::Employee,
        &[
            "employee",
            "staff",
            "maintenance",
            "management",
            "manager",
            "leasing",
            "concierge",
            "janitor",
            "caretaker",
            "porter",
            "superintendent",
            "super",
            "security",
            "housekeeping",
            "engineering",
            "engineer",
            "custodian",
            "hausmeister",
            "hauswart",
            "hauswarte",
        ],
    ),
    (
        PersonKind::Vendor,
        &[
            "vendor",
            "contractor",
            "subcontractor",
            "supplier",
            "cleaner",
            "cleaning",
            "plumber",
            "electrician",
            "courier",
            "delivery",
            "landscaper",
            "installer",
            "carer",
        ],
    ),
    (PersonKind::Guest, &["guest", "visitor"]),
];

/// What the people of a team are, when its name says so: `night-cleaners` are vendors.
pub(super) fn kind_of_name(team: &str) -> Option<PersonKind> {
    let team = team.to_lowercase();
    let words = team.split(|c: char| !c.is_alphabetic());
    // The last word is what they are, those before it say which: `resident-managers` manage.
    words.rev().find_map(|word| {
        let singular = word.strip_suffix('s').unwrap_or(word);
        WORDS
            .iter()
            .find(|(_, known)| known.contains(&word) || known.contains(&singular))
            .map(|(kind, _)| *kind)
    })
}

/// Whether a name says that a key is for showing homes.
pub(super) fn is_for_tours(name: &str) -> bool {
    let name = name.to_lowercase();
    name.split(|c: char| !c.is_alphabetic())
        .any(|word| ["tour", "tours", "showing", "showings", "viewing", "viewings"].contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_teams_say_what_people_are() {
        assert_eq!(kind_of_name("residents"), Some(PersonKind::Resident));
        assert_eq!(kind_of_name("night-cleaners"), Some(PersonKind::Vendor));
        assert_eq!(kind_of_name("resident-managers"), Some(PersonKind::Employee));
        assert_eq!(kind_of_name("staff2"), Some(PersonKind::Employee));
        assert_eq!(kind_of_name("board"), None);
        assert_eq!(kind_of_name(""), None);
    }

    #[test]
    fn tours_are_shown_by_words_and_not_by_letters() {
        assert!(is_for_tours("tour"));
        assert!(is_for_tours("Weekend Tours"));
        assert!(!is_for_tours("detour"));
    }
}
