//! Adding people to a group.

use super::which;
use crate::app::group_members::add_group_members;
use crate::app::people::show_group;
use crate::domain::ids::UserId;
use crate::domain::refusal::Refusal;
use crate::ui::answer::{Content, Fault, Flash, Mood, Outcome, PageResult};
use crate::ui::form::Form;
use crate::ui::islands::Kinds;
use crate::ui::parts::{Button, ButtonLink, Look, Note, Picked, PrincipalField};
use crate::ui::visit::Visit;
use leptos::prelude::*;

/// The field with the people.
const FIELD: &str = "members";

/// Asks whom.
pub async fn page(visit: Visit) -> PageResult {
    let id = which(&visit)?;
    let (group, _) = show_group(&visit.app, visit.caller()?, &id, None, 1).await?;
    let picked = Picked::load(&visit, FIELD, Kinds::Users, &[]).await?;
    let name = group.display_name.to_string();
    let back = format!("/groups/{id}");
    let power = group.role_assignable.then(|| {
        view! { <Note mood=Mood::Wait><p>"This group can hold roles. Whoever you add gets what it holds, at once."</p></Note> }
    });
    let view = view! {
        {power}
        <form class="form" method="post">
            <PrincipalField picked=picked label="People" hint="Members are people; a group is never a member of a group."/>
            <div class="actions">
                <Button label="Add to the group" look=Look::Go/>
                <ButtonLink label="Cancel" href=back.clone()/>
            </div>
        </form>
    };
    Ok(Content::new(format!("Add members to {name}"), view)
        .under("Manage")
        .crumb("Groups", "/groups")
        .crumb(name, back))
}

/// Adds them, unless only a search was asked for.
pub async fn submit(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    if form.has("find") {
        return Ok(Outcome::Again);
    }
    let id = which(&visit)?;
    let users: Result<Vec<UserId>, _> = form.many(FIELD).map(UserId::parse).collect();
    let users = users.map_err(|_| Refusal::MembersAreUsers)?;
    let added = add_group_members(&visit.app, visit.caller()?, &id, &users).await?;
    let words = match added {
        0 => Flash::info("They were members already."),
        1 => Flash::good("1 person is a member now."),
        many => Flash::good(format!("{many} people are members now.")),
    };
    Ok(Outcome::go(format!("/groups/{id}"), words))
}
