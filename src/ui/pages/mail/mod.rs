//! The mails of the portal, for administrators: what was said to whom, and whether it arrived.

pub mod list;
pub mod message;

use crate::app::list_mails::MessageState;
use crate::ui::answer::Mood;
use crate::ui::parts::Tag;
use leptos::prelude::*;

/// The list's path.
pub const LIST: &str = "/mail";

/// A state as people read it.
pub const fn state_label(state: MessageState) -> &'static str {
    match state {
        MessageState::Queued => "Waiting",
        MessageState::Sent => "Sent",
        MessageState::Failed => "Failed",
        MessageState::Dropped => "Not sent",
    }
}

/// A state in one or two words, in its colour.
pub fn state_tag(state: MessageState) -> AnyView {
    let label = state_label(state);
    match state {
        MessageState::Queued => view! { <Tag label=label mood=Mood::Wait/> }.into_any(),
        MessageState::Sent => view! { <Tag label=label mood=Mood::Good/> }.into_any(),
        MessageState::Failed => view! { <Tag label=label mood=Mood::Bad/> }.into_any(),
        MessageState::Dropped => view! { <Tag label=label/> }.into_any(),
    }
}
