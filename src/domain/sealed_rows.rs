//! What of each row is sealed: everything from which power follows. What is left out is harmless, and listed as that in the tests.

use super::ids::{GroupId, RoleId, ScheduleId, UserId};
use super::policy::Policy;
use super::schedule::{Assignment, Eligibility, Term};
use super::seal::{Fields, Object, ObjectKind, Sealable};
use super::time::Instant;
use super::user::User;

/// Who a person is to Ostiary: whether they can sign in, by which name, and where mail reaches them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The person.
    pub user: UserId,
    /// True when they can sign in.
    pub enabled: bool,
    /// The name they sign in with, as they write it.
    pub user_principal_name: String,
    /// The same as it is compared.
    pub upn_key: String,
    /// Where mail goes.
    pub mail: String,
    /// Where notifications go instead.
    pub notification_mail: Option<String>,
}

impl From<&User> for Account {
    fn from(user: &User) -> Self {
        Self {
            user: user.id.clone(),
            enabled: user.enabled,
            user_principal_name: user.user_principal_name.to_string(),
            upn_key: user.user_principal_name.key(),
            mail: user.mail.to_string(),
            notification_mail: user.notification_mail.as_ref().map(ToString::to_string),
        }
    }
}

impl Sealable for Account {
    fn object(&self) -> Object {
        Object::new(ObjectKind::Account, self.user.as_str())
    }

    fn fields(&self) -> Fields {
        Fields::new()
            .number(i64::from(self.enabled))
            .text(&self.user_principal_name)
            .text(&self.upn_key)
            .text(&self.mail)
            .optional(self.notification_mail.as_deref())
    }
}

/// A person's membership of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The group.
    pub group: GroupId,
    /// The person.
    pub user: UserId,
}

impl Sealable for Membership {
    fn object(&self) -> Object {
        Object::new(ObjectKind::Membership, format!("{}:{}", self.group.as_str(), self.user.as_str()))
    }

    fn fields(&self) -> Fields {
        Fields::new()
    }
}

/// A group, as far as it decides about power: whether roles can be assigned to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignable {
    /// The group.
    pub group: GroupId,
    /// True when it was made to hold roles.
    pub role_assignable: bool,
}

impl Sealable for Assignable {
    fn object(&self) -> Object {
        Object::new(ObjectKind::Group, self.group.as_str())
    }

    fn fields(&self) -> Fields {
        Fields::new().number(i64::from(self.role_assignable))
    }
}

impl Sealable for Assignment {
    fn object(&self) -> Object {
        assignment(&self.id)
    }

    fn fields(&self) -> Fields {
        term(Fields::new(), &self.term)
            .text(self.role.as_str())
            .text(self.principal.as_str())
            .text(self.assignment_type.word())
            .optional(self.activated_using.as_ref().map(ScheduleId::as_str))
            .number(self.created_at.millis())
            .text(self.request.as_str())
    }
}

impl Sealable for Eligibility {
    fn object(&self) -> Object {
        eligibility(&self.id)
    }

    fn fields(&self) -> Fields {
        term(Fields::new(), &self.term)
            .text(self.role.as_str())
            .text(self.principal.as_str())
            .number(self.created_at.millis())
            .text(self.request.as_str())
    }
}

/// The active assignment with this id.
pub fn assignment(id: &ScheduleId) -> Object {
    Object::new(ObjectKind::Assignment, id.as_str())
}

/// The eligible assignment with this id.
pub fn eligibility(id: &ScheduleId) -> Object {
    Object::new(ObjectKind::Eligibility, id.as_str())
}

fn term(fields: Fields, term: &Term) -> Fields {
    fields.number(term.starts_at.millis()).optional_number(term.ends_at.map(Instant::millis))
}

/// All settings of a role, as one of their versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleSettings<'a> {
    /// The role.
    pub role: &'a RoleId,
    /// Grows by one with every save.
    pub version: i64,
    /// The settings, with approvers and notification rules.
    pub policy: &'a Policy,
}

impl Sealable for RoleSettings<'_> {
    fn object(&self) -> Object {
        Object::new(ObjectKind::RoleSettings, self.role.as_str())
    }

    fn fields(&self) -> Fields {
        let Policy { activation, assignment, notifications } = self.policy;
        let (mfa, minutes) = activation.mfa.stored();
        let rules = Fields::new()
            .number(self.version)
            .number(activation.longest.minutes())
            .text(mfa)
            .optional_number(minutes)
            .number(i64::from(activation.justification))
            .number(i64::from(activation.ticket))
            .number(i64::from(activation.approval.required))
            .optional_number(activation.approval.window.minutes())
            .optional_number(assignment.eligible.days())
            .optional_number(assignment.active.days())
            .number(i64::from(assignment.active_mfa))
            .number(i64::from(assignment.active_justification))
            .number(count(activation.approval.approvers.len()));
        let approvers = activation.approval.approvers.iter();
        let named = approvers.fold(rules, |fields, approver| fields.text(approver.as_str()));
        notifications.iter().fold(named, |fields, rule| {
            let told = fields
                .text(rule.id.id())
                .number(i64::from(rule.to_default))
                .number(i64::from(rule.critical_only))
                .number(count(rule.additional.len()));
            rule.additional.iter().fold(told, |fields, address| fields.text(address.as_str()))
        })
    }
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
