//! The choice of the theme, at once and without a page load.

use crate::ui::{
    parts::Icon,
    theme::{COOKIE, COOKIE_SECONDS, Theme},
};
use leptos::{ev::MouseEvent, prelude::*};
use wasm_bindgen::JsCast as _;

/// Three buttons of one form. Without script the form goes to `/theme`, which sets the same cookie.
#[island]
pub fn ThemeSwitch(
    /// The theme this browser chose.
    chosen: Theme,
    /// Where the form comes back to.
    here: String,
    /// Whether it stands in a menu, whose entries have a look of their own.
    in_menu: bool,
) -> impl IntoView {
    let class = if in_menu { "" } else { "btn plain small" };
    let theme = RwSignal::new(chosen);
    let choose = move |click: MouseEvent, choice: Theme| {
        click.prevent_default();
        theme.set(choice);
        show(choice);
        remember(choice);
    };
    let buttons = Theme::ALL.map(|choice| {
        view! {
            <button
                type="submit"
                class=class
                name="theme"
                value=choice.name()
                aria-pressed=move || if theme.get() == choice { "true" } else { "false" }
                on:click=move |click| choose(click, choice)
            >
                <Icon name=choice.icon()/>
                {choice.label()}
            </button>
        }
    });
    view! {
        <form method="post" action="/theme" role="group" aria-label="Theme">
            <input type="hidden" name="back" value=here/>
            {buttons.into_iter().collect::<Vec<_>>()}
        </form>
    }
}

/// Puts the theme on the page.
fn show(theme: Theme) {
    if let Some(page) = document().document_element() {
        // The page keeps its old look when the attribute cannot be set; there is nothing better to do.
        let _ = match theme.attribute() {
            Some(name) => page.set_attribute("data-theme", name),
            None => page.remove_attribute("data-theme"),
        };
    }
}

/// Keeps the theme for the next page.
fn remember(theme: Theme) {
    let is_https = window().location().protocol().is_ok_and(|scheme| scheme == "https:");
    let (prefix, secure) = if is_https { ("__Host-", "; Secure") } else { ("", "") };
    if let Ok(page) = document().dyn_into::<web_sys::HtmlDocument>() {
        let _ = page.set_cookie(&format!(
            "{prefix}{COOKIE}={}; Path=/; Max-Age={COOKIE_SECONDS}; SameSite=Lax{secure}",
            theme.name()
        ));
    }
}
