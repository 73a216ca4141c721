//! What became of requests that were just sent: the stages, as they really are.

use super::{role_tables::Seen, status};
use crate::{
    app::show_request::show_my_request,
    domain::{ids::RequestId, refusal::Refusal, request::State},
    ui::{
        answer::{Content, PageResult},
        parts::{ButtonLink, Look},
        time::Zone,
        visit::Visit,
    },
};
use leptos::prelude::*;

/// Shows the stages of my requests that the query names.
pub async fn page(visit: Visit) -> PageResult {
    let (caller, now) = (visit.caller()?, visit.now());
    let seen = Seen { zone: Zone::of(visit.viewer()?), now };
    let mut cards = Vec::new();
    let mut titles = Vec::new();
    for id in visit.query.many("request").take(20) {
        let id = RequestId::parse(id).map_err(|_| Refusal::NotFound("request"))?;
        let mine = show_my_request(&visit.app, caller, &id, now).await?;
        let name = mine.line.role_name.clone();
        titles.push(match mine.line.request.state {
            State::PendingApproval { .. } | State::PendingAdminDecision { .. } => format!("{name} is requested"),
            State::Granted { .. } => format!("{name} is scheduled"),
            State::Provisioned { .. } => format!("{name} is activated"),
            State::Denied(_)
            | State::Canceled { .. }
            | State::TimedOut { .. }
            | State::Revoked { .. }
            | State::Failed { .. } => name.clone(),
        });
        let href = format!("/my-requests/{id}");
        cards.push(view! {
            <section class="card">
                <div class="h"><h2>{name}</h2> <a href=href>"The request"</a></div>
                <div class="b">{status::stages(&mine.line, mine.deciders.as_ref(), seen)}</div>
            </section>
        });
    }
    let title = match titles.as_slice() {
        [] => return Err(Refusal::NotFound("request").into()),
        [one] => one.clone(),
        several => format!("{} requests sent", several.len()),
    };
    let view = view! {
        <div class="stack">{cards}</div>
        <div class="actions">
            <ButtonLink label="My roles" look=Look::Go href="/my-roles?tab=active"/>
            <ButtonLink label="My requests" href="/my-requests"/>
        </div>
    };
    Ok(Content::new(title, view).under("Tasks").crumb("My roles", "/my-roles"))
}
