//! Signing out of this browser.

use crate::app::end_session::sign_out;
use crate::ui::answer::{Content, Fault, Outcome, PageResult};
use crate::ui::form::Form;
use crate::ui::parts::{Button, ButtonLink, Look};
use crate::ui::visit::Visit;
use leptos::prelude::*;

/// Asks whether to sign out, for those who come here by its address.
pub async fn page(visit: Visit) -> PageResult {
    let who = visit.viewer()?.display_name.clone();
    let view = view! {
        <form class="form" method="post">
            <div class="actions">
                <Button label="Sign out" look=Look::Go/>
                <ButtonLink label="Stay" href="/"/>
            </div>
        </form>
    };
    Ok(Content::new("Sign out?", view).lead(format!("You are signed in as {who}.")).card())
}

/// Ends the session.
pub async fn submit(visit: Visit, _form: Form) -> Result<Outcome, Fault> {
    let viewer = visit.viewer()?;
    sign_out(&visit.app, &viewer.caller, &viewer.session).await?;
    Ok(Outcome::SignedOut { to: "/sign-in?signed-out=true".to_owned() })
}
