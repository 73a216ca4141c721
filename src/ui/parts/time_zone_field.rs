//! The choice of a time zone.

use super::fields::{SelectField, SelectOption};
use crate::ui::time::Zone;
use leptos::prelude::*;

/// One of the zones of the IANA database, by name.
#[component]
pub fn TimeZoneField(
    /// The field's name in the form, and its id.
    name: &'static str,
    /// What it asks for.
    #[prop(into)]
    label: String,
    /// A sentence below the label.
    #[prop(into)]
    hint: String,
    /// What the page starts with; empty for the organisation's.
    #[prop(into)]
    value: String,
    /// Whether no choice of one's own is among the entries.
    #[prop(optional)]
    or_organizations: bool,
) -> impl IntoView {
    let own = or_organizations.then(|| SelectOption::new("", "As the organization"));
    let zones = Zone::names().into_iter().map(|name| SelectOption::new(name, name.replace('_', " ")));
    view! { <SelectField name=name label=label hint=hint options=own.into_iter().chain(zones).collect() value=value/> }
}
