//! Everybody's waiting requests, for those who administer; and cancelling one.

use super::{
    LONGEST_REASON, approve_requests::ticket, my_requests, reason, request_of_path, role_tables::Seen, status,
};
use crate::{
    app::{cancel_request::cancel_request, list_requests::list_waiting_requests, show_request::show_waiting_request},
    domain::live::Topic,
    store::request_lists::RequestLine,
    ui::{
        answer::{Content, Fault, Flash, Outcome, PageResult},
        form::Form,
        islands::LiveRefresh,
        parts::{AFTER, ButtonLink, Confirm, EmptyState, Look, Pager, TableBox, TextArea},
        time::{Zone, short},
        visit::Visit,
    },
};
use leptos::prelude::*;

const LIST: &str = "/requests";

/// Shows the list, the oldest first.
pub async fn page(visit: Visit) -> PageResult {
    let seen = Seen { zone: Zone::of(visit.viewer()?), now: visit.now() };
    let found = list_waiting_requests(&visit.app, visit.caller()?, visit.query.optional(AFTER)?, seen.now).await?;
    let next = found.lines.last().filter(|_| found.has_more).map(|line| line.request.id.to_string());
    let content = if found.lines.is_empty() {
        view! {
            <EmptyState icon="wait" title="No request waits" text="Requests that wait for an approver or an administrator are listed here, whoever made them."/>
        }
        .into_any()
    } else {
        table(found.lines, seen)
    };
    let view = view! {
        <LiveRefresh topics="requests"/>
        {content}
        <Pager path=LIST query=visit.query.clone() next=next/>
    };
    let lead =
        "Everybody's requests that wait, the oldest first. You can cancel them; approving is up to the approvers.";
    Ok(Content::new("Waiting requests", view)
        .under("Tasks")
        .crumb("Approve requests", "/approve-requests")
        .lead(lead)
        .live(&[Topic::Requests]))
}

fn table(lines: Vec<RequestLine>, seen: Seen) -> AnyView {
    let rows: Vec<_> = lines
        .into_iter()
        .map(|line| {
            let request = &line.request;
            let href = format!("{LIST}/{}/cancel", request.id);
            let words = format!("Cancel the request of {} for {}", line.requestor, line.role_name);
            view! {
                <tr>
                    <th scope="row">
                        <a href=format!("/approve-requests/{}", request.id)>{line.requestor.clone()}</a>
                        <small>{request.justification.clone()}</small>
                        {ticket(&line).map(|ticket| view! { <small>{ticket}</small> })}
                    </th>
                    <td data-label="Role">{line.role_name.clone()}</td>
                    <td data-label="Kind" class="num">{my_requests::kind(request.action)}</td>
                    <td data-label="For" class="num">{my_requests::wish(&line, seen)}</td>
                    <td data-label="Waiting" class="num">{short(seen.now.since(request.created_at))}</td>
                    <td data-label="Status">{status::standing(&line, seen)}</td>
                    <td class="act"><ButtonLink label="Cancel" look=Look::No href=href aria_label=words/></td>
                </tr>
            }
        })
        .collect();
    view! {
        <TableBox label="Everybody's waiting requests">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Who and why"</th>
                        <th scope="col">"Role"</th>
                        <th scope="col">"Kind"</th>
                        <th scope="col">"For"</th>
                        <th scope="col">"Waiting"</th>
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

/// Asks whether to cancel it.
pub async fn cancel_page(visit: Visit) -> PageResult {
    let line = show_waiting_request(&visit.app, visit.caller()?, &request_of_path(&visit)?, visit.now()).await?;
    let question = format!("Cancel the request of {} for {}?", line.requestor, line.role_name);
    let view = view! {
        <Confirm question=question action="Cancel request" back=LIST keep="Keep it">
            <p>"Nobody can approve it any more, and nothing is granted. Its requestor and the approvers are told."</p>
            <TextArea name="justification" label="Reason" hint="It is recorded." optional=true maxlength=LONGEST_REASON/>
        </Confirm>
    };
    let content = Content::new("Cancel request", view).under("Tasks").crumb("Approve requests", "/approve-requests");
    Ok(content.crumb("Waiting requests", LIST).with_summary_inside())
}

/// Cancels it.
pub async fn cancel(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    let id = request_of_path(&visit)?;
    let line = show_waiting_request(&visit.app, visit.caller()?, &id, visit.now()).await?;
    cancel_request(&visit.app, visit.caller()?, &id, reason(&form, "justification")?.as_str()).await?;
    let sentence = format!("The request of {} for {} is canceled.", line.requestor, line.role_name);
    Ok(Outcome::go(LIST, Flash::good(sentence)))
}
