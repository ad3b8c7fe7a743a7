//! The text of one property: every file in one buffer, so that a place is two numbers.
//!
//! All files of a property (and the parts it includes) are appended to one text. A [`Span`] is a pair of byte
//! offsets into that text and needs no file beside it: [`Sources::place`] finds file, line and column when somebody
//! wants to read them. Names that no file spells out (the doors of a range, a quoted scalar with escapes) live in a
//! second text, so that one `Span` can stand for any name at all.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::OnceLock;

/// The files of one property together may not be longer than this many bytes.
pub const MAX_TEXT: usize = 1 << 30;

/// Offsets from here on point into the names that were made, not read.
const MADE: u32 = 1 << 31;

/// A piece of the text of a property: bytes `start..end`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// The bytes `start..end`; the caller keeps `start <= end`.
    #[must_use]
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// Length in bytes.
    #[must_use]
    pub const fn len(self) -> u32 {
        self.end - self.start
    }

    /// Whether it covers no byte.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether it is a name that no file spells out; such a span has no place.
    #[must_use]
    pub const fn is_made(self) -> bool {
        self.start >= MADE
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

/// One file of a property.
#[derive(Debug)]
pub struct SourceFile {
    /// The path that findings show: relative to the working directory where it can be, with `/`.
    pub path: String,
    /// Where the file lies.
    pub location: PathBuf,
    /// Its part of the text.
    pub span: Span,
    lines: OnceLock<Vec<u32>>,
}

/// Where a span begins and ends, for people and tools: lines and columns count from 1, columns in Unicode
/// characters; `end_column` is exclusive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The path that findings show.
    pub file: String,
    /// Line of the first character.
    pub line: u32,
    /// Column of the first character.
    pub column: u32,
    /// Line of the last character.
    pub end_line: u32,
    /// Column after the last character.
    pub end_column: u32,
}

/// Names that no file spells out as they are, each with the place that it comes from.
#[derive(Debug, Default)]
pub struct Made {
    text: String,
    /// Where each name starts in `text`, ascending, with its place in the files.
    origins: Vec<(u32, Span)>,
}

impl Made {
    /// Keeps a name, and gives the span that stands for it. `origin` is the place to show for it.
    pub fn make(&mut self, name: &str, origin: Span) -> Span {
        let start = MADE + self.text.len() as u32;
        self.origins.push((start, origin));
        self.text.push_str(name);
        Span::new(start, start + name.len() as u32)
    }

    /// The text of a made name.
    #[must_use]
    pub fn get(&self, span: Span) -> &str {
        &self.text[(span.start - MADE) as usize..(span.end - MADE) as usize]
    }

    /// The place in the files that a made name comes from.
    #[must_use]
    pub fn origin(&self, span: Span) -> Span {
        let after = self.origins.partition_point(|(start, _)| *start <= span.start);
        self.origins.get(after.saturating_sub(1)).map_or_else(Span::default, |(_, origin)| *origin)
    }

    fn clear(&mut self) {
        self.text.clear();
        self.origins.clear();
    }
}

/// All files of one property, and the names made from them.
#[derive(Debug, Default)]
pub struct Sources {
    text: String,
    /// The names that no file spells out.
    pub made: Made,
    files: Vec<SourceFile>,
}

impl Sources {
    /// Empties it for the next property and keeps its memory.
    pub fn clear(&mut self) {
        self.text.clear();
        self.made.clear();
        self.files.clear();
    }

    /// Adds a file. `None` when the property would grow beyond [`MAX_TEXT`].
    pub fn add(&mut self, path: String, location: PathBuf, text: &str) -> Option<usize> {
        if self.text.len() + text.len() > MAX_TEXT {
            return None;
        }
        let start = self.text.len() as u32;
        self.text.push_str(text);
        Some(self.push(path, location, start))
    }

    /// Adds a file whose text `read` appends to the buffer that it gets, sparing a copy.
    ///
    /// # Errors
    /// What `read` returns; nothing is added then.
    pub fn add_with<E>(
        &mut self,
        path: String,
        location: PathBuf,
        read: impl FnOnce(&mut String) -> Result<(), E>,
    ) -> Result<usize, E> {
        let start = self.text.len();
        match read(&mut self.text) {
            Ok(()) => Ok(self.push(path, location, start as u32)),
            Err(error) => {
                self.text.truncate(start);
                Err(error)
            }
        }
    }

    fn push(&mut self, path: String, location: PathBuf, start: u32) -> usize {
        self.files.push(SourceFile {
            path,
            location,
            span: Span::new(start, self.text.len() as u32),
            lines: OnceLock::new(),
        });
        self.files.len() - 1
    }

    /// The files in the order they were added.
    #[must_use]
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// The text of all files together; what spans point into.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of one span, also of a made name.
    #[must_use]
    pub fn get(&self, span: Span) -> &str {
        if span.is_made() { self.made.get(span) } else { &self.text[span.start as usize..span.end as usize] }
    }

    /// The file that a span lies in; the first file for a span of no file.
    #[must_use]
    pub fn file_of(&self, span: Span) -> Option<&SourceFile> {
        let after = self.files.partition_point(|file| file.span.start <= span.start);
        self.files.get(after.saturating_sub(1))
    }

    /// The bytes of the files that a span stands for: itself, or where a made name comes from.
    #[must_use]
    pub fn written(&self, span: Span) -> Span {
        if span.is_made() { self.made.origin(span) } else { span }
    }

    /// File, lines and columns of a span. `None` when there is no file at all.
    #[must_use]
    pub fn place(&self, span: Span) -> Option<Place> {
        let span = self.written(span);
        let file = self.file_of(span)?;
        let (line, column) = self.line_and_column(file, span.start);
        let (end_line, end_column) = self.line_and_column(file, span.end);
        Some(Place { file: file.path.clone(), line, column, end_line, end_column })
    }

    /// Line (from 1) and column (from 1, in characters) of an offset of a file.
    #[must_use]
    pub fn line_and_column(&self, file: &SourceFile, offset: u32) -> (u32, u32) {
        let offset = offset.clamp(file.span.start, file.span.end);
        let lines = file.lines(&self.text);
        let line = lines.partition_point(|start| *start <= offset) - 1;
        let before = self.text.get(lines[line] as usize..offset as usize).unwrap_or_default();
        // A byte-order mark is no character of the first line.
        let column = before.trim_start_matches('\u{feff}').chars().count();
        (line as u32 + 1, column as u32 + 1)
    }

    /// The bytes of a line of a file (from 1), without its line end.
    #[must_use]
    pub fn line_range(&self, file: &SourceFile, line: u32) -> Range<usize> {
        let lines = file.lines(&self.text);
        let index = (line.max(1) - 1) as usize;
        let start = lines.get(index).copied().unwrap_or(file.span.end) as usize;
        let end = lines.get(index + 1).copied().unwrap_or(file.span.end) as usize;
        start..start + self.text[start..end].trim_end_matches(['\n', '\r']).len()
    }

    /// The text of the entry that a place is in: of the line under a section that it belongs to, and all that is indented
    /// deeper. What a person changes when they change one key, door or person.
    #[must_use]
    pub fn entry(&self, span: Span) -> &str {
        let span = self.written(span);
        let Some(file) = self.file_of(span) else { return "" };
        let (line, _) = self.line_and_column(file, span.start);
        let text = |line: u32| &self.text[self.line_range(file, line)];
        let depth = |line: u32| {
            let content = text(line).trim_start_matches(' ');
            let inside = !content.is_empty() && !content.starts_with('#');
            inside.then_some((text(line).len() - content.len(), content.starts_with("- ")))
        };
        // Up to the outermost line that is still under a section.
        let (mut first, mut least) = (line, depth(line).map_or(0, |(indent, _)| indent));
        for above in (1..line).rev() {
            match depth(above) {
                Some((0, false)) => break,
                Some((indent, item)) if indent < least || indent == 0 && item && least > 0 => {
                    (first, least) = (above, indent);
                }
                _ => {}
            }
            if least == 0 {
                break;
            }
        }
        let deeper = |line: &u32| depth(*line).is_none_or(|(indent, _)| indent > least);
        let last = (first + 1..=self.line_count(file)).take_while(deeper).last().unwrap_or(first);
        &self.text[self.line_range(file, first).start..self.line_range(file, last).end]
    }

    /// The number of lines of a file.
    #[must_use]
    pub fn line_count(&self, file: &SourceFile) -> u32 {
        file.lines(&self.text).len() as u32
    }
}

impl SourceFile {
    /// The first byte of each line; there is always a first line.
    fn lines(&self, text: &str) -> &[u32] {
        self.lines.get_or_init(|| {
            let range = self.span.start as usize..self.span.end as usize;
            std::iter::once(self.span.start)
                .chain(
                    memchr::memchr_iter(b'\n', &text.as_bytes()[range])
                        .map(|at| self.span.start + at as u32 + 1),
                )
                .collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_files() -> Sources {
        let mut sources = Sources::default();
        sources.add("a.yaml".into(), "a.yaml".into(), "a: 1\nü: x\n");
        sources.add("b.yaml".into(), "b.yaml".into(), "b: 2\r\nc");
        sources
    }

    #[test]
    fn places_count_characters_from_one() {
        let sources = two_files();
        let at = sources.text().find('x').unwrap() as u32;
        let place = sources.place(Span::new(at, at + 1)).unwrap();
        assert_eq!(place, Place { file: "a.yaml".into(), line: 2, column: 4, end_line: 2, end_column: 5 });
    }

    #[test]
    fn places_in_the_second_file_and_at_its_end() {
        let sources = two_files();
        let at = sources.text().len() as u32;
        let place = sources.place(Span::new(at - 1, at)).unwrap();
        assert_eq!(place, Place { file: "b.yaml".into(), line: 2, column: 1, end_line: 2, end_column: 2 });
        assert_eq!(&sources.text()[sources.line_range(&sources.files()[1], 1)], "b: 2");
    }

    #[test]
    fn an_entry_is_a_line_under_a_section_with_all_that_is_deeper() {
        let mut sources = Sources::default();
        let text = "keys:\n  a:\n    doors:\n      x: {}\n\n  b: { doors: [y] }\nassignments:\n- to: z\n  keys: [b]\n- to: w\n";
        sources.add("a.yaml".into(), "a.yaml".into(), text);
        let entry = |word: &str| {
            let at = text.find(word).unwrap() as u32;
            sources.entry(Span::new(at, at + 1)).trim_end()
        };
        assert_eq!(entry("x: {}"), "  a:\n    doors:\n      x: {}");
        assert_eq!(entry("b: {"), "  b: { doors: [y] }");
        assert_eq!(entry("keys: [b]"), "- to: z\n  keys: [b]");
        assert_eq!(entry("to: w"), "- to: w");
    }

    #[test]
    fn made_names_read_like_any_other() {
        let mut sources = two_files();
        let one = sources.made.make("unit-205C", Span::new(0, 1));
        let two = sources.made.make("unit-205D", Span::new(5, 7));
        assert_eq!((sources.get(one), sources.get(two)), ("unit-205C", "unit-205D"));
        assert!(two.is_made());
        assert_eq!(sources.place(two).unwrap().line, 2);
    }
}
