//! My requests: what I asked for, and what became of it.

use super::{role_tables::Seen, status};
use crate::{
    app::list_requests::list_my_requests,
    domain::{
        lifecycle::Sought,
        live::Topic,
        request::{Action, Kind},
        time::Span,
    },
    store::request_lists::RequestLine,
    ui::{
        answer::{Content, PageResult},
        islands::LiveRefresh,
        parts::{AFTER, ButtonLink, EmptyState, Look, Pager, TableBox},
        time::{Moment, Zone, short},
        visit::Visit,
    },
};
use leptos::prelude::*;

/// Shows the list, the newest first.
pub async fn page(visit: Visit) -> PageResult {
    let seen = Seen { zone: Zone::of(visit.viewer()?), now: visit.now() };
    let before = visit.query.optional(AFTER)?;
    let found = list_my_requests(&visit.app, visit.caller()?, before, seen.now).await?;
    let next = found.lines.last().filter(|_| found.has_more).map(|line| line.request.id.to_string());
    let content = if found.lines.is_empty() {
        view! {
            <EmptyState icon="my-requests" title="No requests" text="When you activate a role, or ask to extend or renew an assignment, the request appears here with its status.">
                <ButtonLink label="My roles" look=Look::Go href="/my-roles"/>
            </EmptyState>
        }
        .into_any()
    } else {
        table(found.lines, seen)
    };
    let view = view! {
        <LiveRefresh topics="mine"/>
        {content}
        <Pager path="/my-requests" query=visit.query.clone() next=next/>
    };
    Ok(Content::new("My requests", view)
        .under("Tasks")
        .lead("What you asked for, and what became of it.")
        .live(&[Topic::Mine]))
}

fn table(lines: Vec<RequestLine>, seen: Seen) -> AnyView {
    let rows: Vec<_> = lines.into_iter().map(|line| row(line, seen)).collect();
    view! {
        <TableBox label="Your requests">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Role"</th>
                        <th scope="col">"Kind"</th>
                        <th scope="col">"Requested"</th>
                        <th scope="col">"For"</th>
                        <th scope="col">"Status"</th>
                        <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </TableBox>
    }
    .into_any()
}

fn row(line: RequestLine, seen: Seen) -> AnyView {
    let request = &line.request;
    let href = format!("/my-requests/{}", request.id);
    let cancel = request.state.is_pending().then(|| {
        let (href, words) = (format!("{href}/cancel"), format!("Cancel the request for {}", line.role_name));
        view! { <ButtonLink label="Cancel" look=Look::No href=href aria_label=words/> }
    });
    view! {
        <tr>
            <th scope="row"><a href=href>{line.role_name.clone()}</a> <small>{request.justification.clone()}</small></th>
            <td data-label="Kind">{kind(request.action)}</td>
            <td data-label="Requested" class="num"><Moment at=request.created_at zone=seen.zone/></td>
            <td data-label="For" class="num">{wish(&line, seen)}</td>
            <td data-label="Status">{status::standing(&line, seen)}</td>
            <td class="act">{cancel}</td>
        </tr>
    }
    .into_any()
}

/// What was asked for, in a word.
pub fn kind(action: Action) -> &'static str {
    match action {
        Action::SelfActivate => "Activate",
        Action::SelfDeactivate => "Deactivate",
        Action::SelfExtend => "Extend",
        Action::SelfRenew => "Renew",
        Action::AdminAssign => "Assign",
        Action::AdminUpdate => "Update",
        Action::AdminRemove => "Remove",
        Action::AdminExtend => "Extend for somebody",
        Action::AdminRenew => "Renew for somebody",
    }
}

/// How long it was asked for.
pub fn length(line: &RequestLine) -> String {
    line.request.duration_minutes.map(|minutes| short(Span::minutes(minutes))).unwrap_or_default()
}

/// What was wished for: how long and from when, or until when.
pub fn wish(line: &RequestLine, seen: Seen) -> AnyView {
    if Sought::of(line.request.action).is_none() {
        return view! { {length(line)} {starts(line, seen)} }.into_any();
    }
    let kind = match line.request.kind {
        Kind::Eligibility => "eligible assignment",
        Kind::Assignment => "active assignment",
    };
    match line.request.ends_at {
        Some(end) => view! { {format!("until {}", seen.zone.date(end))} <small>{kind}</small> }.into_any(),
        None => view! { "no end proposed" <small>{kind}</small> }.into_any(),
    }
}

/// A wished later start, below the length.
pub fn starts(line: &RequestLine, seen: Seen) -> Option<AnyView> {
    let at = line.request.starts_at?;
    Some(view! { <small>{format!("from {}", seen.zone.near(at, seen.now))}</small> }.into_any())
}
