//! Writes a YAML tree in one of many layouts that say the same: block or one line, quotes or none, comments, blank
//! lines, indents, the order of entries.

use super::dice::Dice;

#[derive(Clone, Debug)]
pub(crate) enum Node {
    /// A number or a truth value: quotes would make it a text.
    Plain(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Node {
    pub(crate) fn text(text: impl Into<String>) -> Node {
        Node::Text(text.into())
    }

    pub(crate) fn texts<T: AsRef<str>>(texts: &[T]) -> Node {
        Node::List(texts.iter().map(|text| Node::text(text.as_ref())).collect())
    }
}

/// The text of one file, whose top level is a map.
pub(crate) fn write(mut entries: Vec<(String, Node)>, dice: &mut Dice) -> String {
    dice.shuffle(&mut entries);
    let mut writer =
        Writer { out: String::new(), step: *dice.pick(&[2, 2, 4]), one_line_in: *dice.pick(&[2, 4]), dice };
    if writer.dice.one_in(4) {
        writer.out.push_str("---\n");
    }
    writer.block_map(entries, 0);
    let crlf = writer.dice.one_in(4);
    if crlf { writer.out.replace('\n', "\r\n") } else { writer.out }
}

/// Comments behind an entry, and on a line of their own.
const BEHIND: [&str; 3] = ["  # why", " # key: value, [x]", "    #"];
const ALONE: [&str; 3] = ["# a comment\n", "#\n", "# doors: { all: {} }\n"];

struct Writer<'d> {
    out: String,
    /// Spaces a level.
    step: usize,
    /// One in so many collections stands on one line.
    one_line_in: usize,
    dice: &'d mut Dice,
}

impl Writer<'_> {
    fn block_map(&mut self, mut entries: Vec<(String, Node)>, indent: usize) {
        self.dice.shuffle(&mut entries);
        for (position, (key, value)) in entries.into_iter().enumerate() {
            // The first entry may stand behind a list's dash, where nothing else may go.
            if position > 0 || indent == 0 {
                self.interlude(indent);
            }
            if position > 0 {
                self.indent(indent);
            }
            let key = self.scalar(&key, false);
            self.out.push_str(&key);
            self.out.push(':');
            self.value(value, indent);
        }
    }

    /// What follows a key and its colon, to the end of the line or of the block.
    fn value(&mut self, value: Node, indent: usize) {
        match value {
            Node::Map(entries) if self.in_block(entries.len()) => {
                self.end_of_line();
                self.indent(indent + self.step);
                self.block_map(entries, indent + self.step);
            }
            Node::List(mut items) if self.in_block(items.len()) => {
                self.dice.shuffle(&mut items);
                self.end_of_line();
                // A list in a map may stand as deep as its key.
                let indent = if self.dice.coin() { indent } else { indent + self.step };
                for item in items {
                    self.interlude(indent);
                    self.indent(indent);
                    self.item(item, indent);
                }
            }
            flat => {
                let flat = self.one_line(flat, false);
                let spaces = if self.dice.one_in(5) { "   " } else { " " };
                self.out.push_str(spaces);
                self.out.push_str(&flat);
                self.end_of_line();
            }
        }
    }

    fn item(&mut self, item: Node, indent: usize) {
        self.out.push_str("- ");
        match item {
            Node::Map(entries) if self.in_block(entries.len()) => self.block_map(entries, indent + 2),
            flat => {
                let flat = self.one_line(flat, false);
                self.out.push_str(&flat);
                self.end_of_line();
            }
        }
    }

    fn in_block(&mut self, entries: usize) -> bool {
        entries > 0 && !self.dice.one_in(self.one_line_in)
    }

    fn one_line(&mut self, node: Node, in_flow: bool) -> String {
        let spaced = self.dice.coin();
        let wrap = |open: char, inner: Vec<String>, close: char| {
            let space = if spaced && !inner.is_empty() { " " } else { "" };
            format!("{open}{space}{}{space}{close}", inner.join(", "))
        };
        match node {
            Node::Plain(text) => text,
            Node::Text(text) => self.scalar(&text, in_flow),
            Node::List(mut items) => {
                self.dice.shuffle(&mut items);
                wrap('[', items.into_iter().map(|item| self.one_line(item, true)).collect(), ']')
            }
            Node::Map(mut entries) => {
                self.dice.shuffle(&mut entries);
                let pair =
                    |(key, value)| format!("{}: {}", self.scalar(key, true), self.one_line(value, true));
                let mut pair = pair;
                wrap(
                    '{',
                    entries.iter().map(|(key, value)| pair((key.as_str(), value.clone()))).collect(),
                    '}',
                )
            }
        }
    }

    fn scalar(&mut self, text: &str, in_flow: bool) -> String {
        let single = || format!("'{}'", text.replace('\'', "''"));
        let double = || format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        match self.dice.below(6) {
            0 => single(),
            1 => double(),
            _ if may_stand_plain(text, in_flow) => text.to_owned(),
            _ => double(),
        }
    }

    fn indent(&mut self, spaces: usize) {
        self.out.extend(std::iter::repeat_n(' ', spaces));
    }

    fn end_of_line(&mut self) {
        if self.dice.one_in(12) {
            let comment = self.dice.pick(&BEHIND);
            self.out.push_str(comment);
        }
        self.out.push('\n');
    }

    /// Sometimes a blank line or a comment between entries, at any indent.
    fn interlude(&mut self, indent: usize) {
        if self.dice.one_in(12) {
            self.out.push('\n');
        }
        if self.dice.one_in(12) {
            let indent = if self.dice.coin() { indent } else { 0 };
            self.indent(indent);
            let comment = self.dice.pick(&ALONE);
            self.out.push_str(comment);
        }
    }
}

/// Stricter than YAML: whatever could be read as something else gets quotes.
fn may_stand_plain(text: &str, in_flow: bool) -> bool {
    let looks_typed =
        ["true", "false", "null", "~"].contains(&text.to_lowercase().as_str()) || text.parse::<f64>().is_ok();
    let starts_well = text.starts_with(|c: char| c.is_alphanumeric() || c == '$');
    let ends_well = !text.ends_with([' ', ':']);
    let splits = text.contains(": ") || text.contains(" #");
    let breaks_flow = in_flow && text.contains([',', '[', ']', '{', '}', '"', '\'']);
    starts_well && ends_well && !looks_typed && !splits && !breaks_flow
}
