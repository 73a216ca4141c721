//! Somebody at a page of the portal, without script: who they are is told to the front door, not kept in a session, so that the clock
//! can be moved by days.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode, header},
};
use clap::Parser as _;
use ostiary::{
    app::{
        Caller,
        viewer::{Viewer, find_viewer},
    },
    config::{Arguments, Config},
    domain::ids::{SessionId, UserId},
    http::{Assets, Front, router},
};
use tower::ServiceExt as _;

use super::TestApp;

const HOST: &str = "127.0.0.1:3000";

/// Somebody at a page of the portal.
pub struct Visitor<'a> {
    test: &'a TestApp,
    door: Router,
    caller: Caller,
}

/// What came back.
pub struct Page {
    pub status: StatusCode,
    /// Where the browser is sent.
    pub to: String,
    /// The document without the marks and line breaks of the renderer.
    pub text: String,
}

impl Page {
    /// Fails the test unless the page says all of this.
    #[track_caller]
    pub fn says(&self, words: &[&str]) -> &Self {
        for word in words {
            assert!(self.text.contains(word), "{word:?} is missing from {}", self.main());
        }
        self
    }

    /// Fails the test when the page says any of this.
    #[track_caller]
    pub fn hides(&self, words: &[&str]) -> &Self {
        for word in words {
            assert!(!self.main().contains(word), "{word:?} is in {}", self.main());
        }
        self
    }

    /// Fails the test unless the page has this status.
    #[track_caller]
    pub fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.main());
        self
    }

    /// The main part of the document.
    pub fn main(&self) -> &str {
        self.text.split_once("<main").map_or(self.text.as_str(), |(_, main)| main)
    }
}

impl TestApp {
    /// This person in a session that showed its second factor just now.
    pub fn visitor(&self, user: &UserId) -> Visitor<'_> {
        self.visitor_of(self.caller(user))
    }

    /// This caller.
    pub fn visitor_of(&self, caller: Caller) -> Visitor<'_> {
        let config = Config::read(Arguments::parse_from(["ostiary"]), std::path::Path::new("data")).unwrap();
        let door = router(Front { app: self.app.clone(), door: config.door, assets: Assets::default() });
        Visitor { test: self, door, caller }
    }
}

impl Visitor<'_> {
    /// Opens a page.
    pub async fn get(&self, path: &str) -> Page {
        self.ask(Method::GET, path, String::new()).await
    }

    /// Sends a form.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.ask(Method::POST, path, body).await
    }

    async fn viewer(&self) -> Viewer {
        let session = SessionId::parse("00000000-0000-7000-8000-00000000abcd").unwrap();
        let found = find_viewer(&self.test.app, self.caller.clone(), session, self.test.now()).await.unwrap();
        Viewer { must_change_password: false, ..found.unwrap() }
    }

    async fn ask(&self, method: Method, path: &str, body: String) -> Page {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, HOST)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        request.extensions_mut().insert(self.viewer().await);
        let answer = self.door.clone().oneshot(request).await.unwrap();
        let to = answer.headers().get(header::LOCATION).map_or("", |to| to.to_str().unwrap()).to_owned();
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), 10_000_000).await.unwrap();
        Page { status, to, text: String::from_utf8(bytes.to_vec()).unwrap().replace("<!>", "") }
    }
}
