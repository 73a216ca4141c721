//! One request to be decided: who asks, why, and what helps to decide.

use super::{
    approve_requests::{decision_card, justification, ticket, verdict},
    decide_change, my_requests, request_of_path,
    role_tables::Seen,
    status,
};
use crate::{
    app::{
        decide_request::decide_request,
        show_change::show_change,
        show_request::{Part, RequestToDecide, show_request},
    },
    domain::request::Verdict,
    ui::{
        answer::{Content, Fault, Flash, Mood, Outcome, PageResult},
        form::Form,
        parts::Note,
        time::{Moment, Zone, short},
        visit::Visit,
    },
};
use leptos::prelude::*;

/// Shows it.
pub async fn page(visit: Visit) -> PageResult {
    let seen = Seen { zone: Zone::of(visit.viewer()?), now: visit.now() };
    if let Some(change) = show_change(&visit.app, visit.caller()?, &request_of_path(&visit)?, seen.now).await? {
        return decide_change::view(&visit, &change, seen);
    }
    let shown = show_request(&visit.app, visit.caller()?, &request_of_path(&visit)?, seen.now).await?;
    let title = format!("{} asks for {}", shown.line.requestor, shown.line.role_name);
    let side = side(&shown, &visit, seen)?;
    let RequestToDecide { line, before, active_now, eligibility, .. } = shown;
    let request = &line.request;
    let held = match (before.times, before.last) {
        (0, _) | (_, None) => "never".to_owned(),
        (1, Some(last)) => format!("once, {}", seen.zone.near(last, seen.now)),
        (times, Some(last)) => format!("{times} times, last {}", seen.zone.near(last, seen.now)),
    };
    let active = if active_now.is_empty() { "nothing".to_owned() } else { active_now.join(", ") };
    let eligible = eligibility.map(|(term, ended, group)| {
        let end = match (ended, term.ends_at) {
            (Some(ended), _) => format!("ended {}", seen.zone.near(ended, seen.now)),
            (None, Some(end)) => format!("until {}", seen.zone.near(end, seen.now)),
            (None, None) => "permanently".to_owned(),
        };
        let through = group.map(|group| view! { <small>{format!("through the group {group}")}</small> });
        view! {
            <dt>"Eligible"</dt>
            <dd>{format!("since {}, {end}", seen.zone.date(term.starts_at))} {through}</dd>
        }
    });
    let view = view! {
        <div class="two">
            <div class="stack">
                <section class="card">
                    <div class="h"><h2>"The request"</h2></div>
                    <dl class="facts">
                        <dt>"Status"</dt>
                        <dd>{status::standing(&line, seen)}</dd>
                        <dt>"Requestor"</dt>
                        <dd>{line.requestor.clone()}</dd>
                        <dt>"Role"</dt>
                        <dd>{line.role_name.clone()} <small>"Scope: whole directory"</small></dd>
                        <dt>"Reason"</dt>
                        <dd>{request.justification.clone()}</dd>
                        {ticket(&line).map(|ticket| view! { <dt>"Ticket"</dt> <dd>{ticket}</dd> })}
                        <dt>"Duration"</dt>
                        <dd>{my_requests::length(&line)} {my_requests::starts(&line, seen)}</dd>
                        <dt>"Requested"</dt>
                        <dd>
                            <Moment at=request.created_at zone=seen.zone/>
                            <small>{format!("{} ago", short(seen.now.since(request.created_at)))}</small>
                        </dd>
                    </dl>
                </section>
                <section class="card">
                    <div class="h"><h2>"What helps to decide"</h2></div>
                    <dl class="facts">
                        <dt>"Held before"</dt>
                        <dd>{held}</dd>
                        {eligible}
                        <dt>"Active now"</dt>
                        <dd>{active}</dd>
                    </dl>
                </section>
            </div>
            <div class="stack">{side}</div>
        </div>
    };
    Ok(Content::new(title, view).under("Tasks").crumb("Approve requests", "/approve-requests"))
}

/// What whoever looks can do about it.
fn side(shown: &RequestToDecide, visit: &Visit, seen: Seen) -> Result<AnyView, Fault> {
    let stages = view! {
        <section class="card">
            <div class="h"><h2>"Where it stands"</h2></div>
            <div class="b">{status::stages(&shown.line, None, seen)}</div>
        </section>
    };
    let decision = shown.line.request.state.decision().map(|decision| {
        view! {
            <section class="card">
                <div class="h"><h2>"Justification of the decision"</h2></div>
                <div class="b">{decision.justification.clone()}</div>
            </section>
        }
    });
    Ok(match shown.part {
        Part::Decide => {
            let card = decision_card(visit, "Recorded, and shown to the requestor.", true)?;
            view! { <form method="post" novalidate>{card}</form> {stages} }.into_any()
        }
        Part::Own => {
            let href = format!("/my-requests/{}", shown.line.request.id);
            view! {
                <Note mood=Mood::Info>
                    "This is your own request. Nobody decides their own; another approver has to. " <a href=href>"Your request"</a>
                </Note>
                {stages}
            }
            .into_any()
        }
        Part::Read => {
            let cancel = shown.line.request.state.is_pending().then(|| {
                view! {
                    <Note mood=Mood::Info>
                        "You are not an approver of this role. As an administrator you can cancel the request under "
                        <a href="/requests">"All waiting requests"</a> "."
                    </Note>
                }
            });
            view! { {cancel} {stages} {decision} }.into_any()
        }
    })
}

/// Decides it.
pub async fn submit(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    let id = request_of_path(&visit)?;
    let verdict = verdict(&form)?;
    if let Some(change) = show_change(&visit.app, visit.caller()?, &id, visit.now()).await? {
        return decide_change::decide(&visit, &form, &change, verdict).await;
    }
    let shown = show_request(&visit.app, visit.caller()?, &id, visit.now()).await;
    // Without a reason nothing is decided; who may not decide at all is told so first.
    let justification = match (justification(&form), shown.as_ref().map(|shown| shown.part)) {
        (Ok(text), _) => text,
        (Err(missing), Ok(Part::Decide)) => return Err(missing),
        (Err(_), _) => String::new(),
    };
    decide_request(&visit.app, visit.caller()?, &id, verdict, &justification).await?;
    let name = shown.map_or_else(
        |_| "The request".to_owned(),
        |shown| format!("{}, {}", shown.line.requestor, shown.line.role_name),
    );
    let word = match verdict {
        Verdict::Approve => "approved",
        Verdict::Deny => "denied",
    };
    Ok(Outcome::go("/approve-requests", Flash::good(format!("{name}: {word}."))))
}
