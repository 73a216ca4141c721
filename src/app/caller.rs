//! Who calls: what the session knows. What the person may do is looked up anew in every use case.

use std::collections::BTreeSet;

use crate::app::{AppError, AppResult};
use crate::domain::access::Standing;
use crate::domain::ids::{RoleId, UserId};
use crate::domain::role::PortalRole;
use crate::domain::time::Instant;
use crate::store::{self, Db};

/// A signed-in person, as their session knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub user: UserId,
    /// When this session showed its second factor.
    pub verified_at: Option<Instant>,
    /// The request over HTTP; every event it leads to carries it.
    pub trace: String,
}

impl Caller {
    /// What the person holds at this moment. Refused when they are gone or disabled.
    pub async fn standing(&self, db: &mut Db, now: Instant) -> AppResult<(String, Standing)> {
        let present = store::principals::find_present(db, &self.user, now).await?.ok_or(AppError::SignedOut)?;
        let standing = self.standing_with(&present.holds);
        Ok((present.display_name, standing))
    }

    /// What somebody may do who holds these roles, in this session.
    pub(super) fn standing_with(&self, held: &BTreeSet<RoleId>) -> Standing {
        Standing { roles: held.iter().filter_map(PortalRole::of).collect(), verified: self.verified_at.is_some() }
    }
}
