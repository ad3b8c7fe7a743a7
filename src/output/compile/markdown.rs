//! `compile --format markdown`: a section for each lock with a table of its credentials.

use std::fmt::Write;

use crate::model::Property;
use crate::output::hours;
use crate::tables::{LockTable, Tables};

/// The tables of some locks as Markdown.
#[must_use]
pub fn markdown<'t>(
    property: &Property,
    tables: &'t Tables,
    locks: impl Iterator<Item = LockTable<'t>>,
) -> String {
    let mut text = String::new();
    let title = property.text(property.name.unwrap_or(property.id));
    // Writing to a text cannot fail.
    let _ = writeln!(text, "# {}\n", escape(title));
    let _ = writeln!(
        text,
        "As of {} in {}, `{}`.",
        property.as_of,
        property.timezone.name(),
        tables.digest(property)
    );
    for lock in locks {
        let door = &property.doors[lock.door.index()];
        let id = property.text(door.id);
        match door.name {
            Some(name) => {
                let _ =
                    writeln!(text, "\n## {} (`{id}`, {})\n", escape(property.text(name)), door.kind.name());
            }
            None => {
                let _ = writeln!(text, "\n## `{id}` ({})\n", door.kind.name());
            }
        }
        if lock.credentials.is_empty() {
            text.push_str("Nobody opens this door.\n");
            continue;
        }
        text.push_str("| person | can | keys | from | until | hours | holidays |\n");
        text.push_str("| --- | --- | --- | --- | --- | --- | --- |\n");
        for credential in lock.credentials {
            let person = property.text(property.people[credential.person.index()].id);
            let keys = tables.keys(credential.keys).join(", ");
            for segment in tables.segments(credential.times()) {
                let moment =
                    |minute: Option<crate::time::Minute>| minute.map_or(String::new(), |m| m.to_string());
                let _ = writeln!(
                    text,
                    "| {} | {} | {} | {} | {} | {} | {} |",
                    escape(person),
                    credential.capability().name(),
                    escape(&keys),
                    moment(segment.from),
                    moment(segment.until),
                    hours::week(&segment.weekly),
                    hours::holidays(segment),
                );
            }
        }
    }
    text
}

/// A text whose characters mean nothing to Markdown.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '|' | '*' | '_' | '`' | '[' | ']' | '<' | '>' | '#' | '\\') {
            escaped.push('\\');
        }
        escaped.push(if c.is_control() { ' ' } else { c });
    }
    escaped
}
