//! Assignments of all roles.

use super::lines::{self, Lines, PAGE};
use crate::{
    app::list_assignments::list_and_count_assignments,
    domain::{access::Permission, ids::ScheduleId},
    ui::{
        answer::{Content, PageResult},
        parts::{ButtonLink, Look, Pager},
        visit::Visit,
    },
};
use leptos::prelude::*;

/// Who is eligible for what, who holds it, and what ended.
pub async fn page(visit: Visit) -> PageResult {
    let (app, caller) = (&visit.app, visit.caller()?);
    let search = lines::search(&visit.query, None)?;
    let after = visit.query.optional("after")?.and_then(|id| ScheduleId::parse(id).ok());
    let (found, counts) = list_and_count_assignments(app, caller, &search, after.as_ref(), PAGE).await?;
    let table = Lines { visit: &visit, search: &search, add: "/assignments/add".to_owned() }.table(found.lines)?;
    let view = view! {
        {lines::tabs(&visit, search.section, counts)}
        {lines::bar(&visit, &search, "Search by role, person or group")}
        {table}
        <Pager path=visit.path().to_owned() query=visit.query.clone() next=found.next.map(|id| id.to_string())/>
    };
    let content = Content::new("Assignments", view)
        .under("Manage")
        .lead("Who is eligible for which role, who holds one, and what ended in the last 30 days.");
    let may_write = visit.viewer()?.standing.holds(Permission::WriteAssignments);
    Ok(if may_write {
        content
            .actions(view! { <ButtonLink label="Add assignments" href="/assignments/add" look=Look::Go icon="plus"/> })
    } else {
        content
    })
}
