//! One file per screen: `page` shows it, `submit` takes its form. Server only.

pub mod account;
pub mod home;
pub mod settings;
pub mod theme;
