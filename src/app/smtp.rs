//! The mailer that speaks SMTP. The one place that names lettre.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use futures::future::BoxFuture;
use lettre::address::AddressError;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Category;
use lettre::{Address, Message};
use tokio::sync::watch;
use tokio::time::{Instant as Stopwatch, timeout};
use zeroize::Zeroizing;

use crate::app::mailer::{Failure, Mailer, Outgoing};
use crate::domain::address::MailAddress;

/// How the way to the server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// Encrypted after a greeting in the clear; a server that does not offer it is not talked to.
    StartTls,
    /// Encrypted from the first byte.
    Tls,
    /// Not at all.
    None,
}

/// The name and password of an account on the server.
#[derive(Clone)]
pub struct Account {
    /// The name.
    pub user: String,
    /// The password.
    pub password: Zeroizing<String>,
}

impl fmt::Debug for Account {
    /// Without the password.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Account").field("user", &self.user).finish_non_exhaustive()
    }
}

/// Which server, and as whom.
#[derive(Clone, Debug)]
pub struct SmtpServer {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way there is protected.
    pub security: Security,
    /// The account, when the server wants one.
    pub account: Option<Account>,
    /// Certificates of further authorities in PEM, for servers of one's own.
    pub authorities: Option<String>,
    /// Whom the mails are from.
    pub from: MailAddress,
    /// How long it is waited for.
    pub patience: Patience,
}

/// How long a mail server is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For everything before the message itself: connecting, encrypting, signing in, sender, recipient. To be given up here is
    /// harmless: the server has nothing yet.
    pub before: Duration,
    /// For the message and the answer after its final dot. A server that answers late may have taken it: a second attempt would be a
    /// second mail.
    pub message: Duration,
}

impl Patience {
    /// What RFC 5321 (4.5.3.2) asks for: five minutes for the answer to a command, ten minutes after the final dot.
    pub const USUAL: Self = Self { before: Duration::from_mins(5), message: Duration::from_mins(10) };

    /// How long one message may take in all.
    pub const fn in_all(self) -> Duration {
        self.before.saturating_add(self.message)
    }
}

/// Why the mailer cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A certificate, or the name of the server, cannot be used.
    #[error("the mail server's certificates or name cannot be used")]
    Tls(#[from] SmtpError),
    /// The sender's address cannot be used.
    #[error("the sender's address cannot be used")]
    Address(#[from] AddressError),
    /// The file has no certificates.
    #[error("there is no certificate in the file of authorities")]
    NoCertificate,
}

/// How long connecting may take.
const CONNECTING: Duration = Duration::from_secs(10);
/// How long it takes at most to say goodbye.
const GOODBYE: Duration = Duration::from_secs(2);
/// How long a connection is kept for the next message.
const IDLE: Duration = Duration::from_secs(20);
/// How many are kept.
const KEPT: usize = 4;
/// The most of a server's words that is kept.
const LONGEST_ANSWER: usize = 500;
/// The name in front of the sender's address.
const SENDER: &str = "Ostiary";

/// Sends by SMTP.
pub struct SmtpMailer {
    server: SmtpServer,
    tls: Option<TlsParameters>,
    from: Address,
    name: ClientId,
    kept: Mutex<Vec<(Stopwatch, AsyncSmtpConnection)>>,
    stopped: watch::Sender<bool>,
}

impl SmtpMailer {
    /// A mailer for this server. It does not connect yet.
    pub fn new(server: SmtpServer) -> Result<Self, SetupError> {
        let tls = match server.security {
            Security::None => None,
            Security::StartTls | Security::Tls => Some(tls_parameters(&server)?),
        };
        let from: Address = server.from.as_str().parse()?;
        let name = ClientId::Domain(from.domain().to_owned());
        Ok(Self { server, tls, from, name, kept: Mutex::default(), stopped: watch::Sender::new(false) })
    }

    /// A connection on which the server has let us in.
    async fn connect(&self) -> Result<AsyncSmtpConnection, SmtpError> {
        let at_once = if self.server.security == Security::Tls { self.tls.clone() } else { None };
        let place = (self.server.host.as_str(), self.server.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(place, Some(CONNECTING), &self.name, at_once, None).await?;
        if let (Security::StartTls, Some(tls)) = (self.server.security, self.tls.clone()) {
            connection.starttls(tls, &self.name).await?;
        }
        if let Some(account) = &self.server.account {
            let credentials = Credentials::new(account.user.clone(), account.password.to_string());
            connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await?;
        }
        Ok(connection)
    }

    /// A connection that was kept and still answers, or a new one.
    async fn connection(&self) -> Result<AsyncSmtpConnection, SmtpError> {
        loop {
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).pop();
            match kept {
                Some((since, mut connection)) if since.elapsed() < IDLE => {
                    if connection.test_connected().await {
                        return Ok(connection);
                    }
                }
                Some(_) => {}
                None => return self.connect().await,
            }
        }
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < KEPT {
            kept.push((Stopwatch::now(), connection));
        }
    }

    async fn hand_over(&self, message: &Outgoing) -> Result<String, Failure> {
        let unfit = |error: &dyn std::error::Error| Failure::Final(words(error));
        let to: Address = message.to.as_str().parse().map_err(|error: AddressError| unfit(&error))?;
        let document = self.document(message, &to).map_err(|error| unfit(&error))?;
        let Patience { before, message: until_taken } = self.server.patience;
        let mut stopped = self.stopped.subscribe();
        let mut connection = tokio::select! {
            biased;
            // The sender goes only with its mailer.
            _ = stopped.wait_for(|stopped| *stopped) => {
                return Err(Failure::Passing("Ostiary was stopped before the mail server had the message.".to_owned()));
            }
            announced = timeout(before, self.announce(to)) => announced.unwrap_or_else(|_| Err(too_slow(before)))?,
        };
        // From here on the server may have it, whatever is heard of it.
        match timeout(until_taken, connection.message(&document)).await {
            Ok(Ok(answer)) => {
                self.keep(connection);
                let said = answer.message().collect::<Vec<_>>().join(" ");
                Ok(shortened(format!("{} {said}", answer.code())))
            }
            Ok(Err(error)) if error.is_permanent() => {
                part(connection).await;
                Err(Failure::Final(words(&error)))
            }
            Ok(Err(error)) => Err(Failure::Passing(words(&error))),
            Err(_) => Err(too_slow(until_taken)),
        }
    }

    /// A connection on which the server waits for the message to this recipient.
    async fn announce(&self, to: Address) -> Result<AsyncSmtpConnection, Failure> {
        // What goes wrong before the recipient is spoken of is never the mail's fault, whatever the number of the answer: a password
        // that has changed, or a sender that the server does not want today, must not fail a day's mails for good.
        let passing = |error: SmtpError| Failure::Passing(words(&error));
        let mut connection = self.connection().await.map_err(passing)?;
        connection.command(Mail::new(Some(self.from.clone()), Vec::new())).await.map_err(passing)?;
        let answered = async {
            connection.command(Rcpt::new(to, Vec::new())).await?;
            connection.command(Data).await
        };
        match answered.await {
            Ok(_) => Ok(connection),
            Err(error) => {
                let failure = if is_of_recipient(&error) {
                    Failure::Final(words(&error))
                } else {
                    Failure::Passing(words(&error))
                };
                if error.status().is_some() {
                    part(connection).await;
                }
                Err(failure)
            }
        }
    }

    /// The message as it goes over the wire.
    fn document(&self, message: &Outgoing, to: &Address) -> Result<Vec<u8>, lettre::error::Error> {
        let domain = self.from.domain();
        let millis = u64::try_from(message.date.millis()).unwrap_or_default();
        let mut builder = Message::builder()
            .from(Mailbox::new(Some(SENDER.to_owned()), self.from.clone()))
            .to(Mailbox::new(None, to.clone()))
            .subject(message.subject.as_str())
            .date(SystemTime::UNIX_EPOCH + Duration::from_millis(millis))
            .message_id(Some(format!("<{}@{domain}>", message.message)))
            // RFC 3834: nobody's holiday answers it.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ));
        if let Some(thread) = &message.thread {
            // A message that nobody ever sent, and that all of them answer: they stand together, whichever of them arrives first.
            let root = format!("<{thread}@{domain}>");
            builder = builder.in_reply_to(root.clone()).references(root);
        }
        let parts = MultiPart::alternative_plain_html(message.text.clone(), message.html.clone());
        Ok(builder.multipart(parts)?.formatted())
    }
}

impl Mailer for SmtpMailer {
    fn send<'a>(&'a self, message: &'a Outgoing) -> BoxFuture<'a, Result<String, Failure>> {
        Box::pin(self.hand_over(message))
    }

    fn stop(&self) {
        self.stopped.send_replace(true);
    }
}

/// Whether a refusal after RCPT is the recipient's, now and later. RFC 5321 (4.2.1): the first digit says that the same is not to be
/// tried again, the second one what is spoken of, and 5 is the mail system: whether the mailbox is there and takes mail (550 to 554).
/// Other numbers (500 to 504 for the syntax, 530 and 535 for signing in) are about the two servers. RFC 3463 (3.8): a status of 5.7 is
/// about who may send, such as a relay that is not open to us; it is our setting that is wrong, and the mail is tried again for a day.
fn is_of_recipient(error: &SmtpError) -> bool {
    let is_about_mailboxes = error.status().is_some_and(|code| code.category == Category::MailSystem);
    error.is_permanent() && is_about_mailboxes && !words(error).contains("): 5.7.")
}

fn too_slow(patience: Duration) -> Failure {
    let seconds = patience.as_secs();
    Failure::Passing(format!("The mail server did not answer within {seconds} seconds."))
}

/// Says goodbye to a server that refused something.
async fn part(mut connection: AsyncSmtpConnection) {
    // Whether it answers does not matter any more.
    let _ = timeout(GOODBYE, connection.abort()).await;
}

fn tls_parameters(server: &SmtpServer) -> Result<TlsParameters, SetupError> {
    let mut builder = TlsParameters::builder(server.host.clone());
    if let Some(pem) = &server.authorities {
        let mut found = false;
        for part in pem.split_inclusive("-----END CERTIFICATE-----") {
            if part.contains("-----BEGIN CERTIFICATE-----") {
                builder = builder.add_root_certificate(Certificate::from_pem(part.as_bytes())?);
                found = true;
            }
        }
        if !found {
            return Err(SetupError::NoCertificate);
        }
    }
    Ok(builder.build()?)
}

/// An error and its causes in one line.
fn words(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !said.contains(&more) {
            said = format!("{said}: {more}");
        }
        cause = error.source();
    }
    shortened(said)
}

fn shortened(said: String) -> String {
    let one: String = said.chars().map(|found| if found.is_control() { ' ' } else { found }).collect();
    one.trim().chars().take(LONGEST_ANSWER).collect()
}
