//! A log that cannot be written, a disk that is full, a loss of power, a terminal that is closed: the server answers, says truly whether
//! it is ready, and goes on by itself when it can.

use std::{
    fs::File,
    io::{PipeReader, pipe},
    process::{Command, Stdio},
    time::Duration,
};

use ostiary::app::ports::{Clock as _, SystemClock};

use crate::{
    activity::verify::{portal, verify},
    harness::{
        TestApp,
        company::role,
        console::{Serving, program, program_after, run},
        database::texts_of,
        folder::Folder,
        mail_server::{Act, MailServer},
        signing_in::PASSWORD,
    },
};

const GWEN: &str = "gwen@contoso.example";
/// How long a server may take to stop that has nothing to finish.
const STOP: Duration = Duration::from_secs(20);

/// Where the log goes that nobody can write, and what has to be kept meanwhile.
fn dead_logs() -> Vec<(&'static str, Stdio, Option<PipeReader>)> {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let (reader, gone) = pipe().unwrap();
    drop(reader);
    let (silent, stuck) = pipe().unwrap();
    vec![
        ("the disk is full", full.into(), None),
        ("the reader is gone", gone.into(), None),
        ("the reader does not read", stuck.into(), Some(silent)),
    ]
}

#[tokio::test]
async fn a_log_that_cannot_be_written_takes_no_answer_along() {
    let folder = Folder::new();
    portal(folder.path()).await;
    for (why, log, _kept) in dead_logs() {
        let mut command = program_after(":", folder.path(), &["serve"]);
        command.stderr(log);
        let mut server = Serving::start(command);
        // With every line there is, a pipe is full soon.
        for round in 0..20 {
            assert_eq!(server.status("/sign-in", ""), 200, "{why}, {round}");
        }
        assert!(server.sign_in(GWEN, PASSWORD), "{why}");
        assert!(server.is_ready(), "{why}");
        server.signal("TERM");
        assert_eq!(server.ended(STOP), Some(0), "{why}");
    }
    assert_eq!(verify(folder.path()).0, 0);
}

#[tokio::test]
async fn a_console_that_nobody_reads_holds_no_server_up_and_ends_no_command() {
    let folder = Folder::new();
    portal(folder.path()).await;
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let command = |words: &[&str]| {
        let mut command = program(folder.path(), words);
        command.stdout(full()).stderr(full()).status().unwrap().code()
    };
    assert_eq!(command(&["audit", "verify"]), Some(0), "what it found does not depend on who hears it");
    assert_eq!(command(&["backup", "/nowhere/b.db"]), Some(1), "nor does a failure become another one");
    assert_eq!(command(&["restore", "none.db"]), Some(1));
}

/// What is lost is counted, and said as soon as somebody reads again.
#[tokio::test]
async fn lost_lines_are_counted_in_the_log() {
    use std::io::{BufRead as _, BufReader};
    let folder = Folder::new();
    portal(folder.path()).await;
    let path = folder.path().join("log");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    // Held open both ways, so that nobody waits for the other end.
    let both = File::options().read(true).write(true).open(&path).unwrap();
    let mut command = program_after(":", folder.path(), &["serve"]);
    command.stderr(both);
    let server = Serving::start(command);
    // Four megabytes wait; then lines are lost.
    let reader = File::open(&path).unwrap();
    for _ in 0..600 {
        assert_eq!(server.status(&format!("/{}", "long/".repeat(2_000)), ""), 404);
    }
    // Read on a thread of its own: whoever waits for a line that never comes is to fail, not to hang.
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut lines = BufReader::new(reader).lines().map(Result::unwrap);
        let _ = tell.send(lines.find(|line| line.contains("lines of the log")));
    });
    let counted = told.recv_timeout(Duration::from_secs(30)).unwrap().unwrap();
    assert!(counted.contains("WARN") && counted.contains("were lost since the start"), "{counted}");
    assert!(server.is_ready());
}

/// How large the largest file may become, in blocks of 512 bytes: the database is smaller, its write-ahead log is soon larger.
const LIMIT: &str = "ulimit -S -f 4096";

#[tokio::test]
async fn a_full_disk_is_told_the_form_is_kept_and_room_is_enough_to_go_on() {
    let folder = Folder::new();
    let url = portal(folder.path()).await;
    let mut command = program_after(LIMIT, folder.path(), &["serve"]);
    command.stderr(Stdio::null());
    let server = Serving::start(command);
    let mut signed_in = 0;
    let refused = loop {
        let answer = server.try_to_sign_in(GWEN, PASSWORD);
        if !answer.starts_with("HTTP/1.1 303") {
            break answer;
        }
        signed_in += 1;
        assert!(signed_in < 2_000, "the limit is never reached");
    };
    assert!(refused.starts_with("HTTP/1.1 503"), "{signed_in}: {refused}");
    let head = refused.to_lowercase();
    assert!(head.contains("retry-after: 60") && head.contains("disk is full"), "{refused}");
    assert!(refused.contains(GWEN) && !refused.contains(PASSWORD), "what was typed is kept, but for the password");
    server.wait_until_ready(false);
    assert_eq!(server.status("/sign-in", ""), 200, "what there is can be read");

    let room = ["--fsize=unlimited", "--pid", &server.id().to_string()];
    assert!(Command::new("prlimit").args(room).status().unwrap().success());
    server.wait_until_ready(true);
    assert!(server.sign_in(GWEN, PASSWORD));
    server.kill();
    assert_eq!(texts_of(&url, "select integrity_check from pragma_integrity_check").await, ["ok"]);
    assert_eq!(verify(folder.path()).0, 0, "nothing was half written");
    let recorded =
        texts_of(&url, "select id from audit_events where action = 'SignedIn' and outcome = 'Success'").await;
    assert_eq!(recorded.len(), signed_in + 1, "whoever was told that they are in is recorded, and nobody else");
}

#[tokio::test]
async fn a_server_that_was_killed_is_ready_again_and_nothing_that_was_answered_is_lost() {
    let folder = Folder::new();
    let url = portal(folder.path()).await;
    let mut answered = 0;
    for _ in 0..3 {
        let server = Serving::start(program(folder.path(), &["serve"]));
        assert!(server.is_ready());
        assert!(server.sign_in(GWEN, PASSWORD));
        answered += 1;
        server.kill();
        let recorded = texts_of(&url, "select id from audit_events where action = 'SignedIn'").await;
        assert_eq!(recorded.len(), answered);
    }
    assert_eq!(verify(folder.path()).0, 0);
}

async fn a_mail_that_is_being_taken_is_awaited_when_the_terminal_is_closed(test: &TestApp) {
    test.clock.set(SystemClock.now());
    test.admin().await;
    test.database.tamper("delete from outbox").await;
    let tess = test.user("Tess Ng").await;
    test.assign_eligible(&role("Security Operator"), &tess, None).await;
    test.database.tamper("delete from outbox where audience = 'Admin'").await;
    let mails = MailServer::start(|heard| (heard == ".").then_some(Act::SayLater(3, "250 taken"))).await;
    let serve = || {
        let mut command = program(
            test.database.folder.path(),
            &["serve", "--smtp-host", "127.0.0.1", "--smtp-security", "none", "--mail-from", "pim@contoso.example"],
        );
        command.args(["--smtp-port", &mails.port().to_string()]);
        Serving::start(command)
    };
    let mut server = serve();
    while mails.heard(|heard| heard.messages.is_empty()) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    server.signal("HUP");
    assert_eq!(server.ended(STOP), Some(0), "it ends as by TERM");
    assert_eq!(test.database.texts("select distinct state from outbox").await, ["Sent"]);
    let taken = mails.heard(|heard| heard.messages.len());
    let server = serve();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(mails.heard(|heard| heard.messages.len()), taken, "each came once");
    drop(server);
}

#[tokio::test]
async fn a_server_that_was_told_to_ignore_its_terminal_goes_on() {
    let folder = Folder::new();
    portal(folder.path()).await;
    let mut command = program_after("trap '' HUP", folder.path(), &["serve"]);
    command.stderr(Stdio::null());
    let mut server = Serving::start(command);
    server.signal("HUP");
    std::thread::sleep(Duration::from_millis(500));
    assert!(server.is_ready() && server.sign_in(GWEN, PASSWORD));
    server.signal("TERM");
    assert_eq!(server.ended(STOP), Some(0));
}

#[test]
fn whoever_listens_everywhere_says_where_people_come() {
    let folder = Folder::new();
    for listen in ["0.0.0.0:0", "[::]:0"] {
        let (code, said) = run(folder.path(), &["serve", "--listen", listen, "--allow-plain-http"]);
        assert!(code == 1 && said.contains("Set --public-url"), "{code}: {said}");
    }
}

on_sqlite!(a_mail_that_is_being_taken_is_awaited_when_the_terminal_is_closed);
