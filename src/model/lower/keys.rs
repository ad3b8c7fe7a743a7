//! Keys: their lines, whose setting wins at a door, and what cannot be on one key.

use super::doors::Place;
use super::names::nearest;
use super::{Lower, Section};
use crate::diagnostic::{Diagnostic, Kind};
use crate::model::language::{KEY_TYPES, KeyField, LineField};
use crate::model::{DoorId, DoorKind, Each, GivenKey, Key, KeyId, KeyType, Line, Setting};
use crate::source::Span;
use crate::syntax::{Node, NodeKind};

/// Stands for the door of an instance in a key with `each`.
const OWN_DOOR: &str = "$door";

/// What a line of a key names.
#[derive(Clone, Copy)]
enum Target {
    Place(Place),
    OwnDoor,
}

/// For each door the line that gives it its setting, while one key is read.
pub(super) struct Cells {
    /// The key that is read, counted from 1: also those whose id was taken, which are not kept.
    now: u32,
    /// The key that a cell was last written for.
    stamp: Vec<u32>,
    line: Vec<u32>,
}

impl Cells {
    pub(super) fn new(doors: usize) -> Self {
        Self { now: 0, stamp: vec![0; doors], line: vec![0; doors] }
    }

    /// Goes on to the next key, for which no cell is written.
    fn next_key(&mut self) {
        self.now += 1;
    }

    fn get(&self, door: DoorId) -> Option<usize> {
        (self.stamp[door.index()] == self.now).then(|| self.line[door.index()] as usize)
    }

    fn set(&mut self, door: DoorId, line: usize) {
        self.stamp[door.index()] = self.now;
        self.line[door.index()] = line as u32;
    }
}

impl<'a> Lower<'a> {
    /// `keys:`
    pub(super) fn keys(&mut self, sections: &[Section<'a>]) {
        let mut cells = Cells::new(self.property.doors.len());
        for (key, value) in self.entries(sections, "keys") {
            let Some(id) = self.id(key, "a key", "") else {
                self.spaces.keys.lose(key.scalar().unwrap_or_default());
                continue;
            };
            let read = self.key(id, key, value, &mut cells);
            let Self { texts, property, spaces, .. } = self;
            let number = property.keys.len() as u32;
            property.keys.push(read);
            let keys = &property.keys;
            let known = spaces.keys.insert(texts.get(id), number, |known| texts.get(keys[known as usize].id));
            if let Err(first) = known {
                self.property.keys.pop();
                self.repeated_id(id, "key", self.property.keys[first as usize].id);
            }
        }
    }

    fn key(&mut self, id: Span, key: Node<'a>, value: Node<'a>, cells: &mut Cells) -> Key {
        let mut read = Key {
            id,
            name: None,
            kind: KeyType::Door,
            share: false,
            each: None,
            lines: Vec::new(),
            by_occupancy: false,
            reviewed: None,
        };
        let mut each = None;
        let mut lines = Vec::new();
        self.fields(key.span(), value, |lower, field, key, value| match field {
            KeyField::Name => read.name = lower.text(key, value),
            KeyField::Description => {
                lower.text(key, value);
            }
            KeyField::Type => {
                let find = |word: &str| match word {
                    "door" => Some(KeyType::Door),
                    "elevator" => Some(KeyType::Elevator),
                    _ => None,
                };
                read.kind = lower.choice(key, value, KEY_TYPES, find).unwrap_or_default();
            }
            KeyField::Each => {
                // Also when the reference names nothing: `$door` then still means something.
                let place =
                    lower.text(key, value).and_then(|span| lower.place(span).map(|place| (place, span)));
                each = Some(place);
            }
            KeyField::Share => read.share = lower.truth(key, value).unwrap_or(false),
            KeyField::Doors => lines = lower.lines(value),
            KeyField::Reviewed => {
                read.reviewed = lower.text(key, value).and_then(|span| lower.day(value, span));
            }
        });
        if let Some(place) = each {
            let doors = place.map(|(place, _)| self.doors_of(place)).unwrap_or_default();
            read.by_occupancy |= place.is_some_and(|(place, _)| self.by_occupancy(place));
            if let Some((_, span)) = place {
                self.type_of_doors(read.kind, span, &doors);
            }
            read.each = Some(Each { doors, own: None });
        }
        self.resolve(&mut read, &lines, cells);
        read
    }

    /// The lines of a key as they are written.
    fn lines(&mut self, value: Node<'a>) -> Vec<(Target, Setting)> {
        let mut lines = Vec::new();
        if value.kind() == NodeKind::Mapping {
            for (key, settings) in value.entries() {
                let Some(span) = self.text_of(key, || "`doors` takes doors and groups".into()) else {
                    continue;
                };
                let setting = self.setting(key, span, settings);
                if let Some(target) = self.target(span) {
                    self.add_line(&mut lines, target, setting, key);
                }
            }
        } else {
            self.one_or_many("`doors`", value, |lower, span, item| {
                if let Some(target) = lower.target(span) {
                    lower.add_line(
                        &mut lines,
                        target,
                        Setting { schedule: None, doorcode: true, span },
                        item,
                    );
                }
            });
        }
        lines
    }

    fn add_line(
        &mut self,
        lines: &mut Vec<(Target, Setting)>,
        target: Target,
        setting: Setting,
        node: Node<'a>,
    ) {
        let same = |known: &Target| match (known, &target) {
            (Target::Place(one), Target::Place(other)) => one == other,
            (Target::OwnDoor, Target::OwnDoor) => true,
            _ => false,
        };
        match lines.iter().find(|(known, _)| same(known)) {
            Some((_, first)) if first.schedule == setting.schedule && first.doorcode == setting.doorcode => {
                self.named_twice(node.span(), setting.span, first.span);
            }
            Some((_, first)) => {
                let message = format!(
                    "`{}` is written twice in this key, with different settings",
                    self.get(setting.span)
                );
                let first = first.span;
                self.report(
                    Diagnostic::new(Kind::REPEATED_FIELD, node.span(), message)
                        .related(first, "the first one")
                        .help("keep one of the two"),
                );
            }
            None => lines.push((target, setting)),
        }
    }

    fn target(&mut self, span: Span) -> Option<Target> {
        if self.get(span) == OWN_DOOR { Some(Target::OwnDoor) } else { self.place(span).map(Target::Place) }
    }

    fn setting(&mut self, key: Node<'a>, span: Span, settings: Node<'a>) -> Setting {
        let mut setting = Setting { schedule: None, doorcode: true, span };
        self.fields(key.span(), settings, |lower, field, key, value| match field {
            LineField::Schedule => {
                if let Some(schedule) = lower.text(key, value).and_then(|span| lower.schedule(span)) {
                    setting.schedule = schedule;
                }
            }
            LineField::Doorcode => setting.doorcode = lower.truth(key, value).unwrap_or(false),
        });
        setting
    }

    /// From lines to doors: a door's own line over its groups', and no two groups that differ.
    fn resolve(&mut self, key: &mut Key, lines: &[(Target, Setting)], cells: &mut Cells) {
        cells.next_key();
        let mut touched: Vec<DoorId> = Vec::new();
        for (index, (target, setting)) in lines.iter().enumerate() {
            match target {
                Target::OwnDoor => self.own_door(key, *setting),
                Target::Place(Place::Door(door)) => {
                    self.type_of_doors(key.kind, setting.span, &[*door]);
                    cells.set(*door, index);
                    touched.push(*door);
                }
                Target::Place(_) => {}
            }
        }
        // Each pair of lines that disagree, with the doors where they do.
        let mut conflicts: Vec<(usize, usize, Vec<DoorId>)> = Vec::new();
        for (index, (target, setting)) in lines.iter().enumerate() {
            let Target::Place(place @ (Place::Group(_) | Place::All)) = target else { continue };
            key.by_occupancy |= self.by_occupancy(*place);
            let doors = self.doors_of(*place);
            self.type_of_doors(key.kind, setting.span, &doors);
            for door in doors {
                match cells.get(door) {
                    None => {
                        cells.set(door, index);
                        touched.push(door);
                    }
                    Some(first) => {
                        let other = &lines[first];
                        let own_line = matches!(other.0, Target::Place(Place::Door(_)));
                        if !own_line
                            && (other.1.schedule, other.1.doorcode) != (setting.schedule, setting.doorcode)
                        {
                            match conflicts.iter_mut().find(|(a, b, _)| (*a, *b) == (first, index)) {
                                Some((_, _, doors)) => doors.push(door),
                                None => conflicts.push((first, index, vec![door])),
                            }
                        }
                    }
                }
            }
        }
        for (first, second, doors) in conflicts {
            self.conflict(lines[first].1, lines[second].1, &doors);
        }
        touched.sort_unstable();
        key.lines = touched
            .into_iter()
            .filter_map(|door| cells.get(door).map(|index| Line { door, setting: lines[index].1 }))
            .collect();
    }

    fn own_door(&mut self, key: &mut Key, setting: Setting) {
        match &mut key.each {
            Some(each) => each.own = Some(setting),
            None => {
                let message = "`$door` stands for nothing: this key has no `each`".to_owned();
                self.report(Diagnostic::new(Kind::UNKNOWN_NAME, setting.span, message).help(
                    "write `each: homes`, the group to make one key for each door of, or name a door here",
                ));
            }
        }
    }

    fn conflict(&mut self, first: Setting, second: Setting, doors: &[DoorId]) {
        let name = |door: &DoorId| format!("`{}`", self.get(self.property.doors[door.index()].id));
        let shown = match doors {
            [one] => name(one),
            [one, two] => format!("{} and {}", name(one), name(two)),
            [one, two, rest @ ..] => format!("{}, {} and {} more", name(one), name(two), rest.len()),
            [] => return,
        };
        let message = format!(
            "`{}` and `{}` give {shown} different settings, and neither goes before the other",
            self.get(first.span),
            self.get(second.span)
        );
        let help = if doors.len() == 1 {
            "write a line of its own for this door: a door's own line wins over its groups'"
        } else {
            "write a line of its own for each of these doors, or take them out of one group with `except`"
        };
        self.report(
            Diagnostic::new(Kind::CONFLICTING_SETTINGS, second.span, message)
                .related(first.span, "the other line")
                .help(help),
        );
    }

    /// An elevator key holds only elevators, a door key none.
    fn type_of_doors(&mut self, kind: KeyType, place: Span, doors: &[DoorId]) {
        let elevator = |door: &DoorId| self.property.doors[door.index()].kind == DoorKind::Elevator;
        let wrong = |door: &&DoorId| elevator(door) != (kind == KeyType::Elevator);
        let Some(first) = doors.iter().find(wrong) else { return };
        let count = doors.iter().filter(wrong).count();
        let name = self.get(self.property.doors[first.index()].id);
        let shown = if count == 1 { format!("`{name}`") } else { format!("`{name}` and {} more", count - 1) };
        let (message, help) = match kind {
            KeyType::Door if doors.len() == 1 => (
                format!("{shown} is an elevator, and this key is for doors"),
                "put elevators on a key of their own, with `type: elevator`",
            ),
            KeyType::Door => (
                format!(
                    "`{}` brings {shown} into this key for doors, which cannot hold elevators",
                    self.get(place)
                ),
                "take elevators out of the group with `except`, and put them on a key of their own with `type: elevator`",
            ),
            KeyType::Elevator => (
                format!("this key is for elevators, and {shown} is none"),
                "put doors on another key, or take out `type: elevator`",
            ),
        };
        self.report(Diagnostic::new(Kind::WRONG_KEY_TYPE, place, message).help(help));
    }

    /// The key of a reference: `pool`, `unit` or, outright, `unit/unit-205C`. Reports what names nothing.
    pub(super) fn given_key(&mut self, span: Span) -> Option<GivenKey> {
        let name = self.get(span);
        let (key_name, instance) = match name.split_once('/') {
            Some((key, door)) => (key, Some(door)),
            None => (name, None),
        };
        let found =
            self.spaces.keys.find(key_name, |number| self.get(self.property.keys[number as usize].id));
        let Some(number) = found else {
            if !self.spaces.keys.may_be_lost(key_name) {
                let name = name.to_owned();
                let near = self.near(&name, |lower| {
                    nearest(&name, lower.property.keys.iter().map(|key| lower.get(key.id))).map(str::to_owned)
                });
                self.unknown(span, &name, "key", near, "list it under `keys:`");
            }
            return None;
        };
        let key = KeyId(number);
        let Some(door_name) = instance else { return Some(GivenKey { key, instance: None }) };
        let Some(each) = &self.property.keys[key.index()].each else {
            let message = format!("`{key_name}` is one key, not one for each door");
            let help = format!("write `{key_name}`");
            self.report(Diagnostic::new(Kind::UNKNOWN_NAME, span, message).help(help));
            return None;
        };
        let instance =
            each.doors.iter().find(|door| self.get(self.property.doors[door.index()].id) == door_name);
        if instance.is_none() && !self.spaces.places.may_be_lost(door_name) {
            let (name, key_name, door_name) = (name.to_owned(), key_name.to_owned(), door_name.to_owned());
            let known = each.doors.iter().map(|door| self.get(self.property.doors[door.index()].id));
            let near = nearest(&door_name, known).map(|near| format!("{key_name}/{near}"));
            self.unknown(span, &name, "key", near, "name one of the doors that the key is made for");
            return None;
        }
        instance.map(|door| GivenKey { key, instance: Some(*door) })
    }
}
