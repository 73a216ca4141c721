//! Updating: what it does to the assignment and to what rests on it, what it refuses, and the page that shows it before.

use ostiary::{
    app::{
        AppResult,
        update_assignment::{plan_update, update_assignment},
    },
    domain::{
        activation::ActivationAsk,
        assignment::AssignAsk,
        audit::Activity,
        ids::{RoleId, ScheduleId, UserId},
        lifecycle::{Change, Fate, Sought},
        policy::{Expiry, Longest},
        refusal::Refusal,
        request::{Action, Kind, Status},
        schedule::AssignmentType,
        time::Span,
    },
    store,
};

use super::{becomes, seek, subject, term};
use crate::harness::{
    TestApp, codes,
    company::{ask, assignment, role},
    refusals,
};

/// The administrator changes an assignment as it is at this moment.
async fn update(test: &TestApp, kind: Kind, id: &ScheduleId, ask: &AssignAsk) -> AppResult<()> {
    let seen = term(test, id).await;
    update_assignment(test, &test.admin().await, (kind, id), &seen, ask).await.map(drop)
}

async fn active_of(test: &TestApp, role: &RoleId, user: &UserId) -> Option<ScheduleId> {
    let mut db = test.store.read().await.unwrap();
    let found = store::assignments::find_of(&mut db, role, &user.into(), AssignmentType::Assigned).await;
    found.unwrap().map(|found| found.into_unchecked().id)
}

async fn eligible_of(test: &TestApp, role: &RoleId, user: &UserId) -> Option<ScheduleId> {
    let mut db = test.store.read().await.unwrap();
    store::eligibilities::find_of(&mut db, role, &user.into()).await.unwrap().map(|found| found.into_unchecked().id)
}

async fn a_shorter_eligibility_shortens_its_running_activations(test: &TestApp) {
    let operator = role("Security Operator");
    let (tess, uma) = (test.user("Tess Ng").await, test.user("Uma Roy").await);
    let group = test.role_group("Helpdesk", &[&tess, &uma]).await;
    let id = test.assign_eligible(&operator, &group, None).await;
    let long = test.activate(&tess, &id, ask("8")).await.unwrap().request;
    test.activate(&uma, &id, ask("1")).await.unwrap();
    let short = test.activation(&uma, &operator).await.unwrap().term;
    let two_hours = becomes(test, Kind::Eligibility, Some(Span::hours(2)));
    update(test, Kind::Eligibility, &id, &two_hours).await.unwrap();
    assert_eq!(test.activation(&tess, &operator).await.unwrap().term.ends_at, two_hours.ends_at);
    assert_eq!(test.activation(&uma, &operator).await.unwrap().term, short);
    assert!(test.holds(&tess, &operator).await);
    assert_eq!(test.steps(&long).await.pop().unwrap().1, Activity::ActivationShortened);
    assert!(test.notices(&tess).await.contains(&"Shortened".to_owned()));
    assert!(!test.notices(&uma).await.contains(&"Shortened".to_owned()));
    assert_eq!(test.notices(&uma).await.pop().unwrap(), "Updated");
    test.advance(Span::hours(2));
    assert!(!test.holds(&tess, &operator).await);
    test.assert_intact().await;
}

async fn an_activation_that_would_begin_after_the_new_end_is_taken_back(test: &TestApp) {
    let operator = role("Security Operator");
    let tess = test.user("Tess Ng").await;
    let id = test.assign_eligible(&operator, &tess, None).await;
    let later = ActivationAsk { starts_at: Some(test.now().plus(Span::hours(3))), ..ask("1") };
    let request = test.activate(&tess, &id, later).await.unwrap().request;
    update(test, Kind::Eligibility, &id, &becomes(test, Kind::Eligibility, Some(Span::hours(2)))).await.unwrap();
    assert_eq!(test.status(&request).await, Status::Revoked);
    assert!(test.activation(&tess, &operator).await.is_none());
}

async fn from_eligible_to_active_there_is_no_gap_and_what_rested_on_it_goes(test: &TestApp) {
    let cast = test.cast().await;
    let uma = test.user("Uma Roy").await;
    let group = test.role_group("Helpdesk", &[&cast.tess, &uma]).await;
    let id = test.assign_eligible(&cast.role, &group, Some(Span::days(5))).await;
    let active = test.activate(&uma, &id, ask("2")).await.unwrap().request;
    test.approve(&cast.approvers[0], &active).await.unwrap();
    let pending = test.activate(&cast.tess, &id, ask("1")).await.unwrap().request;
    test.advance(Span::minutes(1));
    let plan = {
        let asked = becomes(test, Kind::Assignment, Some(Span::days(90)));
        let seen = term(test, &id).await;
        plan_update(test, &test.admin().await, (Kind::Eligibility, &id), &seen, &asked, test.now()).await.unwrap()
    };
    assert!(matches!(plan.change, Change::Turned { into: Kind::Assignment, .. }));
    assert_eq!((plan.activations, plan.waiting), (vec![("Uma Roy".to_owned(), Fate::Ends)], 1));

    update(test, Kind::Eligibility, &id, &becomes(test, Kind::Assignment, Some(Span::days(90)))).await.unwrap();
    assert!(test.holds(&uma, &cast.role).await && test.holds(&cast.tess, &cast.role).await, "without a gap");
    assert_eq!(test.status(&active).await, Status::Revoked);
    assert_eq!(test.status(&pending).await, Status::Canceled);
    assert!(subject(test, &id).await.known.ended.is_some());
    let told = test.notices(&uma).await;
    assert_eq!(told.last().unwrap(), "Updated");
    assert!(!told.contains(&"Ended".to_owned()), "nobody lost the role");
    let mut db = test.store.read().await.unwrap();
    let now_active =
        store::assignments::find_of(&mut db, &cast.role, &(&group).into(), AssignmentType::Assigned).await.unwrap();
    let request = now_active.unwrap().into_unchecked().request;
    drop(db);
    let stored = test.request(&request).await;
    assert_eq!((stored.action, stored.schedule, stored.kind), (Action::AdminUpdate, Some(id), Kind::Assignment));
    let event = test.events().await.into_iter().find(|event| event.request.as_ref() == Some(&request)).unwrap();
    assert_eq!(event.activity, Activity::EligibilityUpdated);
    let fields: Vec<_> = event.changes.iter().map(|change| (change.field.as_str(), change.after.as_str())).collect();
    assert_eq!(fields[0], ("kind", "Active"));
    assert_eq!(fields.len(), 3, "type, start and end, before and after");
    test.assert_intact().await;
}

async fn from_active_to_eligible_access_stops_until_it_is_activated(test: &TestApp) {
    let operator = role("Security Operator");
    let tess = test.user("Tess Ng").await;
    let id = test.assign_active(&operator, &tess, Some(Span::days(5))).await;
    let waiting = seek(test, &tess, Sought::Extension, &id).await.unwrap();
    update(test, Kind::Assignment, &id, &becomes(test, Kind::Eligibility, None)).await.unwrap();
    assert!(!test.holds(&tess, &operator).await);
    assert_eq!(test.status(&waiting).await, Status::Canceled, "what it was about is gone");
    let eligible = eligible_of(test, &operator, &tess).await.unwrap();
    assert_eq!(term(test, &eligible).await.ends_at, None);
    test.activate(&tess, &eligible, ask("1")).await.unwrap();
    assert!(test.holds(&tess, &operator).await);
    // Nor does it turn where the other type is held already.
    test.assign_active(&operator, &tess, None).await;
    let both = update(test, Kind::Eligibility, &eligible, &becomes(test, Kind::Assignment, None)).await;
    assert_eq!(codes(both), ["RoleAssignmentExists"]);
}

async fn the_last_administrator_stays_one(test: &TestApp) {
    let global = role("Global Administrator");
    let gwen = test.admin().await.user;
    let own = active_of(test, &global, &gwen).await.unwrap();
    let eligible = becomes(test, Kind::Eligibility, None);
    assert_eq!(codes(update(test, Kind::Assignment, &own, &eligible).await), ["LastAdministrator"]);
    let ending = becomes(test, Kind::Assignment, Some(Span::days(30)));
    assert_eq!(codes(update(test, Kind::Assignment, &own, &ending).await), ["LastAdministrator"]);
    // Another one who does not hold it any more by then is no help.
    let bo = test.user("Bo Lindqvist").await;
    test.assign_active(&global, &bo, Some(Span::days(20))).await;
    assert_eq!(codes(update(test, Kind::Assignment, &own, &ending).await), ["LastAdministrator"]);
    let sooner = becomes(test, Kind::Assignment, Some(Span::days(10)));
    assert_eq!(codes(update(test, Kind::Assignment, &own, &sooner).await), ["NobodyLeftToAdminister"]);
    // One who holds it for good is, as soon as they have signed in.
    let cleo = test.user("Cleo Diaz").await;
    test.assign_active(&global, &cleo, None).await;
    assert_eq!(codes(update(test, Kind::Assignment, &own, &sooner).await), ["NobodyLeftToAdminister"]);
    test.has_signed_in(&cleo).await;
    update(test, Kind::Assignment, &own, &sooner).await.unwrap();
    assert!(test.last_event().await.starts_with("AssignmentUpdated Success Gwen Adams"));
    // Of other roles the last one may go.
    let tess = test.user("Tess Ng").await;
    let reader = test.assign_active(&role("Global Reader"), &tess, None).await;
    update(test, Kind::Assignment, &reader, &eligible).await.unwrap();
}

async fn the_settings_hold_and_what_is_wrong_is_named(test: &TestApp) {
    let operator = role("Security Operator");
    let tess = test.user("Tess Ng").await;
    let id = test.assign_eligible(&operator, &tess, Some(Span::days(100))).await;
    test.policy(&operator, |policy| {
        policy.assignment.eligible = Expiry::Within(Longest::Months3);
        policy.assignment.active = Expiry::Within(Longest::Days15);
        policy.assignment.active_mfa = true;
    })
    .await;
    let with = async |ask: AssignAsk| codes(update(test, Kind::Eligibility, &id, &ask).await);
    let same = AssignAsk { ends_at: term(test, &id).await.ends_at, ..becomes(test, Kind::Eligibility, None) };
    assert_eq!(with(same).await, ["Unchanged"]);
    assert_eq!(with(becomes(test, Kind::Eligibility, None)).await, ["ExpirationRule"]);
    assert_eq!(with(becomes(test, Kind::Eligibility, Some(Span::days(91)))).await, ["ExpirationRule"]);
    assert_eq!(with(becomes(test, Kind::Eligibility, Some(Span::minutes(4)))).await, ["ExpirationRule"]);
    let silent = AssignAsk { justification: String::new(), ..becomes(test, Kind::Assignment, Some(Span::days(16))) };
    assert_eq!(with(silent).await, ["ExpirationRule", "JustificationRule"]);
    let mut unverified = test.admin().await;
    unverified.verified_at = None;
    let seen = term(test, &id).await;
    let active = becomes(test, Kind::Assignment, Some(Span::days(10)));
    let refused = update_assignment(test, &unverified, (Kind::Eligibility, &id), &seen, &active).await;
    assert_eq!(codes(refused), ["MfaRule"]);
    let reader = test.user("Rea Der").await;
    test.assign_active(&role("Global Reader"), &reader, None).await;
    let refused = update_assignment(test, &test.caller(&reader), (Kind::Eligibility, &id), &seen, &active).await;
    assert_eq!(codes(refused), ["NotPermitted"]);
    update(test, Kind::Eligibility, &id, &active).await.unwrap();
}

async fn what_changed_in_between_is_noticed(test: &TestApp) {
    let operator = role("Security Operator");
    let tess = test.user("Tess Ng").await;
    let id = test.assign_eligible(&operator, &tess, Some(Span::days(50))).await;
    let seen = term(test, &id).await;
    update(test, Kind::Eligibility, &id, &becomes(test, Kind::Eligibility, Some(Span::days(60)))).await.unwrap();
    let late = becomes(test, Kind::Eligibility, Some(Span::days(70)));
    let admin = test.admin().await;
    let stale = update_assignment(test, &admin, (Kind::Eligibility, &id), &seen, &late).await;
    assert_eq!(refusals(stale), [Refusal::Stale]);
    let planned = plan_update(test, &admin, (Kind::Eligibility, &id), &seen, &late, test.now()).await;
    assert_eq!(refusals(planned.map(drop)), [Refusal::Stale]);
    let now = term(test, &id).await;
    test.advance(Span::days(61));
    let over = update_assignment(test, &test.admin().await, (Kind::Eligibility, &id), &now, &late).await;
    assert_eq!(refusals(over), [Refusal::AssignmentOver]);
}

async fn a_start_moves_only_before_it(test: &TestApp) {
    let operator = role("Security Operator");
    let tess = test.user("Tess Ng").await;
    let admin = test.admin().await;
    let later = AssignAsk {
        starts_at: Some(test.now().plus(Span::days(10))),
        ..assignment(test, Kind::Assignment, Some(Span::days(40)))
    };
    let who = [(&tess).into()];
    ostiary::app::assign_role::assign_role(test, &admin, &operator, &who, &later).await.unwrap();
    let id = active_of(test, &operator, &tess).await.unwrap();
    let sooner = AssignAsk { starts_at: Some(test.now().plus(Span::days(2))), ..later.clone() };
    update(test, Kind::Assignment, &id, &sooner).await.unwrap();
    test.advance(Span::days(2));
    assert!(test.holds(&tess, &operator).await, "it begins when it was moved to");
    let again = AssignAsk { starts_at: Some(test.now().plus(Span::days(1))), ..later.clone() };
    assert_eq!(refusals(update(test, Kind::Assignment, &id, &again).await), [Refusal::StartFixed]);
    // At once.
    let uma = test.user("Uma Roy").await;
    let later = AssignAsk { starts_at: Some(test.now().plus(Span::days(10))), ..later };
    ostiary::app::assign_role::assign_role(test, &test.admin().await, &operator, &[(&uma).into()], &later)
        .await
        .unwrap();
    let id = active_of(test, &operator, &uma).await.unwrap();
    update(test, Kind::Assignment, &id, &AssignAsk { starts_at: None, ..later }).await.unwrap();
    assert!(test.holds(&uma, &operator).await);
}

async fn the_page_shows_what_changes_before_it_is_saved(test: &TestApp) {
    let operator = role("Security Operator");
    let tess = test.user("Tess Ng").await;
    let id = test.assign_eligible(&operator, &tess, Some(Span::days(50))).await;
    test.activate(&tess, &id, ask("8")).await.unwrap();
    let activation = test.activation(&tess, &operator).await.unwrap().id;
    let browser = test.visitor(&test.admin().await.user);
    let path = format!("/assignments/eligibility/{id}/update");
    browser.get(&format!("/roles/{operator}")).await.says(&[&path, "Update Tess Ng in Security Operator"]);
    let list = browser.get(&format!("/roles/{operator}?tab=active")).await;
    list.hides(&[&format!("/assignments/assignment/{activation}/update")]);
    browser.get(&format!("/assignments/assignment/{activation}/update")).await.is(404);
    let form = browser.get(&path).await;
    form.is(200).says(&["Update assignment", "Tess Ng", "It has begun, so its start stays.", "value=\"2026-04-21T"]);
    let seen = form.text.split("name=\"seen\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let send = async |go: &str, kind: &str, end: &str, why: &str| {
        let fields = [("kind", kind), ("ends_at", end), ("justification", why), ("seen", seen.as_str()), ("go", go)];
        browser.post(&path, &fields).await
    };
    // Nobody touched anything: the field holds minutes, the assignment seconds.
    let same = form.text.split("name=\"ends_at\"").nth(1).unwrap().split("value=\"").nth(1).unwrap().split('"').next();
    let unchanged = send("review", "eligible", same.unwrap(), "").await;
    unchanged.is(422).says(&["Nothing in this form is different from what is there now."]);
    send("review", "active", "2026-04-01T12:00", "").await.is(422).says(&["id=\"justification-error\""]);
    let review = send("review", "eligible", "2026-03-02T12:00", "The project is shorter").await;
    review.is(200).says(&["What changes", "as it is", "2 Mar 2026, 12:00", "What it means"]);
    review.says(&["activation ends earlier, today 12:00.", "keeps Security Operator without interruption"]);
    review.says(&["name=\"ends_at\" value=\"2026-03-02T12:00\"", "Back to the form"]);
    let back = send("back", "eligible", "2026-03-02T12:00", "The project is shorter").await;
    back.is(200).says(&["value=\"2026-03-02T12:00\"", "The project is shorter", "Review"]);
    let turned = send("review", "active", "2026-04-01T12:00", "On call for good").await;
    turned.is(200).says(&["holds Security Operator at once", "activation ends; the active assignment takes over."]);
    let saved = send("save", "eligible", "2026-03-02T12:00", "The project is shorter").await;
    assert_eq!((saved.status.as_u16(), saved.to.as_str()), (303, &*format!("/roles/{operator}?tab=eligible")));
    let stale = send("save", "eligible", "2026-03-20T12:00", "Once more").await;
    stale.is(409).says(&["Somebody else saved a change", "2026-03-20T12:00"]);
    let seq = test.events().await.into_iter().find(|event| event.activity == Activity::EligibilityUpdated).unwrap().seq;
    browser.get(&format!("/resource-audit/{seq}")).await.says(&[
        "What changed",
        "End",
        "21 Apr 2026",
        "2 Mar 2026, 12:00",
    ]);
}

on_both_engines!(
    a_shorter_eligibility_shortens_its_running_activations,
    an_activation_that_would_begin_after_the_new_end_is_taken_back,
    from_eligible_to_active_there_is_no_gap_and_what_rested_on_it_goes,
    from_active_to_eligible_access_stops_until_it_is_activated,
    the_last_administrator_stays_one,
    the_settings_hold_and_what_is_wrong_is_named,
    what_changed_in_between_is_noticed,
    a_start_moves_only_before_it,
    the_page_shows_what_changes_before_it_is_saved,
);
