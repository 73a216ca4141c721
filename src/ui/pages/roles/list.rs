//! The list of roles.

use crate::{
    app::list_roles::{RoleSearch, list_roles},
    domain::{access::Permission, ids::RoleId},
    store::roles::RoleLine,
    ui::{
        answer::{Content, Fault, Mood, PageResult},
        form::Form,
        parts::{AFTER, ButtonLink, EmptyState, Icon, Look, Pager, TableBox, Tag},
        visit::Visit,
    },
};
use leptos::prelude::*;

const PAGE: usize = 50;

/// What the address asks for.
pub fn search(query: &Form) -> Result<RoleSearch, Fault> {
    Ok(RoleSearch {
        typed: query.optional("q")?.unwrap_or_default().to_owned(),
        privileged: query.has("privileged"),
        assigned: query.has("assigned"),
    })
}

/// Every role that can be assigned, with how many have it.
pub async fn page(visit: Visit) -> PageResult {
    let search = search(&visit.query)?;
    let after = visit.query.optional("after")?.and_then(|id| RoleId::parse(id).ok());
    let found = list_roles(&visit.app, visit.caller()?, &search, after.as_ref(), PAGE).await?;
    let standing = &visit.viewer()?.standing;
    let may_write = standing.holds(Permission::WriteAssignments);
    let shows = found.shows_assignments;
    let nothing = found.lines.is_empty();
    let rows: Vec<_> = found.lines.into_iter().map(|line| row(line, shows, may_write)).collect();
    let table = if nothing {
        let text = "Search for a part of a role's name or of what it allows, or show all of them.";
        view! { <EmptyState icon="search" title="No role found" text=text><ButtonLink label="Show all" href="/roles"/></EmptyState> }
            .into_any()
    } else {
        view! {
            <TableBox label="Roles">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"Role"</th>
                            <th scope="col">"Description"</th>
                            {shows.then(|| view! { <th scope="col">"Active now"</th><th scope="col">"Eligible"</th> })}
                            {may_write.then(|| view! { <th scope="col" class="act"><span class="visually-hidden">"Action"</span></th> })}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </TableBox>
        }
        .into_any()
    };
    let view = view! {
        {bar(&visit, &search, shows)}
        {table}
        <Pager path="/roles" query=visit.query.clone() next=found.next.map(|id| id.to_string())/>
    };
    let content = Content::new("Roles", view)
        .under("Manage")
        .lead("What can be assigned. Open a role to see who is eligible and who holds it now.");
    Ok(if may_write {
        content
            .actions(view! { <ButtonLink label="Add assignments" href="/assignments/add" look=Look::Go icon="plus"/> })
    } else {
        content
    })
}

fn row(line: RoleLine, shows: bool, may_write: bool) -> AnyView {
    let RoleLine { role, eligible, active } = line;
    let href = if shows { format!("/roles/{}", role.id) } else { format!("/settings/{}", role.id) };
    let counted = |count: u64, tab: &str, label: &'static str| {
        let inside = if count == 0 {
            view! { <span class="muted">"0"</span> }.into_any()
        } else {
            view! { <a href=format!("/roles/{}?tab={tab}", role.id)>{count.to_string()}</a> }.into_any()
        };
        view! { <td data-label=label class="num">{inside}</td> }
    };
    let counts = shows.then(|| (counted(active, "active", "Active now"), counted(eligible, "eligible", "Eligible")));
    let assign = may_write.then(|| {
        let name = format!("Assign {}", role.display_name);
        let href = format!("/assignments/add?role={}", role.id);
        view! { <td class="act"><a class="btn small" href=href aria-label=name>"Assign"</a></td> }
    });
    view! {
        <tr>
            <th scope="row">
                <a href=href>{role.display_name.clone()}</a>
                {role.is_privileged.then(|| view! { "\u{2002}" <Tag label="Privileged" mood=Mood::Info/> })}
            </th>
            <td>{role.description.clone()}</td>
            {counts}
            {assign}
        </tr>
    }
    .into_any()
}

fn bar(visit: &Visit, search: &RoleSearch, shows: bool) -> AnyView {
    let first = Form::parse(visit.query.encoded_without(AFTER).as_bytes());
    let chip = |label: &'static str, name: &'static str, on: bool| {
        let rest = if on { first.encoded_without(name) } else { first.encoded_with(name, "true") };
        let href = if rest.is_empty() { "/roles".to_owned() } else { format!("/roles?{rest}") };
        view! {
            <a class="chip" href=href aria-current=on.then_some("true")>
                {label} {on.then(|| view! { <Icon name="close"/> <span class="visually-hidden">"remove this filter"</span> })}
            </a>
        }
    };
    let export = format!("/roles.csv?{}", first.encoded());
    let kept = [("privileged", search.privileged), ("assigned", search.assigned)];
    let kept = kept.into_iter().filter(|(_, on)| *on);
    let kept: Vec<_> = kept.map(|(name, _)| view! { <input type="hidden" name=name value="true"/> }).collect();
    view! {
        <div class="bar">
            <form class="search" role="search" method="get" action="/roles">
                {kept}
                <Icon name="search"/>
                <input
                    type="search" name="q" value=search.typed.clone() autocomplete="off"
                    aria-label="Search roles" placeholder="Search by name or description"
                />
            </form>
            <div class="chips">
                {chip("Privileged", "privileged", search.privileged)}
                {shows.then(|| chip("With assignments", "assigned", search.assigned))}
            </div>
            <div class="end">
                <a class="btn" href=export download><Icon name="download"/> "Export CSV"</a>
            </div>
        </div>
    }
    .into_any()
}
