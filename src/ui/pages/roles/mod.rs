//! The roles, and who has one of them.

pub mod list;
pub mod role;
