//! The parts that every screen is made of. Their class names are the vocabulary of `style/`.
//!
//! Fields find the refused form of this rendering in the context: they keep what was typed and show what was wrong. They are made on the server alone; `Icon` and `Face` are in both builds.

#[cfg(feature = "ssr")]
mod actions;
#[cfg(feature = "ssr")]
mod choices;
#[cfg(feature = "ssr")]
mod dialog;
#[cfg(feature = "ssr")]
mod error_summary;
mod face;
#[cfg(feature = "ssr")]
mod fields;
mod icon;
#[cfg(feature = "ssr")]
mod messages;
mod news;
#[cfg(feature = "ssr")]
mod pager;
#[cfg(feature = "ssr")]
mod principals;
#[cfg(feature = "ssr")]
mod qr_code;
#[cfg(feature = "ssr")]
mod table;
#[cfg(feature = "ssr")]
mod time_zone_field;

#[cfg(feature = "ssr")]
pub use actions::{Button, ButtonLink, Look, UnavailableButton};
#[cfg(feature = "ssr")]
pub use choices::{Check, Choice, Choices, Tick};
#[cfg(feature = "ssr")]
pub use dialog::Confirm;
#[cfg(feature = "ssr")]
pub use error_summary::ErrorSummary;
pub use face::{Face, initials};
#[cfg(feature = "ssr")]
pub use fields::{DateTimeField, Hidden, HiddenFields, SelectField, SelectOption, TextArea, TextField};
pub use icon::{Icon, IconSheet};
#[cfg(feature = "ssr")]
pub use messages::{EmptyState, Note, Tag};
pub use news::{News, NewsLine};
#[cfg(feature = "ssr")]
pub use pager::{AFTER, Pager};
#[cfg(feature = "ssr")]
pub use principals::{Picked, PrincipalField};
#[cfg(feature = "ssr")]
pub use qr_code::QrCode;
#[cfg(feature = "ssr")]
pub use table::{Sort, SortHeader, Tab, TableBox, Tabs};
#[cfg(feature = "ssr")]
pub use time_zone_field::TimeZoneField;
