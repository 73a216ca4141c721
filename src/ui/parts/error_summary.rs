//! What was wrong with the form, above everything, read aloud at once.

use super::{fields::form_state, icon::Icon};
use crate::ui::form::Refused;
use leptos::prelude::*;

/// Every refusal of this rendering's form, each with a link to the field it concerns. It takes the focus without any script.
#[component]
pub fn ErrorSummary() -> impl IntoView {
    let state = form_state();
    let codes = state.refused().iter().map(|refused| refused.code.as_str()).collect::<Vec<_>>().join(" ");
    let lines = state.refused().iter().map(line).collect::<Vec<_>>();
    (!lines.is_empty()).then(|| {
        view! {
            <div class="summary" role="alert" tabindex="-1" autofocus data-code=codes>
                <Icon name="bad"/>
                <b>"That did not work."</b>
                <ul>{lines}</ul>
            </div>
        }
    })
}

fn line(refused: &Refused) -> AnyView {
    let sentence = refused.sentence.clone();
    match &refused.field {
        Some(field) => view! { <li><a href=format!("#{field}")>{sentence}</a></li> }.into_any(),
        None => view! { <li>{sentence}</li> }.into_any(),
    }
}
