//! The stage: the clock that is moved along, who is on it, and how each of them signs in.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
};

use super::{cast::user_principal_name, chance::Chance};
use crate::{
    app::{
        App, AppError, AppResult, Caller,
        change_password::{ChangePassword, change_password},
        confirm_mfa::confirm_mfa,
        crypto::{Totp, TotpSecret, TypedPassword},
        enrol_totp::{confirm_enrolment, start_enrolment},
        notices::{read_notices, show_bell},
        ports::{Clock as _, TestClock, random_bytes},
        reset_password::reset_password,
        settle::settle_all,
        sign_in::{SignIn, sign_in},
    },
    domain::{
        ids::{GroupId, PrincipalId, RoleId, SessionId, UserId},
        role::catalogue,
        schedule::Eligibility,
        time::{Instant, Span},
    },
    store,
};

/// Everybody's password in a told story.
pub const PASSWORD: &str = "copper lantern tide";
/// How long somebody works before they sign in again.
const SHIFT: Span = Span::hours(8);
/// How fresh a second factor has to be for the strictest settings of the story.
const FRESH: Span = Span::minutes(5);

/// Somebody who can sign in.
pub struct Player {
    /// Who.
    pub user: UserId,
    /// What they sign in with.
    pub upn: String,
    /// What their device holds.
    pub secret: TotpSecret,
    verified_at: Option<Instant>,
}

/// Where the story happens.
pub struct Stage<'a> {
    /// The portal.
    pub app: &'a App,
    /// Its clock.
    pub clock: &'a TestClock,
    /// What is left to chance.
    pub chance: Chance,
    /// Who is on it, by login.
    pub players: BTreeMap<String, Player>,
    /// People and groups by login or name, whether they can sign in or not.
    pub principals: BTreeMap<String, PrincipalId>,
    roles: BTreeMap<String, RoleId>,
}

const LOST: AppError = AppError::Broken("the told story");

impl<'a> Stage<'a> {
    /// An empty stage.
    pub fn new(app: &'a App, clock: &'a TestClock, seed: u64) -> AppResult<Self> {
        let roles = catalogue().map_err(|_| AppError::Broken("the role catalogue"))?;
        Ok(Self {
            app,
            clock,
            chance: Chance::new(seed),
            players: BTreeMap::new(),
            principals: BTreeMap::new(),
            roles: roles.into_iter().map(|role| (role.display_name, role.id)).collect(),
        })
    }

    /// The moment.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Lets time pass. What becomes due on the way is settled at its moment, as the worker does.
    pub async fn advance_to(&self, to: Instant) -> AppResult<()> {
        loop {
            match settle_all(self.app, &self.trace()).await? {
                Some(due) if due <= to => self.clock.set(due.max(self.now())),
                Some(_) | None => break,
            }
        }
        self.clock.set(to.max(self.now()));
        Ok(())
    }

    /// The name of one request over HTTP.
    pub fn trace(&self) -> String {
        self.app.new_id(self.now())
    }

    /// A role by its name.
    pub fn role(&self, name: &str) -> AppResult<RoleId> {
        self.roles.get(name).cloned().ok_or(LOST)
    }

    /// A person by login, or a group by name.
    pub fn principal(&self, name: &str) -> AppResult<PrincipalId> {
        self.principals.get(name).cloned().ok_or(LOST)
    }

    /// A person by login.
    pub fn user(&self, login: &str) -> AppResult<UserId> {
        UserId::parse(self.principal(login)?.as_str()).map_err(|_| LOST)
    }

    /// A group by name.
    pub fn group(&self, name: &str) -> AppResult<GroupId> {
        GroupId::parse(self.principal(name)?.as_str()).map_err(|_| LOST)
    }

    /// Somebody who can sign in.
    pub fn player(&self, login: &str) -> AppResult<&Player> {
        self.players.get(login).ok_or(LOST)
    }

    /// The eligibility that this principal itself has to a role.
    pub async fn eligibility(&self, role: &RoleId, principal: &PrincipalId) -> AppResult<Option<Eligibility>> {
        let mut db = self.app.store.read().await?;
        Ok(store::eligibilities::find_of(&mut db, role, principal).await?.and_then(|row| self.app.open(row)))
    }

    /// Puts somebody on the stage who has set up their second factor.
    pub fn enter(&mut self, login: &str, user: UserId, upn: &str, secret: TotpSecret) {
        self.principals.insert(login.to_owned(), (&user).into());
        let player = Player { user, upn: upn.to_owned(), secret, verified_at: Some(self.now()) };
        self.players.insert(login.to_owned(), player);
    }

    /// Somebody new: an administrator hands them a password, they sign in, choose their own and set up their second factor.
    pub async fn arrive(&mut self, administrator: &str, login: &str) -> AppResult<()> {
        let upn = user_principal_name(login);
        let user = self.user(login)?;
        let by = self.caller(administrator).await?;
        let handed_over = reset_password(self.app, &by, &user).await?;
        self.clock.advance(Span::minutes(2));
        let caller = self.sign_in(&upn, &handed_over).await?;
        let session = SessionId::make(self.now(), random_bytes(self.app.randomness.as_ref()));
        let (current, new) = (TypedPassword::new(&handed_over), TypedPassword::new(PASSWORD));
        change_password(self.app, &caller, ChangePassword { session, current, new }).await?;
        let secret = self.enrol(&caller).await?;
        self.enter(login, user, &upn, secret);
        Ok(())
    }

    /// Sets up a second factor.
    pub async fn enrol(&self, caller: &Caller) -> AppResult<TotpSecret> {
        let enrolment = start_enrolment(self.app, caller, None).await?;
        let secret = TotpSecret::from_typed(&enrolment.secret).ok_or(LOST)?;
        self.clock.advance(Span::seconds(40));
        let code = Totp::new(&secret).code_at(self.now());
        confirm_enrolment(self.app, caller, &enrolment.sealed, &code).await?;
        Ok(secret)
    }

    /// Somebody in a session of theirs, verified; they sign in first when the last time is long ago.
    pub async fn caller(&mut self, login: &str) -> AppResult<Caller> {
        self.caller_within(login, SHIFT).await
    }

    /// The same, with a second factor that is fresh enough for the strictest settings.
    pub async fn fresh_caller(&mut self, login: &str) -> AppResult<Caller> {
        self.caller_within(login, FRESH).await
    }

    async fn caller_within(&mut self, login: &str, age: Span) -> AppResult<Caller> {
        let player = self.player(login)?;
        let (user, upn) = (player.user.clone(), player.upn.clone());
        let verified_at = match player.verified_at {
            Some(at) if self.now() < at.plus(age) => at,
            Some(_) | None => self.verify(login, &upn).await?,
        };
        Ok(Caller { user, session: None, verified_at: Some(verified_at), trace: self.trace() })
    }

    /// Shows the second factor, and looks at the bell.
    async fn verify(&mut self, login: &str, upn: &str) -> AppResult<Instant> {
        let caller = self.sign_in(upn, PASSWORD).await?;
        // A code counts once, so the device has to show the next one.
        self.clock.advance(Span::seconds(31));
        let code = Totp::new(&self.player(login)?.secret).code_at(self.now());
        let at = confirm_mfa(self.app, &caller, &code).await?.at;
        let bell = show_bell(self.app, &caller).await?;
        if let Some(newest) = bell.newest.first() {
            read_notices(self.app, &caller, &newest.id).await?;
        }
        if let Some(player) = self.players.get_mut(login) {
            player.verified_at = Some(at);
        }
        Ok(at)
    }

    /// Signs in with a name and a password.
    pub async fn sign_in(&self, upn: &str, password: &str) -> AppResult<Caller> {
        let trace = self.trace();
        let (password, user_agent) = (TypedPassword::new(password), "");
        let ask = SignIn { name: upn, password, address: desk(upn), user_agent, trace: &trace };
        let signed_in = sign_in(self.app, ask).await?;
        Ok(Caller { user: signed_in.user, session: None, verified_at: None, trace })
    }
}

/// Everybody sits at the same desk each day; the addresses are those kept for documentation (RFC 5737).
pub fn desk(upn: &str) -> IpAddr {
    let number = upn.bytes().fold(0_u8, |sum, letter| sum.wrapping_mul(31).wrapping_add(letter));
    Ipv4Addr::new(192, 0, 2, number).into()
}
