//! Differences, rendered.

mod human;
mod json;
mod markdown;
mod sentence;

pub use human::{changes, human};
pub use json::{Summary, json};
pub use markdown::{Section, comment, markdown};
pub use sentence::{Sentence, Voice};
