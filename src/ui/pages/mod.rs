//! One file per screen: `page` shows it, `submit` takes its form. Server only.

pub mod account;
pub mod assignments;
pub mod audit;
pub mod groups;
pub mod health;
pub mod holdings;
pub mod home;
pub mod mail;
pub mod notifications;
pub mod paging;
pub mod roles;
pub mod search;
pub mod settings;
pub mod sure;
pub mod tasks;
pub mod theme;
pub mod users;
