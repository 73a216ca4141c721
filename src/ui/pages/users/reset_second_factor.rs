//! Taking away a second factor that was lost.

use super::whose;
use crate::app::administrators::warn_of_loss;
use crate::app::people::show_user;
use crate::app::reset_second_factor::reset_second_factor;
use crate::domain::administrators::Loss;
use crate::ui::answer::{Content, Fault, Flash, Outcome, PageResult};
use crate::ui::form::Form;
use crate::ui::pages::sure;
use crate::ui::parts::Confirm;
use crate::ui::visit::Visit;
use leptos::prelude::*;

/// Asks.
pub async fn page(visit: Visit) -> PageResult {
    let id = whose(&visit)?;
    let name = show_user(&visit.app, visit.caller()?, &id).await?.0.display_name.to_string();
    let warning = warn_of_loss(&visit.app, visit.caller()?, Loss::SecondFactor(&id)).await?;
    let back = format!("/users/{id}");
    let view = view! {
        <Confirm question=format!("Reset the second factor of {name}?") action="Reset second factor" back=back.clone()>
            <p>"The authenticator and the recovery codes they have stop working, and they are signed out everywhere. With the password alone they set up a new one, so make sure that it is really them who asks."</p>
            {sure::ask(warning.as_ref())}
        </Confirm>
    };
    let content = Content::new("Reset second factor", view).under("Manage").crumb("Users", "/users");
    Ok(content.crumb(name, back).with_summary_inside())
}

/// Does it.
pub async fn submit(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    let id = whose(&visit)?;
    let caller = visit.caller()?;
    sure::require(&form, warn_of_loss(&visit.app, caller, Loss::SecondFactor(&id)).await)?;
    reset_second_factor(&visit.app, caller, &id).await?;
    let name = show_user(&visit.app, caller, &id).await?.0.display_name;
    Ok(Outcome::go(
        format!("/users/{id}"),
        Flash::good(format!("{name} sets up a new second factor when they need one.")),
    ))
}
