//! keyplan: access as code for buildings.
//!
//! The doors, keys, schedules and people of a property are described in YAML. keyplan understands them exactly, shows
//! every mistake where it was made, compiles what each lock must store, and plans and applies it.
//!
//! ```text
//!  files on disk
//!    │  load                   finds properties, reads files, follows includes
//!  Sources ───── all text of one property; Span = start..end in bytes
//!    │  syntax::parse          never fails: fills a Tree, gives Diagnostics
//!  Tree ──────── YAML nodes, each with its Span
//!    │  model::lower           shape, then names to ids: (Property, Diagnostics)
//!  Property ──── doors, locks, keys, schedules, people, assignments
//!    │  Access::resolve        total function
//!  Access ────── person x door x capability x time, with causes
//!    ├─ rules::check ────────► Diagnostics
//!    │  tables::compile
//!  Tables ────── per lock: the credentials that should be in it
//!    │  locks::lower           what the hardware can hold, with a verdict
//!    │  plan::make             against the record of the locks: ordered, and proved
//!  Plan ──────── changes as plain data
//!    │  Plan::admit            guards
//!  SafePlan
//!    │  apply::run             journal, provider, read back
//!  Report ────── what came of each change
//! ```
//!
//! The modules below stand in the order of the chain; each imports only from lower floors (`ARCHITECTURE.md`).

pub mod source;
pub mod time;

pub mod diagnostic;

pub mod syntax;

pub mod model;

pub mod access;

pub mod tables;

pub mod optimize;

pub mod proof;

pub mod locks;

pub mod adopt;

pub mod rules;

pub mod load;

pub mod plan;

pub mod fix;

pub mod provider;

pub mod state;

pub mod doctor;
pub mod drift;

pub mod apply;

pub mod output;

pub mod cli;
