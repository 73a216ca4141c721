//! Short words about a state.

use super::icon::Icon;
use crate::ui::answer::Mood;
use leptos::prelude::*;

/// A state in one or two words.
#[component]
pub fn Tag(
    /// The words; colour alone never says it.
    #[prop(into)]
    label: String,
    /// The mood; without one it is quiet.
    #[prop(optional, into)]
    mood: Option<Mood>,
) -> impl IntoView {
    view! { <span class=format!("tag {}", mood.map_or("quiet", Mood::class))>{label}</span> }
}

/// A sentence or two that the reader should not miss.
#[component]
pub fn Note(
    /// The mood.
    #[prop(default = Mood::Info)]
    mood: Mood,
    /// What it says.
    children: Children,
) -> impl IntoView {
    view! { <div class=format!("note {}", mood.class())><Icon name=mood.class()/> {children()}</div> }
}

/// What stands where a list has nothing to show.
#[component]
pub fn EmptyState(
    /// The symbol.
    icon: &'static str,
    /// What is not there.
    #[prop(into)]
    title: String,
    /// Why, and what to do about it.
    #[prop(into)]
    text: String,
    /// The thing to do next.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <Icon name=icon/>
            <b>{title}</b>
            <p>{text}</p>
            {children.map(|children| view! { <div class="actions">{children()}</div> })}
        </div>
    }
}
