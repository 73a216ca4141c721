//! What naming some approvers would mean in people.

use super::CallError;
use crate::ui::islands::ReachWords;
use leptos::prelude::*;

/// Who could approve if these people and groups were named.
#[server(prefix = "/call", endpoint = "preview_approvers")]
pub async fn preview_approvers(
    /// Ids of people and groups; what is no id is left out, as it is when the form comes back.
    #[server(default)]
    ids: Vec<String>,
) -> Result<ReachWords, CallError> {
    let (app, caller) = super::asked()?;
    let named: Vec<_> = ids.iter().filter_map(|id| crate::domain::ids::PrincipalId::parse(id).ok()).collect();
    let reach = crate::app::preview_approvers::preview_approvers(&app, &caller, &named).await?;
    Ok(ReachWords::from(&reach))
}
