//! The audit: the list with its filter, one event, and the timeline of one request.

mod diff;
pub mod event;
pub mod filter;
pub mod list;
pub mod timeline;
pub mod words;
