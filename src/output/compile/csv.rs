//! `compile --format csv`: a row for each segment of each credential, and one for a door that nobody opens.

use crate::model::Property;
use crate::output::hours;
use crate::tables::{LockTable, Tables};

/// The first row.
const HEADER: &str = "property,door,person,capability,keys,from,until,weekly,holidays\n";

/// The rows of some locks, with the header in front when `header`. Lists within a field are separated by `;`.
#[must_use]
pub fn csv<'t>(
    property: &Property,
    tables: &'t Tables,
    locks: impl Iterator<Item = LockTable<'t>>,
    header: bool,
) -> String {
    let mut text = if header { HEADER.to_owned() } else { String::new() };
    // The part of a row that a set of minutes makes is the same for everybody who has it.
    let times: Vec<Vec<String>> = tables
        .all_segments()
        .iter()
        .map(|segments| {
            let row = |segment: &crate::time::Segment| {
                let moment =
                    |minute: Option<crate::time::Minute>| minute.map_or(String::new(), |m| m.to_string());
                let (from, until) = (moment(segment.from), moment(segment.until));
                format!(",{from},{until},{},{}\n", hours::week(&segment.weekly), hours::holidays(segment))
            };
            segments.iter().map(row).collect()
        })
        .collect();
    let keys: Vec<String> = tables.all_keys().iter().map(|keys| keys.join(";")).collect();
    for lock in locks {
        let start =
            format!("{},{}", property.text(property.id), property.text(property.doors[lock.door.index()].id));
        if lock.credentials.is_empty() {
            text.push_str(&start);
            text.push_str(",,,,,,,\n");
        }
        for credential in lock.credentials {
            for row in &times[credential.times().0 as usize] {
                for part in [
                    &start,
                    ",",
                    property.text(property.people[credential.person.index()].id),
                    ",",
                    credential.capability().name(),
                    ",",
                    &keys[credential.keys.0 as usize],
                    row,
                ] {
                    text.push_str(part);
                }
            }
        }
    }
    text
}
