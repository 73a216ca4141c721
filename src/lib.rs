//! Ostiary: a self-hosted Privileged Identity Management portal.
//!
//! The rooms, and which build has them. `domain` is built always and names nobody; everything else needs a feature:
//! `ssr` is the server, `hydrate` is what the browser loads.

#[cfg(feature = "ssr")]
pub mod app;
#[cfg(feature = "ssr")]
pub mod config;
pub mod domain;
#[cfg(feature = "ssr")]
pub mod http;
#[cfg(feature = "ssr")]
pub mod store;
#[cfg(any(feature = "ssr", feature = "hydrate"))]
pub mod ui;

/// Called once by the boot script, before the islands of the page wake up.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
