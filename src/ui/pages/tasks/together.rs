//! What became of several requests that were sent with one form.

use crate::{
    domain::{ids::RequestId, refusal::Refusal},
    ui::{
        answer::Mood,
        form::{Form, FormState},
        parts::Note,
    },
};
use leptos::prelude::*;

/// What was done: "1 request is approved."
pub fn sentence(done: usize, word: &str) -> String {
    match done {
        1 => format!("1 request is {word}."),
        done => format!("{done} requests are {word}."),
    }
}

/// What was done, and of the rest why it was not: each with a name.
pub fn results(done: usize, word: &'static str, failed: Vec<(String, Vec<Refusal>)>) -> AnyView {
    let good = (done > 0).then(|| view! { <Note mood=Mood::Good>{sentence(done, word)}</Note> });
    let rows: Vec<_> = failed
        .into_iter()
        .map(|(who, refusals)| {
            let why = refusals.iter().map(Refusal::to_string).collect::<Vec<_>>().join(" ");
            view! { <li><b>{who}</b> ": " {why}</li> }
        })
        .collect();
    view! {
        {good}
        <div class="summary" role="alert" tabindex="-1" autofocus>
            <b>{format!("These were not {word}.")}</b>
            <ul>{rows}</ul>
        </div>
    }
    .into_any()
}

/// The form as it is shown again: what failed is still ticked, and what was typed stays.
pub fn left(form: &Form, failed: &[(RequestId, Vec<Refusal>)]) -> FormState {
    let stays = |name: &str, value: &str| name != "request" || failed.iter().any(|(id, _)| id.as_str() == value);
    let left = form.fields().filter(|(name, value)| stays(name, value));
    FormState::carried(Form::from_fields(left.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()))
}
