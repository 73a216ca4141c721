//! The integration suite: use cases on a real database, on each engine.

mod identity;
mod session_cookie;
mod test_app;
