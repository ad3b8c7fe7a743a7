//! Edits that leave comments and layout alone.

use super::context::Context;
use crate::diagnostic::Edit;
use crate::source::Span;
use crate::syntax::{Node, NodeKind};

/// A part of a file that can be taken out: an entry of a mapping or an item of a list.
pub(super) struct Part<'t> {
    pub(super) parent: Node<'t>,
    /// The name of an entry.
    pub(super) name: Option<Node<'t>>,
    pub(super) value: Node<'t>,
}

impl<'p> Context<'p> {
    fn root_around(&self, span: Span) -> Option<Node<'p>> {
        let property = self.property;
        let around = |file: usize| {
            let file = property.sources.files()[file].span;
            file.start <= span.start && span.end <= file.end
        };
        let (_, tree) = self.trees.iter().find(|(file, _)| around(*file))?;
        tree.root(property.sources.text())
    }

    /// The item of a list that a place is in. Lists of assignments are long and asked for again and again, so where
    /// their items begin is noted once.
    fn item_around(&self, list: Node<'p>, span: Span) -> Option<Node<'p>> {
        let mut known = self.items.borrow_mut();
        let items = known.entry(list.span().start).or_insert_with(|| list.items().collect());
        let after = items.partition_point(|item| item.span().start <= span.start);
        let item = *items.get(after.checked_sub(1)?)?;
        (span.end <= item.span().end).then_some(item)
    }

    /// The entry whose name stands at a place, or the item that is exactly there.
    pub(super) fn part(&self, span: Span) -> Option<Part<'p>> {
        let inside = |outer: Span| outer.start <= span.start && span.end <= outer.end;
        let mut node = self.root_around(span)?;
        loop {
            node = match node.kind() {
                NodeKind::Mapping => {
                    let entry =
                        node.entries().find(|(name, value)| inside(name.span()) || inside(value.span()));
                    let (name, value) = entry?;
                    if inside(name.span()) {
                        return Some(Part { parent: node, name: Some(name), value });
                    }
                    value
                }
                NodeKind::Sequence => {
                    let item = self.item_around(node, span)?;
                    if item.span() == span || item.kind() == NodeKind::Scalar {
                        return Some(Part { parent: node, name: None, value: item });
                    }
                    item
                }
                _ => return None,
            };
        }
    }

    /// A field of a mapping.
    pub(super) fn field(&self, mapping: Node<'p>, name: &str) -> Option<(Node<'p>, Node<'p>)> {
        mapping.entries().find(|(field, _)| field.scalar() == Some(name))
    }

    /// Takes a part out. `None` where that cannot be done without touching what belongs to others.
    pub(super) fn without(&self, part: &Part<'p>) -> Option<Edit> {
        let start = part.name.unwrap_or(part.value).span().start;
        let whole = Span::new(start, part.value.span().end.max(part.name.map_or(0, |name| name.span().end)));
        if !self.is_own(whole) {
            return None;
        }
        let text = self.property.sources.text();
        let opening = text.as_bytes().get(part.parent.span().start as usize)?;
        if matches!(opening, b'{' | b'[') {
            self.out_of_flow(part, whole)
        } else {
            self.out_of_block(part, whole)
        }
    }

    /// Whole lines, when nothing else stands on them.
    fn out_of_block(&self, part: &Part<'p>, whole: Span) -> Option<Edit> {
        let text = self.property.sources.text();
        let file = self.property.sources.file_of(whole)?.span;
        let line = text[file.start as usize..whole.start as usize]
            .rfind('\n')
            .map_or(file.start as usize, |at| file.start as usize + at + 1);
        let before = text[line..whole.start as usize].trim_start_matches('\u{feff}');
        let alone = match part.name {
            Some(_) => before.trim().is_empty(),
            None => before.trim() == "-",
        };
        if !alone {
            return None;
        }
        let end = whole.end as usize;
        // The end of a block text is the beginning of the next line.
        let end = if text[..end].ends_with('\n') {
            end
        } else {
            text[end..file.end as usize].find('\n').map_or(file.end as usize, |at| end + at + 1)
        };
        Some(Edit { span: Span::new(line as u32, end as u32), text: String::new() })
    }

    /// The part with the comma behind it, or, of the last one, before it.
    fn out_of_flow(&self, part: &Part<'p>, whole: Span) -> Option<Edit> {
        let starts: Vec<u32> = if part.name.is_some() {
            part.parent.entries().map(|(name, _)| name.span().start).collect()
        } else {
            part.parent.items().map(|item| item.span().start).collect()
        };
        let index = starts.iter().position(|start| *start == whole.start)?;
        let text = self.property.sources.text();
        let span = match starts.get(index + 1) {
            Some(next) => Span::new(whole.start, *next),
            None if index > 0 => {
                let previous = &text[starts[index - 1] as usize..whole.start as usize];
                Span::new(starts[index - 1] + previous.rfind(',')? as u32, whole.end)
            }
            None => whole,
        };
        // A comment between two parts belongs to nobody knows which.
        let between_is_plain = !text[whole.end as usize..span.end.max(whole.end) as usize].contains('#');
        between_is_plain.then_some(Edit { span, text: String::new() })
    }

    /// Puts another text in place of a scalar.
    pub(super) fn instead(&self, node: Node<'p>, text: &str) -> Option<Edit> {
        let span = node.span();
        self.is_own(span).then(|| Edit { span, text: text.to_owned() })
    }
}
