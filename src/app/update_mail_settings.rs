//! Who counts as an administrator when mails are sent.

use crate::app::record::Entry;
use crate::app::{App, AppResult, Caller};
use crate::domain::access::Permission;
use crate::domain::audit::Activity;
use crate::store;

/// Includes administrators whose role is not active, or leaves them out.
pub async fn update_mail_settings(app: &App, caller: &Caller, include_eligible: bool) -> AppResult<()> {
    let attempt = Entry::new(Activity::MailSettingsUpdated);
    let mut work = app.begin(caller).await?.permit(Permission::ManageMail, &attempt).await?;
    let before = store::mail_settings::includes_eligible(&mut work.tx).await?;
    if before == include_eligible {
        return Ok(());
    }
    store::mail_settings::save(&mut work.tx, include_eligible).await?;
    let words = |on| if on { "yes" } else { "no" };
    work.record(attempt.change("Mails to eligible administrators", words(before), words(include_eligible))).await?;
    work.commit().await
}
