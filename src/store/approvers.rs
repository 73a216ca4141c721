//! Who decides requests for a role, as the database knows it; `domain::approval` makes of it who can.

use std::fmt::Display;
use std::str::FromStr;

use super::row::Columns as _;
use super::statements::Statement;
use super::{Corrupt, Key, Question, StoreResult, principals::holding_actively};
use crate::domain::approval::ApproverFacts;
use crate::domain::ids::{PrincipalId, UserId};
use crate::domain::role::PortalRole;
use crate::domain::time::Instant;

/// Whom the settings of this role name, with the enabled people behind them; the active administrators where they name nobody. In
/// one row, since every request and decision asks it: each row costs as much as finding it.
pub fn of_role<'a>(role: impl Into<Key<'a>>, now: Instant) -> Question<ApproverFacts> {
    let [one, other] = PortalRole::ADMINISTRATORS;
    let statement = Statement::new(concat!(
        "select string_agg(coalesce(principal_id, '') || ' ' || coalesce(user_id, ''), ',') as pairs from (\
         select a.principal_id, null as user_id from role_approvers a where a.role_id = $4 \
         union all select a.principal_id, u.id from role_approvers a join users u on u.id = a.principal_id \
         where a.role_id = $4 and u.enabled = 1 \
         union all select a.principal_id, u.id from role_approvers a join group_members m on m.group_id = a.principal_id \
         join users u on u.id = m.user_id where a.role_id = $4 and u.enabled = 1 \
         union all select null, h.id from (",
        holding_actively!(),
        ") as h where not exists (select 1 from role_approvers a where a.role_id = $4)) as each_one"
    ))
    .text(one.template_id())
    .number(now.millis())
    .text(other.template_id())
    .key(role.into());
    Question::about_one(statement, |row| read(&row.maybe_text("pairs")?.unwrap_or_default()))
}

/// Pairs of whom the settings name and an enabled person, each of them or the other.
fn read(pairs: &str) -> StoreResult<ApproverFacts> {
    let mut facts = ApproverFacts::default();
    for pair in pairs.split_terminator(',') {
        let (named, user) = pair.split_once(' ').unwrap_or((pair, ""));
        let (named, user): (Option<PrincipalId>, Option<UserId>) = (maybe_id(named)?, maybe_id(user)?);
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

fn maybe_id<Id: FromStr<Err: Display>>(text: &str) -> Result<Option<Id>, Corrupt> {
    let id = (!text.is_empty()).then(|| text.parse());
    id.transpose().map_err(|error: Id::Err| Corrupt { column: "pairs", problem: error.to_string() })
}
