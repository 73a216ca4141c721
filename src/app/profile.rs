//! What a form says about a person: read, and every field that cannot be taken is named.

use super::{App, AppResult, Work, crypto::TypedPassword, normal_form::nfkc, ports::random_bytes};
use crate::{
    domain::{
        address::{MailAddress, UserPrincipalName},
        ids::UserId,
        name::{DisplayName, NameError},
        password,
        refusal::Refusal,
    },
    store::{self, users::Profile},
};
use data_encoding::BASE32_NOPAD;

/// The fields of the form, as typed.
#[derive(Clone, Copy, Debug)]
pub struct TypedProfile<'a> {
    /// `display_name`
    pub display_name: &'a str,
    /// `user_principal_name`
    pub user_principal_name: &'a str,
    /// `mail`; the user principal name when it is empty.
    pub mail: &'a str,
    /// `notification_mail`; none when it is empty.
    pub notification_mail: &'a str,
}

/// The same, taken.
pub(super) struct ReadProfile {
    pub display_name: DisplayName,
    pub user_principal_name: UserPrincipalName,
    pub mail: MailAddress,
    pub notification_mail: Option<MailAddress>,
}

impl ReadProfile {
    pub fn as_profile(&self) -> Profile<'_> {
        Profile {
            display_name: &self.display_name,
            user_principal_name: &self.user_principal_name,
            mail: &self.mail,
            notification_mail: self.notification_mail.as_ref(),
        }
    }
}

/// Reads one field: normal form, no space around it.
pub(super) fn read<T>(
    field: &'static str,
    typed: &str,
    parse: impl FnOnce(&str) -> Result<T, NameError>,
) -> Result<T, Refusal> {
    parse(nfkc(typed).trim()).map_err(|error| error.at(field))
}

/// Reads the form; all that is wrong with it is told at once.
pub(super) fn read_profile(typed: TypedProfile<'_>) -> Result<ReadProfile, Vec<Refusal>> {
    let mail = if typed.mail.trim().is_empty() { typed.user_principal_name } else { typed.mail };
    let display_name = read("display_name", typed.display_name, DisplayName::parse);
    let user_principal_name = read("user_principal_name", typed.user_principal_name, UserPrincipalName::parse);
    let mail = read("mail", mail, MailAddress::parse);
    let notification_mail = read("notification_mail", typed.notification_mail, MailAddress::parse_optional);
    match (display_name, user_principal_name, mail, notification_mail) {
        (Ok(display_name), Ok(user_principal_name), Ok(mail), Ok(notification_mail)) => {
            Ok(ReadProfile { display_name, user_principal_name, mail, notification_mail })
        }
        (display_name, user_principal_name, mail, notification_mail) => {
            let mail = mail.err().filter(|_| user_principal_name.is_ok() || !typed.mail.trim().is_empty());
            let wrong = [display_name.err(), user_principal_name.err(), mail, notification_mail.err()];
            Err(wrong.into_iter().flatten().collect())
        }
    }
}

/// Refused when somebody else signs in with this name.
pub(super) async fn require_free_upn(
    work: &mut Work,
    name: &UserPrincipalName,
    but: Option<&UserId>,
) -> AppResult<Result<(), Refusal>> {
    let taken = store::users::is_upn_taken(&mut work.tx, &name.key(), but).await?;
    Ok(if taken { Err(Refusal::NameTaken { field: "user_principal_name" }) } else { Ok(()) })
}

/// Refused unless the password is good enough for its owner.
pub(super) fn require_good_password(
    password: &TypedPassword,
    name: &DisplayName,
    upn: &UserPrincipalName,
) -> Result<(), Refusal> {
    password::check(password.expose(), name, upn).map_err(|error| Refusal::WeakPassword { sentence: error.to_string() })
}

/// A password for the first sign-in, easy to read out: 100 bits in groups of five letters.
pub(super) fn temporary_password(app: &App) -> TypedPassword {
    let letters: Vec<char> =
        BASE32_NOPAD.encode(&random_bytes::<13>(app.randomness.as_ref())).to_lowercase().chars().take(20).collect();
    let groups: Vec<String> = letters.chunks(5).map(|group| group.iter().collect()).collect();
    TypedPassword::new(&groups.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_wrong_is_told_at_once() {
        let typed = TypedProfile { display_name: " ", user_principal_name: "ada", mail: "", notification_mail: "x" };
        let fields: Vec<_> = read_profile(typed).err().unwrap().iter().map(Refusal::field).collect();
        assert_eq!(fields, [Some("display_name"), Some("user_principal_name"), Some("notification_mail")]);
    }

    #[test]
    fn mail_is_the_sign_in_name_unless_it_is_given() {
        let typed = TypedProfile {
            display_name: " Ada ",
            user_principal_name: "ada@x.example",
            mail: "",
            notification_mail: "",
        };
        let read = read_profile(typed).ok().unwrap();
        assert_eq!((read.display_name.as_str(), read.mail.as_str()), ("Ada", "ada@x.example"));
    }
}
