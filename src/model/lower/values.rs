//! Single values: texts, truth values, numbers, words, dates and lists of them.

use super::Lower;
use super::names::{flaw_of_id, nearest, proposed_id};
use crate::diagnostic::{Diagnostic, Kind};
use crate::source::Span;
use crate::syntax::{Node, NodeKind, Style};
use crate::time::{DateError, Day, Interval, Minute};

/// Years outside this range are slips of the pen.
const YEARS: &str = "1900 to 2999";

impl<'a> Lower<'a> {
    /// The text of a scalar, and the span that stands for it. Reports what is no text.
    #[inline]
    pub(super) fn text(&mut self, key: Node<'a>, value: Node<'a>) -> Option<Span> {
        self.text_of(value, || format!("`{}` takes a text", key.scalar().unwrap_or_default()))
    }

    /// As [`Lower::text`], for a value without a field; `expected` is half a sentence.
    #[inline]
    pub(super) fn text_of(&mut self, value: Node<'a>, expected: impl Fn() -> String) -> Option<Span> {
        if let Some(span) = value.verbatim() {
            if value.style() == Style::Plain
                && is_null(&self.texts.text[span.start as usize..span.end as usize])
            {
                self.no_value(value, &expected());
                return None;
            }
            return Some(span);
        }
        match value.scalar() {
            Some(text) => Some(self.texts.make(text, value.span())),
            None if value.kind() == NodeKind::Null => {
                self.no_value(value, &expected());
                None
            }
            None => {
                self.wrong_shape(value, &expected());
                None
            }
        }
    }

    fn no_value(&mut self, value: Node<'a>, expected: &str) {
        self.report(
            Diagnostic::new(Kind::WRONG_SHAPE, value.span(), format!("{expected}, but nothing stands here"))
                .help("write a value, or take the field out"),
        );
    }

    /// `true` or `false`.
    pub(super) fn truth(&mut self, key: Node<'a>, value: Node<'a>) -> Option<bool> {
        let field = key.scalar().unwrap_or_default();
        let span = self.text_of(value, || format!("`{field}` takes `true` or `false`"))?;
        let text = self.get(span).to_owned();
        if value.style() == Style::Plain {
            match text.as_str() {
                "true" | "True" | "TRUE" => return Some(true),
                "false" | "False" | "FALSE" => return Some(false),
                _ => {}
            }
        }
        let meant = match text.to_lowercase().as_str() {
            "yes" | "y" | "on" | "true" | "1" => Some("true"),
            "no" | "n" | "off" | "false" | "0" => Some("false"),
            _ => None,
        };
        let diagnostic = Diagnostic::new(
            Kind::BAD_VALUE,
            value.span(),
            format!("`{field}` takes `true` or `false`, not `{}`", self.written(value)),
        );
        self.report(match meant {
            Some(meant) if value.style() != Style::Plain => {
                diagnostic.help(format!("write `{meant}`, without quotes"))
            }
            Some(meant) => diagnostic.help(format!("write `{meant}`")),
            None => diagnostic,
        });
        None
    }

    /// A whole number in a range.
    pub(super) fn whole(&mut self, key: Node<'a>, value: Node<'a>, least: i64, most: i64) -> Option<i64> {
        let field = key.scalar().unwrap_or_default();
        let span = self.text_of(value, || format!("`{field}` takes a whole number"))?;
        let number = (value.style() == Style::Plain).then(|| self.get(span).parse::<i64>().ok()).flatten();
        if let Some(number) = number
            && (least..=most).contains(&number)
        {
            return Some(number);
        }
        let message =
            format!("`{field}` takes a whole number from {least} to {most}, not `{}`", self.written(value));
        self.report(Diagnostic::new(Kind::BAD_VALUE, value.span(), message));
        None
    }

    /// One of a few words.
    pub(super) fn choice<T>(
        &mut self,
        key: Node<'a>,
        value: Node<'a>,
        words: &[&str],
        find: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let field = key.scalar().unwrap_or_default();
        let span = self.text_of(value, || format!("`{field}` takes one of {}", listed(words)))?;
        if let Some(found) = find(self.get(span)) {
            return Some(found);
        }
        let text = self.get(span).to_owned();
        let diagnostic = Diagnostic::new(
            Kind::BAD_VALUE,
            value.span(),
            format!("`{field}` takes one of {}, not `{text}`", listed(words)),
        );
        self.report(match nearest(&text, words.iter().copied()) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic,
        });
        None
    }

    /// A text that must have a certain form; `read` says whether it has.
    pub(super) fn form<T>(
        &mut self,
        key: Node<'a>,
        value: Node<'a>,
        form: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let field = key.scalar().unwrap_or_default();
        let span = self.text_of(value, || format!("`{field}` takes {form}"))?;
        let found = read(self.get(span));
        if found.is_none() {
            let message = format!("`{field}` takes {form}, not `{}`", self.written(value));
            self.report(Diagnostic::new(Kind::BAD_VALUE, value.span(), message));
        }
        found
    }

    /// The id in front of a definition; `what` is what it defines, with its article. Reports what cannot be an id.
    #[inline]
    pub(super) fn id(&mut self, key: Node<'a>, what: &str, reserved: &str) -> Option<Span> {
        let span = self.text_of(key, || format!("{what} needs an id"))?;
        let text = self.get(span);
        if text.is_empty() {
            self.report(Diagnostic::new(
                Kind::BAD_ID,
                key.span(),
                format!("{what} needs an id, but this one is empty"),
            ));
            return None;
        }
        if text == reserved {
            let message = format!("`{reserved}` cannot be the id of {what}: it has a meaning of its own");
            self.report(Diagnostic::new(Kind::BAD_ID, key.span(), message).help("choose another id"));
            return None;
        }
        if let Some(flaw) = flaw_of_id(text) {
            let proposal = proposed_id(text);
            let message = format!("`{text}` cannot be the id of {what}: {flaw}");
            let diagnostic = Diagnostic::new(Kind::BAD_ID, key.span(), message);
            self.report(if proposal.is_empty() {
                diagnostic
                    .help("an id has letters, digits, `-`, `_` and `.`, and begins with a letter or digit")
            } else {
                diagnostic.help(format!("write `{proposal}`, and put the words for people in `name`"))
            });
            return None;
        }
        Some(span)
    }

    /// One text or a list of them, each given to `read` with its span. Reports what is neither.
    pub(super) fn one_or_many(
        &mut self,
        what: &str,
        value: Node<'a>,
        mut read: impl FnMut(&mut Self, Span, Node<'a>),
    ) {
        match value.kind() {
            NodeKind::Sequence => {
                for item in value.items() {
                    if let Some(span) =
                        self.text_of(item, || format!("{what} takes a text, or a list of texts"))
                    {
                        read(self, span, item);
                    }
                }
            }
            _ => {
                if let Some(span) = self.text_of(value, || format!("{what} takes a text, or a list of texts"))
                {
                    read(self, span, value);
                }
            }
        }
    }

    /// A date.
    pub(super) fn day(&mut self, value: Node<'a>, span: Span) -> Option<Day> {
        match Day::parse(self.get(span)) {
            Ok(day) => Some(day),
            Err(error) => {
                self.bad_date(value.span(), span, error, false);
                None
            }
        }
    }

    /// The first minute of a `from`. A flaw that cannot be read gives `None` and is reported.
    #[inline]
    pub(super) fn from(&mut self, place: Span, span: Span) -> Option<Minute> {
        match Minute::parse_start(self.get(span)) {
            Ok(minute) => Some(minute),
            Err(error) => {
                self.bad_date(place, span, error, true);
                None
            }
        }
    }

    /// The first minute after an `until`: the next midnight for a date, which is inclusive.
    #[inline]
    pub(super) fn until(&mut self, place: Span, span: Span) -> Option<Minute> {
        match Minute::parse_end(self.get(span)) {
            Ok(minute) => Some(minute),
            Err(error) => {
                self.bad_date(place, span, error, true);
                None
            }
        }
    }

    fn bad_date(&mut self, place: Span, span: Span, error: DateError, or_time: bool) {
        let text = self.get(span).to_owned();
        let diagnostic = match error {
            DateError::Malformed if or_time => {
                Diagnostic::new(Kind::BAD_DATE, place, format!("`{text}` is no date")).help(
                    "write year, month and day, as 2026-12-31, or a date with a time, as 2026-12-31T18:00",
                )
            }
            DateError::Malformed => Diagnostic::new(Kind::BAD_DATE, place, format!("`{text}` is no date"))
                .help("write year, month and day, as 2026-12-31"),
            DateError::Nonexistent => {
                Diagnostic::new(Kind::BAD_DATE, place, format!("there is no `{text}` in the calendar"))
            }
            DateError::OutOfRange => {
                Diagnostic::new(Kind::BAD_DATE, place, format!("`{text}` is not in the years {YEARS}"))
                    .help("for access without an end, leave `until` out")
            }
        };
        self.report(diagnostic);
    }

    /// Dates that begin and end; a pair that never holds is reported and holds never.
    pub(super) fn interval(&mut self, place: Span, from: Option<Minute>, until: Option<Minute>) -> Interval {
        let interval = Interval::new(from, until);
        if interval.is_empty() {
            let message = "these dates end before they begin, so nobody would ever get in".to_owned();
            self.report(
                Diagnostic::new(Kind::BAD_DATES, place, message)
                    .help("swap `from` and `until`, or correct the year"),
            );
        }
        interval
    }

    /// A value as the author wrote it, cut where it is long.
    pub(super) fn written(&self, value: Node<'a>) -> String {
        let span = self.first_line(value.span());
        let text = &self.texts.text[span.start as usize..span.end as usize];
        if text.chars().count() > 60 {
            format!("{}…", text.chars().take(60).collect::<String>())
        } else {
            text.to_owned()
        }
    }
}

/// What YAML 1.2 reads as nothing.
fn is_null(text: &str) -> bool {
    matches!(text, "null" | "Null" | "NULL" | "~" | "")
}

/// Words in backticks, with commas.
pub(super) fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
