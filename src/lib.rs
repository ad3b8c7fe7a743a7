//! keyplan: access as code for buildings.

pub mod access;
pub mod cli;
pub mod diagnostic;
pub mod load;
pub mod model;
pub mod output;
pub mod source;
pub mod syntax;
pub mod tables;
pub mod time;
