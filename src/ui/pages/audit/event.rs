//! One event with everything in it.

use super::{
    diff,
    words::{mood, outcome, path, title, what},
};
use crate::{
    app::read_audit::{Scope, show_event},
    domain::{audit::Event, refusal::Refusal},
    ui::{
        answer::{Content, PageResult},
        parts::{ButtonLink, Tag},
        time::Zone,
        visit::Visit,
    },
};
use leptos::prelude::*;

/// Out of everybody's events.
pub async fn resource(visit: Visit) -> PageResult {
    page(visit, Scope::Resource).await
}

/// Out of the reader's own.
pub async fn mine(visit: Visit) -> PageResult {
    page(visit, Scope::Mine).await
}

async fn page(visit: Visit, scope: Scope) -> PageResult {
    let seq: i64 = visit.param("seq")?.parse().map_err(|_| Refusal::NotFound("page"))?;
    let event = show_event(&visit.app, visit.caller()?, scope, seq).await?;
    let zone = Zone::of(visit.viewer()?);
    let label = what(&event);
    let timeline = event.request.as_ref().map(|request| format!("/timeline/{request}"));
    let view = view! {
        <section class="card">
            <div class="h"><h2>"What happened"</h2><Tag label=outcome(event.outcome) mood=mood(&event)/></div>
            {facts(&event, scope, zone)}
        </section>
        {diff::table(event.changes, zone).map(|changes| view! { <h2>"What changed"</h2> {changes} })}
    };
    let content = Content::new(label, view)
        .under("Activity")
        .crumb(title(scope), path(scope))
        .lead(format!("Event {seq}, {}", zone.exact(event.at)));
    Ok(match timeline {
        Some(href) => {
            content.actions(view! { <ButtonLink label="Timeline of this request" href=href icon="timeline"/> })
        }
        None => content,
    })
}

fn facts(event: &Event, scope: Scope, zone: Zone) -> AnyView {
    // The rest of what somebody did or had done to them: for readers of the whole audit only.
    let more = |id: Option<String>| match (scope, id) {
        (Scope::Resource, Some(id)) => {
            let href = format!("{}?span=all&person={id}", path(scope));
            Some(view! { <small><a href=href>"Everything by or about them"</a></small> })
        }
        (Scope::Resource | Scope::Mine, _) => None,
    };
    let actor = more(event.actor.as_ref().map(ToString::to_string));
    let subject = more(event.subject.as_ref().map(ToString::to_string));
    let role = match (scope, &event.role) {
        (Scope::Resource, Some(id)) => {
            let href = format!("{}?span=all&role={id}", path(scope));
            Some(view! { <small><a href=href>"Everything about this role"</a></small> })
        }
        (Scope::Resource | Scope::Mine, _) => None,
    };
    let ticket = match (event.ticket_number.as_str(), event.ticket_system.as_str()) {
        ("", system) => system.to_owned(),
        (number, "") => number.to_owned(),
        (number, system) => format!("{number} in {system}"),
    };
    let line = |name: &'static str, value: String| {
        (!value.is_empty()).then(|| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
    };
    let code = |name: &'static str, value: Option<String>| {
        value.map(|value| view! { <div><dt>{name}</dt><dd><code>{value}</code></dd></div> })
    };
    view! {
        <dl class="facts lines">
            <div><dt>"Time"</dt><dd>{zone.exact(event.at)}</dd></div>
            <div><dt>"Activity"</dt><dd>{event.activity.label()}<small>{event.activity.family().label()}</small></dd></div>
            <div><dt>"Who"</dt><dd>{event.actor_name.clone()}{actor}</dd></div>
            {(!event.role_name.is_empty()).then(|| view! {
                <div><dt>"Role"</dt><dd>{event.role_name.clone()}{role}</dd></div>
            })}
            {(!event.subject_name.is_empty()).then(|| view! {
                <div><dt>"Whom it concerns"</dt><dd>{event.subject_name.clone()}{subject}</dd></div>
            })}
            {line("Reason", event.reason.clone())}
            {line("Ticket", ticket)}
            {code("Request id", event.request.as_ref().map(ToString::to_string))}
            {code("Trace id", Some(event.trace.clone()).filter(|trace| !trace.is_empty()))}
            {code("Event id", Some(event.id.to_string()))}
        </dl>
    }
    .into_any()
}
