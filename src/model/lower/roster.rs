//! Rosters: people in tables.
