//! One request, as a page sees it.

use super::{
    answer::{Fault, Flash},
    form::{Form, FormState},
    theme::Theme,
};
use crate::{
    app::{App, AppError, Caller, viewer::Viewer},
    domain::{refusal::Refusal, time::Instant},
};
use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

/// What the front door knows about a request before anybody looks at what it asks.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The id under which it is logged and audited; error pages show it.
    pub request_id: Arc<str>,
    /// What inline and boot scripts of this one document must carry.
    pub nonce: Arc<str>,
    /// When it arrived.
    pub now: Instant,
    /// Where it came from, seen through the trusted proxies.
    pub address: Option<IpAddr>,
    /// What the browser calls itself, cut to a sane length.
    pub user_agent: Arc<str>,
    /// The theme this browser chose.
    pub theme: Theme,
    /// Whether people reach the portal over https.
    pub secure: bool,
}

/// One request on its way through a page. Cheap to clone.
#[derive(Clone)]
pub struct Visit {
    /// The use cases.
    pub app: App,
    /// Who is asking, when signed in.
    pub viewer: Option<Viewer>,
    /// What the front door found out.
    pub arrival: Arrival,
    /// The fields behind the `?`.
    pub query: Form,
    /// The refused form that this rendering answers.
    pub form: FormState,
    /// The sentence that the last change left for this page.
    pub flash: Option<Flash>,
    path: Arc<str>,
    params: Arc<[(String, String)]>,
    cookies: Arc<Mutex<Vec<Cookie>>>,
}

/// A cookie to set.
#[derive(Clone, Debug)]
pub struct Cookie {
    /// Its name, without the `__Host-` that the front door puts before it behind https.
    pub name: &'static str,
    /// Its value; the front door encodes it.
    pub value: String,
    /// How long the browser keeps it, in seconds; 0 removes it.
    pub max_age_seconds: u32,
    /// Whether scripts may read it.
    pub script_may_read: bool,
}

impl Visit {
    /// A visit to this path with these parts of the path.
    pub fn new(app: App, arrival: Arrival, path: &str, params: Vec<(String, String)>, query: Form) -> Self {
        Self {
            app,
            viewer: None,
            arrival,
            query,
            form: FormState::default(),
            flash: None,
            path: path.into(),
            params: params.into(),
            cookies: Arc::default(),
        }
    }

    /// When the request arrived. Pass it on; never ask a clock.
    pub fn now(&self) -> Instant {
        self.arrival.now
    }

    /// The person who is asking; a fault when nobody is signed in.
    pub fn caller(&self) -> Result<&Caller, Fault> {
        self.viewer().map(|viewer| &viewer.caller)
    }

    /// The person who is asking, as the portal shows them; a fault when nobody is signed in.
    pub fn viewer(&self) -> Result<&Viewer, Fault> {
        self.viewer.as_ref().ok_or(Fault::App(AppError::SignedOut))
    }

    /// A part of the path, `{id}` say; not found when the route has none of that name.
    pub fn param(&self, name: &str) -> Result<&str, Fault> {
        let found = self.params.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).ok_or(Fault::App(Refusal::NotFound("page").into()))
    }

    /// The path that was asked, without the query.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The path that was asked, with its query: where to come back to.
    pub fn here(&self) -> String {
        let query = self.query.encoded();
        if query.is_empty() { self.path.to_string() } else { format!("{}?{query}", self.path) }
    }

    /// The same without one field of the query.
    pub fn here_without(&self, field: &str) -> String {
        let query = self.query.encoded_without(field);
        if query.is_empty() { self.path.to_string() } else { format!("{}?{query}", self.path) }
    }

    /// The same visit, showing a form again.
    #[must_use]
    pub fn showing(mut self, form: FormState) -> Self {
        self.form = form;
        self
    }

    /// Sets a cookie with the answer.
    pub fn set_cookie(&self, cookie: Cookie) {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner).push(cookie);
    }

    /// The cookies to set, for the front door.
    pub fn take_cookies(&self) -> Vec<Cookie> {
        std::mem::take(&mut *self.cookies.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The longest path that is passed on in an address: proxies refuse an address of 8 kB, and one in another is longer than by itself.
const LONGEST_PASSED_ON: usize = 6_000;

/// The text as a path of ours: `/…`, but never another host's (`//host`, `/\host`), nor with control characters.
pub fn own_path(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('/')?;
    let elsewhere = rest.starts_with(['/', '\\']);
    (!elsewhere && !text.chars().any(char::is_control)).then_some(text)
}

/// The same, where it came in an address and goes on in another one.
pub fn local_path(text: &str) -> Option<&str> {
    own_path(text).filter(|path| path.len() <= LONGEST_PASSED_ON)
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn only_our_own_paths_are_followed() {
        assert_eq!(local_path("/my-roles?tab=active"), Some("/my-roles?tab=active"));
        for bad in
            ["", "my-roles", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb", "/\t/evil.example"]
        {
            assert_eq!(local_path(bad), None, "{bad:?}");
        }
    }
}
