//! Every route and every server function, tried by everybody: nobody signed in, a person without power, and the holder of each
//! portal role. What each may reach equals `routes.snapshot`; a change of policy is a change of that file, visible in review.

use std::fmt::Write as _;

use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use clap::Parser as _;
use ostiary::{
    app::viewer::{Viewer, find_viewer},
    config::{Arguments, Config},
    domain::{ids::SessionId, request::Kind, role::PortalRole, time::Span},
    http::{Access, Assets, Front, Route, router, routes},
};
use tower::ServiceExt as _;

use crate::harness::{
    TestApp,
    company::{ask, role},
};

/// Where the portal is, in these tests.
const HOST: &str = "127.0.0.1:3000";

/// The whole front door over a test's app.
pub fn door(test: &TestApp) -> Router {
    let config = Config::read(Arguments::parse_from(["ostiary"]), std::path::Path::new("data")).unwrap();
    router(Front { app: test.app.clone(), door: config.door, assets: Assets::default() })
}

/// What a request came back with: the status, and where it sends the browser.
async fn status_of(
    door: &Router,
    method: &Method,
    path: &str,
    viewer: Option<&Viewer>,
    site: &str,
) -> (StatusCode, String) {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, HOST)
        .header("sec-fetch-site", site)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::empty())
        .unwrap();
    if let Some(viewer) = viewer {
        request.extensions_mut().insert(viewer.clone());
    }
    let answer = door.clone().oneshot(request).await.unwrap();
    let to = answer.headers().get(header::LOCATION).map_or("", |to| to.to_str().unwrap()).to_owned();
    (answer.status(), to)
}

/// A person in a verified session who holds these roles actively.
async fn viewer(test: &TestApp, name: &str, roles: &[PortalRole]) -> Viewer {
    let user = test.user(name).await;
    for held in roles {
        test.assign_active(&role(held.display_name()), &user, None).await;
    }
    let session = SessionId::parse("00000000-0000-7000-8000-00000000abcd").unwrap();
    let viewer = find_viewer(&test.app, test.caller(&user), session, test.now()).await.unwrap().unwrap();
    // They chose their own password long ago.
    Viewer { must_change_password: false, ..viewer }
}

/// Ids that exist, so that a missing thing is never mistaken for a missing permission.
struct Ids {
    pairs: Vec<(&'static str, String)>,
    members: [String; 3],
}

impl Ids {
    async fn of(test: &TestApp) -> Self {
        let cast = test.cast().await;
        let request = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
        let mail = test.database.texts("select id from outbox limit 1").await.remove(0);
        let pairs = vec![
            ("/mail/{", format!("/mail/{mail}")),
            ("/assignments/{kind}/{id}", format!("/assignments/{}/{}", Kind::Eligibility.word(), cast.eligibility)),
            ("/users/{", format!("/users/{}", cast.tess)),
            ("/groups/{", format!("/groups/{}", cast.group)),
            ("/roles/{", format!("/roles/{}", cast.role)),
            ("/settings/{", format!("/settings/{}", cast.role)),
            ("/resource-audit/{", "/resource-audit/1".to_owned()),
            ("/timeline/{", format!("/timeline/{request}")),
        ];
        Self { pairs, members: cast.approvers.map(|member| member.to_string()) }
    }

    /// The route's path with ids in it; `None` for what belongs to one person, which the tests of that screen try. Each caller gets
    /// another member of the group, because the first who may remove them does.
    fn fill(&self, path: &str, caller: usize) -> Option<String> {
        if !path.contains('{') {
            return Some(path.to_owned());
        }
        let (pattern, start) = self.pairs.iter().find(|(pattern, _)| path.starts_with(pattern))?;
        let rest = match pattern.strip_suffix('{') {
            Some(_) => path.get(pattern.len()..)?.split_once('}').map(|(_, rest)| rest)?,
            None => path.get(pattern.len()..)?,
        };
        Some(format!("{start}{}", rest.replace("{user}", &self.members[caller % 3])))
    }
}

fn words(access: Access) -> String {
    match access {
        Access::Public => "everybody".to_owned(),
        Access::SignedIn => "signed in".to_owned(),
        Access::May(permission) => format!("{permission:?}"),
    }
}

/// Whether the caller reached what answers there.
fn reached(route: &Route, status: StatusCode, to: &str) -> bool {
    // A form that comes without a session is answered by the way to sign in.
    !to.starts_with("/sign-in?")
        && status != StatusCode::UNAUTHORIZED
        && (status != StatusCode::NOT_FOUND || matches!(route.access, Access::Public))
}

async fn everybody_reaches_what_the_table_says_and_nothing_else(test: &TestApp) {
    let (door, ids) = (door(test), Ids::of(test).await);
    let mut callers = vec![("anonymous", None), ("user", Some(viewer(test, "Uma User", &[]).await))];
    for held in PortalRole::ALL {
        let name = held.display_name();
        callers.push((name, Some(viewer(test, &format!("Holds {name}"), &[held]).await)));
    }
    test.advance(Span::minutes(1));
    let mut table = String::from("what | who may come");
    for (name, _) in &callers {
        write!(table, " | {name}").unwrap();
    }
    for route in routes() {
        for method in route.methods() {
            write!(table, "\n{method} {} | {}", route.path, words(route.access)).unwrap();
            if ids.fill(route.path, 0).is_none() {
                let (status, to) =
                    status_of(&door, method, &route.path.replace(['{', '}'], ""), None, "same-origin").await;
                assert!(!reached(&route, status, &to), "{method} {} let nobody in", route.path);
                table.push_str(" | - | by whose it is");
                continue;
            }
            for (at, (_, viewer)) in callers.iter().enumerate() {
                let path = ids.fill(route.path, at).unwrap();
                let (status, to) = status_of(&door, method, &path, viewer.as_ref(), "same-origin").await;
                assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR, "{method} {path}");
                table.push_str(if reached(&route, status, &to) { " | yes" } else { " | -" });
            }
        }
    }
    table.push('\n');
    assert!(table == include_str!("routes.snapshot"), "the routes are now:\n{table}");
}

async fn nothing_is_changed_from_another_site(test: &TestApp) {
    let (door, ids) = (door(test), Ids::of(test).await);
    let admin = viewer(test, "Ada Admin", &[PortalRole::GlobalAdministrator]).await;
    let mut tried = 0;
    for route in routes().iter().filter(|route| route.methods().contains(&Method::POST)) {
        let path = ids.fill(route.path, 0).unwrap_or_else(|| route.path.replace(['{', '}'], ""));
        for site in ["cross-site", "same-site"] {
            let (status, _) = status_of(&door, &Method::POST, &path, Some(&admin), site).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{path} from {site}");
            tried += 1;
        }
    }
    for (path, method) in leptos::server_fn::axum::server_fn_paths() {
        if method == Method::POST {
            let (status, _) = status_of(&door, &method, path, Some(&admin), "cross-site").await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
        }
    }
    assert!(tried > 20, "only {tried} changes were tried");
}

async fn server_functions_answer_nobody_who_is_not_signed_in(test: &TestApp) {
    test.admin().await;
    let door = door(test);
    let mut names: Vec<&str> = Vec::new();
    for (path, method) in leptos::server_fn::axum::server_fn_paths() {
        names.push(path);
        let (status, _) = status_of(&door, &method, path, None, "same-origin").await;
        assert!(!status.is_success() && !status.is_redirection(), "{path} answered {status} to nobody");
    }
    names.sort_unstable();
    let listed: Vec<&str> = include_str!("calls.snapshot").lines().collect();
    assert_eq!(names, listed, "the server functions are now: {names:#?}");
}

on_both_engines!(
    everybody_reaches_what_the_table_says_and_nothing_else,
    nothing_is_changed_from_another_site,
    server_functions_answer_nobody_who_is_not_signed_in,
);
