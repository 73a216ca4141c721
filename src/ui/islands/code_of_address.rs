//! The code that an address carries behind its `#`, where no server and no log sees it.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

/// Fills the field with this id from `#code=...`, and takes the code out of the address and of what the browser remembers of it.
/// Without script one types it.
#[island]
pub fn CodeOfAddress(
    /// The id of the field.
    field: String,
) -> impl IntoView {
    Effect::new(move |_| {
        let Ok(hash) = window().location().hash() else { return };
        let (Some(code), Some(input)) = (hash.strip_prefix("#code="), document().get_element_by_id(&field)) else {
            return;
        };
        let _ = js_sys::Reflect::set(&input, &JsValue::from_str("value"), &JsValue::from_str(code));
        if let (Ok(history), Ok(path)) = (window().history(), window().location().pathname()) {
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&path));
        }
    });
}
