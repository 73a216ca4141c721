//! The time zone of the browser, proposed where a form asks for one.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

/// Chooses the browser's own zone in the select with this id, once. Without script the page's own value stays.
#[island]
pub fn OwnTimeZone(
    /// The id of the select.
    field: String,
) -> impl IntoView {
    Effect::new(move |_| {
        if let (Some(select), Some(zone)) = (document().get_element_by_id(&field), own_zone()) {
            // A zone that is not among the entries leaves the select empty, and the form asks for it.
            let _ = js_sys::Reflect::set(&select, &JsValue::from_str("value"), &zone);
        }
    });
}

/// The zone's name in the IANA database, as the browser knows it.
fn own_zone() -> Option<JsValue> {
    let format = js_sys::Intl::DateTimeFormat::new(&js_sys::Array::new(), &js_sys::Object::new());
    let zone = js_sys::Reflect::get(&format.resolved_options(), &JsValue::from_str("timeZone")).ok()?;
    zone.is_string().then_some(zone)
}
