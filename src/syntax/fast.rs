//! The fast path: block style with one-line `{ … }` and `[ … ]`, which almost every file is written in.
//!
//! It reads a line at a time and gives up at the first construct that it does not know: anchors, tags, block
//! scalars, texts over several lines, blanks in odd places. Giving up is always right, since the conformant parser
//! then reads the file; accepting is right only when that parser would build the same tree.

mod scalars;

use self::scalars::{FLOW_STOP, NO_PLAIN_START, Scalar, decode};
use super::tree::{MAX_DEPTH, NodeKind, Style, Tree};
use crate::source::Span;

/// The file needs the conformant parser.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct GiveUp;

type Result<T> = std::result::Result<T, GiveUp>;

/// A key longer than this is left to the conformant parser, which counts characters against YAML's limit of 1,024.
const LONG_KEY: usize = 1000;

/// Reads a file into an empty tree; leaves it empty when it gives up.
pub(super) fn parse(text: &str, file: Span, tree: &mut Tree) -> Result<()> {
    if has_odd_characters(&text.as_bytes()[file.start as usize..file.end as usize]) {
        return Err(GiveUp);
    }
    tree.reserve(file.len() as usize);
    let mut reader = Reader {
        bytes: &text.as_bytes()[..file.end as usize],
        text,
        tree,
        blocks: [Block::NONE; MAX_DEPTH],
        depth: 0,
        last_end: file.start,
    };
    let result = reader.file(file.start as usize);
    if result.is_err() {
        tree.clear();
    }
    result
}

/// Whether there are characters beyond ASCII that YAML treats apart: the second block of control characters,
/// noncharacters, and byte-order marks after the first.
fn has_odd_characters(bytes: &[u8]) -> bool {
    memchr::memchr2_iter(0xc2, 0xef, bytes).any(|at| match &bytes[at..] {
        [0xc2, next, ..] => *next < 0xa0,
        [0xef, 0xbb, 0xbf, ..] => at > 0,
        [0xef, 0xbf, last, ..] => *last >= 0xbe,
        _ => false,
    })
}

/// An open block list or mapping.
#[derive(Clone, Copy)]
struct Block {
    /// The column of its keys or dashes.
    indent: u32,
    /// Its place in the tree.
    node: u32,
    sequence: bool,
    /// The place after a `:` or `-` whose value has not come yet; 0 for none.
    awaited: u32,
}

impl Block {
    const NONE: Self = Self { indent: 0, node: 0, sequence: false, awaited: 0 };
}

struct Reader<'t> {
    bytes: &'t [u8],
    text: &'t str,
    tree: &'t mut Tree,
    blocks: [Block; MAX_DEPTH],
    depth: usize,
    /// Where the last node ends: where a block ends that closes now.
    last_end: u32,
}

impl Reader<'_> {
    /// The byte at a place; a line end after the last.
    #[inline(always)]
    fn at(&self, place: usize) -> u8 {
        match self.bytes.get(place) {
            Some(byte) => *byte,
            None => b'\n',
        }
    }

    #[inline(always)]
    fn is_blank_or_end(&self, place: usize) -> bool {
        matches!(self.at(place), b' ' | b'\n' | b'\r')
    }

    #[inline(always)]
    fn skip_blanks(&self, mut place: usize) -> usize {
        while self.at(place) == b' ' {
            place += 1;
        }
        place
    }

    fn file(&mut self, start: usize) -> Result<()> {
        let mut place = start;
        if self.bytes[place..].starts_with("\u{feff}".as_bytes()) {
            place += 3;
        }
        if self.bytes[place..].starts_with(b"---\n") {
            place += 4;
        }
        while place < self.bytes.len() {
            let line = place;
            place = self.skip_blanks(place);
            match self.at(place) {
                b'\n' => place += 1,
                b'\r' | b'#' => place = self.line_end(place, true)?,
                b'\t' => return Err(GiveUp),
                first => {
                    let indent = place - line;
                    if indent == 0 && (first == b'%' || self.is_document_marker(place)) {
                        return Err(GiveUp);
                    }
                    place = self.line(place, indent)?;
                }
            }
        }
        while self.depth > 0 {
            self.close();
        }
        Ok(())
    }

    fn is_document_marker(&self, place: usize) -> bool {
        let rest = &self.bytes[place..];
        rest.starts_with(b"---") || rest.starts_with(b"...")
    }

    /// Reads a line whose first byte that is no blank is at `place`; gives the start of the next.
    #[inline(always)]
    fn line(&mut self, place: usize, indent: usize) -> Result<usize> {
        let dash = self.at(place) == b'-' && self.is_blank_or_end(place + 1);
        // Close the blocks that this line is outside of.
        while let Some(block) = self.innermost() {
            let column = block.indent as usize;
            if column > indent || column == indent && block.sequence && !dash {
                self.close();
                continue;
            }
            if column == indent && block.awaited != 0 && (block.sequence || !dash) {
                self.null(block.awaited);
                self.await_value(0);
            }
            break;
        }
        let opens = match self.innermost() {
            None if self.tree.position() > 0 => return Err(GiveUp),
            None => true,
            Some(block) if block.awaited != 0 => {
                // A list may stand at the column of the key that it belongs to.
                if indent <= block.indent as usize && !dash {
                    return Err(GiveUp);
                }
                self.await_value(0);
                true
            }
            Some(block) if block.indent as usize == indent => false,
            Some(_) => return Err(GiveUp),
        };
        self.content(place, indent, opens)
    }

    /// Reads what stands at `place`, at column `column`, to the end of its line. `opens`: a new node begins here, and
    /// not the next entry of a block.
    #[inline(always)]
    fn content(&mut self, mut place: usize, mut column: usize, mut opens: bool) -> Result<usize> {
        while self.at(place) == b'-' && self.is_blank_or_end(place + 1) {
            self.entry(NodeKind::Sequence, place, column, opens)?;
            let after = place + 1;
            place = self.skip_blanks(after);
            if matches!(self.at(place), b'\n' | b'\r' | b'#') {
                self.await_value(after);
                return self.line_end(place, place > after);
            }
            column += place - after + 1;
            opens = true;
        }
        let first = self.at(place);
        if first == b'[' || first == b'{' {
            if !opens {
                return Err(GiveUp);
            }
            let after = self.flow(place, 0)?;
            return self.line_end(after, false);
        }
        let key = if first == b'"' || first == b'\'' {
            let scalar = self.quoted(place)?;
            let is_key = self.at(scalar.after) == b':' && self.is_blank_or_end(scalar.after + 1);
            if !is_key {
                return self.lone_scalar(&scalar, opens);
            }
            scalar
        } else {
            let (scalar, is_key) = self.plain(place)?;
            if !is_key {
                return self.lone_scalar(&scalar, opens);
            }
            scalar
        };
        if key.to - key.from > LONG_KEY {
            return Err(GiveUp);
        }
        self.entry(NodeKind::Mapping, place, column, opens)?;
        let colon = key.after;
        self.push(&key);
        let value = self.skip_blanks(colon + 1);
        match self.at(value) {
            b'\n' | b'\r' | b'#' => {
                self.await_value(colon + 1);
                self.line_end(value, value > colon + 1)
            }
            b'[' | b'{' => {
                let after = self.flow(value, 0)?;
                self.line_end(after, false)
            }
            b'"' | b'\'' => {
                let scalar = self.quoted(value)?;
                self.push(&scalar);
                self.line_end(scalar.after, false)
            }
            _ => {
                let (scalar, is_key) = self.plain(value)?;
                if is_key {
                    return Err(GiveUp);
                }
                self.push(&scalar);
                self.line_end(scalar.after, false)
            }
        }
    }

    /// A scalar that is no key and stands alone.
    fn lone_scalar(&mut self, scalar: &Scalar, opens: bool) -> Result<usize> {
        if !opens {
            return Err(GiveUp);
        }
        self.push(scalar);
        self.line_end(scalar.after, false)
    }

    /// The next entry of a block of this kind; the first when the block opens here.
    #[inline(always)]
    fn entry(&mut self, kind: NodeKind, place: usize, column: usize, opens: bool) -> Result<()> {
        let sequence = kind == NodeKind::Sequence;
        if !opens {
            return match self.innermost() {
                Some(block) if block.sequence == sequence => Ok(()),
                _ => Err(GiveUp),
            };
        }
        if self.depth == MAX_DEPTH {
            return Err(GiveUp);
        }
        let node = self.tree.open(kind, place as u32);
        self.blocks[self.depth] = Block { indent: column as u32, node, sequence, awaited: 0 };
        self.depth += 1;
        Ok(())
    }

    #[inline(always)]
    fn innermost(&self) -> Option<Block> {
        self.depth.checked_sub(1).map(|index| self.blocks[index])
    }

    #[inline(always)]
    fn await_value(&mut self, after: usize) {
        if let Some(index) = self.depth.checked_sub(1) {
            self.blocks[index].awaited = after as u32;
        }
    }

    fn close(&mut self) {
        let Some(block) = self.innermost() else { return };
        if block.awaited != 0 {
            self.null(block.awaited);
        }
        self.depth -= 1;
        self.tree.close(block.node, self.last_end);
    }

    fn null(&mut self, place: u32) {
        self.tree.push_null(place);
        self.last_end = place;
    }

    #[inline(always)]
    fn push(&mut self, scalar: &Scalar) {
        let inner = Span::new(scalar.from as u32, scalar.to as u32);
        if scalar.escaped {
            let written = &self.text[scalar.from..scalar.to];
            self.tree.push_decoded(scalar.style, inner, decode(written, scalar.style));
        } else {
            self.tree.push_scalar(scalar.style, inner);
        }
        self.last_end = scalar.after as u32;
    }

    /// A one-line `{ … }` or `[ … ]`; gives the place after it.
    fn flow(&mut self, open: usize, depth: usize) -> Result<usize> {
        if depth + self.depth >= MAX_DEPTH {
            return Err(GiveUp);
        }
        let mapping = self.at(open) == b'{';
        let (kind, end) = if mapping { (NodeKind::Mapping, b'}') } else { (NodeKind::Sequence, b']') };
        let node = self.tree.open(kind, open as u32);
        let mut place = open + 1;
        loop {
            place = self.skip_blanks(place);
            if self.at(place) == end {
                break;
            }
            if mapping {
                place = self.flow_scalar(place)?;
                if self.at(place) != b':' || self.at(place + 1) != b' ' {
                    return Err(GiveUp);
                }
                let after = place + 1;
                place = self.skip_blanks(after);
                if matches!(self.at(place), b',' | b'}') {
                    self.null(after as u32);
                } else {
                    place = self.flow_node(place, depth)?;
                }
            } else {
                place = self.flow_node(place, depth)?;
            }
            place = self.skip_blanks(place);
            match self.at(place) {
                b',' => place += 1,
                byte if byte == end => break,
                _ => return Err(GiveUp),
            }
        }
        self.last_end = place as u32 + 1;
        self.tree.close(node, self.last_end);
        Ok(place + 1)
    }

    #[inline(always)]
    fn flow_node(&mut self, place: usize, depth: usize) -> Result<usize> {
        match self.at(place) {
            b'[' | b'{' => self.flow(place, depth + 1),
            _ => self.flow_scalar(place),
        }
    }

    /// A scalar between brackets; gives the place after it, blanks skipped when it is plain.
    #[inline(always)]
    fn flow_scalar(&mut self, from: usize) -> Result<usize> {
        let first = self.at(from);
        if first == b'"' || first == b'\'' {
            let scalar = self.quoted(from)?;
            self.push(&scalar);
            return Ok(scalar.after);
        }
        if NO_PLAIN_START[first as usize]
            || matches!(first, b'\n' | b'\r')
            || first == b'-'
                && matches!(self.at(from + 1), b' ' | b'\n' | b'\r' | b',' | b'[' | b']' | b'{' | b'}')
        {
            return Err(GiveUp);
        }
        let mut place = from;
        loop {
            while place < self.bytes.len() && !FLOW_STOP[self.bytes[place] as usize] {
                place += 1;
            }
            match self.at(place) {
                b':' if matches!(
                    self.at(place + 1),
                    b' ' | b'\n' | b'\r' | b',' | b'[' | b']' | b'{' | b'}'
                ) =>
                {
                    break;
                }
                b':' => place += 1,
                b'#' if self.bytes[place - 1] != b' ' => place += 1,
                b',' | b']' | b'}' => break,
                _ => return Err(GiveUp),
            }
        }
        let mut to = place;
        while to > from && self.bytes[to - 1] == b' ' {
            to -= 1;
        }
        if self.at(place) == b':' && (to != place || to - from > LONG_KEY) {
            return Err(GiveUp);
        }
        self.push(&Scalar { from, to, style: Style::Plain, escaped: false, after: to });
        Ok(place)
    }

    /// The rest of a line after its content: blanks and a comment. `parted`: a blank stands before `place`, so that a
    /// `#` there begins a comment.
    #[inline(always)]
    fn line_end(&mut self, mut place: usize, mut parted: bool) -> Result<usize> {
        loop {
            match self.at(place) {
                b'\n' => return Ok(place + 1),
                b' ' => {
                    parted = true;
                    place += 1;
                }
                b'\r' if self.at(place + 1) == b'\n' && place + 1 < self.bytes.len() => return Ok(place + 2),
                b'#' if parted => return self.comment(place),
                _ => return Err(GiveUp),
            }
        }
    }

    fn comment(&mut self, from: usize) -> Result<usize> {
        let end = memchr::memchr(b'\n', &self.bytes[from..]).map_or(self.bytes.len(), |length| from + length);
        let to = if self.bytes[from..end].ends_with(b"\r") { end - 1 } else { end };
        if memchr::memchr(b'\r', &self.bytes[from..to]).is_some() {
            // A lone carriage return is a line end too.
            return Err(GiveUp);
        }
        self.tree.push_comment(Span::new(from as u32, to as u32));
        Ok(end + 1)
    }
}
