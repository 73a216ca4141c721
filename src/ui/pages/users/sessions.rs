//! Where a person is signed in, and ending all of it.

use super::whose;
use crate::app::end_session::end_sessions_of;
use crate::app::list_sessions::{SessionLine, list_sessions_of};
use crate::app::people::show_user;
use crate::domain::ids::UserId;
use crate::domain::time::Instant;
use crate::ui::answer::{Content, Fault, Flash, Mood, Outcome, PageResult};
use crate::ui::form::Form;
use crate::ui::parts::{ButtonLink, Confirm, Look, TableBox, Tag};
use crate::ui::time::{Moment, Zone, relative};
use crate::ui::visit::Visit;
use leptos::prelude::*;

/// The card on the person's page. Nobody ends their own sessions there.
pub fn card(id: &UserId, sessions: Vec<SessionLine>, is_me: bool, zone: Zone, now: Instant) -> AnyView {
    let has_some = !sessions.is_empty();
    let body = if has_some {
        let rows: Vec<_> = sessions.into_iter().map(|session| row(session, zone, now)).collect();
        view! {
            <TableBox label="Sessions">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"Device"</th>
                            <th scope="col">"Last seen"</th>
                            <th scope="col">"Signed in"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </TableBox>
        }
        .into_any()
    } else {
        view! { <div class="b"><p class="muted">"Not signed in anywhere."</p></div> }.into_any()
    };
    let end = (has_some && !is_me).then(|| {
        view! {
            <div class="f">
                <ButtonLink label="End all sessions" href=format!("/users/{id}/end-sessions") look=Look::No icon="lock"/>
            </div>
        }
    });
    view! {
        <section class="card" aria-labelledby="sessions-heading">
            <div class="h"><h2 id="sessions-heading">"Sessions"</h2></div>
            {body}
            {end}
        </section>
    }
    .into_any()
}

fn row(session: SessionLine, zone: Zone, now: Instant) -> AnyView {
    let proof = if session.verified {
        view! { <Tag label="Verified" mood=Mood::Good/> }
    } else {
        view! { <Tag label="Password only"/> }
    };
    view! {
        <tr>
            <th scope="row">{session.device} <small class="mono">{session.address}</small></th>
            <td data-label="Last seen" class="num">
                <span>{relative(session.last_seen_at, now)}</span>
                <small><Moment at=session.last_seen_at zone=zone/></small>
            </td>
            <td data-label="Signed in" class="num"><Moment at=session.signed_in_at zone=zone/> <small>{proof}</small></td>
        </tr>
    }
    .into_any()
}

/// Asks.
pub async fn page(visit: Visit) -> PageResult {
    let id = whose(&visit)?;
    let name = show_user(&visit.app, visit.caller()?, &id).await?.0.display_name.to_string();
    let sessions = list_sessions_of(&visit.app, visit.caller()?, &id).await?;
    let count = match sessions.len() {
        0 => "They are not signed in anywhere at this moment.".to_owned(),
        1 => "They are signed in in one browser.".to_owned(),
        many => format!("They are signed in in {many} browsers."),
    };
    let back = format!("/users/{id}");
    let view = view! {
        <Confirm question=format!("End all sessions of {name}?") action="End all sessions" back=back.clone()>
            <p>{count} " All of it ends at once, and their open pages go to the sign-in page. They can sign in again: if somebody else knows their password, reset it; if they must not come back, disable the account."</p>
        </Confirm>
    };
    let content = Content::new("End all sessions", view).under("Manage").crumb("Users", "/users");
    Ok(content.crumb(name, back).with_summary_inside())
}

/// Does it.
pub async fn submit(visit: Visit, _form: Form) -> Result<Outcome, Fault> {
    let id = whose(&visit)?;
    let caller = visit.caller()?;
    let ended = end_sessions_of(&visit.app, caller, &id).await?;
    let name = show_user(&visit.app, caller, &id).await?.0.display_name;
    let words = match ended {
        0 => format!("{name} was not signed in anywhere."),
        1 => format!("1 session of {name} has ended."),
        many => format!("{many} sessions of {name} have ended."),
    };
    Ok(Outcome::go(format!("/users/{id}"), Flash::good(words)))
}
