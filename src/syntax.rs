//! Text to tree.

mod tree;

pub use tree::{Entries, Hole, Items, MAX_DEPTH, Node, NodeKind, Style, Tree};
