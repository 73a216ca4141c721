//! The bell: what is behind it, opening one notice, and marking them as read. A person sees and marks their own only.

use crate::app::{App, AppError, AppResult, Caller, Change};
use crate::domain::ids::NotificationId;
use crate::domain::refusal::Refusal;
use crate::store;
pub use crate::store::notices::Notice;

/// What the bell shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bell {
    /// How many are new.
    pub unread: u64,
    /// The newest ones, the newest first.
    pub newest: Vec<Notice>,
    /// The zone in which the person reads times.
    pub time_zone: String,
}

/// How many the bell shows at once.
const BEHIND_THE_BELL: i64 = 10;

/// The newest notices of the person who asks.
pub async fn show_bell(app: &App, caller: &Caller) -> AppResult<Bell> {
    let mut db = app.store.read().await?;
    let now = app.now();
    let found = store::principals::find_present(&mut db, &caller.user, now).await?;
    let present = found.and_then(|sealed| app.open_present(sealed, now)).ok_or(AppError::SignedOut)?;
    Ok(Bell {
        unread: store::notices::count_unread(&caller.user).ask(&mut db).await?,
        newest: store::notices::list_newest(&mut db, &caller.user, None, BEHIND_THE_BELL).await?,
        time_zone: present.time_zone,
    })
}

/// A page of the person's notices, the newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticePage {
    /// The notices.
    pub lines: Vec<Notice>,
    /// The notice before which the next page begins; none at the end.
    pub next: Option<NotificationId>,
    /// The newest of all, which "mark all as read" reaches up to.
    pub newest: Option<NotificationId>,
    /// How many are new.
    pub unread: u64,
}

/// The notices of the person who asks, at most `size`, older than `before`.
pub async fn list_notices(
    app: &App,
    caller: &Caller,
    before: Option<&NotificationId>,
    size: usize,
) -> AppResult<NoticePage> {
    let mut db = app.store.read().await?;
    caller.standing(app, &mut db, app.now()).await?;
    let one_more = i64::try_from(size).unwrap_or(i64::MAX).saturating_add(1);
    let mut lines = store::notices::list_newest(&mut db, &caller.user, before, one_more).await?;
    let has_more = lines.len() > size;
    lines.truncate(size);
    let newest = store::notices::list_newest(&mut db, &caller.user, None, 1).await?;
    Ok(NoticePage {
        next: if has_more { lines.last().map(|line| line.id.clone()) } else { None },
        newest: newest.into_iter().next().map(|line| line.id),
        unread: store::notices::count_unread(&caller.user).ask(&mut db).await?,
        lines,
    })
}

/// Marks one notice as read, and tells where it leads.
pub async fn open_notice(app: &App, caller: &Caller, id: &NotificationId) -> AppResult<String> {
    let now = app.now();
    let mut db = app.store.read().await?;
    caller.standing(app, &mut db, now).await?;
    let found = store::notices::find_of(&mut db, &caller.user, id).await?;
    let notice = found.ok_or(Refusal::NotFound("notification"))?;
    drop(db);
    if !notice.is_read {
        let mut tx = app.write().await?;
        store::notices::mark_read(&mut tx, &caller.user, id, now).await?;
        tx.commit().await?;
        app.tell(Change::of_bells([caller.user.clone()]));
    }
    Ok(notice.kind.link(notice.request.as_ref()))
}

/// Marks this notice and all before it as read: what came while the person was looking stays new.
pub async fn read_notices(app: &App, caller: &Caller, up_to: &NotificationId) -> AppResult<u64> {
    let now = app.now();
    let mut tx = app.write().await?;
    caller.standing(app, &mut tx, now).await?;
    let count = store::notices::mark_read_up_to(&mut tx, &caller.user, up_to, now).await?;
    tx.commit().await?;
    app.tell(Change::of_bells([caller.user.clone()]));
    Ok(count)
}
