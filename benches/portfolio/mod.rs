//! Portfolios to measure on: always the same for the same numbers.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

const FIRST: [&str; 16] = [
    "maya", "omar", "lena", "tom", "aiko", "ravi", "ines", "noah", "zoe", "ivan", "ruth", "amir", "elsa",
    "hugo", "nina", "paul",
];
const LAST: [&str; 16] = [
    "lopez", "haddad", "fischer", "baker", "tanaka", "mehta", "costa", "cohen", "martin", "petrov", "okafor",
    "rahimi", "lind", "moreau", "rossi", "novak",
];

/// A small generator of random numbers (xorshift), so that a bench needs no crate for it.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// Writes properties of 240 doors, 500 people and 1,400 assignments, about 220 KB and 2,360 records each.
pub fn write(root: &Path, properties: usize) -> io::Result<()> {
    fs::create_dir_all(root)?;
    fs::write(root.join("keyplan.yaml"), "keyplan: 1\n")?;
    for number in 0..properties {
        property(&root.join(format!("house-{number:04}")), number, "")?;
    }
    Ok(())
}

/// The same, with texts over several lines, which only the conformant parser reads.
pub fn conformant(root: &Path, properties: usize) -> io::Result<()> {
    for number in 0..properties {
        let text = "\n    description: >-\n      A text that goes on\n      over several lines,\n\n      and has a paragraph.";
        property(&root.join(format!("house-{number:04}")), number, text)?;
    }
    Ok(())
}

fn property(root: &Path, number: usize, description: &str) -> io::Result<()> {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ (number as u64 + 1) << 17);
    fs::create_dir_all(root)?;
    fs::write(root.join("property.yaml"), head(number, description))?;
    fs::write(root.join("doors.yaml"), doors(description))?;
    let (people, assignments) = people(&mut dice, description);
    fs::write(root.join("people.yaml"), people)?;
    fs::write(root.join("assignments.yaml"), assignments)
}

fn head(number: usize, description: &str) -> String {
    // Folded descriptions stand in block style, so the head keeps to it throughout.
    format!(
        "keyplan: 1
property:
  id: house-{number:04}
  name: House {number}
  timezone: America/New_York
lock-models:
  unit-lock: {{ doorcodes: {{ capacity: 30, digits: 4-8 }}, schedules: {{ per-holder: 7 }} }}
  lobby-panel: {{ doorcodes: {{ capacity: 2000, digits: 6-8 }}, schedules: {{ per-holder: 14, since-firmware: \"2.4\" }} }}
groups:
  entrances: {{ kind: entrance }}
  amenities: {{ kind: amenity }}
  service-areas: {{ kind: service }}
  homes: {{ kind: residence }}
  staff-doors: {{ doors: all, except: [homes] }}
holidays:
  2026-12-25: Christmas Day
  2027-01-01: New Year's Day
  2027-07-05: Independence Day
schedules:
  business-hours: {{ mon-fri: 08:00-18:00, holidays: closed }}
  pool-hours:
    mon-thu: 06:00-22:00
    fri, sat: [06:00-12:00, 13:00-24:00]
    sun: closed
    holidays: 10:00-18:00
  night-shift: {{ mon-fri: 22:00-06:00 }}
keys:
  unit:
    each: homes{description}
    name: Unit $door
    share: true
    doors: [$door]
  residences: {{ name: Residences, share: true, doors: [entrances] }}
  parking: {{ name: Parking, share: true, doors: [garage] }}
  spare: {{ name: Spare Rooms, doors: [service-1] }}
  amenities: {{ name: Amenities, doors: {{ amenities: {{ schedule: pool-hours, doorcode: false }} }} }}
  staff: {{ name: Staff, doors: [staff-doors] }}
  nights: {{ name: Night Shift, doors: {{ staff-doors: {{ schedule: night-shift }} }} }}
  vendors:
    name: Vendors
    doors:
      entrances: {{ schedule: business-hours }}
      amenity-1: {{ schedule: business-hours }}
      service-1: {{ schedule: business-hours }}
      service-2: {{ schedule: business-hours }}
teams:
  residents: {{ kind: resident }}
  staff: {{ kind: employee }}
  vendors: {{ kind: vendor }}
"
    )
}

fn doors(description: &str) -> String {
    let mut text = String::from("doors:\n");
    let mut door = |id: String, kind: &str, model: &str, floor: usize| {
        if description.is_empty() {
            let _ = writeln!(
                text,
                "  {id}: {{ name: {kind} {id}, kind: {kind}, floor: {floor}, lock: {{ model: {model}, firmware: \"2.6.1\" }} }}"
            );
        } else {
            let _ = writeln!(text, "  {id}:{description}\n    kind: {kind}\n    floor: {floor}");
        }
    };
    for index in 1..=4 {
        door(format!("entrance-{index}"), "entrance", "lobby-panel", 1);
    }
    door("garage".into(), "parking", "lobby-panel", 0);
    for index in 1..=9 {
        door(format!("amenity-{index}"), "amenity", "lobby-panel", 1);
    }
    for index in 1..=22 {
        door(format!("service-{index}"), "service", "lobby-panel", 0);
    }
    for index in 1..=4 {
        door(format!("office-{index}"), "office", "lobby-panel", 1);
    }
    for index in 0..200 {
        door(home(index), "residence", "unit-lock", index / 40 + 2);
    }
    text
}

fn home(index: usize) -> String {
    format!("unit-{}{:02}{}", index / 40 + 2, index % 40 / 4 + 1, ["A", "B", "C", "D"][index % 4])
}

fn people(dice: &mut Dice, description: &str) -> (String, String) {
    let (mut people, mut assignments) = (String::from("people:\n"), String::from("assignments:\n"));
    let mut person = |id: &str, fields: &str| {
        if description.is_empty() {
            let _ = writeln!(people, "  {id}: {{ {fields} }}");
        } else {
            let _ = writeln!(people, "  {id}:{description}\n    {}", fields.replace(", ", "\n    "));
        }
    };
    for index in 0..460 {
        let (first, last) = (FIRST[index % 16], LAST[index / 16 % 16]);
        let id = format!("{first}-{last}-{index}");
        let (month, year) = (dice.roll(12) + 1, 2025 + dice.roll(2));
        let dates = format!("from: {year}-{month:02}-01, until: {}-{month:02}-28", year + 2);
        person(
            &id,
            &format!("name: {first} {last}, unit: {}, teams: [residents], {dates}", home(index % 200)),
        );
        let _ = writeln!(
            assignments,
            "  - {{ to: {id}, keys: [residences, unit], share: true, from: {year}-{month:02}-01 }}"
        );
        let _ = writeln!(assignments, "  - {{ to: {id}, keys: [amenities], share: false, {dates} }}");
        if index < 400 {
            let _ = writeln!(
                assignments,
                "  - {{ to: {id}, keys: [parking], share: true, {dates}, name: Garage of {first} }}"
            );
        } else {
            let _ = writeln!(
                assignments,
                "  - {{ to: {id}, keys: [spare], {dates}, name: Spare room of {first} }}"
            );
        }
    }
    for index in 0..10 {
        let id = format!("staff-{index}");
        person(
            &id,
            &format!("name: Staff Member {index}, teams: [staff], from: 2024-01-01, until: 2028-12-31"),
        );
        let key = if index < 6 { "staff" } else { "nights" };
        let _ = writeln!(
            assignments,
            "  - {{ to: {id}, keys: [{key}], reviewed: 2026-10-01, until: 2028-12-31 }}"
        );
    }
    for index in 0..30 {
        let id = format!("vendor-{index}");
        person(
            &id,
            &format!("name: Vendor Company {index}, teams: [vendors], until: 2027-{:02}-28", index % 12 + 1),
        );
        let _ = writeln!(
            assignments,
            "  - {{ to: {id}, keys: [vendors], until: 2027-{:02}-28 }}",
            index % 12 + 1
        );
    }
    (people, assignments)
}

/// Writes one property of many people in classes: each class is a team with two keys, of its own part of the doors and
/// of the next.
pub fn campus(root: &Path, doors: usize, people: usize, classes: usize) -> io::Result<()> {
    in_classes(root, doors, people, classes, 2)
}

/// The same with keys to half of the doors for each class.
#[allow(dead_code, reason = "only one bench asks for it")]
pub fn wide(root: &Path, doors: usize, people: usize, classes: usize) -> io::Result<()> {
    in_classes(root, doors, people, classes, classes / 2)
}

fn in_classes(root: &Path, doors: usize, people: usize, classes: usize, keys: usize) -> io::Result<()> {
    fs::create_dir_all(root)?;
    let mut dice = Dice(0x1234_5678_9abc_def1);
    let mut text = String::from(
        "keyplan: 1\nproperty:\n  id: campus\n  name: Campus\n  timezone: America/New_York\nschedules:\n  business-hours: { mon-fri: 08:00-18:00 }\ndoors:\n",
    );
    for door in 0..doors {
        let kind = ["entrance", "residence", "amenity", "service", "office"][door % 5];
        let _ = writeln!(
            text,
            "  door-{door:04}: {{ name: Door {door}, kind: {kind}, tags: [block-{}] }}",
            door % classes
        );
    }
    text.push_str("groups:\n");
    for class in 0..classes {
        let _ = writeln!(text, "  block-{class}: {{ tag: block-{class} }}");
    }
    text.push_str("keys:\n");
    for class in 0..classes {
        let _ = writeln!(
            text,
            "  key-{class}: {{ name: Key {class}, doors: {{ block-{class}: {{ schedule: business-hours }} }} }}"
        );
    }
    text.push_str("assignments:\n");
    for class in 0..classes {
        let keys: Vec<String> = (0..keys).map(|next| format!("key-{}", (class + next) % classes)).collect();
        let _ = writeln!(text, "  - {{ to: team-{class}, keys: [{}] }}", keys.join(", "));
    }
    fs::write(root.join("property.yaml"), text)?;
    let mut text = String::from("people:\n");
    for person in 0..people {
        let (first, last) = (FIRST[dice.roll(16) as usize], LAST[dice.roll(16) as usize]);
        let home = dice.roll(doors as u64 / 5) * 5 + 1;
        let _ = writeln!(
            text,
            "  {first}-{last}-{person}: {{ name: {first} {last}, unit: door-{home:04}, teams: [team-{}], from: 2026-01-01, until: 2027-12-31 }}",
            person % classes
        );
    }
    fs::write(root.join("people.yaml"), text)
}
