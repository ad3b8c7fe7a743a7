//! A conversation with Z-Wave JS Server: JSON messages over a WebSocket, each answered under its own number.
//!
//! The messages are those of `zwave-js-server`, schema 48 and later (its `README.md` and `API_SCHEMA.md`).

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::provider::websocket::{Address, Conversation, Hears, PATIENCE, Silence};

/// A lock that does not answer for so long is asleep, dead, or out of reach: the driver itself gives up after less.
pub(super) const ANSWER: Duration = Duration::from_secs(15);
/// The schema that is spoken.
const SCHEMA: u64 = 48;

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Nothing was sent, or no answer came.
    Silence(Silence),
    /// The server speaks too old a schema.
    Old(u64),
    /// The server said no: its word for why.
    Server(String),
    /// The driver said no: the number of its error (`ZWaveErrorCodes`). Its text is left out: a code may stand there.
    Driver(u64),
}

impl From<Silence> for Trouble {
    fn from(silence: Silence) -> Self {
        Self::Silence(silence)
    }
}

impl Hears for Trouble {
    fn is_silence(&self) -> bool {
        matches!(self, Self::Silence(_))
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "type")]
    kind: String,
    #[serde(rename = "messageId", default)]
    id: String,
    #[serde(default)]
    success: bool,
    #[serde(default)]
    result: Value,
    #[serde(rename = "errorCode", default)]
    error: Option<String>,
    #[serde(rename = "zwaveErrorCode", default)]
    driver_error: Option<u64>,
    #[serde(rename = "maxSchemaVersion", default)]
    schema: Option<u64>,
}

/// An open conversation.
pub(super) struct Connection {
    conversation: Conversation,
    next: u64,
}

impl Connection {
    /// Connects, and agrees on the schema.
    pub(super) fn open(address: &Address) -> Result<Self, Trouble> {
        let mut connection = Self { conversation: Conversation::open(address)?, next: 0 };
        let greeting = connection
            .conversation
            .hear(|answer: &Answer| answer.kind == "version", PATIENCE)
            .map_err(Silence::unsent)?;
        let schema = greeting.schema.unwrap_or(0);
        if schema < SCHEMA {
            return Err(Trouble::Old(schema));
        }
        connection.call("initialize", json!({ "schemaVersion": SCHEMA }), ANSWER).map_err(|trouble| {
            match trouble {
                Trouble::Silence(silence) => Trouble::Silence(silence.unsent()),
                other => other,
            }
        })?;
        Ok(connection)
    }

    /// Sends a command and waits so long for what it gives.
    pub(super) fn call(
        &mut self,
        command: &str,
        mut fields: Value,
        patience: Duration,
    ) -> Result<Value, Trouble> {
        self.next += 1;
        let id = self.next.to_string();
        fields["messageId"] = id.clone().into();
        fields["command"] = command.into();
        self.conversation.say(&fields)?;
        let ours = |answer: &Answer| answer.kind == "result" && answer.id == id;
        let answer = self.conversation.hear(ours, patience)?;
        if answer.success {
            return Ok(answer.result);
        }
        match (answer.error.as_deref(), answer.driver_error) {
            (Some("zwave_error"), Some(code)) => Err(Trouble::Driver(code)),
            (error, _) => Err(Trouble::Server(error.unwrap_or("no reason").to_owned())),
        }
    }
}
