//! A browser without script: it keeps its cookies, asks the whole front door, and sends forms.

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, Response, StatusCode, header},
};
use clap::Parser as _;
use ostiary::{
    app::sessions::{self, Secret, SignedInSession},
    config::{Arguments, Config},
    domain::ids::UserId,
    http::{Assets, Front, router},
};
use std::collections::BTreeMap;
use tower::ServiceExt as _;

use super::TestApp;

/// Where the portal is in these tests.
const HOST: &str = "127.0.0.1:3000";

/// The cookie of a session.
pub const COOKIE: &str = "ostiary_session";

/// A browser in which somebody is signed in, or nobody.
pub struct Browser {
    router: Router,
    cookies: BTreeMap<String, String>,
}

/// What the portal answered.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    /// Where it leads.
    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |to| to.to_str().unwrap())
    }

    /// The codes of the refusals that the page shows.
    pub fn codes(&self) -> &str {
        self.between("data-code=\"", "\"").unwrap_or_default()
    }

    /// The text between two others.
    pub fn between(&self, start: &str, end: &str) -> Option<&str> {
        self.text.split_once(start).and_then(|(_, rest)| rest.split_once(end)).map(|(found, _)| found)
    }
}

impl TestApp {
    /// The browser of somebody who is not signed in.
    pub fn anonymous(&self) -> Browser {
        let door = Config::read(
            Arguments::parse_from(["ostiary", "--public-url", "http://127.0.0.1:3000"]),
            std::path::Path::new("data"),
        )
        .unwrap()
        .door;
        let front = Front { app: self.app.clone(), door, assets: Assets::default() };
        Browser { router: router(front), cookies: BTreeMap::new() }
    }

    /// The browser of somebody who is signed in, and who showed a second factor just now.
    pub async fn browser(&self, user: &UserId) -> Browser {
        self.signed_in(user, true).await
    }

    /// The browser of somebody who is signed in with the password alone.
    pub async fn unverified_browser(&self, user: &UserId) -> Browser {
        self.signed_in(user, false).await
    }

    async fn signed_in(&self, user: &UserId, verified: bool) -> Browser {
        // Whoever still has to choose their own password goes nowhere else.
        self.keep_password(user).await;
        let secret = Secret::generate(&self.app);
        self.open_session(user, secret.as_str(), verified).await;
        let mut browser = self.anonymous();
        browser.cookies.insert(COOKIE.to_owned(), secret.as_str().to_owned());
        browser
    }
}

impl Browser {
    /// The person shows their second factor: they go on in a session that is verified.
    pub async fn verify(&mut self, test: &TestApp) {
        let old = sessions::load(&test.app, &self.cookies[COOKIE]).await.unwrap().expect("somebody is signed in");
        let user = SignedInSession::find(&old).unwrap().unwrap().user;
        let secret = Secret::generate(&test.app);
        test.open_session(&user, secret.as_str(), true).await;
        self.cookies.insert(COOKIE.to_owned(), secret.as_str().to_owned());
    }

    /// Opens a page.
    pub async fn get(&mut self, path: &str) -> Answer {
        let request = Request::get(path).header(header::HOST, HOST).header(header::COOKIE, self.cookie());
        self.ask(request.body(Body::empty()).unwrap()).await
    }

    /// Sends a form of ours.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path)
            .header(header::HOST, HOST)
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, self.cookie())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.ask(request.body(Body::from(body)).unwrap()).await
    }

    async fn ask(&mut self, request: Request<Body>) -> Answer {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        self.keep(&answer);
        let (parts, body) = answer.into_parts();
        let bytes = axum::body::to_bytes(body, 10_000_000).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    fn cookie(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep(&mut self, answer: &Response<Body>) {
        for set in answer.headers().get_all(header::SET_COOKIE) {
            let set = set.to_str().unwrap();
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            if set.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}
