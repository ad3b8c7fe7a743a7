//! Places as every JSON document has them.

use serde::Serialize;

use crate::source::{Place, Sources, Span};

#[derive(Serialize)]
pub(super) struct WirePlace {
    file: String,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

pub(super) fn place(sources: &Sources, span: Span) -> WirePlace {
    let Place { file, line, column, end_line, end_column } = sources.place(span).unwrap_or(Place {
        file: String::new(),
        line: 1,
        column: 1,
        end_line: 1,
        end_column: 1,
    });
    WirePlace { file, line, column, end_line, end_column }
}
