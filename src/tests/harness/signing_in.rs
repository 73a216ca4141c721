//! Setting the portal up, and proving who one is.

use ostiary::{
    app::{
        App, AppError, Caller,
        confirm_mfa::confirm_mfa,
        crypto::{Totp, TotpSecret, TypedPassword},
        enrol_totp::{Enrolment, ShownCodes, confirm_enrolment, start_enrolment},
        ports::Clock as _,
        profile::TypedProfile,
        sessions::SignedInSession,
        set_up::{SetUp, open_set_up, set_up},
        sign_in::{SignIn, SignedIn, sign_in},
    },
    domain::{
        credentials::Credentials,
        ids::{SessionId, UserId},
        second_factor::step_at,
        time::{Instant, Span},
    },
    store,
};

use super::TestApp;

/// What browsers call themselves here.
pub const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// A password that passes the rule.
pub const PASSWORD: &str = "grape lantern copper tide";

impl TestApp {
    /// What a person sees who signs in from the usual place.
    pub async fn sign_in(&self, name: &str, password: &str) -> Result<SignedIn, AppError> {
        sign_in_as_usual(&self.app, name, password).await
    }

    /// Sets the portal up: the organisation and its first Global Administrator.
    pub async fn set_up(&self, name: &str, upn: &str) -> UserId {
        let code = open_set_up(&self.app).await.unwrap().unwrap();
        let ask = SetUp {
            code: &code,
            organization: "Contoso",
            time_zone: "Europe/Zurich",
            profile: profile(name, upn),
            password: TypedPassword::new(PASSWORD),
            address: "192.0.2.7".parse().unwrap(),
            user_agent: "Browser",
            trace: "trace",
        };
        set_up(&self.app, ask).await.unwrap().user
    }

    /// Sets the portal up; answers with the administrator, verified, and the codes of their device.
    pub async fn with_administrator(&self) -> (Caller, Device) {
        let caller = caller(&self.set_up("Ada Lovelace", "ada@contoso.example").await);
        let (device, _) = self.enrol(&caller).await;
        (self.verify(&caller, &device).await, device)
    }

    /// Sets a second factor up.
    pub async fn enrol(&self, caller: &Caller) -> (Device, ShownCodes) {
        let enrolment = start_enrolment(&self.app, caller, None).await.unwrap();
        let device = Device::scan(&enrolment);
        self.clock.advance(Span::minutes(1));
        let code = device.code(self.clock.now());
        let (_, codes) = confirm_enrolment(&self.app, caller, &enrolment.sealed, &code).await.unwrap();
        (device, codes)
    }

    /// Changes a person's credentials as Ostiary would have written them by the event that wrote them last: what a test begins with,
    /// not what somebody does who has no key.
    pub async fn reseal_credentials(&self, user: &UserId, change: impl FnOnce(Credentials) -> Credentials) {
        let mut tx = self.app.store.write().await.unwrap();
        let stored = store::credentials::get(&mut tx, user).await.unwrap();
        let place = stored.seal().unwrap().place;
        let changed = change(self.app.open(stored).expect("the credentials are as Ostiary wrote them"));
        let seal = self.app.keys.seals.make(&changed, place);
        store::credentials::save(&mut tx, &changed, &seal).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The person keeps the password that somebody else gave them.
    pub async fn keep_password(&self, user: &UserId) {
        self.reseal_credentials(user, |now| Credentials { must_change_password: false, ..now }).await;
    }

    /// A session of this person under this secret, as signing in makes one.
    pub async fn open_session(&self, user: &UserId, secret: &str, verified: bool) -> SessionId {
        let mut begun = SignedInSession::begin(&self.app, user.clone(), self.now(), "192.0.2.7", BROWSER);
        begun.verified_at = verified.then(|| self.now());
        let mut tx = self.app.store.write().await.unwrap();
        store::sessions::insert(&mut tx, &begun.row(&self.app, secret).unwrap()).await.unwrap();
        tx.commit().await.unwrap();
        begun.session
    }

    /// The same person in a session that has just shown the second factor.
    pub async fn verify(&self, caller: &Caller, device: &Device) -> Caller {
        let now = self.clock.advance(Span::minutes(1));
        let at = confirm_mfa(&self.app, caller, &device.code(now)).await.unwrap().at;
        Caller { verified_at: Some(at), ..caller.clone() }
    }
}

/// Signs in from the usual place.
pub async fn sign_in_as_usual(app: &App, name: &str, password: &str) -> Result<SignedIn, AppError> {
    let (address, password) = ("192.0.2.7".parse().unwrap(), TypedPassword::new(password));
    sign_in(app, SignIn { name, password, address, user_agent: BROWSER, trace: "trace" }).await
}

/// A person's authenticator.
pub struct Device(Totp);

impl Device {
    /// Types the secret in.
    pub fn scan(enrolment: &Enrolment) -> Self {
        let letters = enrolment.secret.replace(' ', "");
        let bytes = data_encoding::BASE32_NOPAD.decode(letters.as_bytes()).unwrap();
        Self::of(&TotpSecret::from_bytes(&bytes).unwrap())
    }

    /// The device that holds this secret.
    pub fn of(secret: &TotpSecret) -> Self {
        Self(Totp::new(secret))
    }

    /// What it shows.
    pub fn code(&self, now: Instant) -> String {
        self.0.code(step_at(now))
    }
}

/// A caller whose session has not shown a second factor.
pub fn caller(user: &UserId) -> Caller {
    Caller { user: user.clone(), session: None, verified_at: None, trace: "trace".to_owned() }
}

pub const fn profile<'a>(display_name: &'a str, user_principal_name: &'a str) -> TypedProfile<'a> {
    TypedProfile { display_name, user_principal_name, mail: "", notification_mail: "" }
}
