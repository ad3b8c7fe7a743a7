//! Doors, one by one and by the range.

use super::names::nearest;
use super::range::{MAX_DOORS, expand, is_range};
use super::{Lower, Section};
use crate::diagnostic::{Diagnostic, Kind, Level};
use crate::model::language::{DOOR_KINDS, DoorField};
use crate::model::{Door, DoorId, DoorKind, GroupId};
use crate::source::Span;
use crate::syntax::{Node, NodeKind};

/// What a name in the space of doors and groups stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Door(DoorId),
    Group(GroupId),
    All,
}

/// Numbers from here on are groups in the table of names that doors and groups share.
const GROUP: u32 = 1 << 31;

impl<'a> Lower<'a> {
    /// `doors:`
    pub(super) fn doors(&mut self, sections: &[Section<'a>]) {
        for (key, value) in self.entries(sections, "doors") {
            let text = key.scalar().unwrap_or_default();
            let (prototype, occupied) = self.door(key, value);
            let first = self.property.doors.len() as u32;
            if is_range(text) {
                self.range(text, key, prototype, occupied);
            } else if let Some(id) = self.id(key, "a door", "all") {
                self.add_door(Door { id, ..prototype }, occupied);
            } else {
                self.spaces.places.lose(text);
            }
            if value.kind() == NodeKind::Lost {
                self.lost_doors.extend((first..self.property.doors.len() as u32).map(DoorId));
            }
        }
    }

    fn range(&mut self, text: &str, key: Node<'a>, prototype: Door, occupied: Option<bool>) {
        let ids = match expand(text) {
            Ok(ids) => ids,
            Err(bad) => {
                let diagnostic = Diagnostic::new(Kind::BAD_RANGE, key.span(), bad.message);
                self.report(match bad.help {
                    Some(help) => diagnostic.help(help),
                    None => diagnostic,
                });
                // Which doors it was to be, nobody can tell.
                self.spaces.places.incomplete = true;
                return;
            }
        };
        if self.property.doors.len() + ids.len() > MAX_DOORS {
            let message = format!("with `{text}` this property has more than {MAX_DOORS} doors");
            self.report(
                Diagnostic::new(Kind::BAD_RANGE, key.span(), message).help("check the numbers in braces"),
            );
            self.spaces.places.incomplete = true;
            return;
        }
        if let Some(flaw) = ids.iter().find_map(|id| super::names::flaw_of_id(id)) {
            let message = format!("`{text}` cannot be the id of doors: {flaw}");
            self.report(Diagnostic::new(Kind::BAD_ID, key.span(), message));
            self.spaces.places.incomplete = true;
            return;
        }
        let mut collisions = Vec::new();
        for id in ids {
            let id = self.texts.make(&id, key.span());
            let door = Door { id, tags: prototype.tags.clone(), ..prototype };
            if let Err(first) = self.name_door(&door) {
                collisions.push((id, first));
                continue;
            }
            self.push_door(door, occupied);
        }
        self.collisions(text, key.span(), &collisions);
    }

    /// Two ranges that collide do so in many doors; that is one mistake.
    fn collisions(&mut self, range: &str, place: Span, collisions: &[(Span, Span)]) {
        let Some((id, first)) = collisions.first().copied() else { return };
        let message = match collisions.len() {
            1 => format!("`{range}` makes the door `{}`, which is there already", self.get(id)),
            count => {
                format!("`{range}` makes {count} doors that are there already, `{}` first", self.get(id))
            }
        };
        self.report(
            Diagnostic::new(Kind::REPEATED_ID, place, message)
                .related(first, "defined here")
                .help("a door stands in one place: narrow one of the two"),
        );
    }

    fn add_door(&mut self, door: Door, occupied: Option<bool>) {
        match self.name_door(&door) {
            Ok(()) => self.push_door(door, occupied),
            Err(first) => self.repeated_id(door.id, "door", first),
        }
    }

    fn push_door(&mut self, door: Door, occupied: Option<bool>) {
        self.property.doors.push(door);
        self.written_occupied.push(occupied);
    }

    /// Names the door that is pushed next; the place of what has the name already otherwise.
    fn name_door(&mut self, door: &Door) -> Result<(), Span> {
        let Self { texts, property, spaces, .. } = self;
        let number = property.doors.len() as u32;
        let name_of =
            |known: u32| texts.get(if known == number { door.id } else { place_id(property, known) });
        spaces.places.insert(texts.get(door.id), number, name_of).map_err(|known| place_id(property, known))
    }

    /// The fields of a door; its id comes from whoever asks.
    fn door(&mut self, key: Node<'a>, value: Node<'a>) -> (Door, Option<bool>) {
        let mut door = Door {
            id: key.span(),
            name: None,
            kind: DoorKind::Other,
            tags: Vec::new(),
            floor: None,
            occupied: false,
            protect: false,
            model: None,
            firmware: None,
            provider: None,
            lock_id: None,
        };
        let mut occupied = None;
        self.fields(key.span(), value, |lower, field, key, value| match field {
            DoorField::Name => door.name = lower.text(key, value),
            DoorField::Kind => {
                door.kind = lower.choice(key, value, DOOR_KINDS, DoorKind::find).unwrap_or(DoorKind::Other);
            }
            DoorField::Tags => lower.one_or_many("`tags`", value, |_, span, _| door.tags.push(span)),
            DoorField::Floor => door.floor = lower.whole(key, value, -100, 1000).map(|floor| floor as i16),
            DoorField::Occupied => occupied = lower.truth(key, value).map(|truth| (truth, key.span())),
            DoorField::Lock => lower.lock(&mut door, key, value),
            DoorField::Protect => door.protect = lower.truth(key, value).unwrap_or(false),
            DoorField::Description | DoorField::Address => {
                lower.text(key, value);
            }
        });
        if let Some((_, place)) = occupied
            && door.kind != DoorKind::Residence
        {
            let message =
                "`occupied` says nothing here: only a door of kind `residence` is a home".to_owned();
            let mut diagnostic = Diagnostic::new(Kind::BAD_VALUE, place, message)
                .help("take it out, or write `kind: residence`");
            diagnostic.level = Level::Warning;
            self.report(diagnostic);
        }
        (door, occupied.map(|(truth, _)| truth))
    }

    /// Names a group in the space that it shares with doors; the place of what has the name already otherwise.
    pub(super) fn name_group(&mut self, id: Span) -> Result<(), (Span, bool)> {
        let Self { texts, property, spaces, .. } = self;
        let number = GROUP | property.groups.len() as u32;
        let name_of = |known: u32| texts.get(if known == number { id } else { place_id(property, known) });
        spaces
            .places
            .insert(texts.get(id), number, name_of)
            .map_err(|known| (place_id(property, known), known & GROUP != 0))
    }

    /// What a reference to doors names. Reports what names nothing.
    pub(super) fn place(&mut self, span: Span) -> Option<Place> {
        let name = self.get(span);
        if name == "all" {
            return Some(Place::All);
        }
        let found = self.spaces.places.find(name, |known| self.get(place_id(&self.property, known)));
        match found {
            Some(number) if number & GROUP != 0 => {
                let group = GroupId(number & !GROUP);
                self.property.groups[group.index()].used = true;
                Some(Place::Group(group))
            }
            Some(number) => Some(Place::Door(DoorId(number))),
            None => {
                if !self.spaces.places.may_be_lost(name) {
                    self.unknown_place(span);
                }
                None
            }
        }
    }

    fn unknown_place(&mut self, span: Span) {
        let name = self.get(span).to_owned();
        if is_range(&name) {
            let message = format!("`{name}` is a range; ranges stand only under `doors:`");
            let help = "make a group of these doors and name the group here";
            self.report(Diagnostic::new(Kind::UNKNOWN_NAME, span, message).help(help));
            return;
        }
        if name.starts_with('$') {
            let message = format!("`{name}` stands for nothing here");
            let help = "the only variable is `$door`, in a key with `each`";
            self.report(Diagnostic::new(Kind::UNKNOWN_NAME, span, message).help(help));
            return;
        }
        let near = self.near(&name, |lower| {
            let doors = lower.property.doors.iter().map(|door| door.id);
            let groups = lower.property.groups.iter().map(|group| group.id);
            nearest(&name, groups.chain(doors).map(|id| lower.get(id)).chain(["all"])).map(str::to_owned)
        });
        self.unknown(span, &name, "door or group", near, "list it under `doors:` or `groups:`");
    }

    /// Whether who lives where decides which doors a reference names.
    pub(super) fn by_occupancy(&self, place: Place) -> bool {
        matches!(place, Place::Group(group) if self.property.groups[group.index()].by_occupancy)
    }

    /// The doors of a reference, ascending, once the groups are known.
    pub(super) fn doors_of(&self, place: Place) -> Vec<DoorId> {
        match place {
            Place::Door(door) => vec![door],
            Place::Group(group) => self.property.groups[group.index()].doors.clone(),
            Place::All => (0..self.property.doors.len() as u32).map(DoorId).collect(),
        }
    }

    /// Whether who lives where decides which doors a reference means.
    pub(super) fn is_by_occupancy(&self, place: Place) -> bool {
        matches!(place, Place::Group(group) if self.property.groups[group.index()].by_occupancy)
    }
}

/// The id of a door or group by its number in their common space.
fn place_id(property: &crate::model::Property, number: u32) -> Span {
    if number & GROUP != 0 {
        property.groups[(number & !GROUP) as usize].id
    } else {
        property.doors[number as usize].id
    }
}
