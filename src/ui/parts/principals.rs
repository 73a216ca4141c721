//! The field that takes people and groups, with what its picker needs to know from the server.

use super::fields::form_state;
use crate::{
    app::people::{self, Found, name_principals, search_people},
    domain::ids::PrincipalId,
    ui::{
        answer::Fault,
        islands::{Chosen, Kinds, PrincipalPicker},
        visit::Visit,
    },
};
use leptos::prelude::*;

/// How many the search without script shows at once.
const SHOWN: usize = 25;
/// More ids than any form of ours takes are not looked up.
const MOST_NAMED: usize = 200;

/// Who is chosen in a field, and whom the search in it found.
#[derive(Clone, Debug)]
pub struct Picked {
    name: &'static str,
    kinds: Kinds,
    chosen: Vec<Chosen>,
    typed: String,
    matches: Option<Vec<Chosen>>,
}

impl Picked {
    /// Looks up who is chosen: in the form that this rendering answers, else those the page starts with; and searches when the
    /// form asked for that.
    pub async fn load(visit: &Visit, name: &'static str, kinds: Kinds, initial: &[PrincipalId]) -> Result<Self, Fault> {
        let (app, caller) = (&visit.app, visit.caller()?);
        let (ids, typed) = match visit.form.sent() {
            Some(form) => {
                let ids = form.many(name).take(MOST_NAMED).filter_map(|id| PrincipalId::parse(id).ok()).collect();
                (ids, form.many(&format!("find_{name}")).next().unwrap_or_default().to_owned())
            }
            None => (initial.to_vec(), String::new()),
        };
        let asked = visit.form.sent().is_some_and(|form| form.many("find").any(|field| field == name));
        let mut unique: Vec<PrincipalId> = Vec::with_capacity(ids.len());
        for id in ids {
            if !unique.contains(&id) {
                unique.push(id);
            }
        }
        let chosen = name_principals(app, caller, &unique).await?.into_iter().map(Chosen::from).collect();
        let matches = if asked || !typed.trim().is_empty() {
            let found = search_people(app, caller, &typed, kinds.into(), SHOWN).await?;
            Some(found.into_iter().map(Chosen::from).collect())
        } else {
            None
        };
        Ok(Self { name, kinds, chosen, typed, matches })
    }

    /// Who is chosen, in the order of choosing.
    pub fn chosen(&self) -> &[Chosen] {
        &self.chosen
    }
}

/// A field for people and groups. It posts one field of its name for each of them; `find` when only a search was asked for.
#[component]
pub fn PrincipalField(
    /// Who is chosen.
    picked: Picked,
    /// What it asks for.
    #[prop(into)]
    label: String,
    /// A sentence below the label.
    #[prop(optional, into)]
    hint: String,
) -> impl IntoView {
    let error = form_state().error(picked.name).unwrap_or_default();
    let Picked { name, kinds, chosen, typed, matches } = picked;
    view! { <PrincipalPicker name=name.to_owned() label hint error kinds chosen typed matches/> }
}

impl From<Kinds> for people::Kinds {
    fn from(kinds: Kinds) -> Self {
        match kinds {
            Kinds::Users => Self::Users,
            Kinds::UsersAndGroups => Self::UsersAndGroups,
            Kinds::Assignable => Self::Assignable,
        }
    }
}

impl From<Found> for Chosen {
    fn from(found: Found) -> Self {
        match found {
            Found::User { id, display_name, user_principal_name, enabled } => {
                let detail = if enabled { user_principal_name } else { format!("{user_principal_name}, disabled") };
                Self { id: id.to_string(), name: display_name, detail, is_group: false }
            }
            Found::Group { id, display_name, members, .. } => {
                let detail =
                    if members == 1 { "Group, 1 member".to_owned() } else { format!("Group, {members} members") };
                Self { id: id.to_string(), name: display_name, detail, is_group: true }
            }
        }
    }
}
