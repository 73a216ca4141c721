//! Who calls: what the session knows. What the person may do is looked up anew in every use case.

use std::collections::BTreeSet;

use crate::app::{App, AppError, AppResult};
use crate::domain::access::Standing;
use crate::domain::credentials::Credentials;
use crate::domain::ids::{RoleId, SessionId, UserId};
use crate::domain::refusal::Refusal;
use crate::domain::role::PortalRole;
use crate::domain::time::Instant;
use crate::store::{self, Db, Question};

/// A signed-in person, as their session knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub user: UserId,
    /// The session in which they act. Nobody's browser is behind a caller without one: the told story acts so.
    pub session: Option<SessionId>,
    /// When this session showed its second factor.
    pub verified_at: Option<Instant>,
    /// The request over HTTP; every event it leads to carries it.
    pub trace: String,
}

impl Caller {
    /// What the person holds at this moment. Refused when they are gone or disabled.
    pub async fn standing(&self, app: &App, db: &mut Db, now: Instant) -> AppResult<(String, Standing)> {
        let found = store::principals::find_present(db, &self.user, now).await?;
        let present = found.and_then(|sealed| app.open_present(sealed, now)).ok_or(AppError::SignedOut)?;
        let standing = self.standing_with(&present.holds);
        Ok((present.display_name, standing))
    }

    /// The same, together with a question of this moment. Its answer is for whoever the standing permits to see it; whoever may not
    /// come at all was sent away at the route.
    pub(super) async fn ask<T: 'static>(
        &self,
        app: &App,
        now: Instant,
        question: Question<T>,
    ) -> AppResult<(Standing, T)> {
        let asked = store::principals::present(&self.user, now).and(question);
        let (present, answer) = app.store.ask(asked).await?;
        let present = present.and_then(|sealed| app.open_present(sealed, now)).ok_or(AppError::SignedOut)?;
        Ok((self.standing_with(&present.holds), answer))
    }

    /// What somebody may do who holds these roles, in this session.
    pub(super) fn standing_with(&self, held: &BTreeSet<RoleId>) -> Standing {
        Standing { roles: held.iter().filter_map(PortalRole::of).collect(), verified: self.verified_at.is_some() }
    }
}

impl App {
    /// What the person proves who they are with. Refused when Ostiary did not write it.
    pub(super) async fn credentials(&self, db: &mut Db, user: &UserId) -> AppResult<Credentials> {
        let stored = store::credentials::get(db, user).await?;
        self.open(stored).ok_or_else(|| Refusal::CredentialsNotTrusted.into())
    }
}
