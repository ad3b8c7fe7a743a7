//! `lock-simulator`: locks in a process of their own, to try keyplan on and to test it with.
//!
//! It shares no code with keyplan. Each lock has slots, a capacity, doorcodes that it may or may not tell, a clock and a
//! keypad; it works on one call at a time, and it fails in the ways in which locks do, when it is told to. It listens on
//! this machine alone and speaks JSON, a line for a request and a line for its answer:
//!
//! ```text
//! {"call":"put","lock":"elm-4/pool","slot":1,"entry":{"name":"ana","ways":["unlock","doorcode"],"segments":[…],"code":"482913"}}
//!                      "keep_code":true in an entry keeps the code that is in the slot, where the name is the same
//! {"call":"clear","lock":"elm-4/pool","slot":1}
//! {"call":"read","lock":"elm-4/pool"}                      "slots":[1,2] reads only those
//! {"call":"type","lock":"elm-4/pool","digits":"482913","at":"2026-12-01T10:00"}
//! {"call":"present","lock":"elm-4/pool","name":"ana","at":"2026-12-01T10:00"}     the app or the card of somebody
//! {"call":"configure","lock":"*","capacity":30,"delay":20,"tells_codes":true,"distinct_codes":true,"offline":false}
//! {"call":"clock","lock":"elm-4/pool","now":"2026-12-01T10:00"}
//! {"call":"fault","lock":"elm-4/pool","fault":"timeout","count":1}       timeout drop refuse nonsense full
//! {"call":"hand","lock":"elm-4/pool","slot":7,"entry":{…} or null}       what somebody does at the lock itself
//! {"call":"wipe","lock":"elm-4/pool"}                                    doorcodes go, and all else stays
//! {"call":"reset","lock":"elm-4/pool"}                                   to the factory's settings
//! {"call":"memory","lock":"elm-4/pool"}            what is in its slots, and every write since it was last asked
//! {"call":"statistics"}
//! ```

mod clock;
mod lock;

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use lock::{Lock, Settings};

/// All locks, by name, and how new ones are.
#[derive(Default)]
struct Building {
    locks: HashMap<String, Arc<Lock>>,
    settings: Settings,
}

fn main() -> std::process::ExitCode {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:0".into());
    let listener = match TcpListener::bind(&address) {
        Ok(listener) if listener.local_addr().is_ok_and(|address| address.ip().is_loopback()) => listener,
        Ok(_) => return failed(&format!("{address} is not on this machine alone; use 127.0.0.1:PORT")),
        Err(error) => return failed(&format!("cannot listen on {address}: {error}")),
    };
    // Hundreds of locks are spoken to at once; a connection that finds no room waits a second before it tries again.
    if let Err(error) = rustix::net::listen(&listener, 4096) {
        return failed(&format!("cannot listen on {address}: {error}"));
    }
    match listener.local_addr() {
        Ok(address) => println!("{address}"),
        Err(error) => return failed(&error.to_string()),
    }
    // It ends with whoever started it.
    std::thread::spawn(|| {
        let mut nothing = [0u8; 64];
        while std::io::stdin().read(&mut nothing).is_ok_and(|read| read > 0) {}
        std::process::exit(0);
    });
    let building = Arc::new(Mutex::new(Building::default()));
    for stream in listener.incoming().flatten() {
        let building = Arc::clone(&building);
        std::thread::spawn(move || serve(&stream, &building));
    }
    std::process::ExitCode::SUCCESS
}

fn failed(why: &str) -> std::process::ExitCode {
    eprintln!("lock-simulator: {why}");
    std::process::ExitCode::from(2)
}

fn serve(stream: &TcpStream, building: &Mutex<Building>) {
    let _ = stream.set_nodelay(true);
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|read| read > 0) {
        // No answer at all is one of the faults: the connection ends.
        let Some(answer) = answer(&line, building) else { return };
        let mut writer = stream;
        if writer.write_all(format!("{answer}\n").as_bytes()).is_err() {
            return;
        }
        line.clear();
    }
}

fn answer(line: &str, building: &Mutex<Building>) -> Option<Value> {
    let Ok(request) = serde_json::from_str::<Value>(line) else {
        return Some(json!({"error": "malformed", "why": "this is no JSON"}));
    };
    let call = request["call"].as_str().unwrap_or_default();
    let name = request["lock"].as_str().unwrap_or_default().to_owned();
    let find = || {
        let mut building = building.lock().unwrap_or_else(PoisonError::into_inner);
        let settings = building.settings;
        Arc::clone(building.locks.entry(name.clone()).or_insert_with(|| Arc::new(Lock::new(settings))))
    };
    match call {
        "configure" if name == "*" => {
            let mut building = building.lock().unwrap_or_else(PoisonError::into_inner);
            building.settings.configure(&request);
            let settings = building.settings;
            building.locks.values().for_each(|lock| lock.configure(settings));
            Some(json!({}))
        }
        "statistics" => {
            let building = building.lock().unwrap_or_else(PoisonError::into_inner);
            let calls: HashMap<&String, u64> =
                building.locks.iter().map(|(name, lock)| (name, lock.calls())).collect();
            Some(json!({ "calls": calls }))
        }
        _ => find().answer(call, &request),
    }
}
