//! Role settings. A role without a row has the defaults, at version 0.

use sqlx::any::AnyRow;

use super::row::Columns as _;
use super::statements::Statement;
use super::{Corrupt, Db, Key, Question, StoreError, StoreResult, Write};
use crate::domain::address::MailAddress;
use crate::domain::ids::{PrincipalId, RoleId, UserId};
use crate::domain::policy::{
    ActivationRules, ApprovalRule, AssignmentRules, Expiry, HalfHours, Longest, MfaRule, NotificationRule,
    NotificationRuleId, Policy, Window,
};
use crate::domain::role::Role;
use crate::domain::seal::Seal;
use crate::domain::sealed_rows::RoleSettings;
use crate::domain::time::Instant;

/// A role's settings, and which version of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPolicy {
    /// The settings as they are stored: to show, and to save others over them. What is in force says `App::in_force`.
    pub policy: Policy,
    /// Grows by one with every save; 0 for settings nobody has changed.
    pub version: i64,
    /// The last save; `None` for settings nobody has changed.
    pub modified: Option<Modified>,
    /// The seal of saved settings.
    pub seal: Option<Seal>,
    /// The audit tells that settings were saved, and they are not there: the defaults are not what is in force.
    pub are_gone: bool,
}

/// When settings were saved, and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modified {
    /// When.
    pub at: Instant,
    /// The name of who saved; `None` when they are gone.
    pub by: Option<String>,
}

/// A role with the heart of its settings, as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyLine {
    /// The role.
    pub role: Role,
    /// Ceiling of one activation.
    pub longest: HalfHours,
    /// Second factor on activation.
    pub mfa: MfaRule,
    /// Whether an activation needs approval.
    pub approval: bool,
    /// The last save; `None` for a role with the defaults.
    pub modified: Option<Modified>,
}

/// The settings of this role.
pub async fn get(db: &mut Db, role: &RoleId) -> StoreResult<StoredPolicy> {
    of_role(role).ask(db).await
}

/// The same, as a question.
pub fn of_role<'a>(role: impl Into<Key<'a>>) -> Question<StoredPolicy> {
    let statement = Statement::new(
        "select s.*, p.display_name as modified_by_name, \
         (select string_agg(a.principal_id, ' ') from role_approvers a where a.role_id = s.role_id) as approvers, \
         (select string_agg(n.rule_id || ' ' || n.to_default || ' ' || n.critical_only || ' ' || n.additional, '\n') \
         from role_notifications n where n.role_id = s.role_id) as rules, \
         case when s.role_id is null and exists (select 1 from audit_events e where e.action = 'SettingsUpdated' \
         and e.outcome = 'Success' and e.role_id || '' = w.role) then 1 else 0 end as are_gone \
         from (select cast($1 as text) as role) as w left join role_policies s on s.role_id = w.role \
         left join principals p on p.id = s.modified_by",
    )
    .key(role.into());
    Question::new(statement, read_stored)
}

fn read_stored(rows: &[AnyRow]) -> StoreResult<StoredPolicy> {
    let row = rows.first().ok_or(StoreError::Missing("the settings of a role"))?;
    if row.maybe_text("role_id")?.is_none() {
        let are_gone = row.flag("are_gone")?;
        return Ok(StoredPolicy { policy: Policy::default(), version: 0, modified: None, seal: None, are_gone });
    }
    let approvers = row.maybe_text("approvers")?.unwrap_or_default();
    let mut approvers: Vec<PrincipalId> =
        approvers.split(' ').filter(|id| !id.is_empty()).map(read_approver).collect::<Result<_, _>>()?;
    approvers.sort();
    let rules = row.maybe_text("rules")?.unwrap_or_default();
    let rules: Vec<NotificationRule> = rules.lines().map(read_rule).collect::<Result<_, _>>()?;
    Ok(StoredPolicy {
        policy: read(row, approvers, &rules)?,
        version: row.number("version")?,
        modified: Some(Modified { at: row.moment("modified_at")?, by: row.maybe_text("modified_by_name")? }),
        seal: row.seal("seal", "sealed_by")?,
        are_gone: false,
    })
}

/// Roles that are not hidden, by name, that have this comparison key in their names; with `changed_only`, those whose
/// settings somebody has saved.
pub async fn list(
    db: &mut Db,
    key: &str,
    changed_only: bool,
    after: Option<(&str, &str)>,
    limit: i64,
) -> StoreResult<Vec<PolicyLine>> {
    let (name, id) = after.unwrap_or(("", ""));
    let rows = sqlx::query(
        "select r.*, s.modified_at, s.activation_max_minutes, s.activation_mfa, s.activation_mfa_minutes, s.approval_required, \
         p.display_name as modified_by_name \
         from roles r left join role_policies s on s.role_id = r.id left join principals p on p.id = s.modified_by \
         where r.is_hidden = 0 and ($1 = '' or replace(r.name_key, $1, '') <> r.name_key) and ($2 = 0 or s.role_id is not null) \
         and (r.name_key > $3 or (r.name_key = $3 and r.id > $4)) order by r.name_key, r.id limit $5",
    )
    .bind(key)
    .bind(i64::from(changed_only))
    .bind(name)
    .bind(id)
    .bind(limit)
    .fetch_all(db)
    .await?;
    Ok(rows.iter().map(read_line).collect::<Result<_, _>>()?)
}

fn read_line(row: &AnyRow) -> Result<PolicyLine, Corrupt> {
    let role = super::roles::read(row)?;
    let Some(at) = row.maybe_moment("modified_at")? else {
        let fresh = ActivationRules::default();
        let approval = fresh.approval.required;
        return Ok(PolicyLine { role, longest: fresh.longest, mfa: fresh.mfa, approval, modified: None });
    };
    Ok(PolicyLine {
        role,
        longest: read_longest(row)?,
        mfa: read_mfa(row)?,
        approval: row.flag("approval_required")?,
        modified: Some(Modified { at, by: row.maybe_text("modified_by_name")? }),
    })
}

fn read_longest(row: &AnyRow) -> Result<HalfHours, Corrupt> {
    let column = "activation_max_minutes";
    HalfHours::from_minutes(row.number(column)?).map_err(|_| Corrupt { column, problem: "out of range".to_owned() })
}

fn read_mfa(row: &AnyRow) -> Result<MfaRule, Corrupt> {
    let column = "activation_mfa_minutes";
    match (row.text("activation_mfa")?.as_str(), row.maybe_number(column)?) {
        ("None", None) => Ok(MfaRule::None),
        ("Session", None) => Ok(MfaRule::Session),
        ("Fresh", Some(minutes)) => {
            MfaRule::fresh(minutes).map_err(|_| Corrupt { column, problem: "out of range".to_owned() })
        }
        (_, _) => Err(Corrupt { column: "activation_mfa", problem: "no such rule".to_owned() }),
    }
}

fn read(row: &AnyRow, approvers: Vec<PrincipalId>, rules: &[NotificationRule]) -> Result<Policy, Corrupt> {
    Ok(Policy {
        activation: ActivationRules {
            longest: read_longest(row)?,
            mfa: read_mfa(row)?,
            justification: row.flag("activation_justification")?,
            ticket: row.flag("activation_ticket")?,
            approval: ApprovalRule {
                required: row.flag("approval_required")?,
                approvers,
                window: row.maybe_number("approval_window_minutes")?.map_or(Window::Never, Window::Minutes),
            },
        },
        assignment: AssignmentRules {
            eligible: read_expiry(row, "eligible_max_days")?,
            active: read_expiry(row, "active_max_days")?,
            active_mfa: row.flag("assign_active_mfa")?,
            active_justification: row.flag("assign_active_justification")?,
        },
        notifications: NotificationRuleId::ALL
            .into_iter()
            .map(|id| rules.iter().find(|rule| rule.id == id).cloned().unwrap_or_else(|| NotificationRule::fresh(id)))
            .collect(),
    })
}

fn read_expiry(row: &AnyRow, column: &'static str) -> Result<Expiry, Corrupt> {
    match row.maybe_number(column)? {
        None => Ok(Expiry::PermanentAllowed),
        Some(days) => Longest::from_days(days)
            .map(Expiry::Within)
            .ok_or_else(|| Corrupt { column, problem: "not one of the choices".to_owned() }),
    }
}

fn read_approver(id: &str) -> Result<PrincipalId, Corrupt> {
    PrincipalId::parse(id).map_err(|error| Corrupt { column: "principal_id", problem: error.to_string() })
}

/// A rule as [`get`] writes it: its id, two flags and its addresses, with a space after each of the first three.
fn read_rule(text: &str) -> Result<NotificationRule, Corrupt> {
    let wrong = |column, problem: &str| Corrupt { column, problem: problem.to_owned() };
    let mut words = text.splitn(4, ' ');
    let (Some(id), Some(to_default), Some(critical_only), Some(additional)) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(wrong("rule_id", "not a rule"));
    };
    let flag = |column, text| match text {
        "0" => Ok(false),
        "1" => Ok(true),
        _ => Err(wrong(column, "neither 0 nor 1")),
    };
    let address = |text: &str| MailAddress::parse(text).map_err(|error| wrong("additional", &error.to_string()));
    Ok(NotificationRule {
        id: NotificationRuleId::from_id(id).ok_or_else(|| wrong("rule_id", "no such rule"))?,
        to_default: flag("to_default", to_default)?,
        additional: additional.split(';').filter(|text| !text.is_empty()).map(address).collect::<Result<_, _>>()?,
        critical_only: flag("critical_only", critical_only)?,
    })
}

/// Saves all settings of a role as its next version.
pub async fn save(
    tx: &mut Write,
    settings: RoleSettings<'_>,
    seal: &Seal,
    by: &UserId,
    now: Instant,
) -> StoreResult<()> {
    let RoleSettings { role, version, policy } = settings;
    let activation = &policy.activation;
    let (mfa, mfa_minutes) = activation.mfa.stored();
    for table in [
        "delete from role_notifications where role_id = $1",
        "delete from role_approvers where role_id = $1",
        "delete from role_policies where role_id = $1",
    ] {
        sqlx::query(table).bind(role.as_str()).execute(&mut **tx).await?;
    }
    sqlx::query(
        "insert into role_policies (role_id, version, modified_at, modified_by, activation_max_minutes, activation_mfa, \
         activation_mfa_minutes, activation_justification, activation_ticket, approval_required, approval_window_minutes, \
         eligible_max_days, active_max_days, assign_active_mfa, assign_active_justification, seal, sealed_by) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
    )
    .bind(role.as_str())
    .bind(version)
    .bind(now.millis())
    .bind(by.as_str())
    .bind(activation.longest.minutes())
    .bind(mfa)
    .bind(mfa_minutes)
    .bind(i64::from(activation.justification))
    .bind(i64::from(activation.ticket))
    .bind(i64::from(activation.approval.required))
    .bind(activation.approval.window.minutes())
    .bind(policy.assignment.eligible.days())
    .bind(policy.assignment.active.days())
    .bind(i64::from(policy.assignment.active_mfa))
    .bind(i64::from(policy.assignment.active_justification))
    .bind(seal.text())
    .bind(seal.place.seq)
    .execute(&mut **tx)
    .await?;
    for approver in &activation.approval.approvers {
        sqlx::query("insert into role_approvers (role_id, principal_id) values ($1, $2)")
            .bind(role.as_str())
            .bind(approver.as_str())
            .execute(&mut **tx)
            .await?;
    }
    for rule in &policy.notifications {
        sqlx::query(
            "insert into role_notifications (role_id, rule_id, to_default, additional, critical_only) values ($1, $2, $3, $4, $5)",
        )
        .bind(role.as_str())
        .bind(rule.id.id())
        .bind(i64::from(rule.to_default))
        .bind(rule.additional.iter().map(MailAddress::as_str).collect::<Vec<_>>().join(";"))
        .bind(i64::from(rule.critical_only))
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}
