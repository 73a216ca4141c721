//! Taking a person out of a group.

use super::which;
use crate::app::administrators::warn_of_loss;
use crate::app::group_members::remove_group_member;
use crate::app::people::{show_group, show_user};
use crate::domain::administrators::Loss;
use crate::domain::ids::UserId;
use crate::domain::refusal::Refusal;
use crate::ui::answer::{Content, Fault, Flash, Outcome, PageResult};
use crate::ui::form::Form;
use crate::ui::pages::sure;
use crate::ui::parts::Confirm;
use crate::ui::visit::Visit;
use leptos::prelude::*;

fn who(visit: &Visit) -> Result<UserId, Fault> {
    Ok(UserId::parse(visit.param("user")?).map_err(|_| Refusal::NotFound("membership"))?)
}

/// Asks.
pub async fn page(visit: Visit) -> PageResult {
    let (id, user) = (which(&visit)?, who(&visit)?);
    let (group, _) = show_group(&visit.app, visit.caller()?, &id, None, 1).await?;
    let (user, groups) = show_user(&visit.app, visit.caller()?, &user).await?;
    if !groups.iter().any(|found| found.id == id) {
        return Err(Refusal::NotFound("membership").into());
    }
    let warning = warn_of_loss(&visit.app, visit.caller()?, Loss::Membership { user: &user.id, group: &id }).await?;
    let (name, group_name) = (user.display_name.to_string(), group.display_name.to_string());
    let back = format!("/groups/{id}");
    let what = if group.role_assignable {
        "What they have activated through this group ends now, requests that rest on it are withdrawn, and roles that the group holds actively are theirs no longer."
    } else {
        "They no longer decide requests as a member of this group."
    };
    let view = view! {
        <Confirm question=format!("Remove {name} from {group_name}?") action="Remove" back=back.clone()>
            <p>{what}</p>
            {sure::ask(warning.as_ref())}
        </Confirm>
    };
    let content = Content::new("Remove a member", view).under("Manage").crumb("Groups", "/groups");
    Ok(content.crumb(group_name, back).with_summary_inside())
}

/// Does it.
pub async fn submit(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    let (id, user) = (which(&visit)?, who(&visit)?);
    let loss = Loss::Membership { user: &user, group: &id };
    sure::require(&form, warn_of_loss(&visit.app, visit.caller()?, loss).await)?;
    remove_group_member(&visit.app, visit.caller()?, &id, &user).await?;
    Ok(Outcome::go(format!("/groups/{id}"), Flash::good("They are no member any more.")))
}
