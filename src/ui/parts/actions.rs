//! Buttons.

use super::icon::Icon;
use leptos::prelude::*;

/// What a button is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// One of several.
    #[default]
    Usual,
    /// The thing to do next; one on a page.
    Go,
    /// It leads to taking something away, or refuses.
    No,
    /// It takes something away, now.
    Danger,
    /// Hardly there.
    Plain,
}

impl Look {
    fn class(self) -> &'static str {
        match self {
            Self::Usual => "btn",
            Self::Go => "btn go",
            Self::No => "btn no",
            Self::Danger => "btn go no",
            Self::Plain => "btn plain",
        }
    }
}

/// A button that sends its form.
#[component]
pub fn Button(
    /// What it says.
    #[prop(into)]
    label: String,
    /// What it is for.
    #[prop(optional)]
    look: Look,
    /// The field that tells the server which button it was.
    #[prop(optional)]
    name: Option<&'static str>,
    /// That field's value.
    #[prop(optional, into)]
    value: Option<String>,
    /// Another address than the form's own.
    #[prop(optional, into)]
    formaction: Option<String>,
    /// The form it belongs to, where it stands outside of it.
    #[prop(optional, into)]
    form: Option<String>,
    /// A symbol before the word.
    #[prop(optional)]
    icon: Option<&'static str>,
    /// More words for those who cannot see what it stands beside.
    #[prop(optional, into)]
    aria_label: Option<String>,
) -> impl IntoView {
    view! {
        <button
            type="submit"
            class=look.class()
            name=name
            value=value
            formaction=formaction
            form=form
            aria-label=aria_label
        >
            {icon.map(|name| view! { <Icon name=name/> })}
            {label}
        </button>
    }
}

/// A link that looks like a button: it leads to a page and changes nothing.
#[component]
pub fn ButtonLink(
    /// What it says.
    #[prop(into)]
    label: String,
    /// Where it leads.
    #[prop(into)]
    href: String,
    /// What it is for.
    #[prop(optional)]
    look: Look,
    /// A symbol before the word.
    #[prop(optional)]
    icon: Option<&'static str>,
    /// More words for those who cannot see what it stands beside.
    #[prop(optional, into)]
    aria_label: Option<String>,
) -> impl IntoView {
    view! {
        <a class=look.class() href=href aria-label=aria_label>
            {icon.map(|name| view! { <Icon name=name/> })}
            {label}
        </a>
    }
}

/// An action that cannot be taken now. It stays where people look for it, and says why and when.
#[component]
pub fn UnavailableButton(
    /// What it would say.
    #[prop(into)]
    label: String,
    /// Why it does not work now, and when it will.
    #[prop(into)]
    reason: String,
) -> impl IntoView {
    view! {
        <span class="off">
            <a class="btn" role="link" aria-disabled="true">{label}</a>
            <small class="why">{reason}</small>
        </span>
    }
}
