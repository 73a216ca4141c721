//! Who listens, and what they hear: topics that concern them, for as long as their session holds. Other servers on the same
//! database are heard of by watching the audit.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{broadcast, watch};
use tokio::time::{Instant as Stopwatch, Interval, MissedTickBehavior};

use crate::app::{App, AppError, AppResult, Caller};
use crate::domain::access::Permission;
use crate::domain::audit::{Activity, Event, Family};
use crate::domain::ids::{NotificationId, PrincipalId, SessionId, UserId};
use crate::domain::live::Topic;
use crate::domain::refusal::Refusal;
use crate::domain::session::{SessionState, state};
use crate::domain::time::Span;
use crate::store::{self, Db};

/// How many streams one person can have open.
const STREAMS_OF_ONE: usize = 12;
/// How long a stream is silent at most; its session is looked at each time.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often other servers' changes are looked for.
const WATCH_EVERY: Duration = Duration::from_secs(1);
/// How often the whole schema is compared.
const COMPARE_EVERY: Duration = Duration::from_mins(1);
/// How long to wait after a failure.
const AFTER_FAILURE: Duration = Duration::from_secs(5);
/// Events of other servers read at once.
const BATCH: i64 = 500;
/// Own events remembered at most, where nobody watches.
const OWN_AT_MOST: usize = 100_000;

/// Something was committed: whom it concerns.
#[derive(Clone, Debug)]
pub struct Change {
    /// People whose bell changed.
    pub bells: Arc<[UserId]>,
    /// Whoever did it, and whom it was done to.
    pub people: Arc<[PrincipalId]>,
    /// Whether a request took a step.
    pub requests: bool,
}

impl Change {
    /// Nothing happened but that these people read something.
    pub fn of_bells(bells: impl IntoIterator<Item = UserId>) -> Self {
        Self { bells: bells.into_iter().collect(), people: Arc::new([]), requests: false }
    }

    /// What this means to one person; nothing when it does not concern them.
    fn topics(&self, user: &UserId, oversees: bool) -> BTreeSet<Topic> {
        let rings = self.bells.contains(user);
        let is_theirs = self.people.iter().any(|person| person.is_user(user));
        let mut topics = BTreeSet::new();
        topics.extend(rings.then_some(Topic::Bell));
        topics.extend((rings || is_theirs).then_some(Topic::Mine));
        topics.extend((self.requests && oversees).then_some(Topic::Requests));
        topics
    }
}

/// True when an event of this kind is a step of a request.
pub(super) const fn is_step(activity: Activity) -> bool {
    matches!(activity.family(), Family::Activations)
        || matches!(activity, Activity::ExtensionRequested | Activity::RenewalRequested)
}

/// The part of the app that streams stand on.
pub(super) struct Live {
    changes: broadcast::Sender<Change>,
    closing: watch::Sender<bool>,
    streams: Mutex<HashMap<UserId, usize>>,
    // Places of the audit that this process wrote and that the watcher need not tell again.
    own: Mutex<BTreeSet<i64>>,
}

impl Live {
    pub(super) fn new() -> Self {
        Self {
            changes: broadcast::channel(256).0,
            closing: watch::channel(false).0,
            streams: Mutex::default(),
            own: Mutex::default(),
        }
    }

    /// Remembers that this process writes these places. Before they are committed, so that the watcher cannot be first.
    pub(super) fn wrote(&self, places: impl IntoIterator<Item = i64>) {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        own.extend(places);
        while own.len() > OWN_AT_MOST {
            own.pop_first();
        }
    }

    /// True when this process itself wrote everything between these places; forgets it then. Spares reading it all again, of which
    /// there is much when much is settled.
    fn are_all_own(&self, seen: i64, last: i64) -> bool {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        let count = own.range(seen.saturating_add(1)..=last).count();
        let all = i64::try_from(count).is_ok_and(|count| count == last.saturating_sub(seen));
        if all {
            *own = own.split_off(&last.saturating_add(1));
        }
        all
    }

    /// Those of these places that other servers wrote; forgets everything up to the last one.
    fn foreign(&self, seen: i64, events: Vec<Event>) -> Vec<Event> {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        let foreign: Vec<Event> = events.into_iter().filter(|event| !own.contains(&event.seq)).collect();
        *own = own.split_off(&seen.saturating_add(1));
        foreign
    }
}

/// What a stream hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// These changed.
    Topics(BTreeSet<Topic>),
    /// Nothing, for a while.
    Quiet,
    /// The session is over: there is nothing more to hear, and no use in asking again.
    Over(Over),
}

/// How a session came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// Somebody ended it: its person signed out, or an administrator shut them out.
    Ended,
    /// Its time is up.
    TimedOut,
}

/// One open stream of one session.
pub struct Listening {
    app: App,
    caller: Caller,
    session: SessionId,
    oversees: bool,
    is_over: bool,
    changes: broadcast::Receiver<Change>,
    closing: watch::Receiver<bool>,
    heartbeat: Interval,
}

impl App {
    /// Hears of every commit in this process, and of those of other servers where somebody watches.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.live().changes.subscribe()
    }

    /// Tells whoever listens in this process.
    pub(super) fn tell(&self, change: Change) {
        // Nobody listening is no failure.
        let _ = self.live().changes.send(change);
    }

    /// Ends every stream: the server stops.
    pub fn close_streams(&self) {
        self.live().closing.send_replace(true);
    }

    /// Opens a stream for this session; whether it holds is looked at before the first word is said. Refused when the person has
    /// too many.
    pub fn listen(&self, caller: &Caller, session: &SessionId) -> AppResult<Listening> {
        let changes = self.changes();
        {
            let mut streams = self.live().streams.lock().unwrap_or_else(PoisonError::into_inner);
            let count = streams.entry(caller.user.clone()).or_default();
            if *count >= STREAMS_OF_ONE {
                return Err(Refusal::Throttled { wait: Span::minutes(1) }.into());
            }
            *count += 1;
        }
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Listening {
            app: self.clone(),
            caller: caller.clone(),
            session: session.clone(),
            oversees: false,
            is_over: false,
            changes,
            closing: self.live().closing.subscribe(),
            heartbeat,
        })
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let mut streams = self.app.live().streams.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = streams.get_mut(&self.caller.user) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                streams.remove(&self.caller.user);
            }
        }
    }
}

impl Listening {
    /// Waits for what comes next. `None` when the stream ends and its reader may come again.
    pub async fn next(&mut self) -> Option<Heard> {
        if self.is_over || *self.closing.borrow() {
            return None;
        }
        let heard = loop {
            tokio::select! {
                _ = self.closing.changed() => return None,
                _ = self.heartbeat.tick() => break Heard::Quiet,
                change = self.changes.recv() => {
                    let topics = match change {
                        Ok(change) => self.with_all_that_waits(&change),
                        // Too much happened at once: anything may have changed.
                        Err(broadcast::error::RecvError::Lagged(_)) => Topic::ALL.iter().copied().collect(),
                        Err(broadcast::error::RecvError::Closed) => return None,
                    };
                    if !topics.is_empty() {
                        break Heard::Topics(topics);
                    }
                }
            }
        };
        self.if_welcome(heard).await
    }

    /// What a change and all that came with it mean to this person.
    fn with_all_that_waits(&mut self, first: &Change) -> BTreeSet<Topic> {
        let mut topics = first.topics(&self.caller.user, self.oversees);
        while let Ok(change) = self.changes.try_recv() {
            topics.extend(change.topics(&self.caller.user, self.oversees));
        }
        topics
    }

    /// Says it only while the session holds and the person is not shut out.
    async fn if_welcome(&mut self, heard: Heard) -> Option<Heard> {
        let asked = async {
            let mut db = self.app.store.read().await?;
            welcome(&self.app, &mut db, &self.caller, &self.session).await
        };
        match asked.await {
            Ok(Ok(oversees)) => {
                self.oversees = oversees;
                match heard {
                    // What an administrator could hear a moment ago is not for whoever is none any more.
                    Heard::Topics(mut topics) if !oversees => {
                        topics.remove(&Topic::Requests);
                        Some(if topics.is_empty() { Heard::Quiet } else { Heard::Topics(topics) })
                    }
                    heard @ (Heard::Topics(_) | Heard::Quiet | Heard::Over(_)) => Some(heard),
                }
            }
            Ok(Err(over)) => {
                self.is_over = true;
                Some(Heard::Over(over))
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a stream could not be checked");
                None
            }
        }
    }
}

/// Whether this session still holds and its person is there; if so, whether they manage everybody's requests. Listening does not
/// count as being seen.
async fn welcome(app: &App, db: &mut Db, caller: &Caller, session: &SessionId) -> AppResult<Result<bool, Over>> {
    let now = app.now();
    if store::principals::enabled_user_name(db, &caller.user).await?.is_none() {
        return Ok(Err(Over::Ended));
    }
    for stored in store::sessions::list_of_user(db, &caller.user).await? {
        if super::sessions::who(app, &stored)?.is_some_and(|who| who.session == *session) {
            return match state(stored.created_at, stored.last_seen_at, app.session_limits, now) {
                SessionState::Live { .. } => {
                    let standing = match caller.standing(app, db, now).await {
                        Ok((_, standing)) => standing,
                        Err(AppError::SignedOut) => return Ok(Err(Over::Ended)),
                        Err(error) => return Err(error),
                    };
                    Ok(Ok(standing.permit(Permission::ManageRequests).is_ok()))
                }
                SessionState::Idle | SessionState::TooOld => Ok(Err(Over::TimedOut)),
            };
        }
    }
    Ok(Err(Over::Ended))
}

/// How far somebody has looked.
struct Seen {
    /// In the audit.
    seq: i64,
    /// Among the notices: warnings come without an event.
    notice: Option<NotificationId>,
}

/// Watches the audit and the notices for what other servers wrote, and whether the audit still is the one that was seen; keeps the
/// anchor up to date. Runs until the task is ended.
pub async fn watch(app: App) {
    let (mut seen, mut compared) = (None, Stopwatch::now());
    loop {
        if compared.elapsed() >= COMPARE_EVERY {
            compared = Stopwatch::now();
            if let Err(error) = app.check_schema().await {
                tracing::error!(error = &error as &dyn std::error::Error, "the schema could not be compared");
                app.note_failure(&error);
            }
        }
        if let Err(error) = app.try_to_write().await {
            tracing::debug!(error = &error as &dyn std::error::Error, "still nothing can be written");
        }
        let pause = match look(&app, seen.as_ref()).await {
            Ok(now) => {
                seen = Some(now);
                WATCH_EVERY
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the audit could not be watched");
                app.note_failure(&error);
                AFTER_FAILURE
            }
        };
        let anchored = app.clone();
        // It waits for the disk.
        if let Err(error) = tokio::task::spawn_blocking(move || anchored.write_anchor()).await {
            tracing::error!(%error, "the anchor could not be written");
        }
        tokio::time::sleep(pause).await;
    }
}

/// Tells of what other servers wrote after `seen`; answers how far it has looked.
async fn look(app: &App, seen: Option<&Seen>) -> AppResult<Seen> {
    let last = app.look_at_trail().await?.head.map_or(0, |(seq, _)| seq);
    app.look_at_anchor().await?;
    let mut db = app.store.read().await?;
    // Asked second: what comes in between is found by its event the next time.
    let now = Seen { seq: last, notice: store::notices::newest(&mut db).await? };
    let Some(seen) = seen else { return Ok(now) };
    let mut reached = seen.seq;
    if reached == last {
        // Whoever warns changes nothing. Of this process's own warnings the bell is told twice, which hurts nobody.
        if let Some(before) = seen.notice.as_ref().filter(|before| now.notice.as_ref() > Some(before)) {
            app.tell(Change::of_bells(store::notices::list_bells_after(&mut db, before).await?));
        }
        return Ok(now);
    }
    while reached < last && !app.live().are_all_own(reached, last) {
        let rows = store::audit::list_from(&mut db, reached, BATCH).await?;
        let events: Vec<Event> = rows.into_iter().filter_map(|row| row.ok().map(|stored| stored.event)).collect();
        reached = events.last().map_or(last, |event| event.seq);
        let foreign = app.live().foreign(reached, events);
        if let Some(earliest) = foreign.iter().map(|event| event.at).min() {
            let bells = store::notices::list_bells_since(&mut db, earliest).await?;
            app.tell(of_events(bells, &foreign));
        }
    }
    Ok(now)
}

fn of_events(bells: Vec<UserId>, events: &[Event]) -> Change {
    let actors = events.iter().filter_map(|event| event.actor.as_ref().map(PrincipalId::from));
    let subjects = events.iter().filter_map(|event| event.subject.clone());
    Change {
        bells: bells.into(),
        people: actors.chain(subjects).collect::<BTreeSet<_>>().into_iter().collect(),
        requests: events.iter().any(|event| is_step(event.activity)),
    }
}
