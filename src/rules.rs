//! Rules: best practice, judged on what people can really do.
//!
//! A rule is a value in one list ([`RULES`]), a function in one file (`rules/<name>.rs`) and a page beside it
//! (`rules/<name>.md`), whose examples the tests run. A rule sees the whole property through `Context` and adds to
//! its findings; which rules run, and at which level, is the [`Policy`].

mod allows;
mod assertions;
mod context;
mod coverage;
mod edits;
mod findings;
mod givers;
mod hours;
mod kinds_of_people;
mod locks;
mod needless;
mod policy;
mod registry;
mod removal;
mod rewriting;
mod shown;
mod stacks;
mod tally;
mod ways_in;

mod allow_expired;
mod allow_unused;
mod allow_without_reason;
mod amenity_always;
mod capacity_doorcodes;
mod capacity_holders;
mod capacity_schedules;
mod code_leak;
mod code_space;
mod cross_unit;
mod daylight_saving_edge;
mod doorcode_off_essential;
mod duplicate_key;
mod empty_assertion;
mod empty_group;
mod empty_key;
mod expired_assignment;
mod failed_assertion;
mod holiday_gap;
mod keyless_person;
mod master_key;
mod mergeable_keys;
mod more_keys_than_needed;
mod never_active;
mod no_entrance;
mod no_expiry;
mod no_schedule_support;
mod not_expressible;
mod occupied_unit;
mod offline_revoke;
mod one_holder_key;
mod orphan_door;
mod past_holidays;
mod person_without_team;
mod phone_only;
mod redundant_key;
mod repeated_assignment;
mod resident_curfew;
mod review_overdue;
mod schedule_bypass;
mod schedule_overlap;
mod secret_in_repo;
mod share_leak;
mod share_off_residence;
mod share_restricted;
mod subsumed_key;
mod tour_misses_vacant;
mod unheld_key;
mod unit_without_key;
mod unused_group;
mod unused_schedule;
mod vendor_always;

pub use policy::{Policy, Profile};
pub use registry::{RULES, Rule};
pub use rewriting::names as key_names;

use crate::access::Access;
use crate::diagnostic::{self, Diagnostic, Edit};
use crate::model::Property;
use crate::model::settings::KnownRule;
use crate::optimize::{Building, Proposal};
use crate::syntax::Tree;
use context::Context;
use findings::Findings;

/// Runs the rules of a policy over a property that was understood without an error. `trees` are its YAML files by
/// their index in the sources.
#[must_use]
pub fn check(
    property: &Property,
    access: &Access,
    trees: &[(usize, Tree)],
    policy: &Policy,
) -> Vec<Diagnostic> {
    let context = Context::new(property, access, trees, policy);
    let mut found = Findings::default();
    for (rule, level) in policy.rules() {
        found.turn_to(rule, level);
        (rule.check)(&context, &mut found);
        // Comments are judged by the last rules of the list, when all others have spoken.
        if policy.honours_comments() {
            context.allows.apply(rule, &context, &mut found);
        }
    }
    let mut diagnostics = found.into_diagnostics();
    diagnostic::sort(&mut diagnostics, |span| property.sources.written(span));
    diagnostics
}

/// What every person is, as a number: the same for people who are the same.
#[must_use]
pub fn kinds_of_people(property: &Property) -> Vec<u32> {
    context::kinds(property, &context::team_kinds(property)).into_iter().map(u32::from).collect()
}

/// The edits that put the keys of a proposal in place of today's.
///
/// # Errors
/// Why they cannot be made without touching what belongs to others.
pub fn rewrite_keys(
    property: &Property,
    access: &Access,
    trees: &[(usize, Tree)],
    policy: &Policy,
    building: &Building,
    proposal: &Proposal,
) -> Result<Vec<Edit>, String> {
    rewriting::edits(&Context::new(property, access, trees, policy), building, proposal)
}

/// Every rule, as settings are compared with.
#[must_use]
pub fn known() -> Vec<KnownRule> {
    let known = |rule: &Rule| KnownRule {
        name: rule.kind.name,
        code: rule.kind.code,
        binding: rule.is_binding(),
        fixed: rule.is_assertion(),
    };
    RULES.iter().map(known).collect()
}
