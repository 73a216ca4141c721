//! One file per screen: `page` shows it, `submit` takes its form. Server only.

pub mod audit;
pub mod home;
pub mod notifications;
pub mod search;
pub mod theme;
