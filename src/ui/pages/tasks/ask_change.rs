//! Asking an administrator to extend an assignment of mine, or to renew one that expired.

use super::{LONGEST_REASON, reason};
use crate::{
    app::request_change::{Seeking, request_change, show_seeking},
    domain::{
        ids::ScheduleId,
        lifecycle::{SeekAsk, Sought},
        policy::Expiry,
        refusal::Refusal,
        request::Kind,
        time::Instant,
    },
    ui::{
        answer::{Content, Fault, Flash, Mood, Outcome, PageResult},
        form::Form,
        islands::CharCount,
        parts::{Button, ButtonLink, DateTimeField, Look, Note, TextArea},
        time::{Zone, relative},
        visit::Visit,
    },
};
use leptos::prelude::*;

/// The form that asks for an extension, or why that is not possible.
pub async fn extend_page(visit: Visit) -> PageResult {
    page(&visit, Sought::Extension).await
}

/// Asks for an extension.
pub async fn extend(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    submit(&visit, &form, Sought::Extension).await
}

/// The form that asks for a renewal, or why that is not possible.
pub async fn renew_page(visit: Visit) -> PageResult {
    page(&visit, Sought::Renewal).await
}

/// Asks for a renewal.
pub async fn renew(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    submit(&visit, &form, Sought::Renewal).await
}

fn id(visit: &Visit) -> Result<ScheduleId, Fault> {
    ScheduleId::parse(visit.param("id")?).map_err(|_| Refusal::NotFound("assignment").into())
}

fn list(sought: Sought, kind: Kind) -> &'static str {
    match (sought, kind) {
        (Sought::Renewal, _) => "/my-roles?tab=expired",
        (Sought::Extension, Kind::Eligibility) => "/my-roles",
        (Sought::Extension, Kind::Assignment) => "/my-roles?tab=active",
    }
}

async fn page(visit: &Visit, sought: Sought) -> PageResult {
    let (zone, now) = (Zone::of(visit.viewer()?), visit.now());
    let seeking = show_seeking(&visit.app, visit.caller()?, sought, &id(visit)?, now).await?;
    let known = seeking.held.subject.known;
    let role = seeking.held.role.display_name.clone();
    let title = match sought {
        Sought::Extension => format!("Extend {role}"),
        Sought::Renewal => format!("Renew {role}"),
    };
    let back = list(sought, known.kind);
    let view = match &seeking.refusal {
        Some(refusal) => refused(refusal, &title, back, zone),
        None => form(&seeking, sought, back, zone, now),
    };
    Ok(Content::new(title, view)
        .under("Tasks")
        .crumb("My roles", "/my-roles")
        .lead("Global and Privileged Role Administrators decide. Until then nothing changes."))
}

fn refused(refusal: &Refusal, title: &str, back: &'static str, zone: Zone) -> AnyView {
    let mut sentence = refusal.to_string();
    if let Refusal::ExtensionTooEarly { from } = refusal {
        sentence = format!("This assignment can be extended in its last 14 days, from {} on.", zone.exact(*from));
    }
    let heading = format!("{title}: not now");
    view! {
        <Note mood=Mood::Wait><h3>{heading}</h3><p>{sentence}</p></Note>
        <div class="actions"><ButtonLink label="Back" href=back/> <ButtonLink label="My requests" href="/my-requests"/></div>
    }
    .into_any()
}

fn form(seeking: &Seeking, sought: Sought, back: &'static str, zone: Zone, now: Instant) -> AnyView {
    let held = &seeking.held;
    let known = &held.subject.known;
    let (kind, expiry) = match known.kind {
        Kind::Eligibility => ("Eligible", held.policy.assignment.eligible),
        Kind::Assignment => ("Active", held.policy.assignment.active),
    };
    let end = known.over(now).map(|(at, _)| at).or(known.term.ends_at);
    let label = match sought {
        Sought::Extension => "Ends",
        Sought::Renewal => "Expired",
    };
    let end = end.map(|end| {
        view! {
            <dt>{label}</dt>
            <dd>{zone.exact(end)} <small>{relative(end, now)}</small></dd>
        }
    });
    let hint = match expiry {
        Expiry::PermanentAllowed => "The administrator sees it, and may choose another.".to_owned(),
        Expiry::Within(most) => {
            format!("The administrator sees it, and may choose another. At most {} from now.", most.label())
        }
    };
    view! {
        <section class="card">
            <div class="h"><h2>{held.role.display_name.clone()}</h2></div>
            <dl class="facts">
                <dt>"Assignment"</dt>
                <dd>{kind} <small>{held.role.description.clone()}</small></dd>
                <dt>"Since"</dt>
                <dd>{zone.moment(known.term.starts_at)}</dd>
                {end}
            </dl>
        </section>
        <form class="form" method="post" novalidate>
            <div class="field">
                <TextArea
                    name="justification" label="Reason" maxlength=LONGEST_REASON
                    hint="Why you need it, and for how long. It is recorded and shown to whoever decides."
                />
                <p class="hint"><CharCount field="justification" limit=LONGEST_REASON/></p>
            </div>
            <DateTimeField name="ends_at" label="Proposed end" hint=hint zone=zone.name() optional=true/>
            <div class="actions">
                <Button label="Send request" look=Look::Go/>
                <ButtonLink label="Cancel" href=back look=Look::Plain/>
            </div>
        </form>
    }
    .into_any()
}

async fn submit(visit: &Visit, form: &Form, sought: Sought) -> Result<Outcome, Fault> {
    let zone = Zone::of(visit.viewer()?);
    let mut refusals = Vec::new();
    let ends_at = match form.optional("ends_at")? {
        Some(typed) => zone.parse("ends_at", typed).map_err(|refusal| refusals.push(refusal)).ok(),
        None => None,
    };
    let justification = reason(form, "justification")?.as_str().to_owned();
    if !refusals.is_empty() {
        if justification.is_empty() {
            refusals.push(Refusal::JustificationRequired);
        }
        return Err(refusals.into());
    }
    let ask = SeekAsk { justification, ends_at };
    let (request, role) = request_change(&visit.app, visit.caller()?, sought, &id(visit)?, ask).await?;
    let what = match sought {
        Sought::Extension => "extend",
        Sought::Renewal => "renew",
    };
    let sentence = format!("The request to {what} {} waits for an administrator.", role.display_name);
    Ok(Outcome::go(format!("/my-requests/{request}"), Flash::wait(sentence)))
}
