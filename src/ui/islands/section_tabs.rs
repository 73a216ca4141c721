//! Tabs over the sections of one page. The style shows the section that the address names; this says so to those who cannot see it.

use leptos::{ev, leptos_dom::helpers::window_event_listener, prelude::*};

/// Links to sections of this page. Without script they work as links do, and the style still shows one section at a time.
#[island]
pub fn SectionTabs(
    /// What they divide.
    #[prop(into)]
    label: String,
    /// The id and the name of each section.
    tabs: Vec<(String, String)>,
    /// Which one stands open as the page starts.
    open: usize,
) -> impl IntoView {
    let ids: Vec<String> = tabs.iter().map(|(id, _)| id.clone()).collect();
    let current = RwSignal::new(open);
    Effect::new(move || {
        let ids = ids.clone();
        if let Some(at) = section_of_address(&ids) {
            current.set(at);
        }
        let listening =
            window_event_listener(ev::hashchange, move |_| current.set(section_of_address(&ids).unwrap_or(open)));
        on_cleanup(move || listening.remove());
    });
    let links: Vec<_> = tabs
        .into_iter()
        .enumerate()
        .map(|(at, (id, name))| {
            view! { <a href=format!("#{id}") aria-current=move || (current.get() == at).then_some("true")>{name}</a> }
        })
        .collect();
    view! { <nav class="tabs sections" aria-label=label>{links}</nav> }
}

/// The section that the address names, or that holds what it names.
fn section_of_address(ids: &[String]) -> Option<usize> {
    let hash = window().location().hash().ok()?;
    let target = document().get_element_by_id(hash.strip_prefix('#')?)?;
    ids.iter()
        .position(|id| document().get_element_by_id(id).is_some_and(|section| section.contains(Some(target.as_ref()))))
}
