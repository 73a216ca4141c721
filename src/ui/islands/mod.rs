//! The parts of a page that wake up in the browser. Everything they do works without them too, as a form or a link.
//!
//! In both builds. An island only adds comfort; it asks the server through `calls` and never decides anything.

mod approver_preview;
mod assignment_term;
mod bell;
mod char_count;
mod code_of_address;
mod code_tools;
mod duration_slider;
mod live;
mod live_refresh;
mod local_time;
mod own_time_zone;
mod pick_all;
mod principal_picker;
mod section_tabs;
mod theme_switch;
mod time_left;

pub use approver_preview::{ApproverPreview, ReachWords};
pub use assignment_term::{AssignmentTerm, KindRules, TermValues};
pub use bell::Bell;
pub use char_count::CharCount;
pub use code_of_address::CodeOfAddress;
pub use code_tools::CodeTools;
pub use duration_slider::{DurationSlider, Ends};
pub use live_refresh::LiveRefresh;
pub use own_time_zone::OwnTimeZone;
pub use pick_all::PickAll;
pub use principal_picker::{Chosen, Kinds, PrincipalPicker};
pub use section_tabs::SectionTabs;
pub use theme_switch::ThemeSwitch;
pub use time_left::TimeLeft;
