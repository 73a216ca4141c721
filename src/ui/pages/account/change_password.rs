//! Choosing a new password.

use super::{destination, sign_in::proof_first, typed_twice};
use crate::app::change_password::{ChangePassword, change_password};
use crate::app::crypto::TypedPassword;
use crate::domain::password;
use crate::ui::answer::{Content, Fault, Flash, Outcome, PageResult};
use crate::ui::form::Form;
use crate::ui::parts::{Button, ButtonLink, Look, TextField};
use crate::ui::visit::Visit;
use leptos::prelude::*;

/// Asks for the password so far and a new one.
pub async fn page(visit: Visit) -> PageResult {
    let viewer = visit.viewer()?;
    let hint = format!("At least {} characters. Several unrelated words make a good one.", password::MIN);
    let cancel = (!viewer.must_change_password).then(|| view! { <ButtonLink label="Cancel" href="/security"/> });
    let name = viewer.user_principal_name.clone();
    let view = view! {
        <form class="form" method="post">
            // For password managers: whose password it is.
            <input type="text" autocomplete="username" value=name hidden=true readonly=true/>
            <TextField name="current_password" label="Current password" kind="password" autocomplete="current-password" required=true autofocus=true/>
            <TextField name="password" label="New password" hint=hint kind="password" autocomplete="new-password" required=true/>
            <TextField name="password_again" label="New password once more" kind="password" autocomplete="new-password" required=true/>
            <div class="actions">
                <Button label="Change password" look=Look::Go/>
                {cancel}
            </div>
        </form>
    };
    let content = Content::new("Change your password", view).card();
    Ok(if viewer.must_change_password {
        content.lead("Somebody else set your password. Choose one that only you know.")
    } else {
        content.lead("You stay signed in here. All your other sessions end.")
    })
}

/// Changes it, and goes on.
pub async fn submit(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    let viewer = visit.viewer()?;
    let current = TypedPassword::new(form.one("current_password")?);
    let ask = ChangePassword { session: viewer.session.clone(), current, new: typed_twice(&form)? };
    let secret = change_password(&visit.app, &viewer.caller, ask).await?;
    let to = if viewer.must_change_password {
        proof_first(&visit, &viewer.caller.user, viewer.has_second_factor, destination(&visit)).await?
    } else {
        "/security".to_owned()
    };
    let then = Box::new(Outcome::go(to, Flash::good("Your password is changed.")));
    Ok(Outcome::Moved { secret, then })
}
