//! What belongs to one's own account: coming in, proving who one is, and looking after both.

pub mod change_password;
pub mod preferences;
pub mod recover;
pub mod recovered;
pub mod recovery_codes;
pub mod second_factor;
pub mod security;
pub mod set_up;
pub mod sign_in;
pub mod sign_out;
pub mod verify;

use crate::app::crypto::TypedPassword;
use crate::domain::refusal::Refusal;
use crate::ui::answer::Fault;
use crate::ui::form::Form;
use crate::ui::visit::{Visit, local_path};

/// Pages that only stand between a person and where they want to go: nobody wants to come back to them.
const PASSED_THROUGH: [&str; 7] =
    ["/sign-in", "/sign-out", "/verify", "/change-password", "/set-up", "/recover", "/recovered"];

/// Where the person was going before the portal asked who they are.
pub fn destination(visit: &Visit) -> String {
    let asked = visit.query.many("to").next().and_then(local_path).unwrap_or("/");
    let path = asked.split(['?', '#']).next().unwrap_or_default();
    if PASSED_THROUGH.contains(&path) { "/".to_owned() } else { asked.to_owned() }
}

/// The path of a page that goes on to `to` when it is done.
fn on_the_way(path: &str, to: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("to", to).finish();
    format!("{path}?{query}")
}

/// A new password that was typed twice: once to choose it, once against slips.
fn typed_twice(form: &Form) -> Result<TypedPassword, Fault> {
    let password = form.one("password")?;
    if password == form.one("password_again")? {
        Ok(TypedPassword::new(password))
    } else {
        let sentence = "This is not what you typed above. Type the new password the same way twice.".to_owned();
        Err(Refusal::Unreadable { field: "password_again", sentence }.into())
    }
}
