//! One mail: what it says, every attempt to send it, and sending it again.

use super::{LIST, state_tag};
use crate::{
    app::{
        resend_mail::resend_mail,
        show_mail::{Attempt, AttemptOutcome, MailLine, ShownMail, show_mail},
    },
    domain::{ids::MessageId, refusal::Refusal, time::Instant},
    ui::{
        answer::{Content, Fault, Flash, Mood, Outcome, PageResult},
        form::Form,
        parts::{Button, ButtonLink, TableBox, Tag},
        time::{Moment, Zone, relative},
        visit::Visit,
    },
};
use leptos::prelude::*;

/// The mail of this path.
pub fn of_path(visit: &Visit) -> Result<MessageId, Fault> {
    Ok(MessageId::parse(visit.param("id")?).map_err(|_| Refusal::NotFound("page"))?)
}

/// Shows it.
pub async fn page(visit: Visit) -> PageResult {
    let id = of_path(&visit)?;
    let viewer = visit.viewer()?;
    let zone = Zone::of(viewer);
    let shown = show_mail(&visit.app, visit.caller()?, &id, &viewer.time_zone).await?;
    let ShownMail { line, subject, text, attempts, can_send, .. } = shown;
    let is_over = line.closed_at.is_some();
    let (event, html, path) = (line.event.label(), format!("{LIST}/{id}/html"), format!("{LIST}/{id}"));
    let view = view! {
        <div class="two">
            <div class="stack">
                <section class="card">
                    <div class="h"><h2>"What it says"</h2></div>
                    <div class="b stack">
                        <p><b>{subject}</b></p>
                        <pre class="letter" tabindex="0" role="region" aria-label="The mail as plain text">{text}</pre>
                    </div>
                </section>
                {log(attempts, zone)}
            </div>
            <aside class="stack" aria-label="To whom, and what became of it">
                {facts(&line, zone, visit.now(), can_send)}
            </aside>
        </div>
    };
    let actions = view! {
        <ButtonLink label="Open as HTML" href=html icon="external"/>
        {is_over.then(|| view! {
            <form method="post" action=path><Button label="Send again" name="resend" value="yes" icon="refresh"/></form>
        })}
    };
    Ok(Content::new(event, view).under("Manage").crumb("Mail", LIST).actions(actions))
}

fn facts(line: &MailLine, zone: Zone, now: Instant, can_send: bool) -> AnyView {
    let to = line.person.clone().unwrap_or_else(|| "Further address".to_owned());
    let next = line.due_at.map(|at| {
        let words = if !can_send {
            "No mail server is configured.".to_owned()
        } else if at > now {
            format!("{}, {}", zone.near(at, now), relative(at, now))
        } else {
            "Now".to_owned()
        };
        view! { <dt>"Next try"</dt> <dd>{words}</dd> }
    });
    let timeline = line.request.as_ref().map(|request| {
        view! { <dt>"Request"</dt> <dd><a href=format!("/timeline/{request}")>"Every step of it"</a></dd> }
    });
    view! {
        <section class="card">
            <div class="h"><h2>"Delivery"</h2> {state_tag(line.state)}</div>
            <dl class="facts">
                <dt>"To"</dt>
                <dd>{to}</dd>
                <dt>"Address"</dt>
                <dd>{line.address.clone()}</dd>
                <dt>"Written to"</dt>
                <dd>{line.audience.label()}</dd>
                {line.role_name.clone().map(|role| view! { <dt>"Role"</dt> <dd>{role}</dd> })}
                <dt>"Event"</dt>
                <dd><Moment at=line.made_at zone=zone/></dd>
                {next}
                {line.closed_at.map(|at| view! { <dt>"Since"</dt> <dd><Moment at=at zone=zone/></dd> })}
                {(!line.note.is_empty()).then(|| view! { <dt>"Why"</dt> <dd>{line.note.clone()}</dd> })}
                {timeline}
            </dl>
        </section>
    }
    .into_any()
}

fn log(attempts: Vec<Attempt>, zone: Zone) -> AnyView {
    let content = if attempts.is_empty() {
        view! { <p class="b muted">"Nobody tried to send it."</p> }.into_any()
    } else {
        let rows: Vec<_> = attempts.into_iter().map(|attempt| row(attempt, zone)).collect();
        view! {
            <TableBox label="Attempts to send this mail">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"Attempt"</th>
                            <th scope="col">"Outcome"</th>
                            <th scope="col">"Answer"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </TableBox>
        }
        .into_any()
    };
    view! {
        <section class="card">
            <div class="h"><h2>"Attempts"</h2></div>
            {content}
        </section>
    }
    .into_any()
}

fn row(attempt: Attempt, zone: Zone) -> AnyView {
    let outcome = match attempt.ended.map(|(_, outcome)| outcome) {
        Some(AttemptOutcome::Sent) => view! { <Tag label="Sent" mood=Mood::Good/> },
        Some(AttemptOutcome::Deferred) => view! { <Tag label="Tried again later" mood=Mood::Wait/> },
        Some(AttemptOutcome::Refused) => view! { <Tag label="Given up" mood=Mood::Bad/> },
        None => view! { <Tag label="Unknown" mood=Mood::Info/> },
    };
    let answer = match attempt.ended {
        Some(_) => attempt.answer,
        None => "On its way; or the portal stopped before it knew, and sends the mail again.".to_owned(),
    };
    view! {
        <tr>
            <th scope="row" class="num"><Moment at=attempt.began_at zone=zone/></th>
            <td data-label="Outcome">{outcome}</td>
            <td data-label="Answer">{answer}</td>
        </tr>
    }
    .into_any()
}

/// Sends it again.
pub async fn submit(visit: Visit, _form: Form) -> Result<Outcome, Fault> {
    let id = of_path(&visit)?;
    resend_mail(&visit.app, visit.caller()?, &id).await?;
    let said = match visit.app.post.mailer {
        Some(_) => "The mail is queued again.",
        None => "The mail is queued again. It leaves as soon as a mail server is configured.",
    };
    Ok(Outcome::go(format!("{LIST}/{id}"), Flash::wait(said)))
}
