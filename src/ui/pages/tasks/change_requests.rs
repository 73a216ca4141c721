//! Requests to extend or renew that wait for an administrator: the first section of Approve requests, and several decided together
//! as they are offered.

use super::{
    approve_requests::{decision_card, justification, verdict},
    decide_change::verb,
    my_requests,
    role_tables::Seen,
    together,
};
use crate::{
    app::{
        AppError,
        decide_change::decide_change,
        show_change::{ChangeToDecide, show_change, show_changes},
    },
    domain::{
        assignment::AssignAsk,
        ids::RequestId,
        lifecycle::MOST_TOGETHER,
        refusal::Refusal,
        request::{Kind, Verdict},
        time::Instant,
    },
    store::request_lists::RequestLine,
    ui::{
        answer::{Content, Fault, Flash, Outcome, PageResult},
        form::{Form, FormFault, FormState},
        islands::PickAll,
        pages::assignments::term::type_word,
        parts::{Button, ButtonLink, EmptyState, Look, TableBox, Tick},
        time::{Zone, relative, short},
        visit::Visit,
    },
};
use leptos::prelude::*;

/// What is offered for one request, as the form carries it: exactly what was shown.
const OFFER: &str = "offer";

/// The first section of Approve requests.
pub fn section(lines: Vec<RequestLine>, seen: Seen) -> AnyView {
    if lines.is_empty() {
        return view! { <p class="muted">"None waits."</p> }.into_any();
    }
    let rows: Vec<_> = lines.into_iter().map(|line| row(line, seen)).collect();
    view! {
        <form method="get" action="/approve-requests/together">
            <TableBox label="Requests to renew or extend role assignments">
                <table>
                    <thead>
                        <tr>
                            <th class="pick" data-label="All"><PickAll name="request" label="All requests to renew or extend"/></th>
                            <th scope="col">"Who and why"</th>
                            <th scope="col">"Role"</th>
                            <th scope="col">"Kind"</th>
                            <th scope="col">"Ends"</th>
                            <th scope="col">"Asked for"</th>
                            <th scope="col">"Waiting"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </TableBox>
            <div class="bar bulk">
                <Button label="Review ticked"/>
                <span class="hint">"Tick several to decide them with one justification. Open one to choose its dates and type."</span>
            </div>
        </form>
    }
    .into_any()
}

fn row(line: RequestLine, seen: Seen) -> AnyView {
    let request = &line.request;
    let kind = my_requests::kind(request.action);
    let label = format!("{kind}: {}, {}", line.requestor, line.role_name);
    let end = line.about.and_then(|(term, ended)| ended.or(term.ends_at));
    let ends = end.map(|end| view! { {seen.zone.date(end)} <small>{relative(end, seen.now)}</small> });
    let lapses = request.state.lapses_at().map(|at| format!("lapses {}", relative(at, seen.now)));
    view! {
        <tr>
            <td class="pick"><Tick name="request" value=request.id.as_str() label=label/></td>
            <th scope="row">
                <a href=format!("/approve-requests/{}", request.id)>{line.requestor.clone()}</a>
                <small>{request.justification.clone()}</small>
            </th>
            <td data-label="Role">{line.role_name.clone()}</td>
            <td data-label="Kind" class="num">{kind}</td>
            <td data-label="Ends" class="num">{ends}</td>
            <td data-label="Asked for" class="num">{my_requests::wish(&line, seen)}</td>
            <td data-label="Waiting" class="num">{short(seen.now.since(request.created_at))} <small>{lapses}</small></td>
        </tr>
    }
    .into_any()
}

/// Shows those that were ticked, each with what would become of it.
pub async fn page(visit: Visit) -> PageResult {
    show(&visit, None).await
}

async fn show(visit: &Visit, results: Option<AnyView>) -> PageResult {
    let seen = Seen { zone: Zone::of(visit.viewer()?), now: visit.now() };
    let ids: Vec<RequestId> = visit
        .query
        .many("request")
        .take(MOST_TOGETHER)
        .map(RequestId::parse)
        .collect::<Result<_, _>>()
        .map_err(|_| Refusal::NotFound("request"))?;
    let changes = show_changes(&visit.app, visit.caller()?, &ids, seen.now).await?;
    let body = if changes.is_empty() {
        view! {
            <EmptyState icon="approve" title="None of these waits" text="Tick at least one request that waits, and review it here.">
                <ButtonLink label="Approve requests" look=Look::Go href="/approve-requests"/>
            </EmptyState>
        }
        .into_any()
    } else {
        form(visit, &changes, seen)?
    };
    let view = view! { {results} {body} };
    Ok(Content::new("Decide together", view)
        .under("Tasks")
        .crumb("Approve requests", "/approve-requests")
        .lead("Each as it is offered here. Open one instead to choose other dates or another type."))
}

fn form(visit: &Visit, changes: &[ChangeToDecide], seen: Seen) -> Result<AnyView, Fault> {
    let rows: Vec<_> = changes.iter().map(|change| offered_row(change, seen)).collect();
    let decide = decision_card(visit, "Recorded with each of these, and shown to its requestor.", true)?;
    Ok(view! {
        <form method="post" novalidate>
            <div class="two">
                <TableBox label="Requests that are decided together">
                        <table class="diff">
                            <thead>
                                <tr>
                                    <th scope="col">"Who and why"</th>
                                    <th scope="col">"Role"</th>
                                    <th scope="col">"Now"</th>
                                    <th scope="col">"Then"</th>
                                </tr>
                            </thead>
                            <tbody>{rows}</tbody>
                        </table>
                    </TableBox>
                {decide}
            </div>
        </form>
    }
    .into_any())
}

fn offered_row(change: &ChangeToDecide, seen: Seen) -> AnyView {
    let line = &change.line;
    let known = &change.held.subject.known;
    let end = known.over(seen.now).map(|(at, _)| at).or(known.term.ends_at);
    let now = match (end, known.over(seen.now)) {
        (Some(end), Some(_)) => format!("expired {}", seen.zone.date(end)),
        (Some(end), None) => format!("until {}", seen.zone.date(end)),
        (None, _) => "permanent".to_owned(),
    };
    let clock = end.map(|end| format!(", {}", seen.zone.clock(end)));
    let offer = &change.suggestion;
    let from = offer.starts_at.map(|at| format!(", from {}", seen.zone.moment(at)));
    let then = format!("until {}", seen.zone.date(offer.ends_at));
    view! {
        <tr>
            <th scope="row">
                <input type="hidden" name=OFFER value=carried(&line.request.id, change)/>
                <a href=format!("/approve-requests/{}", line.request.id)>{line.requestor.clone()}</a>
                <small>{line.request.justification.clone()}</small>
            </th>
            <td data-label="Role">{line.role_name.clone()} <small>{format!("asks to {}", verb(change.sought))}</small></td>
            <td data-label="Now" class="num">{now} <small>{type_word(known.kind)} {clock}</small></td>
            <td data-label="Then" class="num">
                <ins>{then}</ins> <small>{type_word(offer.kind)} {format!(", {}", seen.zone.clock(offer.ends_at))} {from}</small>
            </td>
        </tr>
    }
    .into_any()
}

fn carried(id: &RequestId, change: &ChangeToDecide) -> String {
    let offer = &change.suggestion;
    let start = offer.starts_at.map(|at| at.millis().to_string()).unwrap_or_default();
    format!("{id}~{}~{start}~{}", offer.kind.word(), offer.ends_at.millis())
}

/// What the form carried for one request.
fn offer(text: &str, justification: &str) -> Result<(RequestId, AssignAsk), Fault> {
    let unreadable = || Fault::from(FormFault::Missing(OFFER));
    let moment = |text: &str| text.parse().map(Instant::from_millis).map_err(|_| unreadable());
    let parts: Vec<&str> = text.split('~').collect();
    let [id, kind, start, end] = parts.as_slice() else { return Err(unreadable()) };
    let id = RequestId::parse(id).map_err(|_| Refusal::NotFound("request"))?;
    let kind: Kind = kind.parse().map_err(|_| unreadable())?;
    let starts_at = if start.is_empty() { None } else { Some(moment(start)?) };
    let ask = AssignAsk { kind, starts_at, ends_at: Some(moment(end)?), justification: justification.to_owned() };
    Ok((id, ask))
}

/// Decides each of them as it was shown, one by one, and says what became of each.
pub async fn submit(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    let verdict = verdict(&form)?;
    let justification = justification(&form)?;
    let offers: Vec<_> =
        form.many(OFFER).take(MOST_TOGETHER).map(|text| offer(text, &justification)).collect::<Result<_, _>>()?;
    if offers.is_empty() {
        return Err(Refusal::Missing { field: "request", sentence: "Tick at least one request." }.into());
    }
    let caller = visit.caller()?;
    let mut failed: Vec<(RequestId, Vec<Refusal>)> = Vec::new();
    let mut done = 0_usize;
    for (id, ask) in &offers {
        match decide_change(&visit.app, caller, id, verdict, ask).await {
            Ok(()) => done += 1,
            Err(AppError::Refused(refusals)) => {
                if done == 0 && (offers.len() == 1 || refusals.contains(&Refusal::VerificationRequired)) {
                    return Err(refusals.into());
                }
                failed.push((id.clone(), refusals));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let word = match verdict {
        Verdict::Approve => "approved",
        Verdict::Deny => "denied",
    };
    if failed.is_empty() {
        return Ok(Outcome::go("/approve-requests", Flash::good(together::sentence(done, word))));
    }
    let mut named = Vec::new();
    for (id, refusals) in failed {
        let who = match show_change(&visit.app, caller, &id, visit.now()).await {
            Ok(Some(change)) => change.held.title(),
            Ok(None) | Err(_) => "A request".to_owned(),
        };
        named.push((who, refusals));
    }
    let results = together::results(done, word, named);
    let state = FormState::carried(form);
    provide_context(state.clone());
    Ok(Outcome::show(show(&visit.clone().showing(state), Some(results)).await?))
}
