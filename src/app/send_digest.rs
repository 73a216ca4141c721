//! The weekly digest: gathered and queued to the administrators once a week, on Monday morning in the organisation's zone.

use crate::app::time_zone::Zone;
use crate::app::{App, AppResult};
use crate::domain::mail::{Audience, Digest, Mail};
use crate::domain::time::Span;
use crate::store;

/// How long a request waits before the digest names it.
const STALE: Span = Span::days(1);
/// How many roles, and how many waiting requests, it names.
const NAMED: i64 = 5;

/// Queues the digest of the last week, unless it was queued before or the portal is younger than the week's end. After a long
/// downtime only the last week is told.
pub async fn send_digest(app: &App) -> AppResult<()> {
    let now = app.now();
    let (organization, until) = {
        let mut db = app.store.read().await?;
        let Some(organization) = store::organization::find(&mut db).await? else { return Ok(()) };
        let until = Zone::named(organization.time_zone.as_str()).last_monday_morning(now);
        if organization.set_up_at >= until || store::digests::is_told(&mut db, until).await? {
            return Ok(());
        }
        (organization, until)
    };
    let mut work = app.begin_as_itself(&app.new_id(now)).await?;
    if !store::digests::note_told(&mut work.tx, until, work.now).await? {
        return Ok(());
    }
    let from = until.minus(Span::days(7));
    let (activated, permanent, assignments) = store::digests::count_week(&mut work.tx, from, until).await?;
    let (stale, count) = store::digests::list_stale(&mut work.tx, work.now.minus(STALE), NAMED).await?;
    let named = u64::try_from(stale.len()).unwrap_or(u64::MAX);
    let digest = Digest {
        organization: organization.name.as_str().to_owned(),
        from,
        until,
        activated,
        permanent,
        assignments,
        top: store::digests::list_fullest(&mut work.tx, work.now, NAMED).await?,
        stale,
        more_stale: count.saturating_sub(named),
    };
    let admins = work.administrators().await?;
    work.mail(&admins, Audience::Admin, &Mail::Digest(digest));
    work.commit().await
}
