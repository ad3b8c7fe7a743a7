//! Plans and what came of them, for people and for programs.

mod apply;
mod human;
mod json;
mod markdown;
mod people;
mod visits;

pub use apply::{apply_human, apply_json, event_json};
pub use human::{plan_human, plan_steps};
pub use json::plan_json;
pub use markdown::plan_markdown;
pub use visits::visits;
