//! What people are told about time that runs out: each telling in one place, bell and mail alike.

use crate::app::AppResult;
use crate::app::record::Entry;
use crate::app::work::Work;
use crate::domain::audit::Activity;
use crate::domain::ids::{PrincipalId, RequestId, RoleId};
use crate::domain::notice::NoticeKind;
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
    ) -> AppResult<()> {
        let role = self.role(role).await?;
        let (name, people) = self.principal_name(principal).await?;
        self.notify(people, warning.notice, &role, &name, Some(request))
    }

    /// Half of the time to decide is over: whoever can decide hears of it.
    pub(super) async fn tell_waiting(&mut self, request: &Request) -> AppResult<()> {
        let role = self.role(&request.role).await?;
        let (name, _) = self.principal_name(&request.principal).await?;
        let mut approvers = self.approvers_of(&request.role).await?;
        approvers.remove(&request.requested_by);
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
