//! The last administrator: somebody is left who can sign in and verify, now and when everything scheduled has ended; and what leaves
//! only oneself, or takes one's own power, is confirmed on its page.

use ostiary::{
    app::{
        Caller, disable_user::disable_user, group_members::remove_group_member, remove_assignment::remove_assignment,
        reset_second_factor::reset_second_factor,
    },
    domain::{
        ids::{PrincipalId, RoleId, ScheduleId, UserId},
        request::Kind,
        schedule::AssignmentType,
        time::Span,
    },
    store,
};

use crate::harness::{TestApp, codes, company::role};

fn global() -> RoleId {
    role("Global Administrator")
}

/// The assignment of the role to this person or group itself.
async fn own(test: &TestApp, principal: impl Into<PrincipalId>) -> ScheduleId {
    let (role, principal) = (global(), principal.into());
    let mut db = test.store.read().await.unwrap();
    let found = store::assignments::find_of(&mut db, &role, &principal, AssignmentType::Assigned).await;
    found.unwrap().unwrap().unchecked().id.clone()
}

/// Sets up a second factor for this person, who has signed in and whose password is their own.
async fn able(test: &TestApp, user: &UserId) {
    test.keep_password(user).await;
    test.has_signed_in(user).await;
    test.enrol(&test.caller(user)).await;
}

async fn remove(test: &TestApp, by: &UserId, schedule: &ScheduleId) -> Vec<&'static str> {
    codes(remove_assignment(test, &test.caller(by), Kind::Assignment, schedule, "").await)
}

/// Both of them can sign in and verify; the other one holds it only until tomorrow.
async fn the_last_administrator_does_not_go_by_time(test: &TestApp) {
    let gwen = test.admin().await.user;
    able(test, &gwen).await;
    let bo = test.user("Bo Lindqvist").await;
    test.assign_active(&global(), &bo, Some(Span::days(1))).await;
    able(test, &bo).await;
    test.advance(Span::minutes(10));
    let of_gwen = own(test, &gwen).await;
    let by_bo = || test.caller(&bo);
    assert_eq!(remove(test, &bo, &of_gwen).await, ["NobodyLeftToAdminister"]);
    assert_eq!(remove(test, &gwen, &of_gwen).await, ["NobodyLeftToAdminister"]);
    assert_eq!(codes(disable_user(test, &by_bo(), &gwen).await), ["NobodyLeftToAdminister"]);
    assert_eq!(codes(reset_second_factor(test, &by_bo(), &gwen).await), ["NobodyLeftToAdminister"]);
    assert!(test.last_event().await.starts_with("SecondFactorReset Refused Gwen Adams"));

    // A group that holds it for good counts for its members, and for those alone who can verify.
    let tess = test.user("Tess Ng").await;
    let group = test.role_group("Administrators", &[&tess]).await;
    test.assign_active(&global(), &group, None).await;
    assert_eq!(remove(test, &bo, &of_gwen).await, ["NobodyLeftToAdminister"]);
    test.has_signed_in(&tess).await;
    assert_eq!(remove(test, &bo, &of_gwen).await, ["NobodyLeftToAdminister"]);
    able(test, &tess).await;
    reset_second_factor(test, &by_bo(), &gwen).await.unwrap();
    assert_eq!(codes(remove_group_member(test, &by_bo(), &group, &tess).await), ["NobodyLeftToAdminister"]);
    assert_eq!(codes(disable_user(test, &by_bo(), &tess).await), ["NobodyLeftToAdminister"]);
    remove_assignment(test, &by_bo(), Kind::Assignment, &of_gwen, "").await.unwrap();
    test.advance(Span::days(2));
    assert!(test.holds(&tess, &global()).await && !test.holds(&bo, &global()).await);
}

/// Sends a page's form without its confirmation, which changes nothing, and then with it.
async fn confirm(test: &TestApp, caller: &Caller, path: &str, fields: &[(&str, &str)], words: &str) {
    let mut browser = test.browser(&caller.user).await;
    let page = browser.get(path).await;
    assert!(page.text.contains(words) || !fields.is_empty(), "{path}: {}", page.text);
    let events = test.events().await.len();
    let refused = browser.post(path, fields).await;
    assert_eq!((refused.status.as_u16(), refused.codes()), (422, "FieldMissing"), "{path}");
    assert!(refused.text.contains(words) && refused.text.contains("tick the box"), "{path}: {}", refused.text);
    assert_eq!(test.events().await.len(), events, "{path}: nothing happened");
    let done = browser.post(path, &[fields, &[("sure", "true")]].concat()).await;
    assert!(done.status.is_redirection() || done.status.is_success(), "{path}: {} {}", done.status, done.text);
    assert!(test.events().await.len() > events, "{path}: it happened");
}

async fn what_takes_the_last_other_or_oneself_is_confirmed_on_its_page(test: &TestApp) {
    let admin = test.admin().await;
    able(test, &admin.user).await;
    let bo = test.user("Bo Lindqvist").await;
    test.assign_active(&global(), &bo, None).await;
    able(test, &bo).await;
    let tess = test.user("Tess Ng").await;
    test.assign_active(&global(), &tess, None).await;
    test.advance(Span::minutes(10));
    let admin = test.admin().await;
    let last = "Bo Lindqvist is the last other administrator";
    for what in ["reset-password", "reset-second-factor"] {
        confirm(test, &admin, &format!("/users/{bo}/{what}"), &[], last).await;
    }
    able(test, &bo).await;
    confirm(test, &admin, &format!("/users/{bo}/disable"), &[], last).await;
    ostiary::app::enable_user::enable_user(test, &admin, &bo).await.unwrap();

    // Nobody is warned of what takes nobody's power who ever signed in.
    let page = test.browser(&admin.user).await.get(&format!("/users/{tess}/disable")).await;
    assert!(!page.text.contains("administrator</h3>") && !page.text.contains("name=\"sure\""), "{}", page.text);

    // A membership.
    let group = test.role_group("Administrators", &[&bo]).await;
    test.assign_active(&global(), &group, None).await;
    let of_bo = own(test, &bo).await;
    remove_assignment(test, &admin, Kind::Assignment, &of_bo, "").await.unwrap();
    confirm(test, &admin, &format!("/groups/{group}/members/{bo}/remove"), &[], last).await;

    // An end for one's own assignment, and its removal.
    test.assign_active(&global(), &bo, None).await;
    test.advance(Span::minutes(10));
    let of_admin = own(test, &admin.user).await;
    let path = format!("/assignments/assignment/{of_admin}/update");
    let mut browser = test.browser(&admin.user).await;
    let form = browser.get(&path).await;
    let seen = form.between("name=\"seen\" value=\"", "\"").unwrap().to_owned();
    let shorter =
        [("kind", "active"), ("ends_at", "2026-05-01T12:00"), ("justification", "leaving"), ("seen", seen.as_str())];
    let review = browser.post(&path, &[&shorter[..], &[("go", "review")]].concat()).await;
    assert!(review.text.contains("This is your own power"), "{}", review.text);
    confirm(test, &admin, &path, &[&shorter[..], &[("go", "save")]].concat(), "This is your own power").await;
    let path = format!("/assignments/assignment/{of_admin}/remove");
    confirm(test, &admin, &path, &[("justification", "")], "This is your own power").await;
    assert!(!test.holds(&admin.user, &global()).await);
}

/// The rule through the page on which it was first missed: nobody else has ever signed in.
async fn one_who_never_signed_in_is_nobody_to_leave_the_portal_to(test: &TestApp) {
    let admin = test.admin().await;
    able(test, &admin.user).await;
    let sample = test.user("Ada Okafor").await;
    test.assign_active(&global(), &sample, None).await;
    test.advance(Span::minutes(10));
    let path = format!("/assignments/assignment/{}/remove", own(test, &admin.user).await);
    let mut browser = test.browser(&admin.user).await;
    let page = browser.get(&path).await;
    assert!(page.text.contains("cannot be removed now") && page.text.contains("ostiary recover"), "{}", page.text);
    let refused = browser.post(&path, &[("justification", ""), ("sure", "true")]).await;
    assert_eq!((refused.status.as_u16(), refused.codes()), (422, "NobodyLeftToAdminister"));
    assert!(test.holds(&admin.user, &global()).await);
}

on_both_engines!(
    the_last_administrator_does_not_go_by_time,
    what_takes_the_last_other_or_oneself_is_confirmed_on_its_page,
    one_who_never_signed_in_is_nobody_to_leave_the_portal_to,
);
