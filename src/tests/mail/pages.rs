//! The pages of mails, as a browser without script meets them.

use ostiary::app::send_mail::send_due;

use crate::harness::{
    TestApp,
    company::{ask, role},
    postman::Postman,
};

async fn without_a_mail_server_every_mail_is_read_in_the_portal(test: &TestApp) {
    let cast = test.cast().await;
    let request = test.activate(&cast.tess, &cast.eligibility, ask("2")).await.unwrap().request;
    let admin = test.admin().await;
    let visitor = test.visitor(&admin.user);
    for page in ["/", "/mail"] {
        visitor.get(page).await.is(200).says(&["No mail leaves this portal.", "No mail server is configured"]);
    }
    let list = visitor.get("/mail").await;
    list.says(&["Approval requested", "Ada Approver", "ada.approver@contoso.example", "Waiting", "Security Operator"]);
    list.hides(&["Send a test mail"]);
    let message = format!(
        "select o.id from outbox o join mails m on m.id = o.mail_id where m.request_id = '{request}' order by o.id limit 1"
    );
    let path = format!("/mail/{}", test.database.texts(&message).await[0]);
    let page = visitor.get(&path).await;
    page.is(200).says(&[
        "Review Tess Ng's request to activate the Security Operator role",
        &format!("http://127.0.0.1:3000/approve-requests/{request}"),
        "Nobody tried to send it.",
        "Open as HTML",
    ]);
    let html = visitor.get(&format!("{path}/html")).await;
    html.is(200).says(&["Approve or deny request", "<table role=\"presentation\""]);

    // Whoever does not look after mails sees neither the note nor the pages.
    let tess = test.visitor(&cast.tess);
    tess.get("/").await.is(200).hides(&["No mail leaves"]);
    for page in ["/mail", &path, &format!("{path}/html")] {
        tess.get(page).await.is(404);
    }
}

async fn the_html_of_a_mail_brings_a_policy_of_its_own(test: &TestApp) {
    test.admin().await;
    let id = test.database.texts("select id from outbox limit 1").await.remove(0);
    let mut browser = test.browser(&test.admin().await.user).await;
    let html = browser.get(&format!("/mail/{id}/html")).await;
    let policy = html.headers.get("content-security-policy").unwrap().to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("sandbox") && !policy.contains("script-src"));
    assert!(policy.contains("frame-ancestors 'none'"));
    assert_eq!(html.headers.get_all("content-security-policy").iter().count(), 1);
    let page = browser.get("/mail").await;
    let policy = page.headers.get("content-security-policy").unwrap().to_str().unwrap();
    assert!(policy.contains("style-src 'self'"), "the pages keep theirs: {policy}");
}

async fn the_list_is_narrowed_by_state_and_text(test: &TestApp) {
    test.admin().await;
    let (tess, bo) = (test.user("Tess Ng").await, test.user("Bo Lindqvist").await);
    let app = test.with_mailer(Postman::willing()).await;
    test.assign_eligible(&role("Security Operator"), &tess, None).await;
    send_due(&app).await.unwrap();
    test.assign_eligible(&role("Reports Reader"), &bo, None).await;
    let visitor = test.visitor(&test.admin().await.user);
    visitor.get("/mail?state=Queued").await.says(&["Bo Lindqvist"]).hides(&["Tess Ng"]);
    visitor.get("/mail?state=Sent").await.says(&["Tess Ng", "tess.ng@contoso.example"]).hides(&["Bo Lindqvist"]);
    visitor.get("/mail?state=Failed").await.says(&["No mail found"]);
    visitor.get("/mail?q=LINDQ").await.says(&["Bo Lindqvist"]).hides(&["Tess Ng"]);
    visitor.get("/mail?q=security+op").await.says(&["Tess Ng"]).hides(&["Bo Lindqvist"]);
    visitor.get("/mail?q=tess.ng%40contoso").await.says(&["Tess Ng"]).hides(&["Bo Lindqvist"]);
    visitor.get("/mail?q=%25").await.says(&["No mail found"]);
    visitor.get("/mail?state=Nonsense").await.is(404);
    visitor.get("/mail/00000000-0000-7000-8000-00000000abcd").await.is(404);
}

async fn the_list_is_read_page_by_page(test: &TestApp) {
    test.admin().await;
    let tess = test.user("Tess Ng").await;
    test.assign_eligible(&role("Security Operator"), &tess, None).await;
    let mail = test.database.texts("select mail_id from outbox order by id desc limit 1").await.remove(0);
    for number in 0..70 {
        let statement = format!(
            "insert into outbox (id, mail_id, audience, address, queued_at, state, due_at, attempts, note) values \
             ('00000000-0000-7000-8000-0000000{number:05}', '{mail}', 'Admin', 'a{number:02}@example.com', 1, 'Queued', 1, 0, '')"
        );
        test.database.tamper(&statement).await;
    }
    let visitor = test.visitor(&test.admin().await.user);
    let first = visitor.get("/mail?q=example.com").await;
    first.says(&["a69@example.com", "a20@example.com", "Next page"]).hides(&["a19@example.com"]);
    let (_, next) = first.text.split_once("href=\"/mail?q=example.com&amp;after=").unwrap();
    let next = next.split('"').next().unwrap();
    let second = visitor.get(&format!("/mail?q=example.com&after={next}")).await;
    second.says(&["a19@example.com", "a00@example.com"]).hides(&["a20@example.com", "Next page"]);
}

async fn a_mail_is_sent_again_and_a_test_is_told_honestly(test: &TestApp) {
    test.admin().await;
    let app = test.with_mailer(Postman::willing()).await;
    send_due(&app).await.unwrap();
    let id = test.database.texts("select id from outbox where state = 'Sent' limit 1").await.remove(0);
    let visitor = test.visitor(&test.admin().await.user);
    let path = format!("/mail/{id}");
    visitor.get(&path).await.says(&["Send again", "250 ok"]);
    let done = visitor.post(&path, &[("resend", "yes")]).await;
    assert_eq!((done.status.as_u16(), done.to.as_str()), (303, path.as_str()));
    visitor.get(&path).await.says(&["Waiting"]).hides(&["Send again"]);
    visitor.post(&path, &[("resend", "yes")]).await.is(409).says(&["This mail waits to be sent already"]);
    visitor.post("/mail", &[("send_test", "yes")]).await.is(422).says(&["No mail server is configured"]);
}

async fn who_counts_as_an_administrator_is_set_and_shown_at_every_row(test: &TestApp) {
    let cast = test.cast().await;
    let ines = test.user("Ines Moreau").await;
    test.assign_eligible(&role("Privileged Role Administrator"), &ines, None).await;
    let visitor = test.visitor(&test.admin().await.user);
    let settings = format!("/settings/{}", cast.role);
    let edit = format!("{settings}/edit?tab=notification");
    for page in [&settings, &edit] {
        let page = visitor.get(page).await;
        page.says(&[
            "Today Gwen Adams",
            "Today Ada Approver, Bo Lindqvist, Cleo Diaz",
            "Whoever is assigned",
            "Whoever activates",
        ]);
        page.hides(&["Ines Moreau"]);
    }
    let done = visitor.post("/mail", &[("save", "yes"), ("include_eligible", "true")]).await;
    assert_eq!((done.status.as_u16(), done.to.as_str()), (303, "/mail"));
    for page in [&settings, &edit] {
        visitor.get(page).await.says(&["Today Gwen Adams, Ines Moreau"]);
    }
    assert!(test.last_event().await.starts_with("MailSettingsUpdated Success"));
    visitor.post("/mail", &[("save", "yes")]).await;
    visitor.get(&settings).await.hides(&["Ines Moreau"]);
}

on_both_engines! {
    without_a_mail_server_every_mail_is_read_in_the_portal,
    the_html_of_a_mail_brings_a_policy_of_its_own,
    the_list_is_narrowed_by_state_and_text,
    the_list_is_read_page_by_page,
    a_mail_is_sent_again_and_a_test_is_told_honestly,
    who_counts_as_an_administrator_is_set_and_shown_at_every_row,
}
