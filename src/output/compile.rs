//! Tables, rendered.

mod csv;
mod human;
mod json;
mod markdown;

pub use csv::csv;
pub use human::human;
pub use json::Json;
pub use markdown::markdown;
