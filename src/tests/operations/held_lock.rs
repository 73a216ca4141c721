//! Another program holds the place from which the database is written: whoever wants to change something hears of it in time, keeps
//! what they typed, and does not wait for the time-outs of others.

use std::time::{Duration, Instant as Stopwatch};

use ostiary::{
    app::{
        health::{NotReady, is_ready},
        send_mail::send_due,
        watch_writing,
    },
    domain::time::Span,
};
use sqlx::{AnyConnection, Connection as _, Executor as _};

use crate::{
    activity::verify::{portal, verify},
    harness::{
        Engine, TestApp, codes,
        company::{ask, role},
        console::{Serving, program},
        folder::Folder,
        postman::Postman,
        signing_in::PASSWORD,
    },
};

const GWEN: &str = "gwen@contoso.example";
/// As long as anybody waits for the lock, and a little.
const PATIENCE: Duration = Duration::from_secs(13);

/// Another program, which holds the lock until it is told to let go.
struct Holder(AnyConnection, &'static str);

impl Holder {
    async fn of(engine: Engine, url: &str) -> Self {
        sqlx::any::install_default_drivers();
        let mut connection = AnyConnection::connect(url).await.unwrap();
        let (hold, let_go) = match engine {
            Engine::Sqlite => ("begin immediate", "rollback"),
            Engine::Postgres => ("select pg_advisory_lock(7210)", "select pg_advisory_unlock(7210)"),
        };
        connection.execute(hold).await.unwrap();
        Self(connection, let_go)
    }

    async fn let_go(mut self) {
        self.0.execute(self.1).await.unwrap();
        self.0.close().await.unwrap();
    }
}

async fn nobody_waits_for_the_time_outs_of_others(test: &TestApp) {
    let cast = test.cast().await;
    let watching = tokio::spawn(watch_writing::run(test.app.clone()));
    let holder = Holder::of(test.database.engine, &test.database.url).await;
    let began = Stopwatch::now();
    let refused = (0..5).map(|_| test.activate(&cast.tess, &cast.eligibility, ask("1")));
    for refused in futures::future::join_all(refused).await {
        assert_eq!(codes(refused), ["DatabaseLocked"]);
    }
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
    assert!(matches!(is_ready(test).await, Err(NotReady::Blocked)));
    let gwen = test.admin().await;
    test.visitor(&gwen.user).get("/health").await.is(200).says(&["another program holds the database's lock"]);
    holder.let_go().await;
    test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap();
    is_ready(test).await.unwrap();
    watching.abort();
    test.assert_intact().await;
}

/// Nobody wants to change anything, and the server finds out all the same.
async fn a_server_on_which_nobody_acts_says_that_it_cannot_write(test: &TestApp) {
    let watching = tokio::spawn(watch_writing::run(test.app.clone()));
    let becomes = async |ready: bool| {
        for _ in 0..200 {
            if is_ready(test).await.is_ok() == ready {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        false
    };
    assert!(becomes(true).await);
    let holder = Holder::of(test.database.engine, &test.database.url).await;
    assert!(becomes(false).await);
    holder.let_go().await;
    assert!(becomes(true).await);
    watching.abort();
}

async fn a_form_is_kept_and_sent_again_when_the_lock_is_free(test: &TestApp) {
    let cast = test.cast().await;
    let tess = test.visitor(&cast.tess);
    let address = format!("/my-roles/activate?id={}", cast.eligibility);
    let form = [("justification", "Ticket 4711 of the night"), ("duration", "1")];
    let holder = Holder::of(test.database.engine, &test.database.url).await;
    let page = tess.post(&address, &form).await;
    page.is(503).says(&["in use by another program", "Ticket 4711 of the night"]);
    holder.let_go().await;
    assert_eq!(tess.post(&address, &form).await.status.as_u16(), 303);
}

/// It was sent, and that cannot be written down for longer than anybody waits for the lock.
async fn a_mail_whose_end_cannot_be_written_down_at_once_is_sent_once(test: &TestApp) {
    test.admin().await;
    test.database.tamper("delete from outbox").await;
    let tess = test.user("Tess Ng").await;
    test.assign_eligible(&role("Security Operator"), &tess, None).await;
    let postman = Postman::slow(Duration::from_secs(1), |_| Ok("250 ok".to_owned()));
    let app = test.with_mailer(postman.clone()).await;
    let sending = tokio::spawn(async move { send_due(&app).await.map(|_| app) });
    while postman.took().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let holder = Holder::of(test.database.engine, &test.database.url).await;
    tokio::time::sleep(PATIENCE).await;
    holder.let_go().await;
    let app = sending.await.unwrap().unwrap();
    test.advance(Span::hours(1));
    send_due(&app).await.unwrap();
    assert!(postman.times().values().all(|times| *times == 1), "{:?}", postman.times());
    assert_eq!(test.database.texts("select distinct state from outbox where attempts > 0").await, ["Sent"]);
    app.store.close().await;
}

/// The connections are gone, as after a new start of the database's server: the next change finds one.
async fn connections_that_were_cut_are_made_anew(test: &TestApp) {
    let cast = test.cast().await;
    let cut = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    for _ in 0..3 {
        test.database.tamper(cut).await;
        let request = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
        test.deny(&cast.approvers[0], &request).await.unwrap();
    }
    // In the middle of a change: that one is lost, and no other.
    let tx = test.store.write().await.unwrap();
    test.database.tamper(cut).await;
    assert!(tx.commit().await.is_err());
    test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap();
    is_ready(test).await.unwrap();
    test.assert_intact().await;
}

/// The engine's thread dies while somebody is at work: whoever comes next finds another connection, whatever the first one was told.
async fn a_writer_whose_engine_died_is_made_anew(test: &TestApp) {
    let cast = test.cast().await;
    let both = "select 1 from role_policies; select 1 from role_approvers";
    for _ in 0..5 {
        let mut tx = test.store.write().await.unwrap();
        sqlx::query(both).fetch_all(&mut *tx).await.unwrap();
        drop(tx);
        // The second statement cannot be prepared anew: the engine's thread panics behind the answer.
        test.database.tamper("alter table role_approvers rename to hidden").await;
        let mut tx = test.store.write().await.unwrap();
        assert!(sqlx::query(both).fetch_all(&mut *tx).await.is_err());
        drop(tx);
        test.database.tamper("alter table hidden rename to role_approvers").await;
        let request = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
        test.deny(&cast.approvers[0], &request).await.unwrap();
        is_ready(test).await.unwrap();
    }
    test.assert_intact().await;
}

#[tokio::test]
async fn a_server_whose_lock_is_held_answers_and_says_that_it_is_not_ready() {
    let folder = Folder::new();
    let url = portal(folder.path()).await;
    let server = Serving::start(program(folder.path(), &["serve"]));
    server.wait_until_ready(true);
    let cookie = server.try_to_sign_in(GWEN, PASSWORD);
    let cookie = cookie.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap().split(';').next().unwrap();
    let holder = Holder::of(Engine::Sqlite, &url).await;
    let answers = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let began = Stopwatch::now();
                    (server.try_to_sign_in(GWEN, PASSWORD), began.elapsed())
                })
            })
            .collect();
        server.wait_until_ready(false);
        assert_eq!(server.status("/sign-in", ""), 200, "pages are answered meanwhile");
        assert_eq!(server.status("/security", cookie), 200, "also to whoever is signed in");
        asked.into_iter().map(|asked| asked.join().unwrap()).collect::<Vec<_>>()
    });
    for (answer, took) in answers {
        assert!(answer.starts_with("HTTP/1.1 503") && took < PATIENCE, "{took:?}: {answer}");
        assert!(answer.to_lowercase().contains("retry-after: 5") && answer.contains(GWEN), "{answer}");
    }
    holder.let_go().await;
    server.wait_until_ready(true);
    assert!(server.sign_in(GWEN, PASSWORD));
    server.kill();
    assert_eq!(verify(folder.path()).0, 0);
}

on_both_engines!(
    nobody_waits_for_the_time_outs_of_others,
    a_server_on_which_nobody_acts_says_that_it_cannot_write,
    a_form_is_kept_and_sent_again_when_the_lock_is_free,
    a_mail_whose_end_cannot_be_written_down_at_once_is_sent_once,
);
on_sqlite!(a_writer_whose_engine_died_is_made_anew);
on_postgres!(connections_that_were_cut_are_made_anew);
