//! Which roles there are, and the heart of each one's settings.

use crate::app::normal_form::search_key;
use crate::app::people::{After, Page, one_more, page};
use crate::app::{App, AppResult, Caller};
use crate::domain::access::Permission;
use crate::domain::name::comparison_key;
use crate::store::{self, policies::PolicyLine};

/// Roles by name, those with the text in their names; with `changed_only`, those whose settings somebody has saved.
pub async fn list_policies(
    app: &App,
    caller: &Caller,
    typed: &str,
    changed_only: bool,
    after: After<'_>,
    size: usize,
) -> AppResult<Page<PolicyLine>> {
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, app.now()).await?;
    standing.permit(Permission::ReadRoles)?;
    let lines = store::policies::list(&mut db, &search_key(typed), changed_only, after, one_more(size)).await?;
    Ok(page(lines, size, |line| (comparison_key(&line.role.display_name), line.role.id.to_string())))
}
