//! Taking keys, assignments and definitions out of the files.

use super::context::Context;
use super::edits::Part;
use crate::diagnostic::{Edit, Fix};
use crate::model::KeyId;
use crate::source::Span;
use crate::syntax::{Node, NodeKind};

impl<'p> Context<'p> {
    /// Takes out a definition by the place of its name, as a schedule that nothing uses.
    pub(super) fn delete_definition(&self, id: Span, title: impl Into<String>) -> Option<Fix> {
        let edits = vec![self.without(&self.part(id)?)?];
        Some(Fix { title: title.into(), safe: true, edits })
    }

    /// Takes an assignment out.
    pub(super) fn delete_assignment(&self, assignment: Span, title: impl Into<String>) -> Option<Fix> {
        self.delete_definition(assignment, title)
    }

    /// Takes a key out with every assignment of it, or puts another key in its place there.
    pub(super) fn delete_key(
        &self,
        key: KeyId,
        instead: Option<KeyId>,
        title: impl Into<String>,
    ) -> Option<Fix> {
        let mut edits = vec![self.without(&self.part(self.property.keys[key.index()].id)?)?];
        let name = |key: KeyId| self.property.text(self.property.keys[key.index()].id);
        for assignment in &self.property.assignments {
            let given = &self.property.key_lists[assignment.keys.index()];
            if given.iter().any(|given| given.key == key) {
                edits.extend(self.withdraw(assignment.span, name(key), instead.map(name))?);
            }
        }
        edits.sort_by_key(|edit| edit.span);
        let apart = edits.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start);
        apart.then(|| Fix { title: title.into(), safe: true, edits })
    }

    /// Takes a key out of the list of one assignment, and the assignment with it when nothing is left to give.
    fn withdraw(&self, assignment: Span, key: &str, instead: Option<&str>) -> Option<Vec<Edit>> {
        let item = self.part(assignment)?;
        let (_, keys) = self.field(item.value, "keys")?;
        let names = |node: Node<'_>| {
            node.scalar().is_some_and(|text| text.split_once('/').map_or(text, |(name, _)| name) == key)
        };
        if keys.kind() != NodeKind::Sequence {
            return match instead {
                Some(instead) => Some(vec![self.renamed(keys, key, instead)?]),
                None => Some(vec![self.without(&item)?]),
            };
        }
        let (named, others): (Vec<_>, Vec<_>) = keys.items().partition(|item| names(*item));
        let there_already =
            |instead: &str| others.iter().any(|other| other.scalar().is_some_and(|text| text == instead));
        match instead {
            Some(instead) if !there_already(instead) => {
                named.iter().map(|item| self.renamed(*item, key, instead)).collect()
            }
            _ if others.is_empty() => Some(vec![self.without(&item)?]),
            // Several at once would reach for the same comma.
            _ if named.len() == 1 => {
                Some(vec![self.without(&Part { parent: keys, name: None, value: named[0] })?])
            }
            _ => None,
        }
    }

    fn renamed(&self, node: Node<'p>, key: &str, instead: &str) -> Option<Edit> {
        let rest = node.scalar()?.strip_prefix(key)?;
        self.instead(node, &format!("{instead}{rest}"))
    }

    /// Takes a field out of the fields that stand at a name, as `doorcode` of a line of a key.
    pub(super) fn delete_field(&self, owner: Span, field: &str, title: impl Into<String>) -> Option<Fix> {
        let part = self.part(owner)?;
        let (name, value) = self.field(part.value, field)?;
        let edits = vec![self.without(&Part { parent: part.value, name: Some(name), value })?];
        Some(Fix { title: title.into(), safe: false, edits })
    }

    /// Changes the value of a field of the fields that stand at a place.
    pub(super) fn set_field(
        &self,
        owner: Span,
        field: &str,
        value: &str,
        title: impl Into<String>,
    ) -> Option<Fix> {
        let (_, node) = self.field(self.part(owner)?.value, field)?;
        Some(Fix { title: title.into(), safe: false, edits: vec![self.instead(node, value)?] })
    }
}
