//! Around tables: the box that scrolls, headers that sort, tabs above.

use crate::ui::form::Form;
use leptos::prelude::*;

/// The frame of a table. The table is written by the page; on a phone its cells show their `data-label`.
#[component]
pub fn TableBox(
    /// What the table shows, for those who cannot see it.
    #[prop(into)]
    label: String,
    /// The `<table>`.
    children: Children,
) -> impl IntoView {
    view! { <div class="grid" role="region" aria-label=label tabindex="0">{children()}</div> }
}

/// How a column is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// The head of a column that sorts by a link. The query's `sort` is the column's name, with a `-` before it for descending.
#[component]
pub fn SortHeader(
    /// What the column is called.
    #[prop(into)]
    label: String,
    /// The column's name in the query.
    column: &'static str,
    /// How this column is sorted now, if it is.
    sorted: Option<Sort>,
    /// The list's path.
    #[prop(into)]
    path: String,
    /// The query of this page.
    query: Form,
) -> impl IntoView {
    let (state, next) = match sorted {
        Some(Sort::Ascending) => (Some("ascending"), format!("-{column}")),
        Some(Sort::Descending) => (Some("descending"), column.to_owned()),
        None => (None, column.to_owned()),
    };
    let href = format!("{path}?{}", query.encoded_with("sort", &next));
    view! { <th scope="col" aria-sort=state><a href=href>{label}</a></th> }
}

/// One tab.
#[derive(Clone, Debug)]
pub struct Tab {
    /// What it says.
    pub label: String,
    /// Where it leads.
    pub href: String,
    /// How many things are behind it.
    pub count: Option<usize>,
    /// Whether it is the one that is open.
    pub open: bool,
}

/// Tabs are links: each has its address, and the browser's buttons work.
#[component]
pub fn Tabs(
    /// What they divide.
    #[prop(into)]
    label: String,
    /// The tabs.
    tabs: Vec<Tab>,
) -> impl IntoView {
    let links: Vec<_> = tabs
        .into_iter()
        .map(|tab| {
            view! {
                <a href=tab.href aria-current=tab.open.then_some("page")>
                    {tab.label}
                    {tab.count.map(|count| view! { " " <span>{count.to_string()}</span> })}
                </a>
            }
        })
        .collect();
    view! { <nav class="tabs" aria-label=label>{links}</nav> }
}
