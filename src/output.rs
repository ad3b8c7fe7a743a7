//! What people and tools read: one renderer a file, with wire structs apart from the model.

pub mod answers;
pub mod check;
pub mod compile;
pub mod diff;
pub mod doctor;
pub mod drift;
pub mod fewest;
pub mod graph;
mod hours;
mod places;
pub mod plan;
pub mod records;
pub mod report;
pub mod rules;
pub mod schema;
mod segments;
pub mod verify;
mod words;
