//! What people are told about time that runs out: each telling in one place, bell and mail alike.

use crate::app::AppResult;
use crate::app::mail::{about, asked};
use crate::app::record::Entry;
use crate::app::work::Work;
use crate::domain::audit::Activity;
use crate::domain::ids::{PrincipalId, RequestId, RoleId};
use crate::domain::mail::{Expiring, Held, Mail, Waiting};
use crate::domain::notice::NoticeKind;
use crate::domain::policy::NotificationRuleId;
use crate::domain::reminder::Warning;
use crate::store::requests::Request;

impl Work {
    /// An assignment or an activation will end: its people hear of it.
    pub(super) async fn tell_expiring(
        &mut self,
        role: &RoleId,
        principal: &PrincipalId,
        request: &RequestId,
        warning: Warning,
        held: Option<Held>,
    ) -> AppResult<()> {
        let role = self.role(role).await?;
        let (name, people) = self.principal_name(principal).await?;
        if let Some(held) = held
            && let Some(end) = held.ends_at
        {
            let policy = self.known.policy(&self.app, &mut self.tx, &role.id).await?;
            let kind = held.kind;
            // After downtime it can be fewer than the warning is for.
            let days = end.since(self.now).whole_days_rounded_up();
            let expiring = Mail::Expiring(Expiring { about: about(&role, &name, request), held, days });
            self.mail_assignment(&policy, kind, &people, &expiring).await?;
        }
        self.notify(people, warning.notice, &role, &name, Some(request))
    }

    /// Half of the time to decide is over: whoever can decide hears of it.
    pub(super) async fn tell_waiting(&mut self, request: &Request) -> AppResult<()> {
        let role = self.role(&request.role).await?;
        let (name, _) = self.principal_name(&request.principal).await?;
        let mut approvers = self.approvers_of(&request.role).await?;
        approvers.remove(&request.requested_by);
        let policy = self.known.policy(&self.app, &mut self.tx, &role.id).await?;
        let reminder = Mail::ApprovalReminder(Waiting { about: about(&role, &name, &request.id), ask: asked(request) });
        self.mail_by_rule(&policy, NotificationRuleId::ApproverEndUserAssignment, &approvers, &reminder);
        self.notify(approvers, NoticeKind::StillWaiting, &role, &name, Some(&request.id))
    }

    /// An activation that was granted for later could not begin: recorded, and its requestor hears of it.
    pub(super) async fn tell_not_started(&mut self, request: &Request) -> AppResult<()> {
        let role = self.role(&request.role).await?;
        let (name, people) = self.principal_name(&request.principal).await?;
        let entry = Entry::new(Activity::ActivationFailed)
            .role(&role)
            .subject(request.principal.clone(), &name)
            .request(&request.id)
            .reason("The person is not eligible any more.");
        self.record_itself(entry).await?;
        self.notify(people, NoticeKind::NotStarted, &role, &name, Some(&request.id))
    }
}
