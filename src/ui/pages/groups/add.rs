//! Adding a group.

use crate::app::create_group::{TypedGroup, create_group};
use crate::ui::answer::{Content, Fault, Flash, Outcome, PageResult};
use crate::ui::form::{Form, FormFault};
use crate::ui::parts::{Button, ButtonLink, Choice, Choices, Look, TextArea, TextField};
use crate::ui::visit::Visit;
use leptos::prelude::*;

/// Asks for the name, and whether it can hold roles.
pub async fn page(_visit: Visit) -> PageResult {
    let choices = vec![
        Choice::new("no", "It cannot hold roles").hint("Its members can be named together as approvers."),
        Choice::new("yes", "It can hold roles")
            .hint("Every member is eligible for, or holds, the roles that the group is assigned."),
    ];
    let view = view! {
        <form class="form" method="post">
            <TextField name="display_name" label="Name" maxlength=120 required=true autofocus=true/>
            <TextArea name="description" label="What it is for" optional=true maxlength=1000/>
            <Choices name="role_assignable" legend="Roles" choices=choices value="no" hint="This is decided now and never changes: nobody can turn an ordinary group into one with power later."/>
            <div class="actions">
                <Button label="Add the group" look=Look::Go/>
                <ButtonLink label="Cancel" href="/groups"/>
            </div>
        </form>
    };
    Ok(Content::new("Add a group", view).under("Manage").crumb("Groups", "/groups"))
}

/// Adds it; members come next.
pub async fn submit(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    let typed = TypedGroup {
        display_name: form.one("display_name")?,
        description: form.optional("description")?.unwrap_or_default(),
    };
    let role_assignable = match form.one("role_assignable")? {
        "yes" => true,
        "no" => false,
        _ => return Err(FormFault::Missing("role_assignable").into()),
    };
    let id = create_group(&visit.app, visit.caller()?, typed, role_assignable).await?;
    Ok(Outcome::go(format!("/groups/{id}"), Flash::good("The group is there. It has no members yet.")))
}
