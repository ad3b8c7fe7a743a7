//! How values are written.

use crate::time::Minute;

/// Lines are no longer than this, where they can be broken.
const WIDTH: usize = 100;

/// A day, or a moment in one; the last day of what ends at midnight.
#[must_use]
pub fn date(minute: Minute, ends: bool) -> String {
    match minute.of_day() {
        0 if ends => minute.day().previous().to_string(),
        0 => minute.day().to_string(),
        _ => minute.to_string(),
    }
}

/// A text in several lines where it is too long for one; broken behind commas only, which is nowhere within a name.
#[must_use]
pub fn wrapped(text: &str, indent: usize) -> String {
    let mut lines = String::new();
    let mut width = indent;
    for piece in text.split_inclusive(", ") {
        if width + piece.trim_end().len() > WIDTH && width > indent {
            lines.truncate(lines.trim_end().len());
            lines.push('\n');
            lines.push_str(&" ".repeat(indent));
            width = indent;
        }
        lines.push_str(piece);
        width += piece.len();
    }
    lines
}

/// A text that is read as just this text: as it is where nothing else could be meant, else in double quotes, in which
/// YAML reads whatever JSON writes.
#[must_use]
pub fn scalar(text: &str) -> String {
    let first = text.chars().next();
    let plain = first.is_some_and(char::is_alphabetic)
        && !text.ends_with(' ')
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '+' | ' ' | '/'))
        && !["true", "false", "null"].contains(&text.to_lowercase().as_str());
    if plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}
