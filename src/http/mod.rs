//! THE FRONT DOOR: one list of routes, session, guards, headers, events.
//!
//! Not allowed in here: rules, SQL.

pub mod session;
