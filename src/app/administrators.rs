//! The rule of the last administrator, as every use case asks it that takes power away.

use crate::app::{App, AppResult, Caller, Work};
use crate::domain::access::Permission;
use crate::domain::administrators::{Administrator, Loss, Warning, Way, weigh};
use crate::domain::ids::PrincipalId;
use crate::domain::refusal::Refusal;
use crate::domain::sealed_rows::Account;
use crate::domain::time::Instant;
use crate::store::{self, Db};

/// Those who are counted. The one place that reads them: rows that are not trusted are left out here.
async fn counted(app: &App, db: &mut Db, now: Instant) -> AppResult<Vec<Administrator>> {
    let mut found = Vec::new();
    for administrator in store::administrators::list(db, now).await? {
        found.extend(trusted(app, db, administrator).await?);
    }
    Ok(found)
}

/// The administrator as far as the seals of the rows hold that say so; nothing when they hold the role in no way then.
async fn trusted(app: &App, db: &mut Db, administrator: Administrator) -> AppResult<Option<Administrator>> {
    let user = administrator.user.clone();
    let account = store::users::find_account(db, &user).await?.and_then(|account| app.open(account));
    let credentials = store::credentials::find(db, &user).await?.and_then(|credentials| app.open(credentials));
    let (Some(Account { enabled: true, .. }), Some(credentials)) = (account, credentials) else { return Ok(None) };
    let mut ways = Vec::new();
    for way in administrator.ways {
        let assignment = store::assignments::find_live(db, &way.schedule).await?.and_then(|held| app.open(held));
        let member = match &way.group {
            Some(group) => store::groups::find_member(db, group, &user).await?.and_then(|member| app.open(member)),
            None => None,
        };
        let holder = member.map_or_else(|| PrincipalId::from(&user), |member| (&member.group).into());
        if let Some(held) = assignment.filter(|held| held.principal == holder) {
            ways.push(Way { ends_at: held.term.ends_at, ..way });
        }
    }
    let has_second_factor = credentials.has_second_factor();
    Ok((!ways.is_empty()).then_some(Administrator { has_second_factor, ways, ..administrator }))
}

impl Work {
    /// The refusal when this would leave nobody who can administer the portal.
    pub(super) async fn keep_administrators(&mut self, loss: Loss<'_>) -> AppResult<Result<(), Refusal>> {
        let (user, now) = (self.user()?, self.now);
        let app = self.app.clone();
        let before = counted(&app, &mut self.tx, now).await?;
        Ok(weigh(&before, loss, &user).map(|_| ()))
    }
}

/// The warning or the refusal of this moment, for a page that asks before the act.
pub(super) async fn weigh_loss(
    app: &App,
    db: &mut Db,
    caller: &Caller,
    loss: Loss<'_>,
    now: Instant,
) -> AppResult<Result<Option<Warning>, Refusal>> {
    Ok(weigh(&counted(app, db, now).await?, loss, &caller.user))
}

/// What the caller has to confirm before they change a person like this; nothing when it is an everyday act, or is refused anyway.
pub async fn warn_of_loss(app: &App, caller: &Caller, loss: Loss<'_>) -> AppResult<Option<Warning>> {
    let now = app.now();
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, now).await?;
    standing.permit(Permission::WritePeople)?;
    Ok(weigh_loss(app, &mut db, caller, loss, now).await?.unwrap_or(None))
}
