//! The mail server: where it is, how the way there is protected, and as whom mails are sent.

use anyhow::{Context as _, bail};
use serde::Deserialize;
use std::{
    fmt,
    net::IpAddr,
    path::{Path, PathBuf},
};

use crate::domain::address::MailAddress;

/// Every setting of mails, each of which may be left out.
#[derive(clap::Args, Deserialize, Default)]
pub struct MailSettings {
    /// The mail server that takes the portal's mails. Without one nothing is sent, and administrators read the mails in the portal.
    #[arg(long, env = "OSTIARY_SMTP_HOST", global = true, value_name = "NAME")]
    smtp_host: Option<String>,

    /// Its port. Default: 587 with starttls, 465 with tls, 25 with none.
    #[arg(long, env = "OSTIARY_SMTP_PORT", global = true, value_name = "PORT")]
    smtp_port: Option<u16>,

    /// How the way to the mail server is protected. With starttls, a server that does not offer it is not used. Default: starttls.
    #[arg(long, env = "OSTIARY_SMTP_SECURITY", global = true)]
    smtp_security: Option<SmtpSecurity>,

    /// The account on the mail server, when it wants one.
    #[arg(long, env = "OSTIARY_SMTP_USER", global = true, value_name = "NAME")]
    smtp_user: Option<String>,

    /// Its password. Best set by the environment, or kept in a file: other users of the machine can read flags.
    #[arg(long, env = "OSTIARY_SMTP_PASSWORD", global = true, value_name = "PASSWORD", hide_env_values = true)]
    smtp_password: Option<String>,

    /// A file whose first line is the password.
    #[arg(long, env = "OSTIARY_SMTP_PASSWORD_FILE", global = true, value_name = "FILE")]
    smtp_password_file: Option<PathBuf>,

    /// A PEM file with the certificates of authorities that vouch for the mail server, besides the public ones.
    #[arg(long, env = "OSTIARY_SMTP_CA_FILE", global = true, value_name = "FILE")]
    smtp_ca_file: Option<PathBuf>,

    /// Allow mails, and the password, to go unencrypted to a mail server on another machine. Default: false.
    #[arg(long, env = "OSTIARY_ALLOW_PLAIN_SMTP", global = true, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    allow_plain_smtp: Option<bool>,

    /// The address that mails are from, such as pim@example.com.
    #[arg(long, env = "OSTIARY_MAIL_FROM", global = true, value_name = "ADDRESS")]
    mail_from: Option<String>,
}

/// How the way to the mail server is protected.
#[derive(clap::ValueEnum, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum SmtpSecurity {
    /// Encrypted after a greeting in the clear.
    #[default]
    #[value(name = "starttls")]
    StartTls,
    /// Encrypted from the first byte.
    Tls,
    /// Not encrypted; for a mail server on this machine.
    None,
}

/// The mail server, complete and checked.
#[derive(Clone, PartialEq, Eq)]
pub struct MailServer {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way there is protected.
    pub security: SmtpSecurity,
    /// Name and password of the account.
    pub account: Option<(String, String)>,
    /// Certificates of authorities, in PEM.
    pub authorities: Option<String>,
    /// Whom mails are from.
    pub from: MailAddress,
}

impl fmt::Debug for MailServer {
    /// Without the password.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("MailServer").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

impl MailSettings {
    /// These settings, and where one is missing, the other's.
    pub(super) fn or(self, other: Self) -> Self {
        // The two ways to give the password are one setting: the stronger place wins with whichever it has.
        let (smtp_password, smtp_password_file) = match (self.smtp_password, self.smtp_password_file) {
            (None, None) => (other.smtp_password, other.smtp_password_file),
            given => given,
        };
        Self {
            smtp_host: self.smtp_host.or(other.smtp_host),
            smtp_port: self.smtp_port.or(other.smtp_port),
            smtp_security: self.smtp_security.or(other.smtp_security),
            smtp_user: self.smtp_user.or(other.smtp_user),
            smtp_password,
            smtp_password_file,
            smtp_ca_file: self.smtp_ca_file.or(other.smtp_ca_file),
            allow_plain_smtp: self.allow_plain_smtp.or(other.allow_plain_smtp),
            mail_from: self.mail_from.or(other.mail_from),
        }
    }

    /// The mail server, if there is one. Settings that say nothing without the others are refused.
    pub(super) fn resolve(self) -> anyhow::Result<Option<MailServer>> {
        let Some(host) = self.smtp_host.filter(|host| !host.is_empty()) else {
            if self.mail_from.is_some() || self.smtp_user.is_some() || self.smtp_port.is_some() {
                bail!("There are settings for mails, but no mail server. Set --smtp-host, or leave the others out.");
            }
            return Ok(None);
        };
        let Some(from) = self.mail_from else {
            bail!("A mail server is set, but not the address that mails are from. Set --mail-from.");
        };
        let from = MailAddress::parse(&from).with_context(|| format!("the address {from:?} that mails are from"))?;
        let security = self.smtp_security.unwrap_or_default();
        if security == SmtpSecurity::None && !is_this_machine(&host) && !self.allow_plain_smtp.unwrap_or_default() {
            bail!(
                "Mails would go unencrypted to {host}: names, reasons and the password could be read on the way. Use starttls or tls. \
                 If the network is trusted wholly, --allow-plain-smtp true takes that risk."
            );
        }
        let password = match (self.smtp_password, self.smtp_password_file) {
            (Some(_), Some(_)) => {
                bail!("The password for the mail server is set twice. Give it, or its file, but not both.")
            }
            (Some(password), None) => Some(password),
            (None, Some(file)) => Some(first_line(&file)?),
            (None, None) => None,
        };
        let account = match (self.smtp_user, password) {
            (Some(user), Some(password)) => Some((user, password)),
            (None, None) => None,
            (Some(_), None) => bail!("The account on the mail server has no password. Set --smtp-password-file."),
            (None, Some(_)) => bail!("The password for the mail server has no account. Set --smtp-user."),
        };
        let authorities = match self.smtp_ca_file {
            Some(file) => Some(read(&file)?),
            None => None,
        };
        let port = self.smtp_port.unwrap_or(match security {
            SmtpSecurity::StartTls => 587,
            SmtpSecurity::Tls => 465,
            SmtpSecurity::None => 25,
        });
        Ok(Some(MailServer { host, port, security, account, authorities, from }))
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))
}

fn first_line(file: &Path) -> anyhow::Result<String> {
    let text = read(file)?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        bail!("The file {} has no password in its first line.", file.display());
    }
    Ok(line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(toml: &str) -> anyhow::Result<Option<MailServer>> {
        toml::from_str::<MailSettings>(toml)?.resolve()
    }

    #[test]
    fn mails_are_encrypted_unless_somebody_says_otherwise() {
        assert_eq!(read("").unwrap(), None);
        let server = read("smtp_host = 'mx.example.com'\nmail_from = 'pim@example.com'").unwrap().unwrap();
        assert_eq!((server.port, server.security), (587, SmtpSecurity::StartTls));
        let plain = "smtp_host = 'mx.example.com'\nmail_from = 'pim@example.com'\nsmtp_security = 'none'";
        assert!(read(plain).is_err());
        assert!(read(&format!("{plain}\nallow_plain_smtp = true")).is_ok());
        assert!(read(&plain.replace("mx.example.com", "127.0.0.1")).is_ok());
    }

    #[test]
    fn halves_of_settings_are_refused_with_a_sentence() {
        let server = "smtp_host = 'mx.example.com'\nmail_from = 'pim@example.com'\n";
        for (toml, words) in [
            ("mail_from = 'pim@example.com'".to_owned(), "no mail server"),
            ("smtp_host = 'mx.example.com'".to_owned(), "--mail-from"),
            ("smtp_host = 'mx.example.com'\nmail_from = 'pim'".to_owned(), "\"pim\""),
            (format!("{server}smtp_user = 'pim'"), "has no password"),
            (format!("{server}smtp_password = 'x'"), "has no account"),
            (format!("{server}smtp_user = 'pim'\nsmtp_password = 'x'\nsmtp_password_file = 'y'"), "twice"),
            (format!("{server}smtp_user = 'pim'\nsmtp_password_file = '/nowhere/at/all'"), "/nowhere/at/all"),
        ] {
            let error = format!("{:#}", read(&toml).unwrap_err());
            assert!(error.contains(words), "{toml}: {error}");
        }
    }

    #[test]
    fn the_password_stays_out_of_logs() {
        let toml = "smtp_host = 'mx.example.com'\nmail_from = 'pim@example.com'\nsmtp_user = 'pim'\nsmtp_password = 'hush-hush'";
        let server = read(toml).unwrap().unwrap();
        assert_eq!(server.account, Some(("pim".to_owned(), "hush-hush".to_owned())));
        assert!(!format!("{server:?}").contains("hush"));
    }
}
