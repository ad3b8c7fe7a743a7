//! Findings, rendered.

mod concise;
mod human;
mod json;

pub use concise::concise;
pub use human::Human;
pub use json::{Summary, finding, report};
