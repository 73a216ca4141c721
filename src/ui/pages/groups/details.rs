//! One group: who is in it, and what it holds.

use super::which;
use crate::app::list_holdings::list_holdings;
use crate::app::people::{Member, Page, show_group};
use crate::domain::access::Permission;
use crate::domain::group::Group;

use crate::ui::answer::{Content, Mood, PageResult};
use crate::ui::pages::{holdings, paging};
use crate::ui::parts::{ButtonLink, EmptyState, Face, Look, Pager, TableBox, Tag};
use crate::ui::time::{Moment, Zone};
use crate::ui::visit::Visit;
use leptos::prelude::*;

/// Shows the group.
pub async fn page(visit: Visit) -> PageResult {
    let viewer = visit.viewer()?;
    let id = which(&visit)?;
    let zone = Zone::of(viewer);
    let after = paging::after(&visit.query);
    let (group, members) = show_group(&visit.app, &viewer.caller, &id, after, paging::SIZE).await?;
    let held = list_holdings(&visit.app, &viewer.caller, &(&id).into()).await?;
    let may_write = viewer.standing.holds(Permission::WritePeople);
    let path = format!("/groups/{id}");
    let next = members.next.clone().map(paging::key);
    let roles = group.role_assignable.then(|| holdings::card(held, "The group holds", false, zone, visit.now()));
    let view = view! {
        <div class="two">
            <div class="stack">
                {members_card(&group, members, may_write, zone)}
                <Pager path=path.clone() query=visit.query.clone() next=next/>
                {roles}
            </div>
            <aside class="stack" aria-label="About the group">{facts(&group, zone)}</aside>
        </div>
    };
    let actions = may_write.then(|| {
        view! {
            <ButtonLink label="Edit" href=format!("{path}/edit") icon="edit"/>
            <ButtonLink label="Add members" href=format!("{path}/members") look=Look::Go icon="plus"/>
        }
    });
    let content = Content::new(group.display_name.to_string(), view).under("Manage").crumb("Groups", "/groups");
    let content = if group.description.is_empty() { content } else { content.lead(group.description.to_string()) };
    Ok(match actions {
        Some(actions) => content.actions(actions),
        None => content,
    })
}

fn facts(group: &Group, zone: Zone) -> AnyView {
    let (label, mood, words) = if group.role_assignable {
        ("Role-assignable", Some(Mood::Info), "Decided when it was made")
    } else {
        ("Cannot hold roles", None, "Decided when it was made; it can approve")
    };
    let tag = mood.map_or_else(|| view! { <Tag label=label/> }, |mood| view! { <Tag label=label mood=mood/> });
    view! {
        <section class="card" aria-labelledby="facts-heading">
            <div class="h"><h2 id="facts-heading">"About"</h2></div>
            <dl class="facts">
                <dt>"Roles"</dt>
                <dd>{tag} <small>{words}</small></dd>
                <dt>"Created"</dt>
                <dd><Moment at=group.created_at zone=zone/></dd>
            </dl>
        </section>
    }
    .into_any()
}

fn members_card(group: &Group, members: Page<Member>, may_write: bool, zone: Zone) -> AnyView {
    let id = group.id.clone();
    let body = if members.lines.is_empty() {
        let text = "People are added here by name. A group without members approves nothing and gives nobody a role.";
        view! { <EmptyState icon="users" title="Nobody is in this group" text=text/> }.into_any()
    } else {
        let rows: Vec<_> = members
            .lines
            .into_iter()
            .map(|member| {
                let remove = may_write.then(|| {
                    let href = format!("/groups/{id}/members/{}/remove", member.id);
                    let name = format!("Remove {}", member.display_name);
                    view! { <td class="act"><ButtonLink label="Remove" href=href aria_label=name look=Look::No/></td> }
                });
                row(member, remove.into_any(), zone)
            })
            .collect();
        view! {
            <TableBox label="Members">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"Name"</th>
                            <th scope="col">"State"</th>
                            <th scope="col">"Member since"</th>
                            {may_write.then(|| view! { <th scope="col" class="act"><span class="visually-hidden">"Action"</span></th> })}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </TableBox>
        }
        .into_any()
    };
    view! {
        <section class="card" aria-labelledby="members-heading">
            <div class="h"><h2 id="members-heading">"Members"</h2></div>
            {body}
        </section>
    }
    .into_any()
}

fn row(member: Member, remove: AnyView, zone: Zone) -> AnyView {
    let name = member.display_name.to_string();
    let state = if member.enabled {
        view! { <Tag label="Enabled" mood=Mood::Good/> }
    } else {
        view! { <Tag label="Disabled"/> }
    };
    view! {
        <tr>
            <th scope="row">
                <div class="who">
                    <Face name=name.clone()/>
                    <span>
                        <a href=format!("/users/{}", member.id)>{name}</a>
                        <small>{member.user_principal_name}</small>
                    </span>
                </div>
            </th>
            <td data-label="State">{state}</td>
            <td data-label="Member since" class="num"><Moment at=member.added_at zone=zone/></td>
            {remove}
        </tr>
    }
    .into_any()
}
