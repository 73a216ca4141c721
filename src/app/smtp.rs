//! The mailer that speaks SMTP. The one place that names lettre.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use futures::future::BoxFuture;
use lettre::address::{AddressError, Envelope};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, Message};
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
    /// How long one message may take in all.
    pub patience: Duration,
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
/// How long one message may take in all, usually. Far shorter than a claim.
pub const PATIENCE: Duration = Duration::from_secs(30);
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
        Ok(Self { server, tls, from, name, kept: Mutex::default() })
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
        let envelope = Envelope::new(Some(self.from.clone()), vec![to]).map_err(|error| unfit(&error))?;
        // What goes wrong before the message is spoken of is never the message's fault, whatever the number of the answer: a
        // password that has changed must not fail a day's mails for good.
        let mut connection = self.connection().await.map_err(|error| Failure::Passing(words(&error)))?;
        match connection.send(&envelope, &document).await {
            Ok(answer) => {
                self.keep(connection);
                let said = answer.message().collect::<Vec<_>>().join(" ");
                Ok(shortened(format!("{} {said}", answer.code())))
            }
            Err(error) if error.is_permanent() => Err(Failure::Final(words(&error))),
            Err(error) => Err(Failure::Passing(words(&error))),
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
        Box::pin(async move {
            let handed = timeout(self.server.patience, self.hand_over(message)).await;
            handed.unwrap_or_else(|_| {
                let seconds = self.server.patience.as_secs();
                Err(Failure::Passing(format!("The mail server did not take the message within {seconds} seconds.")))
            })
        })
    }
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
