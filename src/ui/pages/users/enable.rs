//! Enabling a person again.

use super::whose;
use crate::app::enable_user::enable_user;
use crate::app::people::show_user;
use crate::ui::answer::{Content, Fault, Flash, Outcome, PageResult};
use crate::ui::form::Form;
use crate::ui::parts::Confirm;
use crate::ui::visit::Visit;
use leptos::prelude::*;

/// Asks.
pub async fn page(visit: Visit) -> PageResult {
    let id = whose(&visit)?;
    let name = show_user(&visit.app, visit.caller()?, &id).await?.0.display_name.to_string();
    let back = format!("/users/{id}");
    let view = view! {
        <Confirm question=format!("Enable {name}?") action="Enable" back=back.clone() dangerous=false>
            <p>"They can sign in again with the password and the second factor they had. Every assignment that has not ended works again."</p>
        </Confirm>
    };
    let content = Content::new(format!("Enable {name}"), view).under("Manage").crumb("Users", "/users");
    Ok(content.crumb(name, back).with_summary_inside())
}

/// Does it.
pub async fn submit(visit: Visit, _form: Form) -> Result<Outcome, Fault> {
    let id = whose(&visit)?;
    let caller = visit.caller()?;
    enable_user(&visit.app, caller, &id).await?;
    let name = show_user(&visit.app, caller, &id).await?.0.display_name;
    Ok(Outcome::go(format!("/users/{id}"), Flash::good(format!("{name} can sign in again."))))
}
