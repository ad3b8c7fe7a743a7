//! Findings, rendered.

mod concise;
mod fingerprint;
mod github;
mod gitlab;
mod human;
mod json;
mod junit;
mod markdown;
mod masked;
mod sarif;

pub use concise::concise;
pub use fingerprint::fingerprint;
pub use github::github;
pub use gitlab::gitlab;
pub use human::Human;
pub use json::{Next, Summary, finding, report};
pub use junit::{junit, suite};
pub use markdown::{row, table};
pub use masked::masked;
pub use sarif::{log, result};
