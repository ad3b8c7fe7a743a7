//! The registry of the mistakes that keep a property from being understood.

use super::Level;

/// One kind of finding: its name and code never change once released.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// `KP` and three digits.
    pub code: &'static str,
    /// The fault, in words joined by `-`.
    pub name: &'static str,
    /// The level unless settings say otherwise.
    pub level: Level,
    /// What it is, in one sentence.
    pub summary: &'static str,
}

macro_rules! kinds {
    ($($constant:ident $code:literal $name:literal $summary:literal;)*) => {
        impl Kind {
            $(#[doc = $summary] pub const $constant: &'static Self = &Self {
                code: $code, name: $name, level: Level::Error, summary: $summary,
            };)*
        }

        /// Every kind, by code.
        pub const KINDS: &[&Kind] = &[$(Kind::$constant),*];
    };
}

kinds! {
    SYNTAX "KP001" "yaml-syntax" "The file is not YAML at this place.";
    ENCODING "KP002" "bad-encoding" "The file holds bytes that are no text: not UTF-8, or control characters.";
    FORBIDDEN "KP003" "forbidden-yaml" "Anchors, aliases, merge keys, tags, directives and several documents are not part of the language.";
    TOO_BIG "KP004" "too-big" "The file is longer, or nested deeper, than any property needs.";
    EMPTY_FILE "KP005" "empty-file" "The file holds nothing.";
    UNKNOWN_FIELD "KP010" "unknown-field" "A field that the language does not have; nothing is silently ignored.";
    REPEATED_FIELD "KP011" "repeated-field" "The same field twice in one place.";
    MISSING_FIELD "KP012" "missing-field" "A field that must be there is not.";
    WRONG_SHAPE "KP013" "wrong-shape" "A list where a text is expected, a text where fields are expected, and so on.";
    BAD_VALUE "KP014" "bad-value" "A value that its field cannot have.";
    BAD_DATE "KP015" "bad-date" "A date that does not exist or cannot be read.";
    BAD_TIME "KP016" "bad-time" "A time or a window of a schedule that does not exist.";
    BAD_DAYS "KP017" "bad-days" "A day that does not exist, or that a schedule mentions twice.";
    UNKNOWN_TIMEZONE "KP018" "unknown-timezone" "A time zone that is not in the IANA database.";
    BAD_RANGE "KP019" "bad-range" "A range of doors that cannot be expanded, or expands too far.";
    REPEATED_ID "KP020" "repeated-id" "Two things with one id.";
    BAD_ID "KP021" "bad-id" "An id that cannot be one: reserved, or with characters that an id cannot have.";
    UNKNOWN_NAME "KP022" "unknown-name" "A reference to something that nothing defines.";
    GROUP_CYCLE "KP023" "group-cycle" "Groups that contain each other.";
    BAD_INCLUDE "KP024" "bad-include" "An include that is missing, leaves the portfolio, or includes itself.";
    CONFLICTING_SETTINGS "KP025" "conflicting-settings" "Two groups give one door different settings in one key.";
    WRONG_KEY_TYPE "KP026" "wrong-key-type" "An elevator in a key for doors, or a door in a key for elevators.";
    NO_UNIT "KP027" "no-unit" "A key for each home is given to somebody without one of those homes.";
    BAD_TABLE "KP028" "bad-table" "A roster that is no proper table.";
    EMPTY_PROPERTY "KP029" "empty-property" "A property without doors.";
    BAD_DATES "KP030" "dates-never" "Dates that end before they begin.";
    UNKNOWN_VERSION "KP031" "unknown-version" "A language version that this keyplan does not know.";
    SECRET "KP033" "secret-in-file" "A field whose value would be a secret.";
    STRAY_TEAM "KP034" "stray-team" "A team that nothing names but its people, called almost like another.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_are_unique_and_sorted() {
        let codes: Vec<_> = KINDS.iter().map(|kind| kind.code).collect();
        let mut sorted = codes.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(codes, sorted);
        let mut names: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
        names.sort_unstable();
        let before = names.len();
        names.dedup();
        assert_eq!(names.len(), before);
    }
}
