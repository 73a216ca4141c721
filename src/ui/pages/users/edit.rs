//! Editing a person's names and addresses.

use super::{ProfileFields, typed, whose};
use crate::app::people::show_user;
use crate::app::update_user::{UpdateUser, update_user};
use crate::ui::answer::{Content, Fault, Flash, Mood, Outcome, PageResult};
use crate::ui::form::{Form, FormFault};
use crate::ui::parts::{Button, ButtonLink, Hidden, Look, Note};
use crate::ui::visit::Visit;
use leptos::prelude::*;

/// Shows the fields. When somebody else saved in between, what they saved stands above.
pub async fn page(visit: Visit) -> PageResult {
    let id = whose(&visit)?;
    let (user, _) = show_user(&visit.app, visit.caller()?, &id).await?;
    let name = user.display_name.to_string();
    let is_stale = visit.form.refused().iter().any(|refused| refused.code == "Stale");
    let shown_name = name.clone();
    let (upn, mail) = (user.user_principal_name.to_string(), user.mail.to_string());
    let notified = user.notified_at().to_string();
    let saved = is_stale.then(|| {
        view! {
            <Note mood=Mood::Wait>
                <h3>"What is saved now"</h3>
                <dl class="facts">
                    <dt>"Name"</dt>
                    <dd>{shown_name}</dd>
                    <dt>"User name"</dt>
                    <dd>{upn}</dd>
                    <dt>"Mail address"</dt>
                    <dd>{mail}</dd>
                    <dt>"Notifications"</dt>
                    <dd>{notified}</dd>
                </dl>
            </Note>
        }
    });
    let version = user.version.to_string();
    let back = format!("/users/{id}");
    let view = view! {
        {saved}
        <form class="form" method="post">
            <Hidden name="version" value=version/>
            <ProfileFields user=Some(user)/>
            <div class="actions">
                <Button label="Save" look=Look::Go/>
                <ButtonLink label="Cancel" href=back.clone()/>
            </div>
        </form>
    };
    Ok(Content::new(format!("Edit {name}"), view).under("Manage").crumb("Users", "/users").crumb(name, back))
}

/// Saves.
pub async fn submit(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    let id = whose(&visit)?;
    let version = form.one("version")?.parse().map_err(|_| FormFault::Missing("version"))?;
    update_user(&visit.app, visit.caller()?, UpdateUser { id: &id, version, profile: typed(&form)? }).await?;
    Ok(Outcome::go(format!("/users/{id}"), Flash::good("Saved.")))
}
