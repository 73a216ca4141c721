//! The groups of the portal, by name.

use super::members;
use crate::app::people::{GroupLine, list_groups};
use crate::domain::access::Permission;

use crate::ui::answer::{Content, Mood, PageResult};
use crate::ui::pages::paging;
use crate::ui::parts::{ButtonLink, EmptyState, Icon, Look, Pager, TableBox, Tag};
use crate::ui::visit::Visit;
use leptos::prelude::*;

/// Lists them; `q` narrows by name.
pub async fn page(visit: Visit) -> PageResult {
    let viewer = visit.viewer()?;
    let query = &visit.query;
    let typed = query.optional("q")?.unwrap_or_default().to_owned();
    let found = list_groups(&visit.app, &viewer.caller, &typed, paging::after(query), paging::SIZE).await?;
    let may_write = viewer.standing.holds(Permission::WritePeople);
    let list = if found.lines.is_empty() { none(&typed, may_write) } else { table(found.lines) };
    let next = found.next.map(paging::key);
    let view = view! {
        <div class="bar">
            <form class="search" role="search" method="get" action="/groups">
                <Icon name="search"/>
                <input type="search" name="q" value=typed aria-label="Search groups by name" placeholder="Search by name"/>
            </form>
        </div>
        {list}
        <Pager path="/groups" query=query.clone() next=next/>
    };
    let lead =
        "Groups approve requests. Role-assignable ones can also hold roles, which each member activates on their own.";
    let content = Content::new("Groups", view).under("Manage").lead(lead);
    Ok(if may_write {
        content.actions(view! { <ButtonLink label="Add a group" href="/groups/add" look=Look::Go icon="plus"/> })
    } else {
        content
    })
}

fn none(typed: &str, may_write: bool) -> AnyView {
    if !typed.is_empty() {
        return view! {
            <EmptyState icon="search" title="No group found" text="Try another part of the name.">
                <ButtonLink label="Show all groups" href="/groups"/>
            </EmptyState>
        }
        .into_any();
    }
    let text = "A group lets several people approve the same requests, or hold the same role.";
    if may_write {
        view! {
            <EmptyState icon="groups" title="No groups yet" text=text>
                <ButtonLink label="Add a group" href="/groups/add"/>
            </EmptyState>
        }
        .into_any()
    } else {
        view! { <EmptyState icon="groups" title="No groups yet" text=text/> }.into_any()
    }
}

fn table(lines: Vec<GroupLine>) -> AnyView {
    let rows: Vec<_> = lines.into_iter().map(row).collect();
    view! {
        <TableBox label="Groups">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Members"</th>
                        <th scope="col">"Roles"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </TableBox>
    }
    .into_any()
}

fn row(line: GroupLine) -> AnyView {
    let group = line.group;
    let roles = if group.role_assignable {
        view! { <Tag label="Role-assignable" mood=Mood::Info/> }
    } else {
        view! { <Tag label="Cannot hold roles"/> }
    };
    view! {
        <tr>
            <th scope="row">
                <a href=format!("/groups/{}", group.id)>{group.display_name.to_string()}</a>
                {(!group.description.is_empty()).then(|| view! { <small>{group.description.to_string()}</small> })}
            </th>
            <td data-label="Members" class="num">{members(line.members)}</td>
            <td data-label="Roles">{roles}</td>
        </tr>
    }
    .into_any()
}
