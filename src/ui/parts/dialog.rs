//! A question before something that cannot be taken back.

use super::{
    actions::{Button, ButtonLink, Look},
    error_summary::ErrorSummary,
};
use leptos::prelude::*;

/// A question with two answers, as a page of its own: it works without script. The form goes to the page's own address.
#[component]
pub fn Confirm(
    /// What will happen, in plain words.
    #[prop(into)]
    question: String,
    /// What the button that does it says: the verb, never "OK".
    #[prop(into)]
    action: String,
    /// Where "Cancel" leads.
    #[prop(into)]
    back: String,
    /// Whether it takes something away.
    #[prop(default = true)]
    dangerous: bool,
    /// Fields and more words.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let name = action.clone();
    view! {
        <form class="dialog" method="post" aria-label=name>
            <ErrorSummary/>
            <p class="lead">{question}</p>
            {children.map(|children| children())}
            <footer class="actions">
                <Button label=action look=if dangerous { Look::No } else { Look::Go }/>
                <ButtonLink label="Cancel" href=back/>
            </footer>
        </form>
    }
}
