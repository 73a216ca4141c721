//! What stands around every page: whose portal it is, and how many things wait.

use crate::app::viewer::Viewer;
use crate::app::{App, AppResult};
use crate::domain::access::{Permission, Standing};
use crate::domain::ids::UserId;
use crate::domain::time::Instant;
use crate::store::requests::{Decides, Waiting};
use crate::store::{self, Question};

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
    let named = store::organization::organization();
    let (organization, waiting, unread) = match viewer {
        None => (app.store.ask(named).await?, Waiting::default(), 0),
        Some(viewer) => {
            let user = &viewer.caller.user;
            let question = named.and(waiting_on(user, &viewer.standing, now)).and(store::notices::count_unread(user));
            let ((organization, waiting), unread) = app.store.ask(question).await?;
            (organization, waiting, unread)
        }
    };
    let organization = organization.map_or_else(|| "Ostiary".to_owned(), |found| found.name.as_str().to_owned());
    Ok(AroundPage { organization, waiting, unread })
}

/// What waits on a person: their own requests, and those that they can decide, as an approver or as somebody who administers.
pub(super) fn waiting_on(user: &UserId, standing: &Standing, now: Instant) -> Question<Waiting> {
    let decides = Decides {
        activations_of_nobody: standing.permit(Permission::ManageRequests).is_ok(),
        changes: standing.permit(Permission::WriteAssignments).is_ok(),
    };
    store::requests::count_waiting(user, decides, now)
}
