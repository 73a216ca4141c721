//! Who calls: what the session knows. What the person may do is looked up anew in every use case.

use std::collections::BTreeSet;

use crate::app::{AppError, AppResult};
use crate::domain::access::Standing;
use crate::domain::ids::UserId;
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
        let name = store::principals::enabled_user_name(db, &self.user).await?.ok_or(AppError::SignedOut)?;
        let held = store::assignments::roles_held(db, &self.user, now).await?;
        let roles: BTreeSet<PortalRole> = held.iter().filter_map(PortalRole::of).collect();
        Ok((name, Standing { roles, verified: self.verified_at.is_some() }))
    }
}
