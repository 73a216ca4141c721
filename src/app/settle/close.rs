//! Ends and last states, with what becomes of the seals. What is taken away is taken away whether or not a seal holds; what is sealed
//! was trusted before.

use crate::app::AppResult;
use crate::app::work::Work;
use crate::domain::ids::{RequestId, ScheduleId};
use crate::domain::request::State;
use crate::domain::schedule::EndReason;
use crate::domain::seal::{Sealable as _, Sealed};
use crate::domain::sealed_rows;
use crate::domain::time::Instant;
use crate::store::requests::Request;
use crate::store::{self, StoreError};

/// Whether the seal of a row held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// It held.
    Holds,
    /// It did not: the row is not sealed again.
    Gone,
}

impl Work {
    /// Ends an active assignment. The event that says so is recorded next.
    pub(in crate::app) async fn end_assignment(
        &mut self,
        id: &ScheduleId,
        at: Instant,
        reason: EndReason,
    ) -> AppResult<()> {
        self.unseal(sealed_rows::assignment(id));
        Ok(store::assignments::end(&mut self.tx, id, at, reason).await?)
    }

    /// Ends an eligible assignment. The event that says so is recorded next.
    pub(in crate::app) async fn end_eligibility(
        &mut self,
        id: &ScheduleId,
        at: Instant,
        reason: EndReason,
    ) -> AppResult<()> {
        self.unseal(sealed_rows::eligibility(id));
        Ok(store::eligibilities::end(&mut self.tx, id, at, reason).await?)
    }

    /// Saves where a request that was trusted stands now. The event that says so is recorded next.
    pub(in crate::app) async fn save_state(&mut self, request: &Request, state: State) -> AppResult<()> {
        self.close(request, state, Trust::Holds).await
    }

    /// The request that an active assignment came from, when that is taken back. One that is not trusted is left as it is when what
    /// somebody made of it cannot be revoked. The event that says so is recorded next.
    pub(in crate::app) async fn revoke_request(&mut self, id: &RequestId) -> AppResult<()> {
        let found = store::requests::find(&mut self.tx, id).await?.ok_or(StoreError::Missing("a request"))?;
        let (request, trust) = self.look_at(found);
        match (request.state.clone().revoke(self.now), trust) {
            (Ok(state), trust) => self.close(&request, state, trust).await,
            (Err(_), Trust::Gone) => Ok(()),
            (Err(refusal), Trust::Holds) => Err(refusal.into()),
        }
    }

    /// A request, and whether its seal held.
    pub(super) fn look_at(&self, request: Sealed<Request>) -> (Request, Trust) {
        let trust = if self.app.open(request.clone()).is_some() { Trust::Holds } else { Trust::Gone };
        (request.into_unchecked(), trust)
    }

    pub(super) async fn close(&mut self, request: &Request, state: State, trust: Trust) -> AppResult<()> {
        let request = Request { state, ..request.clone() };
        let seal = match trust {
            Trust::Holds => Some(self.seal(&request)),
            Trust::Gone => {
                self.unseal(request.object());
                None
            }
        };
        Ok(store::requests::update_state(&request, seal.as_ref()).run(&mut self.tx).await?)
    }
}
