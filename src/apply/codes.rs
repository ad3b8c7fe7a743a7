//! The doorcodes that a plan needs: those that are kept, and those that have to be made.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::locks::doorcode::Doorcode;
use crate::plan::{Change, Plan};
use crate::provider::SealedCode;
use crate::state::{CodeKey, State, StateError, Vault};

/// The codes of every door that a plan writes codes at.
pub(super) struct Codes<'v> {
    vault: Option<&'v Vault>,
    property: String,
    by_door: HashMap<String, Mutex<Vec<(CodeKey, Doorcode)>>>,
}

/// A code for a change, and whether it is new.
pub(super) struct Ready {
    pub(super) key: CodeKey,
    pub(super) code: SealedCode,
    pub(super) is_new: bool,
}

/// What a change's doorcode is kept under; `None` when there is none.
pub(super) fn key(plan: &Plan, change: &Change) -> Option<CodeKey> {
    let with_code = |held: &crate::locks::Held| held.ways.has_doorcode();
    let held = change.after.filter(with_code).or(change.before.filter(with_code))?;
    let (door, person) = (plan.lock(change).door.clone(), plan.person(change).id.clone());
    Some(CodeKey { door, person, part: held.part })
}

/// Whether a code has to be at hand.
fn has_code(change: &Change) -> bool {
    change.after.is_some_and(|held| held.ways.has_doorcode()) && !change.leaves_code()
}

impl Plan {
    /// Whether applying it takes the doorcodes.
    #[must_use]
    pub fn needs_codes(&self) -> bool {
        self.changes.iter().any(has_code)
    }
}

impl<'v> Codes<'v> {
    pub(super) fn load(plan: &Plan, state: &State, vault: Option<&'v Vault>) -> Result<Self, StateError> {
        let mut by_door = HashMap::new();
        for change in plan.changes.iter().filter(|change| has_code(change)) {
            let door = &plan.lock(change).door;
            let vault = vault.ok_or_else(|| StateError::Sealed("the doorcodes are not open".to_owned()))?;
            if !by_door.contains_key(door) {
                by_door.insert(door.clone(), Mutex::new(state.codes_at(vault, &plan.property, door)?));
            }
        }
        Ok(Self { vault, property: plan.property.clone(), by_door })
    }

    /// The code that is kept of what a slot holds before a change, where codes of the door are at hand.
    pub(super) fn kept(&self, plan: &Plan, change: &Change) -> Option<Doorcode> {
        let key = key(plan, change).filter(|key| change.before.is_some_and(|held| held.part == key.part))?;
        let known = self.by_door.get(&key.door)?.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|(one, _)| *one == key).map(|(_, code)| code.clone())
    }

    /// The code for a change: the one that the person has at the door, or a new one. `seen` are codes that are in the lock
    /// and not ours; `refused` is one that the lock would not take. Why not, when the person's own is among those seen.
    pub(super) fn ready(
        &self,
        plan: &Plan,
        change: &Change,
        seen: &[Doorcode],
        refused: Option<&Doorcode>,
    ) -> Result<Option<Ready>, String> {
        if !has_code(change) {
            return Ok(None);
        }
        let (Some(key), Some(vault)) = (key(plan, change), self.vault) else { return Ok(None) };
        let door = self.by_door.get(&key.door).ok_or("the doorcodes of the door are not open")?;
        let mut known = door.lock().unwrap_or_else(PoisonError::into_inner);
        let at = known.iter().position(|(one, _)| *one == key);
        let is_new = at.is_none() || refused.is_some();
        if is_new {
            let mut taken: Vec<Doorcode> =
                known.iter().filter(|(one, _)| *one != key).map(|(_, code)| code.clone()).collect();
            taken.extend(seen.iter().chain(refused).cloned());
            let digits = plan.lock(change).limits.code_digits();
            let unit = plan.person(change).unit.as_deref().unwrap_or_default();
            let mut fill = |bytes: &mut [u8]| {
                getrandom::fill(bytes).map_err(|error| format!("the system gives no random bytes: {error}"))
            };
            let code = Doorcode::make(digits, &taken, unit, &mut fill)?;
            match at {
                Some(at) => known[at].1 = code,
                None => known.push((key.clone(), code)),
            }
        }
        let at = at.unwrap_or(known.len() - 1);
        let code = known[at].1.clone();
        // A lock that takes digits twice opens by whichever entry it finds first: with the hours of somebody else.
        if !is_new && seen.iter().any(|other| other.same_as(&code)) {
            let person = &key.person;
            return Err(format!(
                "another entry has the same doorcode, and keyplan did not write it: take it out of the lock, or give `{person}` another code with `keyplan codes rotate {person}`"
            ));
        }
        let sealed = vault.seal(&self.property, &key, &code).map_err(|error| error.to_string())?;
        Ok(Some(Ready { key, code: SealedCode { code, sealed }, is_new }))
    }
}
