//! The changes of a plan by person, as a reader thinks of them.

use hashbrown::HashMap;

use crate::output::words::{count as counted, some};
use crate::plan::{Change, CodeFate, Plan, Reason};

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
}

/// Everybody a plan touches, those who leave first; people to whom the same happens by the same line together.
pub(super) fn groups<'p>(plan: &'p Plan) -> Vec<Group<'p>> {
    type Key = (Reason, usize, usize, usize, Option<u32>, bool);
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
        (one(*first).reason, one(*first).person) == (one(*second).reason, one(*second).person)
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
        let key = (reason, doors.len(), makes, deletes, cause, gap);
        let (people, common) = groups.entry(key).or_insert_with(|| (Vec::new(), doors.clone()));
        people.push(person);
        common.retain(|door| doors.binary_search(door).is_ok());
    }
    let cause = |cause: Option<u32>| cause.map(|cause| plan.causes[cause as usize].as_str());
    let mut groups: Vec<(Key, Common)> = groups.into_iter().collect();
    groups.sort_unstable_by_key(|((reason, count, makes, deletes, line, gap), _)| {
        (*reason, *count, *makes, *deletes, cause(*line), *gap)
    });
    let group = |((reason, count, makes, deletes, line, gap), (people, doors)): (Key, Common)| Group {
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
        changes.sort_by_key(|index| one(*index).reason);
    }
    order
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

    /// What happens, in words.
    pub(super) fn what(&self) -> String {
        let doors: Vec<String> = self.doors.iter().map(|door| (*door).to_owned()).collect();
        let one = self.people.len() == 1;
        let doors = match doors.as_slice() {
            [door] if self.count == 1 => door.clone(),
            all if all.len() == self.count => format!("{} doors: {}", self.count, some(all, 3)),
            [] => format!("{} each", counted(self.count, "door", "doors")),
            common => format!("{} doors each, among them {}", self.count, some(common, 3)),
        };
        let does = |one_does: &str, many_do: &str| if one { one_does.to_owned() } else { many_do.to_owned() };
        let mut text = match self.reason {
            Reason::Leaves => format!("{} {doors}", does("leaves, and loses", "leave, and lose")),
            Reason::Loses => format!("{} {doors}", does("loses", "lose")),
            Reason::Gains => format!("{} {doors}", does("gets", "get")),
            Reason::Changes => format!("{} other hours or ways in at {doors}", does("gets", "get")),
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
