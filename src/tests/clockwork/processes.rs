//! Servers as an operator runs them: processes of their own, in real time, with a mail server. They are killed again and again, at
//! moments that nobody chose. What is due is done once; a mail arrives once, or twice as the same message.

use std::{
    collections::BTreeMap,
    process::{Child, Command, Stdio},
    time::Duration,
};

use ostiary::{
    app::{
        assign_role::assign_role,
        ports::{Clock as _, SeededRandom, SystemClock},
        send_mail::{CLAIM, send_due},
        settle::settle_all,
    },
    domain::{
        activation::ActivationAsk,
        assignment::AssignAsk,
        audit::{Activity, Outcome},
        ids::{PrincipalId, RoleId},
        policy::Window,
        request::Kind,
        role::{PortalRole, catalogue},
        time::{Instant, Span},
    },
};

use super::servers::a_moment;
use crate::harness::{
    Engine, TestApp,
    company::{ask, assignment},
    mail_server::MailServer,
};

/// A server; dropped, it is killed as by the loss of power to its machine.
struct Server(Child);

impl Server {
    /// One on the database of this test, with a copy of key and anchor.
    fn start(test: &TestApp, name: &str, mails: &MailServer) -> Self {
        let folder = test.database.folder.path();
        let key = folder.join(name);
        if !key.exists() {
            std::fs::copy(folder.join("key"), &key).unwrap();
            std::fs::copy(folder.join("key.anchor"), key.with_extension("anchor")).unwrap();
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_ostiary"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--public-url", "http://127.0.0.1:3000", "--log", "error"]);
        command.arg("--key-file").arg(key);
        match test.database.engine {
            Engine::Sqlite => command.arg("--data-dir").arg(folder.join("data")),
            Engine::Postgres => command.env("OSTIARY_DATABASE_URL", &test.database.url),
        };
        command.args(["--smtp-host", "127.0.0.1", "--smtp-security", "none", "--mail-from", "pim@contoso.example"]);
        command.args(["--smtp-port", &mails.port().to_string()]);
        Self(command.stdout(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let ended = self.0.try_wait().unwrap();
        self.0.kill().unwrap();
        self.0.wait().unwrap();
        if !std::thread::panicking() {
            assert_eq!(ended, None, "it ran until it was killed");
        }
    }
}

/// How many events of what kind are to come.
type Expected = BTreeMap<Activity, usize>;

/// Ends, starts and lapses: some of them long ago, most of them while the servers run, from `open` on.
async fn make_due(test: &TestApp, open: Instant) -> Expected {
    test.clock.set(open.minus(Span::days(40)));
    let admin = test.admin().await;
    let usual = |role: &ostiary::domain::role::Role| !role.is_hidden && PortalRole::of(&role.id).is_none();
    let roles: Vec<RoleId> = catalogue().unwrap().into_iter().filter(usual).map(|role| role.id).collect();
    let (uma, tess) = (test.user("Uma Roy").await, test.user("Tess Ng").await);
    let bo = test.user("Bo Lindqvist").await;
    let group = test.role_group("Night shift", &[&uma, &tess, &bo]).await;
    for (role, number) in roles.iter().take(80).zip(0..) {
        let who = if number % 4 == 0 { PrincipalId::from(&group) } else { PrincipalId::from(&uma) };
        let end = if number < 20 { open.minus(Span::days(3)) } else { open.plus(Span::from_millis(150 * number)) };
        let ask = AssignAsk { ends_at: Some(end), ..assignment(test, Kind::Assignment, None) };
        assign_role(test, &admin, role, &[who], &ask).await.unwrap();
    }
    let (waiting, later) = (&roles[80..90], &roles[90..100]);
    let mut eligible = Vec::new();
    for role in waiting {
        test.policy(role, |policy| {
            policy.activation.approval.required = true;
            policy.activation.approval.window = Window::hours(1).unwrap();
        })
        .await;
    }
    for role in waiting.iter().chain(later) {
        eligible.push(test.assign_eligible(role, &tess, None).await);
    }
    let (waiting, later) = eligible.split_at(10);
    for (eligibility, second) in waiting.iter().zip(0..) {
        test.clock.set(open.minus(Span::hours(1)).plus(Span::seconds(second)));
        test.activate(&tess, eligibility, ask("1")).await.unwrap();
    }
    test.clock.set(open.minus(Span::minutes(10)));
    for (eligibility, second) in later.iter().zip(0..) {
        let ask = ActivationAsk { starts_at: Some(open.plus(Span::seconds(second))), ..ask("1") };
        test.activate(&tess, eligibility, ask).await.unwrap();
    }
    [(Activity::AssignmentExpired, 80), (Activity::RequestLapsed, 10), (Activity::ActivationCompleted, 10)].into()
}

/// How often what is expected was recorded.
async fn recorded(test: &TestApp, expected: &Expected) -> Expected {
    let mut recorded: Expected = expected.keys().map(|activity| (*activity, 0)).collect();
    for event in test.events().await.into_iter().filter(|event| event.outcome == Outcome::Success) {
        if let Some(count) = recorded.get_mut(&event.activity) {
            *count += 1;
        }
    }
    recorded
}

/// How often each message arrived.
fn arrived(mails: &MailServer) -> BTreeMap<String, usize> {
    let mut times = BTreeMap::new();
    mails.heard(|heard| {
        for message in &heard.messages {
            let id = message.lines().find_map(|line| line.strip_prefix("Message-ID: <")).unwrap();
            *times.entry(id.split('@').next().unwrap().to_owned()).or_default() += 1;
        }
    });
    times
}

async fn nothing_comes_twice_or_never_whichever_process_is_killed(test: &TestApp) {
    let mails = MailServer::start(|_| None).await;
    let open = SystemClock.now().plus(Span::seconds(5));
    let expected = make_due(test, open).await;
    let names: &[&str] = match test.database.engine {
        Engine::Sqlite => &["one"],
        Engine::Postgres => &["one", "other"],
    };
    let random = SeededRandom::new(7);
    let mut servers: Vec<_> = names.iter().map(|name| Server::start(test, name, &mails)).collect();
    for kill in 0..12 {
        tokio::time::sleep(a_moment(&random) * 100).await;
        let victim = kill % names.len();
        // The old one is gone when the new one has begun to start.
        drop(servers.remove(victim));
        servers.insert(victim, Server::start(test, names[victim], &mails));
    }
    for _ in 0..120 {
        if recorded(test, &expected).await == expected {
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert_eq!(recorded(test, &expected).await, expected);
    drop(servers);

    // Whatever was on its way from one that was killed is sent again when its claim has run out.
    test.clock.set(SystemClock.now().plus(CLAIM));
    let last = test.with_mailer(mails.mailer()).await;
    settle_all(&last, "trace").await.unwrap();
    send_due(&last).await.unwrap();
    last.store.close().await;
    assert_eq!(recorded(test, &expected).await, expected, "and nothing more came");

    let most = "select coalesce(max(n), 0) || '' from (select count(*) as n from notices where kind not in ('MadeActive', 'MadeEligible') \
                group by user_id, request_id, kind) as told";
    assert_eq!(test.database.texts(most).await, ["1"], "nobody is told the same twice");
    let arrived = arrived(&mails);
    assert!(arrived.values().all(|times| *times <= 2), "{arrived:?}");
    let of_state = async |state: &str| {
        test.database.texts(&format!("select id from outbox where state = '{state}' order by id")).await
    };
    let sent = of_state("Sent").await;
    assert!(sent.len() > 100, "{}", sent.len());
    assert!(sent.iter().all(|id| arrived.contains_key(id)), "what is said to have been sent has arrived");
    let dropped = of_state("Dropped").await;
    assert!(
        arrived.keys().all(|id| sent.contains(id) || dropped.contains(id)),
        "what has arrived is said to have been sent"
    );
    assert!(of_state("Queued").await.is_empty());
    let failed = "select distinct note from outbox where state = 'Failed'";
    let failed = test.database.texts(failed).await;
    assert!(failed.iter().all(|note| note.contains("too old")), "{failed:?}");
    test.assert_intact().await;
}

on_both_engines!(nothing_comes_twice_or_never_whichever_process_is_killed);
