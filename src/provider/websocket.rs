//! Conversations over a WebSocket with servers that encrypt nothing and ask for no password, as those of Z-Wave JS and
//! of Matter are.

use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde_json::Value;
use tungstenite::{Message, WebSocket};
use zeroize::Zeroizing;

/// A server that does not take a connection for so long will not.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// Servers ask whether somebody is there, those of Z-Wave JS every half minute and those of Matter every 55 seconds, and hang up on
/// whoever does not answer. Nobody answers on a conversation that rests.
const REST: Duration = Duration::from_secs(20);
/// Answers of other calls, and events, that are passed over while one is waited for.
const OTHERS: usize = 10_000;

/// Where a server is.
#[derive(Clone, Debug)]
pub(super) struct Address {
    socket: SocketAddr,
    path: String,
}

impl Address {
    /// Reads an address, as `ws://127.0.0.1:3000`. One of another machine is refused unless `plain` says that codes may
    /// cross the network as they are.
    pub(super) fn new(address: &str, plain: bool, server: &str, like: &str) -> Result<Self, String> {
        let form = || format!("`{address}` is no address of {server}; write it as {like}");
        let place = address.strip_prefix("ws://").ok_or_else(form)?;
        let (host, path) = place.split_once('/').unwrap_or((place, ""));
        let socket = host.to_socket_addrs().map_err(|_| form())?.next().ok_or_else(form)?;
        if !socket.ip().is_loopback() && !plain {
            return Err(format!(
                "`{address}` is another machine, and {server} encrypts nothing: doorcodes would cross the network as they are; run keyplan beside it, forward its port through ssh, or say `plain: true` if that is meant"
            ));
        }
        Ok(Self { socket, path: format!("/{path}") })
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Silence {
    /// Nothing was sent.
    Unreachable(String),
    /// It was sent, and no answer came.
    Lost(String),
}

impl Silence {
    /// Before anything was asked of a lock nothing can have been done.
    pub(super) fn unsent(self) -> Self {
        match self {
            Self::Lost(why) | Self::Unreachable(why) => Self::Unreachable(why),
        }
    }
}

/// An open conversation.
pub(super) struct Conversation {
    socket: WebSocket<TcpStream>,
}

impl Conversation {
    /// Connects.
    pub(super) fn open(address: &Address) -> Result<Self, Silence> {
        let Address { socket, path } = address;
        let failed = |error: &dyn std::fmt::Display| Silence::Unreachable(format!("{socket}: {error}"));
        let stream = TcpStream::connect_timeout(socket, PATIENCE).map_err(|error| failed(&error))?;
        stream.set_nodelay(true).map_err(|error| failed(&error))?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(|error| failed(&error))?;
        stream.set_write_timeout(Some(PATIENCE)).map_err(|error| failed(&error))?;
        let (socket, _) = tungstenite::client(format!("ws://{socket}{path}"), stream)
            .map_err(|_| Silence::Unreachable(format!("{socket} does not speak WebSocket at {path}")))?;
        Ok(Self { socket })
    }

    /// Says something.
    pub(super) fn say(&mut self, message: &Value) -> Result<(), Silence> {
        let text = Zeroizing::new(message.to_string());
        self.socket.send(Message::text(text.as_str())).map_err(|error| Silence::Lost(error.to_string()))
    }

    /// The next message of a kind; what comes before it was not for us.
    pub(super) fn hear<T: DeserializeOwned>(
        &mut self,
        wanted: impl Fn(&T) -> bool,
        patience: Duration,
    ) -> Result<T, Silence> {
        let lost = |error: &dyn std::fmt::Display| Silence::Lost(error.to_string());
        self.socket.get_ref().set_read_timeout(Some(patience)).map_err(|error| lost(&error))?;
        let until = Instant::now() + patience;
        for _ in 0..OTHERS {
            if Instant::now() > until {
                break;
            }
            let message = self.socket.read().map_err(|error| lost(&error))?;
            let Message::Text(text) = message else { continue };
            // The position, and not the text: a code may stand there.
            let answer: T = serde_json::from_str(&text).map_err(|error| {
                Silence::Lost(format!("its answer cannot be read, column {}", error.column()))
            })?;
            if wanted(&answer) {
                return Ok(answer);
            }
        }
        Err(Silence::Lost("no answer in time".into()))
    }
}

/// A trouble that may be that nothing was heard.
pub(super) trait Hears: From<Silence> {
    /// Whether nothing was heard, after which nobody knows what comes next.
    fn is_silence(&self) -> bool;
}

/// Conversations with one server, as many as are needed at once.
pub(super) struct Server<C> {
    address: Address,
    /// Those that nobody uses now, and since when.
    idle: Mutex<Vec<(Instant, C)>>,
}

impl<C> Server<C> {
    pub(super) fn new(address: Address) -> Self {
        Self { address, idle: Mutex::default() }
    }

    /// Does something in a conversation, one that `open` begins where there is none to go on with.
    pub(super) fn converse<T, E: Hears>(
        &self,
        open: impl FnOnce(&Address) -> Result<C, E>,
        what: impl FnOnce(&mut C) -> Result<T, E>,
    ) -> Result<T, E> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut conversation = match idle.filter(|(since, _)| since.elapsed() < REST) {
            Some((_, idle)) => idle,
            None => open(&self.address)?,
        };
        let answer = what(&mut conversation);
        if !answer.as_ref().is_err_and(Hears::is_silence) {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push((Instant::now(), conversation));
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Hears for Silence {
        fn is_silence(&self) -> bool {
            true
        }
    }

    #[test]
    fn a_conversation_that_has_rested_is_not_gone_on_with() {
        let address = Address::new("ws://127.0.0.1:1", false, "a server", "ws://127.0.0.1:1").unwrap();
        let server: Server<u32> = Server::new(address);
        let opened = std::cell::Cell::new(0);
        let open = |_: &Address| {
            opened.set(opened.get() + 1);
            Ok(opened.get())
        };
        let converse = || server.converse(open, |which| Ok::<u32, Silence>(*which)).unwrap();
        assert_eq!((converse(), converse()), (1, 1));
        for (since, _) in server.idle.lock().unwrap().iter_mut() {
            *since = since.checked_sub(REST).unwrap();
        }
        assert_eq!((converse(), converse()), (2, 2));
        // Nor is one in which nobody answered.
        assert!(server.converse(open, |_| Err::<u32, _>(Silence::Lost("no answer".into()))).is_err());
        assert_eq!(converse(), 3);
    }
}
