//! The audit trail's rows.

use sqlx::any::AnyRow;

use super::row::Columns as _;
use super::statements::Statement;
use super::{Corrupt, Db, Question, ROWS, Statements, StoreResult, tuples};
use crate::domain::audit::{Activity, Change, Event, Outcome};
use crate::domain::audit_filter::Filter;
use crate::domain::ids::{PrincipalId, RequestId, RoleId, UserId};
use crate::domain::seal::Touched;

/// The place of a row that lies outside the chain, below 1, if there is one; 0 for one whose place is no number. Such a row was never
/// written by us, and nothing but this finds it: every other statement here asks for places from 1 on.
pub async fn find_outside(db: &mut Db) -> StoreResult<Option<i64>> {
    // The embedded engine takes nothing, and texts, for a number. Each of the three is found by the index: all in one condition would
    // read the whole of it.
    let row = sqlx::query(
        "select seq from (select seq from audit_events where seq is null union all select seq from audit_events where seq < 1 \
         union all select seq from audit_events where seq > 9223372036854775807) as outside order by seq limit 1",
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| row.number("seq").unwrap_or(0)))
}

const HEAD: &str =
    "select seq, hash from audit_events where seq between 1 and 9223372036854775807 order by seq desc limit 1";

/// The last row's place and hash.
pub async fn head(db: &mut Db) -> StoreResult<Option<(i64, String)>> {
    let row = sqlx::query(HEAD).fetch_optional(db).await?;
    Ok(row.map(|row| Ok::<_, Corrupt>((row.number("seq")?, row.text("hash")?))).transpose()?)
}

/// The hash of the row at this place.
pub async fn hash_at(db: &mut Db, seq: i64) -> StoreResult<Option<String>> {
    let row = sqlx::query("select hash from audit_events where seq = $1").bind(seq).fetch_optional(db).await?;
    Ok(row.map(|row| row.text("hash")).transpose()?)
}

/// Appends rows.
pub fn add_all(statements: &mut Statements, stored: &[Stored]) {
    for rows in stored.chunks(ROWS) {
        let mut insert = Statement::new(format!(
            "insert into audit_events (seq, id, at, action, outcome, actor_id, actor_name, role_id, role_name, subject_id, \
             subject_name, request_id, reason, ticket_number, ticket_system, details, objects, search_key, trace_id, hash) values {}",
            tuples(rows.len(), 20)
        ))
        .writing(u64::try_from(rows.len()).unwrap_or(u64::MAX));
        for Stored { event, search_key, hash } in rows {
            insert = insert
                .number(event.seq)
                .text(event.id.as_str())
                .number(event.at.millis())
                .text(event.activity.word())
                .text(event.outcome.word())
                .maybe_text(event.actor.as_ref().map(UserId::as_str))
                .text(&event.actor_name)
                .maybe_text(event.role.as_ref().map(RoleId::as_str))
                .text(&event.role_name)
                .maybe_text(event.subject.as_ref().map(PrincipalId::as_str))
                .text(&event.subject_name)
                .maybe_text(event.request.as_ref().map(RequestId::as_str))
                .text(&event.reason)
                .text(&event.ticket_number)
                .text(&event.ticket_system)
                .text(&changes_to_text(&event.changes))
                .text(&objects_to_text(&event.objects))
                .text(search_key)
                .text(&event.trace)
                .text(hash);
        }
        statements.add(insert);
    }
}

/// A row as it is stored: what it says, what the text search looks in, and its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// What it says.
    pub event: Event,
    /// What the text search looks in.
    pub search_key: String,
    /// Its hash.
    pub hash: String,
}

/// Rows after `after` in their order, at most `limit`. A row that cannot be read is an error of its own, so that verifying can
/// name it.
pub async fn list_from(db: &mut Db, after: i64, limit: i64) -> StoreResult<Vec<Result<Stored, Corrupt>>> {
    let rows = sqlx::query("select * from audit_events where seq > $1 order by seq limit $2")
        .bind(after)
        .bind(limit)
        .fetch_all(db)
        .await?;
    let stored = |row: &AnyRow| {
        Ok(Stored { event: read_event(row)?, search_key: row.text("search_key")?, hash: row.text("hash")? })
    };
    Ok(rows.iter().map(stored).collect())
}

/// What was done of this kind to this role, newest first; refused attempts are left out.
pub async fn list_done_to_role(db: &mut Db, role: &RoleId, activity: Activity, limit: i64) -> StoreResult<Vec<Event>> {
    let rows = sqlx::query(
        "select * from audit_events where role_id = $1 and action = $2 and outcome = $3 and seq between 1 and 9223372036854775807 \
         order by seq desc limit $4",
    )
    .bind(role.as_str())
    .bind(activity.word())
    .bind(Outcome::Success.word())
    .bind(limit)
    .fetch_all(db)
    .await?;
    Ok(rows.iter().map(read_event).collect::<Result<_, _>>()?)
}

/// What was found of a search, and how far it has looked.
#[derive(Debug)]
pub struct Looked {
    /// Rows that the filter lets through, the newest first. One that cannot be read is given by its place.
    pub found: Vec<Result<Event, i64>>,
    /// The place before which there is more to look at; none when everything was looked at.
    pub more_before: Option<i64>,
}

/// As many rows are looked at in one go, where each has to be read: no search holds a connection for longer than that takes.
const PART: i64 = 5_000;

/// Rows that the filter lets through, the newest first, at most `limit`; with `before`, only older ones than that row. With `whose`,
/// only those that this person did or that concern them. Where no index answers the filter, it looks at a part of the rows only, and
/// says where the rest begins.
pub fn look(filter: &Filter, whose: Option<&UserId>, before: Option<i64>, limit: i64) -> Question<Looked> {
    let search = Search::new(filter, whose, before);
    let (conditions, last) = (&search.indexed, search.values.len());
    let read = |row: &AnyRow| {
        let seq = row.number("seq")?;
        Ok((seq, read_event(row).map_err(|_| seq)))
    };
    let has_all = move |count: usize| i64::try_from(count).is_ok_and(|count| count < limit);
    let mut narrow = Vec::new();
    let mut values = Vec::new();
    for (condition, value) in [
        ("replace(search_key, $, '') <> search_key", (!filter.text.is_empty()).then_some(filter.text.as_str())),
        ("outcome = $", filter.outcome.map(Outcome::word)),
    ] {
        if let Some(value) = value {
            values.push(value);
            narrow.push(condition.replace('$', &format!("${}", last + 1 + values.len())));
        }
    }
    if narrow.is_empty() {
        let sql = format!("select * from audit_events where {conditions} order by seq desc limit ${}", last + 1);
        return Question::about_each(search.statement(sql).number(limit), read).map(move |rows| {
            let more_before = rows.last().map(|(seq, _)| *seq).filter(|_| !has_all(rows.len()));
            Looked { found: rows.into_iter().map(|(_, row)| row).collect(), more_before }
        });
    }
    let part = format!("from audit_events where {conditions} order by seq desc limit ${}", last + 1);
    let reach = format!("select min(seq) as place, count(*) as looked from (select seq {part}) as part");
    let reach = Question::about_one(search.statement(reach).number(PART), |row| {
        Ok((row.maybe_number("place")?, row.number("looked")?))
    });
    let sql = format!(
        "select * from (select * {part}) as part where {} order by seq desc limit ${}",
        narrow.join(" and "),
        last + 2 + values.len()
    );
    let found = values.into_iter().fold(search.statement(sql).number(PART), Statement::text).number(limit);
    Question::about_each(found, read).and(reach).map(move |(rows, (place, looked))| {
        let more_before =
            if has_all(rows.len()) { place.filter(|_| looked >= PART) } else { rows.last().map(|(seq, _)| *seq) };
        Looked { found: rows.into_iter().map(|(_, row)| row).collect(), more_before }
    })
}

/// The conditions of a search that an index answers, or the place in the trail. The text is put together from constant pieces alone; what
/// somebody asked for is always bound.
struct Search {
    indexed: String,
    values: Vec<Value>,
}

enum Value {
    Number(i64),
    Text(String),
}

impl Search {
    fn new(filter: &Filter, whose: Option<&UserId>, before: Option<i64>) -> Self {
        let mut search = Self { indexed: "seq >= 1 and seq < $1".to_owned(), values: Vec::new() };
        search.values.push(Value::Number(before.unwrap_or(i64::MAX)));
        if let Some(from) = filter.from {
            let at = search.bind(Value::Number(from.millis()));
            search.and(&format!(" and at >= {at}"));
        }
        if let Some(to) = filter.to {
            let at = search.bind(Value::Number(to.millis()));
            search.and(&format!(" and at < {at}"));
        }
        if !filter.activities.is_empty() {
            let places: Vec<String> =
                filter.activities.iter().map(|activity| search.bind(Value::Text(activity.word().to_owned()))).collect();
            search.and(&format!(" and action in ({})", places.join(", ")));
        }
        for person in [filter.person.as_ref().map(PrincipalId::as_str), whose.map(UserId::as_str)].into_iter().flatten()
        {
            let who = search.bind(Value::Text(person.to_owned()));
            search.and(&format!(" and (actor_id = {who} or subject_id = {who})"));
        }
        if let Some(role) = &filter.role {
            let role = search.bind(Value::Text(role.as_str().to_owned()));
            search.and(&format!(" and role_id = {role}"));
        }
        search
    }

    /// One more condition.
    fn and(&mut self, piece: &str) {
        self.indexed.push_str(piece);
    }

    /// The place of this value in the text.
    fn bind(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    /// A statement whose first values are those of the conditions.
    fn statement(&self, sql: String) -> Statement {
        self.values.iter().fold(Statement::new(sql), |statement, value| match value {
            Value::Number(number) => statement.number(*number),
            Value::Text(text) => statement.text(text),
        })
    }
}

/// The event at this place.
pub async fn find(db: &mut Db, seq: i64) -> StoreResult<Option<Event>> {
    let row =
        sqlx::query("select * from audit_events where seq = $1 and seq >= 1").bind(seq).fetch_optional(db).await?;
    Ok(row.as_ref().map(read_event).transpose()?)
}

/// The steps of a request in their order, at most `limit`.
pub async fn list_of_request(db: &mut Db, request: &RequestId, limit: i64) -> StoreResult<Vec<Event>> {
    let rows = sqlx::query(
        "select * from audit_events where request_id = $1 and seq between 1 and 9223372036854775807 order by seq limit $2",
    )
    .bind(request.as_str())
    .bind(limit)
    .fetch_all(db)
    .await?;
    Ok(rows.iter().map(read_event).collect::<Result<_, _>>()?)
}

/// One row as an event.
pub(super) fn read_event(row: &AnyRow) -> Result<Event, Corrupt> {
    Ok(Event {
        seq: row.number("seq")?,
        id: row.parsed("id")?,
        at: row.moment("at")?,
        activity: row.parsed("action")?,
        outcome: row.parsed("outcome")?,
        actor: row.maybe_parsed("actor_id")?,
        actor_name: row.text("actor_name")?,
        role: row.maybe_parsed("role_id")?,
        role_name: row.text("role_name")?,
        subject: row.maybe_parsed("subject_id")?,
        subject_name: row.text("subject_name")?,
        request: row.maybe_parsed("request_id")?,
        reason: row.text("reason")?,
        ticket_number: row.text("ticket_number")?,
        ticket_system: row.text("ticket_system")?,
        changes: changes_from_text(&row.text("details")?)?,
        objects: objects_from_text(&row.text("objects")?)?,
        trace: row.text("trace_id")?,
    })
}

/// What was touched, with a space between.
fn objects_to_text(objects: &[Touched]) -> String {
    objects.iter().map(Touched::to_string).collect::<Vec<_>>().join(" ")
}

fn objects_from_text(text: &str) -> Result<Vec<Touched>, Corrupt> {
    let touched =
        |word: &str| word.parse().map_err(|_| Corrupt { column: "objects", problem: "not an object".to_owned() });
    text.split(' ').filter(|word| !word.is_empty()).map(touched).collect()
}

/// Changes as a JSON array of [field, before, after].
fn changes_to_text(changes: &[Change]) -> String {
    let rows = changes.iter().map(|change| serde_json::json!([change.field, change.before, change.after]));
    serde_json::Value::Array(rows.collect()).to_string()
}

fn changes_from_text(text: &str) -> Result<Vec<Change>, Corrupt> {
    let rows: Vec<[String; 3]> =
        serde_json::from_str(text).map_err(|error| Corrupt { column: "details", problem: error.to_string() })?;
    Ok(rows.into_iter().map(|[field, before, after]| Change { field, before, after }).collect())
}
