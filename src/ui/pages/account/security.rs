//! My security: where I am signed in, my second factor, my password, my preferences.

use super::preferences;
use crate::app::end_session::{end_other_sessions, end_session};
use crate::app::list_sessions::{SessionLine, list_sessions};
use crate::app::people::show_myself;
use crate::domain::ids::SessionId;
use crate::domain::refusal::Refusal;
use crate::domain::time::Instant;
use crate::ui::answer::{Content, Fault, Flash, Mood, Outcome, PageResult};
use crate::ui::form::Form;
use crate::ui::parts::{Button, ButtonLink, Look, TableBox, Tag};
use crate::ui::time::{Moment, Zone, relative};
use crate::ui::visit::Visit;
use leptos::prelude::*;

/// Shows it all.
pub async fn page(visit: Visit) -> PageResult {
    let viewer = visit.viewer()?;
    let zone = Zone::of(viewer);
    let (user, codes) = show_myself(&visit.app, &viewer.caller).await?;
    let sessions = list_sessions(&visit.app, &viewer.caller, &viewer.session).await?;
    let preferences = preferences::form(&visit).await?;
    let view = view! {
        <div class="two">
            <div class="stack">{sessions_card(sessions, zone, visit.now())}</div>
            <aside class="stack" aria-label="Password, second factor and preferences">
                {second_factor_card(user.second_factor_since, codes, zone)}
                <section class="card" aria-labelledby="password-heading">
                    <div class="h"><h2 id="password-heading">"Password"</h2></div>
                    <div class="b stack">
                        <p class="hint">"It does not expire. Change it when somebody else may know it."</p>
                        <div class="actions"><ButtonLink label="Change password" href="/change-password" icon="key"/></div>
                    </div>
                </section>
                <section class="card" aria-labelledby="preferences-heading">
                    <div class="h"><h2 id="preferences-heading">"Preferences"</h2></div>
                    <div class="b">{preferences}</div>
                </section>
            </aside>
        </div>
    };
    Ok(Content::new("Security", view).lead(format!("How {} signs in, and where.", user.user_principal_name)))
}

fn sessions_card(sessions: Vec<SessionLine>, zone: Zone, now: Instant) -> AnyView {
    let has_others = sessions.iter().any(|session| !session.is_current);
    let rows: Vec<_> = sessions.into_iter().map(|session| session_row(session, zone, now)).collect();
    view! {
        <section class="card" id="sessions" aria-labelledby="sessions-heading">
            <div class="h"><h2 id="sessions-heading">"Sessions"</h2></div>
            <form method="post">
                <TableBox label="Sessions">
                    <table>
                        <thead>
                            <tr>
                                <th scope="col">"Device"</th>
                                <th scope="col">"Last seen"</th>
                                <th scope="col">"Signed in"</th>
                                <th scope="col" class="act"><span class="visually-hidden">"Action"</span></th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </TableBox>
                {has_others.then(|| view! {
                    <div class="f"><Button label="End all other sessions" name="end_others" value="true" look=Look::No/></div>
                })}
            </form>
        </section>
    }
    .into_any()
}

fn session_row(session: SessionLine, zone: Zone, now: Instant) -> AnyView {
    let proof = if session.verified {
        view! { <Tag label="Verified" mood=Mood::Good/> }
    } else {
        view! { <Tag label="Password only"/> }
    };
    let last = if session.is_current {
        view! { <Tag label="This session" mood=Mood::Info/> }.into_any()
    } else {
        let name = format!("End the session of {} at {}", session.device, session.address);
        view! { <Button label="End" name="end" value=session.id.to_string() aria_label=name look=Look::No/> }.into_any()
    };
    view! {
        <tr>
            <th scope="row">{session.device} <small class="mono">{session.address}</small></th>
            <td data-label="Last seen" class="num">
                <span>{relative(session.last_seen_at, now)}</span>
                <small><Moment at=session.last_seen_at zone=zone/></small>
            </td>
            <td data-label="Signed in" class="num"><Moment at=session.signed_in_at zone=zone/> <small>{proof}</small></td>
            <td class="act">{last}</td>
        </tr>
    }
    .into_any()
}

fn second_factor_card(since: Option<Instant>, codes: i64, zone: Zone) -> AnyView {
    let body = if let Some(since) = since {
        let mood = if codes < 3 { Mood::Wait } else { Mood::Good };
        view! {
            <dl class="facts">
                <dt>"Authenticator"</dt>
                <dd><Tag label="On" mood=Mood::Good/> <small>"since " <Moment at=since zone=zone/></small></dd>
                <dt>"Recovery codes"</dt>
                <dd><Tag label=format!("{codes} left") mood=mood/></dd>
            </dl>
            <div class="actions">
                <ButtonLink label="New recovery codes" href="/recovery-codes"/>
                <ButtonLink label="Replace authenticator" href="/second-factor?to=/security"/>
            </div>
        }
        .into_any()
    } else {
        view! {
            <p class="hint">"Most roles can be activated only with a second factor."</p>
            <div class="actions"><ButtonLink label="Set it up" href="/second-factor?to=/security" look=Look::Go icon="qr"/></div>
        }
        .into_any()
    };
    view! {
        <section class="card" aria-labelledby="factor-heading">
            <div class="h"><h2 id="factor-heading">"Second factor"</h2></div>
            <div class="b stack">{body}</div>
        </section>
    }
    .into_any()
}

/// Ends one session, or all others.
pub async fn submit(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    let viewer = visit.viewer()?;
    if form.has("end_others") {
        let ended = end_other_sessions(&visit.app, &viewer.caller, &viewer.session).await?;
        let words = match ended {
            0 => "There was no other session.".to_owned(),
            1 => "1 other session has ended.".to_owned(),
            many => format!("{many} other sessions have ended."),
        };
        return Ok(Outcome::go("/security", Flash::good(words)));
    }
    let id = SessionId::parse(form.one("end")?).map_err(|_| Refusal::NotFound("session"))?;
    if id == viewer.session {
        return Ok(Outcome::quietly("/sign-out"));
    }
    end_session(&visit.app, &viewer.caller, &id).await?;
    Ok(Outcome::go("/security", Flash::good("The session has ended.")))
}
