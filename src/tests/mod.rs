//! The integration suite: use cases on a real database. Every test is written once and runs on each engine.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its harness too"
)]

#[macro_use]
mod harness;

mod account;
mod activity;
mod administrators;
mod assignments;
mod audit_trail;
mod clock;
mod clockwork;
mod giving_up;
mod guards;
mod identity;
mod key_rotation;
mod lifecycle;
mod limits;
mod mail;
mod museum;
mod operations;
mod races;
mod recover;
mod role_settings;
mod rooms;
mod scenarios;
mod sealed;
mod session_cookie;
mod sqlite;
mod story;
mod tasks;
mod trail;
