//! What people and tools read: one renderer a file, with wire structs apart from the model.

pub mod check;
pub mod compile;
mod hours;
pub mod rules;
pub mod schema;
