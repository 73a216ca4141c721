//! A question before something that cannot be taken back.

use super::{
    actions::{Button, ButtonLink, Look},
    error_summary::ErrorSummary,
};
use leptos::prelude::*;

/// A question with two answers, as a page of its own: it works without script. The form goes to
/// the page's own address. The page says `with_summary_inside`, for the refusal stands in the dialog.
#[component]
pub fn Confirm(
    /// The question, short.
    #[prop(into)]
    question: String,
    /// What the button that does it says: the verb, never "OK".
    #[prop(into)]
    action: String,
    /// Where "Cancel" leads.
    #[prop(into)]
    back: String,
    /// What the way back says, where "Cancel" would be misread.
    #[prop(default = "Cancel")]
    keep: &'static str,
    /// Whether it takes something away.
    #[prop(default = true)]
    dangerous: bool,
    /// What will happen, in plain words, and fields.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let name = action.clone();
    view! {
        <section class="dialog">
            <form method="post" aria-label=name>
                <h2>{question}</h2>
                <div class="body">
                    <ErrorSummary/>
                    {children.map(|children| children())}
                </div>
                <footer>
                    <Button label=action look=if dangerous { Look::Danger } else { Look::Go }/>
                    <ButtonLink label=keep href=back/>
                </footer>
            </form>
        </section>
    }
}
