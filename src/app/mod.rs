//! USE CASES, one verb per file: load facts, ask the domain, save, audit, commit.
//!
//! Not allowed in here: SQL, HTTP, markup, and any rule that `domain` could decide.

pub mod crypto;
pub mod normal_form;
pub mod ports;
