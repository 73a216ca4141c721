//! The cookie: replaced at sign-in and at step-up, useless afterwards, and never readable by scripts.

use axum::{
    Router,
    body::Body,
    http::{Request, header},
    routing::get,
};
use ostiary::{
    app::{App, sign_in::SignedIn},
    http::session,
};
use tower::ServiceExt as _;
use tower_sessions::Session;

use crate::harness::TestApp;

fn router(app: App, user: ostiary::domain::ids::UserId, is_https: bool) -> Router {
    let at = app.now();
    let begin = {
        let app = app.clone();
        move |session: Session| async move {
            let signed_in =
                SignedIn { user, at, event: i64::MAX, must_change_password: false, has_second_factor: true };
            session::begin(&session, &app, &signed_in, "192.0.2.7", "Browser").await.unwrap();
        }
    };
    let show = |session: Session| async move {
        session::current(&session)
            .await
            .unwrap()
            .map_or_else(|| "nobody".to_owned(), |who| format!("{:?}", who.verified_at))
    };
    let verify = move |session: Session| async move { session::verified(&session, at).await.unwrap() };
    let end = {
        let app = app.clone();
        move |session: Session| async move { session::end(&session, &app).await.unwrap() }
    };
    Router::new()
        .route("/begin", get(begin))
        .route("/", get(show))
        .route("/verify", get(verify))
        .route("/end", get(end))
        .layer(session::layer(app, is_https))
}

/// The cookie the answer sets, and the answer's body.
async fn ask(router: &Router, path: &str, cookie: &str) -> (String, String) {
    let request = Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).unwrap();
    let answer = router.clone().oneshot(request).await.unwrap();
    let set = answer.headers().get(header::SET_COOKIE).map_or("", |value| value.to_str().unwrap()).to_owned();
    let body = axum::body::to_bytes(answer.into_body(), 1_000).await.unwrap();
    (set, String::from_utf8(body.to_vec()).unwrap())
}

fn pair(set: &str) -> String {
    set.split(';').next().unwrap().to_owned()
}

async fn the_secret_is_replaced_at_sign_in_and_at_step_up(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    let router = router(test.app.clone(), ada.user, false);
    let (set, _) = ask(&router, "/begin", "session=AAAAAAAAAAAAAAAAAAAAAA").await;
    for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(set.contains(part), "{set}");
    }
    assert!(!set.contains("Secure") && !set.contains("Max-Age"), "{set}");
    let first = pair(&set);
    assert_ne!(first, "session=AAAAAAAAAAAAAAAAAAAAAA", "a secret that was planted is not taken over");
    let (set, body) = ask(&router, "/", &first).await;
    assert_eq!((set.as_str(), body.as_str()), ("", "None"), "reading changes nothing");

    let (set, _) = ask(&router, "/verify", &first).await;
    let second = pair(&set);
    assert_ne!(first, second);
    assert!(ask(&router, "/", &second).await.1.starts_with("Some"));
    assert_eq!(ask(&router, "/", &first).await.1, "nobody");

    let (set, _) = ask(&router, "/end", &second).await;
    assert!(set.contains("Max-Age=0"), "{set}");
    assert_eq!(ask(&router, "/", &second).await.1, "nobody");
    assert_eq!(ask(&router, "/", "session=garbage").await.1, "nobody");
    assert_eq!(ask(&router, "/", "").await.1, "nobody");
}

async fn behind_https_the_cookie_belongs_to_this_host_alone(test: &TestApp) {
    let (ada, _) = test.with_administrator().await;
    let (set, _) = ask(&router(test.app.clone(), ada.user, true), "/begin", "").await;
    assert!(set.starts_with("__Host-session=") && set.contains("Secure") && !set.contains("Domain"), "{set}");
}

on_both_engines!(the_secret_is_replaced_at_sign_in_and_at_step_up, behind_https_the_cookie_belongs_to_this_host_alone,);
