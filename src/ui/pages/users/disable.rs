//! Disabling a person, after saying what that does.

use super::whose;
use crate::app::administrators::warn_of_loss;
use crate::app::disable_user::disable_user;
use crate::app::list_holdings::{Loss as Ending, preview_disabling};
use crate::app::people::show_user;
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
    let loss = preview_disabling(&visit.app, visit.caller()?, &id).await?;
    let warning = warn_of_loss(&visit.app, visit.caller()?, Loss::Person(&id)).await?;
    let name = loss.user.display_name.to_string();
    let back = format!("/users/{id}");
    let what: Vec<_> = consequences(&loss).into_iter().map(|line| view! { <li>{line}</li> }).collect();
    let view = view! {
        <Confirm question=format!("Disable {name}?") action="Disable" back=back.clone()>
            <div class="prose"><ul>{what}</ul></div>
            {sure::ask(warning.as_ref())}
        </Confirm>
    };
    let content = Content::new(format!("Disable {name}"), view).under("Manage").crumb("Users", "/users");
    Ok(content.crumb(name, back).with_summary_inside())
}

/// What will happen, in plain words.
fn consequences(loss: &Ending) -> Vec<String> {
    let signed_in = match loss.sessions {
        0 => "They cannot sign in any more, activate a role or decide a request.".to_owned(),
        1 => "They are signed out of 1 session at once, and cannot sign in, activate a role or decide a request."
            .to_owned(),
        many => format!(
            "They are signed out of {many} sessions at once, and cannot sign in, activate a role or decide a request."
        ),
    };
    let activated = match loss.activated.as_slice() {
        [] => None,
        roles => Some(format!("What they have activated ends now: {}.", roles.join(", "))),
    };
    let waiting = match loss.waiting {
        0 => None,
        1 => Some("Their waiting request is withdrawn.".to_owned()),
        many => Some(format!("Their {many} waiting requests are withdrawn.")),
    };
    let stays = "What they were assigned stays, for the day they are enabled again.".to_owned();
    [Some(signed_in), activated, waiting, Some(stays)].into_iter().flatten().collect()
}

/// Does it.
pub async fn submit(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    let id = whose(&visit)?;
    let caller = visit.caller()?;
    sure::require(&form, warn_of_loss(&visit.app, caller, Loss::Person(&id)).await)?;
    disable_user(&visit.app, caller, &id).await?;
    let name = show_user(&visit.app, caller, &id).await?.0.display_name;
    Ok(Outcome::go(format!("/users/{id}"), Flash::good(format!("{name} is disabled and signed out everywhere."))))
}
