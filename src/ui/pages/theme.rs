//! The choice of the theme for browsers without script.

use crate::ui::{
    answer::{Content, Fault, Outcome, PageResult},
    form::{Form, FormFault},
    parts::{Button, Choice, Choices, Hidden, Look},
    theme::{COOKIE, COOKIE_SECONDS, Theme},
    visit::{Cookie, Visit, local_path},
};
use leptos::prelude::*;

/// Asks which theme.
pub async fn page(visit: Visit) -> PageResult {
    let choices = Theme::ALL.into_iter().map(|theme| Choice::new(theme.name(), theme.label())).collect::<Vec<_>>();
    let back = visit.query.optional("back")?.unwrap_or("/").to_owned();
    let view = view! {
        <form class="form" method="post" action="/theme">
            <Hidden name="back" value=back/>
            <Choices name="theme" legend="How the portal looks in this browser" choices=choices value=visit.arrival.theme.name()/>
            <Button label="Save" look=Look::Go/>
        </form>
    };
    Ok(Content::new("Theme", view).card())
}

/// Keeps the choice in a cookie and goes back.
pub async fn submit(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    let theme = Theme::parse(form.one("theme")?).ok_or(FormFault::Missing("theme"))?;
    visit.set_cookie(Cookie {
        name: COOKIE,
        value: theme.name().to_owned(),
        max_age_seconds: COOKIE_SECONDS,
        script_may_read: true,
    });
    Ok(Outcome::quietly(form.optional("back")?.and_then(local_path).unwrap_or("/")))
}
