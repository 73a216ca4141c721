//! A write use case at work: the writer's transaction, the moment, who acts, and what is recorded with it.

use std::collections::BTreeSet;

use crate::app::mail::Posted;
use crate::app::record::Entry;
use crate::app::settle::{Known, Settled};
use crate::app::{App, AppError, AppResult, Caller, Change};
use crate::domain::access::{Permission, Standing};
use crate::domain::ids::{NotificationId, PrincipalId, RequestId, UserId};
use crate::domain::limits::Costly;
use crate::domain::notice::NoticeKind;
use crate::domain::refusal::Refusal;
use crate::domain::role::Role;
use crate::domain::seal::{Object, Place, Seal, Sealable, Sealed, Touched};
use crate::domain::time::Instant;
use crate::store::audit::Stored;
use crate::store::notices::NewNotice;
use crate::store::principals::SealedPresent;
use crate::store::requests::Request;
use crate::store::{self, Length, Question, Statement, Statements, Turn, Write};

/// How Ostiary itself is called where nobody acts.
pub const ITSELF: &str = "Ostiary";

/// Who acts.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The person; nobody when Ostiary itself acts.
    pub user: Option<UserId>,
    /// Their name.
    pub name: String,
    /// What they hold at this moment.
    pub standing: Standing,
    /// When their session showed its second factor.
    pub verified_at: Option<Instant>,
    /// The request over HTTP, or the run of a command.
    pub trace: String,
}

/// One write use case. Dropped without [`Work::commit`], nothing has happened.
pub struct Work {
    /// The writer's transaction.
    pub tx: Write,
    /// The moment, read once.
    pub now: Instant,
    /// Who acts.
    pub actor: Actor,
    pub(super) app: App,
    /// The end of the audit: its last event's place and hash; 0 and nothing for an empty one.
    pub(super) head: (i64, String),
    /// Sealed rows that were changed since the last event: the next one names them.
    pub(super) touched: Vec<Touched>,
    pub(super) recorded: Recorded,
    pub(super) unsaved: Unsaved,
    /// Whether everything that was due is done.
    pub(super) settled: Settled,
    /// What is known already while a batch is settled.
    pub(super) known: Known,
    pub(super) has_mailed: bool,
}

/// What accompanies the change, and is saved with it at the end: each kind in one statement, in the order in which it came.
#[derive(Default)]
pub(super) struct Unsaved {
    /// What nothing of the change asks for any more.
    pub(super) statements: Statements,
    pub(super) events: Vec<Stored>,
    pub(super) mails: Vec<Posted>,
    pub(super) notices: Vec<NewNotice>,
}

/// What was recorded so far, for whoever listens.
#[derive(Default)]
pub(super) struct Recorded {
    /// Places in the audit.
    pub(super) places: Vec<i64>,
    /// Whoever did it, and whom it was done to.
    pub(super) people: BTreeSet<PrincipalId>,
    /// Whether a request took a step.
    pub(super) requests: bool,
}

impl App {
    /// Begins a write use case of a signed-in person. What was due before this moment is settled first; in a backlog only a part of
    /// it, and then whoever inserts for a principal, or asks what it has, calls [`Work::settle_about`] for it.
    pub async fn begin(&self, caller: &Caller) -> AppResult<Work> {
        Ok(self.begin_asking(caller, &[], |_| Question::nothing()).await?.0)
    }

    /// The same, together with a question of this moment. In a backlog, it is asked when the books about these principals are closed.
    pub(super) async fn begin_asking<T: Send + 'static>(
        &self,
        caller: &Caller,
        about: &[PrincipalId],
        question: impl Fn(Instant) -> Question<T>,
    ) -> AppResult<(Work, T)> {
        let (mut work, present, answer) =
            self.begin_settled(Some(&caller.user), &caller.trace, about, question).await?;
        let present = present.and_then(|sealed| self.open_present(sealed, work.now)).ok_or(AppError::SignedOut)?;
        work.actor = Actor {
            user: Some(caller.user.clone()),
            standing: caller.standing_with(&present.holds),
            name: present.display_name,
            verified_at: caller.verified_at,
            trace: caller.trace.clone(),
        };
        Ok((work, answer))
    }

    /// The same, with the request that has this id, when the books about its principal are closed.
    pub(super) async fn begin_about_request<T: Send + 'static>(
        &self,
        caller: &Caller,
        request: &RequestId,
        question: impl Fn(Instant) -> Question<T>,
    ) -> AppResult<(Work, Option<Sealed<Request>>, T)> {
        let asked = |now| store::requests::with_id(request).and(question(now));
        let (mut work, (mut found, mut answer)) = self.begin_asking(caller, &[], asked).await?;
        if let Some(request) = found.as_ref().filter(|_| work.settled == Settled::Some) {
            let principal = request.unchecked().principal.clone();
            Box::pin(work.settle_about(&[principal])).await?;
            (found, answer) = work.tx.ask(asked(work.now)).await?;
        }
        Ok((work, found, answer))
    }

    /// Begins a write use case in which nobody is signed in, or Ostiary itself acts.
    pub async fn begin_as_itself(&self, trace: &str) -> AppResult<Work> {
        Ok(self.begin_settled(None, trace, &[], |_| Question::nothing()).await?.0)
    }

    /// Takes the writer's place, settles what is due as far as a person's write does and about these principals, looks up whoever
    /// acts, and asks this.
    async fn begin_settled<T: Send + 'static>(
        &self,
        user: Option<&UserId>,
        trace: &str,
        about: &[PrincipalId],
        question: impl Fn(Instant) -> Question<T>,
    ) -> AppResult<(Work, Option<SealedPresent>, T)> {
        let (turn, now) = self.take_turn(Length::Short).await?;
        let remembered = turn.remembered();
        let asked = store::opening::opening(user, now, &remembered).and(question(now));
        let (tx, (opening, answer)) = self.begin_looking(turn, &remembered, asked, |(opening, _)| &opening.end).await?;
        let mut work = self.work(tx, now, trace);
        work.head = opening.end.head.unwrap_or_default();
        if opening.due.is_none_or(|due| due > now) {
            return Ok((work, opening.present, answer));
        }
        // Seldom and long: it has a place of its own, so that every change that awaits this stays small.
        Box::pin(async {
            work.settle_little().await?;
            work.settle_about(about).await
        })
        .await?;
        // What was settled may have been theirs, or what was asked.
        let present = match user {
            Some(user) => store::principals::find_present(&mut work.tx, user, now).await?,
            None => None,
        };
        let answer = work.tx.ask(question(now)).await?;
        Ok((work, present, answer))
    }

    /// Takes the writer's place for something long, and settles nothing.
    pub(super) async fn begin_unsettled(&self, trace: &str) -> AppResult<Work> {
        let (turn, now) = self.take_turn(Length::Long).await?;
        let remembered = turn.remembered();
        let asked = store::end::end(&remembered);
        let (tx, end) = self.begin_looking(turn, &remembered, asked, |end| end).await?;
        let mut work = self.work(tx, now, trace);
        work.head = end.head.unwrap_or_default();
        Ok(work)
    }

    /// Waits for the writer's place. The moment is that at which the turn has come, not one before the wait for it: what is written
    /// later is never dated earlier.
    pub(super) async fn take_turn(&self, length: Length) -> AppResult<(Turn, Instant)> {
        self.may_write()?;
        let asked = std::time::Instant::now();
        let turn = self.store.turn_to_write(length).await?;
        self.pulse().waited(asked.elapsed());
        Ok((turn, self.now()))
    }

    fn work(&self, tx: Write, now: Instant, trace: &str) -> Work {
        Work {
            tx,
            now,
            actor: Actor::nobody(trace.to_owned()),
            app: self.clone(),
            head: <(i64, String)>::default(),
            touched: Vec::new(),
            recorded: Recorded::default(),
            unsaved: Unsaved::default(),
            settled: Settled::All,
            known: Known::default(),
            has_mailed: false,
        }
    }

    /// Tells the worker that there is something to do.
    pub(super) fn wake_worker(&self) {
        self.0.deadline_moved.notify_one();
    }

    /// Waits until something due may lie earlier than before.
    pub async fn deadline_moved(&self) {
        self.0.deadline_moved.notified().await;
    }

    /// Waits until a mail was queued.
    pub async fn mail_queued(&self) {
        self.0.mail_queued.notified().await;
    }
}

impl Actor {
    fn nobody(trace: String) -> Self {
        Self { user: None, name: ITSELF.to_owned(), standing: Standing::default(), verified_at: None, trace }
    }
}

impl Work {
    /// The person who acts. Only in use cases that began with [`App::begin`].
    pub fn user(&self) -> AppResult<UserId> {
        self.actor.user.clone().ok_or(AppError::SignedOut)
    }

    /// A new id of this moment.
    pub fn new_id(&self) -> String {
        self.app.new_id(self.now)
    }

    /// The app this work belongs to.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The gate of an administrative use case; a refused attempt is recorded.
    pub async fn permit(self, permission: Permission, attempt: &Entry) -> AppResult<Self> {
        match self.actor.standing.permit(permission) {
            Ok(()) => Ok(self),
            Err(refusal) => Err(self.refuse(attempt.clone(), vec![refusal]).await),
        }
    }

    /// Records that the attempt was refused, and nothing else. Call it before anything was saved. Whoever is refused again and again hears
    /// that instead, and nothing more is recorded of it for a while: nobody fills the audit at will.
    pub async fn refuse(mut self, attempt: Entry, refusals: Vec<Refusal>) -> AppError {
        if let Some(user) = &self.actor.user
            && let Err(too_often) = self.app.spend(user, Costly::RefusedAttempt)
        {
            return too_often.into();
        }
        let why = refusals.iter().map(Refusal::to_string).collect::<Vec<_>>().join(" ");
        let recorded = match self.record(attempt.refused(&why)).await {
            Ok(()) => self.commit().await,
            Err(error) => Err(error),
        };
        match recorded {
            Ok(()) => AppError::Refused(refusals),
            Err(error) => error,
        }
    }

    /// Leaves a statement for the end of the change, because nothing of it asks for that any more.
    pub(super) fn save(&mut self, statement: Statement) {
        self.unsaved.statements.add(statement);
    }

    /// Puts a notice behind the bell of each of these people.
    pub fn notify(
        &mut self,
        people: impl IntoIterator<Item = UserId>,
        kind: NoticeKind,
        role: &Role,
        who: &str,
        request: Option<&RequestId>,
    ) -> AppResult<()> {
        for user in people {
            let id = NotificationId::parse(&self.new_id()).map_err(|_| AppError::Broken("the source of ids"))?;
            let (at, role_name, role, request) =
                (self.now, role.display_name.clone(), role.id.clone(), request.cloned());
            self.unsaved.notices.push(NewNotice { id, user, at, kind, role, role_name, who: who.to_owned(), request });
        }
        Ok(())
    }

    /// The seal of a row that is about to be saved like this. The next event that is recorded names the row: there has to be one.
    pub(super) fn seal(&mut self, row: &impl Sealable) -> Seal {
        self.touched.push(Touched { object: row.object(), is_sealed: row.is_in_force() });
        self.app.keys.seals.make(row, Place::after(self.head.0, &self.head.1))
    }

    /// Notes that the seal of this row goes: it is over. The next event that is recorded says so.
    pub(super) fn unseal(&mut self, object: Object) {
        self.touched.push(Touched { object, is_sealed: false });
    }

    /// Makes it true, then tells whoever listens.
    pub async fn commit(mut self) -> AppResult<()> {
        self.write_mails()?;
        if !self.touched.is_empty() {
            return Err(AppError::Broken("the record of a sealed row"));
        }
        let Self { mut tx, app, head, recorded, unsaved, has_mailed, .. } = self;
        let Unsaved { mut statements, events, notices, .. } = unsaved;
        store::audit::add_all(&mut statements, &events);
        store::notices::add_all(&mut statements, &notices);
        // Undone when it fails, with all that belongs to it: also when fewer events were written than there are.
        app.note_written(statements.run(&mut tx).await)?;
        let bells: BTreeSet<UserId> = notices.into_iter().map(|notice| notice.user).collect();
        app.live().wrote(recorded.places);
        app.note_written(if events.is_empty() { tx.commit().await } else { tx.commit_at(head.clone()).await })?;
        if has_mailed {
            app.0.mail_queued.notify_one();
        }
        // Everything that changes something is recorded; a warning changes nothing.
        let (seq, hash) = head;
        if events.is_empty() {
            if !bells.is_empty() {
                app.tell(Change::of_bells(bells));
            }
            return Ok(());
        }
        app.anchor.announce(seq);
        app.tell(Change {
            bells: bells.into_iter().collect(),
            people: recorded.people.into_iter().collect(),
            requests: recorded.requests,
        });
        app.wake_worker();
        // Those who shared the commit hear of it together. Each says how far it came, and the furthest writes for all.
        tokio::task::yield_now().await;
        app.anchor_commit(seq, &hash);
        Ok(())
    }
}
