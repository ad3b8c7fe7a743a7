//! `more-keys-than-needed`

use super::context::Context;
use super::findings::Findings;
use crate::model::{KeyType, PersonId};
use crate::optimize::{self, Building, Effort, Rules};

/// What every check can afford: buildings are answered by the bound alone, or nearly so.
const EFFORT: Effort<'static> = Effort { conflicts: 200, looks: 100, stop: &|| false };

/// Keys that go by themselves are other rules' to tell; here it is about other keys in place of several.
pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    let kind_of = |person: PersonId| u32::from(context.kinds(person));
    let rules = Rules { keep: &[], kind_of: &kind_of, mixed: false, one_of_each: true };
    let building = Building::of(context.property, context.access, rules);
    let needed: usize = optimize::bound(&building.needs).iter().map(optimize::Bound::keys).sum();
    // Keys that the same people hold are told as such.
    let mut held: Vec<(bool, &[u32])> = building
        .today
        .iter()
        .filter(|key| !key.holders.is_empty())
        .map(|key| (context.property.keys[key.key.index()].kind == KeyType::Elevator, key.holders.as_slice()))
        .collect();
    held.sort_unstable();
    held.dedup();
    if needed >= held.len() {
        return;
    }
    // Nor are keys counted here that could simply go.
    let trimmed = building.trimmed(None);
    let today = trimmed.keys.len();
    let told = today.min(held.len());
    if needed >= told {
        return;
    }
    let fewest = optimize::fewest(&building.needs, EFFORT);
    let Some(first) = building.today.first() else { return };
    let proposal = building.proposal(&fewest, None);
    let fewer = proposal.keys.len();
    let least = fewest.lower_bound();
    // Fewer keys that have more on them are no tidier.
    if fewer >= told || proposal.clutter() > trimmed.clutter() {
        return;
    }
    let proved = if fewer == least { ", and no fewer would" } else { "" };
    let message = format!("{today} keys give what {fewer} others would give just the same{proved}");
    found.push(
        found
            .about("property keys", context.property.keys[first.key.index()].id, message)
            .help("`keyplan optimize` shows which; with --write they take the place of today's, and nobody's access changes"),
    );
}
