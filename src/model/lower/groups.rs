//! Groups: what narrows, what is taken away, and cycles.

use hashbrown::HashMap;
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::doors::Place;
use super::rings::rings;
use super::{Lower, Section};
use crate::diagnostic::{Diagnostic, Kind};
use crate::model::language::{DOOR_KINDS, GroupField};
use crate::model::{Door, DoorId, DoorKind, Group};
use crate::source::Span;
use crate::syntax::Node;

/// A group as it is written, with its references resolved.
#[derive(Default)]
pub(super) struct Draft {
    kind: Option<DoorKind>,
    tag: Option<Span>,
    floors: Option<(i16, i16)>,
    occupied: Option<bool>,
    /// What is narrowed; all doors when nothing is written.
    doors: Option<Vec<(Place, Span)>>,
    except: Vec<(Place, Span)>,
    /// Whether something it names is unknown or cannot be read: it then holds no door rather than too many.
    broken: bool,
}

impl<'a> Lower<'a> {
    /// `groups:`, by name only: references may point forwards.
    pub(super) fn group_names(&mut self, sections: &[Section<'a>]) -> Vec<(Node<'a>, Node<'a>)> {
        let mut named = Vec::new();
        for (key, value) in self.entries(sections, "groups") {
            let Some(id) = self.id(key, "a group", "all") else {
                self.spaces.places.lose(key.scalar().unwrap_or_default());
                continue;
            };
            match self.name_group(id) {
                Ok(()) => {
                    self.property.groups.push(Group {
                        id,
                        doors: Vec::new(),
                        by_occupancy: false,
                        used: false,
                    });
                    named.push((key, value));
                }
                Err((first, true)) => self.repeated_id(id, "group", first),
                Err((first, false)) => {
                    let message = format!("`{}` is both a door and a group", self.get(id));
                    self.report(
                        Diagnostic::new(Kind::REPEATED_ID, id, message)
                            .related(first, "the door")
                            .help("doors and groups share one space of names: rename the group"),
                    );
                }
            }
        }
        named
    }

    /// The fields of every group that has a name.
    pub(super) fn group_drafts(&mut self, named: &[(Node<'a>, Node<'a>)]) -> Vec<Draft> {
        named.iter().map(|(key, value)| self.group_draft(*key, *value)).collect()
    }

    fn group_draft(&mut self, key: Node<'a>, value: Node<'a>) -> Draft {
        let mut draft = Draft::default();
        let reported = self.reported;
        self.fields(key.span(), value, |lower, field, key, value| match field {
            GroupField::Name | GroupField::Description => {
                lower.text(key, value);
            }
            GroupField::Kind => draft.kind = lower.choice(key, value, DOOR_KINDS, DoorKind::find),
            GroupField::Tag => draft.tag = lower.text(key, value),
            GroupField::Floor => {
                draft.floors = lower.form(key, value, "a floor, as 3, or floors, as 2-6", floors)
            }
            GroupField::Occupied => draft.occupied = lower.truth(key, value),
            GroupField::Doors => draft.doors = Some(lower.places("`doors`", value)),
            GroupField::Except => draft.except = lower.places("`except`", value),
        });
        draft.broken = self.reported > reported;
        draft
    }

    /// References to doors, those that name something.
    pub(super) fn places(&mut self, what: &str, value: Node<'a>) -> Vec<(Place, Span)> {
        let mut places: Vec<(Place, Span)> = Vec::new();
        self.one_or_many(what, value, |lower, span, item| {
            let Some(place) = lower.place(span) else { return };
            match places.iter().find(|(known, _)| *known == place) {
                Some((_, first)) => lower.named_twice(item.span(), span, *first),
                None => places.push((place, span)),
            }
        });
        places
    }

    /// Fills the groups with doors, each after those that it names.
    pub(super) fn fill_groups(&mut self, drafts: &[Draft]) {
        let graph = graph(drafts);
        let cyclic = self.report_cycles(&graph);
        let tagged = self.doors_by_tag();
        // Tarjan gives components with what they point at first.
        for component in tarjan_scc(&graph) {
            for node in component {
                let index = node.index();
                let draft = &drafts[index];
                let leans = |next: NodeIndex| self.property.groups[next.index()].by_occupancy;
                self.property.groups[index].by_occupancy =
                    draft.occupied.is_some() || graph.neighbors(node).any(leans);
                if !cyclic[index] && !draft.broken {
                    self.property.groups[index].doors = self.members(draft, &tagged);
                }
            }
        }
    }

    fn doors_by_tag(&self) -> HashMap<String, Vec<DoorId>> {
        let mut tagged: HashMap<String, Vec<DoorId>> = HashMap::new();
        for (index, door) in self.property.doors.iter().enumerate() {
            for tag in &door.tags {
                tagged.entry_ref(self.get(*tag)).or_default().push(DoorId(index as u32));
            }
        }
        tagged
    }

    fn members(&self, draft: &Draft, tagged: &HashMap<String, Vec<DoorId>>) -> Vec<DoorId> {
        if let (Some(tag), None, true) = (draft.tag, &draft.doors, draft.except.is_empty()) {
            // The common case, without a look at every door for every group.
            let doors = tagged.get(self.get(tag)).map_or(&[][..], Vec::as_slice);
            let fits = |id: &DoorId| self.narrowed(draft, &self.property.doors[id.index()]);
            return doors.iter().copied().filter(fits).collect();
        }
        let count = self.property.doors.len();
        let mut inside = vec![draft.doors.is_none(); count];
        for (place, _) in draft.doors.iter().flatten() {
            self.mark(*place, true, &mut inside);
        }
        for (place, _) in &draft.except {
            self.mark(*place, false, &mut inside);
        }
        (0..count as u32)
            .map(DoorId)
            .filter(|id| inside[id.index()] && self.narrowed(draft, &self.property.doors[id.index()]))
            .collect()
    }

    fn mark(&self, place: Place, value: bool, inside: &mut [bool]) {
        match place {
            Place::Door(door) => inside[door.index()] = value,
            Place::Group(group) => {
                for door in &self.property.groups[group.index()].doors {
                    inside[door.index()] = value;
                }
            }
            Place::All => inside.fill(value),
        }
    }

    fn narrowed(&self, draft: &Draft, door: &Door) -> bool {
        draft.kind.is_none_or(|kind| door.kind == kind)
            && draft
                .floors
                .is_none_or(|(low, high)| door.floor.is_some_and(|floor| (low..=high).contains(&floor)))
            && draft.tag.is_none_or(|tag| door.tags.iter().any(|one| self.get(*one) == self.get(tag)))
            && draft
                .occupied
                .is_none_or(|occupied| door.kind == DoorKind::Residence && door.occupied == occupied)
    }

    /// Reports every ring of groups once, with its path; gives which groups are in one or lean on one.
    fn report_cycles(&mut self, graph: &DiGraph<(), Span>) -> Vec<bool> {
        let mut cyclic = vec![false; graph.node_count()];
        for (component, ring) in rings(graph) {
            for node in &component {
                cyclic[node.index()] = true;
            }
            let name = |node: NodeIndex| format!("`{}`", self.get(self.property.groups[node.index()].id));
            let mut path: Vec<_> = ring.iter().map(|(node, _)| name(*node)).collect();
            path.push(name(ring[0].0));
            let message = if ring.len() == 1 {
                format!("the group {} contains itself", path[0])
            } else {
                format!("these groups contain each other: {}", path.join(" -> "))
            };
            let mut diagnostic = Diagnostic::new(Kind::GROUP_CYCLE, ring[0].1, message)
                .help("take one of these references out; a group can only be made of what does not need it");
            for (index, (_, place)) in ring.iter().enumerate().skip(1) {
                diagnostic = diagnostic.related(*place, format!("and so to {}", path[index + 1]));
            }
            self.report(diagnostic);
        }
        // What leans on a ring is as unknown as the ring; it stays empty too, without a finding of its own.
        let mut changed = true;
        while changed {
            changed = false;
            for edge in graph.edge_indices() {
                if let Some((from, to)) = graph.edge_endpoints(edge)
                    && cyclic[to.index()]
                    && !cyclic[from.index()]
                {
                    cyclic[from.index()] = true;
                    changed = true;
                }
            }
        }
        cyclic
    }

    pub(super) fn named_twice(&mut self, place: Span, span: Span, first: Span) {
        let message = format!("`{}` is named twice here", self.get(span));
        let mut diagnostic = Diagnostic::new(Kind::REPEATED_FIELD, place, message)
            .related(first, "the first time")
            .help("once is enough");
        diagnostic.level = crate::diagnostic::Level::Warning;
        self.report(diagnostic);
    }
}

fn graph(drafts: &[Draft]) -> DiGraph<(), Span> {
    let mut graph = DiGraph::new();
    for _ in drafts {
        graph.add_node(());
    }
    for (index, draft) in drafts.iter().enumerate() {
        for (place, span) in draft.doors.iter().flatten().chain(&draft.except) {
            if let Place::Group(group) = place {
                graph.add_edge(NodeIndex::new(index), NodeIndex::new(group.index()), *span);
            }
        }
    }
    graph
}

fn floors(text: &str) -> Option<(i16, i16)> {
    let text = text.trim();
    // A `-` in front is a sign, one behind a digit joins two floors.
    let joint = text
        .char_indices()
        .skip(1)
        .find(|(at, c)| *c == '-' && text[..*at].trim_end().ends_with(|c: char| c.is_ascii_digit()));
    let (low, high) = match joint {
        Some((at, _)) => (&text[..at], &text[at + 1..]),
        None => (text, text),
    };
    let (low, high) = (low.trim().parse().ok()?, high.trim().parse().ok()?);
    (low <= high).then_some((low, high))
}

#[cfg(test)]
mod tests {
    use super::floors;

    #[test]
    fn floors_may_be_below_the_ground() {
        assert_eq!(floors("3"), Some((3, 3)));
        assert_eq!(floors("2-6"), Some((2, 6)));
        assert_eq!(floors("-2--1"), Some((-2, -1)));
        assert_eq!(floors("-1-4"), Some((-1, 4)));
        assert_eq!(floors("6-2"), None);
        assert_eq!(floors("two"), None);
    }
}
