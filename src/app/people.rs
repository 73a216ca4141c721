//! Looking at people and groups: lists, one of them, and the search of the pickers.

use super::{App, AppResult, Caller, normal_form::search_key};
use crate::{
    domain::{
        access::Permission,
        group::Group,
        ids::{GroupId, PrincipalId, UserId},
        refusal::Refusal,
        user::User,
    },
    store::{self, Read},
};

pub use crate::store::{
    directory::{Found, Kinds},
    groups::{GroupLine, Member},
};

/// A page of a list, and where the next one begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The lines.
    pub lines: Vec<T>,
    /// Where to go on: name key and id of the last line; `None` at the end.
    pub next: Option<(String, String)>,
}

/// Where a page begins: behind the line with this name key and id.
pub type After<'a> = Option<(&'a str, &'a str)>;

/// One more line is read than shown, to know whether there are more.
pub(super) fn page<T>(mut lines: Vec<T>, size: usize, key: impl Fn(&T) -> (String, String)) -> Page<T> {
    let has_more = lines.len() > size;
    lines.truncate(size);
    let next = if has_more { lines.last().map(key) } else { None };
    Page { lines, next }
}

pub(super) fn one_more(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX).saturating_add(1)
}

async fn reader(app: &App, caller: &Caller) -> AppResult<Read> {
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, app.now()).await?;
    standing.permit(Permission::ReadPeople)?;
    Ok(db)
}

/// People by name; those with the text in name, sign-in name or mail address, and only the enabled or disabled ones if asked.
pub async fn list_users(
    app: &App,
    caller: &Caller,
    typed: &str,
    enabled: Option<bool>,
    after: After<'_>,
    size: usize,
) -> AppResult<Page<User>> {
    let mut db = reader(app, caller).await?;
    let users = store::users::list(&mut db, &search_key(typed), enabled, after, one_more(size)).await?;
    Ok(page(users, size, |user| (user.display_name.key(), user.id.to_string())))
}

/// A person, with the groups they are in.
pub async fn show_user(app: &App, caller: &Caller, id: &UserId) -> AppResult<(User, Vec<Group>)> {
    let mut db = reader(app, caller).await?;
    let user = store::users::find(&mut db, id).await?.ok_or(Refusal::NotFound("user"))?;
    let groups = store::groups::list_of_user(&mut db, id).await?;
    Ok((user, groups))
}

/// The person who asks, and how many recovery codes they have left.
pub async fn show_myself(app: &App, caller: &Caller) -> AppResult<(User, i64)> {
    let mut db = app.store.read().await?;
    caller.standing(app, &mut db, app.now()).await?;
    let user = store::users::get(&mut db, &caller.user).await?;
    let codes = store::recovery_codes::count_unused(&mut db, &caller.user).await?;
    Ok((user, codes))
}

/// Groups by name.
pub async fn list_groups(
    app: &App,
    caller: &Caller,
    typed: &str,
    after: After<'_>,
    size: usize,
) -> AppResult<Page<GroupLine>> {
    let mut db = reader(app, caller).await?;
    let groups = store::groups::list(&mut db, &search_key(typed), after, one_more(size)).await?;
    Ok(page(groups, size, |line| (line.group.display_name.key(), line.group.id.to_string())))
}

/// A group and its members by name.
pub async fn show_group(
    app: &App,
    caller: &Caller,
    id: &GroupId,
    after: After<'_>,
    size: usize,
) -> AppResult<(Group, Page<Member>)> {
    let mut db = reader(app, caller).await?;
    let group = store::groups::find(&mut db, id).await?.ok_or(Refusal::NotFound("group"))?;
    let members = store::groups::list_members(&mut db, id, after, one_more(size)).await?;
    Ok((group, page(members, size, |member| (member.display_name.key(), member.id.to_string()))))
}

/// The first people and groups with this text in their names, for a picker. Nothing typed finds the first by name.
pub async fn search_people(
    app: &App,
    caller: &Caller,
    typed: &str,
    kinds: Kinds,
    size: usize,
) -> AppResult<Vec<Found>> {
    let mut db = reader(app, caller).await?;
    let limit = i64::try_from(size).unwrap_or(i64::MAX);
    Ok(store::directory::search(&mut db, &search_key(typed), kinds, limit).await?)
}

/// These people and groups as a picker shows them, in the same order. Whoever is not there is left out.
pub async fn name_principals(app: &App, caller: &Caller, ids: &[PrincipalId]) -> AppResult<Vec<Found>> {
    let mut db = reader(app, caller).await?;
    let mut named = Vec::with_capacity(ids.len());
    for id in ids {
        named.extend(store::directory::find(&mut db, id).await?);
    }
    Ok(named)
}
