//! A conversation with a Matter server: JSON messages over a WebSocket, each answered under its own number.
//!
//! The messages are those of `python-matter-server` (its `docs/websockets_api.md`), which Home Assistant's own server and
//! its successor speak too.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::provider::websocket::{Address, Conversation, Hears, PATIENCE, Silence};

/// A lock that sleeps answers when it wakes up next; the server itself gives up after less.
const ANSWER: Duration = Duration::from_secs(40);
/// The oldest schema with commands to nodes as they are sent here.
const SCHEMA: u64 = 9;
/// Milliseconds within which a timed command has to reach the lock.
const TIMED: u32 = 5_000;
/// The Door Lock cluster.
pub(super) const DOOR_LOCK: u32 = 257;

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Nothing was sent, or no answer came.
    Silence(Silence),
    /// The server speaks too old a schema.
    Old(u64),
    /// The server knows no such node.
    NoNode,
    /// The server does not reach the node, and sends it nothing.
    NotReady,
    /// The node gave the server no answer.
    NoAnswer,
    /// The lock said no: its status (Matter Core Specification, 8.10).
    Status(u8),
    /// The server said no: the number of its error. Its text is left out: a code may stand there.
    Server(u64),
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
    #[serde(rename = "message_id", default)]
    id: String,
    #[serde(default)]
    result: Value,
    #[serde(rename = "error_code", default)]
    error: Option<u64>,
    #[serde(default)]
    details: Option<String>,
    #[serde(rename = "schema_version", default)]
    schema: Option<u64>,
}

/// An open conversation.
pub(super) struct Connection {
    conversation: Conversation,
    next: u64,
}

impl Connection {
    /// Connects, and looks at the schema.
    pub(super) fn open(address: &Address) -> Result<Self, Trouble> {
        let mut conversation = Conversation::open(address)?;
        let greeting: Answer = conversation
            .hear(|answer: &Answer| answer.schema.is_some(), PATIENCE)
            .map_err(Silence::unsent)?;
        match greeting.schema.unwrap_or(0) {
            schema if schema < SCHEMA => Err(Trouble::Old(schema)),
            _ => Ok(Self { conversation, next: 0 }),
        }
    }

    /// Sends a command and waits for what it gives.
    pub(super) fn call(&mut self, command: &str, args: &Value) -> Result<Value, Trouble> {
        self.next += 1;
        let id = self.next.to_string();
        self.conversation.say(&json!({"message_id": id, "command": command, "args": args}))?;
        let answer = self.conversation.hear(|answer: &Answer| answer.id == id, ANSWER)?;
        let Some(error) = answer.error else { return Ok(answer.result) };
        let details = answer.details.as_deref();
        Err(match (error, details.and_then(status)) {
            (_, Some(status)) => Trouble::Status(status),
            (0, None) if details.is_some_and(is_silence) => Trouble::NoAnswer,
            // NodeNotReady and NodeNotResolving; NodeNotExists.
            (3 | 4, None) => Trouble::NotReady,
            (5, None) => Trouble::NoNode,
            (error, None) => Trouble::Server(error),
        })
    }

    /// Sends a command of the Door Lock cluster.
    pub(super) fn door_lock(
        &mut self,
        (node, endpoint): (u64, u16),
        command: &str,
        payload: &Value,
        timed: bool,
    ) -> Result<Value, Trouble> {
        let mut args = json!({
            "node_id": node, "endpoint_id": endpoint, "cluster_id": DOOR_LOCK,
            "command_name": command, "payload": payload,
        });
        if timed {
            args["timed_request_timeout_ms"] = TIMED.into();
        }
        self.call("device_command", &args)
    }
}

/// The status in what the server's SDK says, as `InteractionModelError: InvalidCommand (0x85)`.
fn status(details: &str) -> Option<u8> {
    let (_, number) = details.strip_prefix("InteractionModelError")?.split_once("(0x")?;
    let end = number.find(|letter: char| !letter.is_ascii_hexdigit())?;
    u8::from_str_radix(&number[..end], 16).ok()
}

/// Whether the server's SDK says that nothing came back, or that there is no way to the node: a lock without power is called
/// available for minutes.
fn is_silence(details: &str) -> bool {
    details.contains("CHIP Error 0x00000032: Timeout") || details.contains("OS Error")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_status_is_read_from_what_the_sdk_says() {
        assert_eq!(super::status("InteractionModelError: InvalidCommand (0x85)"), Some(0x85));
        assert_eq!(super::status("InteractionModelError: Failure (0x1, clusterStatus: 3)"), Some(1));
        assert_eq!(super::status("Node 4 is not (yet) available. (0x1)"), None);
        assert_eq!(super::status("InteractionModelError"), None);
    }

    #[test]
    fn a_lock_that_is_silent_is_told_from_a_server_that_fails() {
        assert!(super::is_silence("src/app/CommandSender.cpp:343: CHIP Error 0x00000032: Timeout"));
        assert!(super::is_silence(
            "src/inet/UDPEndPointImplSockets.cpp:421: OS Error 0x02000013: No such device"
        ));
        assert!(!super::is_silence("KeyError: 'userIndex'"));
    }
}
