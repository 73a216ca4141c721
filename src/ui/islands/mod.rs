//! The parts of a page that wake up in the browser. Everything they do works without them too, as a form or a link.
//!
//! In both builds. An island only adds comfort; it asks the server through `calls` and never decides anything.

mod bell;
mod live;
mod live_refresh;
mod principal_picker;
mod theme_switch;

pub use bell::Bell;
pub use live_refresh::LiveRefresh;
pub use principal_picker::{Chosen, Kinds, PrincipalPicker};
pub use theme_switch::ThemeSwitch;
