//! The figures of BENCHMARKS.md on locks of others: `cargo bench --bench systems`, after `tests/run` has installed them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    dead_code,
    reason = "a bench that cannot go on should stop"
)]

#[path = "../tests/it/command.rs"]
mod command;
#[path = "../tests/it/deployed.rs"]
mod deployed;
#[path = "../tests/it/doubles.rs"]
mod doubles;
mod measure;

use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use tungstenite::{Message, WebSocket};

use deployed::{House, Hub};
use doubles::{Cloud, Fabric, Stick};
use measure::say;

const HOLDERS: usize = 30;
/// Runs of each; the least counts.
const RUNS: usize = 3;

fn main() {
    zwave();
    together();
}

/// A house with so many holders of the hours `days`.
fn people(count: usize) -> Vec<(String, &'static str)> {
    (0..count).map(|number| (format!("p{number}"), "days")).collect()
}

fn apply(hubs: Vec<Hub>, doors: &[(&str, &str)], count: usize) -> f64 {
    let house = House::new(hubs);
    let people = people(count);
    let people: Vec<(&str, &str)> = people.iter().map(|(id, hours)| (id.as_str(), *hours)).collect();
    house.write(doors, &people);
    let start = Instant::now();
    house.apply();
    start.elapsed().as_secs_f64()
}

/// A relay that keeps what goes to the server, for a connection after the other.
fn recorder(server: u16) -> (u16, Arc<Mutex<Vec<Value>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let said: Arc<Mutex<Vec<Value>>> = Arc::default();
    let kept = said.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let kept = kept.clone();
            std::thread::spawn(move || {
                let mut near = tungstenite::accept(stream.unwrap()).unwrap();
                let mut far = connect(server);
                // Both sides take turns: the greeting first, then each call and its answers.
                near.send(far.read().unwrap()).unwrap();
                while let Ok(Message::Text(text)) = near.read() {
                    let call: Value = serde_json::from_str(&text).unwrap();
                    far.send(Message::text(text.as_str())).unwrap();
                    near.send(answer(&mut far, &call)).unwrap();
                    kept.lock().unwrap().push(call);
                }
            });
        }
    });
    (port, said)
}

fn connect(port: u16) -> WebSocket<TcpStream> {
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_nodelay(true).unwrap();
    tungstenite::client(format!("ws://127.0.0.1:{port}/"), stream).unwrap().0
}

/// The answer to a call; other messages are passed over.
fn answer(server: &mut WebSocket<TcpStream>, call: &Value) -> Message {
    loop {
        let message = server.read().unwrap();
        let Message::Text(text) = &message else { continue };
        let told: Value = serde_json::from_str(text).unwrap();
        if told["messageId"] == call["messageId"] && told["type"] == "result" {
            return message;
        }
    }
}

/// Holders with codes and weekly schedules onto a fresh lock, beside the same calls made bare.
fn zwave() {
    let doors = [("front", "2")];
    let stick = Stick::start();
    let (port, said) = recorder(stick.server);
    apply(vec![Hub::zwave(port)], &doors, HOLDERS);
    assert_eq!(stick.memory(2).0.len(), HOLDERS);
    let calls = said.lock().unwrap().clone();
    let (mut ours, mut bare) = (f64::MAX, f64::MAX);
    for _ in 0..RUNS {
        let stick = Stick::start();
        ours = ours.min(apply(vec![Hub::zwave(stick.server)], &doors, HOLDERS));
        assert_eq!(stick.memory(2).1.len(), 5 * HOLDERS);
        let stick = Stick::start();
        let start = Instant::now();
        let mut server = connect(stick.server);
        server.read().unwrap();
        let mut place = 0;
        for call in &calls {
            // One connection is enough, and it agrees on the schema once.
            if call["command"] == "initialize" && place > 0 {
                continue;
            }
            place += 1;
            let mut call = call.clone();
            call["messageId"] = place.to_string().into();
            server.send(Message::text(call.to_string())).unwrap();
            answer(&mut server, &call);
        }
        bare = bare.min(start.elapsed().as_secs_f64());
        assert_eq!(stick.memory(2).0.len(), HOLDERS);
    }
    say("30 holders with weekly hours onto a fresh Z-Wave lock: calls", calls.len() as f64, "");
    say("keyplan apply, seconds", ours, "");
    say("the same calls bare, seconds", bare, "");
    say("keyplan apply / the same calls bare", ours / bare, "at most 1.5");
}

/// Locks of three systems one after the other, and at once.
fn together() {
    let count = 10;
    let doors = [("front", "2"), ("gate", "fabric:1"), ("garage", "cloud:august_device_1")];
    let (mut alone, mut at_once) = ([f64::MAX; 3], f64::MAX);
    for _ in 0..RUNS {
        let (stick, fabric, cloud) = (Stick::start(), Fabric::start(), Cloud::start());
        let hubs = vec![Hub::zwave(stick.server), Hub::matter(fabric.port), Hub::seam(cloud.port)];
        at_once = at_once.min(apply(hubs, &doors, count));
        let (stick, fabric, cloud) = (Stick::start(), Fabric::start(), Cloud::start());
        let hubs = [Hub::zwave(stick.server), Hub::matter(fabric.port), Hub::seam(cloud.port)];
        for ((hub, (door, lock)), least) in hubs.into_iter().zip(doors).zip(&mut alone) {
            *least = least.min(apply(vec![hub], &[(door, lock)], count));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    for (system, seconds) in ["Z-Wave", "Matter", "Seam"].into_iter().zip(alone) {
        say(&format!("10 holders onto one lock of {system}, seconds"), seconds, "");
    }
    say("10 holders onto the three at once, seconds", at_once, "");
    say("the three at once / the slowest alone", at_once / alone.into_iter().fold(0.0, f64::max), "");
}
