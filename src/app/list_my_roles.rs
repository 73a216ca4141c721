//! My roles: what I am eligible for, what is active, what is over (reference/entra-pim.md section 1.3). What is mine needs no permission.

use super::{App, AppResult, Caller, normal_form::search_key};
use crate::domain::time::{Instant, Span};
use crate::store::{
    self, Question,
    my_roles::{ActiveRow, EligibleRow, OverRow},
};

/// How long what is over stays on the list (section 5.2).
pub const SHOWN_AFTER_END: Span = Span::days(30);

/// Lines on one page.
pub const PAGE: usize = 50;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lines<T> {
    /// The lines.
    pub lines: Vec<T>,
    /// Whether there are more behind them.
    pub has_more: bool,
}

/// One more line is read than shown, to know whether there are more.
pub(super) fn lines<T>(mut lines: Vec<T>) -> Lines<T> {
    let has_more = lines.len() > PAGE;
    lines.truncate(PAGE);
    Lines { lines, has_more }
}

/// What is asked of the store for one page.
pub(super) fn one_more() -> i64 {
    i64::try_from(PAGE).unwrap_or(i64::MAX).saturating_add(1)
}

/// One page of a list of mine, and how many there are of each kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MyRoles<T> {
    /// The page.
    pub found: Lines<T>,
    /// How many roles I am eligible for, and how many are active or will be.
    pub counts: (u64, u64),
}

async fn mine<T: 'static>(app: &App, caller: &Caller, now: Instant, list: Question<Vec<T>>) -> AppResult<MyRoles<T>> {
    let question = list.and(store::my_roles::count(&caller.user, now));
    let (_, (found, counts)) = caller.ask(app, now, question).await?;
    Ok(MyRoles { found: lines(found), counts })
}

/// What I am eligible for, by the role's name.
pub async fn list_eligible_roles(
    app: &App,
    caller: &Caller,
    typed: &str,
    after: Option<(&str, &str)>,
    now: Instant,
) -> AppResult<MyRoles<EligibleRow>> {
    let after = after.unwrap_or_default();
    mine(app, caller, now, store::my_roles::list_eligible(&caller.user, now, &search_key(typed), after, one_more()))
        .await
}

/// What is active, or will be, by the role's name.
pub async fn list_active_roles(
    app: &App,
    caller: &Caller,
    typed: &str,
    after: Option<(&str, &str)>,
    now: Instant,
) -> AppResult<MyRoles<ActiveRow>> {
    let after = after.unwrap_or_default();
    mine(app, caller, now, store::my_roles::list_active(&caller.user, now, &search_key(typed), after, one_more())).await
}

/// What ended within the last thirty days, the last first.
pub async fn list_expired_roles(
    app: &App,
    caller: &Caller,
    typed: &str,
    after: Option<(Instant, &str)>,
    now: Instant,
) -> AppResult<MyRoles<OverRow>> {
    let span = (now.minus(SHOWN_AFTER_END), now);
    mine(app, caller, now, store::my_roles::list_over(&caller.user, span, &search_key(typed), after, one_more())).await
}
