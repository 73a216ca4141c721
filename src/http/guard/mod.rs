//! What every request passes, one guard per file. Each says in its first line what it keeps out.

pub mod arrival;
pub mod headers;
pub mod host;
pub mod origin;
pub mod panics;
pub mod size;
pub mod slow;
