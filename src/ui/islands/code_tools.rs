//! Copying and printing recovery codes. Without script they are downloaded by a link, or selected and printed by hand.

use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, JsValue};

/// Two buttons beside the codes. They are there only where they work.
#[island]
pub fn CodeTools(
    /// The codes.
    codes: Vec<String>,
) -> impl IntoView {
    let awake = RwSignal::new(false);
    let copied = RwSignal::new(false);
    Effect::new(move |_| awake.set(true));
    let text = StoredValue::new(codes.join("\n"));
    let copy = move |_| copied.set(copy(&text.get_value()).is_some());
    // Where printing is forbidden there is nothing better to do than nothing.
    let print = move |_| drop(window().print());
    view! {
        <button type="button" class="btn" hidden=move || !awake.get() on:click=copy>
            {move || if copied.get() { "Copied" } else { "Copy" }}
        </button>
        <button type="button" class="btn" hidden=move || !awake.get() on:click=print>"Print"</button>
        <span class="visually-hidden" role="status">{move || copied.get().then_some("The codes are copied.")}</span>
    }
}

/// Puts the text on the clipboard; nothing where the browser offers none.
fn copy(text: &str) -> Option<JsValue> {
    let clipboard = js_sys::Reflect::get(&window().navigator(), &JsValue::from_str("clipboard")).ok()?;
    let write: js_sys::Function =
        js_sys::Reflect::get(&clipboard, &JsValue::from_str("writeText")).ok()?.dyn_into().ok()?;
    write.call1(&clipboard, &JsValue::from_str(text)).ok()
}
