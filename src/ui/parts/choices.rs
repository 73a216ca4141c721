//! Fields that are ticked or chosen.

use super::fields::form_state;
use leptos::prelude::*;

/// One box to tick, with a sentence that says what it means. It sends `true`.
#[component]
pub fn Check(
    /// The field's name in the form, and its id.
    name: &'static str,
    /// What it says.
    #[prop(into)]
    label: String,
    /// What it means.
    #[prop(optional, into)]
    hint: Option<String>,
    /// Whether the page starts with it ticked.
    #[prop(optional)]
    ticked: bool,
    /// The fields that a tick opens.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let state = form_state();
    let error = state.error(name);
    let (hint_id, error_id) = (format!("{name}-hint"), format!("{name}-error"));
    // The hint stands inside of the label and is read with it.
    let described = error.as_ref().map(|_| error_id.clone());
    let class = if error.is_some() { "check bad" } else { "check" };
    let invalid = error.is_some().then_some("true");
    view! {
        <div class=class>
            <input
                type="checkbox"
                id=name
                name=name
                value="true"
                checked=state.ticked_or(name, "true", ticked)
                aria-describedby=described
                aria-invalid=invalid
            />
            <label for=name>
                {label}
                {hint.map(|hint| view! { <p id=hint_id>{hint}</p> })}
            </label>
            {error.map(|error| view! { <p class="err" id=error_id>{error}</p> })}
            {children.map(|children| view! { <div class="opens">{children()}</div> })}
        </div>
    }
}

/// One box among many of the same name, such as the first column of a table. It sends the value of its row.
#[component]
pub fn Tick(
    /// The name that all of them share.
    name: &'static str,
    /// What this one sends.
    #[prop(into)]
    value: String,
    /// What it stands for; it is read to those who cannot see the row.
    #[prop(into)]
    label: String,
    /// The form it belongs to, where it stands outside of it.
    #[prop(optional, into)]
    form: Option<String>,
    /// Whether the page starts with it ticked.
    #[prop(optional)]
    ticked: bool,
) -> impl IntoView {
    let on = form_state().ticked_or(name, &value, ticked);
    view! { <input type="checkbox" name=name value=value form=form checked=on aria-label=label/> }
}

/// One of the answers to a question.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// What it means.
    pub hint: Option<String>,
}

impl Choice {
    /// An answer.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), hint: None }
    }

    /// Says what it means.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// A question with a few answers, exactly one of which holds.
#[component]
pub fn Choices(
    /// The field's name in the form.
    name: &'static str,
    /// The question.
    #[prop(into)]
    legend: String,
    /// The answers.
    choices: Vec<Choice>,
    /// What the page starts with.
    #[prop(optional, into)]
    value: String,
    /// A sentence below the question.
    #[prop(optional, into)]
    hint: Option<String>,
) -> impl IntoView {
    let state = form_state();
    let error = state.error(name);
    let chosen = state.value_or(name, value);
    let error_id = format!("{name}-error");
    let described = error.as_ref().map(|_| error_id.clone());
    let answers: Vec<_> = choices
        .into_iter()
        .enumerate()
        .map(|(at, choice)| {
            // The first answer carries the field's name as its id: the error summary leads there.
            let id = if at == 0 { name.to_owned() } else { format!("{name}-{at}") };
            let label_for = id.clone();
            let checked = choice.value == chosen;
            view! {
                <label class="choice" for=label_for>
                    <input type="radio" id=id name=name value=choice.value checked=checked/>
                    <b>{choice.label}</b>
                    {choice.hint.map(|hint| view! { <small>{hint}</small> })}
                </label>
            }
        })
        .collect();
    let class = if error.is_some() { "choices bad" } else { "choices" };
    view! {
        <fieldset
            class=class
            aria-describedby=described
        >
            <legend>{legend}</legend>
            {hint.map(|hint| view! { <p class="hint">{hint}</p> })}
            {answers}
            {error.map(|error| view! { <p class="err" id=error_id>{error}</p> })}
        </fieldset>
    }
}
