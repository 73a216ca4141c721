//! What people see. `pages` are compiled for the server alone and may call `app`; `islands` are in both builds.
//!
//! Not allowed in here: rules (they are in `domain`), HTTP (it is in `http`), SQL, an inline style, a raw text area.

#[cfg(feature = "ssr")]
pub mod answer;
pub mod calls;
#[cfg(feature = "ssr")]
pub mod chrome;
#[cfg(feature = "ssr")]
pub mod document;
#[cfg(feature = "ssr")]
pub mod form;
pub mod islands;
#[cfg(feature = "ssr")]
pub mod layout;
#[cfg(feature = "ssr")]
pub mod markup;
#[cfg(feature = "ssr")]
pub mod pages;
pub mod parts;
pub mod theme;
#[cfg(feature = "ssr")]
pub mod time;
#[cfg(feature = "ssr")]
pub mod visit;
