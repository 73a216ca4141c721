//! All steps of one request in their order.

use super::{
    diff,
    words::{mood, outcome, what},
};
use crate::{
    app::read_audit::show_timeline,
    domain::{
        access::Permission,
        audit::{Event, Outcome},
        ids::RequestId,
        refusal::Refusal,
    },
    ui::{
        answer::{Content, PageResult},
        parts::Tag,
        time::Zone,
        visit::Visit,
    },
};
use leptos::prelude::*;

/// Shows the steps.
pub async fn page(visit: Visit) -> PageResult {
    let request = RequestId::parse(visit.param("request")?).map_err(|_| Refusal::NotFound("page"))?;
    let steps = show_timeline(&visit.app, visit.caller()?, &request).await?;
    let viewer = visit.viewer()?;
    let zone = Zone::of(viewer);
    let reads_all = viewer.standing.holds(Permission::ReadAudit);
    let first = steps.iter().find(|step| !step.role_name.is_empty());
    let title =
        first.map_or_else(|| "Timeline".to_owned(), |step| format!("{} for {}", step.role_name, step.subject_name));
    let count = steps.len();
    let lines: Vec<_> = steps.into_iter().map(|step| line(step, zone, reads_all)).collect();
    let view = view! {
        <section class="card">
            <div class="h"><h2>"Steps of this request"</h2></div>
            <ol class="timeline">{lines}</ol>
        </section>
        <p class="muted">"Request " <code>{request.to_string()}</code></p>
    };
    let content = Content::new(title, view).under("Activity");
    let content = if reads_all {
        content.crumb("Resource audit", "/resource-audit")
    } else {
        content.crumb("My requests", "/my-requests")
    };
    let steps = if count == 1 { "1 step".to_owned() } else { format!("{count} steps") };
    Ok(content.lead(format!("{steps}, the first one first. Times in {}.", zone.name())))
}

fn line(step: Event, zone: Zone, reads_all: bool) -> AnyView {
    let class = mood(&step).class();
    let label = what(&step);
    let name = if reads_all {
        let href = format!("/resource-audit/{}", step.seq);
        view! { <b><a href=href>{label}</a></b> }.into_any()
    } else {
        view! { <b>{label}</b> }.into_any()
    };
    let refused = match step.outcome {
        Outcome::Success => None,
        Outcome::Refused => Some(view! { <p><Tag label=outcome(step.outcome) mood=mood(&step)/></p> }),
    };
    let ticket =
        (!step.ticket_number.is_empty()).then(|| format!("Ticket {} {}", step.ticket_number, step.ticket_system));
    view! {
        <li class=class>
            <time title=zone.exact(step.at)>{zone.moment(step.at)}</time>
            {name}
            <p>{step.actor_name}</p>
            {refused}
            {(!step.reason.is_empty()).then(|| view! { <blockquote>{step.reason}</blockquote> })}
            {ticket.map(|ticket| view! { <p>{ticket}</p> })}
            {diff::table(step.changes, zone)}
        </li>
    }
    .into_any()
}
