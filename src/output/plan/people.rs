//! The changes of a plan by person, as a reader thinks of them.

use hashbrown::HashMap;

use crate::locks::Ways;
use crate::model::Capability;
use crate::output::words::{count as counted, some, times};
use crate::plan::{Change, CodeFate, Plan, Reason};
use crate::time::{Interval, TimeSet};

/// What happens to everybody to whom the same happens.
pub(super) struct Group<'p> {
    pub(super) reason: Reason,
    /// Indices into the people of the plan.
    pub(super) people: Vec<u32>,
    /// The doors that all of them have in common, ascending.
    doors: Vec<&'p str>,
    /// How many doors each of them has.
    count: usize,
    /// Doorcodes that are made and deleted for each of them.
    makes: usize,
    deletes: usize,
    /// The lines that cause it; of the first person.
    cause: Option<&'p str>,
    pub(super) gap: bool,
    shift: Option<Shift>,
}

/// What an entry gives before and after, where it gives something both times: it is not a door that is lost or gained, but some of
/// its hours or ways.
type Shift = (Ways, u32, Ways, u32);

fn shift(change: &Change) -> Option<Shift> {
    let (before, after) = (change.before?, change.after?);
    match change.reason {
        // Nothing is lost or gained; only whether it is the same to the letter is told.
        Reason::Rewrites => (before == after).then_some((Ways::default(), 0, Ways::default(), 0)),
        _ => Some((before.ways, before.program, after.ways, after.program)),
    }
}

/// Everybody a plan touches, those who leave first; people to whom the same happens by the same line together.
pub(super) fn groups<'p>(plan: &'p Plan) -> Vec<Group<'p>> {
    type Key = (Reason, Option<Shift>, usize, usize, usize, Option<u32>, bool);
    /// People, and the doors that they have in common.
    type Common = (Vec<u32>, Vec<u32>);
    let one = |index: u32| &plan.changes[index as usize];
    let order = by_person(plan);
    // Doors by their place in the order of names.
    let mut names: Vec<&str> = plan.locks.iter().map(|lock| lock.door.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let door_of: Vec<u32> = plan
        .locks
        .iter()
        .map(|lock| names.partition_point(|name| *name < lock.door.as_str()) as u32)
        .collect();
    let mut groups: HashMap<Key, Common> = HashMap::new();
    let mut doors: Vec<u32> = Vec::new();
    let alike = |first: &u32, second: &u32| {
        let key = |change: &Change| (change.reason, change.person, shift(change));
        key(one(*first)) == key(one(*second))
    };
    for changes in order.chunk_by(alike) {
        let Change { reason, person, .. } = *one(changes[0]);
        doors.clear();
        doors.extend(changes.iter().map(|index| door_of[one(*index).lock as usize]));
        doors.sort_unstable();
        doors.dedup();
        let count = |fate| changes.iter().filter(|index| one(**index).code == fate).count();
        let cause = changes.iter().find_map(|index| one(*index).cause);
        let gap = changes.iter().any(|index| one(*index).gap);
        let (makes, deletes) = (count(CodeFate::Makes), count(CodeFate::Deletes));
        let key = (reason, shift(one(changes[0])), doors.len(), makes, deletes, cause, gap);
        let (people, common) = groups.entry(key).or_insert_with(|| (Vec::new(), doors.clone()));
        people.push(person);
        common.retain(|door| doors.binary_search(door).is_ok());
    }
    let cause = |cause: Option<u32>| cause.map(|cause| plan.causes[cause as usize].as_str());
    let mut groups: Vec<(Key, Common)> = groups.into_iter().collect();
    groups.sort_unstable_by_key(|((reason, shift, count, makes, deletes, line, gap), _)| {
        (*reason, *count, *makes, *deletes, cause(*line), *gap, *shift)
    });
    let group = |((reason, shift, count, makes, deletes, line, gap), (people, doors)): (Key, Common)| Group {
        shift,
        reason,
        people,
        doors: doors.into_iter().map(|door: u32| names[door as usize]).collect(),
        count,
        makes,
        deletes,
        cause: cause(line),
        gap,
    };
    groups.into_iter().map(group).collect()
}

/// The changes of each person together, by why they are made and then as they were. Counted and not compared, so that it
/// costs the same for each change however many there are.
fn by_person(plan: &Plan) -> Vec<u32> {
    let mut starts = vec![0u32; plan.people.len() + 1];
    plan.changes.iter().for_each(|change| starts[change.person as usize + 1] += 1);
    for person in 0..plan.people.len() {
        starts[person + 1] += starts[person];
    }
    let mut order = vec![0; plan.changes.len()];
    for (index, change) in plan.changes.iter().enumerate() {
        let place = &mut starts[change.person as usize];
        order[*place as usize] = index as u32;
        *place += 1;
    }
    let one = |index: u32| &plan.changes[index as usize];
    for changes in order.chunk_by_mut(|first, second| one(*first).person == one(*second).person) {
        changes.sort_by_key(|index| (one(*index).reason, shift(one(*index))));
    }
    order
}

/// Hours in words.
fn said(hours: &TimeSet, within: Interval) -> String {
    let text = times(hours, within, &[]);
    if text.is_empty() { "all hours".to_owned() } else { text }
}

impl Group<'_> {
    /// Who, as `Tracy Jones (tracy)` or `3 people (…)`.
    pub(super) fn who(&self, plan: &Plan) -> String {
        let names: Vec<String> = self
            .people
            .iter()
            .map(|person| {
                let one = &plan.people[*person as usize];
                one.name.as_ref().map_or_else(|| one.id.clone(), |name| format!("{name} ({})", one.id))
            })
            .collect();
        match names.as_slice() {
            [one] => one.clone(),
            many => format!("{} people: {}", many.len(), some(many, 3)),
        }
    }

    /// What is lost and what is gained of the hours and ways of a door, in words.
    fn moved(&self, plan: &Plan) -> Option<(String, String)> {
        let (old_ways, old, new_ways, new) = self.shift?;
        let within = Interval::new(Some(plan.as_of.start()), None);
        let [old, new] = [old, new].map(|program| plan.programs[program as usize].times().clip(within));
        let without = |ways: Ways, other: Ways, times: &TimeSet| {
            let gone = ways.each().filter(|way| !other.has(*way)).map(Capability::name);
            let mut words: Vec<String> = gone.map(|name| format!("`{name}`")).collect();
            if !times.is_empty() {
                words.push(said(times, within));
            }
            words.join(" and ")
        };
        Some((
            without(old_ways, new_ways, &old.difference(&new)),
            without(new_ways, old_ways, &new.difference(&old)),
        ))
    }

    /// What happens, in words.
    pub(super) fn what(&self, plan: &Plan) -> String {
        let doors: Vec<String> = self.doors.iter().map(|door| (*door).to_owned()).collect();
        let one = self.people.len() == 1;
        let doors = match doors.as_slice() {
            [door] if self.count == 1 => door.clone(),
            all if all.len() == self.count => format!("{} doors: {}", self.count, some(all, 3)),
            [] => format!("{} each", counted(self.count, "door", "doors")),
            common => format!("{} doors each, among them {}", self.count, some(common, 3)),
        };
        let does = |one_does: &str, many_do: &str| if one { one_does.to_owned() } else { many_do.to_owned() };
        let moved = self.moved(plan).map(|(lost, gained)| {
            let lost = (!lost.is_empty()).then(|| format!("{} {lost}", does("loses", "lose")));
            let gained = (!gained.is_empty()).then(|| format!("{} {gained}", does("gets", "get")));
            let both: Vec<String> = lost.into_iter().chain(gained).collect();
            format!("{} at {doors}", both.join(" and "))
        });
        let mut text = match self.reason {
            Reason::Loses | Reason::Gains | Reason::Changes
                if moved.as_ref().is_some_and(|text| !text.starts_with(' ')) =>
            {
                moved.unwrap_or_default()
            }
            Reason::Leaves => format!("{} {doors}", does("leaves, and loses", "leave, and lose")),
            Reason::Loses => format!("{} {doors}", does("loses", "lose")),
            Reason::Gains => format!("{} {doors}", does("gets", "get")),
            Reason::Changes => format!("{} other hours or ways in at {doors}", does("gets", "get")),
            Reason::Rewrites if self.shift.is_some() => {
                format!("{} written again at {doors}", does("is", "are"))
            }
            Reason::Rewrites => {
                format!("{} the same access in another form at {doors}", does("keeps", "keep"))
            }
        };
        let each = if one { "" } else { " each" };
        if self.makes > 0 {
            text.push_str(&format!("; {}{each} made", counted(self.makes, "doorcode", "doorcodes")));
        }
        if self.deletes > 0 {
            text.push_str(&format!(
                "; {}{each} deleted for good",
                counted(self.deletes, "doorcode", "doorcodes")
            ));
        }
        if self.gap {
            text.push_str("; a lock is full, so the old goes before the new is there");
        }
        text
    }

    /// The line that causes it.
    pub(super) fn cause(&self) -> &str {
        self.cause.unwrap_or("not in the file")
    }

    /// The sign in front.
    pub(super) const fn sign(&self) -> &'static str {
        match self.reason {
            Reason::Leaves | Reason::Loses => "-",
            Reason::Gains => "+",
            Reason::Changes | Reason::Rewrites => "~",
        }
    }
}
