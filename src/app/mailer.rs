//! How a mail leaves: the port. Its real form speaks SMTP (`app/smtp.rs`); a test has its own.

use futures::future::BoxFuture;

use crate::domain::address::MailAddress;
use crate::domain::time::Instant;

/// A message that is ready to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// To whom: one recipient.
    pub to: MailAddress,
    /// What the Message-ID is made of. The same for every attempt, so that a mailbox can tell that it has the message already.
    pub message: String,
    /// What the messages are made to stand together by, such as those about one request.
    pub thread: Option<String>,
    /// Its date: when the event was.
    pub date: Instant,
    /// One line.
    pub subject: String,
    /// As plain text.
    pub text: String,
    /// As HTML.
    pub html: String,
}

/// Why a message was not taken, with the server's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It may pass: the server is away, slow, busy, or does not let us in.
    Passing(String),
    /// The server refuses this message, now and later.
    Final(String),
}

/// Takes messages.
pub trait Mailer: Send + Sync {
    /// Hands one message over; answers with what the server said. It ends in a time that is shorter than a claim
    /// (`send_mail::CLAIM`).
    fn send<'a>(&'a self, message: &'a Outgoing) -> BoxFuture<'a, Result<String, Failure>>;

    /// The server stops: what is not being handed over yet fails at once, as something that may pass. What is goes on, because the
    /// other side may have it already.
    fn stop(&self) {}
}
