//! Locks that others wrote to test on, each a process of its own for as long as a test lives. `tests/run` installs them.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::command::root;

/// A process that prints READY, and ends with its input.
struct Double {
    child: Child,
    /// What it prints; it ends when nobody listens.
    _said: BufReader<ChildStdout>,
}

/// A port that stays free until it is used: each is given once, and none is of those that a system gives to whoever asks for
/// any, or whoever connects from here (Linux: from 32,768 on, `net.ipv4.ip_local_port_range`).
pub(crate) fn free_port() -> u16 {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    // Another run of the tests begins elsewhere.
    let first = 10_000 + std::process::id() % 16_384;
    loop {
        let port = u16::try_from(first + GIVEN.fetch_add(1, Ordering::Relaxed)).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

impl Double {
    /// A script for Node.js, with ports that it is to serve.
    fn node(name: &str, script: &str, ports: &[u16], arguments: &[&str]) -> Self {
        let copy = copied(name, script, ports[0]);
        let mut command = Command::new("node");
        command.arg(&copy).args(ports.iter().map(u16::to_string)).args(arguments);
        let started = Self::start(name, &mut command);
        // It was read to its end by then.
        let _ = fs::remove_file(&copy);
        started
    }

    fn start(name: &str, command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let ready = said.by_ref().lines().map_while(Result::ok).any(|line| line == "READY");
        assert!(ready, "{name} did not start");
        Self { child, _said: said }
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        // It ends with its input, and cleans up; if it does not, it is ended.
        drop(self.child.stdin.take());
        for _ in 0..50 {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where a double is installed.
fn installed(name: &str) -> PathBuf {
    let installed = root().join("target/doubles").join(name);
    assert!(
        installed.join("node_modules").is_dir(),
        "the {name} locks to test on are not installed; `tests/run` installs them and runs the tests"
    );
    installed
}

/// A script beside the packages it needs, each its own: another test may be reading it.
fn copied(name: &str, script: &str, port: u16) -> PathBuf {
    let copy = installed(name).join(format!("{}-{port}-{script}", std::process::id()));
    fs::copy(root().join("tests/doubles").join(name).join(script), &copy).unwrap();
    copy
}

/// An exchange with a double itself.
fn exchange(port: u16, method: &str, path: &str, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn object(answer: &str) -> Value {
    let start = answer.find('{').unwrap_or_else(|| panic!("{answer}"));
    let end = answer.rfind('}').unwrap();
    serde_json::from_str(&answer[start..=end]).unwrap_or_else(|why| panic!("{why}: {answer}"))
}

/// A holder, and the code.
pub(crate) type HeldCode = (u32, String);
/// A user: number, name, whether active, and codes.
pub(crate) type HeldUser = (u32, String, bool, Vec<String>);
/// Holder, slot and kind as the lock calls them, and the schedule.
pub(crate) type HeldSchedule = (String, Value);

/// A Z-Wave network: nodes 2 and 5 are locks, 3 is an old one that keeps its codes as bytes, 4 a switch; 6 and 7 are locks whose
/// users have names, of which the latter has room for three, without hours, and never tells their codes; 8 tells its clock.
pub(crate) struct Stick {
    _double: Double,
    pub(crate) server: u16,
    side: u16,
}

impl Stick {
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    /// The same, and the server is set to keep codes when it interviews a lock.
    pub(crate) fn that_keeps_codes() -> Self {
        Self::with(&["keeps"])
    }

    /// The same with node 9, a lock that sleeps.
    pub(crate) fn with_sleeper() -> Self {
        Self::with(&["sleeper"])
    }

    fn with(arguments: &[&str]) -> Self {
        let (server, side) = (free_port(), free_port());
        Self { _double: Double::node("zwave", "stick.mjs", &[server, side], arguments), server, side }
    }

    pub(crate) fn side_door(&self, method: &str, path: &str, body: &str) -> String {
        exchange(self.side, method, path, "", body)
    }

    /// What a lock holds itself: codes by holder, and schedules by holder and slot, as the lock has them.
    pub(crate) fn memory(&self, node: u32) -> (Vec<HeldCode>, Vec<HeldSchedule>) {
        let state = object(&self.side_door("GET", &format!("/state/{node}"), ""));
        let (mut codes, mut schedules) = (Vec::new(), Vec::new());
        for (key, value) in state.as_object().unwrap() {
            if let Some(user) = key.strip_prefix("UserCode_userCode_")
                && state[format!("UserCode_userIdStatus_{user}")] == 1
            {
                codes.push((user.parse().unwrap(), text(value)));
            }
            if let Some(place) = key.strip_prefix("ScheduleEntryLock_schedule_")
                && value.as_object().is_some_and(|value| !value.is_empty())
            {
                schedules.push((place.to_owned(), value.clone()));
            }
        }
        codes.sort();
        schedules.sort_by(|one, other| one.0.cmp(&other.0));
        (codes, schedules)
    }

    /// The users of a lock that has names, as it holds them itself: number, name, whether active, and codes.
    pub(crate) fn users(&self, node: u32) -> Vec<HeldUser> {
        let state = object(&self.side_door("GET", &format!("/state/{node}"), ""));
        let state = state.as_object().unwrap();
        let mut users: Vec<HeldUser> = Vec::new();
        for (key, user) in state {
            let Some(id) = key.strip_prefix("UserCredential_user_") else { continue };
            let id: u32 = id.parse().unwrap();
            let theirs = |(key, one): (&String, &Value)| {
                let is_theirs = key.starts_with("UserCredential_cred_1_") && one["userId"] == id;
                is_theirs.then(|| text(&one["credentialData"]))
            };
            let codes = state.iter().filter_map(theirs).collect();
            users.push((id, user["userName"].as_str().unwrap().to_owned(), user["active"] == true, codes));
        }
        users.sort();
        users
    }

    pub(crate) fn set(&self, node: u32, state: &Value) {
        self.side_door("PUT", &format!("/state/{node}"), &state.to_string());
    }
}

/// A code as a lock keeps it: old ones keep bytes.
fn text(code: &Value) -> String {
    let byte = |place: usize| Some(char::from(code[place.to_string()].as_u64()? as u8));
    code.as_str().map_or_else(|| (0..).map_while(byte).collect(), str::to_owned)
}

/// A workspace of Seam, with `august_device_1` and others.
pub(crate) struct Cloud {
    _double: Double,
    pub(crate) port: u16,
}

/// The key that the double's own seed makes.
pub(crate) const SEAM_KEY: &str = "seam_apikey1_token";

impl Cloud {
    pub(crate) fn start() -> Self {
        let (port, behind) = (free_port(), free_port());
        Self { _double: Double::node("seam", "cloud.mjs", &[port, behind], &[]), port }
    }

    /// Calls the API as somebody else would.
    pub(crate) fn call(&self, route: &str, fields: &Value) -> Value {
        let headers = format!("Authorization: Bearer {SEAM_KEY}\r\nContent-Type: application/json\r\n");
        object(&exchange(self.port, "POST", route, &headers, &fields.to_string()))
    }

    /// Changes fields of a code by its name, whatever Seam would say to it.
    pub(crate) fn damage(&self, name: &str, fields: &Value) {
        let codes = json!({ name: fields });
        let told = exchange(self.port, "PUT", "/_codes", "", &codes.to_string());
        assert!(told.ends_with("{}"), "{told}");
    }

    /// Makes so many calls of a route fail.
    pub(crate) fn fail(&self, route: &str, fault: &str, times: u32) {
        self.faults(&json!([{"route": route, "fault": fault, "times": times}]));
    }

    /// Makes calls fail in these ways, and in no other.
    pub(crate) fn faults(&self, faults: &Value) {
        exchange(self.port, "PUT", "/_faults", "", &faults.to_string());
    }

    /// How often a route was called.
    pub(crate) fn calls(&self, route: &str) -> u64 {
        object(&exchange(self.port, "GET", "/_faults", "", ""))[route].as_u64().unwrap_or(0)
    }

    /// The codes of a device in the memory of the double: name, digits, start and end.
    pub(crate) fn memory(&self, device: &str) -> Vec<(String, String, Option<String>, Option<String>)> {
        let state = object(&exchange(
            self.port,
            "GET",
            "/_fake/database",
            &format!("Authorization: Bearer {SEAM_KEY}\r\n"),
            "",
        ));
        let codes = state["access_codes"].as_array().unwrap().iter();
        let mut codes: Vec<_> = codes
            .filter(|code| code["device_id"] == device)
            .map(|code| {
                let bound = code["type"] == "time_bound";
                let date = |name: &str| code[name].as_str().filter(|_| bound).map(str::to_owned);
                let text = |name: &str| code[name].as_str().unwrap().to_owned();
                (text("name"), text("code"), date("starts_at"), date("ends_at"))
            })
            .collect();
        codes.sort();
        codes
    }
}

/// A Matter fabric whose node 1 is a lock with 10 users, 7 week-day and 2 year-day schedules for each.
pub(crate) struct Fabric {
    _double: Double,
    pub(crate) port: u16,
    side: u16,
}

impl Fabric {
    pub(crate) fn start() -> Self {
        Self::start_with(None)
    }

    /// The same, and the lock tells what its clock shows.
    pub(crate) fn start_with_clock() -> Self {
        Self::start_with(Some("clock"))
    }

    fn start_with(word: Option<&str>) -> Self {
        let (port, side) = (free_port(), free_port());
        let directory = installed("matter");
        let (fabric, lock) = (copied("matter", "fabric.py", port), copied("matter", "lock.mjs", port));
        let mut command = Command::new(directory.join("venv/bin/python"));
        command.arg(&fabric).args([port.to_string(), side.to_string()]).arg(&directory).arg(&lock).args(word);
        let double = Double::start("matter", &mut command);
        let _ = fs::remove_file(&fabric);
        let _ = fs::remove_file(&lock);
        Self { _double: double, port, side }
    }

    /// What the lock holds itself: users, codes, week-day and year-day schedules.
    pub(crate) fn memory(&self) -> Value {
        object(&exchange(self.side, "GET", "/", "", ""))
    }

    /// The codes of the lock by the person they are for.
    pub(crate) fn codes(&self) -> Vec<(String, String)> {
        let memory = self.memory();
        let list = |name: &str| memory[name].as_array().unwrap().clone();
        let digits = |index: &Value| {
            let code = list("codes").into_iter().find(|code| code["index"] == *index);
            code.unwrap_or_else(|| panic!("no code {index}"))["digits"].as_str().unwrap().to_owned()
        };
        let users = list("users").into_iter();
        users
            .flat_map(|user| {
                let name = user["userName"].as_str().unwrap().to_owned();
                let codes: Vec<String> = user["credentials"].as_array().unwrap().iter().map(digits).collect();
                codes.into_iter().map(move |code| (name.clone(), code))
            })
            .collect()
    }

    /// Sends an order to the lock as another client of the same server would, and gives the answer.
    pub(crate) fn order(&self, command: &str, payload: &Value) -> Value {
        let (mut near, _) = tungstenite::connect(format!("ws://127.0.0.1:{}/ws", self.port)).unwrap();
        near.read().unwrap();
        let mut args = json!({"node_id": 1, "endpoint_id": 1, "cluster_id": 257, "command_name": command, "payload": payload});
        if !command.contains("Schedule") {
            args["timed_request_timeout_ms"] = 5_000.into();
        }
        let order = json!({"message_id": "other", "command": "device_command", "args": args});
        near.send(tungstenite::Message::text(order.to_string())).unwrap();
        loop {
            let said: Value = serde_json::from_str(near.read().unwrap().to_text().unwrap()).unwrap();
            if said["message_id"] == "other" {
                assert!(said["error_code"].is_null(), "{command} {payload}: {said}");
                return said["result"].clone();
            }
        }
    }

    /// Makes a user with a code, as somebody does in the pages of the same server.
    pub(crate) fn invite(&self, index: u32, name: &str, user_type: u8, digits: &str) {
        self.order(
            "SetUser",
            &json!({"operationType": 0, "userIndex": index, "userName": name, "userUniqueID": null,
            "userStatus": 1, "userType": user_type, "credentialRule": 0}),
        );
        let told = self.order(
            "SetCredential",
            &json!({"operationType": 0, "userIndex": index, "userStatus": null,
            "userType": null, "credential": {"credentialType": 1, "credentialIndex": index},
            "credentialData": base64(digits)}),
        );
        assert_eq!(told["status"], 0, "{told}");
    }

    /// Damages the lock: `{"forget": user}`, `{"unpin": user}`, `{"pin": {"index": n, "digits": "…"}}` as another fabric,
    /// `{"hours": {"user": n, "userType": t, "weekDays": […]}}` in place of those of the user,
    /// `{"guest": {"index": n, "digits": "…"}}` of that, `{"clock": seconds}`, `{"reset": true}`; `{"exit": true}` ends it.
    pub(crate) fn damage(&self, how: &Value) {
        exchange(self.side, "POST", "/", "", &how.to_string());
    }

    /// Cuts the line to the server after so many more messages, the last of which arrives; tells how many lines were cut
    /// until now.
    pub(crate) fn cut_after(&self, messages: u32) -> u64 {
        object(&exchange(self.side, "POST", "/cut", "", &messages.to_string()))["cut"].as_u64().unwrap()
    }
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// A line to a server, which can be cut.
pub(crate) struct Line {
    pub(crate) port: u16,
    cut: Arc<Mutex<Cut>>,
}

#[derive(Default)]
struct Cut {
    /// So many more messages to the server arrive; all, when nothing is said.
    left: Option<u32>,
    /// Nobody gets through.
    is_down: bool,
}

impl Line {
    /// It goes with the test.
    pub(crate) fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let line = Self { port: listener.local_addr().unwrap().port(), cut: Arc::default() };
        let cut = Arc::clone(&line.cut);
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                // Whoever comes while it is down is hung up on.
                if cut.lock().unwrap().is_down {
                    continue;
                }
                let Ok(far) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                for (from, to, is_question) in [(&near, &far, true), (&far, &near, false)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let cut = Arc::clone(&cut);
                    std::thread::spawn(move || carry(from, to, is_question, &cut));
                }
            }
        });
        line
    }

    /// Cuts it after so many more messages to the server: the last one arrives, and its answer does not. Nobody gets
    /// through from then on.
    pub(crate) fn cut_after(&self, messages: u32) {
        self.cut.lock().unwrap().left = Some(messages);
    }

    /// Lets everybody through again; whether it was down.
    pub(crate) fn mend(&self) -> bool {
        std::mem::take(&mut *self.cut.lock().unwrap()).is_down
    }
}

/// Carries messages one way, until an end hangs up or the line is cut.
fn carry(mut from: TcpStream, mut to: TcpStream, is_question: bool, cut: &Mutex<Cut>) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        let is_last = {
            let mut cut = cut.lock().unwrap();
            if cut.is_down {
                break;
            }
            if is_question && let Some(left) = &mut cut.left {
                *left -= 1;
                cut.is_down = *left == 0;
            }
            cut.is_down
        };
        if to.write_all(&buffer[..length]).is_err() || is_last {
            break;
        }
    }
    if is_question && cut.lock().unwrap().is_down {
        // What was asked last is to be done.
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let _ = from.shutdown(std::net::Shutdown::Both);
    let _ = to.shutdown(std::net::Shutdown::Both);
}

/// A server that greets each who comes with a message, and answers nothing; it goes with the test.
pub(crate) fn greeter(greeting: Value) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let Ok(mut near) = tungstenite::accept(stream) else { continue };
            let _ = near.send(tungstenite::Message::text(greeting.to_string()));
            // Until they have read it.
            let _ = near.read();
        }
    });
    port
}

/// A server that greets each who comes, and answers each message with what is said of it.
pub(crate) fn scripted(greeting: Value, answer: impl Fn(&Value) -> Value + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (greeting, answer) = (greeting.to_string(), Arc::clone(&answer));
            std::thread::spawn(move || {
                let Ok(mut near) = tungstenite::accept(stream) else { return };
                let _ = near.send(tungstenite::Message::text(greeting));
                while let Ok(asked) = near.read() {
                    let Ok(asked) = serde_json::from_str(asked.to_text().unwrap_or_default()) else {
                        continue;
                    };
                    let _ = near.send(tungstenite::Message::text(answer(&asked).to_string()));
                }
            });
        }
    });
    port
}

/// A Z-Wave server whose nodes are locks with two users and one week-day slot each, who are not there, but for the answers that
/// are given by command, or by method of a command class.
pub(crate) fn false_zwave(told: Value) -> u16 {
    scripted(json!({"type": "version", "maxSchemaVersion": 48}), move |asked| {
        let command = asked["methodName"].as_str().or(asked["command"].as_str()).unwrap();
        let result = match (told.get(command), command) {
            (Some(told), _) => told.clone(),
            (None, "getUsersCount") => json!({"response": 2}),
            (None, "getNumSlots") => json!({"response": {"numWeekDaySlots": 1, "numYearDaySlots": 0}}),
            (None, "get") => json!({"response": {"userIdStatus": 0, "userCode": ""}}),
            (None, "node.get_state") => json!({"state": {
                "status": 4, "ready": true, "statistics": {"timeoutResponse": 0, "commandsDroppedRX": 0},
                "endpoints": [{"commandClasses": [{"id": 99, "version": 1}, {"id": 78, "version": 3}]}],
            }}),
            (None, _) => json!({"response": {}}),
        };
        json!({"type": "result", "messageId": asked["messageId"], "success": true, "result": result})
    })
}

/// A Matter server that has one answer to everything.
pub(crate) fn answerer(answer: Value) -> u16 {
    scripted(
        json!({"schema_version": 11, "min_supported_schema_version": 9}),
        move |asked| json!({"message_id": asked["message_id"], "result": answer}),
    )
}
