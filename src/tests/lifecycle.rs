//! The later life of assignments: asking for an extension or a renewal, deciding that, and what administrators do themselves.

mod asking;
mod deciding;
mod mails;
mod together;
mod updating;

use ostiary::{
    app::{AppResult, decide_change::decide_change, request_change::request_change},
    domain::{
        assignment::AssignAsk,
        ids::{RequestId, ScheduleId, UserId},
        lifecycle::{SeekAsk, Sought},
        request::{Kind, Verdict},
        schedule::Term,
        time::{Instant, Span},
    },
    store::{self, lifecycle::Subject},
};

use crate::harness::{TestApp, company::role};

const WHY: &str = "The project goes on";

/// An assignment as it is stored.
async fn subject(test: &TestApp, id: &ScheduleId) -> Subject {
    let mut db = test.store.read().await.unwrap();
    store::lifecycle::find(&mut db, id).await.unwrap().unwrap()
}

async fn term(test: &TestApp, id: &ScheduleId) -> Term {
    subject(test, id).await.known.term
}

/// Somebody asks about an assignment of theirs.
async fn seek(test: &TestApp, user: &UserId, sought: Sought, id: &ScheduleId) -> AppResult<RequestId> {
    propose(test, user, sought, id, None).await
}

async fn propose(
    test: &TestApp,
    user: &UserId,
    sought: Sought,
    id: &ScheduleId,
    ends_at: Option<Instant>,
) -> AppResult<RequestId> {
    let ask = SeekAsk { justification: WHY.to_owned(), ends_at };
    request_change(test, &test.caller(user), sought, id, ask).await.map(|(request, _)| request)
}

/// What an assignment is to become, from now for so long.
fn becomes(test: &TestApp, kind: Kind, lasts: Option<Span>) -> AssignAsk {
    AssignAsk {
        kind,
        starts_at: None,
        ends_at: lasts.map(|span| test.now().plus(span)),
        justification: "Agreed with the lead".to_owned(),
    }
}

/// Somebody decides a request to extend or renew.
async fn decide(
    test: &TestApp,
    user: &UserId,
    request: &RequestId,
    verdict: Verdict,
    ask: &AssignAsk,
) -> AppResult<()> {
    decide_change(test, &test.caller(user), request, verdict, ask).await
}

/// Another administrator beside the first.
async fn second_administrator(test: &TestApp) -> UserId {
    let pria = test.user("Pria Raman").await;
    test.assign_active(&role("Privileged Role Administrator"), &pria, None).await;
    pria
}

/// Tess, eligible for a role until the 20th day, on the 10th.
async fn near_its_end(test: &TestApp) -> (UserId, ScheduleId) {
    let tess = test.user("Tess Ng").await;
    let id = test.assign_eligible(&role("Security Operator"), &tess, Some(Span::days(20))).await;
    test.advance(Span::days(10));
    (tess, id)
}
