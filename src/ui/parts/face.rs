//! A person or a group as a small sign beside the name.

use super::icon::Icon;
use leptos::prelude::*;

/// The first letters of the first and the last name.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.next_back().and_then(|word| word.chars().next());
    [first, last].into_iter().flatten().flat_map(char::to_uppercase).collect()
}

/// The sign: letters for a person, a symbol for a group. It says nothing that the name beside it does not.
#[component]
pub fn Face(
    /// The name.
    #[prop(into)]
    name: String,
    /// Whether it is a group.
    #[prop(optional)]
    is_group: bool,
) -> impl IntoView {
    let class = if is_group { "face group" } else { "face" };
    let inside = if is_group { view! { <Icon name="groups"/> }.into_any() } else { initials(&name).into_any() };
    view! { <span class=class aria-hidden="true">{inside}</span> }
}
