//! From a request at a route to the answer: who may come, the page, its form, and what a refusal does.

use super::{
    Front, cookies, error_page, render,
    route::{Access, Kind, PageFn, Route, SubmitFn},
};
use crate::{
    app::{caller::Caller, error::AppError},
    domain::refusal::{Kind as RefusalKind, Refusal},
    ui::{
        answer::{Content, Fault, Outcome},
        chrome,
        document::document,
        form::{Form, FormFault, FormState},
        layout,
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
use leptos::prelude::provide_context;

/// Answers one request at its route.
pub async fn answer(front: &Front, route: &Route, params: &RawPathParams, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Some(arrival) = parts.extensions.get::<Arrival>().cloned() else {
        tracing::error!("a request reached its route without passing the door");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let visit = visit(front, arrival, params, &parts);
    let form = match parts.method {
        Method::POST => match read_form(&parts.headers, body).await {
            Ok(form) => Some(form),
            Err(unreadable) => return unreadable.answer(front, &visit.arrival),
        },
        _ => None,
    };
    let answered = render::within(&visit.arrival, &front.assets.files().icons, async {
        admit(route.access, visit.caller.as_ref())?;
        match (&route.kind, form) {
            (Kind::Page { page, .. }, None) => show(front, page, visit.clone(), StatusCode::OK).await,
            (Kind::Page { page, submit: Some(submit) }, Some(form)) => {
                change(front, page, submit, visit.clone(), form).await
            }
            (Kind::Raw(raw), None) => raw(visit.clone()).await,
            (Kind::Page { submit: None, .. } | Kind::Raw(_), Some(_)) => Err(Fault::App(AppError::NotFound)),
        }
    })
    .await;
    let mut response = answered.unwrap_or_else(|fault| fault_answer(front, &visit, &fault));
    cookies::set(response.headers_mut(), visit.arrival.secure, visit.take_cookies());
    if visit.flash.is_some() && response.status() == StatusCode::OK && !is_prefetch(&parts.headers) {
        cookies::forget_flash(response.headers_mut(), visit.arrival.secure);
    }
    response
}

fn visit(front: &Front, arrival: Arrival, params: &RawPathParams, parts: &Parts) -> Visit {
    let params = params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let query = Form::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let secure = arrival.secure;
    let mut visit = Visit::new(front.app.clone(), arrival, parts.uri.path(), params, query);
    visit.caller = parts.extensions.get::<Caller>().cloned();
    visit.flash = cookies::flash(&parts.headers, secure);
    visit
}

/// A browser that fetches a page ahead must not use up what the page says once.
fn is_prefetch(headers: &HeaderMap) -> bool {
    headers.get("sec-purpose").is_some_and(|purpose| purpose.as_bytes().starts_with(b"prefetch"))
}

fn admit(access: Access, caller: Option<&Caller>) -> Result<(), Fault> {
    match (access, caller) {
        (Access::Public, _) | (Access::SignedIn, Some(_)) => Ok(()),
        (Access::SignedIn | Access::May(_), None) => Err(Fault::App(AppError::SignedOut)),
        (Access::May(permission), Some(caller)) if caller.may(permission) => Ok(()),
        (Access::May(_), Some(_)) => Err(Refusal::NotAllowed.into()),
    }
}

async fn show(front: &Front, page: &PageFn, visit: Visit, status: StatusCode) -> Result<Response, Fault> {
    provide_context(visit.form.clone());
    let content = page(visit.clone()).await?;
    whole_document(front, &visit, content, status).await
}

async fn change(front: &Front, page: &PageFn, submit: &SubmitFn, visit: Visit, form: Form) -> Result<Response, Fault> {
    match submit(visit.clone(), form.clone()).await {
        Ok(Outcome::Go { to, flash }) => {
            let mut response = Redirect::to(local_path(&to).unwrap_or("/")).into_response();
            if let Some(flash) = flash {
                cookies::leave_flash(response.headers_mut(), visit.arrival.secure, &flash);
            }
            Ok(response)
        }
        Ok(Outcome::Show(content)) => whole_document(front, &visit, *content, StatusCode::OK).await,
        Err(fault) => match fault.refused() {
            Some(refused) => {
                tracing::info!(code = refused.code, "refused");
                show(front, page, visit.showing(FormState::refused_with(form, refused)), status_of(&fault)).await
            }
            None => Err(fault),
        },
    }
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
        Fault::App(AppError::Refused(refusal)) => match refusal.kind() {
            RefusalKind::Rule => StatusCode::UNPROCESSABLE_ENTITY,
            RefusalKind::Stale => StatusCode::CONFLICT,
            RefusalKind::Forbidden => StatusCode::FORBIDDEN,
            RefusalKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        },
        Fault::App(AppError::NotFound) => StatusCode::NOT_FOUND,
        Fault::App(AppError::SignedOut) => StatusCode::UNAUTHORIZED,
        Fault::App(AppError::Internal(_)) => StatusCode::INTERNAL_SERVER_ERROR,
        Fault::Form(FormFault::Missing(_)) => StatusCode::UNPROCESSABLE_ENTITY,
        Fault::Form(FormFault::Doubled(_)) => StatusCode::BAD_REQUEST,
    }
}

/// What a fault becomes when no page can show it beside its form.
fn fault_answer(front: &Front, visit: &Visit, fault: &Fault) -> Response {
    match fault {
        Fault::App(AppError::SignedOut) => {
            let back = form_urlencoded::Serializer::new(String::new()).append_pair("to", &visit.here()).finish();
            Redirect::to(&format!("/sign-in?{back}")).into_response()
        }
        Fault::App(AppError::Internal(cause)) => {
            tracing::error!(error = format!("{cause:#}"), "could not answer");
            error_page::ours(front, &visit.arrival)
        }
        Fault::App(AppError::NotFound) => error_page::not_found(front, &visit.arrival),
        Fault::App(AppError::Refused(_)) | Fault::Form(_) => error_page::answer(
            front,
            &visit.arrival,
            status_of(fault),
            "This page can not be shown",
            &fault.to_string(),
        ),
    }
}

/// Why a form could not be read at all.
enum Unreadable {
    TooLarge,
    OtherKind,
    Interrupted,
}

impl Unreadable {
    fn answer(&self, front: &Front, arrival: &Arrival) -> Response {
        match self {
            Self::TooLarge => error_page::too_large(front, arrival),
            Self::OtherKind => error_page::answer(
                front,
                arrival,
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "That form can not be read",
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

async fn read_form(headers: &HeaderMap, body: Body) -> Result<Form, Unreadable> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    // A form without any field may come without a body and so without a type.
    if !essence.is_empty() && !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Unreadable::OtherKind);
    }
    match body.collect().await {
        Ok(collected) => Ok(Form::parse(&collected.to_bytes())),
        Err(error) if hit_the_limit(&error) => Err(Unreadable::TooLarge),
        Err(_) => Err(Unreadable::Interrupted),
    }
}

/// Whether the size guard cut the body off.
fn hit_the_limit(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source()).any(<dyn std::error::Error>::is::<LengthLimitError>)
}
