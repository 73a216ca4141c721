//! People: who there is, and what an administrator does to an account.

pub mod add;
pub mod details;
pub mod disable;
pub mod edit;
pub mod enable;
pub mod list;
pub mod reset_password;
pub mod reset_second_factor;
pub mod sessions;

use crate::app::profile::TypedProfile;
use crate::domain::ids::UserId;
use crate::domain::refusal::Refusal;
use crate::domain::user::User;
use crate::ui::answer::{Content, Fault, Mood};
use crate::ui::form::{Form, FormFault};
use crate::ui::parts::{ButtonLink, Look, Note, TextField};
use crate::ui::visit::Visit;
use leptos::prelude::*;

/// The person whose page this is.
fn whose(visit: &Visit) -> Result<UserId, Fault> {
    Ok(UserId::parse(visit.param("id")?).map_err(|_| Refusal::NotFound("user"))?)
}

/// The fields of a person, as they were typed.
fn typed(form: &Form) -> Result<TypedProfile<'_>, FormFault> {
    Ok(TypedProfile {
        display_name: form.one("display_name")?,
        user_principal_name: form.one("user_principal_name")?,
        mail: form.optional("mail")?.unwrap_or_default(),
        notification_mail: form.optional("notification_mail")?.unwrap_or_default(),
    })
}

/// The fields of a person, filled with what is there.
#[component]
fn ProfileFields(
    /// The person, when there is one already.
    #[prop(optional_no_strip)]
    user: Option<User>,
) -> impl IntoView {
    let (name, upn, mail, notified) = user.map_or_else(Default::default, |user| {
        let notified = user.notification_mail.map(|mail| mail.to_string()).unwrap_or_default();
        (user.display_name.to_string(), user.user_principal_name.to_string(), user.mail.to_string(), notified)
    });
    view! {
        <TextField name="display_name" label="Name" value=name maxlength=120 required=true/>
        <TextField name="user_principal_name" label="User name" hint="What the person signs in with, such as ada@example.com" value=upn maxlength=113 required=true inputmode="email"/>
        <TextField name="mail" label="Mail address" hint="The user name, if it is empty" value=mail optional=true maxlength=254 inputmode="email"/>
        <TextField name="notification_mail" label="Address for notifications" hint="For accounts whose mailbox nobody reads every day" value=notified optional=true maxlength=254 inputmode="email"/>
    }
}

/// The document with a password that was made. It is answered once and never again.
fn password_once(name: &str, password: &str, id: &UserId) -> Content {
    let view = view! {
        <Note mood=Mood::Wait>
            <p><b>"This password is shown once."</b> " Hand it over in person or by a way you trust. It is good for one sign-in: the first thing asked for is a password of their own."</p>
        </Note>
        <section class="card" aria-label="What to hand over">
            <dl class="facts">
                <dt>"Person"</dt>
                <dd>{name.to_owned()}</dd>
                <dt>"Password"</dt>
                <dd><code class="keep">{password.to_owned()}</code></dd>
            </dl>
        </section>
        <div class="actions"><ButtonLink label="Done" href=format!("/users/{id}") look=Look::Go/></div>
    };
    Content::new(format!("Password for {name}"), view).under("Manage").crumb("Users", "/users")
}
