//! What was wrong with the form, above everything, read aloud at once.

use super::fields::form_state;
use leptos::prelude::*;

/// The refusal of this rendering's form, if there is one, with a link to the field it concerns. It takes the focus
/// without any script.
#[component]
pub fn ErrorSummary() -> impl IntoView {
    form_state().refused().cloned().map(|refused| {
        let link = refused.field.map(|field| format!("#{field}"));
        view! {
            <div class="summary" role="alert" tabindex="-1" autofocus data-code=refused.code>
                <b>"That did not work."</b>
                {match link {
                    Some(href) => view! { <a href=href>{refused.sentence}</a> }.into_any(),
                    None => view! { <p>{refused.sentence}</p> }.into_any(),
                }}
            </div>
        }
    })
}
