//! From a request at a route to the answer: who may come, the page, its form, and what a refusal does.

use super::{
    Front, cookies, error_page,
    guard::slow::TooSlow,
    kept, render,
    route::{Access, Kind, PageFn, Route, SubmitFn},
    session::{self, Session},
};
use crate::{
    app::{
        AppError,
        recover::Acknowledgment,
        sessions::SignedInSession,
        viewer::{Viewer, find_viewer},
    },
    domain::refusal::Refusal,
    ui::{
        answer::{Content, Fault, Outcome, without_secrets},
        chrome,
        document::document,
        form::{Form, FormFault, FormState},
        layout,
        pages::account::{self, sign_in},
        visit::{Arrival, Visit, local_path},
    },
};
use axum::{
    body::Body,
    extract::{RawPathParams, Request},
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
    response::{Html, IntoResponse as _, Redirect, Response},
};
use http_body_util::{BodyExt as _, LengthLimitError};
use leptos::{
    prelude::provide_context,
    reactive::{
        computed::ScopedFuture,
        owner::{Owner, Sandboxed},
    },
};
use std::time::Duration;

/// Where a person signs in.
const SIGN_IN: &str = "/sign-in";

/// Where a person chooses their own password.
const CHANGE_PASSWORD: &str = "/change-password";

/// Where an administrator acknowledges that another one was recovered from the server's console.
const RECOVERED: &str = "/recovered";

/// How long a page waits for the turn to note that its reader was seen.
const NOTING: Duration = Duration::from_secs(1);

/// Answers one request at its route.
pub async fn answer(front: &Front, route: &Route, params: &RawPathParams, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Some(arrival) = parts.extensions.get::<Arrival>().cloned() else {
        tracing::error!("a request reached its route without passing the door");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let Some(session) = parts.extensions.get::<Session>().cloned() else {
        tracing::error!("a request reached its route without a session");
        return error_page::ours(front, &arrival);
    };
    let mut visit = visit(front, arrival, params, &parts);
    if let Err(fault) = recognise(front, route, &session, &mut visit).await {
        return fault_answer(front, &visit, &fault);
    }
    let form = match parts.method {
        Method::POST => match read_form(&parts.headers, body).await {
            Ok(form) => Some(form),
            Err(unreadable) => return unreadable.answer(front, &visit.arrival),
        },
        _ => None,
    };
    let answered = render::within(&visit.arrival, &front.assets.files().icons, async {
        if let Some(elsewhere) = first_things_first(&visit) {
            return Ok(elsewhere);
        }
        if let Some(elsewhere) = form.is_none().then(|| signed_in_meanwhile(&visit)).flatten() {
            return Ok(elsewhere);
        }
        if let Err(fault) = admit(route.access, visit.viewer.as_ref()) {
            let Some(form) = form else { return Err(fault) };
            if matches!(fault, Fault::App(AppError::SignedOut)) {
                return sign_in_again(front, visit.clone(), &form).await;
            }
            return if is_verification(&fault) { kept::verify_first(&visit, &form).await } else { Err(fault) };
        }
        // Held until the answer is made: nobody takes all connections to the database.
        let _turn = match &visit.viewer {
            Some(viewer) => Some(front.app.turn_to_read(&viewer.caller.user).await?),
            None => None,
        };
        match (&route.kind, form) {
            (Kind::Page { page, .. }, None) => {
                show(front, page, kept::filled_in(visit.clone()).await?, StatusCode::OK).await
            }
            (Kind::Page { page, submit: Some(submit) }, Some(form)) => {
                change(front, page, submit, visit.clone(), &session, form).await
            }
            (Kind::Raw(raw), None) => raw(visit.clone()).await,
            (Kind::Made { made, .. }, Some(_)) => whole(made(visit.clone())).await,
            (Kind::Made { page, .. }, None) => {
                let query = visit.query.encoded();
                Ok(Redirect::to(&format!("{page}{}{query}", if query.is_empty() { "" } else { "?" })).into_response())
            }
            (Kind::Page { submit: None, .. } | Kind::Raw(_), Some(_)) => Err(Refusal::NotFound("page").into()),
        }
    })
    .await;
    let mut response =
        answered.unwrap_or_else(|fault| asking_for_patience(fault_answer(front, &visit, &fault), &fault));
    cookies::set(response.headers_mut(), visit.arrival.secure, visit.take_cookies());
    if visit.flash.is_some() && response.status() == StatusCode::OK && !is_prefetch(&parts.headers) {
        cookies::forget_flash(response.headers_mut(), visit.arrival.secure);
    }
    response
}

/// Finds out who is asking. A session whose person is gone or disabled is nobody's.
async fn recognise(front: &Front, route: &Route, session: &Session, visit: &mut Visit) -> Result<(), Fault> {
    if let Some(signed_in) = session::current(session).await? {
        if matches!(route.kind, Kind::Page { .. } | Kind::Made { .. }) {
            note_seen(front, session, &signed_in).await;
        }
        let caller = session::caller(&signed_in, &visit.arrival.request_id);
        visit.viewer = find_viewer(&front.app, caller, signed_in.session, visit.now()).await?;
    }
    Ok(())
}

/// Notes that the person did something. When that cannot be written, or not soon, they still look at what there is.
async fn note_seen(front: &Front, session: &Session, signed_in: &SignedInSession) {
    if front.app.store.turn_blocked_for().is_some_and(|blocked| blocked >= NOTING) {
        return;
    }
    match tokio::time::timeout(NOTING, session::note_seen(session, signed_in)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            front.app.note_failure(&error);
            tracing::warn!(error = chain(&error), "that somebody was seen could not be noted");
        }
        Err(_) => tracing::warn!("that somebody was seen could not be noted in time"),
    }
}

/// Whoever was given a password by somebody else chooses their own before they go anywhere; then an administrator acknowledges that
/// another one was recovered from the server's console.
fn first_things_first(visit: &Visit) -> Option<Response> {
    let viewer = visit.viewer.as_ref()?;
    let first = if viewer.must_change_password {
        CHANGE_PASSWORD
    } else if viewer.recovery == Acknowledgment::Own {
        RECOVERED
    } else {
        return None;
    };
    let there = visit.path() == first || matches!(visit.path(), "/sign-out" | "/theme");
    (!there).then(|| Redirect::to(&format!("{first}?{}", back_to(visit))).into_response())
}

/// A page that was on its way with an older cookie is sent to the sign-in page, also when the browser has the cookie of a session by then:
/// it goes on to where it was.
fn signed_in_meanwhile(visit: &Visit) -> Option<Response> {
    let is_there = visit.path() == SIGN_IN && visit.query.has("to") && visit.viewer.is_some();
    is_there.then(|| Redirect::to(&account::destination(visit)).into_response())
}

/// The query that brings the person back to where they are.
fn back_to(visit: &Visit) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair("to", &visit.here()).finish()
}

fn visit(front: &Front, arrival: Arrival, params: &RawPathParams, parts: &Parts) -> Visit {
    let params = params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let query = Form::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let secure = arrival.secure;
    let mut visit = Visit::new(front.app.clone(), arrival, parts.uri.path(), params, query);
    visit.viewer = parts.extensions.get::<Viewer>().cloned();
    visit.flash = cookies::flash(&parts.headers, secure);
    visit
}

/// A browser that fetches a page ahead must not use up what the page says once.
fn is_prefetch(headers: &HeaderMap) -> bool {
    headers.get("sec-purpose").is_some_and(|purpose| purpose.as_bytes().starts_with(b"prefetch"))
}

/// Whoever may not come is told that there is nothing: what one may not see is not there.
fn admit(access: Access, viewer: Option<&Viewer>) -> Result<(), Fault> {
    match (access, viewer) {
        (Access::Public, _) | (Access::SignedIn, Some(_)) => Ok(()),
        (Access::SignedIn | Access::May(_), None) => Err(Fault::App(AppError::SignedOut)),
        (Access::May(permission), Some(viewer)) => match viewer.standing.permit(permission) {
            Ok(()) => Ok(()),
            Err(Refusal::VerificationRequired) => Err(Refusal::VerificationRequired.into()),
            Err(_) => Err(Refusal::NotFound("page").into()),
        },
    }
}

/// The session of whoever sent a form is over. The answer asks them to sign in, and carries what they typed along: the server keeps
/// nothing for people it does not know.
async fn sign_in_again(front: &Front, visit: Visit, form: &Form) -> Result<Response, Fault> {
    let carried = Form::from_fields(vec![
        (sign_in::DRAFT.to_owned(), without_secrets(form).encoded()),
        (sign_in::DRAFT_AT.to_owned(), visit.here()),
    ]);
    let visit = visit.showing(FormState::carried(carried));
    provide_context(visit.form.clone());
    let content = sign_in::page(visit.clone()).await?;
    whole_document(front, &visit, content, StatusCode::UNAUTHORIZED).await
}

async fn show(front: &Front, page: &PageFn, visit: Visit, status: StatusCode) -> Result<Response, Fault> {
    provide_context(visit.form.clone());
    let content = page(visit.clone()).await?;
    whole_document(front, &visit, content, status).await
}

/// Runs a change on a task of its own, so that a browser that goes away cannot cut it in half.
async fn whole<T: Send + 'static>(change: impl Future<Output = Result<T, Fault>> + Send + 'static) -> Result<T, Fault> {
    match tokio::spawn(change).await {
        Ok(done) => done,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => Err(Fault::App(AppError::Broken("the task of a change"))),
    }
}

/// Runs the change of a page's form, and answers with what it decided.
async fn change(
    front: &Front,
    page: &PageFn,
    submit: &SubmitFn,
    visit: Visit,
    session: &Session,
    form: Form,
) -> Result<Response, Fault> {
    let owner = Owner::current().unwrap_or_default();
    let running = owner.with(|| ScopedFuture::new(submit(visit.clone(), form.clone())));
    match whole(Sandboxed::new(running)).await {
        Ok(Outcome::Again) => show(front, page, visit.showing(FormState::carried(form)), StatusCode::OK).await,
        Ok(outcome) => {
            kept::forget(&visit).await;
            carry_out(front, &visit, session, outcome).await
        }
        Err(fault) => {
            let fault = match fault {
                Fault::App(error) => Fault::App(front.app.told(error)),
                fault @ Fault::Form(_) => fault,
            };
            let fault = if is_verification(&fault) {
                match kept::verify_first(&visit, &form).await {
                    Ok(away) => return Ok(away),
                    // It cannot be kept: it is shown again, with the reason.
                    Err(fault) => fault,
                }
            } else {
                fault
            };
            let refused = fault.refused();
            if refused.is_empty() {
                return Err(fault);
            }
            tracing::info!(codes = ?refused.iter().map(|refused| &refused.code).collect::<Vec<_>>(), "refused");
            let state = FormState::refused_with(form, refused);
            let shown = show(front, page, visit.showing(state), status_of(&fault)).await?;
            Ok(asking_for_patience(shown, &fault))
        }
    }
}

/// Does what the change decided: to the session, and to the browser.
async fn carry_out(front: &Front, visit: &Visit, session: &Session, outcome: Outcome) -> Result<Response, Fault> {
    match outcome {
        Outcome::Go { to, flash } => {
            let mut response = Redirect::to(local_path(&to).unwrap_or("/")).into_response();
            if let Some(flash) = flash {
                cookies::leave_flash(response.headers_mut(), visit.arrival.secure, &flash);
            }
            Ok(response)
        }
        Outcome::Show(content) => whole_document(front, visit, content.shown_once(), StatusCode::OK).await,
        Outcome::SignedIn { signed_in, to } => {
            session::begin(session, signed_in.secret).await?;
            Ok(Redirect::to(local_path(&to).unwrap_or("/")).into_response())
        }
        Outcome::Moved { secret, then } => {
            if let Some(secret) = secret {
                session::moved(session, secret);
            }
            Box::pin(carry_out(front, visit, session, *then)).await
        }
        // Only the change itself knows the form that is shown again.
        Outcome::Again => Err(Fault::App(AppError::Broken("a page shown again after something else"))),
        Outcome::SignedOut { to } => {
            session::end(session);
            Ok(Redirect::to(local_path(&to).unwrap_or("/")).into_response())
        }
    }
}

/// True when a second factor has to be shown first.
fn is_verification(fault: &Fault) -> bool {
    matches!(fault, Fault::App(error) if error.refusals().first() == Some(&Refusal::VerificationRequired))
}

async fn whole_document(front: &Front, visit: &Visit, content: Content, status: StatusCode) -> Result<Response, Fault> {
    let chrome = chrome::load(visit).await?;
    let title = layout::browser_title(&content.title, &chrome.organization);
    let body = layout::body(visit, chrome, content);
    Ok((status, Html(document(&title, front.assets.files(), &visit.arrival, body))).into_response())
}

/// The status of a fault. 404 also stands for what the person may not see.
fn status_of(fault: &Fault) -> StatusCode {
    match fault {
        Fault::App(AppError::SignedOut) => StatusCode::UNAUTHORIZED,
        Fault::App(error) => error
            .refusals()
            .first()
            .and_then(|refusal| StatusCode::from_u16(refusal.status()).ok())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        Fault::Form(FormFault::Missing(_)) => StatusCode::UNPROCESSABLE_ENTITY,
        Fault::Form(FormFault::Doubled(_)) => StatusCode::BAD_REQUEST,
    }
}

/// Says when to try again, where waiting helps.
fn asking_for_patience(mut response: Response, fault: &Fault) -> Response {
    if let Fault::App(error) = fault
        && let Some(wait) = error.refusals().first().and_then(Refusal::retry_after)
    {
        response.headers_mut().insert(header::RETRY_AFTER, wait.seconds_rounded_up().max(1).into());
    }
    response
}

/// What a fault becomes when no page can show it beside its form.
fn fault_answer(front: &Front, visit: &Visit, fault: &Fault) -> Response {
    let back_here = || back_to(visit);
    match fault {
        Fault::App(AppError::SignedOut) => Redirect::to(&format!("/sign-in?{}", back_here())).into_response(),
        Fault::App(_) if is_verification(fault) => Redirect::to(&format!("/verify?{}", back_here())).into_response(),
        Fault::App(error) if error.refusals().is_empty() => {
            tracing::error!(error = chain(error), "could not answer");
            front.app.note_failure(error);
            error_page::ours(front, &visit.arrival)
        }
        Fault::App(error) if matches!(error.refusals().first(), Some(Refusal::NotFound("page"))) => {
            error_page::not_found(front, &visit.arrival)
        }
        Fault::App(error) => {
            let sentences = error.refusals().iter().map(Refusal::to_string).collect::<Vec<_>>().join(" ");
            error_page::answer(front, &visit.arrival, status_of(fault), "This cannot be shown", &sentences)
        }
        Fault::Form(fault_of_form) => error_page::answer(
            front,
            &visit.arrival,
            status_of(fault),
            "This cannot be shown",
            &fault_of_form.to_string(),
        ),
    }
}

/// An error with the whole chain of its causes, for the log.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Why a form could not be read at all.
pub(super) enum Unreadable {
    TooLarge,
    TooSlow,
    OtherKind,
    Interrupted,
}

impl Unreadable {
    pub(super) fn answer(&self, front: &Front, arrival: &Arrival) -> Response {
        match self {
            Self::TooLarge => error_page::too_large(front, arrival),
            Self::TooSlow => error_page::answer(
                front,
                arrival,
                StatusCode::REQUEST_TIMEOUT,
                "That took too long",
                "The whole form was not here within 30 seconds. Nothing was changed. Send it again.",
            ),
            Self::OtherKind => error_page::answer(
                front,
                arrival,
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "That form cannot be read",
                "Forms are sent here as a browser sends them, in the encoding application/x-www-form-urlencoded.",
            ),
            Self::Interrupted => error_page::answer(
                front,
                arrival,
                StatusCode::BAD_REQUEST,
                "That form did not arrive",
                "The connection broke before the whole form was here. Nothing was changed.",
            ),
        }
    }
}

pub(super) async fn read_form(headers: &HeaderMap, body: Body) -> Result<Form, Unreadable> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    // A form without any field may come without a body and so without a type.
    if !essence.is_empty() && !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Unreadable::OtherKind);
    }
    match body.collect().await {
        Ok(collected) => Ok(Form::parse(&collected.to_bytes())),
        Err(error) if is_caused_by::<LengthLimitError>(&error) => Err(Unreadable::TooLarge),
        Err(error) if is_caused_by::<TooSlow>(&error) => Err(Unreadable::TooSlow),
        Err(_) => Err(Unreadable::Interrupted),
    }
}

/// Whether one of the guards of the body cut it off.
fn is_caused_by<E: std::error::Error + 'static>(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source()).any(<dyn std::error::Error>::is::<E>)
}
