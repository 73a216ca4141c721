//! What stands around every page: whose portal it is, and how many things wait.

use crate::app::viewer::Viewer;
use crate::app::{App, AppResult};
use crate::domain::access::{Permission, Standing};
use crate::domain::ids::UserId;
use crate::domain::time::Instant;
use crate::store::requests::{Decides, Waiting};
use crate::store::{self, Db};

/// The name and the counts.
#[derive(Clone, Debug, Default)]
pub struct AroundPage {
    /// Whose portal it is; "Ostiary" before set-up.
    pub organization: String,
    /// Requests that wait on the viewer.
    pub waiting: Waiting,
    /// Notices not read.
    pub unread: u64,
}

/// Gathers it.
pub async fn around_page(app: &App, viewer: Option<&Viewer>, now: Instant) -> AppResult<AroundPage> {
    let mut db = app.store.read().await?;
    let organization = store::organization::find(&mut db).await?;
    let organization = organization.map_or_else(|| "Ostiary".to_owned(), |found| found.name.as_str().to_owned());
    let Some(viewer) = viewer else { return Ok(AroundPage { organization, ..AroundPage::default() }) };
    let user = &viewer.caller.user;
    Ok(AroundPage {
        organization,
        waiting: waiting_on(&mut db, user, &viewer.standing, now).await?,
        unread: store::notices::count_unread(&mut db, user).await?,
    })
}

/// What waits on a person: their own requests, and those that they can decide, as an approver or as somebody who administers.
pub(super) async fn waiting_on(db: &mut Db, user: &UserId, standing: &Standing, now: Instant) -> AppResult<Waiting> {
    let decides = Decides {
        activations_of_nobody: standing.holds(Permission::ManageRequests),
        changes: standing.holds(Permission::WriteAssignments),
    };
    Ok(store::requests::count_waiting(db, user, decides, now).await?)
}
