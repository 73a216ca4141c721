//! One of my requests: where it stands, what was decided and why, and each step; and withdrawing it.

use super::{LONGEST_REASON, my_requests, reason, request_of_path, role_tables::Seen, status};
use crate::{
    app::{
        cancel_request::cancel_request,
        show_request::{MyRequest, show_my_request},
    },
    domain::{
        audit::Event,
        lifecycle::Sought,
        request::{Kind, Verdict},
    },
    store::request_lists::RequestLine,
    ui::{
        answer::{Content, Fault, Flash, Outcome, PageResult},
        form::Form,
        islands::LiveRefresh,
        pages::audit::words::{self, mood},
        parts::{ButtonLink, Confirm, Look, TextArea},
        time::{Moment, Zone},
        visit::Visit,
    },
};
use leptos::prelude::*;

/// Shows the request.
pub async fn page(visit: Visit) -> PageResult {
    let seen = Seen { zone: Zone::of(visit.viewer()?), now: visit.now() };
    let mine = show_my_request(&visit.app, visit.caller()?, &request_of_path(&visit)?, seen.now).await?;
    let MyRequest { line, deciders, steps } = mine;
    let request = &line.request;
    let kind = my_requests::kind(request.action);
    let title = format!("{kind} {}", line.role_name);
    let cancel = request.state.is_pending().then(|| {
        let href = format!("/my-requests/{}/cancel", request.id);
        view! { <ButtonLink label="Cancel request" look=Look::No href=href/> }
    });
    let decision = request.state.decision().map(|decision| {
        let by = line.decider.clone().unwrap_or_default();
        let word = match decision.verdict {
            Verdict::Approve => "Approved by",
            Verdict::Deny => "Denied by",
        };
        view! {
            <dt>{word}</dt>
            <dd>{by} <small>{seen.zone.near(decision.at, seen.now)}</small></dd>
            <dt>"Their justification"</dt>
            <dd>{decision.justification.clone()}</dd>
        }
    });
    let ticket = (!request.ticket.number.is_empty()).then(|| {
        let ticket = format!("{} ({})", request.ticket.number, request.ticket.system);
        view! { <dt>"Ticket"</dt> <dd>{ticket}</dd> }
    });
    let what = what(&line, seen);
    let view = view! {
        <LiveRefresh topics="mine"/>
        <div class="two">
            <div class="stack">
                <section class="card">
                    <div class="h"><h2>"What you asked for"</h2></div>
                    <dl class="facts">
                        <dt>"Status"</dt>
                        <dd>{status::standing(&line, seen)}</dd>
                        <dt>"Role"</dt>
                        <dd>{line.role_name.clone()}</dd>
                        <dt>"Requested"</dt>
                        <dd><Moment at=request.created_at zone=seen.zone/></dd>
                        {what}
                        <dt>"Reason"</dt>
                        <dd>{request.justification.clone()}</dd>
                        {ticket}
                        {decision}
                    </dl>
                </section>
                <section class="card">
                    <div class="h"><h2>"Steps"</h2></div>
                    {timeline(steps, seen)}
                </section>
            </div>
            <section class="card">
                <div class="h"><h2>"Where it stands"</h2></div>
                <div class="b">{status::stages(&line, deciders.as_ref(), seen)}</div>
            </section>
        </div>
    };
    let content = Content::new(title, view).under("Tasks").crumb("My requests", "/my-requests");
    Ok(match cancel {
        Some(cancel) => content.actions(cancel),
        None => content,
    })
}

/// How long, or which assignment and until when.
fn what(line: &RequestLine, seen: Seen) -> AnyView {
    let request = &line.request;
    let near = |at| seen.zone.near(at, seen.now);
    if Sought::of(request.action).is_none() {
        let starts = request.starts_at.map(|at| view! { <dt>"Wished start"</dt> <dd>{near(at)}</dd> });
        return view! { <dt>"Duration"</dt> <dd>{my_requests::length(line)}</dd> {starts} }.into_any();
    }
    let kind = match request.kind {
        Kind::Eligibility => "Eligible",
        Kind::Assignment => "Active",
    };
    let now = line.about.map(|(term, ended)| match (ended, term.ends_at) {
        (Some(ended), _) => format!("ended {}", near(ended)),
        (None, Some(end)) if end <= seen.now => format!("ended {}", near(end)),
        (None, Some(end)) => format!("until {}", near(end)),
        (None, None) => "permanent".to_owned(),
    });
    let proposed = request.ends_at.map_or_else(|| "left to the administrator".to_owned(), near);
    let granted = line.granted.map(|(kind, term)| {
        view! { <dt>"Granted"</dt> <dd>{status::granted(kind, &term, seen)}</dd> }
    });
    view! {
        <dt>"Assignment"</dt>
        <dd>{kind} {now.map(|now| view! { <small>{now}</small> })}</dd>
        <dt>"Proposed end"</dt>
        <dd>{proposed}</dd>
        {granted}
    }
    .into_any()
}

fn timeline(steps: Vec<Event>, seen: Seen) -> AnyView {
    let steps: Vec<_> = steps
        .into_iter()
        .map(|step| {
            let (class, what) = (mood(&step).class(), words::what(&step));
            // What Ostiary does by itself repeats the words of whoever asked.
            let told = step.actor.is_some() && !step.reason.is_empty();
            let reason = told.then(|| view! { <blockquote>{step.reason}</blockquote> });
            view! {
                <li class=class>
                    <time>{seen.zone.near(step.at, seen.now)}</time>
                    <b>{what}</b>
                    <p>{step.actor_name}</p>
                    {reason}
                </li>
            }
        })
        .collect();
    view! { <ol class="timeline">{steps}</ol> }.into_any()
}

/// Asks whether to withdraw it.
pub async fn cancel_page(visit: Visit) -> PageResult {
    let id = request_of_path(&visit)?;
    let mine = show_my_request(&visit.app, visit.caller()?, &id, visit.now()).await?;
    let back = format!("/my-requests/{id}");
    let name = mine.line.role_name;
    let question = format!("Cancel the request for {name}?");
    let view = view! {
        <Confirm question=question action="Cancel request" back=back.clone() keep="Keep it">
            <p>"The approvers no longer see it, and nothing is granted. To try again you file a new one."</p>
            <TextArea name="justification" label="Reason" optional=true maxlength=LONGEST_REASON/>
        </Confirm>
    };
    let content = Content::new("Cancel request", view).under("Tasks").crumb("My requests", "/my-requests");
    Ok(content.crumb(name, back).with_summary_inside())
}

/// Withdraws it.
pub async fn cancel(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    let id = request_of_path(&visit)?;
    let mine = show_my_request(&visit.app, visit.caller()?, &id, visit.now()).await?;
    cancel_request(&visit.app, visit.caller()?, &id, reason(&form, "justification")?.as_str()).await?;
    Ok(Outcome::go("/my-requests", Flash::good(format!("The request for {} is canceled.", mine.line.role_name))))
}
