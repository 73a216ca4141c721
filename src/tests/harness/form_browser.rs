//! A browser without script that walks the whole way: it sets up, signs in and verifies through the real forms. Where a test is not
//! about signing in, `browser` begins signed in.

use std::{collections::BTreeMap, sync::Mutex};

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header, request::Builder},
};
use clap::Parser as _;
use ostiary::{
    app::{crypto::TotpSecret, set_up::open_set_up},
    config::{Arguments, Config},
    domain::time::Span,
    http::{Assets, Front, router},
};
use tower::ServiceExt as _;

use super::{
    TestApp,
    signing_in::{Device, PASSWORD},
};

/// Where the portal is, in these tests.
const HOST: &str = "127.0.0.1:3000";

/// A browser.
pub struct Browser {
    door: Router,
    agent: &'static str,
    cookies: Mutex<BTreeMap<String, String>>,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    /// Where the browser is sent; empty when it stays.
    pub to: String,
    pub text: String,
}

impl Answer {
    /// The value of a field of the form on this page.
    #[track_caller]
    pub fn field(&self, name: &str) -> String {
        let start = self.text.find(&format!("name=\"{name}\"")).expect("the field is there");
        let value = self.text[start..].split("value=\"").nth(1).expect("it has a value");
        value.split('"').next().unwrap().replace("&amp;", "&")
    }

    /// What stands in each `<code>` of this page.
    pub fn codes(&self) -> Vec<String> {
        let codes = self.text.split("<code").skip(1).filter_map(|rest| rest.split_once('>'));
        codes.map(|(_, rest)| rest.split("</code>").next().unwrap().to_owned()).collect()
    }

    /// The address with this beginning that the page links to.
    #[track_caller]
    pub fn link(&self, beginning: &str) -> String {
        let start = self.text.find(&format!("href=\"{beginning}")).expect("the link is there") + "href=\"".len();
        self.text[start..].split('"').next().unwrap().to_owned()
    }

    #[track_caller]
    pub fn says(&self, words: &str) {
        assert!(self.text.contains(words), "{words:?} is not in {}", self.text);
    }

    #[track_caller]
    pub fn never_says(&self, words: &str) {
        assert!(!self.text.contains(words), "{words:?} is in {}", self.text);
    }
}

impl Browser {
    /// A browser that nobody has signed in with.
    pub fn new(test: &TestApp, agent: &'static str) -> Self {
        let config = Config::read(Arguments::parse_from(["ostiary"]), std::path::Path::new("data")).unwrap();
        let door = router(Front { app: test.app.clone(), door: config.door, assets: Assets::default() });
        Self { door, agent, cookies: Mutex::default() }
    }

    /// What somebody has who copied this browser's cookies.
    pub fn copy(&self) -> Self {
        let cookies = self.cookies.lock().unwrap().clone();
        Self { door: self.door.clone(), agent: self.agent, cookies: Mutex::new(cookies) }
    }

    /// Opens a page.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path), "").await
    }

    /// Sends a form of the page at this address.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, &body).await
    }

    async fn send(&self, request: Builder, body: &str) -> Answer {
        let cookies: Vec<_> =
            self.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request
            .header(header::HOST, HOST)
            .header(header::USER_AGENT, self.agent)
            .header(header::COOKIE, cookies.join("; "))
            .body(Body::from(body.to_owned()))
            .unwrap();
        let answer = self.door.clone().oneshot(request).await.unwrap();
        for line in answer.headers().get_all(header::SET_COOKIE) {
            self.keep(line.to_str().unwrap());
        }
        let to = answer.headers().get(header::LOCATION).map_or("", |to| to.to_str().unwrap()).to_owned();
        let status = answer.status();
        let bytes = axum::body::to_bytes(answer.into_body(), 4_000_000).await.unwrap();
        Answer { status, to, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    fn keep(&self, line: &str) {
        let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
        let mut cookies = self.cookies.lock().unwrap();
        if line.contains("Max-Age=0") {
            cookies.remove(name);
        } else {
            cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    /// Signs in; tells where the portal sends the person.
    pub async fn sign_in(&self, name: &str, password: &str) -> Answer {
        self.post("/sign-in", &[("user_principal_name", name), ("password", password)]).await
    }

    /// Sets a second factor up on its page; answers with the device, and the page with the codes.
    pub async fn enrol(&self, test: &TestApp) -> (Device, Answer) {
        let page = self.get("/second-factor").await;
        let device = Device::with_secret(&page.codes()[0]);
        let code = device.code(test.advance(Span::minutes(1)));
        let shown = self.post("/second-factor", &[("sealed", &page.field("sealed")), ("code", &code)]).await;
        assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
        (device, shown)
    }

    /// Shows the second factor, and goes on to that page.
    pub async fn verify(&self, test: &TestApp, device: &Device, to: &str) -> Answer {
        let code = device.code(test.advance(Span::minutes(1)));
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("to", to).finish();
        self.post(&format!("/verify?{query}"), &[("code", &code)]).await
    }
}

impl Device {
    /// Types the secret in, as the page shows it.
    pub fn with_secret(typed: &str) -> Self {
        let letters = typed.replace(' ', "");
        let bytes = data_encoding::BASE32_NOPAD.decode(letters.as_bytes()).unwrap();
        Self::of(&TotpSecret::from_bytes(&bytes).unwrap())
    }
}

impl TestApp {
    /// The fields of the set-up page, filled in well.
    pub fn set_up_fields(code: &str) -> Vec<(&'static str, &str)> {
        vec![
            ("code", code),
            ("organization", "Contoso"),
            ("time_zone", "Europe/Zurich"),
            ("display_name", "Ada Lovelace"),
            ("user_principal_name", "ada@contoso.example"),
            ("mail", ""),
            ("password", PASSWORD),
            ("password_again", PASSWORD),
        ]
    }

    /// Sets the portal up in a browser: the administrator is signed in there and verified.
    pub async fn set_up_in(&self, browser: &Browser) -> Device {
        let code = open_set_up(&self.app).await.unwrap().unwrap();
        let done = browser.post("/set-up", &Self::set_up_fields(&code)).await;
        assert_eq!(done.to, "/second-factor?to=%2F", "{}", done.text);
        browser.enrol(self).await.0
    }
}
