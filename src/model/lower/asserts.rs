//! Assertions: what must hold. They are understood here and proved on the computed access.

use super::{Lower, Section};
use crate::diagnostic::{Diagnostic, Kind};
use crate::model::language::{AssertField, CAPABILITIES};
use crate::model::{Assert, Capability};
use crate::syntax::{Node, NodeKind};

impl<'a> Lower<'a> {
    /// `assert:`
    pub(super) fn asserts(&mut self, sections: &[Section<'a>]) {
        for section in sections {
            match section.value.kind() {
                NodeKind::Sequence | NodeKind::Null | NodeKind::Lost => {}
                _ => {
                    self.wrong_shape(section.value, "`assert` takes a list, each beginning with `- `");
                    continue;
                }
            }
            for item in section.value.items() {
                self.assert(item);
            }
        }
    }

    fn assert(&mut self, item: Node<'a>) {
        let place = self.first_line(item.span());
        let mut assert = Assert {
            span: place,
            name: None,
            who: Vec::new(),
            doors: Vec::new(),
            by_occupancy: false,
            never: Vec::new(),
            always: Vec::new(),
            only: None,
        };
        let seen = self.fields(place, item, |lower, field, key, value| match field {
            AssertField::Name => assert.name = lower.text(key, value),
            AssertField::Description => {
                lower.text(key, value);
            }
            AssertField::Who => lower.one_or_many("`who`", value, |lower, span, _| {
                assert.who.extend(lower.who(span));
            }),
            AssertField::Doors => {
                let places = lower.places("`doors`", value);
                let mut doors: Vec<_> = places.iter().flat_map(|(place, _)| lower.doors_of(*place)).collect();
                doors.sort_unstable();
                doors.dedup();
                assert.doors = doors;
                assert.by_occupancy = places.iter().any(|(place, _)| lower.is_by_occupancy(*place));
            }
            AssertField::Never => assert.never = lower.capabilities(key, value),
            AssertField::Always => assert.always = lower.capabilities(key, value),
            AssertField::Only => {
                assert.only = lower.text(key, value).and_then(|span| lower.schedule(span));
            }
        });
        let demands = [AssertField::Never, AssertField::Always, AssertField::Only];
        if item.kind() == NodeKind::Mapping && !demands.into_iter().any(|field| seen.has(field)) {
            let message = "this assertion demands nothing".to_owned();
            self.report(
                Diagnostic::new(Kind::MISSING_FIELD, place, message)
                    .help("write `never`, `always` or `only`, as `never: unlock`"),
            );
        }
        self.property.asserts.push(assert);
    }

    fn capabilities(&mut self, key: Node<'a>, value: Node<'a>) -> Vec<Capability> {
        let items: Vec<_> =
            if value.kind() == NodeKind::Sequence { value.items().collect() } else { vec![value] };
        items.into_iter().filter_map(|item| self.choice(key, item, CAPABILITIES, Capability::find)).collect()
    }
}
