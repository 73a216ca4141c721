//! Export of the audit: the filtered list as CSV or JSON, a batch at a time, and itself recorded.

use async_stream::try_stream;
use futures::Stream;

use crate::app::read_audit::{Scope, role_name};
use crate::app::record::Entry;
use crate::app::verify_audit::Verdict;
use crate::app::{App, AppError, AppResult, Caller};
use crate::domain::audit::{Activity, Event};
use crate::domain::audit_filter::Filter;
use crate::domain::csv;
use crate::domain::ids::UserId;
use crate::domain::limits::Costly;
use crate::domain::time::Instant;
use crate::store;

/// The form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values, for spreadsheets.
    Csv,
    /// One JSON array.
    Json,
}

impl Format {
    /// As people call it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Json => "JSON",
        }
    }

    fn head(self) -> String {
        match self {
            Self::Csv => csv::head(COLUMNS),
            Self::Json => "[".to_owned(),
        }
    }

    fn event(self, event: &Event, is_first: bool) -> String {
        match self {
            Self::Csv => csv::line(cells(event).iter().map(String::as_str)),
            Self::Json => format!("{}{}", if is_first { "\n" } else { ",\n" }, json(event)),
        }
    }

    const fn tail(self) -> &'static str {
        match self {
            Self::Csv => "",
            Self::Json => "\n]\n",
        }
    }
}

/// Events read at once.
const BATCH: i64 = 500;

/// The export as pieces of text, the newest event first, exactly as the list shows it at this moment. A row that cannot be read
/// ends the export with an error instead of being left out.
pub async fn export_audit(
    app: &App,
    caller: &Caller,
    scope: Scope,
    filter: Filter,
    format: Format,
) -> AppResult<impl Stream<Item = AppResult<String>> + Send + use<>> {
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, app.now()).await?;
    scope.permit(&standing)?;
    // What is recorded after this moment, the export's own event first of all, is not in it.
    let newest = store::audit::head(&mut db).await?.map_or(0, |(seq, _)| seq);
    let what = describe(&mut db, &filter, scope, format).await?;
    drop(db);
    app.spend(&caller.user, Costly::Export)?;
    let mut work = app.begin(caller).await?;
    work.record(Entry::new(Activity::AuditExported).reason(&what)).await?;
    work.commit().await?;
    Ok(pieces(app.clone(), caller.clone(), scope, filter, newest, format))
}

fn pieces(
    app: App,
    caller: Caller,
    scope: Scope,
    filter: Filter,
    newest: i64,
    format: Format,
) -> impl Stream<Item = AppResult<String>> + Send {
    try_stream! {
        yield format.head();
        let mut before = newest.saturating_add(1);
        let mut is_first = true;
        loop {
            // Looked at again each time: an export can take long, and its reader may lose their power meanwhile.
            let turn = app.turn_to_read(&caller.user).await?;
            let question = store::audit::look(&filter, scope.whose(&caller), Some(before), BATCH);
            let (standing, looked) = caller.ask(&app, app.now(), question).await?;
            drop(turn);
            scope.permit(&standing)?;
            let mut piece = String::new();
            for row in looked.found {
                let event = row.map_err(|seq| {
                    AppError::AuditTampered(Verdict::Broken { seq, problem: "it cannot be read" })
                })?;
                piece += &format.event(&event, is_first);
                is_first = false;
            }
            if !piece.is_empty() {
                yield piece;
            }
            match looked.more_before {
                Some(place) => before = place,
                None => break,
            }
        }
        yield format.tail().to_owned();
    }
}

/// What was exported, as the audit tells it.
async fn describe(db: &mut store::Read, filter: &Filter, scope: Scope, format: Format) -> AppResult<String> {
    let mut words = vec![match scope {
        Scope::Resource => format!("Resource audit as {}", format.label()),
        Scope::Mine => format!("My audit as {}", format.label()),
    }];
    words.extend(filter.from.map(|from| format!("from {}", iso(from))));
    words.extend(filter.to.map(|to| format!("before {}", iso(to))));
    match filter.activities.as_slice() {
        [] => {}
        [one] => words.push(one.label().to_owned()),
        [first, ..] => words.push(first.family().label().to_owned()),
    }
    if let Some(person) = &filter.person {
        let name = store::principals::find(db, person).await?.map(|found| found.display_name);
        words.push(format!("person {}", name.unwrap_or_else(|| person.to_string())));
    }
    if let Some(role) = &filter.role {
        words.push(format!("role {}", role_name(db, role).await?));
    }
    if !filter.text.is_empty() {
        words.push(format!("text \"{}\"", filter.text));
    }
    words.extend(filter.outcome.map(|outcome| format!("outcome {}", outcome.word())));
    Ok(words.join("; "))
}

const COLUMNS: [&str; 17] = [
    "Number",
    "Time (UTC)",
    "Kind",
    "Activity",
    "Outcome",
    "Actor",
    "Actor id",
    "Role",
    "Role id",
    "Subject",
    "Subject id",
    "Request id",
    "Reason",
    "Ticket number",
    "Ticket system",
    "Changes",
    "Trace id",
];

fn cells(event: &Event) -> [String; 17] {
    let changes: Vec<String> =
        event.changes.iter().map(|change| format!("{}: {} -> {}", change.field, change.before, change.after)).collect();
    [
        event.seq.to_string(),
        iso(event.at),
        event.activity.word().to_owned(),
        event.activity.label().to_owned(),
        event.outcome.word().to_owned(),
        event.actor_name.clone(),
        event.actor.as_ref().map(ToString::to_string).unwrap_or_default(),
        event.role_name.clone(),
        event.role.as_ref().map(ToString::to_string).unwrap_or_default(),
        event.subject_name.clone(),
        event.subject.as_ref().map(ToString::to_string).unwrap_or_default(),
        event.request.as_ref().map(ToString::to_string).unwrap_or_default(),
        event.reason.clone(),
        event.ticket_number.clone(),
        event.ticket_system.clone(),
        changes.join("; "),
        event.trace.clone(),
    ]
}

fn json(event: &Event) -> serde_json::Value {
    let changes = event
        .changes
        .iter()
        .map(|change| serde_json::json!({ "field": change.field, "before": change.before, "after": change.after }));
    serde_json::json!({
        "number": event.seq,
        "id": event.id.as_str(),
        "time": iso(event.at),
        "kind": event.activity.word(),
        "activity": event.activity.label(),
        "outcome": event.outcome.word(),
        "actor": event.actor_name,
        "actorId": event.actor.as_ref().map(UserId::as_str),
        "role": event.role_name,
        "roleId": event.role.as_ref().map(ToString::to_string),
        "subject": event.subject_name,
        "subjectId": event.subject.as_ref().map(ToString::to_string),
        "requestId": event.request.as_ref().map(ToString::to_string),
        "reason": event.reason,
        "ticketNumber": event.ticket_number,
        "ticketSystem": event.ticket_system,
        "changes": changes.collect::<Vec<_>>(),
        "traceId": event.trace,
    })
}

/// "2026-11-23T18:30:00.000Z".
fn iso(at: Instant) -> String {
    let at = chrono::DateTime::<chrono::Utc>::from_timestamp_millis(at.millis()).unwrap_or_default();
    at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
