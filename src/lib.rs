//! Ostiary: a self-hosted Privileged Identity Management portal.
//!
//! The rooms, and which build has them. `domain` is built always and names nobody; everything else needs a feature.

pub mod domain;

#[cfg(feature = "ssr")]
pub mod app;
#[cfg(feature = "ssr")]
pub mod http;
#[cfg(feature = "ssr")]
pub mod store;
