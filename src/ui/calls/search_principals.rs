//! People and groups by what was typed so far.

use super::CallError;
use crate::ui::islands::{Chosen, Kinds};
use leptos::prelude::*;

/// How many are offered; whoever is not among them is found by typing more.
#[cfg(feature = "ssr")]
const OFFERED: usize = 12;

/// The first people and groups, by name, that have this text in their names.
#[server(prefix = "/call", endpoint = "search_principals")]
pub async fn search_principals(
    /// What was typed.
    typed: String,
    /// Who is looked for.
    kinds: Kinds,
) -> Result<Vec<Chosen>, CallError> {
    let (app, caller) = super::asked()?;
    let found = crate::app::people::search_people(&app, &caller, &typed, kinds.into(), OFFERED).await?;
    Ok(found.into_iter().map(Chosen::from).collect())
}
