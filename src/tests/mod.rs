//! The integration suite: use cases on a real database, on each engine.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

mod identity;
mod session_cookie;
mod story;
mod test_app;
