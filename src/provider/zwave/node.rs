//! A node of the network: whether it is there, what it is asked and told, and what its troubles mean.

use std::cell::Cell;
use std::time::Duration;

use serde_json::{Value, json};

use super::connection::{ANSWER, Connection, Trouble};
use crate::provider::ProviderError;
use crate::provider::told::word;
use crate::provider::websocket::{Server, Silence};

/// Errors of the driver (`ZWaveErrorCodes` of zwave-js) after which nothing was done.
pub(super) const CC_NOT_SUPPORTED: u64 = 302;
const REFUSED: [u64; 3] = [301, CC_NOT_SUPPORTED, 322];
/// `SupervisionStatus.Success`.
const SUCCESS: u64 = 255;
/// Users have numbers of 16 bits, and the largest lock that is known has a tenth of this: each costs the lock an answer or
/// two, so that one that says more would be asked for hours.
pub(super) const MOST_USERS: u32 = 1_000;
/// The longest that all users of a lock are waited for.
const ALL_USERS: u32 = 300;
/// `NodeStatus` of zwave-js.
const ASLEEP: u64 = 1;
const DEAD: u64 = 3;

/// A node, for as long as something is done with it.
pub(super) struct Node<'s> {
    server: &'s Server<Connection>,
    pub(super) number: u32,
    /// Whether anything was sent that changes it.
    changed: Cell<bool>,
    /// What the driver had counted when every answer was accounted for.
    counted: Cell<Counted>,
    /// Whether each answer is accounted for by itself, since one was lost.
    slowly: Cell<bool>,
}

/// What the driver counts of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counted {
    /// Questions that it has left without an answer. The driver tells such a one apart from nothing only here.
    lost: u64,
    /// Answers that came and that the driver dropped, since they are against the specification.
    dropped: u64,
}

/// What the server knows of a node without asking it.
pub(super) struct State {
    status: u64,
    /// Its command classes, with their versions.
    classes: Vec<(u64, u64)>,
    /// Whether the server has come to know it.
    is_ready: bool,
    counted: Counted,
}

impl State {
    /// The version of a command class that it has.
    pub(super) fn version(&self, class: u8) -> Option<u64> {
        self.classes.iter().find(|(id, _)| *id == u64::from(class)).map(|(_, version)| *version)
    }

    pub(super) fn has(&self, class: u8) -> bool {
        self.version(class).is_some()
    }

    /// Whether the server has come to know it.
    pub(super) const fn is_ready(&self) -> bool {
        self.is_ready
    }
}

impl<'s> Node<'s> {
    pub(super) const fn new(server: &'s Server<Connection>, number: u32) -> Self {
        Self {
            server,
            number,
            changed: Cell::new(false),
            counted: Cell::new(Counted { lost: 0, dropped: 0 }),
            slowly: Cell::new(false),
        }
    }

    fn command(&self, command: &str, mut fields: Value, patience: Duration) -> Result<Value, Trouble> {
        fields["nodeId"] = self.number.into();
        self.server.converse(Connection::open, |connection| connection.call(command, fields, patience))
    }

    fn invoke(&self, class: u8, method: &str, args: &Value) -> Result<Value, Trouble> {
        let call = json!({"endpoint": 0, "commandClass": class, "methodName": method, "args": args});
        Ok(self.command("endpoint.invoke_cc_api", call, ANSWER)?["response"].take())
    }

    /// What the server knows of it.
    pub(super) fn state(&self) -> Result<State, ProviderError> {
        let told = self.command("node.get_state", json!({}), ANSWER).map_err(|why| self.asking(why))?;
        // Without these nobody could tell an answer that was lost from nothing being there.
        let state = &told["state"];
        let known = |value: &Value, what: &str| value.as_u64().ok_or_else(|| unreadable(what, self));
        let count = |name: &str| known(&state["statistics"][name], "how many answers were lost");
        let classes = state["endpoints"][0]["commandClasses"].as_array();
        let classes = classes.ok_or_else(|| unreadable("which command classes it has", self))?;
        let number = |value: &Value| value.as_u64().unwrap_or(0);
        Ok(State {
            status: known(&state["status"], "whether it is there")?,
            classes: classes.iter().map(|class| (number(&class["id"]), number(&class["version"]))).collect(),
            is_ready: state["ready"] == true,
            counted: Counted { lost: count("timeoutResponse")?, dropped: count("commandsDroppedRX")? },
        })
    }

    /// The same of a node that is there. What the server takes for dead or asleep is pinged first: it may be back, and what
    /// is sent to one that is not would wait in the server until it is, and be done then, whatever was decided since.
    pub(super) fn awake(&self) -> Result<State, ProviderError> {
        let mut state = self.state()?;
        if matches!(state.status, DEAD | ASLEEP) {
            let ping = self.command("node.ping", json!({}), ANSWER).map_err(|why| self.asking(why))?;
            if ping["responded"] != true {
                return Err(self.not_there(state.status));
            }
            state = self.state()?;
        }
        self.counted.set(state.counted);
        Ok(state)
    }

    fn not_there(&self, status: u64) -> ProviderError {
        let number = self.number;
        ProviderError::Unreachable(match status {
            ASLEEP => format!("node {number} is asleep: wake it up at the lock, then run this again"),
            _ => format!(
                "node {number} is dead, and answers no ping: look at its batteries, and at how far it is from the next node with mains power, then run this again"
            ),
        })
    }

    /// Asks something while the node is there, every answer of which was heard.
    pub(super) fn steadily<T>(
        &self,
        what: impl Fn(&State) -> Result<T, ProviderError>,
    ) -> Result<T, ProviderError> {
        let state = self.awake()?;
        self.heard(|| what(&state))
    }

    /// Asks a node that is awake something, and does it once more, accounting for each answer, when one was not heard. An
    /// answer that did not come would look like nothing being there, so that then nothing is told at all.
    pub(super) fn heard<T>(&self, what: impl Fn() -> Result<T, ProviderError>) -> Result<T, ProviderError> {
        for slowly in [self.slowly.get(), true] {
            self.slowly.set(slowly);
            let told = what()?;
            let now = self.state()?.counted;
            if now.lost == self.counted.get().lost {
                return Ok(told);
            }
            self.counted.set(now);
        }
        Err(ProviderError::Unreachable(format!(
            "node {} left a question without an answer; it is far away, or busy",
            self.number
        )))
    }

    /// Asks the node something that it may have nothing to say to: null then. `None` when it answers, and twice so that the
    /// driver drops the answer: whatever is there is nothing that the specification knows.
    pub(super) fn ask_known(
        &self,
        class: u8,
        method: &str,
        args: &Value,
    ) -> Result<Option<Value>, ProviderError> {
        for _ in 0..2 {
            let told = self.ask(class, method, args)?;
            if !told.is_null() || !self.slowly.get() {
                return Ok(Some(told));
            }
            let (before, now) = (self.counted.get(), self.state()?.counted);
            // An answer that did not come at all stays unaccounted for, which whoever asks is told in the end.
            if now.lost == before.lost || now.dropped == before.dropped {
                return Ok(Some(told));
            }
            self.counted.set(now);
        }
        Ok(None)
    }

    /// Asks the node something; null where it says nothing.
    pub(super) fn ask(&self, class: u8, method: &str, args: &Value) -> Result<Value, ProviderError> {
        self.invoke(class, method, args).map_err(|why| self.asking(why))
    }

    /// Asks the node something that it has an answer to; `None` when it does not have the command class.
    pub(super) fn tell(&self, class: u8, method: &str, args: &Value) -> Result<Option<Value>, ProviderError> {
        match self.invoke(class, method, args) {
            Ok(Value::Null) => Err(ProviderError::Unreachable(format!(
                "node {} did not answer; it is far away, or busy",
                self.number
            ))),
            Ok(told) => Ok(Some(told)),
            Err(Trouble::Driver(CC_NOT_SUPPORTED)) => Ok(None),
            Err(why) => Err(self.asking(why)),
        }
    }

    /// Something that changes the node. Only a lock that supervises says how it went; what others did is read back.
    pub(super) fn change(&self, class: u8, method: &str, args: &Value) -> Result<(), ProviderError> {
        self.changed.set(true);
        let answer = self.invoke(class, method, args).map_err(|why| self.changing(why))?;
        match answer["status"].as_u64() {
            None | Some(SUCCESS) => Ok(()),
            Some(status) => Err(ProviderError::Refused(format!("it answered status {status}"))),
        }
    }

    /// Asks for users and their credentials. Each user costs the node an answer or two.
    pub(super) fn ask_access(
        &self,
        command: &str,
        mut fields: Value,
        users: u32,
    ) -> Result<Value, ProviderError> {
        fields["endpoint"] = 0.into();
        let patience = ANSWER + Duration::from_secs(u64::from(users.min(ALL_USERS)));
        let command = format!("endpoint.access_control.{command}");
        self.command(&command, fields, patience).map_err(|why| self.asking(why))
    }

    /// Something that changes users or their credentials; the number of what came of it.
    pub(super) fn change_access(&self, command: &str, mut fields: Value) -> Result<u64, ProviderError> {
        self.changed.set(true);
        fields["endpoint"] = 0.into();
        let told = self.command(&format!("endpoint.access_control.{command}"), fields, ANSWER);
        let result = told.map_err(|why| self.changing(why))?["result"].as_u64();
        result.ok_or_else(|| ProviderError::Unknown(format!("node {} did not confirm", self.number)))
    }

    /// A value as the server has it, without asking the node.
    pub(super) fn value(&self, class: u8, property: &str, key: Option<u32>) -> Result<Value, ProviderError> {
        let mut id = json!({"commandClass": class, "endpoint": 0, "property": property});
        if let Some(key) = key {
            id["propertyKey"] = key.into();
        }
        let told = self.command("node.get_value", json!({"valueId": id}), ANSWER);
        Ok(told.map_err(|why| self.asking(why))?["value"].take())
    }

    /// What came of a change of several steps. Where one was made, it is not true that nothing was done.
    pub(super) fn outcome(&self, result: Result<(), ProviderError>) -> Result<(), ProviderError> {
        match result {
            Err(ProviderError::Unreachable(why)) if self.changed.get() => Err(ProviderError::Unknown(why)),
            other => other,
        }
    }

    /// Asking changes nothing, so that what got no answer was not reached.
    fn asking(&self, trouble: Trouble) -> ProviderError {
        asking(trouble, self.number)
    }

    fn changing(&self, trouble: Trouble) -> ProviderError {
        changing(trouble, self.number)
    }
}

/// A count that a lock tells of itself, where some lock may have so many.
pub(super) fn at_most(count: u32, most: u32, what: &str, node: &Node<'_>) -> Result<u32, ProviderError> {
    if count <= most {
        return Ok(count);
    }
    Err(ProviderError::Refused(format!(
        "node {} says that it has {count} {what}, which no lock has: interview it anew in the server's pages",
        node.number
    )))
}

/// An answer that does not say what it was asked for is none.
pub(super) fn unreadable(what: &str, node: &Node<'_>) -> ProviderError {
    ProviderError::Refused(format!("what is told of node {} does not say {what}", node.number))
}

/// What trouble with a question means.
pub(super) fn asking(trouble: Trouble, node: u32) -> ProviderError {
    match changing(trouble, node) {
        ProviderError::Unknown(why) => ProviderError::Unreachable(why),
        other => other,
    }
}

fn changing(trouble: Trouble, node: u32) -> ProviderError {
    match trouble {
        Trouble::Silence(Silence::Unreachable(why)) => ProviderError::Unreachable(format!(
            "{why}; is Z-Wave JS Server running there, and has it found its stick?"
        )),
        Trouble::Silence(Silence::Lost(why)) => ProviderError::Unknown(why),
        Trouble::Old(schema) => ProviderError::Refused(format!(
            "the server speaks schema {schema} at most, and 48 is needed: update Z-Wave JS Server, or what it is part of"
        )),
        Trouble::Server(why) if why == "node_not_found" => ProviderError::Refused(format!(
            "the network has no node {node}: look its number up where the lock was included"
        )),
        Trouble::Server(why) => ProviderError::Refused(format!("the server refuses, {}", word(&why))),
        Trouble::Driver(CC_NOT_SUPPORTED) => no_codes(node),
        Trouble::Driver(code) if REFUSED.contains(&code) => {
            ProviderError::Refused(format!("the driver refuses, error {code}"))
        }
        // A call that failed may have been carried out: the lock was seen to hold a code that the call had "failed" to set.
        Trouble::Driver(code) => ProviderError::Unknown(format!("node {node} did not confirm, error {code}")),
    }
}

pub(super) fn no_codes(node: u32) -> ProviderError {
    ProviderError::Refused(format!("node {node} keeps no doorcodes: it is no lock with a keypad"))
}
