//! The fields of a mapping: unknown, repeated and missing ones.

use super::Lower;
use super::names::nearest;
use crate::diagnostic::{Diagnostic, Kind};
use crate::model::shape::{Field, Fields, Shape};
use crate::source::Span;
use crate::syntax::{Node, NodeKind};

/// Which of its fields a mapping had.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen(u32);

impl Seen {
    pub(super) fn has<F: Fields>(self, field: F) -> bool {
        self.0 & 1 << field.index() != 0
    }
}

impl<'a> Lower<'a> {
    /// Reads the fields of a mapping of shape `F`, each by `read`, which gets the field with its key and value.
    /// `owner` is the place to mark when a field is missing.
    pub(super) fn fields<F: Fields>(
        &mut self,
        owner: Span,
        mapping: Node<'a>,
        mut read: impl FnMut(&mut Self, F, Node<'a>, Node<'a>),
    ) -> Seen {
        let mut seen = Seen::default();
        match mapping.kind() {
            NodeKind::Mapping => {
                for (key, value) in mapping.entries() {
                    let Some(name) = key.scalar() else { continue };
                    let Some(field) = F::find(name) else {
                        // A field that is only misspelled is not missing too.
                        if let Some(meant) = self.unknown_field(F::SHAPE, key, name).and_then(F::find) {
                            seen.0 |= 1 << meant.index();
                        }
                        continue;
                    };
                    if seen.has(field) {
                        self.repeated_field(mapping, key, name);
                        continue;
                    }
                    seen.0 |= 1 << field.index();
                    read(self, field, key, value);
                }
            }
            NodeKind::Null => {}
            // Told already, also what it lacks.
            NodeKind::Lost => return Seen(u32::MAX),
            NodeKind::Scalar | NodeKind::Sequence => {
                self.wrong_shape(
                    mapping,
                    &format!(
                        "fields are expected for {}, as `{}: …`",
                        F::SHAPE.what,
                        F::SHAPE.fields[0].name
                    ),
                );
                return Seen(u32::MAX);
            }
        }
        for (index, field) in F::SHAPE.fields.iter().enumerate() {
            if field.required && seen.0 & 1 << index == 0 {
                self.missing_field(F::SHAPE, field, owner);
            }
        }
        seen
    }

    /// Reports a field that is none; gives the one that was meant, if it can be told.
    fn unknown_field(&mut self, shape: &Shape, key: Node<'a>, name: &str) -> Option<&'static str> {
        if looks_secret(name) {
            // What stands there must not be shown, not even to underline it.
            let message = format!("secrets never stand in these files, and `{name}` looks like one");
            let help = "a provider's credentials come from the environment or from a file that it names";
            self.report(Diagnostic::new(Kind::SECRET, key.span(), message).help(help));
            return None;
        }
        let message = format!("there is no field `{name}` in {}", shape.what);
        let diagnostic = Diagnostic::new(Kind::UNKNOWN_FIELD, key.span(), message);
        let known = shape.fields.iter().map(|field| field.name);
        let near = nearest(name, known.clone());
        let diagnostic = match near {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => {
                let list: Vec<_> = known.map(|name| format!("`{name}`")).collect();
                diagnostic.help(format!("its fields are {}", list.join(", ")))
            }
        };
        self.report(diagnostic);
        near
    }

    pub(super) fn repeated_field(&mut self, mapping: Node<'a>, key: Node<'a>, name: &str) {
        let first = mapping.entries().map(|(key, _)| key).find(|other| other.scalar() == Some(name));
        let mut diagnostic =
            Diagnostic::new(Kind::REPEATED_FIELD, key.span(), format!("`{name}` is written twice here"))
                .help("keep one of the two");
        if let Some(first) = first {
            diagnostic = diagnostic.related(first.span(), "the first one");
        }
        self.report(diagnostic);
    }

    fn missing_field(&mut self, shape: &Shape, field: &Field, owner: Span) {
        let message = format!("{} needs `{}`, which is missing here", shape.what, field.name);
        self.report(
            Diagnostic::new(Kind::MISSING_FIELD, owner, message)
                .help(format!("{}: {}", field.name, field.doc)),
        );
    }

    /// Reports that something else than `expected` (half a sentence) stands at a node.
    pub(super) fn wrong_shape(&mut self, node: Node<'a>, expected: &str) {
        let found = match node.kind() {
            NodeKind::Null => "nothing stands here",
            NodeKind::Scalar => "a text stands here",
            NodeKind::Sequence => "a list stands here",
            NodeKind::Mapping => "fields stand here",
            NodeKind::Lost => return,
        };
        self.report(Diagnostic::new(
            Kind::WRONG_SHAPE,
            self.first_line(node.span()),
            format!("{expected}, but {found}"),
        ));
    }

    /// The part of a span on its first line: what to underline of something long.
    pub(super) fn first_line(&self, span: Span) -> Span {
        let text = &self.texts.text[span.start as usize..span.end as usize];
        let length = text.find(['\n', '\r']).unwrap_or(text.len());
        Span::new(span.start, span.start + length as u32)
    }
}

/// Whether a field's name says that its value is a secret.
fn looks_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    [
        "password",
        "passwd",
        "secret",
        "token",
        "api-key",
        "apikey",
        "api_key",
        "credential",
        "pin",
        "private-key",
    ]
    .iter()
    .any(|word| name == *word || name.len() > 4 && word.len() > 4 && name.contains(word))
}
