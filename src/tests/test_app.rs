//! An app of its own for each test: a fresh database, a clock that is moved by hand, and a first administrator.

use std::{path::PathBuf, sync::Arc};

use ostiary::{
    app::{
        App, AppError, Caller,
        anchor::Anchor,
        confirm_mfa::confirm_mfa,
        crypto::{KeyFile, PasswordHasher, Strength, TypedPassword},
        enrol_totp::{Enrolment, ShownCodes, confirm_enrolment, start_enrolment},
        ports::{Clock as _, OsRandom, TestClock, random_bytes},
        profile::TypedProfile,
        set_up::{SetUp, open_set_up, set_up},
        sign_in::{SignIn, SignedIn, sign_in},
    },
    domain::{
        audit::Event,
        ids::UserId,
        refusal::Refusal,
        second_factor::step_at,
        session::Limits,
        time::{Instant, Span},
    },
    store::{self, Store},
};

/// A password that passes the rule.
pub const PASSWORD: &str = "grape lantern copper tide";

/// 2027-01-15T08:00:00Z
const START: Instant = Instant::from_millis(1_800_000_000_000);

pub struct TestApp {
    pub app: App,
    pub clock: TestClock,
    pub key: KeyFile,
    database: Database,
}

enum Database {
    Sqlite(PathBuf),
    Postgres { server: String, name: String },
}

fn psql(server: &str, command: &str) {
    let url = format!("{}/postgres", server.trim_end_matches('/'));
    let done = std::process::Command::new("psql").args(["-q", &url, "-c", command]).status().unwrap();
    assert!(done.success(), "{command}");
}

impl Drop for TestApp {
    fn drop(&mut self) {
        match &self.database {
            Database::Sqlite(folder) => {
                let _ = std::fs::remove_dir_all(folder);
            }
            Database::Postgres { server, name } => psql(server, &format!("drop database {name} with (force)")),
        }
    }
}

impl TestApp {
    /// One app on each engine. PostgreSQL takes part when `OSTIARY_TEST_POSTGRES` names a server, such as
    /// `postgres://postgres@127.0.0.1:5432`.
    pub async fn each() -> Vec<Self> {
        let mut apps = vec![Self::on_sqlite().await];
        if let Ok(url) = std::env::var("OSTIARY_TEST_POSTGRES") {
            apps.push(Self::on_postgres(&url).await);
        }
        apps
    }

    async fn on_sqlite() -> Self {
        let folder =
            std::env::temp_dir().join(format!("ostiary-{:032x}", u128::from_be_bytes(random_bytes(&OsRandom))));
        std::fs::create_dir(&folder).unwrap();
        let url = format!("sqlite://{}?mode=rwc", folder.join("test.db").display());
        Self::open(&url, Database::Sqlite(folder)).await
    }

    /// Each test has a database of its own on the server.
    async fn on_postgres(server: &str) -> Self {
        let name = format!("t{:032x}", u128::from_be_bytes(random_bytes(&OsRandom)));
        psql(server, &format!("create database {name}"));
        let url = format!("{}/{name}", server.trim_end_matches('/'));
        Self::open(&url, Database::Postgres { server: server.to_owned(), name }).await
    }

    async fn open(url: &str, database: Database) -> Self {
        let clock = TestClock::at(START);
        let randomness = Arc::new(OsRandom);
        let key = KeyFile::random(&OsRandom);
        let parts = ostiary::app::Parts {
            store: Store::open(url).await.unwrap(),
            clock: Arc::new(clock.clone()),
            sealer: key.sealer(),
            chain: key.chain(),
            recovery_codes: key.recovery_codes(),
            passwords: PasswordHasher::new(Strength::TRIVIAL, 2, 100, &OsRandom),
            anchor: Anchor::none(),
            session_limits: Limits { idle: Span::minutes(30), absolute: Span::hours(12) },
            randomness,
        };
        Self { app: App::new(parts).await.unwrap(), clock, key, database }
    }
    /// What a person sees who signs in from the usual place.
    pub async fn sign_in(&self, name: &str, password: &str) -> Result<SignedIn, AppError> {
        let address = "192.0.2.7".parse().unwrap();
        sign_in(&self.app, SignIn { name, password: TypedPassword::new(password), address, trace: "trace" }).await
    }

    /// Sets the portal up; answers with the administrator, verified, and the codes of their device.
    pub async fn with_administrator(&self) -> (Caller, Device) {
        let token = open_set_up(&self.app).await.unwrap().unwrap();
        let profile = profile("Ada Lovelace", "ada@contoso.example");
        let ask = SetUp {
            token: &token,
            organization: "Contoso",
            time_zone: "Europe/Zurich",
            profile,
            password: TypedPassword::new(PASSWORD),
            trace: "trace",
        };
        let signed_in = set_up(&self.app, ask).await.unwrap();
        let caller = caller(&signed_in.user);
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

    /// The same person in a session that has just shown the second factor.
    pub async fn verify(&self, caller: &Caller, device: &Device) -> Caller {
        let now = self.clock.advance(Span::minutes(1));
        let at = confirm_mfa(&self.app, caller, &device.code(now)).await.unwrap();
        Caller { verified_at: Some(at), ..caller.clone() }
    }

    /// The whole audit trail.
    pub async fn events(&self) -> Vec<Event> {
        let mut db = self.app.store.read().await.unwrap();
        let rows = store::audit::list_from(&mut db, 0, 100_000).await.unwrap();
        rows.into_iter().map(|row| row.unwrap().0).collect()
    }

    /// The last event, as "activity outcome subject: reason".
    pub async fn last_event(&self) -> String {
        let event = self.events().await.pop().unwrap();
        format!("{:?} {:?} {}: {}", event.activity, event.outcome, event.subject_name, event.reason)
    }
}

/// A person's authenticator.
pub struct Device(ostiary::app::crypto::Totp);

impl Device {
    /// Types the secret in.
    pub fn scan(enrolment: &Enrolment) -> Self {
        let letters = enrolment.secret.replace(' ', "");
        let bytes = data_encoding::BASE32_NOPAD.decode(letters.as_bytes()).unwrap();
        Self(ostiary::app::crypto::Totp::new(&ostiary::app::crypto::TotpSecret::from_bytes(&bytes).unwrap()))
    }

    /// What it shows.
    pub fn code(&self, now: Instant) -> String {
        self.0.code(step_at(now))
    }
}

/// A caller whose session has not shown a second factor.
pub fn caller(user: &UserId) -> Caller {
    Caller { user: user.clone(), verified_at: None, trace: "trace".to_owned() }
}

pub const fn profile<'a>(display_name: &'a str, user_principal_name: &'a str) -> TypedProfile<'a> {
    TypedProfile { display_name, user_principal_name, mail: "", notification_mail: "" }
}

/// The refusals of an answer; fails the test when it was not refused.
#[track_caller]
pub fn refusals<T>(answer: Result<T, AppError>) -> Vec<Refusal> {
    match answer {
        Ok(_) => panic!("this was not refused"),
        Err(AppError::Refused(refusals)) => refusals,
        Err(other) => panic!("this failed instead of being refused: {other:?}"),
    }
}
