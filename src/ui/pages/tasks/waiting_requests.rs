//! Everybody's waiting requests by age, for those who administer: which of them nobody will ever decide, and cancelling one or several.

use super::{
    LONGEST_REASON, approve_requests::ticket, my_requests, reason, request_of_path, role_tables::Seen, status, together,
};
use crate::{
    app::{
        AppError, cancel_request::cancel_request, list_requests::list_waiting_requests,
        show_request::show_waiting_request,
    },
    domain::{
        ids::RequestId,
        live::Topic,
        refusal::Refusal,
        reminder::{STALE_AFTER, is_stale},
    },
    store::request_lists::RequestLine,
    ui::{
        answer::{Content, Fault, Flash, Mood, Outcome, PageResult},
        form::Form,
        islands::{CharCount, LiveRefresh, PickAll},
        parts::{AFTER, Button, ButtonLink, Confirm, EmptyState, Look, Note, Pager, TableBox, Tag, TextArea, Tick},
        time::{Zone, short},
        visit::Visit,
    },
};
use leptos::prelude::*;

const LIST: &str = "/requests";

/// Requests that are canceled with one form at most.
const TOGETHER: usize = 50;

/// Shows the list, the oldest first.
pub async fn page(visit: Visit) -> PageResult {
    show(&visit, None).await
}

async fn show(visit: &Visit, results: Option<AnyView>) -> PageResult {
    let seen = Seen { zone: Zone::of(visit.viewer()?), now: visit.now() };
    let found = list_waiting_requests(&visit.app, visit.caller()?, visit.query.optional(AFTER)?, seen.now).await?;
    let next = found.lines.last().filter(|_| found.has_more).map(|line| line.request.id.to_string());
    let content = if found.lines.is_empty() {
        view! {
            <EmptyState icon="wait" title="No request waits" text="Requests that wait for an approver or an administrator are listed here, whoever made them."/>
        }
        .into_any()
    } else {
        list(found.lines, visit, seen)
    };
    let view = view! {
        <LiveRefresh topics="requests"/>
        {results}
        {content}
        <Pager path=LIST query=visit.query.clone() next=next/>
    };
    let lead = "Everybody's requests that wait, the oldest first. They can be canceled here, and are decided in Approve requests.";
    Ok(Content::new("Waiting requests", view)
        .under("Tasks")
        .crumb("Approve requests", "/approve-requests")
        .lead(lead)
        .live(&[Topic::Requests]))
}

fn list(lines: Vec<RequestLine>, visit: &Visit, seen: Seen) -> AnyView {
    let stale =
        lines.iter().filter(|line| is_stale(line.request.created_at, line.request.state.lapses_at(), seen.now)).count();
    let stale = (stale > 0).then(|| {
        let sentence = match stale {
            1 => format!("One of these never lapses and has waited for more than {STALE_AFTER}."),
            many => format!("{many} of these never lapse and have waited for more than {STALE_AFTER}."),
        };
        view! { <Note mood=Mood::Wait><p>{sentence} " Remind their approvers, or cancel them."</p></Note> }
    });
    let rows: Vec<_> = lines.into_iter().map(|line| row(&line, seen)).collect();
    view! {
        {stale}
        <form method="post" action=visit.here() novalidate>
            <div class="stack">
                <TableBox label="Everybody's waiting requests">
                    <table>
                        <thead>
                            <tr>
                                <th class="pick" data-label="All"><PickAll name="request" label="All requests on this page"/></th>
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
                <section class="card">
                    <div class="h"><h2>"Cancel several"</h2></div>
                    <div class="b stack">
                        <div class="field">
                            <TextArea
                                name="justification" label="Justification" maxlength=LONGEST_REASON
                                hint="Recorded with each request that you tick. Requestors and approvers are told that they are canceled."
                            />
                            <p class="hint"><CharCount field="justification" limit=LONGEST_REASON/></p>
                        </div>
                        <div class="actions"><Button label="Cancel ticked" look=Look::No/></div>
                    </div>
                </section>
            </div>
        </form>
    }
    .into_any()
}

fn row(line: &RequestLine, seen: Seen) -> AnyView {
    let request = &line.request;
    let href = format!("{LIST}/{}/cancel", request.id);
    let words = format!("Cancel the request of {} for {}", line.requestor, line.role_name);
    let label = format!("{}, {}", line.requestor, line.role_name);
    let stale = is_stale(request.created_at, line.request.state.lapses_at(), seen.now)
        .then(|| view! { " " <Tag label="Stale" mood=Mood::Bad/> });
    let until = line.request.state.lapses_at().map(|at| view! { <small>{seen.zone.near(at, seen.now)}</small> });
    view! {
        <tr>
            <td class="pick"><Tick name="request" value=request.id.as_str() label=label/></td>
            <th scope="row">
                <a href=format!("/approve-requests/{}", request.id)>{line.requestor.clone()}</a>
                <small>{request.justification.clone()}</small>
                {ticket(line).map(|ticket| view! { <small>{ticket}</small> })}
            </th>
            <td data-label="Role">{line.role_name.clone()}</td>
            <td data-label="Kind" class="num">{my_requests::kind(request.action)}</td>
            <td data-label="For" class="num">{my_requests::wish(line, seen)}</td>
            <td data-label="Waiting" class="num">{short(seen.now.since(request.created_at))} {stale}</td>
            <td data-label="Status">{status::standing(line, seen)} {until}</td>
            <td class="act"><ButtonLink label="Cancel" look=Look::No href=href aria_label=words/></td>
        </tr>
    }
    .into_any()
}

/// Cancels every ticked request, one by one, and says what became of each.
pub async fn submit(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    let ids: Vec<_> = form
        .many("request")
        .take(TOGETHER)
        .map(RequestId::parse)
        .collect::<Result<_, _>>()
        .map_err(|_| Refusal::NotFound("request"))?;
    if ids.is_empty() {
        return Err(Refusal::Missing { field: "request", sentence: "Tick at least one request." }.into());
    }
    let why = reason(&form, "justification")?;
    if why.as_str().is_empty() {
        return Err(Refusal::Missing { field: "justification", sentence: "Say why. It is recorded." }.into());
    }
    let caller = visit.caller()?;
    let mut failed: Vec<(RequestId, Vec<Refusal>)> = Vec::new();
    for id in &ids {
        match cancel_request(&visit.app, caller, id, why.as_str()).await {
            Ok(()) => {}
            Err(AppError::Refused(refusals)) if ids.len() == 1 => return Err(refusals.into()),
            Err(AppError::Refused(refusals)) => failed.push((id.clone(), refusals)),
            Err(error) => return Err(error.into()),
        }
    }
    let done = ids.len() - failed.len();
    if failed.is_empty() {
        return Ok(Outcome::go(LIST, Flash::good(together::sentence(done, "canceled"))));
    }
    let mut named = Vec::new();
    for (id, refusals) in &failed {
        let line = show_waiting_request(&visit.app, caller, id, visit.now()).await;
        let who =
            line.map_or_else(|_| "A request".to_owned(), |line| format!("{}, {}", line.requestor, line.role_name));
        named.push((who, refusals.clone()));
    }
    let results = together::results(done, "canceled", named);
    let state = together::left(&form, &failed);
    provide_context(state.clone());
    Ok(Outcome::show(show(&visit.clone().showing(state), Some(results)).await?))
}

/// Asks whether to cancel it.
pub async fn cancel_page(visit: Visit) -> PageResult {
    let line = show_waiting_request(&visit.app, visit.caller()?, &request_of_path(&visit)?, visit.now()).await?;
    let question = format!("Cancel the request of {} for {}?", line.requestor, line.role_name);
    let view = view! {
        <Confirm question=question action="Cancel request" back=LIST keep="Keep it">
            <p>"Nobody can approve it any more, and nothing is granted. Its requestor and the approvers are told."</p>
            <TextArea name="justification" label="Justification" hint="It is recorded." maxlength=LONGEST_REASON/>
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
