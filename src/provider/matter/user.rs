//! A user of a lock.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::locks::matter::{self as schedule, Schedules};
use crate::locks::{Program, Ways};
use crate::model::Capability;
use crate::provider::{Called, CodeSeen, ProviderError, Stored, told};

/// CredentialTypeEnum: a PIN.
pub(super) const PIN: u8 = 1;
/// DataOperationTypeEnum.
pub(super) const ADD: u8 = 0;
pub(super) const MODIFY: u8 = 2;
/// UserStatusEnum.
pub(super) const ENABLED: u8 = 1;
pub(super) const DISABLED: u8 = 3;
/// All schedules of a user, where one is cleared.
pub(super) const ALL: u8 = 0xfe;
/// The unique id of a user that was given none.
const NO_MARK: u32 = u32::MAX;

/// A user, as GetUser tells it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct User {
    pub(super) user_index: u32,
    #[serde(default)]
    user_name: Option<String>,
    #[serde(rename = "userUniqueID", default)]
    user_unique_id: Option<u32>,
    pub(super) user_status: u8,
    pub(super) user_type: u8,
    #[serde(default)]
    credentials: Option<Vec<Credential>>,
    #[serde(default)]
    creator_fabric_index: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credential {
    credential_type: u8,
    credential_index: u32,
}

impl User {
    /// The user that an answer tells of a place; `None` for one that says that it is free. An answer that does not say so is
    /// none.
    pub(super) fn of(answer: Value, index: u32) -> Result<Option<Self>, ProviderError> {
        let is_free = |status: &Value| status.is_null() || *status == 0;
        if answer["userIndex"] != index {
            return Err(super::unreadable());
        }
        if answer.get("userStatus").is_some_and(is_free) {
            return Ok(None);
        }
        serde_json::from_value(answer).map(Some).map_err(|_| super::unreadable())
    }

    /// Where the user's code is.
    pub(super) fn pin(&self) -> Option<u32> {
        let pin = self.credentials.iter().flatten().find(|one| one.credential_type == PIN);
        pin.map(|one| one.credential_index)
    }

    /// How many codes the user has.
    pub(super) fn pins(&self) -> usize {
        self.credentials.iter().flatten().filter(|one| one.credential_type == PIN).count()
    }

    /// The number that somebody gave the user.
    pub(super) fn mark(&self) -> Option<u32> {
        self.user_unique_id.filter(|mark| *mark != NO_MARK)
    }

    fn name(&self) -> String {
        told::name(self.user_name.as_deref().unwrap_or_default())
    }

    /// Whether the fabric that we speak for has made it: of others' users only it may change the name.
    pub(super) fn is_ours(&self, fabric: u64) -> bool {
        self.creator_fabric_index == Some(fabric)
    }

    pub(super) fn stored(&self, schedules: &Schedules, is_foreign: bool) -> Stored {
        let mark = self.mark();
        let name = self.name();
        let read = schedule::read(schedules).filter(|_| self.user_status == ENABLED);
        // A user who is disabled, or of a type that keyplan does not write, gives nothing that it knows.
        let ways = match (&read, mark) {
            (None, _) => Ways::default(),
            (Some(_), Some(mark)) => schedule::ways_of(mark),
            (Some(_), None) => Ways::one(Capability::Doorcode),
        };
        let code = match (self.pin(), is_foreign) {
            (None, _) => CodeSeen::None,
            (Some(_), false) => CodeSeen::Hidden,
            (Some(_), true) => CodeSeen::Foreign,
        };
        let name = mark.map_or_else(|| Called::Name(name.clone()), |mark| Called::Mark(name.clone(), mark));
        let program: Program = read.unwrap_or_default();
        Stored { slot: self.user_index, name: Some(name), ways, program, code }
    }

    /// The same for somebody of whom nothing is recorded: whatever number the user has says nothing, and the name alone
    /// whose it is. A user whom another fabric has made is that one's. Who has a code may open: a lock tells nothing else.
    pub(super) fn found(&self, schedules: &Schedules, fabric: u64) -> Stored {
        let read = schedule::read(schedules).filter(|_| self.user_status == ENABLED);
        let opens = Ways::one(Capability::Unlock).with(Ways::one(Capability::Doorcode));
        let ways = if read.is_some() { opens } else { Ways::default() };
        let code = match (self.pin(), self.is_ours(fabric)) {
            (None, _) => CodeSeen::None,
            (Some(_), true) => CodeSeen::Hidden,
            (Some(_), false) => CodeSeen::Foreign,
        };
        let name = Some(Called::Name(self.name()));
        Stored { slot: self.user_index, name, ways, program: read.unwrap_or_default(), code }
    }
}

/// An order to set a code.
pub(super) fn credential(operation: u8, index: u32, user: u32, digits: &[u8]) -> Value {
    let data = Zeroizing::new(STANDARD.encode(digits));
    json!({
        "operationType": operation, "userIndex": user, "userStatus": null, "userType": null,
        "credential": {"credentialType": PIN, "credentialIndex": index}, "credentialData": data.as_str(),
    })
}
