//! The list of mails, for administrators.

use crate::app::list_my_roles::{Lines, lines, one_more};
use crate::app::normal_form::search_key;
use crate::app::{App, AppResult, Caller};
use crate::domain::access::Permission;
use crate::domain::ids::MessageId;
use crate::store;
pub use crate::store::mail_lines::MailLine;
pub use crate::store::outbox::MessageState;

/// Which mails.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailFilter {
    /// Of this state; all when there is none.
    pub state: Option<MessageState>,
    /// Whose recipient or role contains this text.
    pub text: String,
}

/// What stands around the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailOffice {
    /// There is a mail server to send with.
    pub can_send: bool,
    /// Administrators whose role is not active get mails too.
    pub includes_eligible: bool,
    /// How many mails wait.
    pub waiting: u64,
    /// How many failed.
    pub failed: u64,
}

/// Messages that fit, the newest first, older than `before`.
pub async fn list_mails(
    app: &App,
    caller: &Caller,
    filter: &MailFilter,
    before: Option<&MessageId>,
) -> AppResult<(MailOffice, Lines<MailLine>)> {
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, app.now()).await?;
    standing.permit(Permission::ManageMail)?;
    let key = search_key(&filter.text);
    let found = store::mail_lines::list(&mut db, filter.state, &key, before, one_more()).await?;
    let (waiting, failed) = store::mail_lines::count_unsent(&mut db).await?;
    let office = MailOffice {
        can_send: app.post.mailer.is_some(),
        includes_eligible: store::mail_settings::includes_eligible(&mut db).await?,
        waiting,
        failed,
    };
    Ok((office, lines(found)))
}
