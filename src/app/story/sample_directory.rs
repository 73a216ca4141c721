//! The sample directory: people and groups to try the portal with. Nobody knows their passwords: an administrator who wants to be
//! one of them resets the password first, as for anybody else.

use std::collections::BTreeMap;

use super::cast::{CAST, GROUPS, user_principal_name};
use crate::{
    app::{
        App, AppError, AppResult, Caller,
        assign_role::assign_role,
        create_group::{TypedGroup, create_group},
        create_user::{CreateUser, create_user},
        group_members::add_group_members,
        profile::TypedProfile,
    },
    domain::{
        assignment::AssignAsk,
        ids::{GroupId, RoleId, UserId},
        name::comparison_key,
        refusal::Refusal,
        request::Kind,
        role::PortalRole,
    },
    store,
};

/// What was loaded.
#[derive(Clone, Debug, Default)]
pub struct SampleDirectory {
    /// People, by what comes before the @ of their name.
    pub people: BTreeMap<&'static str, UserId>,
    /// Groups, by name.
    pub groups: BTreeMap<&'static str, GroupId>,
}

/// Loads the sample directory, as the first administrator who has just set the portal up: the link that they hold vouches for them,
/// and they have no second factor yet. Refused when anybody else is in the directory already.
pub async fn load_sample_directory(app: &App, first: &Caller) -> AppResult<SampleDirectory> {
    let mut db = app.store.read().await?;
    if store::users::count(&mut db).await? != 1 {
        return Err(Refusal::NotPermitted.into());
    }
    drop(db);
    let caller = Caller { verified_at: Some(app.now()), ..first.clone() };
    let mut sample = SampleDirectory::default();
    for character in CAST {
        let name = user_principal_name(character.login);
        let id = match find(app, &name).await? {
            Some(id) => id,
            None => join(app, &caller, character.name, &name).await?,
        };
        sample.people.insert(character.login, id);
    }
    for group in GROUPS {
        let typed = TypedGroup { display_name: group.name, description: group.description };
        let id = create_group(app, &caller, typed, group.role_assignable).await?;
        let members: Vec<UserId> =
            group.members.iter().filter_map(|member| sample.people.get(member)).cloned().collect();
        add_group_members(app, &caller, &id, &members).await?;
        sample.groups.insert(group.name, id);
    }
    appoint(app, &caller, &sample).await?;
    Ok(sample)
}

async fn find(app: &App, name: &str) -> AppResult<Option<UserId>> {
    let mut db = app.store.read().await?;
    Ok(store::users::find_by_upn_key(&mut db, &comparison_key(name)).await?.map(|user| user.id))
}

async fn join(app: &App, caller: &Caller, display_name: &str, name: &str) -> AppResult<UserId> {
    let profile = TypedProfile { display_name, user_principal_name: name, mail: "", notification_mail: "" };
    Ok(create_user(app, caller, CreateUser { profile, password: None }).await?.id)
}

/// Makes the Global Administrator of the cast one, unless it is them who set the portal up.
async fn appoint(app: &App, caller: &Caller, sample: &SampleDirectory) -> AppResult<()> {
    let role =
        RoleId::parse(PortalRole::GlobalAdministrator.template_id()).map_err(|_| AppError::Broken("a role's id"))?;
    let Some(administrator) = CAST.first().and_then(|first| sample.people.get(first.login)) else { return Ok(()) };
    if *administrator == caller.user {
        return Ok(());
    }
    let ask = AssignAsk {
        kind: Kind::Assignment,
        starts_at: None,
        ends_at: None,
        justification: "Global Administrator of the sample directory.".to_owned(),
    };
    assign_role(app, caller, &role, &[administrator.into()], &ask).await.map(drop)
}
