//! Eligible or active, from when and until when: the choice shows what the role's settings allow for it.

use leptos::{html, prelude::*};
use serde::{Deserialize, Serialize};

/// What the role's settings say about one kind of assignment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindRules {
    /// In words, below the choice.
    pub hint: String,
    /// Whether it may be permanent.
    pub permanent: bool,
    /// The end that is offered, as a `datetime-local` input takes it.
    pub until: String,
    /// What limits the end, in words.
    pub limit: String,
}

/// What the fields hold, and what was wrong with it; empty for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermValues {
    /// Whether active is chosen instead of eligible.
    pub active: bool,
    /// Whether permanent is ticked.
    pub permanent: bool,
    /// The start.
    pub starts_at: String,
    /// The end.
    pub ends_at: String,
    /// What was wrong with the start.
    pub starts_error: String,
    /// What was wrong with the end.
    pub ends_error: String,
}

/// Posts `kind`, `permanent`, `starts_at` and `ends_at`. Without script everything is in sight and the words say what goes together.
#[island]
pub fn AssignmentTerm(
    /// The rules for eligible assignments.
    eligible: KindRules,
    /// The rules for active assignments.
    active: KindRules,
    /// What the fields hold.
    values: TermValues,
    /// The reader's zone, as people call it.
    zone: String,
) -> impl IntoView {
    let awake = RwSignal::new(false);
    let is_active = RwSignal::new(values.active);
    let permanent = RwSignal::new(values.permanent);
    let (active_choice, permanent_tick, end) =
        (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let untils = StoredValue::new((eligible.until.clone(), active.until.clone()));
    // What was chosen before the island woke up stays.
    Effect::new(move || {
        if let (Some(active), Some(tick)) = (active_choice.get(), permanent_tick.get()) {
            is_active.set(active.checked());
            permanent.set(tick.checked());
            // What is offered when permanent is not ticked any more.
            if let Some(end) = end.get().filter(|end| tick.checked() && end.value().is_empty()) {
                let until = untils.with_value(
                    |(eligible, assigned)| if active.checked() { assigned.clone() } else { eligible.clone() },
                );
                end.set_value(&until);
            }
        }
        awake.set(true);
    });

    let (may, may_active) = (eligible.permanent, active.permanent);
    let may_be_permanent = move || if is_active.get() { may_active } else { may };
    let offered = move || if awake.get() { may_be_permanent() } else { may || may_active };
    let is_permanent = move || awake.get() && may_be_permanent() && permanent.get();
    let choose = move |now_active: bool| {
        let (from, to) = untils.with_value(|(eligible, active)| {
            if now_active { (eligible.clone(), active.clone()) } else { (active.clone(), eligible.clone()) }
        });
        // An end that nobody touched follows the choice; one that was typed stays.
        if let Some(end) = end.get_untracked().filter(|end| end.value() == from) {
            end.set_value(&to);
        }
        is_active.set(now_active);
    };
    let permanent_label = move || match (awake.get(), is_active.get()) {
        (true, true) => "Permanently assigned",
        (true, false) => "Permanently eligible",
        (false, _) => "Permanent",
    };
    let permanent_hint = move || match (awake.get(), may, may_active) {
        (true, _, _) | (false, true, true) => "It never ends by itself. It can be removed at any time.",
        (false, true, false) => {
            "For eligible assignments only: this role's settings do not allow permanent active ones."
        }
        (false, false, _) => "For active assignments only: this role's settings do not allow permanent eligible ones.",
    };
    let limits = StoredValue::new((eligible.limit.clone(), active.limit.clone()));
    let end_hint = move || {
        limits.with_value(|(eligible, active)| match (awake.get(), is_active.get()) {
            (true, true) => active.clone(),
            (true, false) => eligible.clone(),
            (false, _) => format!("Eligible: {eligible}. Active: {active}. Not used when permanent."),
        })
    };
    let bad = |error: &str| if error.is_empty() { "field" } else { "field bad" };
    let described = |name: &str, error: &str| {
        if error.is_empty() { format!("{name}-hint term-zone") } else { format!("{name}-error {name}-hint term-zone") }
    };
    let invalid = |error: &str| (!error.is_empty()).then_some("true");
    let TermValues { starts_at, starts_error, ends_error, .. } = values;
    let ends_value = values.ends_at;
    view! {
        <fieldset class="choices">
            <legend>"Assignment type"</legend>
            <label class="choice" for="kind">
                <input
                    type="radio" id="kind" name="kind" value="eligible" checked=!values.active
                    on:change=move |_| choose(false)
                />
                <b>"Eligible"</b>
                <small>{eligible.hint}</small>
            </label>
            <label class="choice" for="kind-active">
                <input
                    type="radio" id="kind-active" name="kind" value="active" checked=values.active node_ref=active_choice
                    on:change=move |_| choose(true)
                />
                <b>"Active"</b>
                <small>{active.hint}</small>
            </label>
        </fieldset>
        <div class="check" hidden=move || !offered()>
            <input
                type="checkbox" id="permanent" name="permanent" value="true" checked=values.permanent node_ref=permanent_tick
                disabled=move || !offered()
                on:change=move |tick| permanent.set(event_target_checked(&tick))
            />
            <label for="permanent">{permanent_label}<p>{permanent_hint}</p></label>
        </div>
        <div class="fields">
            <div class=bad(&starts_error)>
                <label for="starts_at">"Assignment starts"</label>
                <p class="hint" id="starts_at-hint">"At once when left empty"</p>
                <input
                    id="starts_at" name="starts_at" type="datetime-local" value=starts_at
                    aria-describedby=described("starts_at", &starts_error) aria-invalid=invalid(&starts_error)
                />
                {(!starts_error.is_empty()).then(|| view! { <p class="err" id="starts_at-error">{starts_error.clone()}</p> })}
            </div>
            <div class=bad(&ends_error) hidden=is_permanent>
                <label for="ends_at">"Assignment ends"</label>
                <p class="hint" id="ends_at-hint">{end_hint}</p>
                <input
                    id="ends_at" name="ends_at" type="datetime-local" value=ends_value node_ref=end
                    disabled=is_permanent
                    aria-describedby=described("ends_at", &ends_error) aria-invalid=invalid(&ends_error)
                />
                {(!ends_error.is_empty()).then(|| view! { <p class="err" id="ends_at-error">{ends_error.clone()}</p> })}
            </div>
        </div>
        <p class="hint" id="term-zone">{format!("Times in {zone}.")}</p>
    }
}
