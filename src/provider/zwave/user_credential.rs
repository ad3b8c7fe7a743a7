//! Locks of the User Credential command class (131): users with names, a state and a type, and credentials that are theirs.
//!
//! Users are asked for all at once, or one before it is written: asking the driver for one that is not there makes it take it
//! for known, until it is written. A user could come in at any time without schedules, so that one is written inactive, is
//! given schedules and code, and is made active last.

use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::node::{MOST_USERS, Node, at_most};
use super::schedules::{self, Written};
use super::{Class, Holds};
use crate::locks::doorcode::Doorcode;
use crate::locks::zwave as names;
use crate::locks::{Program, Ways};
use crate::model::Capability;
use crate::provider::{Called, CodeSeen, NewEntry, ProviderError, SealedCode, Stored, told};

pub(super) const USER_CREDENTIAL: u8 = 131;
/// `UserCredentialType.PINCode` of zwave-js, and so on with the others.
const PIN: u8 = 1;
/// `UserCredentialUserType.General`.
const GENERAL: u8 = 0;
/// `UserCredentialRule.Single`: one credential opens.
const SINGLE: u8 = 1;
/// `UserCredentialModifierType`: changed at the lock, or in another way than by Z-Wave.
const ELSEWHERE: [u64; 2] = [3, 4];
/// `SetUserResult` and `SetCredentialResult`.
mod result {
    pub(super) const OK: u64 = 0;
    pub(super) const OCCUPIED: u64 = 1;
    pub(super) const EMPTY: u64 = 2;
    pub(super) const DUPLICATE: u64 = 3;
    pub(super) const RULES: u64 = 4;
    pub(super) const ADMIN_CODE: u64 = 5;
    pub(super) const NO_USER: u64 = 6;
}

/// A user, as the driver tells it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct User {
    user_id: u32,
    active: bool,
    user_type: u8,
    #[serde(default)]
    user_name: String,
    #[serde(default)]
    credential_rule: Option<u8>,
}

impl User {
    /// One that is not there is told as one that has nothing.
    fn is_there(&self) -> bool {
        self.active || self.user_type != GENERAL || !self.user_name.is_empty()
    }

    /// Whether one credential of it opens, as of those that keyplan writes.
    fn is_usual(&self) -> bool {
        self.user_type == GENERAL && self.credential_rule.is_none_or(|rule| rule <= SINGLE)
    }

    fn called(&self, holds: Holds) -> Option<Called> {
        let (name, mark) = names::name_read(&told::name(&self.user_name), holds.name)?;
        Some(mark.map_or_else(|| Called::Name(name.clone()), |mark| Called::Mark(name.clone(), mark)))
    }
}

/// A credential, as the driver tells it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credential {
    user_id: u32,
    #[serde(rename = "type")]
    kind: u8,
    slot: u32,
    /// What it is; a text where it is a code that the lock tells.
    #[serde(default)]
    data: Value,
}

impl Credential {
    fn code(&self) -> Option<Doorcode> {
        self.data.as_str().map(|code| Zeroizing::new(code.to_owned())).and_then(Doorcode::new)
    }
}

/// What a lock can hold; `None` when it keeps its codes as those of the older command class.
pub(super) fn holds(node: &Node<'_>) -> Result<Option<Holds>, ProviderError> {
    let users = node.ask_access("get_user_capabilities_cached", json!({}), 0)?;
    let count = |value: &Value| value.as_u64().and_then(|count| u32::try_from(count).ok()).unwrap_or(0);
    let most = count(&users["capabilities"]["maxUsers"]);
    if most == 0 {
        return Ok(None);
    }
    at_most(most, MOST_USERS, "users", node)?;
    let credentials = node.ask_access("get_credential_capabilities_cached", json!({}), 0)?;
    let pins = &credentials["capabilities"]["supportedCredentialTypes"][PIN.to_string()];
    let codes = count(&pins["numberOfCredentialSlots"]);
    if codes == 0 {
        return Err(ProviderError::Refused(format!(
            "node {} keeps users, and no doorcodes for them: it has no keypad",
            node.number
        )));
    }
    at_most(codes, MOST_USERS, "doorcodes", node)?;
    let length = |name: &str| count(&pins[name]) as usize;
    Ok(Some(Holds {
        class: Class::UserCredential,
        users: most,
        codes,
        digits: (length("minCredentialLength"), length("maxCredentialLength")),
        name: count(&users["capabilities"]["maxUserNameLength"]) as usize,
        slots: schedules::slots(node)?,
    }))
}

/// The users of a lock.
pub(super) fn entries(node: &Node<'_>, holds: Holds) -> Result<Vec<Stored>, ProviderError> {
    let mut told = node.ask_access("get_users", json!({}), holds.users)?;
    let mut users: Vec<User> = parsed(told["users"].take())?;
    let mut told = node.ask_access("get_all_credentials", json!({}), holds.users.max(holds.codes))?;
    let credentials: Vec<Credential> = parsed(told["credentials"].take())?;
    users.sort_unstable_by_key(|user| user.user_id);
    let theirs =
        |user: &User| credentials.iter().filter(|one| one.user_id == user.user_id).collect::<Vec<_>>();
    users.iter().map(|user| stored(node, holds, user, &theirs(user))).collect()
}

/// One of them, by its number.
pub(super) fn entry(node: &Node<'_>, holds: Holds, number: u32) -> Result<Option<Stored>, ProviderError> {
    let Some(user) = user(node, number)? else { return Ok(None) };
    let theirs = credentials(node, number)?;
    stored(node, holds, &user, &theirs.iter().collect::<Vec<_>>()).map(Some)
}

fn stored(
    node: &Node<'_>,
    holds: Holds,
    user: &User,
    credentials: &[&Credential],
) -> Result<Stored, ProviderError> {
    let program = schedules::program(node, user.user_id, holds.slots)?;
    let code = match credentials {
        [] => CodeSeen::None,
        [pin] if pin.kind == PIN => match pin.code() {
            Some(code) => CodeSeen::Digits(code),
            None if is_changed_elsewhere(node, pin)? => CodeSeen::Foreign,
            None => CodeSeen::Hidden,
        },
        // More than one code, a card or a finger: whatever it is, keyplan has not written it.
        _ => CodeSeen::Foreign,
    };
    let opens = user.active && user.is_usual();
    let ways = if opens { Ways::one(Capability::Doorcode) } else { Ways::default() };
    // Hours that are no time are those of no minute that keyplan knows.
    let program = program.unwrap_or_default();
    Ok(Stored { slot: user.user_id, name: user.called(holds), ways, program, code })
}

/// Whether a code that the lock does not tell was last changed at the lock, or by what is no Z-Wave controller. The driver
/// has just heard of it.
fn is_changed_elsewhere(node: &Node<'_>, pin: &Credential) -> Result<bool, ProviderError> {
    let key = u32::from(pin.kind) << 16 | pin.slot;
    let modifier = node.value(USER_CREDENTIAL, "credentialModifierType", Some(key))?;
    Ok(modifier.as_u64().is_some_and(|modifier| ELSEWHERE.contains(&modifier)))
}

fn user(node: &Node<'_>, number: u32) -> Result<Option<User>, ProviderError> {
    let mut told = node.ask_access("get_user", json!({"userId": number}), 1)?;
    let user: Option<User> = parsed(told["user"].take())?;
    Ok(user.filter(User::is_there))
}

fn credentials(node: &Node<'_>, user: u32) -> Result<Vec<Credential>, ProviderError> {
    let mut told = node.ask_access("get_credentials", json!({"userId": user}), 1)?;
    parsed(told["credentials"].take())
}

fn parsed<T: serde::de::DeserializeOwned>(told: Value) -> Result<T, ProviderError> {
    serde_json::from_value(told)
        .map_err(|_| ProviderError::Refused("what the lock tells cannot be read".into()))
}

/// Makes a user hold an entry, or nothing.
pub(super) fn put(
    node: &Node<'_>,
    holds: Holds,
    number: u32,
    entry: Option<&NewEntry<'_>>,
) -> Result<(), ProviderError> {
    let Some(entry) = entry else {
        let theirs = node.heard(|| credentials(node, number))?;
        return remove(node, holds, number, &theirs);
    };
    let code = holds.code_of(entry)?;
    let written = schedules::fitting(entry.program, number, holds.slots)?;
    let (mut there, mut theirs, program) = node.heard(|| {
        Ok((user(node, number)?, credentials(node, number)?, schedules::program(node, number, holds.slots)?))
    })?;
    let is_theirs = |there: &User| there.called(holds).is_none_or(|called| called.is(entry.person));
    if !there.as_ref().map_or(theirs.is_empty(), is_theirs) {
        // Somebody else's: no code of it may stay.
        remove(node, holds, number, &theirs)?;
        (there, theirs) = (None, Vec::new());
    }
    let is_done = there.as_ref().is_some_and(|there| there.active && there.is_usual())
        && matches!(&theirs[..], [one] if one.code().is_some_and(|seen| seen.same_as(&code.code)))
        && program.as_ref() == Some(entry.program);
    if is_done {
        return Ok(());
    }
    set_user(node, holds, number, entry.person, false)?;
    let write = Writing { node, holds, number };
    let done = write.credential_and_hours(&written, &theirs, code);
    match done {
        Ok(()) => set_user(node, holds, number, entry.person, true),
        Err(no) => {
            if matches!(no, ProviderError::Refused(_) | ProviderError::Full | ProviderError::CodeTaken) {
                write.take_back(entry.person, there.as_ref(), program.as_ref())?;
            }
            Err(no)
        }
    }
}

/// A user who is being written, and inactive meanwhile.
struct Writing<'w> {
    node: &'w Node<'w>,
    holds: Holds,
    number: u32,
}

impl Writing<'_> {
    fn credential_and_hours(
        &self,
        written: &Written,
        theirs: &[Credential],
        code: &SealedCode,
    ) -> Result<(), ProviderError> {
        let Self { node, holds, number, .. } = *self;
        schedules::write(node, number, holds.slots, written)?;
        let pin = theirs.iter().find(|one| one.kind == PIN);
        for other in
            theirs.iter().filter(|one| pin.is_none_or(|pin| (pin.kind, pin.slot) != (one.kind, one.slot)))
        {
            delete(node, other)?;
        }
        match set_code(node, number, pin.map_or(number, |pin| pin.slot), code)? {
            result::OK => Ok(()),
            result::OCCUPIED => match set_code(node, number, self.free()?, code)? {
                result::OK => Ok(()),
                other => Err(refused(other)),
            },
            other => Err(refused(other)),
        }
    }

    /// The first place for a code that nobody has.
    fn free(&self) -> Result<u32, ProviderError> {
        let pins = json!({"credentialType": PIN});
        let taken: Vec<Credential> = self.node.heard(|| {
            let told = self.node.ask_access("get_credentials_by_type", pins.clone(), self.holds.codes);
            parsed(told?["credentials"].take())
        })?;
        let is_free = |slot: &u32| taken.iter().all(|one| one.slot != *slot);
        (1..=self.holds.codes).find(is_free).ok_or(ProviderError::Full)
    }

    /// Whoever had access keeps what they had, the lock not taking what they were to have; whoever had none is not left
    /// behind in it.
    fn take_back(
        &self,
        person: &str,
        there: Option<&User>,
        program: Option<&Program>,
    ) -> Result<(), ProviderError> {
        let Self { node, holds, number, .. } = *self;
        let Some(there) = there else {
            let theirs = credentials(node, number)?;
            return remove(node, holds, number, &theirs);
        };
        // Hours that were no time gave nothing that anybody knows.
        let Some(program) = program else { return Ok(()) };
        let written = schedules::fitting(program, number, holds.slots)?;
        schedules::write(node, number, holds.slots, &written)?;
        if there.active { set_user(node, holds, number, person, true) } else { Ok(()) }
    }
}

/// Takes a user away, what they open with first.
fn remove(node: &Node<'_>, holds: Holds, number: u32, theirs: &[Credential]) -> Result<(), ProviderError> {
    theirs.iter().try_for_each(|one| delete(node, one))?;
    match node.change_access("delete_user", json!({"userId": number}))? {
        result::OK | result::EMPTY => schedules::erase(node, number, holds.slots),
        other => Err(refused(other)),
    }
}

fn set_user(
    node: &Node<'_>,
    holds: Holds,
    number: u32,
    person: &str,
    active: bool,
) -> Result<(), ProviderError> {
    let options = json!({
        "active": active, "userType": GENERAL, "credentialRule": SINGLE,
        "userName": names::name(person, holds.name).unwrap_or_default(),
    });
    let order = json!({"userId": number, "options": options});
    match node.change_access("set_user", order.clone())? {
        result::OK => Ok(()),
        // The driver took the user for one that is there, and knows better now.
        result::EMPTY => match node.change_access("set_user", order)? {
            result::OK => Ok(()),
            other => Err(refused(other)),
        },
        other => Err(refused(other)),
    }
}

/// Calls a user who is there after a person; nothing else of the user changes.
pub(super) fn rename(node: &Node<'_>, holds: Holds, number: u32, person: &str) -> Result<(), ProviderError> {
    let Some(name) = names::name(person, holds.name) else { return Ok(()) };
    // The driver keeps what it has just heard of the user.
    let there = node.heard(|| user(node, number))?;
    if there.is_none() {
        return Err(ProviderError::Refused("the user is gone".into()));
    }
    let told = node.change_access("set_user", json!({"userId": number, "options": {"userName": name}}));
    // Also when the answer was lost.
    let now = node.heard(|| user(node, number))?;
    if now.and_then(|now| now.called(holds)).is_some_and(|called| called.is(person)) {
        return Ok(());
    }
    Err(match told {
        Ok(result::OK) => ProviderError::Refused("it did not keep the new name".into()),
        Ok(other) => refused(other),
        Err(why) => why,
    })
}

fn set_code(node: &Node<'_>, user: u32, slot: u32, code: &SealedCode) -> Result<u64, ProviderError> {
    let order = json!({
        "userId": user, "credentialType": PIN, "credentialSlot": slot, "data": code.code.reveal(),
    });
    node.change_access("set_credential", order)
}

fn delete(node: &Node<'_>, one: &Credential) -> Result<(), ProviderError> {
    let place = json!({"userId": one.user_id, "credentialType": one.kind, "credentialSlot": one.slot});
    match node.change_access("delete_credential", place)? {
        result::OK | result::EMPTY => Ok(()),
        other => Err(refused(other)),
    }
}

/// What a result other than success means.
fn refused(result: u64) -> ProviderError {
    match result {
        result::DUPLICATE | result::ADMIN_CODE => ProviderError::CodeTaken,
        result::RULES => ProviderError::Refused("its own rules forbid this doorcode".into()),
        result::NO_USER => ProviderError::Unknown("the user that was written is not there".into()),
        // It may have been done, and the answer lost.
        other => ProviderError::Unknown(format!("it answered result {other}")),
    }
}
