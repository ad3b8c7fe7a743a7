//! Markdown, for a comment on a pull request.

use std::sync::Arc;

use super::Summary;
use crate::diagnostic::Diagnostic;
use crate::source::Sources;

/// One finding as a row of the table.
#[must_use]
pub fn row(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let place = sources
        .place(diagnostic.span)
        .map_or_else(String::new, |place| format!("`{}:{}`", place.file, place.line));
    let help = diagnostic.help.as_ref().map(|help| format!("<br>{}", cell(help))).unwrap_or_default();
    format!(
        "| {} | {} | {place} | {}{help} |\n",
        diagnostic.level.name(),
        diagnostic.kind.name,
        cell(&diagnostic.message)
    )
}

/// The table of rows that [`row`] made, under its heading; with `in_words`, what was found in all.
#[must_use]
pub fn table(rows: &[Arc<str>], total: &Summary, in_words: &str) -> String {
    let mark = if total.errors > 0 { "✗" } else { "✓" };
    let mut text = format!("### {mark} keyplan: {}\n", in_words.trim_end());
    if !rows.is_empty() {
        text.push_str("\n| level | rule | place | finding |\n| --- | --- | --- | --- |\n");
        rows.iter().for_each(|row| text.push_str(row));
    }
    text
}

/// Text that stays within its cell. Backticks keep what is in them as it is.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace(['\n', '\r'], " ")
}
