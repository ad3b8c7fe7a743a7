//! keyplan: access as code for buildings.

pub mod access;
pub mod diagnostic;
pub mod load;
pub mod model;
pub mod source;
pub mod syntax;
pub mod time;
