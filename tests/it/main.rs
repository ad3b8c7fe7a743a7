//! One binary for all tests that go through the library as a whole.
//!
//! `reference` is an oracle that shares no code with the product: it reads the language's definition literally and
//! goes minute by minute. `oracle` and `oracle_same_meaning` compare the two; `oracle_facts`, `oracle_itself` and `oracle_spellings` test the
//! oracle.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod adoption;
mod between;
mod broken;
mod browser;
mod building;
mod command;
mod commands;
mod conformance;
#[cfg(unix)]
mod crashes;
mod damaged;
mod deployed;
mod deployments;
mod difference;
mod doubles;
mod examples;
mod families;
mod faults;
mod fewest;
mod fixes;
mod guarded;
mod hostile;
mod import_faults;
mod imports;
mod matter;
mod memory;
mod mixed;
mod optimize;
mod oracle;
mod oracle_facts;
mod oracle_itself;
mod oracle_same_meaning;
mod oracle_spellings;
mod outputs;
mod readme;
mod reference;
mod reviews;
mod rules;
mod schema;
mod seam;
mod seam_codes;
mod states;
mod systems;
mod taking_over;
mod tidy;
mod turnover;
mod verdicts;
mod watch;
mod week;
mod zwave;
mod zwave_faults;
mod zwave_troubles;
mod zwave_users;

use keyplan::access::Access;
use keyplan::diagnostic::Level;
use keyplan::load::{self, Loaded, Workspace};
use keyplan::model::AsOf;
use keyplan::output::check::concise;
use keyplan::output::compile::Json;
use keyplan::tables;
use keyplan::time::Day;

/// Reads a property given as (file name, text); `Err` holds the diagnostics, if one is an error.
fn loaded(files: &[(String, String)], as_of: chrono::NaiveDate) -> Result<Loaded, String> {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(directory.path().join(name), text).unwrap();
    }
    let discovery = load::discover(&[directory.path().to_owned()]).unwrap();
    let as_of = AsOf::Day(Day::of(as_of));
    let loaded = load::load(&discovery.properties[0], None, as_of, &|| 1, &mut Workspace::default()).unwrap();
    if loaded.diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Error) {
        let sources = &loaded.property.sources;
        return Err(loaded.diagnostics.iter().map(|diagnostic| concise(diagnostic, sources)).collect());
    }
    Ok(loaded)
}

/// Compiles a property given as (file name, text), as `keyplan compile --format json --as-of DATE` would; `Err` holds
/// the diagnostics.
fn compile(files: &[(String, String)], as_of: chrono::NaiveDate) -> Result<String, String> {
    let loaded = loaded(files, as_of)?;
    let tables = tables::compile(&loaded.property, &Access::resolve(&loaded.property));
    Ok(Json::new(&loaded.property, &tables).unwrap().document().unwrap())
}
