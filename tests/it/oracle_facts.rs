//! Why the evaluator may be trusted: facts worked out by hand from the language's definition.

use chrono::{DateTime, Utc};

use crate::reference::compare::Day;
use crate::reference::evaluate::{can, covers, wall_clock};
use crate::reference::example::{self, date, with_key};
use crate::reference::property::{Assignment, Capability, Edge, Group, Key, Line, Property};

use Capability::{Doorcode, Share, Unlock};

/// Whether the person can do it when the wall shows this; New York is 5 hours behind UTC in winter.
#[track_caller]
fn fact(
    property: &Property,
    person: &str,
    door: &str,
    capability: Capability,
    instant: &str,
    expected: bool,
) {
    let at: DateTime<Utc> = instant.parse().unwrap();
    let wall = wall_clock(property, at);
    let found = can(property, person, door, capability, at);
    assert_eq!(found, expected, "{person} {} {door} at {wall}", capability.name());
}

#[test]
fn an_overnight_window_ends_the_next_morning() {
    let property = with_key("night-shift");
    // 2026-11-27 is a Friday.
    for (instant, expected) in [
        ("2026-11-28T02:59:00Z", false), // Friday 21:59
        ("2026-11-28T03:00:00Z", true),  // Friday 22:00
        ("2026-11-28T10:59:00Z", true),  // Saturday 05:59
        ("2026-11-28T11:00:00Z", false), // Saturday 06:00
        ("2026-11-29T04:00:00Z", false), // Saturday 23:00
        ("2026-11-30T10:00:00Z", false), // Monday 05:00: Sunday has no window
        ("2026-12-01T10:00:00Z", true),  // Tuesday 05:00
    ] {
        fact(&property, "sam", "boiler-room", Unlock, instant, expected);
    }
}

#[test]
fn a_night_before_a_holiday_runs_to_its_end_and_one_on_it_is_replaced() {
    let mut property = with_key("night-shift");
    property.schedules[2].holidays = Some(Vec::new());
    // Christmas 2026 is a Friday.
    fact(&property, "sam", "boiler-room", Unlock, "2026-12-25T10:59:00Z", true); // Friday 05:59
    fact(&property, "sam", "boiler-room", Unlock, "2026-12-25T11:00:00Z", false); // Friday 06:00
    fact(&property, "sam", "boiler-room", Unlock, "2026-12-26T03:30:00Z", false); // Friday 22:30
    fact(&property, "sam", "boiler-room", Unlock, "2026-12-26T10:00:00Z", false); // Saturday 05:00
    // Without the line the date is ordinary.
    property.schedules[2].holidays = None;
    fact(&property, "sam", "boiler-room", Unlock, "2026-12-26T10:00:00Z", true);
}

#[test]
fn the_pool_of_the_example() {
    let property = example::property();
    for (instant, expected) in [
        ("2026-12-25T14:59:00Z", false), // Christmas 09:59
        ("2026-12-25T15:00:00Z", true),  // 10:00
        ("2026-12-25T22:59:00Z", true),  // 17:59
        ("2026-12-25T23:00:00Z", false), // 18:00
        ("2026-12-18T17:00:00Z", false), // Friday 12:00
        ("2026-12-18T18:00:00Z", true),  // Friday 13:00
        ("2026-12-19T04:59:00Z", true),  // Friday 23:59
        ("2026-12-19T05:00:00Z", false), // Saturday 00:00
        ("2026-12-20T17:00:00Z", false), // Sunday 12:00
    ] {
        fact(&property, "tracy", "pool", Unlock, instant, expected);
        fact(&property, "tracy", "pool", Doorcode, instant, false);
        fact(&property, "tracy", "pool", Share, instant, false);
    }
    // The gym's own line wins over the amenities'.
    fact(&property, "tracy", "gym", Unlock, "2026-12-20T08:00:00Z", true);
    fact(&property, "tracy", "gym", Doorcode, "2026-12-20T08:00:00Z", false);
}

#[test]
fn units_dates_and_sharing_of_the_example() {
    let property = example::property();
    // Tracy has her own unit's key and may share it, to the last minute of 2026.
    for capability in Capability::ALL {
        fact(&property, "tracy", "unit-205C", capability, "2026-01-01T05:00:00Z", true);
        fact(&property, "tracy", "unit-205C", capability, "2026-01-01T04:59:00Z", false);
        fact(&property, "tracy", "unit-205C", capability, "2027-01-01T04:59:00Z", true);
        fact(&property, "tracy", "unit-205C", capability, "2027-01-01T05:00:00Z", false);
        fact(&property, "tracy", "unit-205D", capability, "2026-12-01T12:00:00Z", false);
    }
    // Sam opens and shows vacant homes, not Tracy's; he may not share other doors.
    fact(&property, "sam", "unit-205D", Share, "2026-12-01T12:00:00Z", true);
    fact(&property, "sam", "unit-205C", Unlock, "2026-12-01T12:00:00Z", false);
    fact(&property, "sam", "pool", Unlock, "2026-12-01T03:00:00Z", true);
    fact(&property, "sam", "pool", Share, "2026-12-01T03:00:00Z", false);
    // The vendors' assignment ends before Acme's own dates do: Friday 2027-01-29, Monday 2027-02-01, both at noon.
    fact(&property, "acme", "boiler-room", Unlock, "2027-01-29T17:00:00Z", true);
    fact(&property, "acme", "boiler-room", Unlock, "2027-02-01T17:00:00Z", false);
    fact(&property, "acme", "leasing-office", Unlock, "2027-01-29T17:00:00Z", false);
    // Tracy has moved out by then, so her home is vacant on another as-of day.
    let later = Property { as_of: date("2027-01-01"), ..example::property() };
    assert!(covers(&property, "occupied", "unit-205C") && !covers(&property, "vacant", "unit-205C"));
    assert!(covers(&later, "vacant", "unit-205C") && !covers(&later, "occupied", "unit-205C"));
}

#[test]
fn a_repeated_hour_counts_twice_and_a_skipped_one_does_not_exist() {
    let mut property = with_key("always");
    let edge = |text: &str| Some(Edge::Moment(text.parse().unwrap()));
    property.assignments[0].from = edge("2026-11-01T01:30:00");
    property.assignments[0].until = edge("2026-11-01T02:00:00");
    for (instant, expected) in [
        ("2026-11-01T05:29:00Z", false), // 01:29, first pass
        ("2026-11-01T05:30:00Z", true),  // 01:30, first pass
        ("2026-11-01T06:00:00Z", false), // 01:00, second pass
        ("2026-11-01T06:30:00Z", true),  // 01:30, second pass
        ("2026-11-01T07:00:00Z", false), // 02:00
    ] {
        fact(&property, "sam", "boiler-room", Unlock, instant, expected);
    }
    let minutes = |day: &str| Day::of(&property, date(day)).minutes;
    assert_eq!(minutes("2026-11-01").len(), 1500);
    assert_eq!(minutes("2026-11-02").len(), 1440);
    assert_eq!(minutes("2026-03-08").len(), 1380);
    let skipped = minutes("2026-03-08").iter().any(|minute| minute.wall.to_string() == "2026-03-08 02:30:00");
    assert!(!skipped);
    // An assignment that lies wholly in the skipped hour opens nothing.
    property.assignments[0].from = edge("2026-03-08T02:00:00");
    property.assignments[0].until = edge("2026-03-08T03:00:00");
    fact(&property, "sam", "boiler-room", Unlock, "2026-03-08T06:59:00Z", false); // 01:59
    fact(&property, "sam", "boiler-room", Unlock, "2026-03-08T07:00:00Z", false); // 03:00
}

#[test]
fn an_instance_named_outright_needs_no_unit() {
    let mut property = example::property();
    property.assignments = vec![Assignment {
        to: vec!["sam".into()],
        keys: vec!["unit/unit-301A".into()],
        share: Some(false),
        from: None,
        until: None,
    }];
    fact(&property, "sam", "unit-301A", Unlock, "2026-12-01T12:00:00Z", true);
    fact(&property, "sam", "unit-301A", Share, "2026-12-01T12:00:00Z", false);
    fact(&property, "sam", "unit-301B", Unlock, "2026-12-01T12:00:00Z", false);
}

#[test]
fn several_keys_add_up() {
    let mut property = with_key("always");
    property.keys[0].lines[0].doorcode = false;
    property.keys[0].share = Some(true);
    let by_day = Line { doors: "all".into(), schedule: "business-hours".into(), doorcode: true };
    property.keys.push(Key {
        id: "day".into(),
        share: None,
        lines: vec![by_day],
        ..property.keys[0].clone()
    });
    property.assignments[0].keys.push("day".into());
    // Friday 12:00 and 20:00.
    for (capability, by_day, by_night) in [(Unlock, true, true), (Doorcode, true, false), (Share, true, true)]
    {
        fact(&property, "sam", "boiler-room", capability, "2026-11-27T17:00:00Z", by_day);
        fact(&property, "sam", "boiler-room", capability, "2026-11-28T01:00:00Z", by_night);
    }
    fact(&property, "sam", "gym", Share, "2026-11-27T17:00:00Z", false);
    // What the assignment says about sharing wins over its keys.
    property.assignments[0].share = Some(false);
    fact(&property, "sam", "boiler-room", Share, "2026-11-27T17:00:00Z", false);
}

#[test]
fn moments_are_half_open_and_a_persons_dates_end_everything() {
    let mut property = with_key("always");
    property.people[1].until = Some(Edge::Moment("2026-11-27T12:00:00".parse().unwrap()));
    fact(&property, "sam", "boiler-room", Unlock, "2026-11-27T16:59:00Z", true); // 11:59
    fact(&property, "sam", "boiler-room", Unlock, "2026-11-27T17:00:00Z", false); // 12:00
    property.people[1].from = property.people[1].until.take();
    fact(&property, "sam", "boiler-room", Unlock, "2026-11-27T16:59:00Z", false);
    fact(&property, "sam", "boiler-room", Unlock, "2026-11-27T17:00:00Z", true);
}

#[test]
fn an_overnight_window_stops_where_its_dates_do() {
    let mut property = with_key("night-shift");
    // Until Friday, inclusive: the night that starts then ends at midnight.
    property.assignments[0].until = Some(Edge::Day(date("2026-11-27")));
    fact(&property, "sam", "boiler-room", Unlock, "2026-11-28T04:59:00Z", true); // Friday 23:59
    fact(&property, "sam", "boiler-room", Unlock, "2026-11-28T05:00:00Z", false); // Saturday 00:00
    // From Saturday on: the rest of Friday's night.
    property.assignments[0].from = Some(Edge::Day(date("2026-11-28")));
    property.assignments[0].until = None;
    fact(&property, "sam", "boiler-room", Unlock, "2026-11-28T04:59:00Z", false);
    fact(&property, "sam", "boiler-room", Unlock, "2026-11-28T05:00:00Z", true);
    fact(&property, "sam", "boiler-room", Unlock, "2026-11-28T11:00:00Z", false); // Saturday 06:00
}

#[test]
fn groups_narrow_and_take_away() {
    let mut property = example::property();
    property.doors.iter_mut().find(|door| door.id == "gym").unwrap().floor = Some(3);
    property.doors.iter_mut().find(|door| door.id == "unit-301A").unwrap().occupied = Some(true);
    let group = Group {
        id: "g".into(),
        kind: None,
        tag: None,
        floor: None,
        occupied: None,
        doors: None,
        except: Vec::new(),
    };
    let mut picked = |group: Group| {
        property.groups.retain(|other| other.id != "g");
        property.groups.push(group);
        let doors = property.doors.iter().filter(|door| covers(&property, "g", &door.id));
        doors.map(|door| door.id.clone()).collect::<Vec<_>>()
    };
    let tagged = picked(Group { tag: Some("outdoor".into()), ..group.clone() });
    assert_eq!(tagged, ["pool"]);
    assert_eq!(picked(Group { floor: Some((2, 3)), ..group.clone() }), ["gym"]);
    assert_eq!(picked(Group { floor: Some((4, 6)), ..group.clone() }), [""; 0]);
    // Tracy lives in one, the other says so itself; no door of another kind is ever occupied or vacant.
    assert_eq!(picked(Group { occupied: Some(true), ..group.clone() }), ["unit-205C", "unit-301A"]);
    assert_eq!(picked(Group { occupied: Some(false), ..group.clone() }).len(), 198);
    let some = Some(vec!["amenities".into(), "garage-gate".into()]);
    let of_kind = Group { kind: Some("amenity".into()), doors: some.clone(), ..group.clone() };
    assert_eq!(picked(of_kind), ["pool", "gym"]);
    assert_eq!(picked(Group { doors: some, except: vec!["amenities".into()], ..group }), ["garage-gate"]);
}
