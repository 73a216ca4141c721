//! Which mails an event queues, and for whom: the nine rules of a role's settings (reference/entra-pim.md section 2.3 and 6).

use std::collections::BTreeSet;

use crate::app::work::Work;
use crate::app::{AppError, AppResult};
use crate::domain::ids::{MessageId, RequestId, UserId};
use crate::domain::policy::{NotificationRuleId, Policy};
use crate::domain::role::{PortalRole, Role};
use crate::store;
use crate::store::outbox::{NewMail, Recipient};

/// To approvers: somebody waits. Dropped when the request is closed before it went out.
pub const APPROVAL_REQUESTED: &str = "ApprovalRequested";
/// To requestor and the other approvers: decided.
pub const DECIDED: &str = "RequestDecided";
/// To requestor and approvers: nobody decided in time.
pub const LAPSED: &str = "RequestLapsed";
/// To administrators and the person: active.
pub const ACTIVATED: &str = "RoleActivated";
/// To administrators and the person: assigned.
pub const ASSIGNED: &str = "RoleAssigned";
/// To administrators and the person: removed.
pub const REMOVED: &str = "AssignmentRemoved";

impl Work {
    /// Queues a mail to each of these people, whatever the settings say.
    pub(super) fn mail(
        &mut self,
        people: &BTreeSet<UserId>,
        event: &'static str,
        role: &Role,
        request: &RequestId,
    ) -> AppResult<()> {
        for user in people {
            self.queue(event, Recipient::Person(user.clone()), role, request)?;
        }
        Ok(())
    }

    /// Queues a mail as one row of the Notification tab says: to its default recipients, and to its further addresses.
    pub(super) fn mail_by_rule(
        &mut self,
        policy: &Policy,
        rule: NotificationRuleId,
        default: &BTreeSet<UserId>,
        event: &'static str,
        role: &Role,
        request: &RequestId,
    ) -> AppResult<()> {
        let Some(rule) = policy.notifications.iter().find(|row| row.id == rule) else { return Ok(()) };
        if rule.to_default {
            self.mail(default, event, role, request)?;
        }
        for address in &rule.additional {
            self.queue(event, Recipient::Address(address.clone()), role, request)?;
        }
        Ok(())
    }

    /// A role became active: administrators and the person, as its settings say.
    pub(super) async fn mail_activated(
        &mut self,
        policy: &Policy,
        people: &BTreeSet<UserId>,
        role: &Role,
        request: &RequestId,
    ) -> AppResult<()> {
        let admins = self.administrators().await?;
        self.mail_by_rule(policy, NotificationRuleId::AdminEndUserAssignment, &admins, ACTIVATED, role, request)?;
        self.mail_by_rule(policy, NotificationRuleId::RequestorEndUserAssignment, people, ACTIVATED, role, request)
    }

    /// The people who are actively Global or Privileged Role Administrator.
    pub(super) async fn administrators(&mut self) -> AppResult<BTreeSet<UserId>> {
        Ok(store::principals::active_holders(&mut self.tx, PortalRole::ADMINISTRATORS, self.now).await?)
    }

    fn queue(&mut self, event: &'static str, to: Recipient, role: &Role, request: &RequestId) -> AppResult<()> {
        let id = MessageId::parse(&self.new_id()).map_err(|_| AppError::Broken("the source of ids"))?;
        let (role, request, at) = (role.id.clone(), request.clone(), self.now);
        self.unsaved.mails.push(NewMail { id, event, to, role, request, at });
        Ok(())
    }
}
