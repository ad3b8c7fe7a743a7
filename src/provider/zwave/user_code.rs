//! Locks of the User Code command class (99): a code for each holder, who has no name.

use serde_json::json;
use zeroize::Zeroizing;

use super::node::{MOST_USERS, Node, at_most, no_codes, unreadable};
use super::{Class, Holds, schedules};
use crate::locks::Ways;
use crate::locks::doorcode::Doorcode;
use crate::model::Capability;
use crate::provider::{CodeSeen, NewEntry, ProviderError, Stored};

pub(super) const USER_CODE: u8 = 99;
/// User Code command class, version 1: codes have so many digits.
const DIGITS: (usize, usize) = (4, 10);

/// What a lock can hold.
pub(super) fn holds(node: &Node<'_>) -> Result<Holds, ProviderError> {
    let number = node.number;
    let users = node.tell(USER_CODE, "getUsersCount", &json!([]))?.ok_or_else(|| no_codes(number))?;
    let users = users.as_u64().and_then(|users| u32::try_from(users).ok()).filter(|users| *users > 0);
    let users = users
        .ok_or_else(|| ProviderError::Refused(format!("node {number} says that it holds no codes at all")))
        .and_then(|users| at_most(users, MOST_USERS, "users", node))?;
    let slots = schedules::slots(node)?;
    Ok(Holds { class: Class::UserCode, users, codes: users, digits: DIGITS, name: 0, slots })
}

/// A slot, as the driver tells it.
struct User {
    /// `UserIDStatus` of zwave-js.
    status: u64,
    code: Option<Zeroizing<String>>,
}

impl User {
    /// 0 is free, and 254 not there; both are told with a code by some locks.
    const fn is_free(&self) -> bool {
        matches!(self.status, 0 | 254)
    }
}

fn user(node: &Node<'_>, slot: u32) -> Result<User, ProviderError> {
    let told = node.tell(USER_CODE, "get", &json!([slot]))?.ok_or_else(|| no_codes(node.number))?;
    // What says nothing of the slot does not say that it is free.
    let status = told["userIdStatus"].as_u64().ok_or_else(|| unreadable("whether a slot is free", node))?;
    let code = told["userCode"].as_str().filter(|code| !code.is_empty());
    Ok(User { status, code: code.map(|code| Zeroizing::new(code.to_owned())) })
}

/// What a slot holds; nothing when it has no code.
pub(super) fn slot(node: &Node<'_>, slot: u32, holds: Holds) -> Result<Option<Stored>, ProviderError> {
    let User { status, code } = match user(node, slot)? {
        user if user.is_free() => return Ok(None),
        user => user,
    };
    let program = schedules::program(node, slot, holds.slots)?;
    // A holder who is disabled is there, and can do nothing; one whose hours are no time can at no minute that keyplan knows.
    let ways = if status == 1 { Ways::one(Capability::Doorcode) } else { Ways::default() };
    let code = code.and_then(Doorcode::new).map_or(CodeSeen::Hidden, CodeSeen::Digits);
    Ok(Some(Stored { slot, name: None, ways, program: program.unwrap_or_default(), code }))
}

/// A server that is not set to keep codes knows none of a lock until somebody asks for one; one that is asks for all of them when
/// it interviews the lock. Once they were read nobody can tell any more which it is, nor of an empty lock that told the server
/// by a checksum, or by one answer for all, that it was empty.
pub(super) fn unkept(node: &Node<'_>, holds: Holds) -> Result<Option<String>, ProviderError> {
    for number in 1..=holds.users {
        if !node.value(USER_CODE, "userIdStatus", Some(number))?.is_null() {
            return Ok(None);
        }
    }
    let tells_all =
        |property: &str| Ok::<bool, ProviderError>(node.value(USER_CODE, property, None)? == true);
    if tells_all("supportsUserCodeChecksum")? || tells_all("supportsMultipleUserCodeReport")? {
        let is_used = |number: u32| Ok::<bool, ProviderError>(!user(node, number)?.is_free());
        let used = node.heard(|| (1..=holds.users).map(is_used).collect::<Result<Vec<_>, _>>())?;
        if !used.contains(&true) {
            return Ok(None);
        }
    }
    Ok(Some(
        "the server was not set to keep doorcodes when it interviewed this lock, and wipes them all when it has lost its cache: set `interview: { queryAllUserCodes: true }` in the server's driver; this is told only once, since the codes have now been read".into(),
    ))
}

/// What a server leaves behind that has lost its cache: no code at all, and hours of holders who have none.
pub(super) fn wiped(node: &Node<'_>, holds: Holds) -> Result<Option<String>, ProviderError> {
    for user in 1..=holds.users {
        if schedules::has_any(node, user, holds.slots)? {
            return Ok(Some(
                "it holds no doorcode, and hours of holders that have none: so a server leaves a lock that has lost its cache and interviewed it anew; set `interview: { queryAllUserCodes: true }` in the server's driver, then `keyplan apply --refresh` puts the same doorcodes back".into(),
            ));
        }
    }
    Ok(None)
}

/// Makes a slot hold an entry, or nothing.
pub(super) fn put(
    node: &Node<'_>,
    holds: Holds,
    number: u32,
    entry: Option<&NewEntry<'_>>,
) -> Result<(), ProviderError> {
    let Some(entry) = entry else {
        clear(node, number)?;
        return schedules::erase(node, number, holds.slots);
    };
    let code = holds.code_of(entry)?;
    let written = schedules::fitting(entry.program, number, holds.slots)?;
    let there = node.heard(|| slot(node, number, holds))?;
    let is_done = there.as_ref().is_some_and(|there| {
        has_code(there, &code.code) && there.ways == entry.ways && there.program == *entry.program
    });
    if is_done {
        return Ok(());
    }
    if there.is_some() {
        clear(node, number)?;
    }
    let done =
        schedules::write(node, number, holds.slots, &written).and_then(|()| set(node, number, &code.code));
    match (done, there) {
        (Err(no), Some(there)) if no.is_no() => Err(take_back(node, holds, number, &there, no)),
        (done, _) => done,
    }
}

fn has_code(there: &Stored, code: &Doorcode) -> bool {
    matches!(&there.code, CodeSeen::Digits(seen) if seen.same_as(code))
}

fn set(node: &Node<'_>, number: u32, code: &Doorcode) -> Result<(), ProviderError> {
    node.change(USER_CODE, "set", &json!([number, 1, code.reveal()]))
}

/// Takes the code of a slot away, and sees that it is gone. Its hours come after it: a code without a schedule opens at any
/// time, and an old lock says nothing to an order, whether it has heard it or not.
fn clear(node: &Node<'_>, number: u32) -> Result<(), ProviderError> {
    // A second time where the first was lost.
    for last in [false, true] {
        let done = node.change(USER_CODE, "clear", &json!([number]));
        if node.heard(|| Ok(user(node, number)?.is_free()))? {
            return Ok(());
        }
        if last {
            done?;
        }
    }
    Err(ProviderError::Refused(format!(
        "it keeps the doorcode of slot {number} that it was told to take away; its hours were left as they are, since without them it would open at any time"
    )))
}

/// Whoever had access keeps what they had, the lock not taking what they were to have. The code was gone meanwhile; where it
/// cannot be put back, that is said.
fn take_back(node: &Node<'_>, holds: Holds, number: u32, there: &Stored, no: ProviderError) -> ProviderError {
    let put_back = || {
        // Who was disabled, or had hours that were no time, could come in at no minute that anybody knows.
        let opened = !there.ways.is_empty() && !there.program.0.is_empty();
        let CodeSeen::Digits(code) = &there.code else { return Ok(false) };
        if !opened {
            return Ok(false);
        }
        let written = schedules::fitting(&there.program, number, holds.slots)?;
        schedules::write(node, number, holds.slots, &written)?;
        set(node, number, code)?;
        let now = node.heard(|| slot(node, number, holds))?;
        Ok::<bool, ProviderError>(now.is_some_and(|now| has_code(&now, code) && now.program == there.program))
    };
    match put_back() {
        Ok(true) => no,
        _ => ProviderError::Refused(format!(
            "{}; nor could what was in slot {number} be put back, so that its holder is without a doorcode",
            no.why()
        )),
    }
}
