//! Try whether mails arrive: a mail to oneself, sent at once, with what the mail server said.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::app::record::Entry;
use crate::app::send_mail::{claim_one, deliver};
use crate::app::{App, AppError, AppResult, Caller};
use crate::domain::access::Permission;
use crate::domain::audit::Activity;
use crate::domain::ids::MessageId;
use crate::domain::mail::{Audience, Mail, Test};
use crate::domain::refusal::Refusal;
use crate::store;
use crate::store::mail_lines::Attempt;

/// How long whoever asks waits for the mail server.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// What became of a test mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// The message.
    pub message: MessageId,
    /// The attempt.
    pub attempt: Attempt,
}

/// Sends a test mail to whoever asks.
pub async fn send_test_mail(app: &App, caller: &Caller) -> AppResult<Tried> {
    let attempt = Entry::new(Activity::TestMailSent).subject(&caller.user, "");
    let mut work = app.begin(caller).await?.permit(Permission::ManageMail, &attempt).await?;
    if app.post.mailer.is_none() {
        return Err(work.refuse(attempt, vec![Refusal::NoMailServer]).await);
    }
    let user = work.user()?;
    let (by, at) = (work.actor.name.clone(), work.now);
    work.record(attempt.subject(&user, &by)).await?;
    work.mail(&BTreeSet::from([user]), Audience::Person, &Mail::Test(Test { by, at }));
    let messages = work.write_mails()?;
    // Saved before it is claimed.
    std::mem::take(&mut work.unsaved.statements).run(&mut work.tx).await?;
    let message = messages.into_iter().next().ok_or(AppError::Broken("the queue of mails"))?;
    // Claimed in the same transaction: the loop that sends does not take it first.
    let claim = claim_one(app, &mut work.tx, message.clone(), at).await?;
    work.commit().await?;
    // A mail server may take minutes; it is sent to its end in any case.
    let sending = app.clone();
    let delivered = tokio::spawn(async move { deliver(&sending, claim).await });
    if tokio::time::timeout(LONGEST_WAIT, delivered).await.is_err() {
        tracing::info!(message = message.as_str(), "a test mail is still on its way");
    }
    let attempts = store::mail_lines::list_attempts(&mut *app.store.read().await?, &message).await?;
    let attempt = attempts.into_iter().next().ok_or(AppError::Broken("the log of mails"))?;
    Ok(Tried { message, attempt })
}
