//! Answers to `who`, `what`, `why` and `why-not`, rendered.

mod access;
mod chains;
mod crowd;
mod json;

pub use access::{Question, Subject, access};
pub(super) use chains::obstacle;
pub use chains::{obstacles, why};
pub(super) use crowd::Crowd;
pub use json::{access_json, why_json, why_not_json};
