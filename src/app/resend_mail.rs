//! Send a mail again that was sent, failed, or was dropped.

use crate::app::record::Entry;
use crate::app::{App, AppResult, Caller};
use crate::domain::access::Permission;
use crate::domain::audit::Activity;
use crate::domain::ids::MessageId;
use crate::domain::refusal::Refusal;
use crate::store;

/// Queues the message anew, to the address that its person has now, for another day of attempts.
pub async fn resend_mail(app: &App, caller: &Caller, id: &MessageId) -> AppResult<()> {
    let attempt = Entry::new(Activity::MailResent);
    let mut work = app.begin(caller).await?.permit(Permission::ManageMail, &attempt).await?;
    let Some(line) = store::mail_lines::find(&mut work.tx, id).await? else {
        return Err(work.refuse(attempt, vec![Refusal::NotFound("mail")]).await);
    };
    let to = line.person.as_deref().unwrap_or(&line.address);
    let attempt = attempt.subject_name(to).change("Mail", "", line.event.label());
    let now = work.now;
    if !store::outbox::queue_again(&mut work.tx, id, now).await? {
        return Err(work.refuse(attempt, vec![Refusal::MailWaits]).await);
    }
    work.has_mailed = true;
    work.record(attempt).await?;
    work.commit().await
}
