//! One mail: what it says, and every attempt to send it.

use crate::app::time_zone::Zone;
use crate::app::{App, AppResult, Caller, mail_document, send_mail};
use crate::domain::access::Permission;
use crate::domain::ids::MessageId;
use crate::domain::mail::{Letter, Sender};
use crate::domain::refusal::Refusal;
use crate::store;
pub use crate::store::mail_lines::{Attempt, MailLine};
pub use crate::store::outbox::AttemptOutcome;

/// A mail with what it says. Times are in the zone of whoever looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownMail {
    /// To whom, about what, and what became of it.
    pub line: MailLine,
    /// Its subject.
    pub subject: String,
    /// As plain text.
    pub text: String,
    /// As HTML.
    pub html: String,
    /// Every attempt, the newest first.
    pub attempts: Vec<Attempt>,
    /// There is a mail server to send with.
    pub can_send: bool,
}

/// Shows one mail to an administrator.
pub async fn show_mail(app: &App, caller: &Caller, id: &MessageId, time_zone: &str) -> AppResult<ShownMail> {
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, app.now()).await?;
    standing.permit(Permission::ManageMail)?;
    let line = store::mail_lines::find(&mut db, id).await?.ok_or(Refusal::NotFound("mail"))?;
    let organization = send_mail::organization(&mut db).await?;
    let mail = mail_document::read(line.event, &line.facts)?;
    let zone = Zone::named(time_zone);
    let letter = Letter::of(&mail, line.audience, &|at| zone.exact(at));
    let sender = Sender { organization: &organization, portal: &app.post.portal };
    Ok(ShownMail {
        text: letter.text(sender),
        html: letter.html(sender),
        subject: letter.subject,
        attempts: store::mail_lines::list_attempts(&mut db, id).await?,
        can_send: app.post.mailer.is_some(),
        line,
    })
}
