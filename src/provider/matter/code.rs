//! Codes of users: each has one, and a lock that refuses another leaves what there was.

use serde_json::json;

use super::node::Holds;
use super::{Matter, unreadable, user};
use crate::provider::ProviderError;

/// Statuses of SetCredential: the specification's for a code that is there already, and what locks say instead.
const DUPLICATE: [u64; 2] = [2, 1];
/// Statuses of commands (Matter Core Specification, 8.10.1).
const INVALID: u64 = 0x85;
const EXHAUSTED: u64 = 0x89;

/// Why a lock did not take a doorcode.
enum Dislike {
    /// It may not be done in this way, or it does not like the code: it has one status for both.
    Invalid,
    Other(ProviderError),
}

impl From<Dislike> for ProviderError {
    fn from(dislike: Dislike) -> Self {
        match dislike {
            Dislike::Invalid => answered(INVALID),
            Dislike::Other(other) => other,
        }
    }
}

fn answered(status: u64) -> ProviderError {
    ProviderError::Refused(format!("it answered status {status} to the doorcode"))
}

impl Matter {
    /// Gives a user a code: in place of the one they have, or in the first place that is free from their own number on.
    pub(super) fn set_code(
        &self,
        lock: Holds,
        slot: u32,
        pin: Option<u32>,
        digits: &[u8],
    ) -> Result<(), ProviderError> {
        let (operation, index) = match pin {
            Some(pin) => (user::MODIFY, pin),
            None => (user::ADD, self.free_pin(lock, slot)?),
        };
        match (self.credential(lock, operation, index, slot, digits), pin) {
            // A code that another fabric has made can be taken away, not changed; and so says a lock that does not like the new
            // one. Only what it does with that one beside the other tells which of the two it is.
            (Err(Dislike::Invalid), Some(pin)) => self.replace_code(lock, slot, pin, digits),
            (given, _) => given.map_err(ProviderError::from),
        }
    }

    /// Gives a user a code beside the one they have, and then takes that away: whoever is refused the new one has the old one.
    fn replace_code(&self, lock: Holds, slot: u32, pin: u32, digits: &[u8]) -> Result<(), ProviderError> {
        let place =
            |index: u32| json!({"credential": {"credentialType": user::PIN, "credentialIndex": index}});
        let clear = |index: u32| self.change(lock, "ClearCredential", &place(index)).map(|_| ());
        let index = self.free_pin(lock, slot)?;
        match self.credential(lock, user::ADD, index, slot, digits) {
            Ok(()) => match clear(pin) {
                Err(no) if no.is_no() => {
                    // Two codes would open.
                    clear(index).map_err(|why| ProviderError::Unknown(why.why()))?;
                    Err(no)
                }
                cleared => cleared,
            },
            // It has room for one, and the one is not ours.
            Err(Dislike::Other(ProviderError::Full)) if self.is_foreign(lock, pin)? => {
                clear(pin)?;
                Ok(self.credential(lock, user::ADD, pin, slot, digits)?)
            }
            other => Ok(other?),
        }
    }

    /// Whether another fabric has made a code.
    fn is_foreign(&self, lock: Holds, pin: u32) -> Result<bool, ProviderError> {
        let place = json!({"credential": {"credentialType": user::PIN, "credentialIndex": pin}});
        let status = self.ask(lock, "GetCredentialStatus", &place)?;
        Ok(status["creatorFabricIndex"].as_u64().is_some_and(|creator| creator != lock.fabric))
    }

    /// Makes or changes the code at a place.
    fn credential(
        &self,
        lock: Holds,
        operation: u8,
        index: u32,
        slot: u32,
        digits: &[u8],
    ) -> Result<(), Dislike> {
        let told = self.change(lock, "SetCredential", &user::credential(operation, index, slot, digits));
        match told.map_err(Dislike::Other)?["status"].as_u64() {
            Some(0) => Ok(()),
            Some(INVALID) => Err(Dislike::Invalid),
            Some(status) if DUPLICATE.contains(&status) => Err(Dislike::Other(ProviderError::CodeTaken)),
            Some(EXHAUSTED) => Err(Dislike::Other(ProviderError::Full)),
            Some(status) => Err(Dislike::Other(answered(status))),
            // Nobody knows what it did.
            None => Err(Dislike::Other(ProviderError::Unknown(unreadable().why()))),
        }
    }

    fn free_pin(&self, lock: Holds, slot: u32) -> Result<u32, ProviderError> {
        for index in (slot..=lock.users).chain(1..slot) {
            let credential = json!({"credential": {"credentialType": user::PIN, "credentialIndex": index}});
            let status = self.ask(lock, "GetCredentialStatus", &credential)?;
            if !status["credentialExists"].as_bool().ok_or_else(unreadable)? {
                return Ok(index);
            }
        }
        Err(ProviderError::Full)
    }
}
