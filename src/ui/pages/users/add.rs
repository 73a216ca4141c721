//! Adding a person.

use super::{ProfileFields, password_once, typed};
use crate::app::create_user::{CreateUser, create_user};
use crate::ui::answer::{Content, Fault, Flash, Outcome, PageResult};
use crate::ui::form::Form;
use crate::ui::parts::{Button, ButtonLink, Look};
use crate::ui::visit::Visit;
use leptos::prelude::*;

/// Asks who.
pub async fn page(_visit: Visit) -> PageResult {
    let view = view! {
        <form class="form" method="post">
            <ProfileFields/>
            <p class="hint">"A password for the first sign-in is made for you and shown once. A new person holds no role until somebody assigns one."</p>
            <div class="actions">
                <Button label="Add the user" look=Look::Go/>
                <ButtonLink label="Cancel" href="/users"/>
            </div>
        </form>
    };
    Ok(Content::new("Add a user", view).under("Manage").crumb("Users", "/users"))
}

/// Adds them, and shows the password.
pub async fn submit(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    let ask = CreateUser { profile: typed(&form)?, password: None };
    let name = ask.profile.display_name.trim().to_owned();
    let created = create_user(&visit.app, visit.caller()?, ask).await?;
    Ok(match created.temporary_password {
        Some(password) => Outcome::show(password_once(&name, &password, &created.id)),
        None => Outcome::go(format!("/users/{}", created.id), Flash::good(format!("{name} can sign in now."))),
    })
}
