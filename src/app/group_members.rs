//! Adding people to a group and taking them out. Members are people: the type of the id leaves no room for a group.

use super::{App, AppResult, Caller, Work, disable_user::last_holder, record::Entry};
use crate::{
    domain::{
        access::Permission,
        administrators::Loss,
        assignment::keep_an_administrator,
        audit::Activity,
        group::Group,
        ids::{GroupId, PrincipalId, UserId},
        refusal::Refusal,
        seal::Sealable as _,
        sealed_rows::Membership,
        user::User,
    },
    store::{self, principals::Without},
};

/// Adds people to a group: all of them or none. Tells how many were no members before.
pub async fn add_group_members(app: &App, caller: &Caller, group: &GroupId, users: &[UserId]) -> AppResult<usize> {
    let attempt = Entry::new(Activity::MemberAdded).subject(group, "");
    let mut work = app.begin(caller).await?.permit(Permission::WritePeople, &attempt).await?;
    if users.is_empty() {
        let refusal = Refusal::Missing { field: "members", sentence: "Choose at least one person." };
        return Err(work.refuse(attempt, vec![refusal]).await);
    }
    let mut people = Vec::with_capacity(users.len());
    let mut refusals = Vec::new();
    let Some(group) = store::groups::find(&mut work.tx, group).await? else {
        return Err(work.refuse(attempt, vec![Refusal::NotFound("group")]).await);
    };
    let attempt = attempt.subject(&group.id, group.display_name.as_str());
    for user in users {
        match store::users::find(&mut work.tx, user).await? {
            Some(user) => people.push(user),
            None => refusals.push(Refusal::MembersAreUsers),
        }
    }
    if !refusals.is_empty() {
        return Err(work.refuse(attempt, refusals).await);
    }
    let mut added = 0;
    for user in people {
        let now = work.now;
        match store::groups::find_member(&mut work.tx, &group.id, &user.id).await? {
            Some(member) if app.open(member.clone()).is_some() => continue,
            // It gives nothing: a new one takes its place.
            Some(_) => drop(store::groups::delete_member(&mut work.tx, &group.id, &user.id).await?),
            None => {}
        }
        let member = Membership { group: group.id.clone(), user: user.id.clone() };
        let seal = work.seal(&member);
        store::groups::insert_member(&mut work.tx, &member, &seal, now).await?;
        work.record(event(Activity::MemberAdded, &group, &user)).await?;
        added += 1;
    }
    work.commit().await?;
    Ok(added)
}

/// Takes a person out of a group.
pub async fn remove_group_member(app: &App, caller: &Caller, group: &GroupId, user: &UserId) -> AppResult<()> {
    let attempt = Entry::new(Activity::MemberRemoved).subject(group, "");
    let mut work = app.begin(caller).await?.permit(Permission::WritePeople, &attempt).await?;
    let (Some(group), Some(user)) =
        (store::groups::find(&mut work.tx, group).await?, store::users::find(&mut work.tx, user).await?)
    else {
        return Err(work.refuse(attempt, vec![Refusal::NotFound("membership")]).await);
    };
    let entry = event(Activity::MemberRemoved, &group, &user);
    let principal = PrincipalId::from(&group.id);
    let now = work.now;
    let without = Without::Membership { user: &user.id, group: &principal };
    let last_of = last_holder(app, &mut work.tx, &user.id, now, &without).await?;
    let kept = work.keep_administrators(Loss::Membership { user: &user.id, group: &group.id }).await?;
    if let Err(refusal) = keep_an_administrator(last_of).and(kept) {
        return Err(work.refuse(entry, vec![refusal]).await);
    }
    if !store::groups::delete_member(&mut work.tx, &group.id, &user.id).await? {
        return Err(work.refuse(entry, vec![Refusal::NotFound("membership")]).await);
    }
    work.unseal(Membership { group: group.id.clone(), user: user.id.clone() }.object());
    work.record(entry).await?;
    work.end_what_came_through(&user.id, &principal).await?;
    work.commit().await
}

impl Work {
    /// Ends what a person activated through a group, and withdraws what they asked for through it.
    async fn end_what_came_through(&mut self, user: &UserId, group: &PrincipalId) -> AppResult<()> {
        for active in store::assignments::list_activated_through(&mut self.tx, user, group).await? {
            self.revoke(active.unchecked(), "The membership of the group ended.").await?;
        }
        for request in store::requests::list_pending_of(&mut self.tx, user).await? {
            let Some(eligibility) = &request.unchecked().eligibility else { continue };
            let eligibility = store::eligibilities::find_live(&mut self.tx, eligibility).await?;
            if eligibility.is_some_and(|eligibility| eligibility.unchecked().principal == *group) {
                self.withdraw(request, "The membership of the group ended.").await?;
            }
        }
        Ok(())
    }
}

/// About the group, because that is where people look; the member is what changed.
fn event(activity: Activity, group: &Group, user: &User) -> Entry {
    let (before, after) = match activity {
        Activity::MemberRemoved => (user.display_name.as_str(), ""),
        _ => ("", user.display_name.as_str()),
    };
    Entry::new(activity).subject(&group.id, group.display_name.as_str()).change("Member", before, after)
}
