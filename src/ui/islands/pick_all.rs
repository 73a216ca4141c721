//! One box that ticks all others of a list. Without script it is not shown: every row has its own.

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast as _;

/// The box, for the boxes of this name in the same form.
#[island]
pub fn PickAll(
    /// The name that the boxes share.
    #[prop(into)]
    name: String,
    /// What it says to those who cannot see the column.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let all = NodeRef::<html::Input>::new();
    let boxes = {
        let name = name.clone();
        move || all.get_untracked().map(|all| ticks(&all, &name)).unwrap_or_default()
    };
    let follow = {
        let boxes = boxes.clone();
        move || {
            let boxes = boxes();
            let ticked = boxes.iter().filter(|tick| tick.checked()).count();
            if let Some(all) = all.get_untracked() {
                all.set_checked(ticked > 0 && ticked == boxes.len());
                all.set_indeterminate(ticked > 0 && ticked < boxes.len());
            }
        }
    };
    Effect::new(move || {
        if all.get().is_some() {
            follow();
        }
        let (name, follow) = (name.clone(), follow.clone());
        let handle = window_event_listener(ev::change, move |change| {
            let tick = change.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
            if tick.is_some_and(|tick| tick.name() == name) {
                follow();
            }
        });
        on_cleanup(move || handle.remove());
    });
    let tick_all = move |_| {
        let on = all.get_untracked().is_some_and(|all| all.checked());
        for tick in boxes() {
            tick.set_checked(on);
        }
    };
    view! { <input type="checkbox" class="needs-script" aria-label=label autocomplete="off" node_ref=all on:change=tick_all/> }
}

/// The boxes of this name that can be ticked, in the form of this element.
fn ticks(all: &web_sys::HtmlInputElement, name: &str) -> Vec<web_sys::HtmlInputElement> {
    let Some(form) = all.form() else { return Vec::new() };
    let Ok(found) = form.query_selector_all("input[type=checkbox]") else { return Vec::new() };
    (0..found.length())
        .filter_map(|at| found.item(at)?.dyn_into::<web_sys::HtmlInputElement>().ok())
        .filter(|tick| tick.name() == name && !tick.disabled())
        .collect()
}
