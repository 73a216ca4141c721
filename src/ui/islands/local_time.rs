//! The browser's clock and calendar, for islands. On the server these functions are compiled and never called.

use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use wasm_bindgen::JsValue;

const DAY: f64 = 86_400_000.0;

/// Now, in Unix milliseconds, by the server's clock: what ends, ends by that, whatever the browser's clock says. `boot.js` noted by how
/// much the two differ when the page came.
pub fn now() -> f64 {
    let ahead = Reflect::get(&js_sys::global(), &JsValue::from_str("serverAhead"));
    Date::now() + ahead.ok().and_then(|ahead| ahead.as_f64()).unwrap_or(0.0)
}

/// A moment as `ui::time::Zone::near` says it: "today 18:24", "tomorrow 09:00", else the date and the time.
pub fn near(at: f64, zone: &str) -> String {
    let now = now();
    let (day, clock) = (date(at, zone), clock(at, zone));
    if day == date(now, zone) {
        format!("today {clock}")
    } else if day == date(now + DAY, zone) {
        format!("tomorrow {clock}")
    } else {
        format!("{day}, {clock}")
    }
}

/// What is left until a moment, as `ui::time::short` says it.
pub fn left(until: f64) -> String {
    let minutes = ((until - now()) / 60_000.0).floor();
    if minutes < 1.0 {
        return "less than a minute".to_owned();
    }
    let (hours, rest) = ((minutes / 60.0).floor(), minutes % 60.0);
    if minutes >= 2_880.0 {
        format!("{} days", (minutes / 1_440.0).floor())
    } else if hours < 1.0 {
        format!("{minutes} min")
    } else if rest < 1.0 {
        format!("{hours} h")
    } else {
        format!("{hours} h {rest:02} min")
    }
}

fn date(at: f64, zone: &str) -> String {
    format(at, zone, &[("day", "numeric"), ("month", "short"), ("year", "numeric")])
}

fn clock(at: f64, zone: &str) -> String {
    format(at, zone, &[("hour", "2-digit"), ("minute", "2-digit"), ("hourCycle", "h23")])
}

fn format(at: f64, zone: &str, fields: &[(&str, &str)]) -> String {
    let options = Object::new();
    for (name, value) in fields.iter().chain(&[("timeZone", zone)]) {
        // An option that cannot be set leaves the browser's own.
        let _ = Reflect::set(&options, &JsValue::from_str(name), &JsValue::from_str(value));
    }
    let locales = Array::of1(&JsValue::from_str("en-GB"));
    let format: Function = Intl::DateTimeFormat::new(&locales, &options).format();
    let text = format.call1(&JsValue::UNDEFINED, &Date::new(&JsValue::from_f64(at)));
    text.ok().and_then(|text| text.as_string()).unwrap_or_default()
}
