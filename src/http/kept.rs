//! What was typed and could not be sent yet. It is kept behind an id in the address of its page, so that several forms in several windows
//! each have their own, and to open a page costs no question unless it has such an id.

use axum::response::{IntoResponse as _, Redirect, Response};

use crate::{
    app::drafts::{self, Draft},
    domain::refusal::Refusal,
    ui::{
        answer::{Fault, kept_at, without_secrets},
        form::{Form, FormState},
        visit::{Visit, own_path},
    },
};

/// The field of an address that names a draft.
const FIELD: &str = "draft";

/// Keeps what was sent to this page, and leads to where the person shows their second factor, and then back.
pub(super) async fn verify_first(visit: &Visit, form: &Form) -> Result<Response, Fault> {
    let draft = Draft { address: visit.here_without(FIELD), form: without_secrets(form).encoded() };
    let id = drafts::keep(&visit.app, &visit.caller()?.user, &draft).await?;
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("to", &kept_at(&id)).finish();
    Ok(Redirect::to(&format!("/verify?{query}")).into_response())
}

/// Leads to the page whose draft this is.
pub(super) async fn open(visit: Visit) -> Result<Response, Fault> {
    let id = visit.param("id")?;
    let found = drafts::find(&visit.app, &visit.caller()?.user, id).await?;
    let draft = found.ok_or(Refusal::NotFound("page"))?;
    let address = own_path(&draft.address).unwrap_or("/");
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let query = Form::parse(query.as_bytes()).encoded_with(FIELD, id);
    Ok(Redirect::to(&format!("{path}?{query}")).into_response())
}

/// The page with what was typed on it, where its address names a draft of this page.
pub(super) async fn filled_in(visit: Visit) -> Result<Visit, Fault> {
    let Some((viewer, id)) = visit.viewer.as_ref().zip(visit.query.many(FIELD).next()) else { return Ok(visit) };
    let found = drafts::find(&visit.app, &viewer.caller.user, id).await?;
    let path = |address: &str| address.split('?').next().unwrap_or_default().to_owned();
    Ok(match found.filter(|draft| path(&draft.address) == visit.path()) {
        Some(draft) => visit.showing(FormState::carried(Form::parse(draft.form.as_bytes()))),
        None => visit,
    })
}

/// Forgets the draft that the address names: it was sent.
pub(super) async fn forget(visit: &Visit) {
    let Some((viewer, id)) = visit.viewer.as_ref().zip(visit.query.many(FIELD).next()) else { return };
    if let Err(error) = drafts::forget(&visit.app, &viewer.caller.user, id).await {
        // It goes by itself.
        tracing::warn!(error = &error as &dyn std::error::Error, "a draft that was sent is kept for its hour");
    }
}
