//! The cards beside the settings: what they mean, and who changed what.

use crate::{
    domain::{
        audit::{Change, Event},
        policy::{Policy, Window},
        policy_words::setting_label,
    },
    store::policies::Modified,
    ui::{
        answer::Mood,
        parts::{Icon, Note},
        time::{Moment, Zone},
    },
};
use leptos::prelude::*;

/// The settings in a few sentences.
pub fn today(title: &'static str, policy: &Policy) -> AnyView {
    let sentences: Vec<_> = policy.in_short().into_iter().map(|sentence| view! { <p>{sentence}</p> }).collect();
    let approval = &policy.activation.approval;
    let endless = (approval.required && approval.window == Window::Never).then(|| {
        view! {
            <Note mood=Mood::Wait>
                "Requests never lapse: one that everybody forgot can still be approved long after its reason is gone."
            </Note>
        }
    });
    view! {
        <section class="card">
            <div class="h"><h2>{title}</h2></div>
            <div class="b stack">{sentences} {endless}</div>
        </section>
    }
    .into_any()
}

/// Who saved last, and what changed; what changed before that can be opened.
#[component]
pub fn LastChanged(
    /// The last save.
    modified: Option<Modified>,
    /// The last saves, newest first; empty for whoever may not read the audit.
    history: Vec<Event>,
    /// The reader's zone.
    zone: Zone,
) -> impl IntoView {
    let body = match modified {
        None => {
            view! { <p class="muted">"Nobody has changed these settings. They are what every role begins with."</p> }
                .into_any()
        }
        Some(modified) => {
            let by = modified.by.unwrap_or_else(|| "Somebody who is gone".to_owned());
            let mut events = history.into_iter();
            let last = events.next().map(|event| changes(&event.changes));
            let earlier: Vec<_> = events
                .map(|event| {
                    view! {
                        <li>
                            <p><b>{event.actor_name.clone()}</b> ", " <Moment at=event.at zone=zone/></p>
                            {changes(&event.changes)}
                        </li>
                    }
                })
                .collect();
            view! {
                <p><b>{by}</b> ", " <Moment at=modified.at zone=zone/></p>
                {last}
                {(!earlier.is_empty()).then(|| view! {
                    <details class="more">
                        <summary>"Earlier changes"</summary>
                        <ol class="history">{earlier}</ol>
                    </details>
                })}
            }
            .into_any()
        }
    };
    view! {
        <section class="card">
            <div class="h"><h2>"Last changed"</h2></div>
            <div class="b stack">{body}</div>
        </section>
    }
}

/// What changed, from what to what.
fn changes(changes: &[Change]) -> AnyView {
    let word = |value: &str| if value.is_empty() { "nothing".to_owned() } else { value.to_owned() };
    let lines: Vec<_> = changes
        .iter()
        .map(|change| {
            view! {
                <li>
                    <span>{setting_label(&change.field)}</span>
                    <del>{word(&change.before)}</del> " " <Icon name="arrow-right"/> <span class="visually-hidden">" became "</span> " " <ins>{word(&change.after)}</ins>
                </li>
            }
        })
        .collect();
    view! { <ul class="changes">{lines}</ul> }.into_any()
}
