//! The second question before an act that gives away one's own power, or takes that of the last other administrator: a box to tick on
//! the page that asks. Without a tick, nothing happens.

use crate::{
    app::AppResult,
    domain::{administrators::Warning, refusal::Refusal},
    ui::{
        answer::{Fault, Mood},
        form::Form,
        parts::{Check, Note},
    },
};
use leptos::prelude::*;

/// The box.
pub const SURE: &str = "sure";

/// What stands before the button, if anything has to be confirmed.
pub fn ask(warning: Option<&Warning>) -> Option<AnyView> {
    let (title, sentence, label) = match warning? {
        Warning::Own => (
            "This is your own power".to_owned(),
            "You give up Global Administrator, now or at the new end. Then only another administrator can give it back to you.".to_owned(),
            "I give up my own power",
        ),
        Warning::LastOther { name } => (
            format!("{name} is the last other administrator"),
            "Without them, nobody but you holds Global Administrator without an end and has ever signed in. If you lose your password or \
             your second factor then, nobody in the portal can help you."
                .to_owned(),
            "I know that I may be left as the only administrator",
        ),
    };
    let view = view! {
        <Note mood=Mood::Bad><h3>{title}</h3><p>{sentence}</p></Note>
        <Check name=SURE label=label/>
    };
    Some(view.into_any())
}

/// Refused while there is something to confirm and the box is not ticked. What could not be looked at is left to the act itself, which
/// refuses it and records that.
pub fn require(form: &Form, warning: AppResult<Option<Warning>>) -> Result<(), Fault> {
    if form.has(SURE) || !matches!(warning, Ok(Some(_))) {
        return Ok(());
    }
    let sentence = "Confirm this first: tick the box.";
    Err(Refusal::Missing { field: SURE, sentence }.into())
}
