//! All of YAML, by a parser that others wrote; what the language does not have is refused, each with its place.

use granit_parser::{Event, Parser, ScalarStyle, StructureStyle};

use super::messages;
use super::tree::{MAX_DEPTH, NodeKind, Style, Tree};
use crate::diagnostic::{Diagnostic, Kind};
use crate::source::Span;

/// The file is not YAML; the finding is among the others.
#[derive(Debug)]
pub(super) struct NotYaml;

/// An open list or mapping.
struct Open {
    node: u32,
    mapping: bool,
    block: bool,
    /// Where its last child ends.
    end: u32,
    /// For a mapping: a value comes next, and the key ended here.
    key_end: Option<u32>,
    /// Whether it has a child already.
    begun: bool,
    /// The key that comes is refused: it is told, and only its value is left out of the tree with it.
    lost_key: bool,
}

/// Reads a file, or a piece of one, into a cleared tree. When it is not YAML the tree is left empty and what the
/// piece has besides its first mistake is not reported, since a smaller piece will tell it.
pub(super) fn parse(
    text: &str,
    piece: Span,
    tree: &mut Tree,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<(), NotYaml> {
    let before = diagnostics.len();
    let mut builder = Builder {
        text,
        base: piece.start,
        tree,
        diagnostics,
        open: Vec::new(),
        documents: 0,
        end: piece.start,
    };
    let result = builder.run(&text[piece.start as usize..piece.end as usize]);
    if let Err(diagnostic) = result {
        tree.clear();
        diagnostics.truncate(before);
        diagnostics.push(*diagnostic);
        return Err(NotYaml);
    }
    Ok(())
}

struct Builder<'t> {
    text: &'t str,
    base: u32,
    tree: &'t mut Tree,
    diagnostics: &'t mut Vec<Diagnostic>,
    open: Vec<Open>,
    documents: usize,
    /// Where the last event ended.
    end: u32,
}

impl Builder<'_> {
    fn run(&mut self, piece: &str) -> Result<(), Box<Diagnostic>> {
        let options = granit_parser::options! {
            disallow_directives: true,
            emit_unresolved_aliases: true,
            emit_anchor_events: true,
            max_buffered_comment_events: usize::MAX,
            flow_nesting_limit: MAX_DEPTH,
            block_nesting_limit: MAX_DEPTH,
        };
        let mut parser = Parser::new_from_str_with_options(piece, options);
        while let Some(event) = parser.next_event() {
            let (event, span) =
                event.map_err(|error| Box::new(messages::explain(self.text, self.base, piece, &error)))?;
            let range = span.byte_range().unwrap_or_default();
            let place = Span::new(self.base + range.start as u32, self.base + range.end as u32);
            if self.documents > 1 && !matches!(event, Event::Comment(..)) {
                // Further documents are refused as a whole.
                break;
            }
            let tagged =
                |tag: bool| tag.then(|| span.tag_start.and_then(|mark| mark.byte_offset())).flatten();
            self.event(event, place, |has_tag| tagged(has_tag).map(|at| self_place(at, piece)))?;
        }
        Ok(())
    }

    fn event(
        &mut self,
        event: Event<'_>,
        place: Span,
        tag_at: impl Fn(bool) -> Option<(u32, u32)>,
    ) -> Result<(), Box<Diagnostic>> {
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    let marker = Span::new(place.start, place.end.max(place.start));
                    self.refuse(
                        marker,
                        "a file holds one property, and here a second document begins",
                        "take the `---` out, or put what follows it into a file of its own",
                    );
                }
            }
            Event::Comment(..) => self.tree.push_comment(place),
            Event::Scalar(text, style, _, tag) => {
                self.refuse_tag(tag_at(tag.is_some()));
                self.scalar(&text, style, place);
            }
            Event::SequenceStart(style, _, tag) => {
                self.refuse_tag(tag_at(tag.is_some()));
                self.start(NodeKind::Sequence, style, place);
            }
            Event::MappingStart(style, _, tag) => {
                self.refuse_tag(tag_at(tag.is_some()));
                self.start(NodeKind::Mapping, style, place);
            }
            Event::SequenceEnd | Event::MappingEnd => self.finish(place),
            Event::Anchor(..) => {
                self.refuse(
                    place,
                    "anchors are not part of the language: a value stands in one place",
                    messages::INSTEAD_OF_ANCHORS,
                );
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.refuse(
                    place,
                    "aliases are not part of the language: a value stands in one place",
                    messages::INSTEAD_OF_ANCHORS,
                );
                let key = self.begin_child(place.start);
                self.tree.push_lost(place.start);
                self.end_child(key, place.end);
            }
            _ => {}
        }
        Ok(())
    }

    fn refuse(&mut self, place: Span, message: &str, help: &str) {
        self.diagnostics.push(Diagnostic::new(Kind::FORBIDDEN, place, message).help(help));
    }

    fn refuse_tag(&mut self, at: Option<(u32, u32)>) {
        if let Some((from, to)) = at {
            let place = Span::new(self.base + from, self.base + to);
            self.refuse(
                place,
                "tags are not part of the language: every value is a text",
                "take the tag out",
            );
        }
    }

    /// Notes that a node begins; gives whether it is a key.
    fn begin_child(&mut self, start: u32) -> bool {
        let Some(open) = self.open.last_mut() else { return false };
        if !open.begun && open.block && open.mapping {
            self.tree.start_at(open.node, start);
        }
        open.begun = true;
        open.mapping && open.key_end.is_none()
    }

    fn end_child(&mut self, key: bool, end: u32) {
        self.end = end;
        if let Some(open) = self.open.last_mut() {
            open.end = end;
            if open.mapping {
                open.key_end = key.then_some(end);
            }
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, place: Span) {
        if style == ScalarStyle::Plain && place.is_empty() {
            self.nothing(place);
            return;
        }
        let key = self.begin_child(place.start);
        if key && style == ScalarStyle::Plain && text == "<<" {
            self.refuse(
                place,
                "merge keys are not part of the language: a value stands in one place",
                messages::INSTEAD_OF_ANCHORS,
            );
            self.tree.push_lost(place.start);
            self.end_child(key, place.end);
            return;
        }
        let (style, inner) = match style {
            ScalarStyle::SingleQuoted => (Style::Single, Span::new(place.start + 1, place.end - 1)),
            ScalarStyle::DoubleQuoted => (Style::Double, Span::new(place.start + 1, place.end - 1)),
            ScalarStyle::Plain => (Style::Plain, place),
            _ => (Style::Block, place),
        };
        if self.text[inner.start as usize..inner.end as usize] == *text {
            self.tree.push_scalar(style, inner);
        } else {
            self.tree.push_decoded(style, inner, text);
        }
        self.end_child(key, place.end);
    }

    /// An empty plain scalar: nothing stands where a value could.
    fn nothing(&mut self, place: Span) {
        if self.open.is_empty() {
            // A document that holds nothing has no root.
            return;
        }
        let at = match self.open.last() {
            Some(Open { mapping: true, key_end: Some(end), .. }) => self.after(*end, b':'),
            Some(Open { mapping: false, block: true, end, .. }) => self.after(*end, b'-'),
            _ => place.start,
        };
        let key = self.begin_child(at);
        if key {
            let message = "a field name is missing before this `:`";
            self.diagnostics.push(
                Diagnostic::new(Kind::SYNTAX, Span::new(at, at), message).help("write the name of the field"),
            );
            self.tree.push_lost(at);
        } else {
            self.tree.push_null(at);
        }
        self.end_child(key, at);
    }

    /// The place after the next `indicator`, past blanks and comments; `from` when something else comes first.
    fn after(&self, from: u32, indicator: u8) -> u32 {
        let bytes = self.text.as_bytes();
        let mut at = from as usize;
        loop {
            match bytes.get(at) {
                Some(byte) if *byte == indicator => return at as u32 + 1,
                Some(b' ' | b'\t' | b'\n' | b'\r') => at += 1,
                Some(b'#') => at += memchr::memchr(b'\n', &bytes[at..]).unwrap_or(bytes.len() - at),
                _ => return from,
            }
        }
    }

    /// Where a block list begins: at its first `-`, which the parser leaves out for one at the column of its key.
    fn first_dash(&self, place: Span) -> u32 {
        match self.open.last() {
            Some(Open { key_end: Some(end), .. }) => {
                let value = self.after(*end, b':');
                let dash = self.after(value, b'-');
                if dash > value { dash - 1 } else { place.start }
            }
            _ => place.start,
        }
    }

    fn start(&mut self, kind: NodeKind, style: StructureStyle, mut place: Span) {
        if kind == NodeKind::Sequence && style == StructureStyle::Block {
            place.start = self.first_dash(place);
        }
        let key = self.begin_child(place.start);
        if key {
            let message = "a field name is a text, and here brackets stand in its place";
            let length = self.text[place.start as usize..].chars().next().map_or(0, char::len_utf8);
            let first = Span::new(place.start, place.start + length as u32);
            self.diagnostics.push(
                Diagnostic::new(Kind::WRONG_SHAPE, first, message)
                    .help("put a list or fields behind the `:`"),
            );
        }
        let node = self.tree.open(kind, place.start);
        self.open.push(Open {
            node,
            mapping: kind == NodeKind::Mapping,
            block: style == StructureStyle::Block,
            end: place.start,
            key_end: None,
            begun: false,
            lost_key: key,
        });
    }

    fn finish(&mut self, place: Span) {
        let Some(open) = self.open.pop() else { return };
        let end = if open.block { open.end } else { place.end };
        self.tree.close(open.node, end);
        self.end_child(open.lost_key, end);
    }
}

/// From a `!` to the end of the tag.
fn self_place(at: usize, piece: &str) -> (u32, u32) {
    let rest = piece.get(at..).unwrap_or_default();
    let length = rest.find([' ', '\n', '\r', ',', ']', '}']).unwrap_or(rest.len());
    (at as u32, (at + length) as u32)
}
