//! What the conformant parser stumbles over, in the words of somebody who never heard of YAML's grammar.

use granit_parser::{ErrorKind, ScanError};

use super::tree::MAX_DEPTH;
use crate::diagnostic::{Diagnostic, Kind};
use crate::source::Span;

pub(super) const INSTEAD_OF_ANCHORS: &str =
    "to say a thing once, give it a name: a group for doors, a schedule for hours, a team for people";

/// A finding for an error in `piece`, which starts at `base` of the text.
pub(super) fn explain(text: &str, base: u32, piece: &str, error: &ScanError) -> Diagnostic {
    let at = error.marker().byte_offset().unwrap_or(piece.len()).min(piece.len());
    let at = floor(piece, at);
    let point = |from: usize, to: usize| Span::new(base + from as u32, base + to.max(from) as u32);
    let here = point(at, next_char(piece, at));
    let rest_of_line = point(at, line_end(piece, at));
    let line = {
        let start = piece[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let first = start + piece[start..].len() - piece[start..].trim_start_matches([' ', '\t']).len();
        point(first.min(line_end(piece, start)), line_end(piece, start))
    };
    let syntax =
        |span: Span, message: &str, help: &str| Diagnostic::new(Kind::SYNTAX, span, message).help(help);
    match error.kind() {
        ErrorKind::RecursionLimitExceeded => {
            let message = format!("this is nested more than {MAX_DEPTH} deep");
            Diagnostic::new(Kind::TOO_BIG, here, message)
                .help("the language needs six levels; look for brackets that are not closed")
        }
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => {
            let tab = tab_near(piece, at).unwrap_or(at);
            syntax(
                point(tab, tab + 1),
                "there is a tab here, and YAML is indented with spaces",
                "replace the tab by spaces",
            )
        }
        ErrorKind::UnclosedQuotedScalar
        | ErrorKind::DocumentIndicatorInQuotedScalar
        | ErrorKind::InvalidQuotedScalarIndent => {
            let open = opening_quote(piece, at).unwrap_or(at);
            let quote = piece[open..].chars().next().unwrap_or('"');
            let message = format!("this text begins with `{quote}`, and no `{quote}` ends it");
            Diagnostic::new(Kind::SYNTAX, point(open, line_end(piece, open)), message)
                .help(format!("close it with `{quote}`"))
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            syntax(
                rest_of_line,
                "something stands behind the closing quote",
                "put the whole text into the quotes, or double a quote that belongs to the text",
            )
        }
        ErrorKind::UnknownQuotedScalarEscape
        | ErrorKind::InvalidQuotedScalarHexEscape
        | ErrorKind::InvalidLowSurrogateHexEscape
        | ErrorKind::InvalidLowSurrogate
        | ErrorKind::MissingLowSurrogate
        | ErrorKind::UnpairedLowSurrogate
        | ErrorKind::InvalidUnicodeEscape => syntax(
            here,
            "a `\\` in double quotes begins an escape, and this is none",
            "write `\\\\` for a `\\`, or use single quotes",
        ),
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::ExpectedFlowSequenceSeparator
        | ErrorKind::InvalidFlowScalarIndent => unclosed(piece, at, &point).unwrap_or_else(|| {
            syntax(
                rest_of_line,
                "a `,` or a closing bracket is missing here",
                "separate the entries with commas",
            )
        }),
        ErrorKind::MisplacedFlowCollectionEnd => {
            syntax(here, "this closing bracket has no opening one", "delete it, or add the opening bracket")
        }
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            let message = format!("`{open}` is closed by `{close}`");
            syntax(here, &message, "close `[` with `]` and `{` with `}`")
        }
        ErrorKind::PlainScalarStartsWithDashFlowIndicator
        | ErrorKind::BlockSequenceEntryNotAllowed
        | ErrorKind::BlockEntryInFlowCollection
        | ErrorKind::InvalidBlockEntryWhitespace => syntax(
            rest_of_line,
            "a list item cannot begin here",
            "put each `- ` on a line of its own, below the field it belongs to",
        ),
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => syntax(
            here,
            "there is a second `: ` on this line",
            "put the text into quotes when it holds a colon, or the fields into `{ … }`",
        ),
        ErrorKind::SimpleKeyExpected
        | ErrorKind::InvalidSimpleKey
        | ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::MappingKeyNotAllowed
        | ErrorKind::UnexpectedEndOfPlainScalar => no_colon(piece, at, line),
        ErrorKind::InvalidIndentation | ErrorKind::ExpectedBlockSequenceEntry => indentation(line),
        ErrorKind::UnexpectedCharacter { character } => reserved(*character, here),
        ErrorKind::CommentNotSeparated | ErrorKind::CommentInterceptedScalar => {
            syntax(here, "a comment cannot begin here", "put a space before the `#`, or the text into quotes")
        }
        ErrorKind::BomInsideDocument => {
            syntax(here, "there is an invisible byte-order mark in the middle of the file", "delete it")
        }
        ErrorKind::DirectiveDisallowed
        | ErrorKind::DuplicateVersionDirective
        | ErrorKind::UnsupportedYamlMajorVersion
        | ErrorKind::DuplicateTagDirective
        | ErrorKind::MissingDocumentEndBeforeDirective => {
            Diagnostic::new(Kind::FORBIDDEN, line, "lines that begin with `%` are not part of the language")
                .help("delete the line")
        }
        _ => {
            let _ = text;
            syntax(
                if rest_of_line.is_empty() { line } else { rest_of_line },
                "this cannot be read as YAML",
                "compare it with the lines around it; a text with special characters goes into quotes",
            )
        }
    }
}

fn indentation(line: Span) -> Diagnostic {
    Diagnostic::new(Kind::SYNTAX, line, "this line is indented differently from the lines it belongs to")
        .help("give it as many spaces as its neighbours")
}

/// A line that should be `field: value` and has no colon, or one without a blank behind it.
fn no_colon(piece: &str, at: usize, line: Span) -> Diagnostic {
    let start = piece[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let written = piece[start..line_end(piece, start)].trim();
    if written.contains(": ") || written.ends_with(':') {
        return indentation(line);
    }
    let diagnostic =
        Diagnostic::new(Kind::SYNTAX, line, "a field is written `name: value`, and this line is not");
    match written.split_once(':') {
        Some((name, value)) if !name.is_empty() && !value.is_empty() && !value.starts_with(' ') => {
            diagnostic.help(format!("put a space behind the colon: `{name}: {value}`"))
        }
        _ => diagnostic.help("write `name: value`, or indent the line when it belongs to the one above"),
    }
}

fn reserved(character: char, here: Span) -> Diagnostic {
    let (message, help) = match character {
        '@' | '`' | '%' => (
            format!("a text cannot begin with `{character}` unless it is in quotes"),
            "put the text into quotes",
        ),
        '\t' => ("there is a tab here, and YAML is indented with spaces".into(), "replace the tab by spaces"),
        _ => (
            format!("`{character}` cannot stand here"),
            "put the text into quotes when the character belongs to it",
        ),
    };
    Diagnostic::new(Kind::SYNTAX, here, message).help(help)
}

/// The innermost bracket that is open at `at`, if there is one.
fn unclosed(piece: &str, at: usize, point: &impl Fn(usize, usize) -> Span) -> Option<Diagnostic> {
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut quote = None;
    let mut before = ' ';
    let end = if piece[at..].trim().is_empty() { piece.len() } else { at };
    let mut comment = false;
    let end = end.max(next_char(piece, at));
    for (place, c) in piece[..end].char_indices() {
        match quote {
            _ if comment => comment = c != '\n',
            Some(q) if c == q => quote = None,
            Some(_) => {}
            None => match c {
                '"' | '\'' if matches!(before, ' ' | '[' | '{' | ',' | '\n') => quote = Some(c),
                '#' if matches!(before, ' ' | '\n') => comment = true,
                '[' | '{' if !open.is_empty() || matches!(before, ' ' | '\n') => open.push((place, c)),
                ']' | '}' => {
                    open.pop();
                }
                _ => {}
            },
        }
        before = c;
    }
    let (place, bracket) = open.last().copied()?;
    let close = if bracket == '[' { ']' } else { '}' };
    // On the line of the bracket a comma may be what is missing; further down nobody closed it.
    let same_line = !piece[place..at].contains('\n') && !piece[at..line_end(piece, at)].trim().is_empty();
    if same_line && piece[at..line_end(piece, at)].contains(close) {
        return Some(
            Diagnostic::new(Kind::SYNTAX, point(at, next_char(piece, at)), "a `,` is missing before this")
                .help(format!("separate the entries between `{bracket}` and `{close}` with commas")),
        );
    }
    Some(
        Diagnostic::new(Kind::SYNTAX, point(place, place + 1), format!("this `{bracket}` is never closed"))
            .help(format!("close it with `{close}`")),
    )
}

/// The quote that begins the text which is open at `at`.
fn opening_quote(piece: &str, at: usize) -> Option<usize> {
    if matches!(piece.as_bytes().get(at), Some(b'"' | b'\'')) {
        return Some(at);
    }
    let mut open: Option<(usize, char)> = None;
    let mut before = ' ';
    for (place, c) in piece[..at].char_indices() {
        match open {
            Some((_, quote)) if c == quote => open = None,
            None if matches!(c, '"' | '\'') && matches!(before, ' ' | '[' | '{' | ',' | '\n') => {
                open = Some((place, c))
            }
            _ => {}
        }
        before = c;
    }
    open.map(|(place, _)| place)
}

fn tab_near(piece: &str, at: usize) -> Option<usize> {
    let start = piece[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let in_line = piece[start..line_end(piece, at)].find('\t').map(|offset| start + offset);
    in_line.or_else(|| piece[at..].find('\t').map(|offset| at + offset))
}

fn line_end(piece: &str, at: usize) -> usize {
    let end = piece[at..].find('\n').map_or(piece.len(), |length| at + length);
    at + piece[at..end].trim_end_matches(['\r', ' ']).len()
}

fn next_char(piece: &str, at: usize) -> usize {
    at + piece[at..].chars().next().filter(|c| !matches!(c, '\n' | '\r')).map_or(0, char::len_utf8)
}

fn floor(piece: &str, mut at: usize) -> usize {
    while !piece.is_char_boundary(at) {
        at -= 1;
    }
    at
}
