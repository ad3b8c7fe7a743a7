//! What a rule sees: the property, the access that it gives, and facts that several rules ask for.

use std::cell::{OnceCell, RefCell};

use hashbrown::HashMap;

use super::allows::Allows;
use super::kinds_of_people::{Kinds, is_for_tours, kind_of_name};
use super::locks::LockLoads;
use super::needless::{self, Needless};
use super::stacks::Stack;
use super::{Policy, Profile, stacks};
use crate::access::{Access, Cause, Cell, TimesId, ViewId};
use crate::model::{
    Capability, DoorId, DoorKind, KeyId, Person, PersonId, PersonKind, Property, ScheduleId, TeamId, Who,
};
use crate::source::Span;
use crate::syntax::{Node, Tree};
use crate::time::{Interval, Minute, TimeSet};

/// People who can do the same and are the same.
pub(super) struct Cohort {
    pub(super) view: ViewId,
    pub(super) kinds: Kinds,
    /// Ascending; never empty.
    pub(super) people: Vec<PersonId>,
}

/// Whether each minute of one schedule is in another.
type Containments = HashMap<(Option<ScheduleId>, Option<ScheduleId>), bool>;

pub(super) struct Context<'p> {
    pub(super) property: &'p Property,
    pub(super) access: &'p Access,
    pub(super) trees: &'p [(usize, Tree)],
    pub(super) profile: Profile,
    pub(super) allows: Allows,
    pub(super) policy: &'p Policy,
    team_kinds: Vec<Option<PersonKind>>,
    kinds: Vec<Kinds>,
    cohorts: Vec<Cohort>,
    gapless: RefCell<Vec<Option<bool>>>,
    holders: OnceCell<Vec<Vec<PersonId>>>,
    stacks: OnceCell<Vec<Stack>>,
    needless: OnceCell<Needless>,
    loads: OnceCell<LockLoads>,
    within: RefCell<Containments>,
    /// How many windows sets of minutes have in a week.
    pub(super) windows: RefCell<HashMap<TimesId, usize>>,
    /// The items of lists, by where each list begins.
    pub(super) items: RefCell<HashMap<u32, Vec<Node<'p>>>>,
}

/// What the people of each team are.
pub(super) fn team_kinds(property: &Property) -> Vec<Option<PersonKind>> {
    property.teams.iter().map(|team| team.kind.or_else(|| kind_of_name(property.text(team.id)))).collect()
}

/// What everybody is.
pub(super) fn kinds(property: &Property, team_kinds: &[Option<PersonKind>]) -> Vec<Kinds> {
    let of_sets: Vec<Kinds> = property
        .team_sets
        .iter()
        .map(|set| {
            let kinds = set.iter().filter_map(|team| team_kinds[team.index()]);
            kinds.fold(Kinds::default(), |all, kind| all.and(Kinds::of(kind)))
        })
        .collect();
    let kind_of = |person: &Person| match of_sets[person.teams.index()] {
        kinds if kinds.is_empty() && person.unit.is_some() => Kinds::of(PersonKind::Resident),
        kinds => kinds,
    };
    property.people.iter().map(kind_of).collect()
}

impl<'p> Context<'p> {
    pub(super) fn new(
        property: &'p Property,
        access: &'p Access,
        trees: &'p [(usize, Tree)],
        policy: &'p Policy,
    ) -> Self {
        let team_kinds = team_kinds(property);
        let kinds = kinds(property, &team_kinds);
        let cohorts = cohorts(property, access, &kinds);
        Self {
            property,
            access,
            trees,
            profile: policy.profile(),
            allows: Allows::read(property, trees),
            policy,
            team_kinds,
            kinds,
            cohorts,
            gapless: RefCell::new(vec![None; access.time_sets()]),
            holders: OnceCell::new(),
            stacks: OnceCell::new(),
            needless: OnceCell::new(),
            loads: OnceCell::new(),
            within: RefCell::default(),
            windows: RefCell::default(),
            items: RefCell::default(),
        }
    }

    /// The first minute that counts.
    pub(super) fn today(&self) -> Minute {
        self.property.as_of.start()
    }

    /// The part of some dates that is not over.
    pub(super) fn ahead(&self, dates: Interval) -> Interval {
        dates.intersect(Interval::new(Some(self.today()), None))
    }

    /// What somebody is.
    pub(super) fn kinds(&self, person: PersonId) -> Kinds {
        self.kinds[person.index()]
    }

    /// What the people of a team are.
    pub(super) fn kind_of_team(&self, team: TeamId) -> Option<PersonKind> {
        self.team_kinds[team.index()]
    }

    /// Everybody with access, in groups that can do the same apart from their own homes.
    pub(super) fn cohorts(&self) -> &[Cohort] {
        &self.cohorts
    }

    /// What a cohort can do with one capability, beside own homes that [`Access::own_cells`] tells of.
    pub(super) fn cells(
        &self,
        cohort: &Cohort,
        capability: Capability,
    ) -> impl Iterator<Item = &'p Cell> + use<'p> {
        self.access.view(cohort.view).iter().filter(move |cell| cell.capability == capability)
    }

    /// The people of a cohort to whom a cell of its view applies: not those whose own home it is.
    pub(super) fn strangers<'c>(
        &'c self,
        cohort: &'c Cohort,
        door: DoorId,
    ) -> impl Iterator<Item = PersonId> + 'c {
        cohort.people.iter().copied().filter(move |person| self.home(*person) != Some(door))
    }

    pub(super) fn home(&self, person: PersonId) -> Option<DoorId> {
        self.property.people[person.index()].unit
    }

    pub(super) fn kind_of_door(&self, door: DoorId) -> DoorKind {
        self.property.doors[door.index()].kind
    }

    /// Whether no hours narrow a set of minutes.
    pub(super) fn is_gapless(&self, times: TimesId) -> bool {
        *self.gapless.borrow_mut()[times.0 as usize]
            .get_or_insert_with(|| self.access.time_set(times).is_gapless())
    }

    /// Why somebody can open a door, today or later.
    pub(super) fn causes(&self, person: PersonId, door: DoorId) -> Vec<Cause> {
        let mut causes = self.access.causes(self.property, person, door);
        causes.retain(|cause| !self.ahead(cause.dates).is_empty());
        causes
    }

    /// The assignments that reach somebody, ascending.
    pub(super) fn assignments_of(&self, person: PersonId) -> Vec<u32> {
        let mut numbers = self.access.assignments_of(self.property, person);
        numbers.retain(|number| !self.ahead(self.property.assignments[*number as usize].dates).is_empty());
        numbers
    }

    /// Whether somebody has a key only because of a team of one of some kinds.
    fn is_given_to(&self, cause: &Cause, person: PersonId, kinds: &[PersonKind]) -> bool {
        let assignment = &self.property.assignments[cause.assignment as usize];
        let of_person: Vec<&Who> = self
            .property
            .recipients(assignment)
            .iter()
            .filter(|who| self.property.includes(**who, person))
            .collect();
        of_person.iter().all(|who| match who {
            Who::Team(team) => self.kind_of_team(*team).is_some_and(|kind| kinds.contains(&kind)),
            Who::Person(_) | Who::Everyone => false,
        })
    }

    /// Whether somebody who also works here has a key as a resident.
    pub(super) fn is_given_as_resident(&self, cause: &Cause, person: PersonId) -> bool {
        self.is_given_to(cause, person, &[PersonKind::Resident])
    }

    /// Whether somebody who also lives here has a key for work.
    pub(super) fn is_given_for_work(&self, cause: &Cause, person: PersonId) -> bool {
        self.is_given_to(cause, person, &[PersonKind::Employee, PersonKind::Vendor])
    }

    /// Whether some dates are so many that a weekday on which a schedule opens comes in them, whatever holidays take away.
    fn meets_surely(&self, schedule: ScheduleId, dates: Interval) -> bool {
        let hours = &self.property.schedules[schedule.index()].hours;
        let (Some(from), until) = (dates.from(), dates.until()) else { return false };
        // A holiday changes its own date and the morning after it; a week more for what the ends cut off.
        let weeks = 2 * self.property.holidays.len() as i32 + 2;
        let long = until.is_none_or(|until| (until.0 - from.0) / 10_080 >= weeks);
        long && hours.weekly.iter().any(|windows| !windows.is_empty())
    }

    /// Whether no minute of some dates, from today on, is in a schedule.
    pub(super) fn never_meets(&self, schedule: Option<ScheduleId>, dates: Interval) -> bool {
        let dates = self.ahead(dates);
        let Some(first) = dates.from() else { return dates.is_empty() };
        if schedule.is_some_and(|schedule| self.meets_surely(schedule, dates)) {
            return false;
        }
        let next = match schedule {
            Some(schedule) => self.access.hours(schedule).next_open(first),
            None => Some(first),
        };
        next.is_none_or(|minute| !dates.contains(minute))
    }

    /// Who holds a key, today or later; ascending.
    pub(super) fn holders(&self, key: KeyId) -> &[PersonId] {
        &self.holders.get_or_init(|| self.all_holders())[key.index()]
    }

    fn all_holders(&self) -> Vec<Vec<PersonId>> {
        let mut holders = vec![Vec::new(); self.property.keys.len()];
        for (number, person) in self.property.people.iter().enumerate() {
            let id = PersonId(number as u32);
            let grants = &self.access.classes()[self.access.class_of(id) as usize];
            for grant in grants {
                let each = self.property.keys[grant.key.index()].each.is_some();
                let has_instance = !each || grant.instance.or(person.unit).is_some();
                let list: &mut Vec<PersonId> = &mut holders[grant.key.index()];
                if has_instance
                    && list.last() != Some(&id)
                    && !self.ahead(grant.dates.intersect(person.dates)).is_empty()
                {
                    list.push(id);
                }
            }
        }
        holders
    }

    /// Keys that could go.
    pub(super) fn needless(&self) -> &Needless {
        self.needless.get_or_init(|| needless::find(self))
    }

    /// Whether the name of a key says that it is for showing homes.
    pub(super) fn is_for_tours(&self, key: KeyId) -> bool {
        let key = &self.property.keys[key.index()];
        is_for_tours(self.property.text(key.id))
            || key.name.is_some_and(|name| is_for_tours(self.property.text(name)))
    }

    /// Whether anybody can open a door, today or later, by door.
    pub(super) fn opened(&self) -> Vec<bool> {
        let mut opened = vec![false; self.property.doors.len()];
        for cohort in &self.cohorts {
            let own = cohort.people.iter().flat_map(|person| self.access.own_cells(*person));
            for cell in self.access.view(cohort.view).iter().chain(own) {
                opened[cell.door.index()] = true;
            }
        }
        opened
    }

    /// Doors that several keys of the same people open.
    pub(super) fn stacks(&self) -> &[Stack] {
        self.stacks.get_or_init(|| stacks::all(self))
    }

    /// How much each lock has to hold.
    pub(super) fn loads(&self) -> &LockLoads {
        self.loads.get_or_init(|| LockLoads::new(self))
    }

    /// The minutes of a schedule; all of them for `None`.
    pub(super) fn times(&self, schedule: Option<ScheduleId>) -> TimeSet {
        schedule.map_or_else(TimeSet::always, |schedule| self.access.hours(schedule).clone())
    }

    /// Whether every minute of one schedule is in another.
    pub(super) fn within(&self, inner: Option<ScheduleId>, outer: Option<ScheduleId>) -> bool {
        if inner == outer || outer.is_none() {
            return true;
        }
        *self
            .within
            .borrow_mut()
            .entry((inner, outer))
            .or_insert_with(|| self.times(inner).difference(&self.times(outer)).is_empty())
    }

    /// Whether a place is in the property's own files. What stands in shared parts may be for other properties.
    pub(super) fn is_own(&self, span: Span) -> bool {
        let sources = &self.property.sources;
        let directory = |location: &std::path::Path| location.parent().map(std::path::Path::to_owned);
        let (Some(first), Some(file)) = (sources.files().first(), sources.file_of(sources.written(span)))
        else {
            return false;
        };
        directory(&first.location) == directory(&file.location)
    }
}

fn cohorts(property: &Property, access: &Access, kinds: &[Kinds]) -> Vec<Cohort> {
    let mut numbers: HashMap<(ViewId, Kinds), usize> = HashMap::new();
    let mut cohorts: Vec<Cohort> = Vec::new();
    for (number, kinds) in kinds.iter().enumerate().take(property.people.len()) {
        let person = PersonId(number as u32);
        let view = access.view_of(person);
        if access.view(view).is_empty() && access.own_cells(person).is_empty() {
            continue;
        }
        let index = *numbers.entry((view, *kinds)).or_insert_with(|| {
            cohorts.push(Cohort { view, kinds: *kinds, people: Vec::new() });
            cohorts.len() - 1
        });
        cohorts[index].people.push(person);
    }
    cohorts
}
