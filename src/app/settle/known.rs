//! What a batch needs to know about people, read once for all of it. None of it changes while a batch is carried out.

use std::collections::{BTreeSet, HashMap};

use super::due::Due;
use crate::app::AppResult;
use crate::domain::ids::{PrincipalId, UserId};
use crate::store::{self, Db};

/// Names, and the enabled people behind them. Empty outside of a batch: then everything is looked up.
#[derive(Default)]
pub struct Known {
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
        Ok(Self { principals: store::principals::list_with_people(db, &principals).await? })
    }

    pub(super) fn principal(&self, id: &PrincipalId) -> Option<(String, BTreeSet<UserId>)> {
        self.principals.get(id).cloned()
    }
}
