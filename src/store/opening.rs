//! What every change asks first, in one statement: who acts, what is due, and where the audit ends. Each statement is handed to the
//! engine and back while others wait for their turn to write; what is always asked together is asked at once.

use sqlx::any::AnyRow;

use super::row::Columns as _;
use super::statements::Statement;
use super::{Question, StoreResult, deadlines, principals::Present};
use crate::domain::ids::UserId;
use crate::domain::time::Instant;

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The earliest moment at which something is due, past or future.
    pub due: Option<Instant>,
    /// The place and the hash of the audit's last row.
    pub head: Option<(i64, String)>,
    /// Whoever acts, if they are there and enabled.
    pub present: Option<Present>,
}

/// All three. Without a person, nobody acts.
pub fn opening(user: Option<&UserId>, now: Instant) -> Question<Opening> {
    let statement = Statement::new(concat!(
        "select d.due, h.seq as head_seq, h.hash as head_hash, p.display_name, u.user_principal_name, ",
        "coalesce(u.time_zone, o.time_zone) as zone, u.must_change_password, u.totp_confirmed_at, a.role_id from (",
        deadlines::next_due!(),
        ") as d left join audit_events h on h.seq = (select max(seq) from audit_events where seq between 1 and 9223372036854775807) \
         left join users u on u.id = $1 and u.enabled = 1 left join principals p on p.id = u.id left join organization o on o.id = 1 \
         left join assignment_schedules a on a.ended_at is null and a.starts_at <= $2 and (a.ends_at is null or a.ends_at > $2) \
         and (a.principal_id = $1 or a.principal_id in (select group_id from group_members where user_id = $1))",
    ))
    .maybe_text(user.map(UserId::as_str))
    .number(now.millis());
    Question::new(statement, read)
}

fn read(rows: &[AnyRow]) -> StoreResult<Opening> {
    let Some(row) = rows.first() else { return Ok(Opening { due: None, head: None, present: None }) };
    let head = row.maybe_number("head_seq")?.map(|seq| Ok::<_, super::Corrupt>((seq, row.text("head_hash")?)));
    let present = row.maybe_text("display_name")?.map(|_| Present::read(row, rows));
    Ok(Opening { due: row.maybe_moment("due")?, head: head.transpose()?, present: present.transpose()? })
}
