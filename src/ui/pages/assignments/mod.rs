//! Assignments of all roles: the list, adding, extending and renewing, changing, removing. What the pages share about lists of them is in `lines`.

pub mod add;
pub mod lines;
pub mod list;
pub mod remove;
mod setting;
pub mod term;
pub mod together;
pub mod update;
