//! The cookie: replaced at sign-in and at step-up, useless afterwards, never readable by scripts, and ours alone.

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
};
use clap::Parser as _;
use ostiary::{
    config::{Arguments, Config},
    domain::time::Span,
    http::{Assets, Front, router},
};
use tower::ServiceExt as _;

use crate::harness::{
    TestApp,
    signing_in::{Device, PASSWORD},
};

/// What came back: the status, every line that sets a cookie, and what the browser is told to clear.
struct Answer {
    status: StatusCode,
    set: Vec<String>,
    clears: String,
    to: String,
}

impl Answer {
    /// The line that sets the session's cookie; empty when there is none.
    fn session(&self) -> &str {
        self.set.iter().find(|line| line.contains("ostiary_session=")).map_or("", String::as_str)
    }

    /// The cookie as the browser sends it back.
    fn pair(&self) -> String {
        self.session().split(';').next().unwrap().to_owned()
    }
}

struct Door {
    router: Router,
    host: &'static str,
}

impl Door {
    fn new(test: &TestApp, url: &str, host: &'static str) -> Self {
        let arguments = Arguments::parse_from(["ostiary", "--public-url", url]);
        let door = Config::read(arguments, std::path::Path::new("data")).unwrap().door;
        Self { router: router(Front { app: test.app.clone(), door, assets: Assets::default() }), host }
    }

    async fn get(&self, path: &str, cookie: &str) -> Answer {
        self.ask(Request::get(path).header(header::COOKIE, cookie), "").await
    }

    async fn post(&self, path: &str, cookie: &str, body: &str) -> Answer {
        let request = Request::post(path)
            .header(header::COOKIE, cookie)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.ask(request, body).await
    }

    async fn ask(&self, request: axum::http::request::Builder, body: &str) -> Answer {
        let request = request.header(header::HOST, self.host).body(Body::from(body.to_owned())).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let text = |name: &str| answer.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        let lines = answer.headers().get_all(header::SET_COOKIE).iter();
        Answer {
            status: answer.status(),
            set: lines.map(|line| line.to_str().unwrap().to_owned()).collect(),
            clears: text("clear-site-data"),
            to: text("location"),
        }
    }

    async fn sign_in(&self, cookie: &str) -> Answer {
        let body = format!("user_principal_name=ada%40contoso.example&password={}", PASSWORD.replace(' ', "+"));
        self.post("/sign-in", cookie, &body).await
    }

    async fn verify(&self, test: &TestApp, device: &Device, cookie: &str) -> Answer {
        let code = device.code(test.advance(Span::minutes(1)));
        self.post("/verify?to=%2Fsecurity", cookie, &format!("code={code}")).await
    }

    /// Whether somebody is signed in with this cookie.
    async fn knows(&self, cookie: &str) -> bool {
        self.get("/security", cookie).await.status == StatusCode::OK
    }
}

async fn the_secret_is_replaced_at_sign_in_and_at_step_up(test: &TestApp) {
    let (_, device) = test.with_administrator().await;
    let door = Door::new(test, "http://127.0.0.1:3000", "127.0.0.1:3000");
    let planted = "ostiary_session=AAAAAAAAAAAAAAAAAAAAAA";
    let begun = door.sign_in(planted).await;
    for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(begun.session().contains(part), "{:?}", begun.set);
    }
    assert!(!begun.session().contains("Secure") && !begun.session().contains("Max-Age"), "{:?}", begun.set);
    let first = begun.pair();
    assert_ne!(first, planted, "a secret that was planted is not taken over");
    let read = door.get("/security", &first).await;
    assert_eq!((read.status, read.session()), (StatusCode::OK, ""), "reading changes nothing");

    let verified = door.verify(test, &device, &first).await;
    let second = verified.pair();
    assert_eq!(verified.to, "/security");
    assert_ne!(first, second);
    assert!(door.knows(&second).await && !door.knows(&first).await);

    // Signing in again in the same browser ends the session that was there.
    let third = door.sign_in(&second).await.pair();
    assert!(door.knows(&third).await && !door.knows(&second).await);

    let over = door.post("/sign-out", &third, "").await;
    assert!(over.session().contains("Max-Age=0"), "{:?}", over.set);
    assert_eq!(over.clears, "\"cache\", \"storage\"", "and never cookies, which others have on this host");
    for gone in [third.as_str(), "ostiary_session=garbage", ""] {
        assert!(!door.knows(gone).await, "{gone}");
    }
}

/// An answer that was on its way with the old cookie must not take the new one away.
async fn no_answer_removes_a_cookie_that_it_does_not_know(test: &TestApp) {
    let (_, device) = test.with_administrator().await;
    let door = Door::new(test, "http://127.0.0.1:3000", "127.0.0.1:3000");
    let first = door.sign_in("").await.pair();
    // Ours and those of other programs on the host, known or not, at a page, at one that needs a session, and at a form.
    let second = door.verify(test, &device, &first).await.pair();
    // The page that was sent to sign in by that goes on with the new one.
    assert_eq!(door.get("/security", &first).await.to, "/sign-in?to=%2Fsecurity");
    assert_eq!(door.get("/sign-in?to=%2Fsecurity", &second).await.to, "/security");
    assert_eq!(door.get("/sign-in?to=%2Fsign-in", &second).await.to, "/");
    assert_eq!(door.get("/sign-in?to=%2F%2Fevil.example", &second).await.to, "/");
    assert_eq!(door.get("/sign-in", &second).await.to, "", "whoever comes by themselves may sign in as somebody else");
    for cookie in [first.as_str(), "session=eyJhIjoxfQ.abc.def; theme=blue; flash=x", "ostiary_session=", "id=1"] {
        for path in ["/sign-in", "/security", "/", "/events", "/no-such-page"] {
            let answer = door.get(path, cookie).await;
            assert!(answer.set.is_empty() && answer.clears.is_empty(), "{path} with {cookie}: {:?}", answer.set);
        }
        let answer = door.post("/sign-out", cookie, "").await;
        assert!(answer.set.is_empty() && answer.clears.is_empty(), "{cookie}: {:?}", answer.set);
    }
}

async fn behind_https_the_cookie_belongs_to_this_host_alone(test: &TestApp) {
    test.with_administrator().await;
    let door = Door::new(test, "https://pim.contoso.example", "pim.contoso.example");
    let begun = door.sign_in("").await;
    let set = begun.session();
    assert!(set.starts_with("__Host-ostiary_session=") && set.contains("Secure") && !set.contains("Domain"), "{set}");
    assert!(door.knows(&begun.pair()).await);
    assert!(!door.knows(begun.pair().trim_start_matches("__Host-")).await, "no other host may set it");
    // A browser takes the removal of such a cookie only with the same attributes.
    let over = door.post("/sign-out", &begun.pair(), "").await;
    let gone = over.session();
    assert!(gone.starts_with("__Host-ostiary_session=;") && gone.contains("Max-Age=0"), "{gone}");
    for attribute in set.split("; ").skip(1) {
        assert!(gone.contains(attribute), "{attribute} is not in {gone}");
    }
    let theme = door.post("/theme", "", "theme=dark").await;
    assert!(
        theme.set[0].starts_with("__Host-ostiary_theme=dark") && theme.set[0].contains("Secure"),
        "{:?}",
        theme.set
    );
}

on_both_engines!(
    the_secret_is_replaced_at_sign_in_and_at_step_up,
    no_answer_removes_a_cookie_that_it_does_not_know,
    behind_https_the_cookie_belongs_to_this_host_alone,
);
