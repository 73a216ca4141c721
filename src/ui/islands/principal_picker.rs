//! Choosing people and groups by typing a part of a name. A combobox with several choices; without script, a search form.

use crate::ui::{
    calls::search_principals,
    parts::{Face, Icon},
};
use leptos::{
    ev::KeyboardEvent,
    html::Div,
    leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle},
    prelude::*,
    task::spawn_local,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Who can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kinds {
    /// People.
    Users,
    /// People and all groups: who can approve.
    UsersAndGroups,
    /// People and the groups that can hold roles: who can be assigned.
    Assignable,
}

impl Kinds {
    const fn placeholder(self) -> &'static str {
        match self {
            Self::Users => "Search people",
            Self::UsersAndGroups | Self::Assignable => "Search people and groups",
        }
    }
}

/// A person or a group, as the picker shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// What the form sends.
    pub id: String,
    /// The name.
    pub name: String,
    /// What tells namesakes apart.
    pub detail: String,
    /// Whether it is a group.
    pub is_group: bool,
}

/// How long somebody has to pause before the server is asked.
const PAUSE: Duration = Duration::from_millis(160);

/// Posts one field `name` for each chosen id.
#[island]
pub fn PrincipalPicker(
    /// The field's name in the form, and the id of the input.
    name: String,
    /// What it asks for.
    label: String,
    /// A sentence below the label; empty for none.
    hint: String,
    /// What was wrong with it; empty for nothing.
    error: String,
    /// Who can be chosen.
    kinds: Kinds,
    /// Who is chosen when the page opens.
    chosen: Vec<Chosen>,
    /// What was typed into the search, where the server searched.
    typed: String,
    /// Whom the server found; nothing where it did not search.
    matches: Option<Vec<Chosen>>,
) -> impl IntoView {
    let awake = RwSignal::new(false);
    let chosen = RwSignal::new(chosen);
    let text = RwSignal::new(typed.clone());
    let offered = RwSignal::new(Vec::<Chosen>::new());
    let open = RwSignal::new(false);
    let at = RwSignal::new(0_usize);
    let said = RwSignal::new(String::new());
    let asked = StoredValue::new(0_u32);
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let root = NodeRef::<Div>::new();
    Effect::new(move || awake.set(true));

    let ask = move || {
        let typed = text.get_untracked();
        let turn = asked.get_value().wrapping_add(1);
        asked.set_value(turn);
        spawn_local(async move {
            let answer = search_principals(typed, kinds).await;
            // Answers may overtake each other; only the one to the last question counts.
            if asked.try_get_value() != Some(turn) {
                return;
            }
            at.set(0);
            if let Ok(found) = answer {
                let taken = chosen.get_untracked();
                let free: Vec<_> = found.into_iter().filter(|found| !is_among(&taken, &found.id)).collect();
                said.set(match free.len() {
                    0 => "Nobody found".to_owned(),
                    1 => "1 found".to_owned(),
                    many => format!("{many} found"),
                });
                offered.set(free);
            } else {
                offered.set(Vec::new());
                said.set("The search did not work. Reload the page and try again.".to_owned());
            }
            open.set(true);
        });
    };
    let ask_soon = move || {
        if let Some(handle) = waiting.try_update_value(Option::take).flatten() {
            handle.clear();
        }
        // Without a timer the question is asked at once.
        match set_timeout_with_handle(ask, PAUSE) {
            Ok(handle) => waiting.set_value(Some(handle)),
            Err(_) => ask(),
        }
    };
    let close = move || {
        open.set(false);
        asked.update_value(|turn| *turn = turn.wrapping_add(1));
        if let Some(handle) = waiting.try_update_value(Option::take).flatten() {
            handle.clear();
        }
    };
    let take = move |who: Chosen| {
        said.set(format!("{} was added", who.name));
        chosen.update(|all| {
            if !is_among(all, &who.id) {
                all.push(who);
            }
        });
        text.set(String::new());
        offered.set(Vec::new());
        close();
        tell_change(root);
    };
    let drop = move |id: &str| {
        chosen.update(|all| all.retain(|one| one.id != id));
        said.set("Removed".to_owned());
        tell_change(root);
    };
    let on_key = move |key: KeyboardEvent| match key.key().as_str() {
        "ArrowDown" | "ArrowUp" => {
            key.prevent_default();
            let count = offered.with_untracked(Vec::len);
            if !open.get_untracked() {
                ask();
            } else if count > 0 {
                let step = if key.key() == "ArrowDown" { 1 } else { count - 1 };
                at.update(|at| *at = (*at + step) % count);
            }
        }
        "Enter" => {
            // Enter chooses; it never sends the whole form from inside the search.
            key.prevent_default();
            let who = offered.with_untracked(|all| all.get(at.get_untracked()).cloned());
            match who.filter(|_| open.get_untracked()) {
                Some(who) => take(who),
                None => ask(),
            }
        }
        "Escape" if open.get_untracked() => {
            key.prevent_default();
            close();
        }
        "Backspace" if text.with_untracked(String::is_empty) => {
            let last = chosen.with_untracked(|all| all.last().map(|one| one.id.clone()));
            if let Some(id) = last {
                drop(&id);
            }
        }
        _ => {}
    };

    let list_id = format!("{name}-list");
    let option_id = {
        let name = name.clone();
        move |at: usize| format!("{name}-option-{at}")
    };
    let described = [("hint", &hint), ("error", &error)].into_iter().filter(|(_, text)| !text.is_empty());
    let described = described.map(|(what, _)| format!("{name}-{what}")).collect::<Vec<_>>().join(" ");
    let chips = {
        let name = name.clone();
        move || {
            let awake = awake.get();
            chosen.get().into_iter().map(|one| chip(&name, one, awake, drop)).collect::<Vec<_>>()
        }
    };
    let options = {
        let option_id = option_id.clone();
        let list_id = list_id.clone();
        let label = label.clone();
        move || {
            if !open.get() {
                return None;
            }
            let option_id = option_id.clone();
            let lines: Vec<_> = offered
                .get()
                .into_iter()
                .enumerate()
                .map(|(place, one)| {
                    let who = one.clone();
                    view! {
                        <li
                            role="option"
                            id=option_id(place)
                            aria-selected=move || if at.get() == place { "true" } else { "false" }
                            on:mousedown=|press| press.prevent_default()
                            on:click=move |_| take(who.clone())
                        >
                            <Face name=one.name.clone() is_group=one.is_group/>
                            <span>{one.name.clone()}<small>{one.detail.clone()}</small></span>
                        </li>
                    }
                })
                .collect();
            (!lines.is_empty())
                .then(|| view! { <ul role="listbox" id=list_id.clone() aria-label=label.clone()>{lines}</ul> })
        }
    };
    let is_open = move || open.get() && offered.with(|all| !all.is_empty());
    let active = move || is_open().then(|| option_id(at.get()));
    let nobody = move || (open.get() && offered.with(Vec::is_empty)).then(|| said.get());
    let (class, invalid) = if error.is_empty() { ("field", None) } else { ("field bad", Some("true")) };
    let (hint_id, error_id) = (format!("{name}-hint"), format!("{name}-error"));
    let searched = without_script(&name, &label, matches, awake, chosen);
    view! {
        <div class=class node_ref=root>
            <label for=name.clone()>{label}</label>
            {(!hint.is_empty()).then(|| view! { <p class="hint" id=hint_id>{hint}</p> })}
            <div class="picker">
                <div class="people" hidden=move || chosen.with(Vec::is_empty)>{chips}</div>
                <div class="row">
                    <input
                        type="text"
                        id=name.clone()
                        name=format!("find_{name}")
                        value=typed
                        prop:value=text
                        placeholder=kinds.placeholder()
                        autocomplete="off"
                        autocapitalize="off"
                        spellcheck="false"
                        role=move || awake.get().then_some("combobox")
                        aria-autocomplete=move || awake.get().then_some("list")
                        aria-expanded=move || awake.get().then(|| if is_open() { "true" } else { "false" })
                        aria-controls=move || is_open().then(|| list_id.clone())
                        aria-activedescendant=active
                        aria-describedby=(!described.is_empty()).then_some(described)
                        aria-invalid=invalid
                        on:input=move |typing| { text.set(event_target_value(&typing)); ask_soon(); }
                        on:keydown=on_key
                        on:click=move |_| if !open.get_untracked() { ask() }
                        on:blur=move |_| close()
                    />
                    // While nothing wakes up it sends the form, and the page comes back with whom it found.
                    <button
                        type=move || if awake.get() { "button" } else { "submit" }
                        hidden=move || awake.get()
                        class="btn"
                        name="find"
                        value=name
                    >
                        "Find"
                    </button>
                </div>
                {options}
                <p class="hint" hidden=move || nobody().is_none()>{nobody}</p>
                {searched}
                <p class="visually-hidden" role="status">{said}</p>
            </div>
            {(!error.is_empty()).then(|| view! { <p class="err" id=error_id>{error}</p> })}
        </div>
    }
}

/// Whom the server found, as boxes to tick.
fn without_script(
    name: &str,
    label: &str,
    matches: Option<Vec<Chosen>>,
    awake: RwSignal<bool>,
    chosen: RwSignal<Vec<Chosen>>,
) -> Option<AnyView> {
    let taken = chosen.get_untracked();
    let matches: Vec<_> = matches?.into_iter().filter(|one| !is_among(&taken, &one.id)).collect();
    if matches.is_empty() {
        let nobody = "Nobody else has this text in the name.";
        return Some(view! { <p class="hint" hidden=move || awake.get()>{nobody}</p> }.into_any());
    }
    let (name, legend) = (name.to_owned(), format!("{label}: found"));
    let lines: Vec<_> = matches
        .into_iter()
        .map(|one| {
            view! {
                <label class="check">
                    <input type="checkbox" name=name.clone() value=one.id disabled=move || awake.get()/>
                    <span>{one.name}<small>{one.detail}</small></span>
                </label>
            }
        })
        .collect();
    Some(
        view! {
            <div class="options" role="group" aria-label=legend hidden=move || awake.get()>
                {lines}
            </div>
        }
        .into_any(),
    )
}

/// One who is chosen: with script a button takes them out, without it a tick keeps them in.
fn chip<F: Fn(&str) + Copy + 'static>(name: &str, one: Chosen, awake: bool, drop: F) -> impl IntoView + use<F> {
    let Chosen { id, name: who, detail, is_group } = one;
    let face = view! { <Face name=who.clone() is_group/> };
    let keep = if awake {
        let gone = id.clone();
        view! {
            <input type="hidden" name=name.to_owned() value=id/>
            <button type="button" aria-label=format!("Remove {who}") on:click=move |_| drop(&gone)><Icon name="close"/></button>
        }
        .into_any()
    } else {
        view! { <input type="checkbox" name=name.to_owned() value=id checked=true aria-label=format!("Keep {who}")/> }
            .into_any()
    };
    view! { <span class="person" title=detail>{face} {who} {keep}</span> }
}

fn is_among(all: &[Chosen], id: &str) -> bool {
    all.iter().any(|one| one.id == id)
}

/// Says `change` to whoever listens around the picker, once the fields of the form are in place.
fn tell_change(root: NodeRef<Div>) {
    request_animation_frame(move || {
        let Some(element) = root.try_get_untracked().flatten() else { return };
        if let Ok(event) = document().create_event("Event") {
            event.init_event_with_bubbles("change", true);
            // Nobody listening is no failure.
            let _ = element.dispatch_event(&event);
        }
    });
}
