//! The people of the portal, by name.

use crate::app::people::list_users;
use crate::domain::access::Permission;
use crate::domain::user::User;
use crate::ui::answer::{Content, Mood, PageResult};
use crate::ui::form::Form;
use crate::ui::pages::paging;
use crate::ui::parts::{ButtonLink, EmptyState, Face, Icon, Look, Pager, TableBox, Tag};
use crate::ui::time::{Moment, Zone};
use crate::ui::visit::Visit;
use leptos::prelude::*;

/// Lists them; `q` narrows by text, `state` to those who can or cannot sign in.
pub async fn page(visit: Visit) -> PageResult {
    let viewer = visit.viewer()?;
    let (query, zone) = (&visit.query, Zone::of(viewer));
    let typed = query.optional("q")?.unwrap_or_default().to_owned();
    let enabled = match query.optional("state")? {
        Some("enabled") => Some(true),
        Some("disabled") => Some(false),
        _ => None,
    };
    let found = list_users(&visit.app, &viewer.caller, &typed, enabled, paging::after(query), paging::SIZE).await?;
    let may_write = viewer.standing.holds(Permission::WritePeople);
    let list = if found.lines.is_empty() { nobody(&typed, enabled, may_write) } else { table(found.lines, zone) };
    let next = found.next.map(paging::key);
    let view = view! {
        {narrow(query, &typed, enabled)}
        {list}
        <Pager path="/users" query=query.clone() next=next/>
    };
    let content = Content::new("Users", view).under("Manage").lead("Everybody with an account in this portal.");
    Ok(if may_write {
        content.actions(view! { <ButtonLink label="Add a user" href="/users/add" look=Look::Go icon="plus"/> })
    } else {
        content
    })
}

fn narrow(query: &Form, typed: &str, enabled: Option<bool>) -> AnyView {
    let state = |name: &str| {
        let kept = Form::parse(query.encoded_without("after").as_bytes());
        if name.is_empty() { kept.encoded_without("state") } else { kept.encoded_with("state", name) }
    };
    let chip = |label: &'static str, name: &'static str, on: bool| {
        view! { <a class="chip" href=format!("/users?{}", state(name)) aria-current=on.then_some("true")>{label}</a> }
    };
    let chips = [
        chip("All", "", enabled.is_none()),
        chip("Enabled", "enabled", enabled == Some(true)),
        chip("Disabled", "disabled", enabled == Some(false)),
    ];
    let hidden = enabled.map(|enabled| {
        let value = if enabled { "enabled" } else { "disabled" };
        view! { <input type="hidden" name="state" value=value/> }
    });
    view! {
        <div class="bar">
            <form class="search" role="search" method="get" action="/users">
                <Icon name="search"/>
                <input type="search" name="q" value=typed.to_owned() aria-label="Search users by name, user name or mail address" placeholder="Search by name, user name, mail"/>
                {hidden}
            </form>
            <div class="chips">{chips}</div>
        </div>
    }
    .into_any()
}

fn nobody(typed: &str, enabled: Option<bool>, may_write: bool) -> AnyView {
    if typed.is_empty() && enabled != Some(true) {
        let text = "Whoever is disabled keeps their assignments for the day they are enabled again, and stands here until then.";
        return view! { <EmptyState icon="users" title="Nobody is disabled" text=text/> }.into_any();
    }
    let text = match (enabled, may_write) {
        (Some(true), _) => "Nobody who is enabled is called that. Try a part of the name, or look among everybody.",
        (Some(false), _) => "Nobody who is disabled is called that. Try a part of the name, or look among everybody.",
        (None, true) => "Try a part of the name, or add the person.",
        (None, false) => "Try a part of the name.",
    };
    view! {
        <EmptyState icon="search" title="Nobody found" text=text>
            <ButtonLink label="Show everybody" href="/users"/>
        </EmptyState>
    }
    .into_any()
}

fn table(users: Vec<User>, zone: Zone) -> AnyView {
    let rows: Vec<_> = users.into_iter().map(|user| row(user, zone)).collect();
    view! {
        <TableBox label="Users">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Second factor"</th>
                        <th scope="col">"Last sign-in"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </TableBox>
    }
    .into_any()
}

fn row(user: User, zone: Zone) -> AnyView {
    let state = if user.enabled {
        view! { <Tag label="Enabled" mood=Mood::Good/> }
    } else {
        view! { <Tag label="Disabled"/> }
    };
    let factor = if user.second_factor_since.is_some() { "On" } else { "Not set up" };
    let last = user.last_sign_in_at.map_or_else(
        || view! { <span class="muted">"Never"</span> }.into_any(),
        |at| view! { <Moment at=at zone=zone/> }.into_any(),
    );
    view! {
        <tr>
            <th scope="row">
                <div class="who">
                    <Face name=user.display_name.to_string()/>
                    <span>
                        <a href=format!("/users/{}", user.id)>{user.display_name.to_string()}</a>
                        <small>{user.user_principal_name.to_string()}</small>
                    </span>
                </div>
            </th>
            <td data-label="State">{state}</td>
            <td data-label="Second factor">{factor}</td>
            <td data-label="Last sign-in" class="num">{last}</td>
        </tr>
    }
    .into_any()
}
