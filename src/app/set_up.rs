//! Setting the portal up: the organisation and its first Global Administrator, by a link that works once.

use zeroize::Zeroizing;

use super::{
    App, AppError, AppResult,
    crypto::{Token, TypedPassword, token::fingerprint},
    ports::random_bytes,
    profile::{ReadProfile, TypedProfile, read, read_profile, require_good_password},
    record::Entry,
    sign_in::SignedIn,
    time_zone::parse_time_zone,
};
use crate::{
    domain::{
        assignment::{AssignAsk, Candidate, CandidateStanding},
        audit::Activity,
        ids::{RoleId, UserId},
        name::OrganizationName,
        policy::Policy,
        refusal::Refusal,
        request::Kind,
        role::PortalRole,
        schedule::Term,
        user::{Theme, TimeZoneName, User},
    },
    store::{self, Store, organization::Organization},
};

/// The form, as typed.
pub struct SetUp<'a> {
    /// The token of the link.
    pub token: &'a str,
    /// `organization`
    pub organization: &'a str,
    /// `time_zone`
    pub time_zone: &'a str,
    /// The first administrator.
    pub profile: TypedProfile<'a>,
    /// `password`
    pub password: TypedPassword,
    /// The request over HTTP.
    pub trace: &'a str,
}

/// True once somebody has set the portal up on this database.
pub async fn is_set_up(store: &Store) -> AppResult<bool> {
    Ok(store::organization::find(&mut *store.read().await?).await?.is_some())
}

/// The token of a new set-up link, which is the only one that works from now on; `None` once the portal is set up.
pub async fn open_set_up(app: &App) -> AppResult<Option<Zeroizing<String>>> {
    let mut tx = app.store.write().await?;
    if store::organization::find(&mut tx).await?.is_some() {
        return Ok(None);
    }
    let token = Token::generate(app.randomness.as_ref());
    store::organization::replace_setup_link(&mut tx, &token.hash, app.now()).await?;
    tx.commit().await?;
    Ok(Some(token.plain))
}

/// Refused unless the link works: it must be the last one made, and the portal not set up yet.
pub async fn check_set_up_link(app: &App, token: &str) -> AppResult<()> {
    let mut db = app.store.read().await?;
    let works = store::organization::find(&mut db).await?.is_none()
        && store::organization::is_setup_link(&mut db, &fingerprint(token)).await?;
    if works { Ok(()) } else { Err(Refusal::SetupLinkInvalid.into()) }
}

/// Makes the organisation and its first Global Administrator, who is signed in then and sets up a second factor next.
pub async fn set_up(app: &App, ask: SetUp<'_>) -> AppResult<SignedIn> {
    check_set_up_link(app, ask.token).await?;
    let (name, time_zone, profile) = read_form(&ask)?;
    require_good_password(&ask.password, &profile.display_name, &profile.user_principal_name)?;
    let hash = app.passwords.hash(&ask.password, app.randomness.as_ref()).await?;

    let mut work = app.begin_as_itself(ask.trace).await?;
    let is_first = store::organization::find(&mut work.tx).await?.is_none();
    if !is_first || !store::organization::is_setup_link(&mut work.tx, &fingerprint(ask.token)).await? {
        return Err(work.refuse(Entry::new(Activity::SetUp), vec![Refusal::SetupLinkInvalid]).await);
    }
    let now = work.now;
    store::organization::insert(&mut work.tx, &Organization { name: name.clone(), time_zone, set_up_at: now }).await?;
    store::organization::delete_setup_links(&mut work.tx).await?;
    let user = User {
        id: UserId::make(now, random_bytes(app.randomness.as_ref())),
        display_name: profile.display_name,
        user_principal_name: profile.user_principal_name,
        mail: profile.mail,
        notification_mail: profile.notification_mail,
        enabled: true,
        time_zone: None,
        theme: Theme::System,
        must_change_password: false,
        second_factor_since: None,
        created_at: now,
        last_sign_in_at: None,
        version: 1,
    };
    store::users::insert(&mut work.tx, &user, &hash).await?;
    store::users::set_last_sign_in(&mut work.tx, &user.id, now).await?;
    work.actor.user = Some(user.id.clone());
    user.display_name.as_str().clone_into(&mut work.actor.name);
    let entry = Entry::new(Activity::SetUp).subject(&user.id, user.display_name.as_str()).change(
        "Organization",
        "",
        name.as_str(),
    );
    work.record(entry).await?;

    let role =
        RoleId::parse(PortalRole::GlobalAdministrator.template_id()).map_err(|_| AppError::Broken("a role's id"))?;
    let role = work.role(&role).await?;
    let candidate = Candidate {
        principal: (&user.id).into(),
        name: user.display_name.to_string(),
        standing: CandidateStanding::Person,
        assigned: false,
    };
    let ask = AssignAsk {
        kind: Kind::Assignment,
        starts_at: None,
        ends_at: None,
        justification: "First administrator of the portal.".to_owned(),
    };
    let term = Term { starts_at: now, ends_at: None };
    work.assign_one(&role, &Policy::default(), &candidate, &ask, term, Activity::AssignmentAssigned).await?;
    work.commit().await?;
    Ok(SignedIn { user: user.id, at: now, must_change_password: false, has_second_factor: false })
}

fn read_form(ask: &SetUp<'_>) -> Result<(OrganizationName, TimeZoneName, ReadProfile), Vec<Refusal>> {
    let name = read("organization", ask.organization, OrganizationName::parse);
    let time_zone = parse_time_zone("time_zone", ask.time_zone);
    let profile = read_profile(ask.profile);
    match (name, time_zone, profile) {
        (Ok(name), Ok(time_zone), Ok(profile)) => Ok((name, time_zone, profile)),
        (name, time_zone, profile) => {
            let wrong = [name.err(), time_zone.err()].into_iter().flatten();
            Err(wrong.chain(profile.err().into_iter().flatten()).collect())
        }
    }
}
