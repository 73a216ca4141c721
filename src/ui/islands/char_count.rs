//! How many characters a text has, counted while it is typed. It stands below its field.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast as _;

/// "37 of 500 characters", for the text field with this id. Without script it says the limit alone.
#[island]
pub fn CharCount(
    /// The id of the text field.
    #[prop(into)]
    field: String,
    /// The most it takes.
    limit: u32,
) -> impl IntoView {
    let typed = RwSignal::new(None::<usize>);
    let id = field.clone();
    Effect::new(move || {
        let area = document().get_element_by_id(&id);
        typed.set(area.and_then(|area| area.dyn_into::<web_sys::HtmlTextAreaElement>().ok()).map(|area| count(&area)));
    });
    Effect::new(move || {
        let field = field.clone();
        let handle = window_event_listener(ev::input, move |input| {
            let area = input.target().and_then(|target| target.dyn_into::<web_sys::HtmlTextAreaElement>().ok());
            if let Some(area) = area.filter(|area| area.id() == field) {
                typed.set(Some(count(&area)));
            }
        });
        on_cleanup(move || handle.remove());
    });
    let words = move || match typed.get() {
        None => format!("At most {limit} characters."),
        Some(typed) => format!("{typed} of {limit} characters."),
    };
    view! { <span>{words}</span> }
}

fn count(area: &web_sys::HtmlTextAreaElement) -> usize {
    area.value().chars().count()
}
