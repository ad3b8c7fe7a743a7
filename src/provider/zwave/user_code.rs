//! Locks of the User Code command class (99): a code for each holder, who has no name.

use serde_json::json;
use zeroize::Zeroizing;

use super::node::{Node, no_codes};
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
        .ok_or_else(|| ProviderError::Refused(format!("node {number} says that it holds no codes at all")))?;
    let slots = schedules::slots(node)?;
    Ok(Holds { class: Class::UserCode, users, codes: users, digits: DIGITS, name: 0, slots })
}

/// What a slot holds; nothing when it has no code.
pub(super) fn slot(node: &Node<'_>, slot: u32, holds: Holds) -> Result<Option<Stored>, ProviderError> {
    let user = node.tell(USER_CODE, "get", &json!([slot]))?.ok_or_else(|| no_codes(node.number))?;
    let status = user["userIdStatus"].as_u64();
    let code =
        user["userCode"].as_str().filter(|code| !code.is_empty()).map(|code| Zeroizing::new(code.to_owned()));
    // 0 is free, and 254 not there; both are told with a code by some locks.
    if matches!(status, None | Some(0 | 254)) {
        return Ok(None);
    }
    let program = schedules::program(node, slot, holds.slots)?;
    // A holder who is disabled is there, and can do nothing; one whose hours are no time can at no minute that keyplan knows.
    let ways = if status == Some(1) { Ways::one(Capability::Doorcode) } else { Ways::default() };
    let code = code.and_then(Doorcode::new).map_or(CodeSeen::Hidden, CodeSeen::Digits);
    Ok(Some(Stored { slot, name: None, ways, program: program.unwrap_or_default(), code }))
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
        // The code first: a code without a schedule opens at any time.
        node.change(USER_CODE, "clear", &json!([number]))?;
        return schedules::erase(node, number, holds.slots);
    };
    let code = holds.code_of(entry)?;
    let written = schedules::fitting(entry.program, number, holds.slots)?;
    let there = node.heard(|| slot(node, number, holds))?;
    let is_code = |there: &Stored| matches!(&there.code, CodeSeen::Digits(seen) if seen.same_as(&code.code));
    let is_done = there
        .as_ref()
        .is_some_and(|there| is_code(there) && there.ways == entry.ways && there.program == *entry.program);
    if is_done {
        return Ok(());
    }
    if there.is_some() {
        node.change(USER_CODE, "clear", &json!([number]))?;
    }
    schedules::write(node, number, holds.slots, &written)?;
    node.change(USER_CODE, "set", &json!([number, 1, code.code.reveal()]))
}
