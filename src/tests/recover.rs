//! `ostiary recover`: the way back in from the server's console.

use axum::http::StatusCode;
use ostiary::{
    app::{
        App, AppResult,
        disable_user::disable_user,
        recover::{LASTS, Recover, RecoveredPerson, acknowledge_recovery, recover},
    },
    domain::{
        audit::{Activity, Outcome},
        ids::UserId,
        refusal::Refusal,
        role::PortalRole,
        time::Span,
    },
};

use crate::harness::{TestApp, company::role, form_browser::Browser, refusals, signing_in::PASSWORD};

const NEW_PASSWORD: &str = "marble harvest violin stove";

async fn recover_on(app: &App, upn: &str) -> AppResult<RecoveredPerson> {
    recover(app, Recover { user_principal_name: upn, display_name: None, mail: None }, "ostiary recover").await
}

fn form<'a>(upn: &'a str, code: &'a str) -> [(&'static str, &'a str); 4] {
    [("user_principal_name", upn), ("code", code), ("password", NEW_PASSWORD), ("password_again", NEW_PASSWORD)]
}

/// The browser of the first administrator, who is signed in and verified.
async fn set_up(test: &TestApp) -> Browser {
    let ada = Browser::new(test, "Firefox/140.0 (Linux)");
    test.set_up_in(&ada).await;
    ada
}

async fn id_of(test: &TestApp, upn: &str) -> UserId {
    let id = test.database.texts(&format!("select id from users where upn_key = '{upn}'")).await.remove(0);
    UserId::parse(&id).unwrap()
}

/// The only administrator has lost everything, and somebody has written into the database.
async fn an_administrator_comes_back_in_whose_rows_somebody_else_wrote(test: &TestApp) {
    let before = set_up(test).await;
    let upn = "ada@contoso.example";
    let ada = id_of(test, upn).await;
    test.database.tamper(&format!("update users set totp_last_step = 1, password_hash = 'x' where id = '{ada}'")).await;
    assert!(before.get("/security").await.to.starts_with("/sign-in"));

    // Beside the server, by a process of its own.
    let console = test.another_node().await;
    let recovered = recover_on(&console, upn).await.unwrap();
    assert!(!recovered.is_new && recovered.name == "Ada Lovelace" && recovered.user == ada);
    assert_eq!(refusals(test.sign_in(upn, PASSWORD).await), [Refusal::WrongCredentials], "nobody knows the password");

    let browser = Browser::new(test, "Chrome/150 (Windows)");
    assert_eq!(browser.get("/recover").await.status, StatusCode::OK);
    let done = browser.post("/recover", &form("ADA@contoso.example", &recovered.code.to_lowercase())).await;
    assert_eq!((done.status, done.to.as_str()), (StatusCode::SEE_OTHER, "/second-factor?to=%2F"), "{}", done.text);
    // Without a second factor there is no power yet.
    assert!(browser.get("/users").await.to.starts_with("/verify"));
    browser.enrol(test).await;
    // There is nobody else to acknowledge it.
    assert_eq!(browser.get("/users").await.to, "/recovered?to=%2Fusers");
    browser.get("/recovered").await.says("was made a Global Administrator on the console of the server");
    assert_eq!(browser.post("/recovered?to=%2Fusers", &[]).await.to, "/users");
    assert_eq!(browser.get("/users").await.status, StatusCode::OK);
    browser.get("/").await.never_says("recovered on the console");
    assert_eq!(browser.get("/recovered").await.status, StatusCode::NOT_FOUND);
    assert!(before.get("/security").await.to.starts_with("/sign-in"), "other sessions are over");
    test.assert_intact().await;
}

async fn a_disabled_or_new_person_becomes_a_global_administrator(test: &TestApp) {
    let admin = test.admin().await;
    let bob = test.user("Bob Marsh").await;
    disable_user(test, &admin, &bob).await.unwrap();
    let recovered = recover_on(test, "bob.marsh@contoso.example").await.unwrap();
    assert_eq!(recovered.user, bob);
    let global = role(PortalRole::GlobalAdministrator.display_name());
    assert!(test.holds(&bob, &global).await);
    // Once more gives one assignment, and another code.
    let again = recover_on(test, "bob.marsh@contoso.example").await.unwrap();
    assert!(*again.code != *recovered.code && test.holds(&bob, &global).await);

    let ask = Recover { user_principal_name: "eve@contoso.example", display_name: Some("Eve Stone"), mail: None };
    let eve = recover(test, ask, "ostiary recover").await.unwrap();
    assert!(eve.is_new && eve.name == "Eve Stone" && test.holds(&eve.user, &global).await);
    assert!(recover_on(test, "not a name").await.is_err());

    // It is loud: in the audit, by mail and bell, to the administrators and to the person.
    let events = test.events().await;
    let told = events.iter().filter(|event| event.activity == Activity::AdministratorRecovered);
    let told: Vec<_> = told.map(|event| (event.actor.clone(), &*event.actor_name, &*event.subject_name)).collect();
    assert_eq!(
        told,
        [
            (None, "ostiary recover", "Bob Marsh"),
            (None, "ostiary recover", "Bob Marsh"),
            (None, "ostiary recover", "Eve Stone")
        ]
    );
    let mails = test.mails("RecoveredAdministrator").await;
    assert!(
        mails.contains(&"gwen".to_owned())
            && mails.contains(&"eve".to_owned())
            && mails.contains(&"bob.marsh".to_owned()),
        "{mails:?}"
    );
    for person in [&admin.user, &eve.user] {
        assert!(test.notices(person).await.contains(&"AdministratorRecovered".to_owned()));
    }
}

async fn a_code_works_once_for_its_person_and_for_a_quarter_of_an_hour(test: &TestApp) {
    let admin = test.admin().await;
    test.user("Bob Marsh").await;
    let (upn, browser) = ("bob.marsh@contoso.example", Browser::new(test, "Firefox/140.0 (Linux)"));
    let refused = async |upn: &str, code: &str, sentence: &str| {
        let answer = browser.post("/recover", &form(upn, code)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text);
        answer.says(sentence);
        answer.never_says(NEW_PASSWORD);
        // How failures slow things down is said below.
        test.advance(Span::minutes(1));
    };
    let invalid = "This is not the code of this user, or it was used.";
    refused(upn, "ABCD-EFGH-IJKL-MNOP", invalid).await;
    let first = recover_on(test, upn).await.unwrap();
    let second = recover_on(test, upn).await.unwrap();
    refused(upn, &first.code, invalid).await;
    refused("gwen@contoso.example", &second.code, invalid).await;
    refused("nobody@contoso.example", &second.code, invalid).await;
    refused(upn, "", invalid).await;
    let mut weak = form(upn, &second.code);
    weak[2].1 = "short";
    weak[3].1 = "short";
    browser.post("/recover", &weak).await.says("A password needs at least 12 characters.");

    // A row that somebody else wrote: the time, or the code of another.
    test.database.tamper("update recoveries set expires_at = expires_at + 1").await;
    refused(upn, &second.code, invalid).await;
    test.database.tamper("update recoveries set expires_at = expires_at - 1").await;

    test.advance(LASTS);
    refused(upn, &second.code, "This code is older than 15 minutes.").await;
    let third = recover_on(test, upn).await.unwrap();
    let row =
        "select user_id || ''', ''' || code_hash || ''', ' || expires_at || ', ''' || seal || '''' from recoveries";
    let row = test.database.texts(row).await.remove(0);
    assert_eq!(browser.post("/recover", &form(upn, &third.code)).await.to, "/second-factor?to=%2F");
    refused(upn, &third.code, invalid).await;
    // The same row put back by somebody else.
    let put_back = format!("insert into recoveries (user_id, code_hash, expires_at, seal) values ('{row})");
    test.database.tamper(&put_back).await;
    refused(upn, &third.code, invalid).await;
    let failed = test.events().await.into_iter().filter(|event| event.activity == Activity::SignInFailed);
    assert!(failed.clone().count() >= 7 && failed.into_iter().all(|event| event.outcome == Outcome::Refused));
    let _ = admin;
}

async fn guessing_codes_becomes_slow(test: &TestApp) {
    test.admin().await;
    let browser = Browser::new(test, "Firefox/140.0 (Linux)");
    let (upn, guess) = ("gwen@contoso.example", "ABCD-EFGH-IJKL-MNOP");
    for _ in 0..5 {
        assert_eq!(browser.post("/recover", &form(upn, guess)).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(browser.post("/recover", &form(upn, guess)).await.status, StatusCode::TOO_MANY_REQUESTS);
}

/// The other administrators learn of it before anything else; whoever was recovered cannot say it for them.
async fn another_administrator_acknowledges_it(test: &TestApp) {
    let ada = set_up(test).await;
    let recovered = recover_on(test, "bob@contoso.example").await.unwrap();
    let bob = Browser::new(test, "Chrome/150 (Windows)");
    bob.post("/recover", &form("bob@contoso.example", &recovered.code)).await;
    bob.enrol(test).await;
    bob.get("/").await.says("no other one has acknowledged it yet");
    assert_eq!(bob.get("/users").await.status, StatusCode::OK);
    bob.post("/recovered", &[]).await;
    assert_eq!(refusals(acknowledge_recovery(test, &test.caller(&recovered.user)).await), [Refusal::NotPermitted]);

    for path in ["/", "/users", "/security"] {
        assert!(ada.get(path).await.to.starts_with("/recovered?to="), "{path}");
    }
    ada.get("/recovered").await.says("bob@contoso.example");
    assert_eq!(ada.post("/recovered", &[]).await.to, "/");
    assert!(test.last_event().await.starts_with("RecoveryAcknowledged Success bob@contoso.example"));
    assert_eq!(ada.get("/users").await.status, StatusCode::OK);
    bob.get("/").await.never_says("no other one has acknowledged it yet");
}

on_both_engines!(
    an_administrator_comes_back_in_whose_rows_somebody_else_wrote,
    a_disabled_or_new_person_becomes_a_global_administrator,
    a_code_works_once_for_its_person_and_for_a_quarter_of_an_hour,
    guessing_codes_becomes_slow,
    another_administrator_acknowledges_it,
);

/// At the console, on both sides of a contradiction: what the anchor knows of a cut stays known, however much is written behind it.
mod at_the_console {
    use std::{fs, path::Path};

    use crate::{
        activity::verify::{portal, verify},
        harness::{
            console::{Serving, program, run},
            database::execute,
            folder::Folder,
        },
    };

    const CUT: &str = "delete from audit_events where seq > (select max(seq) from audit_events) - 2";

    fn recover(folder: &Path) -> (i32, String) {
        run(folder, &["recover", "--user-principal-name", "gwen@contoso.example"])
    }

    #[tokio::test]
    async fn a_cut_trail_is_not_healed_by_it() {
        let folder = Folder::new();
        let url = portal(folder.path()).await;
        let (code, said) = recover(folder.path());
        assert!(code == 0 && !said.contains("was cut"), "{code}: {said}");
        assert_eq!(verify(folder.path()).0, 0);
        execute(&url, CUT).await;
        let anchor = fs::read(folder.path().join("key.anchor")).unwrap();
        // More is written than was taken away.
        for _ in 0..3 {
            let (code, said) = recover(folder.path());
            assert!(code == 0 && said.contains("ostiary audit accept"), "{code}: {said}");
            let (code, said) = verify(folder.path());
            assert!(code == 1 && (said.contains("was cut") || said.contains("is another")), "{code}: {said}");
            assert_eq!(fs::read(folder.path().join("key.anchor")).unwrap(), anchor, "the evidence stays");
        }
        let (code, said) = run(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
        assert!(code == 1 && said.contains("ostiary audit verify"), "{code}: {said}");
        assert_eq!(run(folder.path(), &["audit", "accept"]).0, 0);
        drop(Serving::start(program(folder.path(), &["serve"])));
    }

    #[tokio::test]
    async fn a_missing_anchor_is_not_made_anew_by_it() {
        let folder = Folder::new();
        portal(folder.path()).await;
        fs::remove_file(folder.path().join("key.anchor")).unwrap();
        let (code, said) = recover(folder.path());
        assert!(code == 0 && said.contains("is missing"), "{code}: {said}");
        assert!(!folder.path().join("key.anchor").exists());
        assert_eq!(verify(folder.path()).0, 1);
    }

    #[tokio::test]
    async fn under_a_foreign_trigger_nothing_is_changed() {
        let folder = Folder::new();
        let url = portal(folder.path()).await;
        execute(
            &url,
            "create trigger hush after insert on audit_events begin delete from audit_events where seq = new.seq; end",
        )
        .await;
        let (code, said) = recover(folder.path());
        assert!(code == 1 && said.contains("hush"), "{code}: {said}");
        execute(&url, "drop trigger hush").await;
        assert_eq!(verify(folder.path()).0, 0, "nothing was written");
    }

    #[test]
    fn before_the_set_up_it_says_what_to_do() {
        let folder = Folder::new();
        fs::create_dir(folder.path().join("data")).unwrap();
        drop(Serving::start(program(folder.path(), &["serve"])));
        let (code, said) = recover(folder.path());
        assert!(code == 1 && said.contains("not set up yet"), "{code}: {said}");
    }
}
