//! People: who they are, and what an administrator may do to an account.

use super::{
    address::{MailAddress, UserPrincipalName},
    ids::UserId,
    name::{DisplayName, Text},
    refusal::Refusal,
    request::words,
    time::Instant,
};

/// The colours a person chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the device is set.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

words!(Theme { System = "system", Light = "light", Dark = "dark" });

/// The name of a time zone in the IANA database, such as `Europe/Zurich`. Whether it exists is checked where the database is.
pub type TimeZoneName = Text<64>;

/// A person. Secrets are not in here: a page that shows a person cannot show them by mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Who it is, for good.
    pub id: UserId,
    /// The name on every page.
    pub display_name: DisplayName,
    /// What the person signs in with.
    pub user_principal_name: UserPrincipalName,
    /// Where mail goes.
    pub mail: MailAddress,
    /// Where notifications go instead of `mail`, if somewhere else.
    pub notification_mail: Option<MailAddress>,
    /// False: signed out everywhere, cannot sign in, activate or decide.
    pub enabled: bool,
    /// The zone in which this person reads times; the organisation's when none was chosen.
    pub time_zone: Option<TimeZoneName>,
    /// The colours.
    pub theme: Theme,
    /// An administrator set the password: it has to be replaced at the next sign-in.
    pub must_change_password: bool,
    /// Since when there is a second factor.
    pub second_factor_since: Option<Instant>,
    /// When the account was made.
    pub created_at: Instant,
    /// When the person last signed in.
    pub last_sign_in_at: Option<Instant>,
    /// Grows with each edit: whoever edits says which version they saw.
    pub version: i64,
}

impl User {
    /// Where notifications go.
    pub fn notified_at(&self) -> &MailAddress {
        self.notification_mail.as_ref().unwrap_or(&self.mail)
    }
}

/// Decides whether `actor` may take away or replace what `subject` signs in with, or disable the account. Doing it to oneself is
/// refused: it would sign the actor out or lock them out; a password of one's own is changed under security.
pub fn may_lock_out(actor: &UserId, subject: &UserId) -> Result<(), Refusal> {
    if actor == subject { Err(Refusal::NotOnYourself) } else { Ok(()) }
}

/// Decides whether an edit that began with version `seen` may be saved over version `current`.
pub fn same_version(seen: i64, current: i64) -> Result<(), Refusal> {
    if seen == current { Ok(()) } else { Err(Refusal::Stale) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_locks_themself_out() {
        let ada = UserId::make(Instant::from_millis(1), [1; 10]);
        let bob = UserId::make(Instant::from_millis(1), [2; 10]);
        assert_eq!(may_lock_out(&ada, &ada), Err(Refusal::NotOnYourself));
        assert_eq!(may_lock_out(&ada, &bob), Ok(()));
    }

    #[test]
    fn an_edit_of_an_older_version_is_stale() {
        assert_eq!(same_version(2, 2), Ok(()));
        assert_eq!(same_version(1, 2), Err(Refusal::Stale));
    }
}
