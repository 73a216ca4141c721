//! A way back in from the server's console: `ostiary recover` makes or restores a Global Administrator, who then types a code that
//! works once, and for a quarter of an hour. Whoever can run it has the database and the key, so it asks nobody; but it is loud: in the
//! audit, by mail and bell, and another administrator has to acknowledge it before they go on.

use std::net::IpAddr;

use zeroize::Zeroizing;

use super::{
    App, AppError, AppResult, Caller, Work,
    crypto::{TypedPassword, typed_code},
    normal_form::nfkc,
    ports::random_bytes,
    profile::{TypedProfile, read_profile, require_good_password, temporary_password},
    record::Entry,
    sign_in::SignedIn,
    throttle::{Counter, forget_passwords},
    verify_audit::{Verdict, hold_against_anchor},
};
use crate::domain::{
    access::Permission,
    address::UserPrincipalName,
    administrators::may_acknowledge,
    assignment::{AssignAsk, Candidate, CandidateStanding},
    audit::Activity,
    credentials::Credentials,
    ids::{RoleId, UserId},
    mail::{Audience, Mail, RecoveredAdministrator},
    name::comparison_key,
    notice::NoticeKind,
    policy::Policy,
    refusal::Refusal,
    request::Kind,
    role::{PortalRole, Role},
    schedule::{AssignmentType, EndReason, Term},
    seal::{Fields, Place},
    sealed_rows::Account,
    time::{Instant, Span},
    user::{Theme, User},
};
use crate::store::{
    self,
    principals::Present,
    recoveries::{Recovered, Recovery},
    users::Profile,
};

/// How long a code works.
pub const LASTS: Span = Span::minutes(15);

/// Who acts, as the audit says it.
const CONSOLE: &str = "ostiary recover";

/// Why.
const REASON: &str = "Recovered on the console of the server.";

/// Whom to recover.
pub struct Recover<'a> {
    /// What the person signs in with. Whoever has no account yet gets one.
    pub user_principal_name: &'a str,
    /// The name of a new person; what they sign in with when it is left out.
    pub display_name: Option<&'a str>,
    /// The mail address of a new person; what they sign in with when it is left out.
    pub mail: Option<&'a str>,
}

/// A person can come back in.
pub struct RecoveredPerson {
    /// Who.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// Whether the account was made just now.
    pub is_new: bool,
    /// To be typed at `/recover`; shown once.
    pub code: Zeroizing<String>,
    /// Until when it works.
    pub expires_at: Instant,
    /// How the audit trail contradicts its anchor: nothing can be written by a server until that is accepted.
    pub contradiction: Option<Verdict>,
}

/// Makes or restores a Global Administrator, for good. What they proved who they are with is void: they choose it anew with the code.
pub async fn recover(app: &App, ask: Recover<'_>, trace: &str) -> AppResult<RecoveredPerson> {
    let profile = read_profile(TypedProfile {
        display_name: ask.display_name.unwrap_or(ask.user_principal_name),
        user_principal_name: ask.user_principal_name,
        mail: ask.mail.unwrap_or_default(),
        notification_mail: "",
    })?;
    if let Some(change) = store::schema::find_change(&mut *app.store.read().await?).await? {
        // Written under somebody else's triggers, the code could not be used.
        return Err(AppError::AuditTampered(Verdict::Schema(change)));
    }
    let contradiction = hold_against_anchor(app).await?.err();
    // A password that nobody knows.
    let hash = app.passwords.hash(&temporary_password(app), app.randomness.as_ref()).await?;
    let mut work = app.begin_unsettled(trace).await?;
    CONSOLE.clone_into(&mut work.actor.name);
    if store::organization::find(&mut work.tx).await?.is_none() {
        return Err(Refusal::NotFound("organization").into());
    }
    let now = work.now;
    let found = store::users::find_by_upn_key(&mut work.tx, &profile.user_principal_name.key()).await?;
    let is_new = found.is_none();
    let user = if let Some(user) = found {
        let trusted = store::users::find_account(&mut work.tx, &user.id).await?.and_then(|account| app.open(account));
        // Addresses that somebody else may have written are not sealed anew: those that were typed at the console take their place.
        let user = match trusted {
            Some(_) => user,
            None => User { mail: profile.mail, notification_mail: None, ..user },
        };
        let seal = work.seal(&Account { enabled: true, ..Account::from(&user) });
        let saved = Profile {
            display_name: &user.display_name,
            user_principal_name: &user.user_principal_name,
            mail: &user.mail,
            notification_mail: user.notification_mail.as_ref(),
        };
        store::users::update(&mut work.tx, &user.id, saved, (true, &seal), now).await?;
        let credentials = Credentials::with_password(user.id.clone(), hash, true);
        work.save_credentials(&credentials).await?;
        work.void_recovery_codes(&user.id).await?;
        store::sessions::delete_of_user(&mut work.tx, &user.id).await?;
        user
    } else {
        let user = User {
            id: UserId::make(now, random_bytes(app.randomness.as_ref())),
            display_name: profile.display_name,
            user_principal_name: profile.user_principal_name,
            mail: profile.mail,
            notification_mail: None,
            enabled: true,
            time_zone: None,
            theme: Theme::System,
            must_change_password: true,
            second_factor_since: None,
            created_at: now,
            last_sign_in_at: None,
            version: 1,
        };
        let credentials = Credentials::with_password(user.id.clone(), hash, true);
        let seals = (work.seal(&Account::from(&user)), work.seal(&credentials));
        store::users::insert(&mut work.tx, &user, &credentials, (&seals.0, &seals.1)).await?;
        user
    };
    let name = user.display_name.to_string();
    let role =
        RoleId::parse(PortalRole::GlobalAdministrator.template_id()).map_err(|_| AppError::Broken("a role's id"))?;
    let role = work.role(&role).await?;
    end_assignment(&mut work, &role, &user.id).await?;
    let code = typed_code::generate(app.randomness.as_ref());
    let proof = place_of_proof(&mut work, &user.id).await?;
    let recovery = signed(app, &user.id, &code, now.plus(LASTS), proof).ok_or(AppError::Broken("the code"))?;
    store::recoveries::replace(&mut work.tx, &recovery).await?;
    forget_passwords(&mut work.tx, &user.user_principal_name.key()).await?;
    Counter::second_factor(&user.id).forget(&mut work.tx).await?;
    let entry = Entry::new(Activity::AdministratorRecovered).role(&role).subject(&user.id, &name).reason(REASON);
    let entry = match &contradiction {
        Some(verdict) => entry.change("Audit trail", "", &verdict.to_string()),
        None => entry,
    };
    work.record(entry).await?;

    // An assignment says who made it; there is nobody else than the person.
    work.actor.user = Some(user.id.clone());
    let candidate = Candidate {
        principal: (&user.id).into(),
        name: name.clone(),
        standing: CandidateStanding::Person,
        assigned: false,
    };
    let assign = AssignAsk { kind: Kind::Assignment, starts_at: None, ends_at: None, justification: REASON.to_owned() };
    let term = Term { starts_at: now, ends_at: None };
    work.assign_one(&role, &Policy::default(), &candidate, &assign, term, Activity::AssignmentAssigned).await?;
    let mut told = work.administrators().await?;
    told.remove(&user.id);
    let mail = Mail::RecoveredAdministrator(RecoveredAdministrator { who: name.clone(), at: now });
    work.mail(&told, Audience::Admin, &mail);
    work.mail(&[user.id.clone()].into(), Audience::Person, &mail);
    told.insert(user.id.clone());
    work.notify(told, NoticeKind::AdministratorRecovered, &role, &name, None)?;
    work.commit().await?;
    Ok(RecoveredPerson { user: user.id, name, is_new, code, expires_at: recovery.expires_at, contradiction })
}

/// Whatever assignment of the role is there ends, and a whole new one takes its place: it may be one that somebody else wrote.
async fn end_assignment(work: &mut Work, role: &Role, user: &UserId) -> AppResult<()> {
    let found = store::assignments::find_of(&mut work.tx, &role.id, &user.into(), AssignmentType::Assigned).await?;
    if let Some(assignment) = found {
        work.end_assignment(&assignment.unchecked().id, work.now, EndReason::Removed).await?;
    }
    Ok(())
}

/// The event that made what the person proves who they are with. The use of a code makes that anew, so that a code which covers the event
/// works once, also when its row is put back.
async fn place_of_proof(work: &mut Work, user: &UserId) -> AppResult<Option<Place>> {
    Ok(store::credentials::get(&mut work.tx, user).await?.seal().map(|seal| seal.place))
}

/// What is kept of a code; nothing of a text that cannot be one.
fn signed(app: &App, user: &UserId, code: &str, expires_at: Instant, proof: Option<Place>) -> Option<Recovery> {
    let plain = typed_code::read(code)?;
    let code_hash = app.keys.fingerprints.of("recovery on the console", &format!("{user}:{}", &*plain));
    let seal = app.keys.signatures.make("recovery", &fields(user, &code_hash, expires_at, proof));
    Some(Recovery { user: user.clone(), code_hash, expires_at, seal })
}

fn fields(user: &UserId, code_hash: &str, expires_at: Instant, proof: Option<Place>) -> Fields {
    let fields = Fields::new().text(user.as_str()).text(code_hash).number(expires_at.millis());
    match proof {
        Some(place) => place.append_to(fields),
        None => fields.optional(None),
    }
}

/// A code from the console, and the password its person chooses with it.
pub struct UseCode<'a> {
    /// The user principal name, as typed.
    pub name: &'a str,
    /// The code, as typed.
    pub code: &'a str,
    /// The new password.
    pub password: TypedPassword,
    /// Where it comes from.
    pub address: IpAddr,
    /// What the browser calls itself.
    pub user_agent: &'a str,
    /// The request over HTTP.
    pub trace: &'a str,
}

/// Lets the person in whose code this is, with a password of their own; they set up a second factor next. All their other sessions end.
pub async fn use_code(app: &App, ask: UseCode<'_>) -> AppResult<SignedIn> {
    let name = nfkc(ask.name.trim());
    let upn_key = comparison_key(&name);
    let counters = [Counter::address(ask.address), Counter::console_code(&upn_key, ask.address)];
    // Counted as a failure first, so that many attempts at once cannot slip through the count together.
    let mut tx = app.write().await?;
    let now = app.now();
    for counter in &counters {
        counter.check(&mut tx, now).await?;
    }
    for counter in &counters {
        counter.count(&mut tx, now).await?;
    }
    let user = store::users::find_by_upn_key(&mut tx, &upn_key).await?;
    tx.commit().await?;

    let mut work = app.begin_as_itself(ask.trace).await?;
    let Some(user) = user else {
        let known =
            UserPrincipalName::parse(&name).map_or_else(|_| "not a user name".to_owned(), |name| name.to_string());
        let attempt = Entry::new(Activity::SignInFailed).subject_name(&known);
        return Err(work.refuse(attempt, vec![Refusal::ConsoleCodeInvalid]).await);
    };
    let attempt = Entry::new(Activity::SignInFailed).subject(&user.id, user.display_name.as_str());
    if let Err(refusal) = check(&mut work, &user, ask.code).await? {
        return Err(work.refuse(attempt, vec![refusal]).await);
    }
    drop(work);
    if let Err(refusal) = require_good_password(&ask.password, &user.display_name, &user.user_principal_name) {
        let mut tx = app.write().await?;
        for counter in &counters {
            counter.forgive(&mut tx).await?;
        }
        tx.commit().await?;
        return Err(refusal.into());
    }
    let hash = app.passwords.hash(&ask.password, app.randomness.as_ref()).await?;

    let mut work = app.begin_as_itself(ask.trace).await?;
    if let Err(refusal) = check(&mut work, &user, ask.code).await? {
        return Err(work.refuse(attempt, vec![refusal]).await);
    }
    let at = work.now;
    let [address, codes] = counters;
    codes.forget(&mut work.tx).await?;
    address.forgive(&mut work.tx).await?;
    store::recoveries::delete(&mut work.tx, &user.id).await?;
    work.save_credentials(&Credentials::with_password(user.id.clone(), hash, false)).await?;
    work.void_recovery_codes(&user.id).await?;
    store::sessions::delete_of_user(&mut work.tx, &user.id).await?;
    forget_passwords(&mut work.tx, &user.user_principal_name.key()).await?;
    store::users::set_last_sign_in(&mut work.tx, &user.id, at).await?;
    work.actor.user = Some(user.id.clone());
    user.display_name.as_str().clone_into(&mut work.actor.name);
    let changed = Entry::new(Activity::PasswordChanged).subject(&user.id, user.display_name.as_str());
    work.record(changed.reason("With the code of `ostiary recover`. There is no second factor any more.")).await?;
    work.record(Entry::new(Activity::SignedIn).subject(&user.id, user.display_name.as_str())).await?;
    let secret = work.begin_session(&user.id, ask.address, ask.user_agent).await?;
    work.commit().await?;
    Ok(SignedIn { user: user.id, secret, must_change_password: false, has_second_factor: false })
}

/// Whether this is the person's code, and it still works.
async fn check(work: &mut Work, user: &User, typed: &str) -> AppResult<Result<(), Refusal>> {
    let Some(stored) = store::recoveries::find(&mut work.tx, &user.id).await? else {
        return Ok(Err(Refusal::ConsoleCodeInvalid));
    };
    let proof = place_of_proof(work, &user.id).await?;
    let app = work.app();
    let is_right =
        signed(app, &user.id, typed, stored.expires_at, proof).is_some_and(|typed| typed.code_hash == stored.code_hash);
    let covered = fields(&user.id, &stored.code_hash, stored.expires_at, proof);
    let is_ours = app.keys.signatures.holds("recovery", &covered, Some(&stored.seal));
    if !is_right || !is_ours || !user.enabled {
        return Ok(Err(Refusal::ConsoleCodeInvalid));
    }
    Ok(if work.now < stored.expires_at { Ok(()) } else { Err(Refusal::ConsoleCodeExpired) })
}

/// Whether a recovery asks something of somebody who looks at a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Acknowledgment {
    /// There was none, it was acknowledged, or it is not theirs to see.
    #[default]
    None,
    /// Another administrator has to acknowledge it; they see that it happened.
    ByAnother,
    /// They have to acknowledge it before they go on.
    Own,
}

/// What a recovery that nobody acknowledged asks of this person.
pub(super) async fn asks_for(app: &App, caller: &Caller, present: &Present, now: Instant) -> AppResult<Acknowledgment> {
    if !present.is_recovery_unacknowledged || !caller.standing_with(&present.holds).holds(Permission::WriteAssignments)
    {
        return Ok(Acknowledgment::None);
    }
    let mut db = app.store.read().await?;
    let is_theirs = to_acknowledge(app, &mut db, &caller.user, now).await?.is_some();
    Ok(if is_theirs && caller.verified_at.is_some() { Acknowledgment::Own } else { Acknowledgment::ByAnother })
}

/// The oldest recovery that this administrator may acknowledge.
async fn to_acknowledge(app: &App, db: &mut store::Db, me: &UserId, now: Instant) -> AppResult<Option<Recovered>> {
    let waiting = store::recoveries::list_unacknowledged(db).await?;
    let ways = store::principals::active_holders(db, PortalRole::ADMINISTRATORS, now).await?;
    let administrators = app.open_administrators(ways, now);
    let recovered = waiting.iter().map(|recovered| recovered.user.clone()).collect();
    Ok(waiting.into_iter().find(|found| may_acknowledge(me, &found.user, &recovered, &administrators)))
}

/// The recovery that waits to be acknowledged: who, and when.
pub async fn show_recovery(app: &App, caller: &Caller) -> AppResult<(String, Instant)> {
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, app.now()).await?;
    standing.permit(Permission::WriteAssignments)?;
    let found = to_acknowledge(app, &mut db, &caller.user, app.now()).await?;
    let recovered = found.ok_or(Refusal::NotFound("page"))?;
    Ok((recovered.name, recovered.at))
}

/// An administrator says that they know of the oldest recovery that is theirs to acknowledge.
pub async fn acknowledge_recovery(app: &App, caller: &Caller) -> AppResult<()> {
    let attempt = Entry::new(Activity::RecoveryAcknowledged);
    let mut work = app.begin(caller).await?.permit(Permission::WriteAssignments, &attempt).await?;
    let (me, now) = (work.user()?, work.now);
    let Some(recovered) = to_acknowledge(app, &mut work.tx, &me, now).await? else {
        // Those that wait are not theirs to acknowledge.
        let is_none = store::recoveries::list_unacknowledged(&mut work.tx).await?.is_empty();
        let refusal = if is_none { Refusal::NotFound("page") } else { Refusal::NotPermitted };
        return Err(work.refuse(attempt, vec![refusal]).await);
    };
    let attempt = attempt.subject(&recovered.user, &recovered.name);
    work.record(attempt).await?;
    work.commit().await
}
