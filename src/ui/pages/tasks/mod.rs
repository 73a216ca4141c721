//! What people do for themselves: their roles, their requests, and the requests that wait for their decision.

pub mod activate;
pub mod activated;
pub mod approve_request;
pub mod approve_requests;
pub mod ask_change;
pub mod change_requests;
pub mod deactivate;
mod decide_change;
pub mod my_request;
pub mod my_requests;
pub mod my_roles;
mod pane;
mod role_tables;
mod status;
mod together;
pub mod waiting_requests;

use crate::{
    domain::{ids::RequestId, name::Prose, refusal::Refusal, time::Instant},
    ui::{
        answer::Fault,
        form::{Form, FormFault},
        parts::AFTER,
        visit::Visit,
    },
};

/// Characters of a reason or a justification.
const LONGEST_REASON: u32 = 500;

/// Where this page of a list begins: the two parts of its key.
fn after(visit: &Visit) -> Result<Option<(String, String)>, FormFault> {
    let after = visit.query.optional(AFTER)?.and_then(|after| after.rsplit_once('~'));
    Ok(after.map(|(key, id)| (key.to_owned(), id.to_owned())))
}

/// The same for lists by time.
fn after_moment(visit: &Visit) -> Result<Option<(Instant, String)>, FormFault> {
    let after = after(visit)?;
    Ok(after.and_then(|(at, id)| at.parse().ok().map(|at| (Instant::from_millis(at), id))))
}

/// A key as the query carries it.
fn key(first: &str, id: &str) -> String {
    format!("{first}~{id}")
}

/// The request that the path names. What is no id names nothing.
fn request_of_path(visit: &Visit) -> Result<RequestId, Fault> {
    RequestId::parse(visit.param("id")?).map_err(|_| Refusal::NotFound("request").into())
}

/// A reason as it was typed, parsed; blank is an answer too.
fn reason(form: &Form, field: &'static str) -> Result<Prose<500>, Fault> {
    Ok(Prose::parse(form.optional(field)?.unwrap_or_default()).map_err(|error| error.at(field))?)
}
