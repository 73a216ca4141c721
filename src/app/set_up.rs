//! Setting the portal up: the organisation and its first Global Administrator, by a code that works once.

use std::net::IpAddr;

use zeroize::Zeroizing;

use super::{
    App, AppError, AppResult,
    crypto::{TypedPassword, typed_code},
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
        credentials::Credentials,
        ids::{RoleId, UserId},
        name::OrganizationName,
        policy::Policy,
        refusal::Refusal,
        request::Kind,
        role::PortalRole,
        schedule::Term,
        sealed_rows::Account,
        user::{Theme, TimeZoneName, User},
    },
    store::{self, Db, Store, organization::Organization},
};

/// The form, as typed.
pub struct SetUp<'a> {
    /// `code`, as the console showed it.
    pub code: &'a str,
    /// `organization`
    pub organization: &'a str,
    /// `time_zone`
    pub time_zone: &'a str,
    /// The first administrator.
    pub profile: TypedProfile<'a>,
    /// `password`
    pub password: TypedPassword,
    /// Where it comes from.
    pub address: IpAddr,
    /// What the browser calls itself.
    pub user_agent: &'a str,
    /// The request over HTTP.
    pub trace: &'a str,
}

/// True once somebody has set the portal up on this database.
pub async fn is_set_up(store: &Store) -> AppResult<bool> {
    Ok(store::organization::find(&mut *store.read().await?).await?.is_some())
}

/// A new set-up code, which is the only one that works from now on; `None` once the portal is set up.
pub async fn open_set_up(app: &App) -> AppResult<Option<Zeroizing<String>>> {
    let mut tx = app.write().await?;
    if !is_untouched(&mut tx).await? {
        return Ok(None);
    }
    let code = typed_code::generate(app.randomness.as_ref());
    let kept = fingerprint(app, &code).ok_or(AppError::Broken("the set-up code"))?;
    store::organization::replace_setup_code(&mut tx, &kept, app.now()).await?;
    tx.commit().await?;
    Ok(Some(code))
}

/// Refused once the portal is set up.
pub async fn require_untouched(app: &App) -> AppResult<()> {
    let mut db = app.store.read().await?;
    if is_untouched(&mut db).await? { Ok(()) } else { Err(Refusal::SetupCodeInvalid.into()) }
}

/// Refused unless the code works: it must be the last one made, and the portal not set up yet.
pub async fn check_set_up_code(app: &App, code: &str) -> AppResult<()> {
    let mut db = app.store.read().await?;
    if works(app, &mut db, code).await? { Ok(()) } else { Err(Refusal::SetupCodeInvalid.into()) }
}

async fn works(app: &App, db: &mut Db, code: &str) -> AppResult<bool> {
    let Some(kept) = fingerprint(app, code) else { return Ok(false) };
    Ok(is_untouched(db).await? && store::organization::is_setup_code(db, &kept).await?)
}

/// True when nobody has set the portal up. The audit's word counts too: whoever deletes the organisation's row does not become the
/// first administrator.
async fn is_untouched(db: &mut Db) -> AppResult<bool> {
    Ok(store::organization::find(db).await?.is_none() && !store::organization::was_set_up(db).await?)
}

/// What is kept of a code; nothing of a text that cannot be one. It is keyed, so that nobody can put a code of their own into the
/// database.
fn fingerprint(app: &App, code: &str) -> Option<String> {
    typed_code::read(code).map(|plain| app.keys.fingerprints.of("set-up code", &plain))
}

/// Makes the organisation and its first Global Administrator, who is signed in then and sets up a second factor next.
pub async fn set_up(app: &App, ask: SetUp<'_>) -> AppResult<SignedIn> {
    check_set_up_code(app, ask.code).await?;
    let (name, time_zone, profile) = read_form(&ask)?;
    require_good_password(&ask.password, &profile.display_name, &profile.user_principal_name)?;
    let hash = app.passwords.hash(&ask.password, app.randomness.as_ref()).await?;

    let mut work = app.begin_as_itself(ask.trace).await?;
    if !works(app, &mut work.tx, ask.code).await? {
        return Err(work.refuse(Entry::new(Activity::SetUp), vec![Refusal::SetupCodeInvalid]).await);
    }
    let now = work.now;
    store::organization::insert(&mut work.tx, &Organization { name: name.clone(), time_zone, set_up_at: now }).await?;
    store::organization::delete_setup_codes(&mut work.tx).await?;
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
    let credentials = Credentials::with_password(user.id.clone(), hash, false);
    let seals = (work.seal(&Account::from(&user)), work.seal(&credentials));
    store::users::insert(&mut work.tx, &user, &credentials, (&seals.0, &seals.1)).await?;
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
    let assign = AssignAsk {
        kind: Kind::Assignment,
        starts_at: None,
        ends_at: None,
        justification: "First administrator of the portal.".to_owned(),
    };
    let term = Term { starts_at: now, ends_at: None };
    work.assign_one(&role, &Policy::default(), &candidate, &assign, term, Activity::AssignmentAssigned).await?;
    let secret = work.begin_session(&user.id, ask.address, ask.user_agent).await?;
    work.commit().await?;
    Ok(SignedIn { user: user.id, secret, must_change_password: false, has_second_factor: false })
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
