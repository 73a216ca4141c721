//! Editing a group's name and description.

use super::which;
use crate::app::create_group::{TypedGroup, UpdateGroup, update_group};
use crate::app::people::show_group;
use crate::ui::answer::{Content, Fault, Flash, Mood, Outcome, PageResult};
use crate::ui::form::{Form, FormFault};
use crate::ui::parts::{Button, ButtonLink, Hidden, Look, Note, TextArea, TextField};
use crate::ui::visit::Visit;
use leptos::prelude::*;

/// Shows the fields. When somebody else saved in between, what they saved stands above.
pub async fn page(visit: Visit) -> PageResult {
    let id = which(&visit)?;
    let (group, _) = show_group(&visit.app, visit.caller()?, &id, None, 1).await?;
    let name = group.display_name.to_string();
    let is_stale = visit.form.refused().iter().any(|refused| refused.code == "Stale");
    let now_saved = (name.clone(), group.description.to_string());
    let saved = is_stale.then(|| {
        view! {
            <Note mood=Mood::Wait>
                <h3>"What is saved now"</h3>
                <dl class="facts">
                    <dt>"Name"</dt>
                    <dd>{now_saved.0}</dd>
                    <dt>"What it is for"</dt>
                    <dd>{now_saved.1}</dd>
                </dl>
            </Note>
        }
    });
    let back = format!("/groups/{id}");
    let kind = if group.role_assignable { "It can hold roles" } else { "It cannot hold roles" };
    let view = view! {
        {saved}
        <form class="form" method="post">
            <Hidden name="version" value=group.version.to_string()/>
            <TextField name="display_name" label="Name" value=name.clone() maxlength=120 required=true/>
            <TextArea name="description" label="What it is for" value=group.description.to_string() optional=true maxlength=1000/>
            <p class="hint">{format!("{kind}; that was decided when it was made and never changes.")}</p>
            <div class="actions">
                <Button label="Save" look=Look::Go/>
                <ButtonLink label="Cancel" href=back.clone()/>
            </div>
        </form>
    };
    Ok(Content::new(format!("Edit {name}"), view).under("Manage").crumb("Groups", "/groups").crumb(name, back))
}

/// Saves.
pub async fn submit(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    let id = which(&visit)?;
    let version = form.one("version")?.parse().map_err(|_| FormFault::Missing("version"))?;
    let typed = TypedGroup {
        display_name: form.one("display_name")?,
        description: form.optional("description")?.unwrap_or_default(),
    };
    update_group(&visit.app, visit.caller()?, UpdateGroup { id: &id, version, typed }).await?;
    Ok(Outcome::go(format!("/groups/{id}"), Flash::good("Saved.")))
}
