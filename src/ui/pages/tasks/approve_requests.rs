//! Approve requests: what waits for my decision, and what I decided (reference/entra-pim.md section 4.5).

use super::{LONGEST_REASON, change_requests, my_requests, pane::VERIFY, reason, role_tables::Seen, together};
use crate::{
    app::{
        AppError,
        decide_request::decide_request,
        list_requests::{Approvals, count_waiting, list_approvals, list_my_decisions},
        show_request::show_request,
    },
    domain::{
        access::Permission,
        ids::RequestId,
        live::Topic,
        refusal::Refusal,
        request::{State, Verdict},
    },
    store::request_lists::RequestLine,
    ui::{
        answer::{Content, Fault, Flash, Mood, Outcome, PageResult},
        form::Form,
        islands::{CharCount, LiveRefresh, PickAll},
        parts::{
            AFTER, Button, ButtonLink, EmptyState, Look, Note, Pager, Tab, TableBox, Tabs, Tag, TextArea, Tick,
            UnavailableButton,
        },
        time::{Zone, relative, short},
        visit::Visit,
    },
};
use leptos::prelude::*;

/// Requests that are decided with one form at most.
const TOGETHER: usize = 50;
/// Where the page of requests to extend or renew begins.
const CHANGES_AFTER: &str = "changes_after";

/// Shows what waits, or what I decided.
pub async fn page(visit: Visit) -> PageResult {
    show(&visit, None).await
}

async fn show(visit: &Visit, results: Option<AnyView>) -> PageResult {
    let (viewer, now) = (visit.viewer()?, visit.now());
    let seen = Seen { zone: Zone::of(viewer), now };
    let decided = visit.query.optional("tab")? == Some("decided");
    let (list, next, waiting, needs_verification) = if decided {
        let before = super::after_moment(visit)?;
        let before = before.as_ref().map(|(at, id)| (*at, id.as_str()));
        let found = list_my_decisions(&visit.app, &viewer.caller, before, now).await?;
        let last = found.lines.last().filter(|_| found.has_more);
        let next = last.and_then(|line| {
            let at = line.request.state.decision()?.at.millis().to_string();
            Some(super::key(&at, line.request.id.as_str()))
        });
        (decisions(found.lines, seen), next, count_waiting(&visit.app, &viewer.caller, now).await?, false)
    } else {
        let (after, changes_after) = (visit.query.optional(AFTER)?, visit.query.optional(CHANGES_AFTER)?);
        let approvals = list_approvals(&visit.app, &viewer.caller, after, changes_after, now).await?;
        let Approvals { activations: found, changes, waiting, needs_verification } = approvals;
        let next = found.lines.last().filter(|_| found.has_more).map(|line| line.request.id.to_string());
        let list = match changes {
            Some(changes) if !(changes.lines.is_empty() && found.lines.is_empty()) => {
                let more = changes.lines.last().filter(|_| changes.has_more).map(|line| {
                    let query = visit.query.encoded_with(CHANGES_AFTER, line.request.id.as_str());
                    view! { <p><a href=format!("/approve-requests?{query}")>"More requests to renew or extend"</a></p> }
                });
                let activations = if found.lines.is_empty() {
                    view! { <p class="muted">"None waits."</p> }.into_any()
                } else {
                    waiting_list(found.lines, visit, seen)?
                };
                view! {
                    <h2>"Requests to renew or extend role assignments"</h2>
                    {change_requests::section(changes.lines, seen)}
                    {more}
                    <h2>"Requests for role activations"</h2>
                    {activations}
                }
                .into_any()
            }
            Some(_) | None => waiting_list(found.lines, visit, seen)?,
        };
        (list, next, waiting, needs_verification)
    };
    let waiting = waiting.to_decide();
    let tabs = vec![
        Tab {
            label: "Waiting".to_owned(),
            href: "/approve-requests".to_owned(),
            count: usize::try_from(waiting).ok(),
            open: !decided,
        },
        Tab {
            label: "Decided".to_owned(),
            href: "/approve-requests?tab=decided".to_owned(),
            count: None,
            open: decided,
        },
    ];
    let view = view! {
        <LiveRefresh topics="mine"/>
        {results}
        <Tabs label="Requests" tabs=tabs/>
        {needs_verification.then(verify_first)}
        {list}
        <Pager path="/approve-requests" query=visit.query.clone() next=next/>
    };
    let content = Content::new("Approve requests", view)
        .under("Tasks")
        .lead("The first answer counts. Others who could have answered are told.")
        .live(&[Topic::Mine]);
    Ok(if viewer.standing.holds(Permission::ManageRequests) {
        content.actions(view! { <ButtonLink label="All waiting requests" href="/requests"/> })
    } else {
        content
    })
}

/// What an administrator sees here needs a second factor.
fn verify_first() -> impl IntoView {
    view! {
        <Note mood=Mood::Wait>
            <b>"Additional verification required."</b> " The requests that you can decide as an administrator are shown after it."
            <div class="actions"><ButtonLink label="Verify now" look=Look::Go icon="shield" href="/verify?to=/approve-requests"/></div>
        </Note>
    }
}

fn waiting_list(lines: Vec<RequestLine>, visit: &Visit, seen: Seen) -> Result<AnyView, Fault> {
    if lines.is_empty() {
        return Ok(view! {
            <EmptyState
                icon="approve"
                title="Nothing waits for your approval"
                text="When somebody asks to activate a role that you can approve, the request appears here. Your own requests go to the other approvers."
            />
        }
        .into_any());
    }
    let rows: Vec<_> = lines.into_iter().map(|line| waiting_row(line, seen)).collect();
    let decide = decision_card(visit, "Recorded with each request that you tick, and shown to its requestor.", false)?;
    Ok(view! {
        <form method="post" action=visit.here() novalidate>
            <div class="two">
                <TableBox label="Requests that wait for your decision">
                    <table>
                        <thead>
                            <tr>
                                <th class="pick" data-label="All"><PickAll name="request" label="All requests on this page"/></th>
                                <th scope="col">"Who and why"</th>
                                <th scope="col">"Role"</th>
                                <th scope="col">"For"</th>
                                <th scope="col">"Waiting"</th>
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

fn waiting_row(line: RequestLine, seen: Seen) -> AnyView {
    let request = &line.request;
    let label = format!("{}, {}", line.requestor, line.role_name);
    let lapses = match &request.state {
        State::PendingApproval { lapses_at: Some(at) } => format!("lapses {}", relative(*at, seen.now)),
        _ => "never lapses".to_owned(),
    };
    view! {
        <tr>
            <td class="pick"><Tick name="request" value=request.id.as_str() label=label/></td>
            <th scope="row">
                <a href=format!("/approve-requests/{}", request.id)>{line.requestor.clone()}</a>
                <small>{request.justification.clone()}</small>
                {ticket(&line).map(|ticket| view! { <small>{ticket}</small> })}
            </th>
            <td data-label="Role">{line.role_name.clone()}</td>
            <td data-label="For" class="num">{my_requests::length(&line)} {my_requests::starts(&line, seen)}</td>
            <td data-label="Waiting" class="num">{short(seen.now.since(request.created_at))} <small>{lapses}</small></td>
        </tr>
    }
    .into_any()
}

/// The ticket of a request in one line.
pub fn ticket(line: &RequestLine) -> Option<String> {
    let ticket = &line.request.ticket;
    match (ticket.number.as_str(), ticket.system.as_str()) {
        ("", "") => None,
        (number, "") => Some(format!("Ticket {number}")),
        (number, system) => Some(format!("Ticket {number}, {system}")),
    }
}

/// The justification and the two buttons.
pub fn decision_card(visit: &Visit, hint: &'static str, alone: bool) -> Result<AnyView, Fault> {
    let verified = visit.caller()?.verified_at.is_some();
    let (approve, deny) = if alone { ("Approve", "Deny") } else { ("Approve ticked", "Deny ticked") };
    let buttons = if verified {
        view! {
            <Button label=approve look=Look::Go name="verdict" value="approve"/>
            <Button label=deny look=Look::No name="verdict" value="deny"/>
        }
        .into_any()
    } else {
        let why = "after the additional verification";
        view! { <UnavailableButton label=approve reason=why/> <UnavailableButton label=deny reason=why/> }.into_any()
    };
    let banner = (!verified).then(|| {
        view! {
            <Note mood=Mood::Wait>
                <b>"Additional verification required."</b> " Deciding needs a second factor in this session. You come back with what you ticked and typed."
                <div class="actions"><Button label="Verify now" look=Look::Go icon="shield" name=VERIFY value="true"/></div>
            </Note>
        }
    });
    Ok(view! {
        <section class="card">
            <div class="h"><h2>"Your decision"</h2></div>
            <div class="b stack">
                {banner}
                <div class="field">
                    <TextArea name="justification" label="Justification" hint=hint maxlength=LONGEST_REASON/>
                    <p class="hint"><CharCount field="justification" limit=LONGEST_REASON/></p>
                </div>
                <div class="actions">{buttons}</div>
            </div>
        </section>
    }
    .into_any())
}

fn decisions(lines: Vec<RequestLine>, seen: Seen) -> AnyView {
    if lines.is_empty() {
        return view! {
            <EmptyState icon="approve" title="You have not decided anything yet" text="Requests that you approve or deny are listed here."/>
        }
        .into_any();
    }
    let rows: Vec<_> = lines
        .into_iter()
        .filter_map(|line| {
            let decision = line.request.state.decision()?.clone();
            let tag = match decision.verdict {
                Verdict::Approve => view! { <Tag label="Approved" mood=Mood::Good/> },
                Verdict::Deny => view! { <Tag label="Denied" mood=Mood::Bad/> },
            };
            Some(view! {
                <tr>
                    <th scope="row">
                        <a href=format!("/approve-requests/{}", line.request.id)>{line.requestor.clone()}</a>
                        <small>{line.request.justification.clone()}</small>
                    </th>
                    <td data-label="Role">{line.role_name.clone()}</td>
                    <td data-label="For" class="num">{my_requests::wish(&line, seen)}</td>
                    <td data-label="Decision">{tag} <small>{decision.justification}</small></td>
                    <td data-label="Decided" class="num">{seen.zone.near(decision.at, seen.now)}</td>
                </tr>
            })
        })
        .collect();
    view! {
        <TableBox label="Your decisions">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Who and why"</th>
                        <th scope="col">"Role"</th>
                        <th scope="col">"For"</th>
                        <th scope="col">"Decision"</th>
                        <th scope="col">"Decided"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </TableBox>
    }
    .into_any()
}

/// The button that was pressed. That of the banner asks for the second factor before anything else is read.
pub fn verdict(form: &Form) -> Result<Verdict, Fault> {
    if form.has(VERIFY) {
        return Err(Refusal::VerificationRequired.into());
    }
    match form.one("verdict")? {
        "approve" => Ok(Verdict::Approve),
        "deny" => Ok(Verdict::Deny),
        _ => Err(Refusal::Unreadable { field: "verdict", sentence: "Choose Approve or Deny.".to_owned() }.into()),
    }
}

/// The justification of a decision, which is never blank.
pub fn justification(form: &Form) -> Result<String, Fault> {
    let typed = reason(form, "justification")?;
    if typed.is_empty() {
        let sentence = "Say why. It is recorded, and shown to the requestor.";
        return Err(Refusal::Missing { field: "justification", sentence }.into());
    }
    Ok(typed.as_str().to_owned())
}

/// Decides every ticked request, one by one, and says what became of each.
pub async fn submit(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    let verdict = verdict(&form)?;
    let ids: Vec<_> = form
        .many("request")
        .take(TOGETHER)
        .map(RequestId::parse)
        .collect::<Result<_, _>>()
        .map_err(|_| Refusal::NotFound("request"))?;
    if ids.is_empty() {
        return Err(Refusal::Missing { field: "request", sentence: "Tick at least one request." }.into());
    }
    let justification = justification(&form)?;
    let caller = visit.caller()?;
    let mut failed: Vec<(RequestId, Vec<Refusal>)> = Vec::new();
    let mut done = 0_usize;
    for id in &ids {
        match decide_request(&visit.app, caller, id, verdict, &justification).await {
            Ok(()) => done += 1,
            Err(AppError::Refused(refusals)) => {
                if done == 0 && (ids.len() == 1 || refusals.contains(&Refusal::VerificationRequired)) {
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
    let now = visit.now();
    for (id, refusals) in &failed {
        let line = show_request(&visit.app, caller, id, now).await.map(|shown| shown.line);
        let who =
            line.map_or_else(|_| "A request".to_owned(), |line| format!("{}, {}", line.requestor, line.role_name));
        named.push((who, refusals.clone()));
    }
    let results = together::results(done, word, named);
    let state = together::left(&form, &failed);
    provide_context(state.clone());
    Ok(Outcome::show(show(&visit.clone().showing(state), Some(results)).await?))
}
