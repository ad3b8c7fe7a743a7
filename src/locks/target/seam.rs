//! Access codes of Seam, as bodies of `/access_codes/create`.

use serde_json::{Value, json};

use super::{Lock, code_of};
use crate::locks::{Program, seam};

pub(super) fn commands(lock: Lock<'_>) -> Vec<Value> {
    let mut commands = Vec::new();
    for entry in lock.entries {
        let program = Program(lock.segments(entry).to_vec());
        // Whatever was lowered for this lock fits; and what does not gets no code, which would open at any time.
        let Ok(dates) = seam::written(&program, lock.timezone, lock.today) else { continue };
        let mut code = json!({
            "command": "/access_codes/create",
            "name": seam::name(entry.person, entry.slot),
            "code": code_of(lock, entry),
        });
        if let Some(dates) = dates {
            code["starts_at"] = dates.starts.into();
            code["ends_at"] = dates.ends.into();
        }
        commands.push(code);
    }
    commands
}
