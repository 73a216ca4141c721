//! Signing in with a name and a password.

use super::{destination, on_the_way, set_up::not_set_up};
use crate::app::Caller;
use crate::app::crypto::TypedPassword;
use crate::app::drafts::{self, Draft};
use crate::app::people::show_myself;
use crate::app::set_up::is_set_up;
use crate::app::sign_in::{SignIn, SignedIn, sign_in};
use crate::app::viewer::has_power;
use crate::domain::user::Theme as StoredTheme;
use crate::ui::answer::{Content, Fault, Mood, Outcome, PageResult, kept_at, without_secrets};
use crate::ui::form::Form;
use crate::ui::parts::{Button, Hidden, Look, Note, TextField};
use crate::ui::theme::{COOKIE, COOKIE_SECONDS, Theme};
use crate::ui::visit::{Cookie, Visit, own_path};
use leptos::prelude::*;
use std::net::{IpAddr, Ipv4Addr};

const PATH: &str = "/sign-in";

/// The hidden field that carries what was typed elsewhere through signing in again, encoded as a form.
pub const DRAFT: &str = "draft";

/// The hidden field that carries where it was typed: a path of ours with its query, which can be too long for the address of this page.
pub const DRAFT_AT: &str = "draft_at";

/// Asks who is there. Also the answer to a form that was sent when the session was over, at that form's own address.
pub async fn page(visit: Visit) -> PageResult {
    if !is_set_up(&visit.app.store).await? {
        return Ok(not_set_up());
    }
    let carried = |name: &str| visit.form.sent().and_then(|form| form.many(name).next()).map(str::to_owned);
    let (draft, draft_at) = (carried(DRAFT), carried(DRAFT_AT));
    let note = if draft.is_some() {
        Some(view! { <Note mood=Mood::Wait><p>"Your session is over. Sign in again: what you typed is kept, and nothing was changed."</p></Note> }.into_any())
    } else if visit.query.has("signed-out") && visit.form.sent().is_none() {
        Some(view! { <Note mood=Mood::Good><p>"You are signed out."</p></Note> }.into_any())
    } else {
        let who = visit.viewer.as_ref().map(|viewer| viewer.display_name.clone());
        who.map(|who| {
            view! { <Note><p>"You are signed in as " <b>{who}</b> ". Signing in again ends that session."</p></Note> }
                .into_any()
        })
    };
    let action = (visit.path() != PATH).then(|| match &draft {
        Some(_) => PATH.to_owned(),
        None => on_the_way(PATH, &visit.here()),
    });
    let view = view! {
        {note}
        <form class="form" method="post" action=action>
            {draft.map(|draft| view! { <Hidden name=DRAFT value=draft/> })}
            {draft_at.map(|at| view! { <Hidden name=DRAFT_AT value=at/> })}
            <TextField name="user_principal_name" label="User name" hint="Such as ada@example.com" autocomplete="username" inputmode="email" maxlength=200 required=true autofocus=true/>
            <TextField name="password" label="Password" kind="password" autocomplete="current-password" required=true/>
            <Button label="Sign in" look=Look::Go/>
        </form>
        <p class="hint">"Forgot your password, or lost your second factor? An administrator of this portal can reset it."</p>
    };
    Ok(Content::new("Sign in", view).card())
}

/// Lets the person in, and on to whatever comes before the page they wanted.
pub async fn submit(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    let ask = SignIn {
        name: form.one("user_principal_name")?,
        password: TypedPassword::new(form.one("password")?),
        address: visit.arrival.address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        user_agent: &visit.arrival.user_agent,
        trace: &visit.arrival.request_id,
    };
    let signed_in = sign_in(&visit.app, ask).await?;
    remember_theme(&visit, &signed_in).await?;
    let to = match form.optional(DRAFT)?.zip(form.optional(DRAFT_AT)?.and_then(own_path)) {
        Some((typed, at)) => {
            let form = without_secrets(&Form::parse(typed.as_bytes())).encoded();
            let draft = Draft { address: at.to_owned(), form };
            kept_at(&drafts::keep(&visit.app, &signed_in.user, &draft).await?)
        }
        None => destination(&visit),
    };
    let to = if signed_in.must_change_password {
        on_the_way("/change-password", &to)
    } else {
        proof_first(&visit, &signed_in.user, signed_in.has_second_factor, to).await?
    };
    Ok(Outcome::SignedIn { signed_in, to })
}

/// Whoever holds power shows their second factor first, or sets one up.
pub(super) async fn proof_first(
    visit: &Visit,
    user: &crate::domain::ids::UserId,
    has_second_factor: bool,
    to: String,
) -> Result<String, Fault> {
    let power = has_power(&visit.app, user, visit.now()).await?;
    Ok(match (power, has_second_factor) {
        (true, true) => on_the_way("/verify", &to),
        (true, false) => on_the_way("/second-factor", &to),
        (false, _) => to,
    })
}

/// A browser that is new to this person looks as they chose elsewhere.
async fn remember_theme(visit: &Visit, signed_in: &SignedIn) -> Result<(), Fault> {
    let trace = visit.arrival.request_id.to_string();
    let caller = Caller { user: signed_in.user.clone(), session: None, verified_at: None, trace };
    let (user, _) = show_myself(&visit.app, &caller).await?;
    match user.theme {
        StoredTheme::System => {}
        StoredTheme::Light => keep_theme(visit, Theme::Light),
        StoredTheme::Dark => keep_theme(visit, Theme::Dark),
    }
    Ok(())
}

/// Keeps the theme in this browser.
pub(super) fn keep_theme(visit: &Visit, theme: Theme) {
    visit.set_cookie(Cookie {
        name: COOKIE,
        value: theme.name().to_owned(),
        max_age_seconds: COOKIE_SECONDS,
        script_may_read: true,
    });
}
