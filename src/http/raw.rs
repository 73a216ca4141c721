//! What is no document: exports, streamed piece by piece, and links that lead on.

use axum::{
    body::Body,
    http::header,
    response::{IntoResponse as _, Redirect, Response},
};
use futures::TryStreamExt as _;

use crate::{
    app::{
        export_audit::{Format, export_audit},
        notices::open_notice,
        read_audit::Scope,
        show_mail::show_mail,
    },
    domain::{ids::NotificationId, refusal::Refusal},
    ui::{
        answer::Fault,
        pages::{audit::filter, mail::message},
        visit::{Visit, local_path},
    },
};

/// The resource audit as CSV.
pub async fn resource_audit_csv(visit: Visit) -> Result<Response, Fault> {
    audit(visit, Scope::Resource, Format::Csv).await
}

/// The resource audit as JSON.
pub async fn resource_audit_json(visit: Visit) -> Result<Response, Fault> {
    audit(visit, Scope::Resource, Format::Json).await
}

/// The reader's own part of the audit as CSV.
pub async fn my_audit_csv(visit: Visit) -> Result<Response, Fault> {
    audit(visit, Scope::Mine, Format::Csv).await
}

/// The reader's own part of the audit as JSON.
pub async fn my_audit_json(visit: Visit) -> Result<Response, Fault> {
    audit(visit, Scope::Mine, Format::Json).await
}

async fn audit(visit: Visit, scope: Scope, format: Format) -> Result<Response, Fault> {
    let filter = filter::read(&visit)?;
    let pieces = export_audit(&visit.app, visit.caller()?, scope, filter, format).await?;
    // Once the first piece is out, a failure can only be told by breaking off.
    let body = Body::from_stream(pieces.inspect_err(|error| {
        tracing::error!(error = error as &dyn std::error::Error, "an export broke off");
    }));
    let (kind, name) = match (format, scope) {
        (Format::Csv, Scope::Resource) => ("text/csv; charset=utf-8", "resource-audit.csv"),
        (Format::Json, Scope::Resource) => ("application/json", "resource-audit.json"),
        (Format::Csv, Scope::Mine) => ("text/csv; charset=utf-8", "my-audit.csv"),
        (Format::Json, Scope::Mine) => ("application/json", "my-audit.json"),
    };
    let disposition = format!("attachment; filename=\"{name}\"");
    Ok(([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)], body).into_response())
}

/// A mail as HTML, for its reader's eyes alone: it brings its own styles, so it is shown under a policy of its own, in which nothing
/// runs, nothing is fetched and nothing is sent.
pub async fn mail_html(visit: Visit) -> Result<Response, Fault> {
    let time_zone = &visit.viewer()?.time_zone;
    let shown = show_mail(&visit.app, visit.caller()?, &message::of_path(&visit)?, time_zone).await?;
    let policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox";
    let head = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, policy)];
    Ok((head, shown.html).into_response())
}

/// Marks a notice as read and leads to its place.
pub async fn open_notification(visit: Visit) -> Result<Response, Fault> {
    let id = NotificationId::parse(visit.param("id")?).map_err(|_| Refusal::NotFound("page"))?;
    let to = open_notice(&visit.app, visit.caller()?, &id).await?;
    Ok(Redirect::to(local_path(&to).unwrap_or("/")).into_response())
}
