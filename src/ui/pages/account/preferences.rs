//! What a person chooses for themself: the zone in which they read times, and the colours.

use super::sign_in::keep_theme;
use crate::app::people::show_myself;
use crate::app::update_user::update_preferences;
use crate::domain::user::Theme as StoredTheme;
use crate::ui::answer::{Content, Fault, Flash, Outcome, PageResult};
use crate::ui::form::{Form, FormFault};
use crate::ui::parts::{Button, Choice, Choices, Look, TimeZoneField};
use crate::ui::theme::Theme;
use crate::ui::visit::Visit;
use leptos::prelude::*;

/// The form on a page of its own: here it is shown again when something in it was wrong.
pub async fn page(visit: Visit) -> PageResult {
    Ok(Content::new("Preferences", form(&visit).await?).crumb("Security", "/security"))
}

/// The form.
pub(super) async fn form(visit: &Visit) -> Result<AnyView, Fault> {
    let (user, _) = show_myself(&visit.app, visit.caller()?).await?;
    let zone = user.time_zone.map(|zone| zone.to_string()).unwrap_or_default();
    let themes = Theme::ALL.into_iter().map(|theme| Choice::new(theme.name(), theme.label())).collect::<Vec<_>>();
    let theme = named(user.theme).name();
    Ok(view! {
        <form class="form" method="post" action="/preferences">
            <TimeZoneField name="time_zone" label="Time zone" hint="Times are shown to you in this zone." value=zone or_organizations=true/>
            <Choices name="theme" legend="Theme" choices=themes value=theme/>
            <div class="actions"><Button label="Save preferences" look=Look::Go/></div>
        </form>
    }
    .into_any())
}

/// Keeps the choices.
pub async fn submit(visit: Visit, form: Form) -> Result<Outcome, Fault> {
    let theme = Theme::parse(form.one("theme")?).ok_or(FormFault::Missing("theme"))?;
    update_preferences(&visit.app, visit.caller()?, form.one("time_zone")?, stored(theme)).await?;
    keep_theme(&visit, theme);
    Ok(Outcome::go("/security", Flash::good("Your preferences are saved.")))
}

fn named(theme: StoredTheme) -> Theme {
    match theme {
        StoredTheme::System => Theme::System,
        StoredTheme::Light => Theme::Light,
        StoredTheme::Dark => Theme::Dark,
    }
}

fn stored(theme: Theme) -> StoredTheme {
    match theme {
        Theme::System => StoredTheme::System,
        Theme::Light => StoredTheme::Light,
        Theme::Dark => StoredTheme::Dark,
    }
}
