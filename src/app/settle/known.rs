//! What a batch needs to know about roles and people, read once for all of it. None of it changes while a batch is carried out.

use std::collections::{BTreeSet, HashMap};

use super::due::Due;
use crate::app::AppResult;
use crate::domain::ids::{PrincipalId, RoleId, UserId};
use crate::domain::role::Role;
use crate::store::{self, Db};

/// Names, and the enabled people behind them. Empty outside of a batch: then everything is looked up.
#[derive(Default)]
pub struct Known {
    roles: HashMap<RoleId, Role>,
    principals: HashMap<PrincipalId, (String, BTreeSet<UserId>)>,
}

impl Known {
    /// What these dues are about.
    pub(super) async fn load(db: &mut Db, dues: &[Due]) -> AppResult<Self> {
        // One alone is looked up when it is asked for.
        if dues.len() < 2 {
            return Ok(Self::default());
        }
        let principals: BTreeSet<&PrincipalId> = dues.iter().map(|due| due.about().1).collect();
        let principals: Vec<PrincipalId> = principals.into_iter().cloned().collect();
        let roles = store::roles::list_all(db).await?.into_iter().map(|role| (role.id.clone(), role)).collect();
        Ok(Self { roles, principals: store::principals::list_with_people(db, &principals).await? })
    }

    pub(super) fn role(&self, id: &RoleId) -> Option<Role> {
        self.roles.get(id).cloned()
    }

    pub(super) fn principal(&self, id: &PrincipalId) -> Option<(String, BTreeSet<UserId>)> {
        self.principals.get(id).cloned()
    }
}
