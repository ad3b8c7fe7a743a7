//! Findings for people: the place underlined in its lines, other places beside it, and what to do.

use std::fmt;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, Severity,
    SourceCode, SourceSpan, SpanContents,
};

use crate::diagnostic::{Diagnostic, Kind, Level};
use crate::source::{Sources, Span};

/// So many columns at most; longer messages are wrapped.
const WIDTH: usize = 100;
/// A line longer than this many bytes is not shown, only its place.
const LONG_LINE: usize = 1000;

/// Renders findings for people.
pub struct Human {
    handler: GraphicalReportHandler,
}

impl Human {
    /// A renderer, with or without colour.
    #[must_use]
    pub fn new(color: bool) -> Self {
        let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        Self {
            handler: GraphicalReportHandler::new_themed(theme)
                .with_width(WIDTH)
                .with_context_lines(1)
                .with_links(false),
        }
    }

    /// One finding, with an empty line behind it. Excerpts are taken from `shown`, the text of the sources or what stands
    /// for it ([`super::masked`]).
    #[must_use]
    pub fn render(&self, diagnostic: &Diagnostic, sources: &Sources, shown: &str) -> String {
        let mut text = String::new();
        let shown = Shown {
            diagnostic,
            excerpt: Excerpt { sources, shown },
            whole: diagnostic.kind != Kind::SECRET && !has_long_line(diagnostic, sources),
        };
        if self.handler.render_report(&mut text, &shown).is_err() || !shown.whole {
            // A place that cannot be drawn is still told.
            text = super::concise(diagnostic, sources);
        }
        text.push('\n');
        text
    }
}

/// Drawing a line of a megabyte would bury the message.
fn has_long_line(diagnostic: &Diagnostic, sources: &Sources) -> bool {
    let spans = std::iter::once(diagnostic.span).chain(diagnostic.related.iter().map(|label| label.span));
    spans.map(|span| sources.written(span)).any(|span| {
        let Some(file) = sources.file_of(span) else { return false };
        let (first, _) = sources.line_and_column(file, span.start);
        let (last, _) = sources.line_and_column(file, span.end);
        // One line of context is drawn on either side.
        last - first > 50
            || (first.saturating_sub(1).max(1)..=(last + 1).min(sources.line_count(file)))
                .any(|line| sources.line_range(file, line).len() > LONG_LINE)
    })
}

struct Shown<'d> {
    diagnostic: &'d Diagnostic,
    excerpt: Excerpt<'d>,
    whole: bool,
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.diagnostic.fmt(f)
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl miette::Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let Diagnostic { kind, level, .. } = self.diagnostic;
        Some(Box::new(format!("{}: {} ({})", level.name(), kind.name, kind.code)))
    }

    fn severity(&self) -> Option<Severity> {
        Some(match self.diagnostic.level {
            Level::Error => Severity::Error,
            Level::Warning => Severity::Warning,
            Level::Info => Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.diagnostic.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.excerpt)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let at = |span: Span| {
            let span = self.excerpt.sources.written(span);
            SourceSpan::from((span.start as usize, span.len() as usize))
        };
        let related = self
            .diagnostic
            .related
            .iter()
            .map(move |label| LabeledSpan::new_with_span(Some(label.message.clone()), at(label.span)));
        let first = LabeledSpan::new_primary_with_span(None, at(self.diagnostic.span));
        Some(Box::new(std::iter::once(first).chain(related)))
    }
}

/// The text of a property, file by file, with lines found by index and not by counting.
struct Excerpt<'d> {
    sources: &'d Sources,
    shown: &'d str,
}

impl SourceCode for Excerpt<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (start, end) = (span.offset() as u32, (span.offset() + span.len()) as u32);
        let file = self.sources.file_of(Span::new(start, start)).ok_or(MietteError::OutOfBounds)?;
        if end > file.span.end {
            // Places in two files are never one excerpt.
            return Err(MietteError::OutOfBounds);
        }
        let (line, column) = self.sources.line_and_column(file, start);
        let (last, _) = self.sources.line_and_column(file, end);
        let first = line.saturating_sub(before as u32).max(1);
        let last = (last + after as u32).min(self.sources.line_count(file));
        let (from, to) =
            (self.sources.line_range(file, first).start, self.sources.line_range(file, last).end);
        let bytes = &self.shown.as_bytes()[from..to];
        Ok(Box::new(MietteSpanContents::new_named(
            file.path.clone(),
            bytes,
            SourceSpan::from((from, to - from)),
            first as usize - 1,
            if before == 0 { column as usize - 1 } else { 0 },
            (last - first + 1) as usize,
        )))
    }
}
