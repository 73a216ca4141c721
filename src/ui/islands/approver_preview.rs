//! What the choice of approvers means in people, while it is made.

use crate::{
    domain::reach::Reach,
    ui::{calls::preview_approvers, parts::Icon},
};
use leptos::{ev, leptos_dom::helpers::window_event_listener, prelude::*, task::spawn_local};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsCast as _;

/// A [`Reach`] as people read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReachWords {
    /// How many can approve, and how many remain.
    pub sentence: String,
    /// What should be mended.
    pub concerns: Vec<String>,
    /// The first of them by name.
    pub people: Vec<String>,
    /// How many more there are.
    pub more: u32,
}

/// How many are named.
const NAMED: usize = 12;

impl From<&Reach> for ReachWords {
    fn from(reach: &Reach) -> Self {
        let more = reach.people.len().saturating_sub(NAMED);
        Self {
            sentence: reach.sentence(),
            concerns: reach.concerns(),
            people: reach.people.iter().take(NAMED).cloned().collect(),
            more: u32::try_from(more).unwrap_or(u32::MAX),
        }
    }
}

impl ReachWords {
    fn names(&self) -> String {
        let names = self.people.join(", ");
        if self.more == 0 { names } else { format!("{names} and {} more", self.more) }
    }
}

/// Says who can approve. Follows the field of that name on the page; without script it says it for what the page starts with.
#[island]
pub fn ApproverPreview(
    /// The field that holds the chosen ids.
    #[prop(into)]
    field: String,
    /// What it means as the page starts.
    initial: ReachWords,
) -> impl IntoView {
    let words = RwSignal::new(initial);
    let known = StoredValue::new(None::<Vec<String>>);
    let turn = StoredValue::new(0_u32);
    let follow = move |field: &str| {
        let ids = chosen(field);
        if known.with_value(|known| known.as_ref() == Some(&ids)) {
            return;
        }
        known.set_value(Some(ids.clone()));
        let mine = turn.get_value().wrapping_add(1);
        turn.set_value(mine);
        spawn_local(async move {
            // What cannot be asked keeps saying what was true before; saving asks again in any case.
            if let (Ok(answer), true) = (preview_approvers(ids).await, turn.try_get_value() == Some(mine)) {
                words.set(answer);
            }
        });
    };
    Effect::new(move || {
        let field = field.clone();
        known.set_value(Some(chosen(&field)));
        let listening = window_event_listener(ev::change, move |_| follow(&field));
        on_cleanup(move || listening.remove());
    });
    let concerns = move || {
        let lines = words.get().concerns.into_iter().map(|concern| view! { <p>{concern}</p> }).collect::<Vec<_>>();
        (!lines.is_empty()).then(|| view! { <div class="note wait"><Icon name="wait"/> {lines}</div> })
    };
    view! {
        <div class="reach" aria-live="polite">
            <p><b>{move || words.get().sentence}</b></p>
            <p class="hint">{move || words.get().names()}</p>
            {concerns}
        </div>
    }
}

/// The ids that the form would send in this field.
fn chosen(field: &str) -> Vec<String> {
    let Ok(fields) = document().query_selector_all(&format!("input[name=\"{field}\"]")) else { return Vec::new() };
    (0..fields.length())
        .filter_map(|at| fields.item(at)?.dyn_into::<web_sys::HtmlInputElement>().ok())
        .filter(|input| !input.disabled() && (input.type_() == "hidden" || input.checked()))
        .map(|input| input.value())
        .collect()
}
