//! The front door, asked through its whole router.

use super::{Access, Assets, Front, Route, assemble, routes};
use crate::{
    app::{
        App, AppError, Caller, Parts, Post,
        anchor::Anchor,
        crypto::{KeyFile, PasswordHasher, Strength},
        ports::{SeededRandom, TestClock},
        viewer::Viewer,
    },
    config::{Arguments, Config},
    domain::{
        access::{Permission, Standing},
        ids::{SessionId, UserId},
        refusal::Refusal,
        role::PortalRole,
        session::Limits,
        time::{Instant, Span},
    },
    store::Store,
    ui::{
        answer::{Content, Fault, Flash, Outcome, PageResult},
        form::Form,
        parts::{TextArea, TextField},
        visit::Visit,
    },
};
use axum::{
    body::Body,
    http::{Method, Request, Response, StatusCode, header},
};
use clap::Parser as _;
use http_body_util::BodyExt as _;
use leptos::prelude::*;
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};
use tower::ServiceExt as _;

async fn page(visit: Visit) -> PageResult {
    let view = view! {
        <form method="post">
            <TextField name="ticket" label="Ticket" value="none yet"/>
            <TextArea name="reason" label="Reason"/>
            <TextField name="code" label="Code" autocomplete="one-time-code"/>
        </form>
    };
    Ok(Content::new(format!("Role {}", visit.param("id")?), view).under("Tasks").crumb("My roles", "/my-roles"))
}

async fn submit(_visit: Visit, form: Form) -> Result<Outcome, Fault> {
    match form.one("ticket")? {
        "rule" => Err(Refusal::NotPermitted.into()),
        "panic" => panic!("on purpose"),
        "wait" => Err(Refusal::Throttled { wait: Span::seconds(90) }.into()),
        "once" => Ok(Outcome::show(Content::new("Codes", view! { <p>"Shown once"</p> }))),
        "elsewhere" => Ok(Outcome::quietly("//evil.example")),
        _ => Ok(Outcome::go("/roles/1?tab=active", Flash::good("Switched on; \u{fc}ntil 18:24."))),
    }
}

async fn broken(_visit: Visit) -> PageResult {
    Err(AppError::Io(std::io::Error::other("the disk is full of secrets")).into())
}

pub(super) fn everything() -> Vec<Route> {
    vec![
        Route::page("/roles/{id}", Access::Public, page).submit(submit),
        Route::page("/mine", Access::SignedIn, page),
        Route::page("/settings/{id}", Access::May(Permission::WriteSettings), page),
        Route::page("/broken", Access::Public, broken),
    ]
}

/// An application on an empty database of its own.
async fn app() -> App {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("ostiary-door-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let randomness = Arc::new(SeededRandom::new(7));
    let keys = KeyFile::open_or_create(&folder.join("key"), randomness.as_ref()).unwrap().keys();
    let store = Store::open(&format!("sqlite://{}?mode=rwc", folder.join("ostiary.db").display())).await.unwrap();
    let parts = Parts {
        anchor: Anchor::open(folder.join("anchor"), &keys.chain).unwrap(),
        passwords: PasswordHasher::new(Strength::new(19_456, 2, 1).unwrap(), 1, 1, randomness.as_ref()),
        clock: Arc::new(TestClock::at(Instant::from_millis(1_800_000_000_000))),
        keys,
        session_limits: Limits { idle: Span::hours(1), absolute: Span::hours(12) },
        post: Post::none("http://127.0.0.1:3000".to_owned()),
        randomness,
        store,
    };
    let app = App::new(parts).await.unwrap();
    // The open files live on for as long as the application does.
    std::fs::remove_dir_all(&folder).unwrap();
    app
}

pub(super) async fn front(url: &str) -> Front {
    let arguments = Arguments::parse_from(["ostiary", "--public-url", url]);
    let door = Config::read(arguments, std::path::Path::new("data")).unwrap().door;
    Front { app: app().await, door, assets: Assets::default() }
}

struct Answer {
    status: StatusCode,
    head: Response<()>,
    text: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.head.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn ask(request: Request<Body>) -> Answer {
    let response = assemble(front("http://127.0.0.1:3000").await, everything()).oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Answer { status: parts.status, head: Response::from_parts(parts, ()), text }
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).header(header::HOST, "127.0.0.1:3000").body(Body::empty()).unwrap()
}

fn post(path: &str, body: &str) -> Request<Body> {
    Request::post(path)
        .header(header::HOST, "127.0.0.1:3000")
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body.to_owned()))
        .unwrap()
}

fn somebody(roles: &[PortalRole]) -> Viewer {
    let caller = Caller {
        user: UserId::parse("01900000-0000-7000-8000-000000000001").unwrap(),
        session: None,
        verified_at: Some(Instant::from_millis(1_800_000_000_000)),
        trace: String::new(),
    };
    Viewer {
        caller,
        session: SessionId::parse("01900000-0000-7000-8000-000000000002").unwrap(),
        display_name: "Bo Lindqvist".to_owned(),
        user_principal_name: "bo@example.com".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        standing: Standing { roles: roles.iter().copied().collect(), verified: true },
        must_change_password: false,
        has_second_factor: true,
        recovery: crate::app::recover::Acknowledgment::None,
    }
}

#[tokio::test]
async fn a_page_is_one_whole_document() {
    let mut request = get("/roles/7");
    request.extensions_mut().insert(somebody(&[]));
    let answer = ask(request).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.text.starts_with("<!doctype html><html lang=\"en\""), "{}", answer.text);
    assert!(answer.text.contains("<title>Role 7 - Ostiary</title>"), "{}", answer.text);
    assert!(answer.text.contains("<h1 tabindex=\"-1\">Role 7</h1>"), "{}", answer.text);
    assert!(answer.text.contains("<leptos-island data-component=\"ThemeSwitch_"), "{}", answer.text);
    assert!(answer.text.ends_with("</html>"), "{}", answer.text);
    assert!(!answer.text.contains("style="), "no inline style");
    assert_eq!(answer.header("cache-control"), "no-store");
    let nonce = answer.text.split("nonce=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(answer.header("content-security-policy").contains(&format!("'nonce-{nonce}'")));
}

#[tokio::test]
async fn a_refused_form_comes_back_as_it_was_typed() {
    let answer = ask(post("/roles/7", "ticket=rule&reason=%3C%2Ftextarea%3E%3Cscript%3E&code=123456")).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.text.contains("role=\"alert\""), "{}", answer.text);
    assert!(answer.text.contains("value=\"rule\""), "{}", answer.text);
    assert!(answer.text.contains("&lt;/textarea&gt;&lt;script&gt;</textarea>"), "{}", answer.text);
    assert!(!answer.text.contains("123456"), "a code is never sent back");
}

#[tokio::test]
async fn a_missing_or_doubled_field_is_refused_beside_it() {
    let missing = ask(post("/roles/7", "reason=x")).await;
    assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(missing.text.contains("id=\"ticket-error\""), "{}", missing.text);
    let doubled = ask(post("/roles/7", "ticket=1&ticket=2")).await;
    assert_eq!(doubled.status, StatusCode::BAD_REQUEST);
    assert!(doubled.text.contains("id=\"ticket-error\""), "{}", doubled.text);
}

#[tokio::test]
async fn a_change_goes_on_with_a_sentence_that_is_shown_once() {
    let done = ask(post("/roles/7", "ticket=1")).await;
    assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, "/roles/1?tab=active"));
    let cookie = done.header("set-cookie").split(';').next().unwrap().to_owned();
    let mut next = get("/roles/1");
    next.headers_mut().insert(header::COOKIE, cookie.parse().unwrap());
    let shown = ask(next).await;
    assert!(shown.text.contains("Switched on; \u{fc}ntil 18:24."), "{}", shown.text);
    assert!(shown.header("set-cookie").starts_with("ostiary_flash=; Path=/; Max-Age=0"));

    let mut ahead = get("/roles/1");
    ahead.headers_mut().insert(header::COOKIE, cookie.parse().unwrap());
    ahead.headers_mut().insert("sec-purpose", "prefetch".parse().unwrap());
    assert_eq!(ask(ahead).await.header("set-cookie"), "", "a page fetched ahead uses nothing up");
}

#[tokio::test]
async fn whoever_has_to_wait_is_told_how_long() {
    let answer = ask(post("/roles/7", "ticket=wait")).await;
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "90"));
}

/// The choice of the theme comes back to where it stood, by another request: what is shown once would be gone.
#[tokio::test]
async fn what_is_shown_once_has_no_way_to_lose_it() {
    let (mut once, mut usual) = (post("/roles/7", "ticket=once"), get("/roles/7"));
    once.extensions_mut().insert(somebody(&[]));
    usual.extensions_mut().insert(somebody(&[]));
    let answer = ask(once).await;
    assert!(answer.text.contains("Shown once"), "{}", answer.text);
    assert!(!answer.text.contains("/theme"), "{}", answer.text);
    assert!(ask(usual).await.text.contains("action=\"/theme\""));
}

#[tokio::test]
async fn nobody_is_sent_to_another_host() {
    assert_eq!(ask(post("/roles/7", "ticket=elsewhere")).await.header("location"), "/");
}

#[tokio::test]
async fn a_mistake_of_ours_shows_its_number_and_nothing_else() {
    for request in [get("/broken"), post("/roles/7", "ticket=panic")] {
        let answer = ask(request).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(answer.text.contains(answer.header("x-request-id")), "{}", answer.text);
        assert!(!answer.text.contains("secrets") && !answer.text.contains("on purpose"), "{}", answer.text);
    }
}

#[tokio::test]
async fn who_may_not_come_does_not() {
    for path in ["/mine?a=b", "/settings/1"] {
        let answer = ask(get(path)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert!(answer.header("location").starts_with("/sign-in?to=%2F"), "{}", answer.header("location"));
        assert_eq!(answer.text, "");
    }
    let mut plain = get("/settings/1");
    plain.extensions_mut().insert(somebody(&[PortalRole::SecurityReader]));
    assert_eq!(ask(plain).await.status, StatusCode::NOT_FOUND);
    let mut allowed = get("/settings/1");
    allowed.extensions_mut().insert(somebody(&[PortalRole::PrivilegedRoleAdministrator]));
    assert_eq!(ask(allowed).await.status, StatusCode::OK);
}

#[tokio::test]
async fn changes_come_from_our_own_pages() {
    let from = |headers: &[(&'static str, &str)]| {
        let mut request = post("/roles/7", "ticket=1");
        request.headers_mut().remove("sec-fetch-site");
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        request
    };
    for foreign in [
        &[][..],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        &[("sec-fetch-site", "none"), ("origin", "http://evil.example")],
        &[("sec-fetch-site", "none"), ("origin", "null")],
        &[("sec-fetch-site", "cross-site"), ("origin", "http://127.0.0.1:3000")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
    ] {
        assert_eq!(ask(from(foreign)).await.status, StatusCode::FORBIDDEN, "{foreign:?}");
    }
    for own in [&[("sec-fetch-site", "same-origin")][..], &[("origin", "http://127.0.0.1:3000")]] {
        assert_eq!(ask(from(own)).await.status, StatusCode::SEE_OTHER, "{own:?}");
    }
}

#[tokio::test]
async fn what_does_not_fit_is_refused_with_a_page() {
    let large = "ticket=".to_owned() + &"x".repeat(65 * 1024);
    assert_eq!(ask(post("/roles/7", &large)).await.status, StatusCode::PAYLOAD_TOO_LARGE);

    let mut unknown_length = post("/roles/7", "");
    *unknown_length.body_mut() = Body::from_stream(futures::stream::iter([Ok::<_, std::io::Error>(large)]));
    assert_eq!(ask(unknown_length).await.status, StatusCode::PAYLOAD_TOO_LARGE);

    let mut json = post("/roles/7", "{}");
    json.headers_mut().insert(header::CONTENT_TYPE, "application/json".parse().unwrap());
    assert_eq!(ask(json).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);

    let mut delete = post("/roles/7", "");
    *delete.method_mut() = Method::DELETE;
    assert_eq!(ask(delete).await.status, StatusCode::METHOD_NOT_ALLOWED);

    assert_eq!(ask(get("/nowhere")).await.status, StatusCode::NOT_FOUND);

    let mut other_name = get("/roles/7");
    other_name.headers_mut().insert(header::HOST, "evil.example".parse().unwrap());
    assert_eq!(ask(other_name).await.status, StatusCode::MISDIRECTED_REQUEST);
}

#[tokio::test]
async fn a_request_names_one_host() {
    let mut two = get("/roles/7");
    two.headers_mut().append(header::HOST, "127.0.0.1:3000".parse().unwrap());
    assert_eq!(ask(two).await.status, StatusCode::BAD_REQUEST, "not even the same twice");
    let other = get("http://evil.example/roles/7");
    assert_eq!(ask(other).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(ask(get("http://127.0.0.1:3000/roles/7")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn every_answer_carries_the_guards_headers() {
    for request in [get("/roles/7"), get("/nowhere"), get("/broken"), post("/roles/7", "ticket=panic")] {
        let answer = ask(request).await;
        for name in [
            "content-security-policy",
            "x-content-type-options",
            "referrer-policy",
            "permissions-policy",
            "x-request-id",
        ] {
            assert_ne!(answer.header(name), "", "{name}");
        }
        assert_eq!(answer.header("strict-transport-security"), "", "plain http promises no https");
    }
}

#[tokio::test]
async fn behind_https_cookies_are_guarded() {
    let request = Request::get("/nowhere").header(header::HOST, "pim.example.com").body(Body::empty()).unwrap();
    let answer = assemble(front("https://pim.example.com").await, everything()).oneshot(request).await.unwrap();
    assert!(answer.headers().contains_key(header::STRICT_TRANSPORT_SECURITY));

    let request = Request::post("/roles/7")
        .header(header::HOST, "pim.example.com")
        .header(header::ORIGIN, "https://pim.example.com")
        .body(Body::from("ticket=1"))
        .unwrap();
    let answer = assemble(front("https://pim.example.com").await, everything()).oneshot(request).await.unwrap();
    let cookie = answer.headers().get(header::SET_COOKIE).unwrap().to_str().unwrap();
    assert!(cookie.starts_with("__Host-ostiary_flash=") && cookie.ends_with("; HttpOnly; Secure"), "{cookie}");
}

#[test]
fn no_path_is_listed_twice() {
    let mut paths: Vec<_> = routes().iter().map(|route| route.path).collect();
    let count = paths.len();
    paths.sort_unstable();
    paths.dedup();
    assert_eq!(paths.len(), count);
}

/// A symbol that the sprite does not have would leave a hole.
#[test]
fn every_symbol_that_is_named_is_in_the_sprite() {
    let sprite = include_str!("../../public/icons.svg");
    let mut missing = Vec::new();
    for file in rust_files(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/ui"))) {
        let text = std::fs::read_to_string(&file).unwrap();
        for name in text.split("<Icon name=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            if !sprite.contains(&format!("id=\"{name}\"")) {
                missing.push(format!("{name} in {}", file.display()));
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new());
}

fn rust_files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { rust_files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}
