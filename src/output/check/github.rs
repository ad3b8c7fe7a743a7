//! GitHub annotations: workflow commands that mark the lines of a pull request.
//! <https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions>

use crate::diagnostic::{Diagnostic, Level};
use crate::source::Sources;

/// One finding as one workflow command, with its line end.
#[must_use]
pub fn github(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let command = match diagnostic.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "notice",
    };
    let mut properties = Vec::new();
    if let Some(place) = sources.place(diagnostic.span) {
        properties.push(format!("file={}", property(&place.file)));
        properties.push(format!("line={}", place.line));
        properties.push(format!("endLine={}", place.end_line));
        // Columns are for places within one line only.
        if place.line == place.end_line {
            properties.push(format!("col={}", place.column));
            properties.push(format!("endColumn={}", place.end_column));
        }
    }
    properties
        .push(format!("title={}", property(&format!("{} ({})", diagnostic.kind.name, diagnostic.kind.code))));
    let mut message = diagnostic.message.clone();
    if let Some(help) = &diagnostic.help {
        message.push('\n');
        message.push_str(help);
    }
    format!("::{command} {}::{}\n", properties.join(","), data(&message))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_a_command_is_escaped() {
        assert_eq!(data("50% of\nthem"), "50%25 of%0Athem");
        assert_eq!(property("a:b,c"), "a%3Ab%2Cc");
    }
}
