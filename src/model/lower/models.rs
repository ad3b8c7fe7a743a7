//! Lock models, and the lock of a door.

use hashbrown::{HashMap, HashSet};

use super::{Lower, Section};
use crate::diagnostic::{Diagnostic, Kind};
use crate::model::language::{
    DoorcodeLimitsField, LOCK_FAMILIES, LockField, LockModelField, ScheduleLimitsField,
};
use crate::model::{Door, LockModel, ModelId};
use crate::source::Span;
use crate::syntax::Node;

impl<'a> Lower<'a> {
    /// `lock-models:`
    pub(super) fn models(&mut self, sections: &[Section<'a>]) {
        for (key, value) in self.entries(sections, "lock-models") {
            let Some(id) = self.id(key, "a lock model", "") else { continue };
            let model = self.model(id, key, value);
            let Self { texts, property, spaces, .. } = self;
            let number = property.models.len() as u32;
            property.models.push(model);
            let models = &property.models;
            let known =
                spaces.models.insert(texts.get(id), number, |known| texts.get(models[known as usize].id));
            if let Err(first) = known {
                self.property.models.pop();
                self.repeated_id(id, "lock model", self.property.models[first as usize].id);
            }
        }
    }

    fn model(&mut self, id: Span, key: Node<'a>, value: Node<'a>) -> LockModel {
        let mut model = LockModel {
            id,
            family: None,
            holders: None,
            doorcodes: None,
            digits: None,
            windows_per_holder: None,
            dated_per_holder: None,
            next_dates: None,
            schedules_since: None,
            holidays: None,
            dates: None,
            online: None,
        };
        self.fields(key.span(), value, |lower, field, key, value| match field {
            LockModelField::Name | LockModelField::Description => {
                lower.text(key, value);
            }
            LockModelField::Family => {
                model.family = lower
                    .choice(key, value, LOCK_FAMILIES, |word| LOCK_FAMILIES.contains(&word).then_some(()))
                    .and_then(|()| lower.text(key, value));
            }
            LockModelField::Holders => model.holders = lower.count(key, value, 1, 1_000_000),
            LockModelField::Doorcodes => {
                lower.fields(key.span(), value, |lower, field, key, value| match field {
                    DoorcodeLimitsField::Capacity => model.doorcodes = lower.count(key, value, 0, 1_000_000),
                    DoorcodeLimitsField::Digits => {
                        model.digits = lower.form(key, value, "a number of digits, as 6 or 4-8", digits);
                    }
                });
            }
            LockModelField::Schedules => {
                lower.fields(key.span(), value, |lower, field, key, value| match field {
                    ScheduleLimitsField::PerHolder => {
                        model.windows_per_holder = lower.count(key, value, 0, 1000)
                    }
                    ScheduleLimitsField::Dated => model.dated_per_holder = lower.count(key, value, 0, 1000),
                    ScheduleLimitsField::SinceFirmware => model.schedules_since = lower.text(key, value),
                    ScheduleLimitsField::Holidays => model.holidays = lower.truth(key, value),
                    ScheduleLimitsField::AsDates => model.next_dates = lower.truth(key, value),
                });
            }
            LockModelField::Dates => model.dates = lower.truth(key, value),
            LockModelField::Online => model.online = lower.truth(key, value),
        });
        model
    }

    /// A count, for a field whose limits fit.
    fn count(&mut self, key: Node<'a>, value: Node<'a>, least: i64, most: i64) -> Option<u32> {
        self.whole(key, value, least, most).and_then(|number| u32::try_from(number).ok())
    }

    /// `lock:` of a door.
    pub(super) fn lock(&mut self, door: &mut Door, key: Node<'a>, value: Node<'a>) {
        self.fields(key.span(), value, |lower, field, key, value| match field {
            LockField::Model => {
                if let Some(span) = lower.text(key, value) {
                    door.model = lower.model_named(span);
                }
            }
            LockField::Firmware => door.firmware = lower.text(key, value),
            LockField::Provider => {
                door.provider = lower.text(key, value);
                if let Some(span) = door.provider {
                    lower.known_provider(span);
                }
            }
            LockField::Id => door.lock_id = lower.text(key, value),
        });
    }

    /// A lock that two doors are written to have would be told two things, each as if it were alone. A door that says nothing
    /// of how its lock is called has one that is called like itself.
    pub(super) fn one_door_each(&mut self) {
        if self.property.doors.iter().any(|door| door.lock_id.is_some()) {
            self.shared_locks().into_iter().for_each(|mistake| self.report(mistake));
        }
    }

    /// The locks that several doors are written to have.
    fn shared_locks(&self) -> Vec<Diagnostic> {
        let doors = &self.property.doors;
        let called = |door: &Door| {
            let id = self.get(door.lock_id.unwrap_or(door.id));
            (door.provider.map(|provider| self.get(provider)), self.node_of(door, id).unwrap_or(id))
        };
        // A node of a fabric is one lock, unless every door says which of its locks is meant.
        let whole: HashSet<_> = doors.iter().map(called).filter(|(_, id)| !id.contains('/')).collect();
        let called = |door: &Door| {
            let (provider, id) = called(door);
            let node = id.split_once('/').map(|(node, _)| (provider, node));
            node.filter(|node| self.node_of(door, id).is_some() && whole.contains(node))
                .unwrap_or((provider, id))
        };
        let mut first_by: HashMap<(Option<&str>, &str), usize> = HashMap::new();
        let mut shared: Vec<(usize, usize)> = Vec::new();
        for (number, door) in doors.iter().enumerate() {
            let first = *first_by.entry(called(door)).or_insert(number);
            // The doors of one range are one mistake.
            let told = shared
                .last()
                .is_some_and(|(one, last)| *one == first && doors[*last].lock_id == door.lock_id);
            if first != number && !told {
                shared.push((first, number));
            }
        }
        let mistake = |(first, number): (usize, usize)| {
            let (first, door) = (&doors[first], &doors[number]);
            let place = |door: &Door| door.lock_id.unwrap_or(door.id);
            let message = format!(
                "the doors `{}` and `{}` have one lock, `{}`",
                self.get(first.id),
                self.get(door.id),
                self.get(place(door))
            );
            let diagnostic = Diagnostic::new(Kind::REPEATED_ID, place(door), message).help(
                "write for each door how the provider calls its own lock; two doors that open together are one door",
            );
            let same = place(first) == place(door);
            if same { diagnostic } else { diagnostic.related(place(first), "the first one") }
        };
        shared.into_iter().map(mistake).collect()
    }

    /// The number of a node, as it is counted, where the model of a door says that locks are called by one: `05` is 5.
    fn node_of(&self, door: &Door, id: &'a str) -> Option<&'a str> {
        let model = &self.property.models[door.model?.index()];
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_node = matches!(self.get(model.family?), "zwave" | "zwave-daily" | "matter");
        let node = id.trim().trim_start_matches('0');
        (is_node && node.split('/').all(is_number)).then_some(node)
    }

    fn model_named(&mut self, span: Span) -> Option<ModelId> {
        let found = self
            .spaces
            .models
            .find(self.get(span), |number| self.get(self.property.models[number as usize].id));
        if found.is_none() && !self.spaces.models.may_be_lost(self.get(span)) {
            let known: Vec<_> =
                self.property.models.iter().map(|model| self.get(model.id).to_owned()).collect();
            self.unknown_name(
                span,
                "lock model",
                known.iter().map(String::as_str),
                "list it under `lock-models:`",
            );
        }
        found.map(ModelId)
    }

    /// Without a `keyplan.yaml` there is nothing to compare a provider with.
    fn known_provider(&mut self, span: Span) {
        let Some(providers) = self.providers else { return };
        if !providers.iter().any(|known| known == self.get(span)) {
            self.unknown_name(
                span,
                "provider",
                providers.iter().map(String::as_str),
                "list it under `providers:` in keyplan.yaml",
            );
        }
    }

    /// Reports one id used for two things of a kind.
    pub(super) fn repeated_id(&mut self, again: Span, what: &str, first: Span) {
        let message = format!("there is a second {what} `{}`", self.get(again));
        self.report(
            Diagnostic::new(Kind::REPEATED_ID, again, message)
                .related(first, "the first one")
                .help("rename one of them, or delete it if both mean the same"),
        );
    }
}

fn digits(text: &str) -> Option<(u8, u8)> {
    let (least, most) = text.split_once('-').unwrap_or((text, text));
    let (least, most) = (least.trim().parse().ok()?, most.trim().parse().ok()?);
    (least >= 1 && least <= most && most <= 20).then_some((least, most))
}
