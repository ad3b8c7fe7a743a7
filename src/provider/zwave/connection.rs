//! A conversation with Z-Wave JS Server: JSON messages over a WebSocket, each answered under its own number.
//!
//! The messages are those of `zwave-js-server`, schema 48 and later (its `README.md` and `API_SCHEMA.md`).

use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};
use zeroize::Zeroizing;

/// A server that does not take a connection for so long will not.
const PATIENCE: Duration = Duration::from_secs(5);
/// A lock that does not answer for so long is asleep, dead, or out of reach: the driver itself gives up after less.
const ANSWER: Duration = Duration::from_secs(15);
/// The schema that is spoken.
const SCHEMA: u64 = 48;
/// Answers of other calls, and events, that are passed over while one is waited for.
const OTHERS: usize = 10_000;

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Nothing was sent.
    Unreachable(String),
    /// It was sent, and no answer came.
    Lost(String),
    /// The server speaks too old a schema.
    Old(u64),
    /// The server said no: its word for why.
    Server(String),
    /// The driver said no: the number of its error (`ZWaveErrorCodes`). Its text is left out: a code may stand there.
    Driver(u64),
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
    socket: WebSocket<TcpStream>,
    next: u64,
}

impl Connection {
    /// Connects, and agrees on the schema.
    pub(super) fn open(address: SocketAddr) -> Result<Self, Trouble> {
        let failed = |error: &dyn std::fmt::Display| Trouble::Unreachable(format!("{address}: {error}"));
        let stream = TcpStream::connect_timeout(&address, PATIENCE).map_err(|error| failed(&error))?;
        stream.set_nodelay(true).map_err(|error| failed(&error))?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(|error| failed(&error))?;
        stream.set_write_timeout(Some(PATIENCE)).map_err(|error| failed(&error))?;
        let (socket, _) = tungstenite::client(format!("ws://{address}/"), stream)
            .map_err(|_| Trouble::Unreachable(format!("{address} does not speak WebSocket")))?;
        let mut connection = Self { socket, next: 0 };
        let greeting = connection.answer(|answer| answer.kind == "version", PATIENCE).map_err(unsent)?;
        let schema = greeting.schema.unwrap_or(0);
        if schema < SCHEMA {
            return Err(Trouble::Old(schema));
        }
        connection.call("initialize", json!({ "schemaVersion": SCHEMA })).map_err(unsent)?;
        let timeout = connection.socket.get_ref().set_read_timeout(Some(ANSWER));
        timeout.map_err(|error| failed(&error))?;
        Ok(connection)
    }

    /// Sends a command and waits for what it gives.
    pub(super) fn call(&mut self, command: &str, mut fields: Value) -> Result<Value, Trouble> {
        self.next += 1;
        let id = self.next.to_string();
        fields["messageId"] = id.clone().into();
        fields["command"] = command.into();
        let text = Zeroizing::new(fields.to_string());
        let sent = self.socket.send(Message::text(text.as_str()));
        sent.map_err(|error| Trouble::Lost(error.to_string()))?;
        let answer = self.answer(|answer| answer.kind == "result" && answer.id == id, ANSWER)?;
        if answer.success {
            return Ok(answer.result);
        }
        match (answer.error.as_deref(), answer.driver_error) {
            (Some("zwave_error"), Some(code)) => Err(Trouble::Driver(code)),
            (error, _) => Err(Trouble::Server(error.unwrap_or("no reason").to_owned())),
        }
    }

    /// The next message of a kind; what comes before it was not for us.
    fn answer(&mut self, wanted: impl Fn(&Answer) -> bool, patience: Duration) -> Result<Answer, Trouble> {
        let until = Instant::now() + patience;
        for _ in 0..OTHERS {
            if Instant::now() > until {
                break;
            }
            let message = self.socket.read().map_err(|error| Trouble::Lost(error.to_string()))?;
            let Message::Text(text) = message else { continue };
            // The position, and not the text: a code may stand there.
            let answer: Answer = serde_json::from_str(&text).map_err(|error| {
                Trouble::Lost(format!("its answer cannot be read, column {}", error.column()))
            })?;
            if wanted(&answer) {
                return Ok(answer);
            }
        }
        Err(Trouble::Lost("no answer in time".into()))
    }
}

/// Before anything was asked of a lock nothing can have been done.
fn unsent(trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Lost(why) => Trouble::Unreachable(why),
        other => other,
    }
}
