//! The mailer that speaks SMTP, with a server that says what the test says.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use std::time::Duration;

use ostiary::{
    app::{
        mailer::{Failure, Mailer as _, Outgoing},
        send_mail::{CLAIM, send_due},
        smtp::{Account, Patience, Security},
    },
    domain::{address::MailAddress, time::Span},
};

use crate::harness::{
    START, TestApp,
    company::{REASON, ask, role},
    mail_server::{Act, MailServer},
};

fn outgoing(to: &str) -> Outgoing {
    Outgoing {
        to: MailAddress::parse(to).unwrap(),
        message: "019cae11-0000-7000-8000-000000000001".to_owned(),
        thread: Some("request-7".to_owned()),
        date: START,
        subject: "PIM: Zoë’s request".to_owned(),
        text: "Grüezi\n.\n..two dots\n".to_owned(),
        html: "<p>Grüezi</p>".to_owned(),
    }
}

/// The header of a message with this name, folded lines joined.
fn header(message: &str, name: &str) -> Vec<String> {
    let head = message.split("\r\n\r\n").next().unwrap_or(message).replace("\r\n ", " ");
    let start = format!("{name}: ");
    head.split("\r\n").filter_map(|line| line.strip_prefix(&start)).map(str::to_owned).collect()
}

async fn a_message_reads_as_mail_programs_expect(_: &TestApp) {
    let server = MailServer::start(|_| None).await;
    let mailer = server.mailer();
    let said = mailer.send(&outgoing("tess@contoso.example")).await.unwrap();
    assert_eq!(said, "250 queued as 4711");
    let message = server.heard(|heard| heard.messages[0].clone());
    assert_eq!(header(&message, "To"), ["tess@contoso.example"]);
    assert_eq!(header(&message, "From"), ["Ostiary <pim@contoso.example>"]);
    assert_eq!(header(&message, "Message-ID"), ["<019cae11-0000-7000-8000-000000000001@contoso.example>"]);
    assert_eq!(header(&message, "In-Reply-To"), ["<request-7@contoso.example>"]);
    assert_eq!(header(&message, "References"), ["<request-7@contoso.example>"]);
    assert_eq!(header(&message, "Auto-Submitted"), ["auto-generated"]);
    assert_eq!(header(&message, "Date"), ["Mon, 02 Mar 2026 09:00:00 +0000"]);
    assert_eq!(header(&message, "MIME-Version"), ["1.0"]);
    assert!(header(&message, "Content-Type")[0].starts_with("multipart/alternative;"), "{message}");
    assert!(header(&message, "Subject")[0].contains("=?utf-8?"), "{message}");
    assert!(message.contains("Content-Type: text/plain; charset=utf-8"));
    assert!(message.contains("Content-Type: text/html; charset=utf-8"));
    assert!(message.lines().all(|line| line.len() <= 998 && line.is_ascii()), "{message}");
    server.heard(|heard| {
        assert_eq!(heard.commands[1], "MAIL FROM:<pim@contoso.example>");
        assert_eq!(heard.commands[2], "RCPT TO:<tess@contoso.example>");
    });
}

async fn a_connection_is_used_again(_: &TestApp) {
    let server = MailServer::start(|_| None).await;
    let mailer = server.mailer();
    for to in ["a@contoso.example", "b@contoso.example", "c@contoso.example"] {
        mailer.send(&outgoing(to)).await.unwrap();
    }
    server.heard(|heard| {
        assert_eq!((heard.connections, heard.messages.len()), (1, 3));
        assert_eq!(heard.commands.iter().filter(|command| *command == "DATA").count(), 3);
    });
}

/// What becomes of a message when the server does this at that command.
async fn answer(command: &'static str, act: Act) -> Failure {
    let server = MailServer::start(move |heard| heard.starts_with(command).then_some(act)).await;
    let account = Account { user: "pim".to_owned(), password: "hush".to_owned().into() };
    let mailer = server.mailer_with(Security::None, Some(account));
    mailer.send(&outgoing("tess@contoso.example")).await.unwrap_err()
}

#[track_caller]
fn says(failure: &Failure, passes: bool, words: &str) {
    let (is_passing, said) = match failure {
        Failure::Passing(said) => (true, said),
        Failure::Final(said) => (false, said),
    };
    assert!(is_passing == passes && said.contains(words), "{failure:?}");
}

async fn what_may_pass_is_told_from_what_does_not(_: &TestApp) {
    says(&answer("RCPT", Act::Say("550 5.1.1 no such mailbox")).await, false, "no such mailbox");
    says(&answer("RCPT", Act::Say("450 4.2.1 mailbox busy")).await, true, "mailbox busy");
    says(&answer("MAIL", Act::Say("452 4.3.1 disk full")).await, true, "disk full");
    // Nobody was spoken of yet: whatever the number, it is about this moment.
    says(&answer("MAIL", Act::Say("530 5.7.0 authentication required")).await, true, "authentication required");
    says(&answer("MAIL", Act::Say("550 5.7.1 not from you")).await, true, "not from you");
    // The recipient was named, and it is about the two servers all the same.
    says(&answer("RCPT", Act::Say("530 5.7.0 authentication required")).await, true, "authentication required");
    says(&answer("RCPT", Act::Say("503 5.5.1 bad sequence")).await, true, "bad sequence");
    says(&answer("RCPT", Act::Say("554 5.7.1 relay access denied")).await, true, "relay access denied");
    says(&answer("RCPT", Act::Say("550-5.7.1 relaying\r\n550 5.7.1 denied")).await, true, "relaying");
    says(&answer("RCPT", Act::Say("553 no such name")).await, false, "no such name");
    says(&answer("DATA", Act::Say("554 5.5.1 no valid recipients")).await, false, "no valid recipients");
    says(&answer(".", Act::Say("554 5.7.1 looks like spam")).await, false, "looks like spam");
    says(&answer(".", Act::Say("421 4.3.2 shutting down")).await, true, "shutting down");
    // A password that has changed is no fault of the message, whatever the number says.
    says(&answer("AUTH", Act::Say("535 5.7.8 bad credentials")).await, true, "bad credentials");
    says(&answer("greeting", Act::Say("554 5.3.2 not today")).await, true, "not today");
    for command in ["greeting", "EHLO", "MAIL", "DATA", "."] {
        says(&answer(command, Act::HangUp).await, true, "");
    }
}

async fn a_server_that_says_nothing_is_given_up(_: &TestApp) {
    for command in ["greeting", "RCPT", "."] {
        let began = tokio::time::Instant::now();
        says(&answer(command, Act::Wait).await, true, "within 2 seconds");
        assert!(began.elapsed() < Duration::from_secs(10));
    }
}

/// RFC 5321, 4.5.3.2.6: whoever gives up after the final dot makes a second mail of it.
async fn an_answer_after_the_final_dot_is_awaited_for_longer(_: &TestApp) {
    let late = |heard: &str| (heard == ".").then_some(Act::SayLater(3, "250 taken at last"));
    let server = MailServer::start(late).await;
    let patience = Patience { before: Duration::from_secs(1), message: Duration::from_secs(20) };
    let mailer = server.mailer_who(Security::None, None, patience);
    assert_eq!(mailer.send(&outgoing("tess@contoso.example")).await, Ok("250 taken at last".to_owned()));
    assert_eq!(server.heard(|heard| heard.messages.len()), 1);
}

/// What the server cannot have is given up at once; what it may have is awaited.
async fn a_stop_awaits_only_what_may_have_been_taken(_: &TestApp) {
    let server = MailServer::start(|heard| (heard == ".").then_some(Act::SayLater(2, "250 taken"))).await;
    let patience = Patience { before: Duration::from_mins(1), message: Duration::from_mins(1) };
    let mailer = server.mailer_who(Security::None, None, patience);
    let sending = mailer.clone();
    let taken = tokio::spawn(async move { sending.send(&outgoing("tess@contoso.example")).await });
    while server.heard(|heard| heard.messages.is_empty()) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    mailer.stop();
    says(&mailer.send(&outgoing("uma@contoso.example")).await.unwrap_err(), true, "was stopped before");
    assert_eq!(taken.await.unwrap(), Ok("250 taken".to_owned()));
    let silent = MailServer::start(|heard| (heard == "greeting").then_some(Act::Wait)).await;
    let mailer = silent.mailer_who(Security::None, None, patience);
    let sending = mailer.clone();
    let waiting = tokio::spawn(async move { sending.send(&outgoing("tess@contoso.example")).await });
    while silent.heard(|heard| heard.connections == 0) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let began = tokio::time::Instant::now();
    mailer.stop();
    says(&waiting.await.unwrap().unwrap_err(), true, "was stopped before");
    assert!(began.elapsed() < Duration::from_secs(5));
}

async fn without_encryption_nothing_is_said(_: &TestApp) {
    let server = MailServer::start(|_| None).await;
    let account = Account { user: "pim".to_owned(), password: "hush".to_owned().into() };
    for security in [Security::StartTls, Security::Tls] {
        let failure = server.mailer_with(security, Some(account.clone())).send(&outgoing("tess@contoso.example")).await;
        says(&failure.unwrap_err(), true, "");
    }
    server.heard(|heard| {
        let secrets = heard.commands.iter().filter(|line| line.starts_with("AUTH") || line.starts_with("MAIL"));
        assert_eq!(secrets.count(), 0, "{:?}", heard.commands);
    });
}

async fn a_connection_that_breaks_after_the_message_sends_it_again_under_the_same_id(test: &TestApp) {
    let tess = test.user("Tess Ng").await;
    test.assign_eligible(&role("Security Operator"), &tess, None).await;
    test.database.tamper("delete from outbox where audience = 'Admin'").await;
    test.database.tamper("delete from outbox where mail_id in (select id from mails where request_id is null)").await;
    let broken = Arc::new(AtomicBool::new(true));
    let script = Arc::clone(&broken);
    let server =
        MailServer::start(move |heard| (heard == "." && script.load(Ordering::SeqCst)).then_some(Act::HangUp)).await;
    let app = test.with_mailer(server.mailer()).await;
    let next = send_due(&app).await.unwrap().unwrap();
    assert_eq!(next, test.now().plus(Span::minutes(1)));
    broken.store(false, Ordering::SeqCst);
    test.clock.set(next.plus(CLAIM));
    assert_eq!(send_due(&app).await.unwrap(), None);
    let mut of_tess = server.heard(|heard| heard.messages.clone());
    of_tess.retain(|message| header(message, "To") == ["tess.ng@contoso.example"]);
    assert_eq!(of_tess.len(), 2);
    assert_eq!(header(&of_tess[0], "Message-ID"), header(&of_tess[1], "Message-ID"));
    assert_eq!(header(&of_tess[0], "Date"), header(&of_tess[1], "Date"));
}

/// A reason, and everything else that a person types, ends no header and begins none.
async fn nothing_that_is_typed_becomes_a_header(test: &TestApp) {
    let cast = test.cast().await;
    let server = MailServer::start(|_| None).await;
    let app = test.with_mailer(server.mailer()).await;
    let mut wish = ask("1");
    wish.justification =
        format!("{REASON}\r\nBcc: all@evil.example\r\n\r\n.\r\nMAIL FROM:<x@evil.example>\r\n<script>x</script>");
    test.activate(&cast.tess, &cast.eligibility, wish).await.unwrap();
    // Behind the back of every check on names.
    test.database
        .tamper(
            "update roles set display_name = 'Evil\r\nBcc: all@evil.example' where display_name = 'Security Operator'",
        )
        .await;
    let request = "select id from requests where status = 'PendingApproval'";
    let request = test.database.texts(request).await.remove(0);
    test.approve(&cast.approvers[0], &ostiary::domain::ids::RequestId::parse(&request).unwrap()).await.unwrap();
    send_due(&app).await.unwrap();
    server.heard(|heard| {
        assert!(heard.messages.len() >= 5);
        for message in &heard.messages {
            assert!(header(message, "Bcc").is_empty(), "{message}");
            assert_eq!(header(message, "Subject").len(), 1);
            let (_, html) = message.split_once("Content-Type: text/html").unwrap();
            assert!(!html.contains("<script>"), "{html}");
        }
        let from: Vec<_> = heard.commands.iter().filter(|command| command.starts_with("MAIL")).collect();
        assert!(from.iter().all(|command| *command == "MAIL FROM:<pim@contoso.example>"), "{from:?}");
        assert!(heard.commands.iter().all(|command| !command.contains("evil.example")));
    });
}

on_both_engines! {
    a_message_reads_as_mail_programs_expect,
    a_connection_is_used_again,
    what_may_pass_is_told_from_what_does_not,
    a_server_that_says_nothing_is_given_up,
    an_answer_after_the_final_dot_is_awaited_for_longer,
    a_stop_awaits_only_what_may_have_been_taken,
    without_encryption_nothing_is_said,
    a_connection_that_breaks_after_the_message_sends_it_again_under_the_same_id,
    nothing_that_is_typed_becomes_a_header,
}
