//! What an open page can be told of while nobody reloads it: topics, never contents.

use super::request::words;

/// The name of the last event of a stream: the session is over.
pub const OVER: &str = "over";
/// What it says when somebody ended the session.
pub const ENDED: &str = "ended";
/// What it says when the session's time was up, and when there is none.
pub const TIMED_OUT: &str = "timed out";

/// Something changed; whoever hears of it asks again, and sees what they may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// There is something new behind the person's bell, or something was read.
    Bell,
    /// Roles or requests that the person has, or decides.
    Mine,
    /// Requests of anybody; told only to those who manage them.
    Requests,
}

words!(Topic { Bell = "bell", Mine = "mine", Requests = "requests" });
