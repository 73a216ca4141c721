//! The weekly digest: once a week, to the administrators, with the right figures.

use ostiary::{
    app::{send_digest::send_digest, send_mail::send_due},
    domain::time::{Instant, Span},
};

use crate::harness::{
    START, TestApp,
    company::{ask, role},
    postman::Postman,
};

/// Monday, 9 March 2026, 08:00 in Zurich.
const NEXT_MONDAY: Instant = Instant::from_millis(1_773_039_600_000);

impl TestApp {
    async fn digests(&self) -> usize {
        self.database.texts("select id from mails where event = 'WeeklyDigest'").await.len()
    }
}

async fn it_is_queued_once_a_week_however_many_servers_there_are(test: &TestApp) {
    test.admin().await;
    send_digest(test).await.unwrap();
    assert_eq!(test.digests().await, 0, "the portal is younger than the week");
    test.clock.set(NEXT_MONDAY.minus(Span::seconds(1)));
    send_digest(test).await.unwrap();
    assert_eq!(test.digests().await, 0);
    test.clock.set(NEXT_MONDAY);
    let other = test.another_node().await;
    let (one, two) = tokio::join!(send_digest(test), send_digest(&other));
    one.unwrap();
    two.unwrap();
    for _ in 0..3 {
        send_digest(test).await.unwrap();
        send_digest(&other).await.unwrap();
        test.advance(Span::days(2));
    }
    assert_eq!(test.digests().await, 1);
    // After a downtime of weeks, the last one alone.
    test.clock.set(NEXT_MONDAY.plus(Span::days(30)));
    send_digest(&other).await.unwrap();
    assert_eq!(test.digests().await, 2);
    other.store.close().await;
}

async fn it_tells_what_happened(test: &TestApp) {
    let cast = test.cast().await;
    // The week begins after all this.
    test.clock.set(NEXT_MONDAY.plus(Span::hours(1)));
    let bo = &cast.approvers[1];
    test.assign_active(&role("Reports Reader"), bo, None).await;
    let mine = test.assign_eligible(&role("Global Reader"), bo, Some(Span::days(90))).await;
    test.activate(bo, &mine, ask("1")).await.unwrap();
    test.policy(&cast.role, |policy| policy.activation.approval.window = ostiary::domain::policy::Window::Never).await;
    test.activate(&cast.tess, &cast.eligibility, ask("2")).await.unwrap();
    test.clock.set(NEXT_MONDAY.plus(Span::days(7)).plus(Span::hours(2)));
    send_digest(test).await.unwrap();

    let postman = Postman::willing();
    let app = test.with_mailer(postman.clone()).await;
    send_due(&app).await.unwrap();
    let digest = postman.took().into_iter().find(|mail| mail.subject.starts_with("Your weekly")).unwrap();
    assert_eq!(digest.subject, "Your weekly PIM digest for Contoso");
    assert_eq!(digest.to.as_str(), "gwen@contoso.example");
    assert_eq!(digest.thread, None);
    for line in [
        "From:                       9 Mar 2026, 08:00 CET (Europe/Zurich)",
        "Until:                      16 Mar 2026, 08:00 CET (Europe/Zurich)",
        "Users who activated a role: 1",
        "Users made permanent:       1",
        "Assignments made:           2",
        "Tess Ng     Security Operator   9 Mar 2026",
    ] {
        assert!(digest.text.contains(line), "{line:?} is missing from {}", digest.text);
    }
    for (role, permanent, eligible) in
        [("Global Administrator", "1", "0"), ("Reports Reader", "1", "0"), ("Global Reader", "0", "1")]
    {
        let row = digest.text.lines().find(|line| line.trim_start().starts_with(role)).unwrap_or_default();
        let figures: Vec<&str> = row.split_whitespace().rev().take(2).collect();
        assert_eq!(figures, [eligible, permanent], "{role}: {}", digest.text);
    }
    assert!(START < NEXT_MONDAY);
}

on_both_engines! {
    it_is_queued_once_a_week_however_many_servers_there_are,
    it_tells_what_happened,
}
