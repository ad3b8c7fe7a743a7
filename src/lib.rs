//! keyplan: access as code for buildings.

pub mod diagnostic;
pub mod source;
pub mod syntax;
