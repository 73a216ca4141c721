//! A list that changed while it is looked at: it reloads by itself when nobody is busy in it, else it offers to.

use super::live;
use crate::domain::live::Topic;
use crate::ui::parts::Icon;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlInputElement, HtmlTextAreaElement};

/// What says that somebody is in the middle of something: ticks, an open question, a refusal that is being read.
const BUSY: &str = "main input[type=checkbox]:checked, main dialog[open], main .summary, main .pane";

/// Stands above a list.
#[island]
pub fn LiveRefresh(
    /// What the list shows: words of topics, with spaces between them.
    #[prop(into)]
    topics: String,
) -> impl IntoView {
    let changed = RwSignal::new(false);
    let wanted = StoredValue::new(topics);
    let leaving = StoredValue::new(false);
    Effect::new(move || {
        // A reload now would call back whoever is on the way to another page.
        window_event_listener(leptos::ev::beforeunload, move |_| leaving.set_value(true));
        let wanted: Vec<Topic> = wanted.get_value().split(' ').filter_map(|word| word.parse().ok()).collect();
        live::on_change(move |heard| {
            if !heard.iter().any(|topic| wanted.contains(topic)) {
                return;
            }
            if leaving.get_value() || is_busy() {
                changed.set(true);
            } else {
                // A page that cannot be reloaded stays as it is, and can be reloaded by hand.
                let _ = window().location().reload();
            }
        });
    });
    view! {
        <div class="changed" role="status">
            {move || {
                changed.get().then(|| {
                    view! {
                        <div class="note info">
                            <Icon name="refresh"/>
                            <p>"This list has changed."</p>
                            <button type="button" class="btn small" on:click=|_| ask_anew()>"Reload"</button>
                        </div>
                    }
                })
            }}
        </div>
    }
}

/// Asks for the page anew; never sends a form again.
pub(super) fn ask_anew() {
    let location = window().location();
    let (path, query) = (location.pathname().unwrap_or_default(), location.search().unwrap_or_default());
    let _ = location.replace(&format!("{path}{query}"));
}

/// Whether a reload would take something away from the reader: what they ticked, typed, or stand on.
fn is_busy() -> bool {
    let page = document();
    let found = |selector: &str| page.query_selector(selector).ok().flatten();
    if found(BUSY).is_some() {
        return true;
    }
    let stands_in = page.active_element().is_some_and(|element| element.closest("main").ok().flatten().is_some());
    stands_in || is_typed_in()
}

/// Whether somebody typed something on this page.
pub(super) fn is_typed_in() -> bool {
    fields().iter().any(is_typed)
}

fn fields() -> Vec<Element> {
    let Ok(found) = document().query_selector_all("main input, main textarea") else { return Vec::new() };
    (0..found.length()).filter_map(|at| found.item(at)).filter_map(|node| node.dyn_into().ok()).collect()
}

fn is_typed(field: &Element) -> bool {
    if let Some(input) = field.dyn_ref::<HtmlInputElement>() {
        return !matches!(input.type_().as_str(), "hidden" | "checkbox" | "radio")
            && input.value() != input.default_value();
    }
    field
        .dyn_ref::<HtmlTextAreaElement>()
        .is_some_and(|area| area.default_value().is_ok_and(|initial| area.value() != initial))
}
