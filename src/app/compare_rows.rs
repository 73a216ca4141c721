//! The rows that are in force, held against the audit trail. A seal tells that Ostiary wrote a row once; the trail tells whether that is
//! the last it wrote: an old valid row that somebody put back contradicts the trail, and gives nothing from then on.
//!
//! Each event names the sealed rows that it made or ended (`Event::objects`), and each row names the event that made it. The trail is
//! followed first and the rows are read afterwards, so a row that Ostiary changes meanwhile is only ever newer than what was followed.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant as Stopwatch};

use crate::app::integrity::{RowFault, StopReason, record_distrusted};
use crate::app::pace::Pace;
use crate::app::verify_audit::{Step, Verdict, step};
use crate::app::{App, AppError, AppResult};
use crate::domain::ids::{RoleId, uuid_text};
use crate::domain::seal::{Object, ObjectKind, Place, Touched};
use crate::store::{self, Db, StoreError, audit::Stored, checks::Ailment, sealed_rows::InForce};

/// Events and rows read at once.
const BATCH: i64 = 1_000;
/// How often rows that were found not to be trusted are put on record.
const RECORDED_EVERY: Duration = Duration::from_secs(5);
/// A look that takes longer is given up, and counts as failed.
const LONGEST_LOOK: Duration = Duration::from_mins(10);
/// Every so many times, the rows that changed are looked at: each minute.
const CHANGED_EVERY: u32 = 12;
/// Every so many looks, all rows are looked at: each hour.
const ALL_EVERY: u32 = 60;

/// A row that contradicts the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// Which row.
    pub object: Object,
    /// How.
    pub fault: RowFault,
    /// The last event of the trail that made the row; nothing when the trail knows no such row, or that it is over.
    pub event: Option<i64>,
}

/// An object in little memory: there can be hundreds of thousands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Compact {
    kind: ObjectKind,
    ids: [u128; 2],
}

impl Compact {
    /// Nothing for an id that is none of Ostiary's.
    fn of(object: &Object) -> Option<Self> {
        let number = |text: &str| u128::from_str_radix(&text.replace('-', ""), 16).ok();
        let ids = match object.id.split_once(':') {
            Some((first, second)) => [number(first)?, number(second)?],
            None => [number(&object.id)?, 0],
        };
        let compact = Self { kind: object.kind, ids };
        (compact.object() == *object).then_some(compact)
    }

    fn object(self) -> Object {
        let [first, second] = self.ids;
        let id = match self.kind {
            ObjectKind::Membership => format!("{}:{}", uuid_text(first), uuid_text(second)),
            ObjectKind::Assignment
            | ObjectKind::Eligibility
            | ObjectKind::Request
            | ObjectKind::RoleSettings
            | ObjectKind::Group
            | ObjectKind::Account
            | ObjectKind::Credentials
            | ObjectKind::RecoveryCode => uuid_text(first),
        };
        Object::new(self.kind, id)
    }
}

/// What the trail says of every sealed row, as far as it was followed.
#[derive(Default)]
struct Trail {
    /// The last event that was followed: its place and its hash.
    last: (i64, String),
    /// The rows that are in force, each with the event that made it last.
    made: HashMap<Compact, Made>,
    /// Rows that events made or ended since all rows were looked at.
    changed: HashSet<Compact>,
}

/// What the trail says of a row.
enum Weighed {
    /// The row is the one that the trail knows.
    Fits,
    /// The event that it names is behind what was followed.
    IsNewer(i64),
    /// The trail knows it differently.
    Contradicts(Contradiction),
}

#[derive(Clone, Copy)]
struct Made {
    /// The event that made it last.
    by: Place,
    /// The round in which the row was seen.
    seen: u32,
}

impl Trail {
    /// Follows the trail to its end. The first event that does not hold ends it.
    async fn follow(&mut self, app: &App, db: &mut Db, pace: Pace) -> AppResult<Result<(), Verdict>> {
        loop {
            let (begun, from) = (Stopwatch::now(), self.last.clone());
            let mut place = Place::after(from.0, &from.1);
            let note = |stored: &Stored| {
                stored.event.objects.iter().for_each(|touched| self.touch(touched, place));
                place = Place::after(stored.event.seq, &stored.hash);
                Ok(())
            };
            match step(db, app, from, note).await? {
                Err(broken) => return Ok(Err(broken)),
                Ok(Step::End(last)) => {
                    self.last = last;
                    return Ok(Ok(()));
                }
                Ok(Step::On(reached)) => self.last = reached,
            }
            pace.rest(begun).await;
        }
    }

    fn touch(&mut self, touched: &Touched, by: Place) {
        let Some(compact) = Compact::of(&touched.object) else { return };
        self.changed.insert(compact);
        if touched.is_sealed {
            self.made.insert(compact, Made { by, seen: 0 });
        } else {
            self.made.remove(&compact);
        }
    }

    /// The roles whose settings are in force.
    fn roles_with_settings(&self) -> HashSet<RoleId> {
        let settings = self.made.keys().filter(|compact| compact.kind == ObjectKind::RoleSettings);
        settings.filter_map(|compact| RoleId::parse(&compact.object().id).ok()).collect()
    }

    /// What the trail says of this row, as far as it was followed.
    fn weigh(&self, row: &InForce) -> Weighed {
        let known = Compact::of(&row.object).and_then(|compact| self.made.get(&compact)).map(|made| made.by);
        let contradicts = |fault| {
            let event = known.map(|place| place.seq);
            Weighed::Contradicts(Contradiction { object: row.object.clone(), fault, event })
        };
        match row.place {
            _ if !row.is_readable => contradicts(RowFault::WrongSeal),
            None => contradicts(RowFault::Unsealed),
            Some(place) if place.seq > self.last.0 => Weighed::IsNewer(place.seq),
            Some(place) if Some(place) == known => Weighed::Fits,
            Some(_) => contradicts(RowFault::Contradicted),
        }
    }

    /// Rows that named an event behind the end of the trail when they were read. Now that the trail was followed further, an event that
    /// still is not there was never written: the row is from a trail that was given up, before a restore for example.
    fn never_written(&self, newer: Vec<(Object, i64)>) -> impl Iterator<Item = Contradiction> {
        let last = self.last.0;
        let beyond = newer.into_iter().filter(move |(_, event)| *event > last);
        beyond.map(|(object, _)| Contradiction { object, fault: RowFault::Contradicted, event: None })
    }

    /// Looks at all rows in force, and for all rows that should be. Call it after [`Trail::follow`].
    async fn compare_all(
        &mut self,
        app: &App,
        db: &mut Db,
        round: u32,
        pace: Pace,
    ) -> AppResult<Result<Vec<Contradiction>, Verdict>> {
        let (mut found, mut newer, followed) = (Vec::new(), Vec::new(), self.last.0);
        for kind in ObjectKind::ALL {
            let mut after = String::new();
            loop {
                let begun = Stopwatch::now();
                let rows = store::sealed_rows::list(db, *kind, &after, BATCH).await?;
                let is_end = i64::try_from(rows.len()).unwrap_or(i64::MAX) < BATCH;
                let before = after.clone();
                for row in rows {
                    if row.object.id != "?" {
                        row.object.id.clone_into(&mut after);
                    }
                    if let Some(made) = Compact::of(&row.object).and_then(|compact| self.made.get_mut(&compact)) {
                        made.seen = round;
                    }
                    match self.weigh(&row) {
                        Weighed::Contradicts(contradiction) => found.push(contradiction),
                        Weighed::IsNewer(event) => newer.push((row.object, event)),
                        Weighed::Fits => {
                            let fault = fault_of_seal(app, db, &row.object).await?;
                            let InForce { object, place, .. } = row;
                            let event = place.map(|place| place.seq);
                            found.extend(fault.map(|fault| Contradiction { object, fault, event }));
                        }
                    }
                }
                // Ids that cannot be read come last; there is no way to ask for those behind them.
                let is_end = is_end || after == before;
                if is_end {
                    break;
                }
                pace.rest(begun).await;
            }
        }
        // What ended before its row was looked for is on record by now.
        if let Err(verdict) = self.follow(app, db, pace).await? {
            return Ok(Err(verdict));
        }
        found.extend(self.never_written(newer));
        let gone = self.made.iter().filter(|(_, made)| made.by.seq <= followed && made.seen != round);
        found.extend(gone.map(|(compact, made)| Contradiction {
            object: compact.object(),
            fault: RowFault::Gone,
            event: Some(made.by.seq),
        }));
        found.sort_by(|one, other| one.object.cmp(&other.object));
        self.changed.clear();
        Ok(Ok(found))
    }

    /// Looks at the rows that changed since all were looked at. Call it after [`Trail::follow`].
    async fn compare_changed(&mut self, app: &App, db: &mut Db) -> AppResult<Result<Vec<Contradiction>, Verdict>> {
        let (mut found, mut newer, mut missing) = (Vec::new(), Vec::new(), Vec::new());
        for compact in &self.changed {
            let Some(row) = store::sealed_rows::find(db, &compact.object()).await? else {
                missing.extend(self.made.get(compact).map(|made| (*compact, made.by)));
                continue;
            };
            match self.weigh(&row) {
                Weighed::Contradicts(contradiction) => found.push(contradiction),
                Weighed::IsNewer(event) => newer.push((row.object, event)),
                Weighed::Fits => {}
            }
        }
        if let Err(verdict) = self.follow(app, db, Pace::InBackground).await? {
            return Ok(Err(verdict));
        }
        found.extend(self.never_written(newer));
        // What ended before its row was looked for is on record by now.
        let gone =
            missing.into_iter().filter(|(compact, by)| self.made.get(compact).is_some_and(|made| made.by == *by));
        let gone = gone.map(|(compact, by)| (compact.object(), by.seq));
        found.extend(gone.map(|(object, event)| Contradiction { object, fault: RowFault::Gone, event: Some(event) }));
        Ok(Ok(found))
    }
}

/// What is wrong with the seal of this row, if anything is; a row that is over by now has none to look at.
async fn fault_of_seal(app: &App, db: &mut Db, object: &Object) -> AppResult<Option<RowFault>> {
    Ok(match store::sealed_rows::load(db, object).await {
        Ok(None) => None,
        Ok(Some(row)) => match row.seal() {
            None => Some(RowFault::Unsealed),
            Some(seal) if app.keys.seals.holds(row.unchecked(), seal) => None,
            Some(_) => Some(RowFault::WrongSeal),
        },
        // No rule allows what stands in it, so Ostiary did not write it.
        Err(StoreError::Corrupt(_)) => Some(RowFault::WrongSeal),
        Err(error) => return Err(error.into()),
    })
}

/// Holds all rows against the trail at once: what contradicts it, by the names of the rows; or the first event of the trail that does not hold.
pub async fn compare_rows(app: &App) -> AppResult<Result<Vec<Contradiction>, Verdict>> {
    match compare(app).await {
        Err(AppError::Store(error)) => match error.ailment() {
            Some(Ailment::Damaged(said)) => Ok(Err(Verdict::Damaged(said))),
            Some(Ailment::Unwritable) | None => Err(error.into()),
        },
        compared => compared,
    }
}

async fn compare(app: &App) -> AppResult<Result<Vec<Contradiction>, Verdict>> {
    let mut db = app.store.read().await?;
    let mut trail = Trail::default();
    if let Err(verdict) = trail.follow(app, &mut db, Pace::AtOnce).await? {
        return Ok(Err(verdict));
    }
    trail.compare_all(app, &mut db, 1, Pace::AtOnce).await
}

/// What the background knows from one look to the next.
#[derive(Default)]
pub struct Watch {
    trail: Trail,
    looks: u32,
}

impl Watch {
    /// One look: the first and then every sixtieth at all rows, the others at those that changed since. What contradicts the trail gives
    /// nothing from then on; what does not any more gives again what it says.
    pub async fn look(&mut self, app: &App) -> AppResult<()> {
        let is_whole = self.looks.is_multiple_of(ALL_EVERY);
        let mut db = app.store.read().await?;
        let compared = match self.trail.follow(app, &mut db, Pace::InBackground).await? {
            Err(verdict) => Err(verdict),
            Ok(()) if is_whole => {
                self.trail.compare_all(app, &mut db, self.looks.saturating_add(1), Pace::InBackground).await?
            }
            Ok(()) => self.trail.compare_changed(app, &mut db).await?,
        };
        app.integrity().settings_were_saved(self.trail.roles_with_settings());
        let (now, reached) = (app.now(), self.trail.last.0);
        match compared {
            Err(verdict) => app.integrity().stop(StopReason::Audit(verdict), now),
            Ok(found) => {
                if is_whole {
                    app.integrity().trust_all_but(&found.iter().map(|found| &found.object).collect());
                }
                for Contradiction { object, fault, .. } in found {
                    app.integrity().distrust(object, fault, reached, now);
                }
            }
        }
        self.looks = self.looks.wrapping_add(1);
        Ok(())
    }
}

/// Looks every minute, and puts on record what was found, until the task is ended.
pub async fn run(app: App) {
    let mut watch = Watch::default();
    let mut times: u32 = 0;
    loop {
        if times.is_multiple_of(CHANGED_EVERY) {
            let looked = tokio::time::timeout(LONGEST_LOOK, watch.look(&app)).await;
            app.integrity().looked(matches!(looked, Ok(Ok(()))));
            match looked {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    app.note_failure(&error);
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(error, "the rows could not be held against the audit trail");
                }
                Err(_) => tracing::error!("to hold the rows against the audit trail takes too long; it was given up"),
            }
        }
        match record_distrusted(&app).await {
            // While writing is stopped, the log has it.
            Ok(()) | Err(AppError::Refused(_)) => {}
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "rows that are not trusted could not be put on record");
            }
        }
        times = times.wrapping_add(1);
        tokio::time::sleep(RECORDED_EVERY).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_comes_back_from_its_compact_form() {
        let id = "0190a3c2-7b4e-7000-8000-0123456789ab";
        for kind in ObjectKind::ALL {
            let id = if *kind == ObjectKind::Membership { format!("{id}:{id}") } else { id.to_owned() };
            let object = Object::new(*kind, id);
            assert_eq!(Compact::of(&object).unwrap().object(), object);
        }
        for id in ["", "0190a3c2", "0190A3C2-7b4e-7000-8000-0123456789ab", "0190a3c27b4e70008000-0123456789ab"] {
            assert_eq!(Compact::of(&Object::new(ObjectKind::Group, id)), None, "{id}");
        }
    }
}
