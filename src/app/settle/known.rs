//! What a batch needs to know about people and settings, read once for all of it. None of it changes while a batch is carried out:
//! what is closed was over by the clock before.

use std::collections::{BTreeSet, HashMap};

use super::due::Due;
use crate::app::{App, AppResult};
use crate::domain::ids::{PrincipalId, RoleId, UserId};
use crate::domain::policy::Policy;
use crate::domain::time::Instant;
use crate::store::{self, Db};

/// Names, and the enabled people behind them; settings, and who gets the mails of administrators. Nothing outside of a batch: then
/// everything is looked up.
#[derive(Default)]
pub struct Known {
    is_batch: bool,
    policies: HashMap<RoleId, Policy>,
    administrators: Option<BTreeSet<UserId>>,
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
        let principals = store::principals::list_with_people(db, &principals).await?;
        Ok(Self { is_batch: true, principals, ..Self::default() })
    }

    /// The settings of this role, by which people are told.
    pub(super) async fn policy(&mut self, app: &App, db: &mut Db, role: &RoleId) -> AppResult<Policy> {
        if let Some(policy) = self.policies.get(role) {
            return Ok(policy.clone());
        }
        let policy = app.in_force_to_tell(role, store::policies::get(db, role).await?);
        if self.is_batch {
            self.policies.insert(role.clone(), policy.clone());
        }
        Ok(policy)
    }

    /// Who gets the mails of administrators.
    pub(in crate::app) async fn administrators(&mut self, db: &mut Db, now: Instant) -> AppResult<BTreeSet<UserId>> {
        if let Some(administrators) = &self.administrators {
            return Ok(administrators.clone());
        }
        let administrators = store::mail_settings::administrators(now).ask(db).await?;
        if self.is_batch {
            self.administrators = Some(administrators.clone());
        }
        Ok(administrators)
    }

    /// Notes who gets the mails of administrators, for whoever asked that together with other questions.
    pub(in crate::app) fn note_administrators(&mut self, administrators: BTreeSet<UserId>) {
        self.administrators = Some(administrators);
    }

    pub(super) fn principal(&self, id: &PrincipalId) -> Option<(String, BTreeSet<UserId>)> {
        self.principals.get(id).cloned()
    }
}
