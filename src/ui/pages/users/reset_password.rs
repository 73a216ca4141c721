//! Giving a person a password for one sign-in.

use super::{password_once, whose};
use crate::app::administrators::warn_of_loss;
use crate::app::people::show_user;
use crate::app::reset_password::reset_password;
use crate::domain::administrators::Loss;
use crate::ui::answer::{Content, Fault, Outcome, PageResult};
use crate::ui::form::Form;
use crate::ui::pages::sure;
use crate::ui::parts::Confirm;
use crate::ui::visit::Visit;
use leptos::prelude::*;

/// Asks.
pub async fn page(visit: Visit) -> PageResult {
    let id = whose(&visit)?;
    let name = show_user(&visit.app, visit.caller()?, &id).await?.0.display_name.to_string();
    let warning = warn_of_loss(&visit.app, visit.caller()?, Loss::Password(&id)).await?;
    let back = format!("/users/{id}");
    let view = view! {
        <Confirm question=format!("Reset the password of {name}?") action="Reset password" back=back.clone()>
            <p>"The password they have stops working, and they are signed out everywhere. You are shown a new one, once; they replace it at their next sign-in. The second factor stays."</p>
            {sure::ask(warning.as_ref())}
        </Confirm>
    };
    let content = Content::new("Reset password", view).under("Manage").crumb("Users", "/users");
    Ok(content.crumb(name, back).with_summary_inside())
}

/// Does it, and shows the new password.
pub async fn submit(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    let id = whose(&visit)?;
    let caller = visit.caller()?;
    sure::require(&form, warn_of_loss(&visit.app, caller, Loss::Password(&id)).await)?;
    let password = reset_password(&visit.app, caller, &id).await?;
    let name = show_user(&visit.app, caller, &id).await?.0.display_name;
    Ok(Outcome::show(password_once(name.as_str(), &password, &id)))
}
