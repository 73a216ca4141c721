//! Lists as files: the same lines that the page shows, all of them, sent while they are read.

use crate::{
    app::{
        App, Caller,
        list_assignments::{AssignmentSearch, list_assignments},
        list_roles::list_roles,
    },
    domain::{
        csv,
        ids::{RoleId, ScheduleId},
        refusal::Refusal,
        schedule::{AssignmentType, EndReason},
    },
    store::assignment_lines::{AssignmentLine, Section},
    ui::{
        answer::Fault,
        pages::{assignments::lines, roles},
        time::machine,
        visit::Visit,
    },
};
use axum::{
    body::Body,
    http::header,
    response::{IntoResponse as _, Response},
};
use futures::Stream;
use std::io;

/// How many lines are read at once.
const BATCH: usize = 500;

/// `/assignments.csv`: the assignments of one tab, of one role or of all.
pub async fn assignments(visit: Visit) -> Result<Response, Fault> {
    let caller = visit.caller()?.clone();
    let role = match visit.query.optional("role")? {
        Some(id) => Some(RoleId::parse(id).map_err(|_| Refusal::NotFound("page"))?),
        None => None,
    };
    let search = lines::search(&visit.query, role.as_ref())?;
    // Before the first byte: a refusal is an answer, not a broken file.
    list_assignments(&visit.app, &caller, &search, None, 1).await?;
    let name = format!("assignments-{}.csv", lines::word(search.section));
    Ok(file(&name, assignment_text(visit.app, caller, search)))
}

fn assignment_text(app: App, caller: Caller, search: AssignmentSearch) -> impl Stream<Item = io::Result<String>> {
    async_stream::stream! {
        let mut text = csv::head([
            "Role", "Role id", "Name", "Principal name", "Principal id", "Type", "Membership", "State", "Start (UTC)", "End (UTC)",
            "Ended (UTC)", "How it ended",
        ]);
        let mut after: Option<ScheduleId> = None;
        loop {
            let turn = match app.turn_to_read(&caller.user).await {
                Ok(turn) => turn,
                Err(error) => { yield Err(broken(&error)); return; }
            };
            let page = match list_assignments(&app, &caller, &search, after.as_ref(), BATCH).await {
                Ok(page) => page,
                Err(error) => { yield Err(broken(&error)); return; }
            };
            drop(turn);
            for line in &page.lines {
                text.push_str(&assignment_line(line, search.section));
            }
            yield Ok(std::mem::take(&mut text));
            after = page.next;
            if after.is_none() {
                return;
            }
        }
    }
}

fn assignment_line(line: &AssignmentLine, section: Section) -> String {
    let kind = if line.holder.members.is_some() { "Group" } else { "User" };
    let membership = line.through.as_ref().map_or_else(|| "Direct".to_owned(), |group| format!("Group: {group}"));
    let state = match (line.assignment_type, section) {
        (None, _) => "Eligible",
        (Some(_), Section::Expired) => "Active",
        (Some(AssignmentType::Assigned), _) => "Assigned",
        (Some(AssignmentType::Activated), _) => "Activated",
    };
    let how = match line.end_reason {
        Some(EndReason::Expired) => "Expired",
        Some(EndReason::Removed) => "Removed",
        Some(EndReason::Deactivated) => "Deactivated",
        None => "",
    };
    csv::line([
        line.role_name.as_str(),
        line.role.as_str(),
        line.holder.name.as_deref().unwrap_or_default(),
        line.holder.user_principal_name.as_deref().unwrap_or_default(),
        line.holder.id.as_str(),
        kind,
        &membership,
        state,
        &machine(line.term.starts_at),
        &line.term.ends_at.map_or_else(|| "Permanent".to_owned(), machine),
        &line.ended_at.map_or_else(String::new, machine),
        how,
    ])
}

/// `/roles.csv`: the roles of the list.
pub async fn roles(visit: Visit) -> Result<Response, Fault> {
    let text = role_text(&visit).await?;
    Ok(file("roles.csv", futures::stream::iter([Ok(text)])))
}

/// The catalogue is small: it is read whole.
async fn role_text(visit: &Visit) -> Result<String, Fault> {
    let search = roles::list::search(&visit.query)?;
    let caller = visit.caller()?;
    let found = list_roles(&visit.app, caller, &search, None, BATCH).await?;
    let shows = found.shows_assignments;
    let mut text = csv::head(["Role", "Role id", "Privileged", "Description", "Active now", "Eligible"]);
    for line in &found.lines {
        let counted = |count: u64| if shows { count.to_string() } else { String::new() };
        text.push_str(&csv::line([
            line.role.display_name.as_str(),
            line.role.id.as_str(),
            if line.role.is_privileged { "yes" } else { "no" },
            &line.role.description,
            &counted(line.active),
            &counted(line.eligible),
        ]));
    }
    Ok(text)
}

/// A file to keep.
fn file(name: &str, text: impl Stream<Item = io::Result<String>> + Send + 'static) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, Body::from_stream(text)).into_response()
}

/// The file breaks off, so that nobody takes it for whole; the log says why.
fn broken(error: &crate::app::AppError) -> io::Error {
    tracing::error!(error = error as &dyn std::error::Error, "an export broke off");
    io::Error::other("the export broke off")
}
