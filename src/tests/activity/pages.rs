//! The same through the front door, as a browser without script sees it.

use axum::http::StatusCode;
use ostiary::{
    app::{activate_role::activate_role, disable_user::disable_user},
    domain::time::Span,
};

use super::story;
use crate::harness::{
    TestApp,
    browser::Answer,
    company::{ask, role},
};

async fn the_resource_audit_is_not_there_for_others(test: &TestApp) {
    let (cast, request) = story(test).await;
    let mut tess = test.browser(&cast.tess).await;
    for path in ["/resource-audit", "/resource-audit/1", "/resource-audit.csv", "/resource-audit.json"] {
        assert_eq!(tess.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        if path.contains('.') {
            assert_eq!(tess.post(path, &[]).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    assert_eq!(tess.get(&format!("/timeline/{request}")).await.status, StatusCode::OK);
    assert_eq!(tess.get("/my-audit/1").await.status, StatusCode::NOT_FOUND, "the set-up is not hers");
    let mut other = test.browser(&cast.approvers[2]).await;
    assert_eq!(other.get(&format!("/timeline/{request}")).await.status, StatusCode::NOT_FOUND);

    test.assign_active(&role("Security Reader"), &cast.approvers[0], None).await;
    let mut reader = test.browser(&cast.approvers[0]).await;
    assert_eq!(reader.get("/resource-audit").await.status, StatusCode::OK);
    let mut unverified = test.unverified_browser(&cast.approvers[0]).await;
    assert!(unverified.get("/resource-audit").await.location().starts_with("/verify?to="));
}

async fn the_list_is_filtered_by_its_address_and_leads_to_every_event(test: &TestApp) {
    let (cast, request) = story(test).await;
    let mut admin = test.browser(&test.admin().await.user).await;
    let page = admin.get("/resource-audit?kind=RequestDenied&q=&from=&to=&person=&role=&outcome=").await;
    assert_eq!(page.text.matches("<th scope=\"row\">").count(), 1, "{}", page.text);
    let event = page.between("<th scope=\"row\"><a href=\"", "\"").unwrap().to_owned();
    let event = admin.get(&event).await;
    assert!(event.text.contains("Not on call") && event.text.contains("/timeline/"), "{}", event.text);
    assert_eq!(event.status, StatusCode::OK);
    assert!(admin.get(&format!("/timeline/{request}")).await.text.contains("Activation completed"));

    // A name that is theirs alone means that person; one that many have is asked about.
    let of_tess = admin.get("/resource-audit?person=Tess").await;
    assert!(of_tess.text.contains("aria-current=\"true\"") && of_tess.text.contains("Tess Ng"), "{}", of_tess.text);
    let many = admin.get("/resource-audit?person=contoso").await;
    assert!(many.text.contains("Whom do you mean?") && many.text.contains(cast.tess.as_str()), "{}", many.text);
    assert!(admin.get("/resource-audit?person=nobody-at-all").await.text.contains("Nobody has that name"));
    assert_eq!(admin.post("/resource-audit.csv?person=contoso", &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);

    // What cannot be read is named at its field, and the rest still works.
    let odd = admin.get("/resource-audit?from=tomorrow&kind=Nonsense&outcome=Maybe&role=x&after=y").await;
    assert_eq!(odd.status, StatusCode::OK);
    assert!(odd.text.contains("Choose a date and a time.") && odd.text.contains("Choose one of the kinds"));
    assert_eq!(admin.get("/resource-audit?q=a&q=b").await.status, StatusCode::BAD_REQUEST);

    let text = admin.get("/resource-audit?q=hyperlink").await.text;
    assert!(
        text.contains("=HYPERLINK(&quot;https://evil.example&quot;)") || text.contains("=HYPERLINK(\"https"),
        "{text}"
    );
    // Coming by its address exports nothing, and records nothing.
    let before = test.events().await.len();
    let led = admin.get("/resource-audit.csv?q=hyperlink").await;
    assert_eq!((led.status, led.location()), (StatusCode::SEE_OTHER, "/resource-audit?q=hyperlink"));
    assert_eq!(admin.get("/my-audit.json").await.location(), "/my-audit");
    assert_eq!(test.events().await.len(), before);
    let csv = admin.post("/resource-audit.csv?q=hyperlink", &[]).await;
    assert_eq!(test.events().await.len(), before + 1);
    assert!(csv.headers["content-disposition"].to_str().unwrap().contains("resource-audit.csv"));
    assert!(
        csv.text.contains("\"'=HYPERLINK") && csv.headers["content-type"].to_str().unwrap().starts_with("text/csv")
    );
    assert!(csv.text.starts_with("\u{feff}\"Number\""), "spreadsheets read it as UTF-8");
    assert!(admin.post("/my-audit.csv", &[]).await.text.starts_with("\u{feff}\"Number\""));
    let json = admin.post("/resource-audit.json?span=24h", &[]).await.text;
    assert!(serde_json::from_str::<serde_json::Value>(&json).unwrap().is_array());
}

async fn a_notification_leads_on_and_is_read_without_script(test: &TestApp) {
    let (cast, _) = story(test).await;
    let mut tess = test.browser(&cast.tess).await;
    let page = tess.get("/notifications").await;
    assert!(page.text.contains("approved your request to activate Security Operator"), "{}", page.text);
    let up_to = page.between("name=\"up_to\" value=\"", "\"").unwrap().to_owned();
    let link = page.between("<a href=\"/notifications/", "\"").unwrap().to_owned();
    let answer = tess.get(&format!("/notifications/{link}")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(answer.location().starts_with("/my-"), "{}", answer.location());
    assert_eq!(tess.get(answer.location()).await.status, StatusCode::OK);
    let mut other = test.browser(&cast.approvers[0]).await;
    assert_eq!(other.get(&format!("/notifications/{link}")).await.status, StatusCode::NOT_FOUND);

    let answer = tess.post("/notifications", &[("up_to", &up_to), ("back", "/my-audit")]).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/my-audit"));
    let answer = tess.post("/notifications", &[("up_to", &up_to), ("back", "//evil.example")]).await;
    assert_eq!(answer.location(), "/notifications");
    let page = tess.get("/notifications").await;
    assert!(page.text.contains("You have read everything") && !page.text.contains("name=\"up_to\""));
    assert_eq!(tess.post("/notifications", &[("up_to", "x")]).await.status, StatusCode::NOT_FOUND);
}

async fn events_are_streamed_to_a_session_and_to_nobody_else(test: &TestApp) {
    let cast = test.cast().await;
    let answer = test.anonymous().get("/events").await;
    // Once and for all: a page that was left open goes to the sign-in page then.
    assert!(answer.text.ends_with("event: over\ndata: timed out\n\n"), "{}", answer.text);
    assert_eq!(answer.text.matches("event:").count(), 1, "{}", answer.text);
    let mut tess = test.browser(&cast.tess).await;
    let ends = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        activate_role(test, &test.caller(&cast.tess), &cast.eligibility, ask("1")).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        disable_user(test, &test.admin().await, &cast.tess).await.unwrap();
    };
    let (answer, ()) = tokio::join!(tess.get("/events"), ends);
    assert_eq!(answer.headers["content-type"], "text/event-stream");
    assert!(!answer.headers.contains_key("content-encoding"));
    assert!(answer.text.contains("event: changed\ndata: bell mine\n"), "{}", answer.text);
    assert!(answer.text.ends_with("event: over\ndata: ended\n\n"), "{}", answer.text);
    assert!(!answer.text.contains("Security") && !answer.text.contains("Tess"), "topics only: {}", answer.text);
}

async fn the_first_page_and_the_search_show_what_one_may_see(test: &TestApp) {
    let unset = test.anonymous().get("/").await;
    assert!(unset.status == StatusCode::OK && unset.text.contains("not set up yet"), "{}", unset.text);
    let words = |answer: &Answer| answer.between("<main", "</main>").unwrap().to_owned();
    assert_eq!(words(&test.anonymous().get("/sign-in").await), words(&unset));
    assert_eq!(test.anonymous().get("/set-up").await.status, StatusCode::OK);
    let mut first = test.browser(&test.admin().await.user).await;
    let late = test.anonymous().get("/set-up").await;
    assert_eq!(late.status, StatusCode::NOT_FOUND);
    assert!(late.text.contains("was used, or never existed"), "{}", late.text);
    let page = first.get("/").await.text;
    for next in ["What comes next", "href=\"/users/add\"", "href=\"/settings\"", "href=\"/assignments/add\""] {
        assert!(page.contains(next), "{next}: {page}");
    }
    let (cast, _) = story(test).await;
    assert_eq!(test.anonymous().get("/").await.location(), "/sign-in?to=%2F");

    let mut tess = test.browser(&cast.tess).await;
    let page = tess.get("/").await.text;
    assert!(
        page.contains("Tess") && page.contains("You have no active role") && !page.contains("class=\"tile"),
        "{page}"
    );
    let mut admin = test.browser(&test.admin().await.user).await;
    let page = admin.get("/").await.text;
    assert!(page.contains("Activations per day over the last 14 days: 1 in all"), "{page}");
    assert!(page.contains("10 min") && page.contains("Nobody has activated a role"), "{page}");
    assert!(!page.contains("What comes next"), "somebody is eligible: {page}");
    let list = admin.get("/assignments?tab=active").await;
    assert!(page.contains("<b>2</b><span>active assignments, 0 of them activated; 1 eligible</span>"), "{page}");
    let tab = list.between("aria-current=\"page\">Active", "</a>").unwrap();
    assert!(tab.contains(">2<"), "{tab}");

    test.advance(Span::minutes(1));
    let found = admin.get("/search?q=se").await.text;
    for href in ["/settings\"", "/roles/", "/security\""] {
        assert!(found.contains(href), "{href}: {found}");
    }
    let found = tess.get("/search?q=a").await.text;
    assert!(found.contains("href=\"/my-audit\"") && !found.contains("href=\"/resource-audit\""), "{found}");
    assert!(!found.contains("href=\"/users/") && !found.contains("href=\"/roles/"), "{found}");
    let odd = tess.get("/search?q=%3Cscript%3Ealert(1)%3C/script%3E").await.text;
    assert!(!odd.contains("<script>alert"), "{odd}");
}

on_both_engines!(
    the_resource_audit_is_not_there_for_others,
    the_list_is_filtered_by_its_address_and_leads_to_every_event,
    a_notification_leads_on_and_is_read_without_script,
    events_are_streamed_to_a_session_and_to_nobody_else,
    the_first_page_and_the_search_show_what_one_may_see,
);
