//! From the queue to a mailbox: once, in time, and whatever goes wrong.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};
use std::time::Duration;

use ostiary::{
    app::{
        App,
        cancel_request::cancel_request,
        disable_user::disable_user,
        mailer::Failure,
        resend_mail::resend_mail,
        send_mail::{self, CLAIM, claim, deliver, send_due},
        send_test_mail::send_test_mail,
        update_user::{UpdateUser, update_user},
    },
    domain::{ids::MessageId, time::Span},
};
use tokio::{sync::oneshot, time::timeout};

use crate::harness::{
    TestApp, codes,
    company::{ask, role},
    postman::Postman,
    signing_in::profile,
};

impl TestApp {
    /// Messages about this event, as "state, attempts: note".
    async fn fates(&self, event: &str) -> Vec<String> {
        let statement = format!(
            "select o.state || ', ' || cast(o.attempts as text) || ': ' || o.note from outbox o join mails m on m.id = o.mail_id \
             where m.event = '{event}' order by o.id"
        );
        self.database.texts(&statement).await
    }

    /// The log of attempts, the first first.
    async fn log(&self) -> Vec<String> {
        self.database
            .texts("select coalesce(outcome, 'Unknown') || ': ' || answer from mail_attempts order by id")
            .await
    }

    async fn messages(&self, event: &str) -> Vec<MessageId> {
        let statement = format!(
            "select o.id from outbox o join mails m on m.id = o.mail_id where m.event = '{event}' order by o.id"
        );
        self.database.texts(&statement).await.iter().map(|id| MessageId::parse(id).unwrap()).collect()
    }

    /// The portal is set up, and its first mails are out of the way.
    async fn quiet(&self) {
        self.admin().await;
        self.database.tamper("delete from outbox").await;
    }
}

/// Says no until it is told otherwise.
fn refusing_until(well: &Arc<AtomicBool>, failure: Failure) -> Arc<Postman> {
    let well = Arc::clone(well);
    Postman::who(move |_| if well.load(Ordering::SeqCst) { Ok("250 ok".to_owned()) } else { Err(failure.clone()) })
}

async fn every_mail_of_an_approved_activation_arrives_once(test: &TestApp) {
    let cast = test.cast().await;
    let postman = Postman::willing();
    let app = test.with_mailer(postman.clone()).await;
    let request = test.activate(&cast.tess, &cast.eligibility, ask("2")).await.unwrap().request;
    send_due(&app).await.unwrap();
    let asked = "PIM: Review Tess Ng's request to activate the Security Operator role";
    assert_eq!(postman.took_about(asked), ["ada.approver", "bo.lindqvist", "cleo.diaz"]);
    let mail = postman.took().into_iter().find(|message| message.subject == asked).unwrap();
    assert_eq!(mail.thread, Some(format!("request-{request}")));
    assert_eq!(mail.date, test.now());
    let link = format!("http://127.0.0.1:3000/approve-requests/{request}");
    assert!(mail.text.contains(&link) && mail.html.contains(&format!("href=\"{link}\"")), "{}", mail.text);
    // In the zone of the reader, which is named.
    assert!(mail.text.contains("2 Mar 2026, 10:00 CET (Europe/Zurich)"), "{}", mail.text);

    test.advance(Span::minutes(10));
    test.approve(&cast.approvers[0], &request).await.unwrap();
    assert_eq!(send_due(&app).await.unwrap(), None, "nothing is left");
    assert_eq!(
        postman.took_about("Tess Ng's request to activate the Security Operator role was approved"),
        ["bo.lindqvist", "cleo.diaz"]
    );
    assert_eq!(postman.took_about("Your request to activate the Security Operator role was approved"), ["tess.ng"]);
    assert_eq!(postman.took_about("PIM: The Security Operator role is active"), ["tess.ng"]);
    assert_eq!(postman.took_about("PIM: Tess Ng activated the Security Operator role assignment"), ["gwen"]);
    let told = postman.took();
    let activated = told.iter().find(|message| message.subject.contains("activated the Security Operator")).unwrap();
    assert!(activated.text.contains("Approved by:"), "{}", activated.text);
    assert!(activated.text.contains("Ada Approver"), "{}", activated.text);
    assert!(postman.times().values().all(|times| *times == 1), "{:?}", postman.times());
    assert_eq!(postman.times().len(), told.len());
    assert!(test.log().await.iter().all(|line| line == "Sent: 250 ok"));
}

async fn mails_go_where_their_reader_is_now(test: &TestApp) {
    test.quiet().await;
    let admin = test.admin().await;
    let (tess, bo) = (test.user("Tess Ng").await, test.user("Bo Lindqvist").await);
    for who in [&tess, &bo] {
        test.assign_eligible(&role("Security Operator"), who, None).await;
    }
    let well = Arc::new(AtomicBool::new(false));
    let postman = refusing_until(&well, Failure::Passing("450 mailbox busy".to_owned()));
    let app = test.with_mailer(postman.clone()).await;
    send_due(&app).await.unwrap();
    assert!(postman.took().is_empty());
    // The address was wrong: a correction heals the next try. Somebody else was disabled meanwhile.
    let mut corrected = profile("Tess Ng", "tess.ng@contoso.example");
    corrected.notification_mail = "tess@home.example";
    let version = 1;
    update_user(test, &admin, UpdateUser { id: &tess, version, profile: corrected }).await.unwrap();
    disable_user(test, &admin, &bo).await.unwrap();
    well.store(true, Ordering::SeqCst);
    test.advance(Span::minutes(1));
    send_due(&app).await.unwrap();
    let to: Vec<String> = postman.took().iter().map(|message| message.to.as_str().to_owned()).collect();
    assert!(to.contains(&"tess@home.example".to_owned()), "{to:?}");
    assert!(!to.iter().any(|to| to.starts_with("tess.ng") || to.starts_with("bo.")), "{to:?}");
    assert!(test.fates("RoleAssigned").await.contains(&"Dropped, 2: The person is disabled.".to_owned()));
}

async fn a_server_that_is_busy_for_an_hour_loses_nothing(test: &TestApp) {
    test.quiet().await;
    let tess = test.user("Tess Ng").await;
    test.assign_eligible(&role("Security Operator"), &tess, None).await;
    let well = Arc::new(AtomicBool::new(false));
    let postman = refusing_until(&well, Failure::Passing("451 try later".to_owned()));
    let app = test.with_mailer(postman.clone()).await;
    let (start, mut tries) = (test.now(), 0);
    while test.now().since(start) < Span::hours(1) {
        let next = send_due(&app).await.unwrap().expect("it is tried again");
        assert!(next > test.now());
        test.clock.set(next);
        tries += 1;
    }
    assert!((5..10).contains(&tries), "with growing waits: {tries}");
    assert_eq!(test.fates("RoleAssigned").await, [format!("Queued, {tries}: "), format!("Queued, {tries}: ")]);
    well.store(true, Ordering::SeqCst);
    assert_eq!(send_due(&app).await.unwrap(), None);
    assert_eq!(postman.took().len(), 2);
    assert!(postman.took().iter().all(|message| message.date == start), "the date is that of the event");
    assert_eq!(test.log().await.iter().filter(|line| *line == "Deferred: 451 try later").count(), 2 * tries);
}

async fn a_server_that_is_away_for_a_day_fails_the_mail_and_it_can_be_sent_again(test: &TestApp) {
    test.quiet().await;
    let tess = test.user("Tess Ng").await;
    test.assign_eligible(&role("Security Operator"), &tess, None).await;
    let well = Arc::new(AtomicBool::new(false));
    let postman = refusing_until(&well, Failure::Passing("no connection".to_owned()));
    let app = test.with_mailer(postman.clone()).await;
    let start = test.now();
    while let Some(next) = send_due(&app).await.unwrap() {
        test.clock.set(next);
    }
    assert_eq!(test.now().since(start), Span::days(1), "the last try is at the end of the day");
    let failed = test.fates("RoleAssigned").await;
    assert!(failed.iter().all(|fate| fate == "Failed, 19: Tried for a day. At last: no connection"), "{failed:?}");

    well.store(true, Ordering::SeqCst);
    let message = test.messages("RoleAssigned").await.remove(1);
    resend_mail(test, &test.admin().await, &message).await.unwrap();
    assert_eq!(codes(resend_mail(test, &test.admin().await, &message).await), ["MailWaits"], "it waits already");
    assert_eq!(codes(resend_mail(test, &test.caller(&tess), &message).await), ["NotPermitted"]);
    send_due(&app).await.unwrap();
    assert_eq!(postman.took_about("Security Operator"), ["tess.ng"]);
    assert_eq!(postman.took()[0].message, message.as_str(), "under the same Message-ID");
    assert!(test.last_event().await.starts_with("MailResent Refused"), "{}", test.last_event().await);
}

async fn one_address_that_is_refused_holds_up_nobody(test: &TestApp) {
    test.quiet().await;
    let (tess, bo) = (test.user("Tess Ng").await, test.user("Bo Lindqvist").await);
    let postman = Postman::who(|message| {
        if message.to.as_str().starts_with("tess") {
            Err(Failure::Final("550 no such mailbox".to_owned()))
        } else {
            Ok("250 ok".to_owned())
        }
    });
    let app = test.with_mailer(postman.clone()).await;
    for who in [&tess, &bo] {
        test.assign_eligible(&role("Security Operator"), who, None).await;
    }
    assert_eq!(send_due(&app).await.unwrap(), None);
    assert_eq!(postman.took_about("Security Operator"), ["bo.lindqvist", "gwen", "gwen"]);
    let failed: Vec<_> =
        test.fates("RoleAssigned").await.into_iter().filter(|fate| fate.starts_with("Failed")).collect();
    assert_eq!(failed, ["Failed, 1: 550 no such mailbox"], "at once, with the server's words");
}

async fn two_servers_send_each_mail_once(test: &TestApp) {
    let cast = test.cast().await;
    let postman = Postman::slow(Duration::from_millis(3), |_| Ok("250 ok".to_owned()));
    let one = test.with_mailer(postman.clone()).await;
    let other = test.another_node_with_mailer(postman.clone()).await;
    for _ in 0..6 {
        let request = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
        test.deny(&cast.approvers[0], &request).await.unwrap();
        test.assign_eligible(&role("Reports Reader"), &test.user(&format!("User {}", test.now().millis())).await, None)
            .await;
        test.advance(Span::minutes(1));
    }
    let waiting = test.database.texts("select cast(count(*) as text) from outbox where state = 'Queued'").await;
    let (left, right) = tokio::join!(send_due(&one), send_due(&other));
    left.unwrap();
    right.unwrap();
    let times = postman.times();
    assert_eq!(times.len().to_string(), waiting[0]);
    assert!(times.len() > 20);
    assert!(times.values().all(|times| *times == 1), "{times:?}");
    assert_eq!(
        test.database.texts("select cast(count(*) as text) from mail_attempts").await,
        waiting,
        "one attempt each"
    );
    other.store.close().await;
    one.store.close().await;
}

async fn a_crash_after_the_server_took_it_sends_it_again_under_the_same_id(test: &TestApp) {
    test.quiet().await;
    let tess = test.user("Tess Ng").await;
    test.assign_eligible(&role("Security Operator"), &tess, None).await;
    test.database.tamper("delete from outbox where user_id is null or audience = 'Admin'").await;
    // The server has it, and the portal dies before it can write that down.
    let postman = Postman::slow(Duration::from_hours(1), |_| Ok("250 ok".to_owned()));
    let app = test.with_mailer(postman.clone()).await;
    assert!(timeout(Duration::from_millis(300), send_due(&app)).await.is_err());
    assert_eq!(postman.took().len(), 1);
    drop(app);

    let next_postman = Postman::willing();
    let app = test.with_mailer(next_postman.clone()).await;
    send_due(&app).await.unwrap();
    assert!(next_postman.took().is_empty(), "the claim still stands");
    test.advance(CLAIM);
    send_due(&app).await.unwrap();
    assert_eq!(send_due(&app).await.unwrap(), None);
    let (first, second) = (postman.took(), next_postman.took());
    assert_eq!(second.len(), 1, "twice at most");
    assert_eq!(first[0].message, second[0].message);
    assert_eq!(test.log().await, ["Unknown: ", "Sent: 250 ok"], "and the log says that one is unknown");
}

async fn the_answer_of_a_lost_claim_counts_and_sends_nothing_more(test: &TestApp) {
    test.quiet().await;
    let tess = test.user("Tess Ng").await;
    test.assign_eligible(&role("Security Operator"), &tess, None).await;
    test.database.tamper("delete from outbox where audience = 'Admin'").await;
    let app = test.with_mailer(Postman::willing()).await;
    let (mut slow, _) = claim(&app, 1).await.unwrap();
    // The first sender is held up until its claim ran out; a second one takes over, and the server is busy.
    test.advance(CLAIM);
    let busy = test.with_mailer(Postman::who(|_| Err(Failure::Passing("451 busy".to_owned())))).await;
    let (mut second, _) = claim(&busy, 1).await.unwrap();
    deliver(&app, slow.remove(0)).await;
    assert_eq!(test.fates("RoleAssigned").await, ["Queued, 2: "], "what another attempt has is not sent by the first");
    deliver(&busy, second.remove(0)).await;
    assert_eq!(test.fates("RoleAssigned").await, ["Queued, 2: "]);
}

async fn what_is_dropped_while_it_waits_for_its_turn_is_not_sent(test: &TestApp) {
    let cast = test.cast().await;
    let postman = Postman::willing();
    let app = test.with_mailer(postman.clone()).await;
    send_due(&app).await.unwrap();
    let before = postman.took().len();
    let request = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
    let (claims, _) = claim(&app, 10).await.unwrap();
    assert_eq!(claims.len(), 3);
    cancel_request(test, &test.caller(&cast.tess), &request, "").await.unwrap();
    for claim in claims {
        deliver(&app, claim).await;
    }
    assert_eq!(postman.took().len(), before);
    assert!(test.fates("ApprovalRequested").await.iter().all(|fate| fate.starts_with("Dropped, 1: ")));
}

async fn a_slow_server_blocks_neither_writes_nor_other_mails(test: &TestApp) {
    test.quiet().await;
    let tess = test.user("Tess Ng").await;
    test.assign_eligible(&role("Security Operator"), &tess, None).await;
    let postman = Postman::slow(Duration::from_hours(1), |_| Ok("250 ok".to_owned()));
    let app = test.with_mailer(postman.clone()).await;
    let (stop, stopped) = oneshot::channel();
    let sender = tokio::spawn(send_mail::run(app.clone(), stopped));
    // While messages hang, people work, and further mails are begun.
    let work = async {
        for number in 0..5 {
            let user = test.user(&format!("Person {number}")).await;
            // Queued through the app that sends: its sender wakes at once.
            test.assign_eligible(&role("Reports Reader"), &user, None).await;
            send_test_mail_in_background(&app, test).await;
        }
        while postman.took().len() < 4 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(20), work).await.expect("nothing waits for a mail server");
    assert!(postman.most_at_once() >= 4);
    drop(stop);
    sender.abort();
}

/// Wakes the sender of this app, without waiting for what it sends.
async fn send_test_mail_in_background(app: &App, test: &TestApp) {
    let (app, caller) = (app.clone(), test.admin().await);
    tokio::spawn(async move { send_test_mail(&app, &caller).await });
    tokio::time::sleep(Duration::from_millis(20)).await;
}

async fn the_sender_wakes_when_a_mail_is_queued_and_finishes_when_it_stops(test: &TestApp) {
    test.quiet().await;
    let postman = Postman::slow(Duration::from_millis(100), |_| Ok("250 ok".to_owned()));
    let app = test.with_mailer(postman.clone()).await;
    let (stop, stopped) = oneshot::channel();
    let sender = tokio::spawn(send_mail::run(app.clone(), stopped));
    tokio::time::sleep(Duration::from_millis(300)).await;
    let message = {
        let tess = test.user("Tess Ng").await;
        test.assign_eligible(&role("Security Operator"), &tess, None).await;
        test.messages("RoleAssigned").await.remove(0)
    };
    test.database
        .tamper(&format!("update outbox set state = 'Failed', due_at = null, closed_at = 1 where id = '{message}'"))
        .await;
    // This queues in the app whose sender sleeps for half a minute otherwise.
    resend_mail(&app, &test.admin().await, &message).await.unwrap();
    let arrived = async {
        while postman.took().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(5), arrived).await.expect("it is sent at once");
    stop.send(()).unwrap();
    timeout(Duration::from_secs(5), sender).await.unwrap().unwrap();
    let fates = test.fates("RoleAssigned").await;
    assert!(!fates.iter().any(|fate| fate.starts_with("Queued, 1")), "what was on its way is written down: {fates:?}");
}

async fn without_a_mail_server_everything_waits_and_what_is_too_old_is_not_sent_later(test: &TestApp) {
    test.quiet().await;
    let (tess, bo) = (test.user("Tess Ng").await, test.user("Bo Lindqvist").await);
    test.assign_eligible(&role("Security Operator"), &tess, None).await;
    assert_eq!(send_due(test).await.unwrap(), None);
    assert_eq!(test.fates("RoleAssigned").await, ["Queued, 0: ", "Queued, 0: "]);
    test.advance(Span::days(8));
    test.assign_eligible(&role("Security Operator"), &bo, None).await;
    let postman = Postman::willing();
    let app = test.with_mailer(postman.clone()).await;
    assert_eq!(send_due(&app).await.unwrap(), None);
    assert_eq!(postman.took_about("Security Operator"), ["bo.lindqvist", "gwen"]);
    let old = test
        .fates("RoleAssigned")
        .await
        .into_iter()
        .filter(|fate| fate.starts_with("Failed, 0: It had waited"))
        .count();
    assert_eq!(old, 2);
}

async fn a_test_mail_says_what_the_server_said(test: &TestApp) {
    test.quiet().await;
    let admin = test.admin().await;
    assert_eq!(codes(send_test_mail(test, &admin).await), ["NoMailServer"], "there is no server");
    let answers = Arc::new(Mutex::new(vec![
        Err(Failure::Final("550 go away".to_owned())),
        Err(Failure::Passing("connection refused".to_owned())),
        Ok("250 queued as 17".to_owned()),
    ]));
    let postman = Postman::who(move |_| answers.lock().unwrap().pop().unwrap());
    let app = test.with_mailer(postman.clone()).await;
    let tess = test.user("Tess Ng").await;
    assert_eq!(codes(send_test_mail(&app, &test.caller(&tess)).await), ["NotPermitted"]);
    for (said, fate) in [
        ("250 queued as 17", "Sent, 1: "),
        ("connection refused", "Queued, 1: "),
        ("550 go away", "Failed, 1: 550 go away"),
    ] {
        let tried = send_test_mail(&app, &admin).await.unwrap();
        assert_eq!(tried.attempt.answer, said);
        assert_eq!(test.fates("TestMail").await.last().unwrap(), fate);
    }
    assert_eq!(postman.took()[0].subject, "PIM: This is a test mail");
}

on_both_engines! {
    every_mail_of_an_approved_activation_arrives_once,
    mails_go_where_their_reader_is_now,
    a_server_that_is_busy_for_an_hour_loses_nothing,
    a_server_that_is_away_for_a_day_fails_the_mail_and_it_can_be_sent_again,
    one_address_that_is_refused_holds_up_nobody,
    two_servers_send_each_mail_once,
    a_crash_after_the_server_took_it_sends_it_again_under_the_same_id,
    the_answer_of_a_lost_claim_counts_and_sends_nothing_more,
    what_is_dropped_while_it_waits_for_its_turn_is_not_sent,
    a_slow_server_blocks_neither_writes_nor_other_mails,
    the_sender_wakes_when_a_mail_is_queued_and_finishes_when_it_stops,
    without_a_mail_server_everything_waits_and_what_is_too_old_is_not_sent_later,
    a_test_mail_says_what_the_server_said,
}
