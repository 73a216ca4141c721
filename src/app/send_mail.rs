//! Sending what is queued: a loop of its own beside the worker. A message is claimed under the write lock, sent outside of any
//! transaction, and what became of it is written down. Two servers on one database never claim the same message; when one of them
//! dies with a message on its way, the claim runs out and the message is sent again under the same Message-ID.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::Instant as Stopwatch;

use crate::app::mailer::{Failure, Mailer, Outgoing};
use crate::app::send_digest::send_digest;
use crate::app::smtp::Patience;
use crate::app::time_zone::Zone;
use crate::app::worker::sleep_until;
use crate::app::{App, AppError, AppResult, mail_document};
use crate::domain::address::MailAddress;
use crate::domain::ids::{AttemptId, MessageId};
use crate::domain::mail::{Letter, Next, Sender, after_failure, is_too_old};
use crate::domain::time::{Instant, Span};
use crate::store;
use crate::store::outbox::{AttemptOutcome, Claimed, MessageState};

/// How long a claim lasts: longer than the mailer may take ([`Patience::USUAL`]). After a crash, what was on its way is sent again when it
/// is over.
pub const CLAIM: Span = Span::minutes(20);

const _: () = assert!(Patience::USUAL.in_all().as_secs() < CLAIM.millis().unsigned_abs() / 1_000);

/// So many messages are on their way at once: one that is slow does not hold up the others.
const AT_ONCE: usize = 4;
/// How often it is asked whether a week has ended.
const DIGEST_EVERY: Span = Span::minutes(1);
/// How long to wait after the database failed.
const AFTER_FAILURE: Duration = Duration::from_secs(5);
/// The same, before it is tried again to write down what became of a message.
const WRITE_AGAIN: Duration = Duration::from_secs(1);
/// How long that is tried.
const LONGEST_WRITING: Duration = Duration::from_hours(1);

/// A message that this process is to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    message: MessageId,
    attempt: AttemptId,
}

/// Sends until it is told to stop, and then finishes what is on its way.
pub async fn run(app: App, mut stop: oneshot::Receiver<()>) {
    // Tasks of their own: a delivery that holds the write lock must go on while this loop waits for it.
    let mut on_their_way = JoinSet::new();
    let mut digest_next = app.now();
    loop {
        let now = app.now();
        if digest_next <= now {
            if let Err(error) = send_digest(&app).await {
                tracing::error!(error = &error as &dyn std::error::Error, "the weekly digest could not be queued");
            }
            digest_next = now.plus(DIGEST_EVERY);
        }
        let sleep = match claim(&app, AT_ONCE.saturating_sub(on_their_way.len())).await {
            Ok((claims, next)) => {
                begin(&app, claims, &mut on_their_way);
                // Another server on the same database may have died with a claim, and a week may have ended: it is never for long.
                sleep_until(next, app.now())
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the queue of mails could not be read");
                AFTER_FAILURE
            }
        };
        tokio::select! {
            Some(_) = on_their_way.join_next() => {}
            () = app.mail_queued() => {}
            () = tokio::time::sleep(sleep) => {}
            _ = &mut stop => break,
        }
    }
    if let Some(mailer) = &app.post.mailer {
        mailer.stop();
    }
    while on_their_way.join_next().await.is_some() {}
}

fn begin(app: &App, claims: Vec<Claim>, on_their_way: &mut JoinSet<()>) {
    for claim in claims {
        let app = app.clone();
        on_their_way.spawn(async move { deliver(&app, claim).await });
    }
}

/// Sends everything that is due now; answers with when the next message will be.
pub async fn send_due(app: &App) -> AppResult<Option<Instant>> {
    // Tasks of their own: a delivery that holds the write lock must go on while this loop waits for it.
    let mut on_their_way = JoinSet::new();
    loop {
        let (claims, next) = claim(app, AT_ONCE.saturating_sub(on_their_way.len())).await?;
        begin(app, claims, &mut on_their_way);
        // What was too old to be sent is over at once; what is due behind it is claimed in the next round.
        if on_their_way.join_next().await.is_none() && next.is_none_or(|next| next > app.now()) {
            return Ok(next);
        }
    }
}

/// Claims at most so many messages that are due; answers with when the next one will be. Without a mail server nothing is claimed,
/// and nothing grows old.
pub async fn claim(app: &App, most: usize) -> AppResult<(Vec<Claim>, Option<Instant>)> {
    if app.post.mailer.is_none() || most == 0 {
        return Ok((Vec::new(), None));
    }
    let next = store::outbox::next_due(&mut *app.store.read().await?).await?;
    if next.is_none_or(|next| next > app.now()) {
        return Ok((Vec::new(), next));
    }
    let mut tx = app.write().await?;
    // Read when the turn has come: whoever had it before may have claimed what was due.
    let now = app.now();
    let mut claims = Vec::new();
    for due in store::outbox::list_due(&mut tx, now, i64::try_from(most).unwrap_or(i64::MAX)).await? {
        if due.attempts == 0 && is_too_old(due.queued_at, now) {
            let note = "It had waited for more than 7 days when a mail server was there, and was too old to be sent by itself.";
            store::outbox::close_unsent(&mut tx, &due.id, MessageState::Failed, note, now).await?;
            continue;
        }
        claims.push(claim_one(app, &mut tx, due.id, now).await?);
    }
    let next = store::outbox::next_due(&mut tx).await?;
    tx.commit().await?;
    Ok((claims, next))
}

/// Claims this message in the caller's transaction.
pub(super) async fn claim_one(app: &App, tx: &mut store::Write, message: MessageId, now: Instant) -> AppResult<Claim> {
    let attempt = AttemptId::parse(&app.new_id(now)).map_err(|_| AppError::Broken("the source of ids"))?;
    store::outbox::claim(tx, &message, &attempt, now, now.plus(CLAIM)).await?;
    Ok(Claim { message, attempt })
}

/// Sends a claimed message and writes down what became of it. Whatever goes wrong is written down or logged: it concerns this message
/// alone. When the database cannot be written at that moment it is tried again: what is not written down is sent twice.
pub async fn deliver(app: &App, claim: Claim) {
    let message = claim.message.as_str();
    let ended = match attempt(app, &claim).await {
        Ok(Some(ended)) => ended,
        Ok(None) => return,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, message, "a mail could not be read");
            return;
        }
    };
    let began = Stopwatch::now();
    while let Err(error) = write_down(app, &claim, &ended).await {
        app.note_failure(&error);
        if !may_pass(app) || began.elapsed() >= LONGEST_WRITING {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                message,
                "what became of a mail could not be written down"
            );
            return;
        }
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            message,
            "what became of a mail cannot be written down yet"
        );
        tokio::time::sleep(WRITE_AGAIN).await;
    }
}

/// Whether the database may be written again without a new start.
fn may_pass(app: &App) -> bool {
    app.integrity().stopped().is_none() && !app.store.is_closed()
}

/// What became of an attempt.
enum Ended {
    Sent(MailAddress, String),
    Passing(String),
    Final(String),
    /// It is not to be sent: why.
    Dropped(&'static str),
}

/// Sends it; nothing without a mail server.
async fn attempt(app: &App, claim: &Claim) -> AppResult<Option<Ended>> {
    let Some(mailer) = app.post.mailer.clone() else { return Ok(None) };
    let found = {
        let mut db = app.store.read().await?;
        let claimed = store::outbox::find_claimed(&mut db, &claim.message, &claim.attempt).await?;
        match claimed {
            Some(claimed) => Some((claimed, organization(&mut db).await?)),
            None => None,
        }
    };
    Ok(Some(match found {
        // Dropped since it was claimed, or another attempt has it by now.
        None => Ended::Dropped("The request was closed before the mail went out."),
        Some((claimed, organization)) => send(app, mailer.as_ref(), claim, claimed, &organization).await,
    }))
}

/// The organisation's name.
pub(super) async fn organization(db: &mut store::Db) -> AppResult<String> {
    Ok(store::organization::get(db).await?.name.as_str().to_owned())
}

async fn send(app: &App, mailer: &dyn Mailer, claim: &Claim, claimed: Claimed, organization: &str) -> Ended {
    let Some(to) = claimed.address else { return Ended::Dropped("The person is disabled.") };
    if claimed.account.is_some_and(|account| app.open(account).is_none()) {
        return Ended::Dropped("The person's account was changed outside of Ostiary.");
    }
    let mail = match mail_document::read(claimed.event, &claimed.facts) {
        Ok(mail) => mail,
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                message = claim.message.as_str(),
                "a mail cannot be put into words"
            );
            return Ended::Final("What the mail is about cannot be read. The log of the server says more.".to_owned());
        }
    };
    let zone = Zone::named(&claimed.time_zone);
    let letter = Letter::of(&mail, claimed.audience, &|at| zone.exact(at));
    let sender = Sender { organization, portal: &app.post.portal };
    let outgoing = Outgoing {
        to: to.clone(),
        message: claim.message.as_str().to_owned(),
        thread: claimed.request.map(|request| format!("request-{request}")),
        date: claimed.made_at,
        text: letter.text(sender),
        html: letter.html(sender),
        subject: letter.subject,
    };
    match mailer.send(&outgoing).await {
        Ok(answer) => Ended::Sent(to, answer),
        Err(Failure::Passing(words)) => Ended::Passing(words),
        Err(Failure::Final(words)) => Ended::Final(words),
    }
}

async fn write_down(app: &App, claim: &Claim, ended: &Ended) -> AppResult<()> {
    let Claim { message, attempt } = claim;
    let mut tx = app.write().await?;
    let now = app.now();
    let (outcome, answer) = match ended {
        Ended::Sent(_, words) => (AttemptOutcome::Sent, words.as_str()),
        Ended::Passing(words) => (AttemptOutcome::Deferred, words.as_str()),
        Ended::Final(words) => (AttemptOutcome::Refused, words.as_str()),
        Ended::Dropped(why) => (AttemptOutcome::Refused, *why),
    };
    store::outbox::end_attempt(&mut tx, attempt, outcome, answer, now).await?;
    match ended {
        Ended::Sent(address, _) => store::outbox::note_sent(&mut tx, message, address, now).await?,
        Ended::Final(words) => {
            store::outbox::give_up(&mut tx, message, attempt, MessageState::Failed, words, now).await?;
        }
        Ended::Dropped(why) => {
            store::outbox::give_up(&mut tx, message, attempt, MessageState::Dropped, why, now).await?;
        }
        Ended::Passing(words) => {
            let tries = store::outbox::find_tries(&mut tx, message).await?;
            match tries.map(|(attempts, first_at)| after_failure(attempts, first_at, now)) {
                Some(Next::At(at)) => store::outbox::defer(&mut tx, message, attempt, at).await?,
                Some(Next::GiveUp) | None => {
                    let note = format!("Tried for a day. At last: {words}");
                    store::outbox::give_up(&mut tx, message, attempt, MessageState::Failed, &note, now).await?;
                }
            }
        }
    }
    Ok(tx.commit().await?)
}
