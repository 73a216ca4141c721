//! Whoever owns the database changes it while the server runs: nothing more is written then, and the audit cannot heal over it.

mod command;
mod cutting;
mod files;
mod schema;

use ostiary::app::{App, integrity::StopReason};

use crate::harness::{TestApp, codes, company::Cast};

/// Nothing is written any more, neither what is recorded nor anything else; answers with the reason.
pub async fn stopped(test: &TestApp, app: &App, cast: &Cast) -> StopReason {
    let before = rows(test).await;
    let (caller, ask) = (test.caller(&cast.tess), crate::harness::company::ask("1"));
    let activated = ostiary::app::activate_role::activate_role(app, &caller, &cast.eligibility, ask).await;
    assert_eq!(codes(activated), ["WritingStopped"]);
    let signed_in = crate::harness::signing_in::sign_in_as_usual(app, "nobody@contoso.example", "a wrong one").await;
    assert_eq!(codes(signed_in), ["WritingStopped"]);
    assert_eq!(rows(test).await, before, "nothing was recorded");
    assert!(ostiary::app::health::is_ready(app).await.is_err());
    reason(app)
}

/// Why nothing is written.
#[track_caller]
pub fn reason(app: &App) -> StopReason {
    app.integrity().stopped().expect("writing is stopped").reason
}

/// How many rows the audit has, and its last place.
pub async fn rows(test: &TestApp) -> Vec<String> {
    test.database.texts("select count(*) || ' ' || coalesce(max(seq), 0) from audit_events").await
}

/// The place of the last event.
pub async fn last(test: &TestApp) -> i64 {
    test.database.texts("select cast(max(seq) as text) from audit_events").await[0].parse().unwrap()
}
