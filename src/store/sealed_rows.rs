//! The sealed rows of every kind that are in force: which object each is, and which event of the audit trail made it. What a row means
//! is read by the file of its table.

use std::fmt::Display;
use std::str::FromStr;

use sqlx::any::AnyRow;

use super::policies::StoredPolicy;
use super::principals::PrincipalRow;
use super::row::Columns as _;
use super::{
    Corrupt, Db, StoreResult, Write, assignments, credentials, eligibilities, groups, policies, principals,
    recovery_codes, requests, users,
};
use crate::domain::ids::RoleId;
use crate::domain::seal::{Fields, Object, ObjectKind, Place, Seal, Sealable, Sealed};
use crate::domain::sealed_rows::RoleSettings;

/// A row that is in force, by its object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InForce {
    /// Which row.
    pub object: Object,
    /// The place in the audit trail of the event that made it, as the row says; nothing when it has no seal.
    pub place: Option<Place>,
    /// False when its id or its seal is of another type than any that Ostiary writes. An id that cannot be read is `?`.
    pub is_readable: bool,
}

/// The statement of a kind: rows that are in force, each with its id and its seal, in the order of the ids. `$1` is an id, `$2` the
/// second id of a membership, and empty for others; `$3` is the limit.
macro_rules! in_force {
    ($how:literal, $table:literal, $id:literal, $seal:literal, $event:literal, $which:literal) => {
        concat!(
            "select ",
            $id,
            " as object_id, ",
            $seal,
            " as seal, ",
            $event,
            " as sealed_by from ",
            $table,
            " where ",
            $which,
            " and ",
            $id,
            " ",
            $how,
            " $1 and $2 = '' order by ",
            $id,
            " limit $3"
        )
    };
    ($how:literal, $kind:expr) => {
        match $kind {
            ObjectKind::Assignment => {
                in_force!($how, "assignment_schedules", "id", "seal", "sealed_by", "ended_at is null")
            }
            ObjectKind::Eligibility => {
                in_force!($how, "eligibility_schedules", "id", "seal", "sealed_by", "ended_at is null")
            }
            ObjectKind::Request => in_force!(
                $how,
                "requests",
                "id",
                "seal",
                "sealed_by",
                "status in ('PendingApproval', 'PendingAdminDecision', 'Granted')"
            ),
            ObjectKind::RoleSettings => in_force!($how, "role_policies", "role_id", "seal", "sealed_by", "1 = 1"),
            ObjectKind::Group => in_force!($how, "groups", "id", "seal", "sealed_by", "1 = 1"),
            ObjectKind::Membership => concat!(
                "select group_id || ':' || user_id as object_id, seal, sealed_by from group_members \
                 where (group_id, user_id) ",
                $how,
                " ($1, $2) order by group_id, user_id limit $3"
            ),
            ObjectKind::Account => in_force!($how, "users", "id", "seal", "sealed_by", "1 = 1"),
            ObjectKind::Credentials => {
                in_force!($how, "users", "id", "credentials_seal", "credentials_sealed_by", "1 = 1")
            }
            ObjectKind::RecoveryCode => in_force!($how, "recovery_codes", "id", "seal", "sealed_by", "used_at is null"),
        }
    };
}

/// Rows of this kind that are in force, in the order of their ids, from behind this id on; at most `limit`.
pub async fn list(db: &mut Db, kind: ObjectKind, after: &str, limit: i64) -> StoreResult<Vec<InForce>> {
    ask(db, in_force!(">", kind), kind, after, limit).await
}

/// This row, if it is in force.
pub async fn find(db: &mut Db, object: &Object) -> StoreResult<Option<InForce>> {
    Ok(ask(db, in_force!("=", object.kind), object.kind, &object.id, 1).await?.pop())
}

/// A row of any kind.
pub type AnySealed = Sealed<Box<dyn Sealable + Send>>;

/// The role's settings, with the role.
struct Settings {
    role: RoleId,
    stored: StoredPolicy,
}

impl Sealable for Settings {
    fn object(&self) -> Object {
        self.as_sealed().object()
    }

    fn fields(&self) -> Fields {
        self.as_sealed().fields()
    }
}

impl Settings {
    const fn as_sealed(&self) -> RoleSettings<'_> {
        RoleSettings { role: &self.role, version: self.stored.version, policy: &self.stored.policy }
    }
}

fn any<T: Sealable + Send + 'static>(sealed: Sealed<T>) -> AnySealed {
    sealed.map(|row| Box::new(row) as Box<dyn Sealable + Send>)
}

fn id<Id: FromStr<Err: Display>>(text: &str) -> Result<Id, Corrupt> {
    text.parse().map_err(|error: Id::Err| Corrupt { column: "id", problem: error.to_string() })
}

/// This row, with all that its seal covers. Nothing when it is not in force; an error when no rule allows what stands in it.
pub async fn load(db: &mut Db, object: &Object) -> StoreResult<Option<AnySealed>> {
    let (first, second) = object.id.split_once(':').unwrap_or((&object.id, ""));
    Ok(match object.kind {
        ObjectKind::Assignment => assignments::find_live(db, &id(first)?).await?.map(any),
        ObjectKind::Eligibility => eligibilities::find_live(db, &id(first)?).await?.map(any),
        ObjectKind::Request => requests::find(db, &id(first)?).await?.map(any),
        ObjectKind::RoleSettings => {
            let role: RoleId = id(first)?;
            let stored = policies::get(db, &role).await?;
            let seal = stored.seal.clone();
            (stored.version > 0).then(|| any(Sealed::read(Settings { role, stored }, seal)))
        }
        ObjectKind::Group => match principals::find(db, &id(first)?).await?.map(|found| found.row) {
            Some(PrincipalRow::Group(group)) => Some(any(group)),
            Some(PrincipalRow::Person(_)) | None => None,
        },
        ObjectKind::Membership => groups::find_member(db, &id(first)?, &id(second)?).await?.map(any),
        ObjectKind::Account => users::find_account(db, &id(first)?).await?.map(any),
        ObjectKind::Credentials => credentials::find(db, &id(first)?).await?.map(any),
        ObjectKind::RecoveryCode => recovery_codes::find_with_id(db, first).await?.map(any),
    })
}

/// What a person calls this row: whose it is, and of which role. Nothing when there is no such row. The names are not sealed.
pub async fn name_of(db: &mut Db, object: &Object) -> StoreResult<Option<String>> {
    macro_rules! of_role {
        ($table:literal) => {
            concat!(
                "select r.display_name || ' for ' || p.display_name as name from ",
                $table,
                " t join roles r on r.id = t.role_id join principals p on p.id = t.principal_id where t.id = $1 and $2 = ''"
            )
        };
    }
    let statement = match object.kind {
        ObjectKind::Assignment => of_role!("assignment_schedules"),
        ObjectKind::Eligibility => of_role!("eligibility_schedules"),
        ObjectKind::Request => of_role!("requests"),
        ObjectKind::RoleSettings => "select display_name as name from roles where id = $1 and $2 = ''",
        ObjectKind::Group | ObjectKind::Account | ObjectKind::Credentials => {
            "select display_name as name from principals where id = $1 and $2 = ''"
        }
        ObjectKind::Membership => {
            "select u.display_name || ' in ' || g.display_name as name from principals u, principals g where g.id = $1 and u.id = $2"
        }
        ObjectKind::RecoveryCode => {
            "select p.display_name as name from recovery_codes c join principals p on p.id = c.user_id where c.id = $1 and $2 = ''"
        }
    };
    let (first, second) = object.id.split_once(':').unwrap_or((&object.id, ""));
    let row = sqlx::query(statement).bind(first).bind(second).fetch_optional(db).await?;
    // What somebody else wrote into the name may be of another type.
    Ok(row.and_then(|row| row.text("name").ok()))
}

/// Puts another seal on this row, which is otherwise left as it is.
pub async fn reseal(tx: &mut Write, object: &Object, seal: &Seal) -> StoreResult<()> {
    let statement = match object.kind {
        ObjectKind::Assignment => "update assignment_schedules set seal = $3, sealed_by = $4 where id = $1 and $2 = ''",
        ObjectKind::Eligibility => {
            "update eligibility_schedules set seal = $3, sealed_by = $4 where id = $1 and $2 = ''"
        }
        ObjectKind::Request => "update requests set seal = $3, sealed_by = $4 where id = $1 and $2 = ''",
        ObjectKind::RoleSettings => "update role_policies set seal = $3, sealed_by = $4 where role_id = $1 and $2 = ''",
        ObjectKind::Group => "update groups set seal = $3, sealed_by = $4 where id = $1 and $2 = ''",
        ObjectKind::Membership => {
            "update group_members set seal = $3, sealed_by = $4 where group_id = $1 and user_id = $2"
        }
        ObjectKind::Account => "update users set seal = $3, sealed_by = $4 where id = $1 and $2 = ''",
        ObjectKind::Credentials => {
            "update users set credentials_seal = $3, credentials_sealed_by = $4 where id = $1 and $2 = ''"
        }
        ObjectKind::RecoveryCode => "update recovery_codes set seal = $3, sealed_by = $4 where id = $1 and $2 = ''",
    };
    let (first, second) = object.id.split_once(':').unwrap_or((&object.id, ""));
    sqlx::query(statement).bind(first).bind(second).bind(seal.text()).bind(seal.place.seq).execute(&mut **tx).await?;
    Ok(())
}

async fn ask(
    db: &mut Db,
    statement: &'static str,
    kind: ObjectKind,
    id: &str,
    limit: i64,
) -> StoreResult<Vec<InForce>> {
    let (first, second) = id.split_once(':').unwrap_or((id, ""));
    let rows = sqlx::query(statement).bind(first).bind(second).bind(limit).fetch_all(db).await?;
    // One row that cannot be read does not hide the others.
    let read = |row: &AnyRow| {
        let (id, seal) = (row.text("object_id"), row.seal("seal", "sealed_by"));
        let is_readable = id.is_ok() && seal.is_ok();
        let object = Object::new(kind, id.unwrap_or_else(|_| "?".to_owned()));
        InForce { object, place: seal.unwrap_or_default().map(|seal| seal.place), is_readable }
    };
    Ok(rows.iter().map(read).collect())
}
