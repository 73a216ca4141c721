//! Who decides requests for a role, as the database knows it; `domain::approval` makes of it who can.

use sqlx::any::AnyRow;

use super::row::Columns as _;
use super::statements::Statement;
use super::{Key, Question, StoreResult, principals::holding_actively};
use crate::domain::approval::ApproverFacts;
use crate::domain::ids::{PrincipalId, UserId};
use crate::domain::role::PortalRole;
use crate::domain::time::Instant;

/// Whom the settings of this role name, with the enabled people behind them; the active administrators where they name nobody.
pub fn of_role<'a>(role: impl Into<Key<'a>>, now: Instant) -> Question<ApproverFacts> {
    let [one, other] = PortalRole::ADMINISTRATORS;
    let statement = Statement::new(concat!(
        "select a.principal_id, null as user_id from role_approvers a where a.role_id = $4 \
         union all select a.principal_id, u.id from role_approvers a join users u on u.id = a.principal_id \
         where a.role_id = $4 and u.enabled = 1 \
         union all select a.principal_id, u.id from role_approvers a join group_members m on m.group_id = a.principal_id \
         join users u on u.id = m.user_id where a.role_id = $4 and u.enabled = 1 \
         union all select null, h.id from (",
        holding_actively!(),
        ") as h where not exists (select 1 from role_approvers a where a.role_id = $4)"
    ))
    .text(one.template_id())
    .number(now.millis())
    .text(other.template_id())
    .key(role.into());
    Question::new(statement, read)
}

fn read(rows: &[AnyRow]) -> StoreResult<ApproverFacts> {
    let mut facts = ApproverFacts::default();
    for row in rows {
        let named: Option<PrincipalId> = row.maybe_parsed("principal_id")?;
        let user: Option<UserId> = row.maybe_parsed("user_id")?;
        match (named, user) {
            (Some(named), None) => facts.named.push(named),
            (Some(group), Some(user)) if !group.is_user(&user) => {
                facts.members.entry(group).or_default().insert(user.clone());
                facts.enabled.insert(user);
            }
            (Some(_), Some(user)) => drop(facts.enabled.insert(user)),
            (None, Some(user)) => {
                facts.administrators.insert(user.clone());
                facts.enabled.insert(user);
            }
            (None, None) => {}
        }
    }
    facts.named.sort();
    Ok(facts)
}
