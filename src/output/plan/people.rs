//! The changes of a plan by person, as a reader thinks of them.

use std::collections::BTreeMap;

use crate::output::words::{count as counted, some};
use crate::plan::{CodeFate, Plan, Reason};

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
pub(super) fn groups(plan: &Plan) -> Vec<Group<'_>> {
    type Key<'p> = (Reason, usize, usize, usize, Option<&'p str>, bool);
    type Common<'p> = (Vec<u32>, Vec<&'p str>);
    let mut by_person: BTreeMap<(Reason, u32), Vec<usize>> = BTreeMap::new();
    for (index, change) in plan.changes.iter().enumerate() {
        by_person.entry((change.reason, change.person)).or_default().push(index);
    }
    let mut groups: BTreeMap<Key<'_>, Common<'_>> = BTreeMap::new();
    for ((reason, person), changes) in by_person {
        let mut doors: Vec<&str> =
            changes.iter().map(|index| plan.lock(&plan.changes[*index]).door.as_str()).collect();
        doors.sort_unstable();
        doors.dedup();
        let count = |fate| changes.iter().filter(|index| plan.changes[**index].code == fate).count();
        let cause = changes.iter().find_map(|index| plan.changes[*index].cause.as_deref());
        let gap = changes.iter().any(|index| plan.changes[*index].gap);
        let (makes, deletes) = (count(CodeFate::Makes), count(CodeFate::Deletes));
        let key = (reason, doors.len(), makes, deletes, cause, gap);
        let (people, common) = groups.entry(key).or_insert_with(|| (Vec::new(), doors.clone()));
        people.push(person);
        common.retain(|door| doors.binary_search(door).is_ok());
    }
    let group = |((reason, count, makes, deletes, cause, gap), (people, doors))| Group {
        reason,
        people,
        doors,
        count,
        makes,
        deletes,
        cause,
        gap,
    };
    groups.into_iter().map(group).collect()
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
