//! Going on from an audit trail that the anchor does not vouch for, after an older backup was restored or the anchor was lost: said
//! knowingly by whoever runs the server, and itself an event of the trail.

use crate::app::anchor::AnchorState;
use crate::app::record::Entry;
use crate::app::verify_audit::{Verdict, check_rows, verify_audit};
use crate::app::{App, AppResult};
use crate::domain::audit::Activity;

/// What accepting the trail led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// The anchor vouches for the trail: there is nothing to accept.
    Needless(Verdict),
    /// A row is not as it was written, and nothing was changed: no backup of Ostiary holds such a trail.
    Refused(Verdict),
    /// The trail goes on, and the anchor remembers it.
    Anew {
        /// The last row that was there.
        last: i64,
        /// The row that says so.
        seq: i64,
    },
}

/// Accepts the trail as it is. A server that saw another one goes on refusing to write until it is started again. Where each of several
/// servers has an anchor of its own, each of them has to be accepted for: every time is an event.
pub async fn accept_audit(app: &App, trace: &str) -> AppResult<Accepted> {
    let found = verify_audit(app).await?;
    match found {
        Verdict::Intact { .. } => return Ok(Accepted::Needless(found)),
        Verdict::Broken { .. } | Verdict::Schema(_) | Verdict::Hidden { .. } | Verdict::Damaged(_) => {
            return Ok(Accepted::Refused(found));
        }
        Verdict::Contradicted { .. }
        | Verdict::Cut { .. }
        | Verdict::AnchorMissing
        | Verdict::AnchorCutShort
        | Verdict::AnchorUnsigned => {}
    }
    // Before anything is recorded that could not be anchored then.
    app.anchor.check_writable()?;
    let remembered = match app.anchor.read(&app.keys.chain)? {
        AnchorState::At { seq, .. } => format!("Event {seq}"),
        AnchorState::CutShort => "An anchor that was cut short".to_owned(),
        AnchorState::Broken => "An anchor that was not signed with this key".to_owned(),
        AnchorState::Absent | AnchorState::NotKept => "No anchor".to_owned(),
    };
    // Checked again in the transaction of the event. What is due is settled by the server when it starts, behind this event.
    let mut work = app.begin_unsettled(trace).await?;
    let last = match check_rows(&mut work.tx, app).await? {
        Verdict::Intact { rows } => rows,
        broken => return Ok(Accepted::Refused(broken)),
    };
    work.record(
        Entry::new(Activity::AuditAccepted)
            .reason(&found.to_string())
            .change("Last event that was there", "", &last.to_string())
            .change("What the anchor remembered", "", &remembered),
    )
    .await?;
    let (seq, hash) = work.head.clone();
    work.commit().await?;
    app.anchor.replace(&app.keys.chain, seq, &hash)?;
    Ok(Accepted::Anew { last, seq: last + 1 })
}
