//! Tables, rendered.

mod csv;
mod human;
mod json;
mod markdown;
mod target;

pub use csv::csv;
pub use human::human;
pub use json::Json;
pub use markdown::markdown;
pub use target::target;
