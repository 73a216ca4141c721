//! Who decides requests for a role, as the database knows it; `app` opens the seals, and `domain::approval` makes of it who can.

use super::row::Columns as _;
use super::statements::Statement;
use super::ways::{Way, account_text, membership_text};
use super::{Key, Question, principals::ways_to_hold_actively};
use crate::domain::role::PortalRole;
use crate::domain::time::Instant;

/// The enabled people behind those whom the settings of this role name; how people are active administrators where they name nobody.
/// Whom they name is not in it: the settings say that, under their own seal. In one row, since every request and decision asks it:
/// each row costs as much as finding it.
pub fn of_role<'a>(role: impl Into<Key<'a>>, now: Instant) -> Question<Vec<Way>> {
    let [one, other] = PortalRole::ADMINISTRATORS;
    let statement = Statement::new(concat!(
        "select string_agg(way, '\n') as ways from (select ",
        account_text!("u"),
        " as way from role_approvers a join users u on u.id = a.principal_id where a.role_id = $4 and u.enabled = 1 \
         union all select ",
        account_text!("u"),
        " || '\t' || ",
        membership_text!("m"),
        " as way from role_approvers a join group_members m on m.group_id = a.principal_id join users u on u.id = m.user_id \
         where a.role_id = $4 and u.enabled = 1 union all select h.way from (",
        ways_to_hold_actively!(),
        ") as h where not exists (select 1 from role_approvers a where a.role_id = $4)) as each_one"
    ))
    .text(one.template_id())
    .number(now.millis())
    .text(other.template_id())
    .key(role.into());
    Question::about_one(statement, |row| {
        Ok(row.maybe_text("ways")?.unwrap_or_default().lines().filter_map(Way::read_joined).collect())
    })
}
