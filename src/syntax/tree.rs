//! The tree of one YAML file: small nodes that point into the text.
//!
//! Nodes lie in one array in the order of the text. A scalar takes one slot of eight bytes, a list or mapping two;
//! the children of a mapping are its keys and values in turn. Eight bytes matter: the tree of a roster is about as
//! long as the roster, and a property must be checked in three times the memory of its source.

use crate::source::Span;

/// The deepest nesting that is read. The language needs six levels.
pub const MAX_DEPTH: usize = 64;

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// Nothing stands where a value could: `pool:`.
    Null,
    /// A text in any style; numbers and truth values are texts until a field asks for them.
    Scalar,
    /// A list.
    Sequence,
    /// Fields and their values.
    Mapping,
    /// Something that could not be read, and is reported already.
    Lost,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Bare.
    Plain,
    /// In `'`.
    Single,
    /// In `"`.
    Double,
    /// A `|` or `>` block.
    Block,
}

// A slot: first byte of the node, then a word of 4 bits of tag and 28 bits of length (a scalar's bytes, or the
// slots of a subtree). A list or mapping has a second slot that holds its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot {
    start: u32,
    word: u32,
}

const TAG_BITS: u32 = 4;
const TAG_MASK: u32 = (1 << TAG_BITS) - 1;
const MAX_LENGTH: u32 = (1 << (32 - TAG_BITS)) - 1;

const NULL: u32 = 0;
const PLAIN: u32 = 1;
const SINGLE: u32 = 2;
const DOUBLE: u32 = 3;
const BLOCK: u32 = 4;
/// Added to a scalar's style when its text differs from the bytes of its span and stands in `decoded`.
const DECODED: u32 = 4;
const SEQUENCE: u32 = 9;
const MAPPING: u32 = 10;
const LOST: u32 = 11;

impl Slot {
    #[inline]
    const fn tag(self) -> u32 {
        self.word & TAG_MASK
    }
    #[inline]
    const fn length(self) -> u32 {
        self.word >> TAG_BITS
    }
}

#[inline]
const fn is_collection(slot: Slot) -> bool {
    matches!(slot.tag(), SEQUENCE | MAPPING)
}

/// A part of a file that could not be read. What it would have defined is unknown, so references to it are not
/// reported again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hole {
    /// The keys that lead to it from the top of the file, as far as they could be read; empty when the whole file
    /// is lost.
    pub path: Vec<String>,
}

/// A parsed file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tree {
    slots: Vec<Slot>,
    /// Texts of scalars that differ from their bytes, by slot, ascending.
    decoded: Vec<(u32, Box<str>)>,
    /// `# …` to the end of its line, in order.
    comments: Vec<Span>,
    holes: Vec<Hole>,
}

impl Tree {
    /// Empties it and keeps its memory.
    pub fn clear(&mut self) {
        self.slots.clear();
        self.decoded.clear();
        self.comments.clear();
        self.holes.clear();
    }

    /// The root, or `None` for a file that holds nothing. `text` is the text that spans point into.
    #[must_use]
    pub fn root<'t>(&'t self, text: &'t str) -> Option<Node<'t>> {
        (!self.slots.is_empty()).then_some(Node { tree: self, text, at: 0 })
    }

    /// The comments, each from its `#` to the end of its line, in order.
    #[must_use]
    pub fn comments(&self) -> &[Span] {
        &self.comments
    }

    /// What could not be read.
    #[must_use]
    pub fn holes(&self) -> &[Hole] {
        &self.holes
    }
}

/// Building, for the two parsers. A builder that closes what it opens cannot make a broken tree.
impl Tree {
    /// Makes room for the nodes of a text of so many bytes.
    pub(super) fn reserve(&mut self, bytes: usize) {
        self.slots.reserve(bytes / 8 + 16);
    }

    /// The number of slots so far: the position of the next node.
    #[inline]
    pub(super) fn position(&self) -> u32 {
        self.slots.len() as u32
    }

    #[inline]
    pub(super) fn push_null(&mut self, at: u32) {
        self.slots.push(Slot { start: at, word: NULL });
    }

    /// Stands for a node that could not be read, once that is reported.
    pub(super) fn push_lost(&mut self, at: u32) {
        self.slots.push(Slot { start: at, word: LOST });
    }

    /// A scalar whose text is the bytes of `inner` (within its quotes, if it has any).
    /// The caller keeps it under 2^28 bytes.
    #[inline]
    pub(super) fn push_scalar(&mut self, style: Style, inner: Span) {
        let tag = match style {
            Style::Plain => PLAIN,
            Style::Single => SINGLE,
            Style::Double => DOUBLE,
            Style::Block => BLOCK,
        };
        self.slots.push(Slot { start: inner.start, word: tag | inner.len() << TAG_BITS });
    }

    /// A scalar whose text differs from its bytes: escapes, doubled quotes, folded lines.
    pub(super) fn push_decoded(&mut self, style: Style, inner: Span, text: impl Into<Box<str>>) {
        let at = self.position();
        self.push_scalar(style, inner);
        self.slots[at as usize].word += DECODED;
        self.decoded.push((at, text.into()));
    }

    /// Opens a list or mapping that begins at `start`, and gives what [`Tree::close`] wants.
    #[inline]
    pub(super) fn open(&mut self, kind: NodeKind, start: u32) -> u32 {
        let at = self.position();
        let tag = if kind == NodeKind::Sequence { SEQUENCE } else { MAPPING };
        self.slots.push(Slot { start, word: tag });
        self.slots.push(Slot { start, word: 0 });
        at
    }

    /// Closes the list or mapping opened at `at`; its span ends at `end`.
    #[inline]
    pub(super) fn close(&mut self, at: u32, end: u32) {
        let size = self.position() - at;
        let slot = &mut self.slots[at as usize];
        slot.word = slot.tag() | size.min(MAX_LENGTH) << TAG_BITS;
        self.slots[at as usize + 1].start = end;
    }

    #[inline]
    pub(super) fn push_comment(&mut self, span: Span) {
        self.comments.push(span);
    }

    /// Copies the children of another tree's root to the end of this one, comments and all.
    pub(super) fn append_children(&mut self, other: &Self) {
        let shift = self.position();
        // A list or mapping has two slots of its own; sizes of subtrees are relative.
        self.slots.extend_from_slice(other.slots.get(2..).unwrap_or_default());
        let moved = other.decoded.iter().map(|(at, text)| (at + shift - 2, text.clone()));
        self.decoded.extend(moved);
        self.comments.extend_from_slice(&other.comments);
    }

    /// Moves the start of the list or mapping at `at`.
    pub(super) fn start_at(&mut self, at: u32, start: u32) {
        self.slots[at as usize].start = start;
    }

    pub(super) fn push_hole(&mut self, path: Vec<String>) {
        self.holes.push(Hole { path });
    }
}

/// A node of a tree.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    tree: &'t Tree,
    text: &'t str,
    at: u32,
}

impl<'t> Node<'t> {
    #[inline]
    fn slot(self) -> Slot {
        self.tree.slots[self.at as usize]
    }

    /// What it is.
    #[inline]
    #[must_use]
    pub fn kind(self) -> NodeKind {
        match self.slot().tag() {
            NULL => NodeKind::Null,
            SEQUENCE => NodeKind::Sequence,
            MAPPING => NodeKind::Mapping,
            LOST => NodeKind::Lost,
            _ => NodeKind::Scalar,
        }
    }

    /// How a scalar is written; `Plain` for all else.
    #[must_use]
    pub fn style(self) -> Style {
        let tag = self.slot().tag();
        match if tag > BLOCK && tag < SEQUENCE { tag - DECODED } else { tag } {
            SINGLE => Style::Single,
            DOUBLE => Style::Double,
            BLOCK => Style::Block,
            _ => Style::Plain,
        }
    }

    /// Its bytes in the text, quotes and brackets included.
    #[must_use]
    pub fn span(self) -> Span {
        let slot = self.slot();
        match self.kind() {
            NodeKind::Null | NodeKind::Lost => Span::new(slot.start, slot.start),
            NodeKind::Scalar => {
                let quote = u32::from(matches!(self.style(), Style::Single | Style::Double));
                Span::new(slot.start - quote, slot.start + slot.length() + quote)
            }
            NodeKind::Sequence | NodeKind::Mapping => {
                Span::new(slot.start, self.tree.slots[self.at as usize + 1].start)
            }
        }
    }

    /// The bytes of a scalar within its quotes, when they are its text as it stands.
    #[inline]
    #[must_use]
    pub fn verbatim(self) -> Option<Span> {
        let slot = self.slot();
        (PLAIN..=BLOCK).contains(&slot.tag()).then(|| Span::new(slot.start, slot.start + slot.length()))
    }

    /// The text of a scalar; `None` for all else.
    #[inline]
    #[must_use]
    pub fn scalar(self) -> Option<&'t str> {
        let slot = self.slot();
        match slot.tag() {
            PLAIN..=BLOCK => self.text.get(slot.start as usize..(slot.start + slot.length()) as usize),
            NULL | SEQUENCE | MAPPING | LOST => None,
            _ => {
                let decoded = &self.tree.decoded;
                let index = decoded.binary_search_by_key(&self.at, |(at, _)| *at).ok()?;
                Some(&decoded[index].1)
            }
        }
    }

    /// The slot after this node and all that is in it.
    #[inline]
    fn next(self) -> u32 {
        let slot = self.slot();
        if is_collection(slot) { self.at + slot.length() } else { self.at + 1 }
    }

    #[inline]
    fn children(self) -> Children<'t> {
        let slot = self.slot();
        if is_collection(slot) {
            Children { tree: self.tree, text: self.text, at: self.at + 2, end: self.next() }
        } else {
            Children { tree: self.tree, text: self.text, at: self.at, end: self.at }
        }
    }

    /// The items of a list; nothing for all else.
    #[inline]
    #[must_use]
    pub fn items(self) -> Items<'t> {
        let mut children = self.children();
        if self.slot().tag() != SEQUENCE {
            children.end = children.at;
        }
        Items(children)
    }

    /// The fields of a mapping with their values; nothing for all else.
    #[inline]
    #[must_use]
    pub fn entries(self) -> Entries<'t> {
        let mut children = self.children();
        if self.slot().tag() != MAPPING {
            children.end = children.at;
        }
        Entries(children)
    }
}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.kind() {
            NodeKind::Null => write!(f, "null@{:?}", self.span()),
            NodeKind::Lost => write!(f, "lost@{:?}", self.span()),
            NodeKind::Scalar => write!(f, "{:?}:{:?}@{:?}", self.style(), self.scalar(), self.span()),
            NodeKind::Sequence => {
                write!(f, "@{:?}", self.span())?;
                f.debug_list().entries(self.items()).finish()
            }
            NodeKind::Mapping => {
                write!(f, "@{:?}", self.span())?;
                f.debug_map().entries(self.entries()).finish()
            }
        }
    }
}

#[derive(Clone)]
struct Children<'t> {
    tree: &'t Tree,
    text: &'t str,
    at: u32,
    end: u32,
}

impl<'t> Iterator for Children<'t> {
    type Item = Node<'t>;

    #[inline]
    fn next(&mut self) -> Option<Node<'t>> {
        if self.at >= self.end {
            return None;
        }
        let node = Node { tree: self.tree, text: self.text, at: self.at };
        self.at = node.next();
        Some(node)
    }
}

/// The items of a list, in order.
#[derive(Clone)]
pub struct Items<'t>(Children<'t>);

impl<'t> Iterator for Items<'t> {
    type Item = Node<'t>;

    #[inline]
    fn next(&mut self) -> Option<Node<'t>> {
        self.0.next()
    }
}

/// The fields of a mapping with their values, in order.
#[derive(Clone)]
pub struct Entries<'t>(Children<'t>);

impl<'t> Iterator for Entries<'t> {
    type Item = (Node<'t>, Node<'t>);

    #[inline]
    fn next(&mut self) -> Option<(Node<'t>, Node<'t>)> {
        Some((self.0.next()?, self.0.next()?))
    }
}
