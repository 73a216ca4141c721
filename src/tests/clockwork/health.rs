//! How the server itself is: the page, the probes, the figures, and the list of what waits.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, header},
};
use clap::Parser as _;
use ostiary::{
    app::{settle::settle_all, worker},
    config::{Arguments, Config},
    domain::{policy::Window, request::Status, role::PortalRole, time::Span},
    http::{Assets, Front, metrics, router_counting},
};
use tower::ServiceExt as _;

use crate::harness::{
    TestApp,
    company::{ask, role},
};

/// What an address answers to nobody in particular, who names no host that the portal knows.
async fn asked(door: &Router, path: &str) -> (u16, String, String) {
    let request = Request::builder().uri(path).header(header::HOST, "10.1.2.3:3000").body(Body::empty()).unwrap();
    let answer = door.clone().oneshot(request).await.unwrap();
    let (status, headers) = (answer.status().as_u16(), format!("{:?}", answer.headers()));
    let bytes = to_bytes(answer.into_body(), 1_000_000).await.unwrap();
    (status, String::from_utf8(bytes.to_vec()).unwrap(), headers)
}

fn doors(test: &TestApp) -> (Router, Router) {
    let config = Config::read(Arguments::parse_from(["ostiary"]), std::path::Path::new("data")).unwrap();
    let front = Front { app: test.app.clone(), door: config.door, assets: Assets::default() };
    let figures = Arc::new(metrics::Metrics::default());
    (router_counting(front, Arc::clone(&figures)), metrics::routes(test.app.clone(), figures))
}

async fn probes_say_one_word_and_nothing_else(test: &TestApp) {
    test.admin().await;
    let (door, _) = doors(test);
    let (status, body, headers) = asked(&door, "/healthz").await;
    assert_eq!((status, body.as_str()), (200, "alive\n"));
    assert!(!headers.contains("set-cookie") && headers.contains("no-store"), "{headers}");
    assert_eq!(asked(&door, "/readyz").await.0, 200);
    // The worker of this server gives no sign: nobody runs it in this test.
    test.advance(Span::minutes(3));
    let (status, body, headers) = asked(&door, "/readyz").await;
    assert_eq!((status, body.as_str()), (503, "not ready\n"));
    assert!(!headers.contains("set-cookie"));
    let worker = tokio::spawn(worker::run(test.app.clone()));
    let mut status = 503;
    for _ in 0..400 {
        status = asked(&door, "/readyz").await.0;
        if status == 200 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(status, 200);
    worker.abort();
    let _ = worker.await;
    // Alive, and of no use.
    test.store.close().await;
    assert_eq!(asked(&door, "/healthz").await.0, 200);
    assert_eq!(asked(&door, "/readyz").await.0, 503);
}

async fn figures_are_told_at_their_own_listener_alone(test: &TestApp) {
    let uma = test.user("Uma Roy").await;
    let (door, monitor) = doors(test);
    assert_ne!(asked(&door, "/metrics").await.0, 200, "not where people come");
    test.assign_active(&role("Reports Reader"), &uma, Some(Span::hours(1))).await;
    test.advance(Span::minutes(62));
    asked(&door, "/nowhere").await;
    let (status, text, _) = asked(&monitor, "/metrics").await;
    assert_eq!(status, 200);
    let figure = |name: &str| -> f64 {
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name} "))).expect(name);
        line.parse().unwrap()
    };
    // Both were asked under a host's name that is not the portal's.
    assert!((figure("ostiary_http_requests_total{status=\"4xx\"}") - 2.0).abs() < f64::EPSILON);
    assert!((figure("ostiary_http_request_duration_seconds_count") - 2.0).abs() < f64::EPSILON);
    assert!((figure("ostiary_worker_lag_seconds") - 120.0).abs() < f64::EPSILON, "two minutes late");
    assert!(figure("ostiary_outbox_queued") >= 2.0);
    assert!((figure("ostiary_outbox_oldest_age_seconds") - 3_720.0).abs() < f64::EPSILON);
    assert!(figure("ostiary_write_turns_total") > 1.0);
    assert!(figure("process_resident_memory_bytes") > 1_000_000.0);
    // Each figure is explained once, before its values.
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split(['{', ' ']).next().unwrap();
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        assert_eq!(text.matches(&format!("# TYPE {family} ")).count(), 1, "{line}");
    }
    settle_all(test, "trace").await.unwrap();
    let (_, text, _) = asked(&monitor, "/metrics").await;
    assert!(text.contains("ostiary_worker_lag_seconds 0\n") && text.contains("ostiary_database_up 1\n"), "{text}");
    test.store.close().await;
    let (status, text, _) = asked(&monitor, "/metrics").await;
    assert!(status == 200 && text.contains("ostiary_database_up 0\n") && text.contains("ostiary_http_requests_total"));
}

async fn the_page_says_how_late_the_worker_is(test: &TestApp) {
    let (gwen, uma) = (test.admin().await, test.user("Uma Roy").await);
    let gwen = test.visitor(&gwen.user);
    let now = test.now();
    test.assign_active(&role("Reports Reader"), &uma, Some(Span::minutes(30))).await;
    let page = gwen.get("/health").await;
    page.says(&["No mail leaves this portal."]);
    page.is(200).says(&["Health", "Everything that was due is done.", "in 30 min", "Not since the server started"]);
    page.says(&["None since the server started", "mails wait to be sent"]);
    test.clock.set(now.plus(Span::minutes(35)));
    gwen.get("/health").await.says(&["gives no sign of life", "5 min", "lag of the worker"]);
    let reader = test.user("Rita Reader").await;
    test.assign_active(&role(PortalRole::GlobalReader.display_name()), &reader, None).await;
    test.visitor(&reader).get("/health").await.is(404);
}

/// By age, with what nobody will ever decide marked, and several canceled with one justification.
async fn waiting_requests_are_canceled_together(test: &TestApp) {
    let cast = test.cast().await;
    let admin = test.admin().await;
    let ever = role("Search Editor");
    test.policy(&ever, |policy| {
        policy.activation.approval.required = true;
        policy.activation.approval.approvers = vec![(&cast.group).into()];
        policy.activation.approval.window = Window::Never;
    })
    .await;
    let for_ever = test.assign_eligible(&ever, &cast.tess, None).await;
    let old = test.activate(&cast.tess, &for_ever, ask("1")).await.unwrap().request;
    test.advance(Span::days(8));
    let young = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
    let uma = test.user("Uma Roy").await;
    let of_uma = test.assign_eligible(&cast.role, &uma, None).await;
    let third = test.activate(&uma, &of_uma, ask("1")).await.unwrap().request;

    let gwen = test.visitor(&admin.user);
    let page = gwen.get("/requests").await;
    page.is(200).says(&[
        "One of these never lapses and has waited for more than 7 days.",
        "Stale",
        "8 days",
        "lapses in 24 h",
    ]);
    assert_eq!(page.text.matches(">Stale<").count(), 1);
    assert!(page.text.find(old.as_str()) < page.text.find(young.as_str()), "the oldest first");

    let (old_id, young_id) = (old.to_string(), young.to_string());
    let nobody = gwen.post("/requests", &[("justification", "Clearing up")]).await;
    nobody.is(422).says(&["Tick at least one request."]);
    let unsaid = gwen.post("/requests", &[("request", &old_id), ("justification", "  ")]).await;
    unsaid.is(422).says(&["Say why. It is recorded."]);
    assert_eq!(test.status(&old).await, Status::PendingApproval);
    // One of the two is decided in between.
    test.deny(&cast.approvers[0], &young).await.unwrap();
    let some =
        gwen.post("/requests", &[("request", &old_id), ("request", &young_id), ("justification", "Clearing up")]).await;
    some.is(200).says(&["1 request is canceled.", "These were not canceled.", "already denied by Ada Approver"]);
    assert_eq!(test.status(&old).await, Status::Canceled);
    assert_eq!(test.status(&young).await, Status::Denied);
    assert_eq!(test.status(&third).await, Status::PendingApproval, "what was not ticked stays");
    let events = test.events().await;
    assert!(events.iter().any(|event| event.request.as_ref() == Some(&old) && event.reason == "Clearing up"));
    let done = gwen.post("/requests", &[("request", third.as_str()), ("justification", "Clearing up")]).await;
    assert_eq!((done.status.as_u16(), done.to.as_str()), (303, "/requests"));
    gwen.get("/requests").await.says(&["No request waits"]);
    // Whoever does not administer has no part in it.
    test.visitor(&cast.tess).post("/requests", &[("request", &old_id), ("justification", "x")]).await.is(404);
}

on_both_engines!(
    probes_say_one_word_and_nothing_else,
    figures_are_told_at_their_own_listener_alone,
    the_page_says_how_late_the_worker_is,
    waiting_requests_are_canceled_together,
);
