//! Paging by key: a page of a list starts after the last row of the one before.

use super::icon::Icon;
use crate::ui::form::Form;
use leptos::prelude::*;

/// The links to the first and to the next page. Keeps every other part of the query.
#[component]
pub fn Pager(
    /// The list's path.
    #[prop(into)]
    path: String,
    /// The query of this page.
    query: Form,
    /// The key after which the next page starts; none on the last page.
    next: Option<String>,
    /// What stands on this page, such as "50 of 1,204".
    #[prop(optional, into)]
    shown: Option<String>,
) -> impl IntoView {
    let on_first = !query.has(AFTER);
    let rest = query.encoded_without(AFTER);
    let first = if rest.is_empty() { path.clone() } else { format!("{path}?{rest}") };
    let next = next.map(|key| format!("{path}?{}", query.encoded_with(AFTER, &key)));
    (!on_first || next.is_some()).then(|| {
        view! {
            <nav class="pager" aria-label="Pages">
                {shown.map(|shown| view! { <span>{shown}</span> })}
                {(!on_first).then(|| view! { <a class="btn" href=first><Icon name="chevron-left"/> "First page"</a> })}
                {next.map(|href| view! { <a class="btn" href=href rel="next">"Next page" <Icon name="chevron-right"/></a> })}
            </nav>
        }
    })
}

/// The name of the key in the query.
pub const AFTER: &str = "after";
