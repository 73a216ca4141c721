//! The first page.

use crate::ui::{
    answer::{Content, PageResult},
    visit::Visit,
};
use leptos::prelude::*;

/// Says what the portal is.
pub async fn page(_visit: Visit) -> PageResult {
    let view = view! {
        <p>"Privileged roles are held for as long as they are needed, with a reason, a second factor and, where the role asks for it, somebody's approval."</p>
    };
    Ok(Content::new("Ostiary", view).card())
}
