//! Creating and editing groups.

use super::{App, AppResult, Caller, profile::read, record::Entry};
use crate::{
    domain::{
        access::Permission,
        audit::Activity,
        group::{Group, GroupDescription},
        ids::GroupId,
        name::GroupName,
        refusal::Refusal,
        sealed_rows::Assignable,
        user::same_version,
    },
    store,
};

/// A group's name and description, as typed.
#[derive(Clone, Copy, Debug)]
pub struct TypedGroup<'a> {
    /// `display_name`
    pub display_name: &'a str,
    /// `description`
    pub description: &'a str,
}

fn read_group(typed: TypedGroup<'_>) -> Result<(GroupName, GroupDescription), Vec<Refusal>> {
    let name = read("display_name", typed.display_name, GroupName::parse);
    let description = read("description", typed.description, GroupDescription::parse);
    match (name, description) {
        (Ok(name), Ok(description)) => Ok((name, description)),
        (name, description) => Err([name.err(), description.err()].into_iter().flatten().collect()),
    }
}

/// Creates a group without members. Whether it can hold roles is decided here and never changes.
pub async fn create_group(
    app: &App,
    caller: &Caller,
    typed: TypedGroup<'_>,
    role_assignable: bool,
) -> AppResult<GroupId> {
    let attempt = Entry::new(Activity::GroupCreated).subject_name(typed.display_name);
    let mut work = app.begin(caller).await?.permit(Permission::WritePeople, &attempt).await?;
    let (display_name, description) = match read_group(typed) {
        Ok(read) => read,
        Err(refusals) => return Err(work.refuse(Entry::new(Activity::GroupCreated), refusals).await),
    };
    if store::groups::is_name_taken(&mut work.tx, &display_name, None).await? {
        return Err(work.refuse(attempt, vec![Refusal::NameTaken { field: "display_name" }]).await);
    }
    let group = Group {
        id: GroupId::make(work.now, super::ports::random_bytes(app.randomness.as_ref())),
        display_name,
        description,
        role_assignable,
        created_at: work.now,
        version: 1,
    };
    let seal = work.seal(&Assignable { group: group.id.clone(), role_assignable });
    store::groups::insert(&mut work.tx, &group, &seal).await?;
    let entry = Entry::new(Activity::GroupCreated).subject(&group.id, group.display_name.as_str()).change(
        "Role-assignable",
        "",
        if role_assignable { "yes" } else { "no" },
    );
    work.record(entry).await?;
    work.commit().await?;
    Ok(group.id)
}

/// An edit, as typed.
pub struct UpdateGroup<'a> {
    /// Which.
    pub id: &'a GroupId,
    /// The version the form showed.
    pub version: i64,
    /// The new name and description.
    pub typed: TypedGroup<'a>,
}

/// Replaces a group's name and description.
pub async fn update_group(app: &App, caller: &Caller, ask: UpdateGroup<'_>) -> AppResult<()> {
    let attempt = Entry::new(Activity::GroupUpdated).subject(ask.id, "");
    let mut work = app.begin(caller).await?.permit(Permission::WritePeople, &attempt).await?;
    let Some(before) = store::groups::find(&mut work.tx, ask.id).await? else {
        return Err(work.refuse(attempt, vec![Refusal::NotFound("group")]).await);
    };
    let attempt = attempt.subject(ask.id, before.display_name.as_str());
    let (name, description) = match read_group(ask.typed) {
        Ok(read) => read,
        Err(refusals) => return Err(work.refuse(attempt, refusals).await),
    };
    if let Err(refusal) = same_version(ask.version, before.version) {
        return Err(work.refuse(attempt, vec![refusal]).await);
    }
    if store::groups::is_name_taken(&mut work.tx, &name, Some(ask.id)).await? {
        return Err(work.refuse(attempt, vec![Refusal::NameTaken { field: "display_name" }]).await);
    }
    let now = work.now;
    store::groups::update(&mut work.tx, ask.id, &name, &description, now).await?;
    let entry = attempt.change("Name", before.display_name.as_str(), name.as_str()).change(
        "Description",
        before.description.as_str(),
        description.as_str(),
    );
    work.record(entry).await?;
    work.commit().await
}
