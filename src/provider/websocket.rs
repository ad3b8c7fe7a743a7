//! Conversations over a WebSocket with servers that encrypt nothing and ask for no password, as those of Z-Wave JS and
//! of Matter are.

use std::io::{self, Read, Write};
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
    /// Its name, or number, and port.
    host: String,
    path: String,
    /// Whether codes may cross the network as they are.
    plain: bool,
}

impl Address {
    /// Reads an address, as `ws://127.0.0.1:3000`. One of another machine is refused unless `plain` says that codes may
    /// cross the network as they are. A name that nobody knows now may be known when it is needed: it says nothing about the
    /// settings, nor about other servers.
    pub(super) fn new(address: &str, plain: bool, server: &str, like: &str) -> Result<Self, String> {
        let form = || format!("`{address}` is no address of {server}; write it as {like}");
        let place = address.strip_prefix("ws://").ok_or_else(form)?;
        let (host, path) = place.split_once('/').unwrap_or((place, ""));
        let (name, port) = host.rsplit_once(':').ok_or_else(form)?;
        if name.is_empty() || port.parse::<u16>().is_err() {
            return Err(form());
        }
        let address = Self { host: host.to_owned(), path: format!("/{path}"), plain };
        if !plain && address.sockets().is_ok_and(|all| all.iter().any(|one| !one.ip().is_loopback())) {
            return Err(format!(
                "`ws://{place}` is another machine, and {server} encrypts nothing: doorcodes would cross the network as they are; run keyplan beside it, forward its port through ssh, or say `plain: true` if that is meant"
            ));
        }
        Ok(address)
    }

    /// What its name stands for now.
    fn sockets(&self) -> io::Result<Vec<SocketAddr>> {
        Ok(self.host.to_socket_addrs()?.collect())
    }

    /// Connects to the first of these that takes a connection.
    fn connect(&self) -> Result<TcpStream, Silence> {
        let host = &self.host;
        let failed = |error: &dyn std::fmt::Display| Silence::Unreachable(format!("{host}: {error}"));
        let sockets = self.sockets().map_err(|error| failed(&error))?;
        let mut last = failed(&"nothing has this name");
        for socket in sockets {
            // A name may stand for another machine since it was looked at.
            if !self.plain && !socket.ip().is_loopback() {
                last = failed(&"it is another machine now, and nothing is encrypted");
                continue;
            }
            match TcpStream::connect_timeout(&socket, PATIENCE) {
                Ok(stream) => return Ok(stream),
                Err(error) => last = failed(&error),
            }
        }
        Err(last)
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

/// A line on which nothing is waited for beyond a moment, however little comes at a time.
struct Line {
    stream: TcpStream,
    until: Instant,
}

impl Line {
    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(Some(left)) }
    }
}

impl Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.left()?)?;
        self.stream.read(buffer)
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.left()?)?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// An open conversation.
pub(super) struct Conversation {
    socket: WebSocket<Line>,
}

impl Conversation {
    /// Connects.
    pub(super) fn open(address: &Address) -> Result<Self, Silence> {
        let Address { host, path, .. } = address;
        let stream = address.connect()?;
        stream.set_nodelay(true).map_err(|error| Silence::Unreachable(format!("{host}: {error}")))?;
        let line = Line { stream, until: Instant::now() + PATIENCE };
        let (socket, _) = tungstenite::client(format!("ws://{host}{path}"), line)
            .map_err(|_| Silence::Unreachable(format!("{host} does not speak WebSocket at {path}")))?;
        Ok(Self { socket })
    }

    /// Says something.
    pub(super) fn say(&mut self, message: &Value) -> Result<(), Silence> {
        let text = Zeroizing::new(message.to_string());
        self.socket.get_mut().until = Instant::now() + PATIENCE;
        self.socket.send(Message::text(text.as_str())).map_err(|error| Silence::Lost(error.to_string()))
    }

    /// The next message of a kind; what comes before it was not for us.
    pub(super) fn hear<T: DeserializeOwned>(
        &mut self,
        wanted: impl Fn(&T) -> bool,
        patience: Duration,
    ) -> Result<T, Silence> {
        self.socket.get_mut().until = Instant::now() + patience;
        for _ in 0..OTHERS {
            let message = self.socket.read().map_err(|error| match error {
                tungstenite::Error::Io(error) if is_late(&error) => Silence::Lost("no answer in time".into()),
                error => Silence::Lost(error.to_string()),
            })?;
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

/// Whether nothing came in time, in either of the ways in which systems say so.
fn is_late(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
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
    fn what_trickles_in_is_not_waited_for_longer_than_what_does_not_come() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("ws://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let mut near = tungstenite::accept(listener.accept().unwrap().0).unwrap();
            let stream = near.get_mut();
            // A text of 120 letters, of which one comes now and then.
            stream.write_all(&[0x81, 120]).unwrap();
            while stream.write_all(b"\"").is_ok() {
                std::thread::sleep(Duration::from_millis(40));
            }
        });
        let address = Address::new(&address, false, "a server", "ws://127.0.0.1:1").unwrap();
        let mut conversation = Conversation::open(&address).unwrap();
        let began = Instant::now();
        let heard = conversation.hear(|_: &Value| true, Duration::from_millis(300));
        assert!(matches!(heard, Err(Silence::Lost(why)) if why == "no answer in time"));
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    }

    #[test]
    fn a_name_is_looked_up_when_it_is_needed_and_all_it_stands_for_is_tried() {
        let like = "ws://127.0.0.1:1";
        let nowhere = Address::new("ws://no-such-host.invalid:3000", false, "a server", like).unwrap();
        assert!(matches!(Conversation::open(&nowhere), Err(Silence::Unreachable(_))));
        for wrong in ["ws://127.0.0.1", "ws://:3000", "ws://127.0.0.1:x", "127.0.0.1:3000", "ws://"] {
            assert!(Address::new(wrong, true, "a server", like).is_err(), "{wrong}");
        }
        // `localhost` is two addresses on many machines, and the server listens at one of them.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let near = Address::new(&format!("ws://localhost:{port}"), false, "a server", like).unwrap();
        near.connect().unwrap();
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
