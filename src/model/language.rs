//! The fields of the language, all of them. `docs/language.md` explains what they mean together.

use super::shape::{DATE, ID, ID_FORM, MOMENT, PATH, REFERENCE, REFERENCES, Value, shape};

/// The words for kinds of doors.
pub const DOOR_KINDS: &[&str] =
    &["entrance", "residence", "amenity", "service", "office", "parking", "elevator", "other"];
/// The words for kinds of people.
pub const PERSON_KINDS: &[&str] = &["resident", "employee", "vendor", "guest"];
/// The words for types of keys.
pub const KEY_TYPES: &[&str] = &["door", "elevator"];
/// The words for what a person can do at a door.
pub const CAPABILITIES: &[&str] = &["unlock", "doorcode", "share"];

/// The words for families of locks.
pub const LOCK_FAMILIES: &[&str] = &["matter", "zwave", "zwave-daily", "uhppote", "onvif", "seam"];

const WINDOW: Value = Value::Form(r"^\d{2}:\d{2}\s*-\s*\d{2}:\d{2}$", "a window, as 08:00-18:00");
const WINDOWS: Value = Value::Either(&[Value::Choice(&["closed"]), Value::OneOrMany(&WINDOW)]);
/// What a line of a schedule may be for.
const DAYS: Value = Value::Form(
    r"^\s*(daily|weekdays|weekends|holidays|(mon|tue|wed|thu|fri|sat|sun)(\s*-\s*(mon|tue|wed|thu|fri|sat|sun))?)(\s*,\s*(weekdays|weekends|holidays|(mon|tue|wed|thu|fri|sat|sun)(\s*-\s*(mon|tue|wed|thu|fri|sat|sun))?))*\s*$",
    "days: mon tue wed thu fri sat sun, mon-fri, `fri, sat`, daily, weekdays, weekends, holidays",
);
const CAPABILITY: Value = Value::Choice(CAPABILITIES);
const DOOR_OR_RANGE: Value = Value::Form(
    r"^[\p{L}\p{N}\-_.@+{},]+$",
    "the id of a door, or a range of them: unit-{2..6}{01..10}{A..D}",
);
const LINE_KEY: Value = Value::Text;

shape! { FILE FileField "a property file" {
    Keyplan "keyplan" Value::Whole(1, 1), "The version of the language: 1.";
    Include "include" Value::OneOrMany(&PATH), "Shared parts of other files, by paths relative to this one, inside the portfolio.";
    Property "property" Value::Fields(&PROPERTY), "Which property this is.";
    LockModels "lock-models" Value::Table(&ID, &Value::Fields(&LOCK_MODEL)), "What the lock hardware can hold.";
    Doors "doors" Value::Table(&DOOR_OR_RANGE, &Value::Fields(&DOOR)), "Every door, by id; a range in braces stands for many.";
    Groups "groups" Value::Table(&ID, &Value::Fields(&GROUP)), "Named sets of doors.";
    Holidays "holidays" Value::Table(&DATE, &Value::Text), "Dates on which schedules may differ, with their names.";
    Schedules "schedules" Value::Table(&ID, &Value::Table(&DAYS, &WINDOWS)), "Named weekly hours.";
    Keys "keys" Value::Table(&ID, &Value::Fields(&KEY)), "Sets of doors that are given together.";
    Teams "teams" Value::Table(&ID, &Value::Fields(&TEAM)), "Teams of people, described.";
    People "people" Value::Either(&[Value::Fields(&ROSTER), Value::Table(&ID, &Value::Fields(&PERSON))]), "Who lives and works here.";
    Assignments "assignments" Value::List(&Value::Fields(&ASSIGNMENT)), "Who gets which keys.";
    Assert "assert" Value::List(&Value::Fields(&ASSERT)), "What must hold for every person, door and minute.";
} }

shape! { PROPERTY PropertyField "a property" {
    Id "id" @required ID, "A short name that never changes.";
    Name "name" Value::Text, "The name that people know.";
    Timezone "timezone" @required Value::Text, "The IANA time zone that schedules and dates are in, as America/New_York.";
    Description "description" Value::Text, "Whatever helps a reader.";
    Address "address" Value::Text, "Where it is.";
} }

shape! { LOCK_MODEL LockModelField "a lock model" {
    Name "name" Value::Text, "The name that people know.";
    Description "description" Value::Text, "Whatever helps a reader.";
    Family "family" Value::Choice(LOCK_FAMILIES), "Which locks it is like; their limits hold where nothing else is written.";
    Holders "holders" Value::Whole(1, 1_000_000), "How many people it can hold.";
    Doorcodes "doorcodes" Value::Fields(&DOORCODE_LIMITS), "What it can hold of doorcodes.";
    Schedules "schedules" Value::Fields(&SCHEDULE_LIMITS), "What it can hold of schedules.";
    Dates "dates" Value::Truth, "Whether it keeps from which day to which somebody has access.";
    Online "online" Value::Truth, "Whether it can be reached without a visit.";
} }

shape! { DOORCODE_LIMITS DoorcodeLimitsField "the doorcodes of a lock model" {
    Capacity "capacity" Value::Whole(0, 1_000_000), "How many doorcodes it can hold.";
    Digits "digits" Value::Form(r"^\d{1,2}(\s*-\s*\d{1,2})?$", "a number of digits, as 6 or 4-8"), "How long a doorcode may be.";
} }

shape! { SCHEDULE_LIMITS ScheduleLimitsField "the schedules of a lock model" {
    PerHolder "per-holder" Value::Whole(0, 1000), "How many weekly windows it can hold for each person.";
    Dated "dated" Value::Whole(0, 1000), "How many windows of dates it can hold for each person.";
    SinceFirmware "since-firmware" Value::Text, "The first firmware that knows schedules, in quotes: \"2.4\".";
    Holidays "holidays" Value::Truth, "Whether its schedules can differ on holidays.";
    AsDates "as-dates" Value::Truth, "Whether a lock that knows dates and no hours gets the next hours as dates, which a run of each day moves on.";
} }

shape! { DOOR DoorField "a door" {
    Name "name" Value::Text, "The name that people know.";
    Kind "kind" Value::Choice(DOOR_KINDS), "What kind of door it is.";
    Tags "tags" Value::OneOrMany(&Value::Text), "Words that groups can pick doors by.";
    Floor "floor" Value::Whole(-100, 1000), "The floor it is on.";
    Occupied "occupied" Value::Truth, "Whether somebody lives there; without it, the people with this `unit` tell.";
    Lock "lock" Value::Fields(&LOCK), "The device on it.";
    Protect "protect" Value::Truth, "A plan that takes access to it away is refused.";
    Description "description" Value::Text, "Whatever helps a reader.";
    Address "address" Value::Text, "Where it is.";
} }

shape! { LOCK LockField "a lock" {
    Model "model" REFERENCE, "Which of `lock-models` it is.";
    Firmware "firmware" Value::Text, "Its firmware, in quotes: \"2.6.1\".";
    Provider "provider" REFERENCE, "Which of the providers in keyplan.yaml holds it.";
    Id "id" Value::Text, "How the provider calls it.";
} }

shape! { GROUP GroupField "a group" {
    Name "name" Value::Text, "The name that people know.";
    Description "description" Value::Text, "Whatever helps a reader.";
    Kind "kind" Value::Choice(DOOR_KINDS), "Only doors of this kind.";
    Tag "tag" Value::Text, "Only doors with this tag.";
    Floor "floor" Value::Form(r"^-?\d{1,4}(\s*-\s*-?\d{1,4})?$", "a floor, as 3, or floors, as 2-6"), "Only doors on this floor or these floors.";
    Occupied "occupied" Value::Truth, "Only homes where somebody lives, or only those where nobody does.";
    Doors "doors" REFERENCES, "The doors and groups that are narrowed; all doors without it.";
    Except "except" REFERENCES, "Doors and groups that are taken away at last.";
} }

shape! { KEY KeyField "a key" {
    Name "name" Value::Text, "The name that people know.";
    Description "description" Value::Text, "Whatever helps a reader.";
    Type "type" Value::Choice(KEY_TYPES), "`elevator` for a key of elevators; all others are for doors.";
    Each "each" REFERENCE, "Makes one key for each door of this group; `$door` stands for that door.";
    Share "share" Value::Truth, "Whether who holds it may share it, unless the assignment says otherwise.";
    Doors "doors" @required Value::Either(&[REFERENCES, Value::Table(&LINE_KEY, &Value::Fields(&LINE))]), "The doors and groups it opens, with settings where they are not the default.";
    Reviewed "reviewed" DATE, "When somebody last looked at it.";
} }

shape! { LINE LineField "the settings of a door in a key" {
    Schedule "schedule" REFERENCE, "The hours; `always` without it.";
    Doorcode "doorcode" Value::Truth, "Whether it gives a doorcode; true without it.";
} }

shape! { TEAM TeamField "a team" {
    Name "name" Value::Text, "The name that people know.";
    Description "description" Value::Text, "Whatever helps a reader.";
    Kind "kind" Value::Choice(PERSON_KINDS), "What its people are.";
} }

shape! { ROSTER RosterField "a roster in a table" {
    From "from" @required Value::OneOrMany(&PATH), "The CSV file with the columns id,name,unit,teams,from,until,email,card.";
} }

shape! { PERSON PersonField "a person" {
    Name "name" Value::Text, "The name that people know.";
    Unit "unit" REFERENCE, "The home.";
    Teams "teams" REFERENCES, "The teams this person is in.";
    From "from" MOMENT, "The first day of any access.";
    Until "until" MOMENT, "The last day of any access.";
    Email "email" Value::Text, "Where to write to.";
    Card "card" Value::Text, "What the keycard is called; never its secret number.";
    Protect "protect" Value::Truth, "A plan that takes this person's access away is refused.";
    Description "description" Value::Text, "Whatever helps a reader.";
    Address "address" Value::Text, "Where to find this person.";
} }

shape! { ASSIGNMENT AssignmentField "an assignment" {
    To "to" @required REFERENCES, "People and teams, or `everyone`.";
    Keys "keys" @required REFERENCES, "The keys they get.";
    Share "share" Value::Truth, "Whether they may share these keys; what the key says without it.";
    From "from" MOMENT, "The first day.";
    Until "until" MOMENT, "The last day.";
    Reviewed "reviewed" DATE, "When somebody last looked at it.";
    Name "name" Value::Text, "What it is called.";
    Description "description" Value::Text, "Whatever helps a reader.";
} }

shape! { ASSERT AssertField "an assertion" {
    Name "name" Value::Text, "What must hold, in words.";
    Who "who" @required REFERENCES, "People and teams, or `everyone`.";
    Doors "doors" @required REFERENCES, "Doors and groups, or `all`.";
    Never "never" Value::OneOrMany(&CAPABILITY), "What they must never be able to do there.";
    Always "always" Value::OneOrMany(&CAPABILITY), "What they must be able to do there at every minute.";
    Only "only" REFERENCE, "The schedule outside which they can do nothing there.";
    Description "description" Value::Text, "Whatever helps a reader.";
} }

shape! { SETTINGS SettingsField "the settings of a portfolio" {
    Keyplan "keyplan" Value::Whole(1, 1), "The version of the language: 1.";
    Rules "rules" Value::Fields(&RULE_SETTINGS), "How strict the rules are.";
    Limits "limits" Value::Fields(&LIMITS), "Guards of a plan.";
    State "state" Value::Fields(&STATE), "Where it is kept what was applied.";
    Providers "providers" Value::Table(&ID, &Value::Fields(&PROVIDER)), "The systems that hold the locks.";
} }

shape! { RULE_SETTINGS RuleSettingsField "the settings of rules" {
    Profile "profile" Value::Choice(&["home", "managed", "high-security"]), "Which levels the rules start from.";
    Levels "levels" Value::Table(&RULE_NAME, &Value::Choice(&["error", "warning", "info", "off"])), "The level of single rules.";
} }

const RULE_NAME: Value = Value::Form(r"^([a-z]+(-[a-z]+)*|KP\d{3})$", "the name or the code of a rule");

shape! { LIMITS LimitsField "the guards of a plan" {
    RevokeShare "revoke-share" Value::Form(r"^(100|\d{1,2})\s*%$", "a share, as 30%"), "A plan that revokes a larger share of a lock's credentials is refused.";
    RevokeCount "revoke-count" Value::Whole(0, 1_000_000), "A plan that revokes more credentials is refused.";
} }

shape! { STATE StateField "the state" {
    Backend "backend" Value::Choice(&["sqlite"]), "What keeps it.";
    Path "path" PATH, "Where it lies, relative to this file.";
} }

shape! { PROVIDER ProviderField "a provider" {
    Kind "kind" @required Value::Form(ID_FORM, "a kind of provider, as files"), "Which kind of system it is.";
    Path "path" PATH, "Where its files lie, relative to this file.";
    Address "address" Value::Text, "Where it is reached, as 127.0.0.1:7070.";
    KeyVariable "key-variable" Value::Form(r"^[A-Za-z_][A-Za-z0-9_]*$", "a variable of the environment, as SEAM_API_KEY"), "The variable of the environment that has the key to it; never the key itself.";
    Plain "plain" Value::Truth, "Whether doorcodes stand in its files as they are; never inside a git work tree.";
    Description "description" Value::Text, "Whatever helps a reader.";
} }
