//! Pairs of properties, made by hand, with equal access relations: "the same meaning gives the same bytes".

use crate::oracle::{compiled_as, without_names_of_keys};
use crate::reference::compare::{difference, telling_days};
use crate::reference::dice::Dice;
use crate::reference::example::{date, with_key};
use crate::reference::property::{Assignment, Edge, Property, Window};

/// By definition no minute differs, and so neither may the documents.
#[track_caller]
fn mean_the_same(what: &str, one: &Property, other: &Property) {
    for property in [one, other] {
        let days = telling_days(property, &mut Dice::new(0));
        difference(one, other, &days).unwrap_or_else(|found| panic!("{what}: {found}"));
    }
    let documents =
        [one, other].map(|property| compiled_as(property, 0).unwrap_or_else(|refused| panic!("{refused}")));
    let documents = documents.map(|json| without_names_of_keys(&json));
    assert_eq!(documents[0], documents[1], "{what}");
}

/// Sam's key to the boiler room by this schedule, in these dates, one assignment each.
fn in_dates(schedule: &str, dates: &[(Option<&str>, Option<&str>)]) -> Property {
    let mut property = with_key(schedule);
    let assignment = property.assignments.remove(0);
    let edge = |text: &str| match text.parse() {
        Ok(day) => Edge::Day(day),
        Err(_) => Edge::Moment(text.parse().unwrap()),
    };
    property.assignments = dates
        .iter()
        .map(|(from, until)| Assignment {
            from: from.map(edge),
            until: until.map(edge),
            ..assignment.clone()
        })
        .collect();
    property
}

/// One schedule for all days of the week, beside those of the example.
fn daily(windows: &[(u32, u32)]) -> Property {
    let mut property = with_key("daily-hours");
    let windows: Vec<Window> =
        windows.iter().map(|(from, to)| Window { from: from * 60, to: to * 60 }).collect();
    let mut schedule = property.schedules[2].clone();
    schedule.id = "daily-hours".into();
    schedule.weekly = std::array::from_fn(|_| windows.clone());
    property.schedules.push(schedule);
    property
}

#[test]
fn the_whole_day_is_always() {
    let always = with_key("always");
    mean_the_same("00:00-24:00", &daily(&[(0, 24)]), &always);
    mean_the_same("two halves", &daily(&[(12, 24), (0, 12)]), &always);
    mean_the_same("day and night", &daily(&[(6, 22), (22, 6)]), &always);
    mean_the_same("more than a day", &daily(&[(6, 5), (4, 9)]), &always);
    mean_the_same("to midnight", &daily(&[(8, 0)]), &daily(&[(8, 24)]));
}

#[test]
fn a_holiday_that_changes_nothing_is_not_there() {
    let plain = with_key("business-hours");
    let mut sunday = plain.clone();
    sunday.holidays.push(date("2026-12-27"));
    mean_the_same("closed on a day that is closed", &plain, &sunday);
    let mut ended = in_dates("business-hours", &[(None, Some("2026-12-24"))]);
    let with_christmas = ended.clone();
    ended.holidays.clear();
    mean_the_same("after the end", &with_christmas, &ended);
    let mut like_fridays = with_key("business-hours");
    like_fridays.schedules[0].holidays = Some(vec![Window { from: 480, to: 1080 }]);
    let mut no_line = like_fridays.clone();
    no_line.schedules[0].holidays = None;
    mean_the_same("the hours of its weekday", &like_fridays, &no_line);
}

#[test]
fn what_overlaps_or_touches_is_one() {
    let whole = in_dates("business-hours", &[(Some("2026-11-02"), Some("2027-03-31"))]);
    let overlapping = [(Some("2027-01-01"), Some("2027-03-31")), (Some("2026-11-02"), Some("2027-02-28"))];
    mean_the_same("overlap", &whole, &in_dates("business-hours", &overlapping));
    let touching = [
        (Some("2026-11-02"), Some("2026-11-05T12:00:00")),
        (Some("2026-11-05T12:00:00"), Some("2027-03-31")),
    ];
    mean_the_same("touch before the as-of day", &whole, &in_dates("business-hours", &touching));
    let on_the_holiday = [(Some("2026-11-02"), Some("2026-12-25")), (Some("2026-12-26"), Some("2027-03-31"))];
    mean_the_same("touch at a holiday", &whole, &in_dates("business-hours", &on_the_holiday));
}

/// A gap in which nothing would be open is none. (Where access begins and ends, the date is shown as it is written,
/// also when that day is closed: `docs/compile-json.md` says why.)
#[test]
fn gaps_in_closed_hours_do_not_matter() {
    let unbroken = in_dates("business-hours", &[(None, None)]);
    let without_weekend =
        in_dates("business-hours", &[(None, Some("2026-12-04")), (Some("2026-12-07"), None)]);
    mean_the_same("a gap in a weekend", &unbroken, &without_weekend);
    let without_christmas =
        in_dates("business-hours", &[(None, Some("2026-12-24")), (Some("2026-12-28"), None)]);
    mean_the_same("a gap over a holiday that is closed", &unbroken, &without_christmas);
}
