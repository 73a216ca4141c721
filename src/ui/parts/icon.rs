//! One symbol of the sprite `public/icons.svg`.

use leptos::prelude::*;

/// The address of the sprite under its hashed name, in the context of every page.
#[derive(Clone, Debug)]
pub struct IconSheet(pub String);

/// Where the boot script's page says the sprite is.
#[cfg(feature = "hydrate")]
fn sheet_of_this_page() -> Option<String> {
    document().document_element().and_then(|page| page.get_attribute("data-icons"))
}

/// On the server the context says it.
#[cfg(not(feature = "hydrate"))]
fn sheet_of_this_page() -> Option<String> {
    None
}

/// A symbol beside words: it says nothing of its own to those who cannot see it.
#[component]
pub fn Icon(
    /// The symbol's id in the sprite.
    name: &'static str,
) -> impl IntoView {
    let sheet = use_context::<IconSheet>().map(|sheet| sheet.0).or_else(sheet_of_this_page).unwrap_or_default();
    view! {
        <svg class="icon" aria-hidden="true" focusable="false">
            <use href=format!("{sheet}#{name}")></use>
        </svg>
    }
}
