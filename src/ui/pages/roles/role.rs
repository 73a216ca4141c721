//! One role: who is eligible, who holds it, and what ended.

use crate::{
    app::{list_assignments::list_and_count_assignments, list_roles::show_role},
    domain::{
        access::Permission,
        ids::{RoleId, ScheduleId},
        refusal::Refusal,
    },
    ui::{
        answer::{Content, Mood, PageResult},
        pages::assignments::lines::{self, Lines, PAGE},
        parts::{ButtonLink, Look, Pager, Tag},
        visit::Visit,
    },
};
use leptos::prelude::*;

/// The assignments of the role.
pub async fn page(visit: Visit) -> PageResult {
    let (app, caller) = (&visit.app, visit.caller()?);
    let id = RoleId::parse(visit.param("id")?).map_err(|_| Refusal::NotFound("role"))?;
    let role = show_role(app, caller, &id).await?;
    let search = lines::search(&visit.query, Some(&id))?;
    let after = visit.query.optional("after")?.and_then(|id| ScheduleId::parse(id).ok());
    let (found, counts) = list_and_count_assignments(app, caller, &search, after.as_ref(), PAGE).await?;
    let add = format!("/assignments/add?role={id}");
    let table = Lines { visit: &visit, search: &search, add: add.clone() }.table(found.lines)?;
    let view = view! {
        {role.is_privileged.then(|| view! { <p><Tag label="Privileged" mood=Mood::Info/></p> })}
        {lines::tabs(&visit, search.section, counts)}
        {lines::bar(&visit, &search, "Search by person or group")}
        {table}
        <Pager path=visit.path().to_owned() query=visit.query.clone() next=found.next.map(|id| id.to_string())/>
    };
    let may_write = visit.viewer()?.standing.holds(Permission::WriteAssignments);
    let actions = view! {
        <ButtonLink label="Settings" href=format!("/settings/{id}") icon="settings"/>
        {may_write.then(|| view! { <ButtonLink label="Add assignments" href=add look=Look::Go icon="plus"/> })}
    };
    Ok(Content::new(role.display_name, view)
        .under("Manage")
        .crumb("Roles", "/roles")
        .lead(role.description)
        .actions(actions))
}
