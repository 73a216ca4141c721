//! Removing an assignment, and who is offered what.

use axum::http::StatusCode;
use ostiary::{
    app::{people::name_principals, remove_assignment::remove_assignment, show_removal::show_removal},
    domain::{refusal::Refusal, request::Kind, time::Span},
    store::assignment_lines::Section,
};

use super::{everything, in_section};
use crate::harness::{
    TestApp, codes,
    company::{ask, role},
};

/// The words of the confirmation come from what would happen.
async fn a_removal_is_shown_before_it_happens(test: &TestApp) {
    let tess = test.user("Tess Ng").await;
    let group = test.role_group("Helpdesk", &[&tess]).await;
    let id = test.assign_eligible(&role("Security Reader"), &group, None).await;
    let activated = test.activate(&tess, &id, ask("2")).await;
    activated.unwrap();
    let removal = show_removal(test, &test.admin().await, Kind::Eligibility, &id).await.unwrap();
    assert!(matches!(removal.refusal, Some(Refusal::TooYoung { .. })));
    test.advance(Span::minutes(5));
    let removal = show_removal(test, &test.admin().await, Kind::Eligibility, &id).await.unwrap();
    assert_eq!((removal.people, removal.activations.len(), removal.refusal.clone()), (Some(1), 1, None));
    let page = test.browser(&test.admin().await.user).await.get(&format!("/assignments/eligibility/{id}/remove")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.text.contains("Tess Ng's activation") || page.text.contains("Tess Ng&#x27;s activation"),
        "{}",
        page.text
    );
    assert!(page.text.contains("The 1 member of Helpdesk"), "{}", page.text);
}

/// Scenario 19 through the pages.
async fn scenario_19_in_the_pages(test: &TestApp) {
    let admin = test.admin().await.user;
    let own = everything(test, &in_section(Section::Active), 50).await[0].id.clone();
    let path = format!("/assignments/assignment/{own}/remove?back=/assignments");
    let mut browser = test.browser(&admin).await;
    let young = browser.get(&path).await;
    assert!(young.text.contains("last active Global Administrator"), "{}", young.text);
    test.advance(Span::minutes(10));
    let mut browser = test.browser(&admin).await;
    let refused = browser.post(&path, &[("justification", "leaving")]).await;
    assert_eq!((refused.status.as_u16(), refused.codes()), (422, "LastAdministrator"));
    let bo = test.user("Bo Lindqvist").await;
    let of_bo = test.assign_active(&role("Global Administrator"), &bo, None).await;
    let young = browser.post(&format!("/assignments/assignment/{of_bo}/remove"), &[("justification", "")]).await;
    assert_eq!(young.codes(), "ActiveDurationTooShort");
    test.advance(Span::minutes(5));
    let mut browser = test.browser(&admin).await;
    let page = browser.get(&format!("/assignments/assignment/{of_bo}/remove")).await;
    assert!(page.text.contains("loses Global Administrator at once"));
    let done = browser
        .post(&format!("/assignments/assignment/{of_bo}/remove?back=/assignments"), &[("justification", "")])
        .await;
    assert_eq!(done.location(), "/assignments");
    let gone = browser.get(&format!("/assignments/assignment/{of_bo}/remove")).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    for nonsense in ["/assignments/other/x/remove".to_owned(), format!("/assignments/eligibility/{of_bo}/remove")] {
        assert_eq!(browser.get(&nonsense).await.status, StatusCode::NOT_FOUND, "{nonsense}");
    }
}

/// Whoever gives their own power away is told so on a page that they may still see.
async fn giving_up_the_own_power_is_told_where_one_may_be(test: &TestApp) {
    let admin = test.admin().await.user;
    let own = everything(test, &in_section(Section::Active), 50).await[0].id.clone();
    let bo = test.user("Bo Lindqvist").await;
    test.assign_active(&role("Global Administrator"), &bo, None).await;
    test.has_signed_in(&bo).await;
    test.advance(Span::minutes(10));
    let mut browser = test.browser(&admin).await;
    let path = format!("/assignments/assignment/{own}/remove?back=/assignments");
    let done = browser.post(&path, &[("justification", "leaving"), ("sure", "true")]).await;
    assert_eq!(done.location(), "/");
    let first = browser.get("/").await;
    assert_eq!(first.status, StatusCode::OK);
    assert!(first.text.contains("The assignment to Global Administrator was removed."), "{}", first.text);
}

async fn what_one_may_not_see_is_not_there(test: &TestApp) {
    let tess = test.user("Tess Ng").await;
    let id = test.assign_eligible(&role("Security Reader"), &tess, None).await;
    let operator = test.user("Olu Ade").await;
    test.assign_active(&role("Security Operator"), &operator, None).await;
    let reader = test.user("Rea Der").await;
    test.assign_active(&role("Global Reader"), &reader, None).await;
    let reader_role = role("Security Reader");
    let paths = [
        ("/roles".to_owned(), [404, 200, 200]),
        ("/roles.csv".to_owned(), [404, 200, 200]),
        (format!("/roles/{reader_role}"), [404, 404, 200]),
        ("/assignments".to_owned(), [404, 404, 200]),
        ("/assignments.csv".to_owned(), [404, 404, 200]),
        ("/assignments/add".to_owned(), [404, 404, 404]),
        (format!("/assignments/eligibility/{id}/remove"), [404, 404, 404]),
    ];
    for (path, expected) in paths {
        let anonymous = test.anonymous().get(&path).await;
        assert!(anonymous.location().starts_with("/sign-in?"), "{path}");
        for (user, expected) in [&tess, &operator, &reader].into_iter().zip(expected) {
            let answer = test.browser(user).await.get(&path).await;
            assert_eq!(answer.status.as_u16(), expected, "{path}");
        }
    }
    let mut browser = test.browser(&reader).await;
    let page = browser.get(&format!("/roles/{reader_role}")).await;
    assert!(page.text.contains("Tess Ng") && !page.text.contains("/remove"), "readers are offered no change");
    let sent = browser.post(&format!("/assignments/eligibility/{id}/remove"), &[("justification", "")]).await;
    assert_eq!(sent.status, StatusCode::NOT_FOUND);
    test.advance(Span::minutes(10));
    let refused = remove_assignment(test, &test.caller(&reader), Kind::Eligibility, &id, "").await;
    assert_eq!(codes(refused), ["NotPermitted"]);
    assert_eq!(codes(name_principals(test, &test.caller(&tess), &[]).await), ["NotPermitted"]);
}

on_both_engines!(
    a_removal_is_shown_before_it_happens,
    scenario_19_in_the_pages,
    giving_up_the_own_power_is_told_where_one_may_be,
    what_one_may_not_see_is_not_there,
);
