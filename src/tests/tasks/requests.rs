//! My requests: the list, one of them, and withdrawing it.

use ostiary::domain::{request::Status, time::Span};

use crate::harness::{
    TestApp,
    company::{REASON, ask},
};

async fn a_waiting_request_can_be_canceled_and_filed_anew(test: &TestApp) {
    let cast = test.cast().await;
    let request = test.activate(&cast.tess, &cast.eligibility, ask("4")).await.unwrap().request;
    let browser = test.visitor(&cast.tess);
    let page = browser.get(&format!("/my-requests/{request}")).await;
    page.is(200).says(&[
        "Activate Security Operator",
        REASON,
        "Waiting for approval",
        "Activation requested",
        "Cancel request",
    ]);
    let cancel = format!("/my-requests/{request}/cancel");
    browser.get(&cancel).await.is(200).says(&["Cancel the request for Security Operator?", "Keep it"]);
    let done = browser.post(&cancel, &[("justification", "")]).await;
    assert_eq!((done.status.as_u16(), done.to.as_str()), (303, "/my-requests"));
    assert_eq!(test.status(&request).await, Status::Canceled);
    browser.get("/my-requests").await.says(&["Canceled", "by Tess Ng"]);
    browser.post(&cancel, &[]).await.is(409).says(&["already canceled"]);
    test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap();
}

async fn requests_are_listed_the_newest_first_and_paged(test: &TestApp) {
    let cast = test.cast().await;
    let tess = test.caller(&cast.tess);
    for round in 0..52 {
        let mut wish = ask("1");
        wish.justification = format!("Round {round:02}");
        let request = test.activate(&cast.tess, &cast.eligibility, wish).await.unwrap().request;
        ostiary::app::cancel_request::cancel_request(&test.app, &tess, &request, "").await.unwrap();
        test.advance(Span::minutes(1));
    }
    let browser = test.visitor(&cast.tess);
    let first = browser.get("/my-requests").await;
    first.says(&["Round 51", "Round 02"]).hides(&["Round 01"]);
    assert!(first.text.find("Round 51") < first.text.find("Round 50"));
    let next = first.text.split("rel=\"next\"").next().unwrap().rsplit("href=\"").next().unwrap();
    let second = browser.get(next.split('"').next().unwrap()).await;
    second.says(&["Round 01", "Round 00"]).hides(&["Round 02"]);
}

on_both_engines!(a_waiting_request_can_be_canceled_and_filed_anew, requests_are_listed_the_newest_first_and_paged,);
